package encoding_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"fusiform/analysis"
	"fusiform/analysis/encoding"

	"gonum.org/v1/gonum/mat"
)

// world returns 60 stimuli, a layer of 30 units, and 10 voxels that read the
// first 6 units, with noise.
func world() (units, voxels *analysis.Responses) {
	rng := rand.New(rand.NewPCG(1, 2))
	var items []analysis.Stimulus
	for i := range 60 {
		items = append(items, analysis.Stimulus{ID: fmt.Sprintf("demo/%02d", i), Category: []string{"face", "scene"}[i%2]})
	}
	x, y := mat.NewDense(60, 30, nil), mat.NewDense(60, 10, nil)
	for i := range 60 {
		for j := range 30 {
			x.Set(i, j, rng.NormFloat64())
		}
		for v := range 10 {
			y.Set(i, v, x.At(i, v%6)+x.At(i, (v+1)%6)+rng.NormFloat64())
		}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		log.Fatal(err)
	}
	if units, err = analysis.NewResponses("net/pool", s, x); err != nil {
		log.Fatal(err)
	}
	if voxels, err = analysis.NewResponses("S1 FFA", s, y); err != nil {
		log.Fatal(err)
	}
	return units, voxels
}

func ExampleEvaluate() {
	units, voxels := world()
	r, err := encoding.Evaluate(encoding.Ridge{}, units, voxels, analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s from %s: median %s over %d voxels\n", r.Y, r.X, r.Score(), len(r.Scores))
	// Output:
	// S1 FFA from net/pool: median r = 0.620 [0.435, 0.755], n = 60 over 10 voxels
}

func ExampleRidge() {
	units, voxels := world()
	m, err := encoding.Ridge{}.Fit(units, voxels)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("voxel 0 weighs unit 0 by %.2f, unit 1 by %.2f, unit 9 by %.2f\n",
		m.Weights.At(0, 0), m.Weights.At(1, 0), m.Weights.At(9, 0))
	// Output:
	// voxel 0 weighs unit 0 by 0.44, unit 1 by 0.53, unit 9 by -0.07
}

func ExampleSubsets() {
	units, voxels := world()
	region := &analysis.FROI{Source: "net/pool", Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, 30)}
	for j := range 6 {
		region.Keep[j] = true // a localizer would choose them, on other stimuli
	}
	r, err := encoding.Subsets{Draws: 5}.Evaluate(units, voxels, region)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("all %.2f, without %.2f, only %.2f, at random %.2f\n",
		r.All.Score().Value, r.Without.Score().Value, r.Only.Score().Value, r.RandomScores())
	// Output:
	// all 0.62, without -0.25, only 0.81, at random [-0.14 -0.24 0.23 -0.05 0.46]
}

// Units matched in layer and in effect size take the place of the selective
// ones.
func ExampleSubsetResult_Sufficiency() {
	units, voxels := world()
	region := &analysis.FROI{Source: "net/pool", Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, 30)}
	layer := make([]string, 30)
	for j := range 30 {
		region.Keep[j] = j < 6 // a localizer would choose them, on other stimuli
		layer[j] = []string{"conv", "pool"}[j%2]
	}
	r, err := encoding.Subsets{
		Draws:    19,
		Controls: []encoding.Control{encoding.MatchedNumber{}, encoding.MatchedLayer{Layer: layer}, encoding.MatchedEffect{}},
	}.Evaluate(units, voxels, region)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range r.Controls {
		necessary, sufficient := r.Necessity(c), r.Sufficiency(c)
		fmt.Printf("%s: without %.2f, difference from random %s, p = %.2f; only %.2f, %s, p = %.2f\n",
			c.Control, necessary.FROI, necessary.Difference, necessary.P, sufficient.FROI, sufficient.Difference, sufficient.P)
	}
	// Output:
	// matched in number: without -0.25, difference from random -0.727 (95 % of draws -0.952 to -0.173), p = 0.05; only 0.81, 0.849 (95 % of draws 0.349 to 1.044), p = 0.05
	// matched in layer: without -0.25, difference from random -0.810 (95 % of draws -0.940 to -0.289), p = 0.05; only 0.81, 0.886 (95 % of draws 0.264 to 1.065), p = 0.05
	// matched in effect size: without -0.25, difference from random -0.920 (95 % of draws -0.945 to -0.887), p = 0.05; only 0.81, 1.034 (95 % of draws 0.963 to 1.073), p = 0.05
}
