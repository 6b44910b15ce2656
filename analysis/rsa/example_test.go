package rsa_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

func Example() {
	stimuli, err := analysis.NewStimuli([]analysis.Stimulus{
		{ID: "doc/anna", Category: "face"}, {ID: "doc/bert", Category: "face"},
		{ID: "doc/lake", Category: "scene"}, {ID: "doc/road", Category: "scene"},
	})
	if err != nil {
		log.Fatal(err)
	}
	brain, err := analysis.NewResponses("S1 FFA", stimuli, mat.NewDense(4, 3, []float64{
		2, 1, 0,
		3, 1, 1,
		0, 1, 2,
		1, 0, 2,
	}))
	if err != nil {
		log.Fatal(err)
	}
	network, err := analysis.NewResponses("net/pool", stimuli, mat.NewDense(4, 4, []float64{
		9, 7, 1, 0,
		8, 9, 2, 1,
		2, 3, 5, 4,
		6, 1, 9, 8,
	}))
	if err != nil {
		log.Fatal(err)
	}
	rdms, err := rsa.RDMs([]*analysis.Responses{brain, network}, analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("S1 FFA tells anna from bert by %.2f, anna from lake by %.2f\n",
		rdms[0].Values.At(0, 1), rdms[0].Values.At(0, 2))
	score, err := rsa.Compare(analysis.Spearman)(rdms[0], rdms[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s = %.2f over %d cells\n", score.Measure.Symbol, score.Value, score.N)
	for _, w := range score.Warnings {
		fmt.Println("beware:", w)
	}
	// Output:
	// S1 FFA tells anna from bert by 0.13, anna from lake by 2.00
	// ρ = 0.83 over 6 cells
	// beware: S1 FFA: similarities over 3 channels are unreliable: need >= 10
	// beware: net/pool: similarities over 4 channels are unreliable: need >= 10
	// beware: Spearman ρ between RDMs of 4 stimuli is unreliable: need >= 10
}
