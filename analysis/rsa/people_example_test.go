package rsa_test

import (
	"context"
	"fmt"
	"log"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/rsa"
	"fusiform/analysis/simulate"
)

// The geometry of eight simulated people by crossnobis distances from two runs
// each, and that of a network beside it. Every measure has its own ceiling.
func ExampleCrossnobis_people() {
	ctx := context.Background()
	world := simulate.World{Voxels: 10, OtherVoxels: 30}
	stimuli, err := world.Stimuli("doc", 10)
	if err != nil {
		log.Fatal(err)
	}
	halves, err := world.Halves(stimuli)
	if err != nil {
		log.Fatal(err)
	}
	var people []*rsa.RDM
	for k := range halves[0] {
		mine := []*analysis.Responses{halves[0][k], halves[1][k]} // the runs of one person
		noise, err := rsa.Covariance{}.Repeats(ctx, mine)
		if err != nil {
			log.Fatal(err)
		}
		rdm, err := rsa.Crossnobis{Noise: noise}.RDM(ctx, mine)
		if err != nil {
			log.Fatal(err)
		}
		people = append(people, rdm)
	}
	units, err := world.Network(stimuli)
	if err != nil {
		log.Fatal(err)
	}
	network, err := rsa.Euclidean(units)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range []*analysis.Measure{rsa.WhitenedCosine, analysis.Spearman, analysis.TauA} {
		c, err := ceiling.LeaveOneOut(people, rsa.Pool(m), rsa.Compare(m))
		if err != nil {
			log.Fatal(err)
		}
		s, err := ceiling.Against(network, people, rsa.Compare(m))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %.2f, people %.2f to %.2f\n", m.Name, s.Value, c.Lo, c.Hi)
	}
	// Output:
	// whitened cosine 0.86, people 0.97 to 0.98
	// Spearman ρ 0.83, people 0.95 to 0.96
	// Kendall τ-a 0.64, people 0.82 to 0.84
}
