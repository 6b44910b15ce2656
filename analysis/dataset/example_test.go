package dataset_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fusiform/analysis/dataset"
)

// Two people's voxels, exported by another program; then the same file with a
// missing value.
func ExampleCSV() {
	dir, err := os.MkdirTemp("", "dataset")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "S1 FFA.csv")
	for _, cell := range []string{"1.31", ""} {
		text := "stimulus,category,v1,v2\nfloc/adult/adult-001.jpg,face,0.82," + cell + "\nfloc/car/car-001.jpg,object,0.11,0.07\n"
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			fmt.Println(err)
			return
		}
		r, err := dataset.CSV(file)
		var fault *dataset.ParseError
		if errors.As(err, &fault) {
			fmt.Printf("line %d, column %q: %v\n", fault.Line, fault.Name, fault.Err)
			continue
		}
		n, c := r.Dims()
		fmt.Println(r.Source(), n, c, r.Stimuli().Categories())
	}
	// Output:
	// S1 FFA 2 2 [face object]
	// line 2, column "v2": is empty; missing values are not guessed: remove the row or the column
}

func ExampleFLocConditions() {
	s := dataset.FLocConditions()
	fmt.Println(s.Len(), s.Categories())
	fmt.Println(s.At(5).ID, s.At(5).Category, s.At(5).Subcategory)
	// Output:
	// 10 [face body object scene character]
	// floc/guitars object instrument
}
