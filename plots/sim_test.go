package plots_test

import (
	"fmt"
	"math/rand/v2"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// A category of simulated stimuli: how many, and what its name is.
type kind struct {
	name string
	n    int
}

// murty has the categories and numbers of the 185 images of Ratan Murty et
// al. (2021).
var murty = []kind{{"body", 50}, {"face", 25}, {"object", 60}, {"scene", 50}}

// stimuli returns stimuli grouped by category, IDs "set/face-001".
func stimuli(kinds ...kind) analysis.Stimuli {
	var items []analysis.Stimulus
	for _, k := range kinds {
		for i := range k.n {
			items = append(items, analysis.Stimulus{ID: fmt.Sprintf("set/%s-%03d.png", k.name, i+1), Category: k.name})
		}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		panic(err)
	}
	return s
}

// simulate returns the responses of channels that prefer one category: each
// stimulus has the pattern of its category, a share of its own, and noise.
func simulate(source string, s analysis.Stimuli, channels int, prefer string, seed uint64) *analysis.Responses {
	shared := rand.New(rand.NewPCG(7, 7)) // what all sources agree on
	own := rand.New(rand.NewPCG(seed, 1))
	patterns := map[string][]float64{}
	for _, c := range s.Categories() {
		p := make([]float64, channels)
		for j := range p {
			p[j] = shared.NormFloat64()
			if c == prefer {
				p[j] = 1.6 + 0.5*shared.NormFloat64()
			}
		}
		patterns[c] = p
	}
	v := mat.NewDense(s.Len(), channels, nil)
	for i := range s.Len() {
		gain := 1 + 0.5*shared.NormFloat64()
		for j, b := range patterns[s.At(i).Category] {
			v.Set(i, j, 0.4+gain*b*0.8+0.9*own.NormFloat64())
		}
	}
	r, err := analysis.NewResponses(source, s, v)
	if err != nil {
		panic(err)
	}
	return r
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
