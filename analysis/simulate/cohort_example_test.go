package simulate_test

import (
	"fmt"
	"log"

	"fusiform/analysis/simulate"
)

// Eight people look at 20 pictures of each category.
func ExampleCohort() {
	pictures, err := simulate.Drawings{PerCategory: 20}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	cohort := simulate.Cohort{}
	people, err := cohort.Respond(pictures)
	if err != nil {
		log.Fatal(err)
	}
	truth, err := cohort.Truth(pictures)
	if err != nil {
		log.Fatal(err)
	}
	for p, r := range people[:3] {
		stimuli, voxels := r.Dims()
		faces := 0
		for _, in := range truth[p].Planted("face") {
			if in {
				faces++
			}
		}
		fmt.Printf("%s: %d stimuli, %d voxels, %d of them face-selective\n", r.Source(), stimuli, voxels, faces)
	}
	// Output:
	// S1: 100 stimuli, 310 voxels, 37 of them face-selective
	// S2: 100 stimuli, 313 voxels, 39 of them face-selective
	// S3: 100 stimuli, 307 voxels, 41 of them face-selective
}
