package dataset_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"fusiform/analysis/dataset"
)

// A t-map over the voxels of a run, for FSLeyes, MRIcroGL or nilearn.
func ExampleNIfTIHeader_WriteMap() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	run, err := dataset.OpenNIfTI("testdata/nifti/i2_little_1.nii")
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()

	voxels := []int{1, 4, 10} // VoxelSeries.Voxels
	t := []float64{4.5, -1.25, 3}
	path := filepath.Join(dir, "faces_t.nii.gz")
	err = run.WriteMap(context.Background(), path, dataset.VoxelMap{Voxels: voxels, Values: [][]float64{t}, Description: "faces > objects, t"})
	if err != nil {
		log.Fatal(err)
	}

	back, err := dataset.OpenNIfTI(path)
	if err != nil {
		log.Fatal(err)
	}
	defer back.Close()
	values, err := back.Volume(0, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(back.Type, back.Shape, back.Description)
	fmt.Println(values)
	// Output:
	// float32 [3 2 2 1] faces > objects, t
	// [0 4.5 0 0 -1.25 0 0 0 0 0 3 0]
}
