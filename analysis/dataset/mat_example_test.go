package dataset_test

import (
	"fmt"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

// Betas of 2×3 voxels and four stimuli from MATLAB, and a name from a struct.
func ExampleReadMAT() {
	f, err := dataset.ReadMAT("testdata/mat/packed.mat")
	if err != nil {
		fmt.Println(err)
		return
	}
	betas, err := f.Array("betas")
	if err != nil {
		fmt.Println(err)
		return
	}
	stimuli, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "face"}, {ID: "body"}, {ID: "house"}, {ID: "word"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := betas.Responses("S1", stimuli, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	n, channels := r.Dims()
	fmt.Println(betas.Type, betas.Shape, n, channels)
	name, err := f.Texts("rois(2,1).name")
	fmt.Println(name, err)
	_, err = f.Array("rois.t")
	fmt.Println(err)
	// Output:
	// single [2 3 4] 4 6
	// [roi 2] <nil>
	// dataset: testdata/mat/packed.mat: rois is a 2×2 struct: say which element, as in rois(1).t
}
