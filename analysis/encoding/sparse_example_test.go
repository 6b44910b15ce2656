package encoding_test

import (
	"fmt"
	"log"

	"fusiform/analysis/encoding"
)

// Few weights, none negative: which units does a voxel read?
func ExampleSparsePositive() {
	units, voxels := world()
	m, err := encoding.SparsePositive{}.Fit(units, voxels)
	if err != nil {
		log.Fatal(err)
	}
	read, all := 0., 0.
	_, t := m.Weights.Dims()
	for i := range 30 {
		for j := range t {
			all += m.Weights.At(i, j)
			if i < 6 {
				read += m.Weights.At(i, j)
			}
		}
	}
	fmt.Printf("the 6 units of 30 that voxels read have %.0f %% of the weight\n", 100*read/all)
	// Output: the 6 units of 30 that voxels read have 89 % of the weight
}
