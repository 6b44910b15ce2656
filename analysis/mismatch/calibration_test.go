package mismatch_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"fusiform/analysis/mismatch"
)

// In a thousand cohorts the 95 % intervals hold the truth 930 to 970 times,
// and where there is no mismatch p-values are uniform.
func TestCalibration(t *testing.T) {
	const cohorts = 1000
	for _, c := range []struct {
		name    string
		w       world
		null    bool // no mismatch, so Mismatch.P is uniform
		uniform bool // and people do not differ in the effect, so P is, too
	}{
		{"no effect", world{People: 8, Stimuli: 40, Noise: 1, Alike: .6}, true, true},
		{"same effect", world{People: 8, Stimuli: 24, More: 36, Noise: 1, Alike: .6, Effect: .8, Network: .8}, true, true},
		{"network stronger", world{People: 8, Stimuli: 40, Noise: 1.5, Slope: .4, Alike: .6, Effect: .2, Network: 1.5}, false, false},
		{"people differ", world{People: 8, Stimuli: 60, Noise: 1, Slope: .6, Alike: .9}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			brain, model := c.w.truth()
			var in [3]int
			var p, both []float64
			for k := range cohorts {
				people, network := c.w.draw(t, uint64(k))
				r := must(mismatch.Test{Draws: 250, Permutations: 199, Seed: uint64(k)}.Compare(context.Background(), people, tp(network), animals))(t)[0]
				for j, e := range []mismatch.Effect{r.Brain, r.Model, r.Mismatch} {
					if truth := [3]float64{brain, model, model - brain}[j]; e.Lo <= truth && truth <= e.Hi {
						in[j]++
					}
				}
				p, both = append(p, r.P), append(both, r.Mismatch.P)
			}
			for j, n := range in {
				if n < 930 || n > 970 {
					t.Errorf("the interval of the %s effect holds the truth in %d of %d cohorts", [3]string{"brain", "model", "mismatch"}[j], n, cohorts)
				}
			}
			t.Logf("true effects %.2f and %.2f; intervals of brain, model and mismatch cover %v of %d; P ≤ .05 in %d, Mismatch.P in %d; Kolmogorov's D %.3f and %.3f",
				brain, model, in, cohorts, below(p, .05), below(both, .05), kolmogorov(p), kolmogorov(both))
			// 1.63/√1000, of which p-values that are uniform exceed one in
			// a hundred, and one step of P.
			const most = .0515 + .005
			if d := kolmogorov(both); c.null && d > most {
				t.Errorf("Mismatch.P is not uniform: D = %.3f", d)
			}
			if d := kolmogorov(p); c.uniform && d > most {
				t.Errorf("P is not uniform: D = %.3f", d)
			}
		})
	}
}

func below(p []float64, at float64) (n int) {
	for _, v := range p {
		if v <= at {
			n++
		}
	}
	return n
}

// kolmogorov returns the largest distance of the distribution of p from the
// uniform one.
func kolmogorov(p []float64) (d float64) {
	p = slices.Sorted(slices.Values(p))
	n := float64(len(p))
	for i, v := range p {
		d = math.Max(d, math.Max(v-float64(i)/n, float64(i+1)/n-v))
	}
	return d
}
