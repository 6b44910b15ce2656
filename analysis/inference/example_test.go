package inference_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/inference"
	"fusiform/analysis/rsa"
)

// Eight people, of whom each sees the same geometry of 40 stimuli through
// voxels and noise of their own; a network that has much of that geometry, one
// that has some, and one that has nothing of it.
func Example() {
	people, networks := simulated(8, 40, .8, .4, 0)
	result, err := inference.Run(context.Background(), people, networks, analysis.Spearman, inference.Resampling{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("people predict each other by %v\n", result.Lo)
	zero, err := result.Zero(inference.TTest)
	if err != nil {
		log.Fatal(err)
	}
	short, err := result.Short(inference.TTest)
	if err != nil {
		log.Fatal(err)
	}
	for j, m := range result.Models {
		fmt.Printf("%s %v, above 0: %t, below people: %t\n", m.Label, m.Score, zero[j].Q < .05, short[j].Q < .05)
	}
	pairs, err := result.Pairs(inference.TTest)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range pairs {
		fmt.Printf("%s is better than %s by %v: %t\n", p.A, p.B, p.Difference, p.Q < .05)
	}
	// Output:
	// people predict each other by 0.584 [0.507, 0.652]
	// network 1 0.563 [0.498, 0.622], above 0: true, below people: false
	// network 2 0.177 [0.066, 0.284], above 0: true, below people: true
	// network 3 0.032 [-0.065, 0.128], above 0: false, below people: true
	// network 1 is better than network 2 by 0.386 [0.269, 0.503]: true
	// network 1 is better than network 3 by 0.531 [0.417, 0.645]: true
	// network 2 is better than network 3 by 0.145 [-0.004, 0.294]: false
}

// simulated returns the RDMs of people, and of networks that share so much of
// what people have in common.
func simulated(people, n int, shared ...float64) (group, networks []*rsa.RDM) {
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i].ID = fmt.Sprintf("doc/%02d", i)
	}
	stimuli, err := analysis.NewStimuli(items)
	if err != nil {
		log.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	const dims, channels = 10, 60
	gauss := func(r, c int) *mat.Dense {
		m := mat.NewDense(r, c, nil)
		for i := range r {
			for j := range c {
				m.Set(i, j, rng.NormFloat64())
			}
		}
		return m
	}
	seen := gauss(n, dims)
	answer := func(name string, features *mat.Dense, noise float64) *rsa.RDM {
		v, e := mat.NewDense(n, channels, nil), gauss(n, channels)
		v.Mul(features, gauss(dims, channels))
		e.Scale(noise, e)
		v.Add(v, e)
		r, err := analysis.NewResponses(name, stimuli, v)
		if err != nil {
			log.Fatal(err)
		}
		s, err := rsa.New(r, analysis.Pearson)
		if err != nil {
			log.Fatal(err)
		}
		return s.RDM()
	}
	for k := range people {
		group = append(group, answer(fmt.Sprintf("S%d", k+1), seen, 4))
	}
	for j, share := range shared {
		features, own := mat.DenseCopyOf(seen), gauss(n, dims)
		features.Scale(share, features)
		own.Scale(1-share, own)
		features.Add(features, own)
		networks = append(networks, answer(fmt.Sprintf("network %d", j+1), features, 0))
	}
	return group, networks
}

func ExampleRelated() {
	people, networks := simulated(1, 20, .6)
	r, err := inference.Related(context.Background(), networks[0], people, analysis.Spearman, inference.Permutation{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s = %.2f, p < .01: %t\n", r.Measure.Symbol, r.Value, r.P < .01)
	// Output: ρ = 0.58, p < .01: true
}
