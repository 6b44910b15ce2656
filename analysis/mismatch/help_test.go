package mismatch_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

// nearly allows for rounding.
var nearly = cmpopts.EquateApprox(1e-11, 1e-12)

// must turns an error into the end of the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// stimuli returns n stimuli, category "face"; the first half are human, the
// others animal.
func stimuli(t testing.TB, n int) analysis.Stimuli { return mixed(t, n, 0) }

// mixed returns n faces as stimuli does, and more stimuli of another category.
func mixed(t testing.TB, n, more int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n+more)
	for i := range items {
		items[i] = analysis.Stimulus{ID: fmt.Sprintf("test/%03d", i), Category: "face", Subcategory: "human"}
		if 2*i >= n {
			items[i].Subcategory = "animal"
		}
		if i >= n {
			items[i].Category, items[i].Subcategory = "other", ""
		}
	}
	return must(analysis.NewStimuli(items))(t)
}

func profile(source string, s analysis.Stimuli, values ...float64) *tuning.Profile {
	return &tuning.Profile{Source: source, Stimuli: s, Values: values, Channels: 1}
}

// animals is the contrast of the stimuli of stimuli.
var animals = mismatch.Contrast{Name: "animal faces", A: mismatch.Group{Name: "human", Categories: []string{"human"}}, B: mismatch.Group{Name: "animal", Categories: []string{"animal"}}}

// A world makes people and networks whose true effects are known. A stimulus
// is answered with what all people share, and each person adds to it an effect
// of the groups of its own, and noise:
//
//	y[k,i] = (Effect + Slope·N(0,1)_k)·[i in A] + N(0,1)_i + Noise·N(0,1)_ki
//	network[i] = Network·[i in A] + Alike·N(0,1)_i (the same) + √(1−Alike²)·N(0,1)_i
type world struct {
	People                      int
	Stimuli, More               int // in the two groups, and others
	Effect, Slope, Noise, Alike float64
	Network                     float64
}

func (w world) draw(t testing.TB, seed uint64) (people []*tuning.Profile, network *tuning.Profile) {
	rng := rand.New(rand.NewPCG(seed, 7))
	s := mixed(t, w.Stimuli, w.More)
	shared, net := make([]float64, s.Len()), make([]float64, s.Len())
	in := func(i int) float64 {
		if 2*i < w.Stimuli {
			return 1
		}
		return 0
	}
	for i := range shared {
		shared[i] = rng.NormFloat64()
		net[i] = w.Network*in(i) + w.Alike*shared[i] + math.Sqrt(1-w.Alike*w.Alike)*rng.NormFloat64()
	}
	for k := range w.People {
		y, slope := make([]float64, s.Len()), w.Effect+w.Slope*rng.NormFloat64()
		for i := range y {
			y[i] = slope*in(i) + shared[i] + w.Noise*rng.NormFloat64()
		}
		people = append(people, profile(fmt.Sprintf("S%d", k+1), s, y...))
	}
	return people, profile("network", s, net...)
}

// truth returns the effects in infinitely many people and stimuli, of which
// group A has the share that it has here.
func (w world) truth() (brain, model float64) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 1 << 18
	share := float64(w.Stimuli/2) / float64(w.Stimuli+w.More)
	pq := share * (1 - share)
	var a, d float64
	for range n {
		e := w.Effect + w.Slope*rng.NormFloat64()
		sd := math.Sqrt(1 + e*e*pq + w.Noise*w.Noise)
		a += 1 / sd / n
		d += e / sd / n
	}
	return d / math.Sqrt(a*a+pq*d*d), w.Network / math.Sqrt(1+w.Network*w.Network*pq)
}

func tp(p ...*tuning.Profile) []*tuning.Profile { return p }
