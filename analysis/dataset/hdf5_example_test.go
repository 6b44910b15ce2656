package dataset_test

import (
	"context"
	"fmt"

	"fusiform/analysis/dataset"
)

// Betas are read trial by trial: their axes, and a part along the first.
func ExampleOpenHDF5() {
	f, err := dataset.OpenHDF5("../../internal/hdf5/testdata/latest.h5")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	for _, d := range f.Datasets {
		if d.Name == "layouts/gzip_shuffle" {
			fmt.Println(d.Type, d.Shape, d.Chunk, d.Filters)
		}
	}
	part, err := f.Rows(context.Background(), "layouts/gzip_shuffle", 0, 2, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	trials, err := part.Rows(0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(trials.Dims())
	// Output:
	// int16 [7 10 12] [2 3 5] [shuffle gzip]
	// 2 120
}
