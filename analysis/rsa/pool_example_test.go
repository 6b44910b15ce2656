package rsa_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/rsa"
)

// How well could any model do, and how well does this one? Two people see four
// images; one person's distances are ten times as large.
func ExamplePool() {
	stimuli, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "anna"}, {ID: "bert"}, {ID: "lake"}, {ID: "road"}})
	if err != nil {
		log.Fatal(err)
	}
	rdm := func(source string, upper ...float64) *rsa.RDM {
		v := mat.NewSymDense(4, []float64{
			0, upper[0], upper[1], upper[2],
			0, 0, upper[3], upper[4],
			0, 0, 0, upper[5],
			0, 0, 0, 0,
		})
		d, err := rsa.FromDistances(source, stimuli, v, rsa.EuclideanDistance)
		if err != nil {
			log.Fatal(err)
		}
		return d
	}
	people := []*rsa.RDM{
		rdm("S1", 1, 8, 9, 7, 9, 2),
		rdm("S2", 20, 60, 90, 80, 70, 10),
		rdm("S3", 2, 9, 6, 7, 8, 3),
	}
	model := rdm("faces or places", 0, 1, 1, 1, 1, 0) // with ties: τ-a

	m := analysis.TauA
	c, err := ceiling.LeaveOneOut(people, rsa.Pool(m), rsa.Compare(m))
	if err != nil {
		log.Fatal(err)
	}
	s, err := ceiling.Against(model, people, rsa.Compare(m))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: ceiling %.2f to %.2f, model %.2f\n", m.Name, c.Lo, c.Hi, s.Value)
	// Output:
	// Kendall τ-a: ceiling 0.38 to 0.67, model 0.53
}
