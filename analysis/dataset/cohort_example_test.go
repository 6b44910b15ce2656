package dataset_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

// Regions of two people of different size, one of whom has none on the left,
// written into a folder of their own and read back.
func ExampleWriteCohort() {
	tmp, err := os.MkdirTemp("", "cohort")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	s := dataset.FLocConditions()
	var recordings []analysis.Recording[*analysis.Responses]
	for _, r := range []struct {
		person, hemisphere string
		voxels             int
	}{{"S1", "lh", 12}, {"S1", "rh", 30}, {"S2", "lh", 0}, {"S2", "rh", 21}} {
		one := analysis.Recording[*analysis.Responses]{Where: analysis.Where{Person: r.person, Hemisphere: r.hemisphere, Region: "pFus"}, Absent: r.voxels == 0}
		if !one.Absent {
			if one.Answer, err = analysis.NewResponses(one.Where.String(), s, mat.NewDense(s.Len(), r.voxels, nil)); err != nil {
				log.Fatal(err)
			}
		}
		recordings = append(recordings, one)
	}
	c, err := analysis.NewCohort(recordings)
	if err != nil {
		log.Fatal(err)
	}
	dir := filepath.Join(tmp, "people")
	if err := dataset.WriteCohort(context.Background(), dir, c); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	read, err := dataset.ReadCohort(context.Background(), dir)
	if err != nil {
		log.Fatal(err)
	}
	left, err := read.In(analysis.Where{Hemisphere: "lh", Region: "pFus"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("no left pFus:", left.Missing())
	// Output:
	// 0001_S1_lh_pFus.npy
	// 0002_S1_rh_pFus.npy
	// 0004_S2_rh_pFus.npy
	// cohort.json
	// no left pFus: [S2]
}
