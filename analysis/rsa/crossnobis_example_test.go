package rsa_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// Two runs of three stimuli, and what a GLM of the same person left over.
// Anna and Bert are answered alike but for noise, so their distance is about
// 0, here below it; the lake is far from both.
func ExampleCrossnobis() {
	stimuli, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "doc/anna"}, {ID: "doc/bert"}, {ID: "doc/lake"}})
	if err != nil {
		log.Fatal(err)
	}
	var runs []*analysis.Responses
	for _, v := range [][]float64{
		{2, 1, 0, 2.5, 1, 0.2, 0, 1, 3},
		{2.4, 1.2, 0, 2, 0.9, 0.1, 0.3, 1, 2.6},
	} {
		r, err := analysis.NewResponses("S1 FFA", stimuli, mat.NewDense(3, 3, v))
		if err != nil {
			log.Fatal(err)
		}
		runs = append(runs, r)
	}
	residuals := mat.NewDense(6, 3, []float64{
		.3, .25, .2,
		-.4, -.3, -.35,
		.1, .2, -.1,
		.2, .1, .3,
		-.3, -.2, -.2,
		.1, -.05, .15,
	})
	noise, err := rsa.Covariance{}.Residuals(context.Background(), "S1 FFA", residuals)
	if err != nil {
		log.Fatal(err)
	}
	rdm, err := rsa.Crossnobis{Noise: noise}.RDM(context.Background(), runs)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, correlations shrunk by %.2f\n", rdm.Kind(), noise.Lambda)
	fmt.Printf("anna and bert %.1f, anna and lake %.1f\n", rdm.Values.At(0, 1), rdm.Values.At(0, 2))
	// Output:
	// crossnobis distance, correlations shrunk by 0.14
	// anna and bert -1.3, anna and lake 272.6
}
