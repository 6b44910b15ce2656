package mismatch_test

import (
	"context"
	"testing"

	"fusiform/analysis/mismatch"
)

func TestCalibration(t *testing.T) {
	const cohorts = 1000
	for _, c := range []struct {
		name string
		w    world
	}{
		{"no effect", world{People: 8, Stimuli: 40, Noise: 1, Alike: .6}},
		{"equal", world{People: 8, Stimuli: 40, Noise: 1, Alike: .6, Effect: 1, Network: 1}},
		{"different", world{People: 8, Stimuli: 40, Noise: 1.5, Slope: .4, Alike: .6, Effect: .2, Network: 1.5}},
		{"few", world{People: 5, Stimuli: 16, Noise: 1, Slope: .4, Alike: .6, Effect: .5, Network: .5}},
		{"slopes", world{People: 8, Stimuli: 100, Noise: 1, Slope: 1, Alike: .9, Effect: .5, Network: .5}},
	} {
		b, m := c.w.truth()
		var inB, inM, inE, p05, flag, fails int
		for k := range cohorts {
			people, network := c.w.draw(t, uint64(k))
			rr, err := mismatch.Test{Draws: 1000, Permutations: 199, Seed: uint64(k)}.Compare(context.Background(), people, tp(network), animals)
			if err != nil {
				fails++
				continue
			}
			r := rr[0]
			if r.Brain.Lo <= b && b <= r.Brain.Hi {
				inB++
			}
			if r.Model.Lo <= m && m <= r.Model.Hi {
				inM++
			}
			if r.Mismatch.Lo <= m-b && m-b <= r.Mismatch.Hi {
				inE++
			}
			if r.P <= .05 {
				p05++
			}
			if r.Mismatch.P <= .05 {
				flag++
			}
		}
		t.Logf("%-10s truth %.3f %.3f: brain %d model %d mismatch %d of %d; p<=.05: %d, t %d fails %d", c.name, b, m, inB, inM, inE, cohorts, p05, flag, fails)
	}
}
