package tuning_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

func Example() {
	stimuli, err := analysis.NewStimuli([]analysis.Stimulus{
		{ID: "doc/anna", Category: "face"}, {ID: "doc/bert", Category: "face"},
		{ID: "doc/hand", Category: "body"}, {ID: "doc/foot", Category: "body"},
		{ID: "doc/lake", Category: "scene"}, {ID: "doc/road", Category: "scene"},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Two voxels of a face region, in percent signal change.
	region, err := analysis.NewResponses("S1 FFA", stimuli, mat.NewDense(6, 2, []float64{
		2.0, 1.6,
		2.4, 2.2,
		0.9, 0.5,
		0.6, 0.4,
		0.1, 0.3,
		0.2, 0.2,
	}))
	if err != nil {
		log.Fatal(err)
	}
	p, err := tuning.New(region)
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range p.ByCategory() {
		fmt.Printf("%-5s %.2f ± %.2f (n = %d)\n", b.Category, b.Mean, b.SEM, b.N)
	}
	fmt.Println("most:", stimuli.At(p.Ranked()[0]).ID)
	// Output:
	// face  2.05 ± 0.25 (n = 2)
	// body  0.60 ± 0.10 (n = 2)
	// scene 0.20 ± 0.00 (n = 2)
	// most: doc/bert
}
