package main

import (
	"context"
	"fmt"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

// mismatchTasks are permutation tests of two groups of stimuli, by all ways to
// relabel them.
func mismatchTasks() []Task { return []Task{relabel(185, 8), relabel(515, 10)} }

// relabel compares people and a network on the first two groups of the given
// size. The answer are p, the mismatch, and each person's effect.
func relabel(stimuli, group int) Task {
	return Task{
		Name:  fmt.Sprintf("mismatch/relabel/%d-%d of %d", group, group, stimuli),
		Peers: []Peer{{Name: "scipy", Script: "mismatch"}},
		Args:  map[string]any{"stimuli": stimuli, "group": group, "people": 8},
		Prepare: func() (func() error, func() []float64, error) {
			items := make([]analysis.Stimulus, stimuli)
			for i := range items {
				items[i] = analysis.Stimulus{ID: fmt.Sprintf("%05d", i), Category: "other"}
				if i < 2*group {
					items[i].Category = [2]string{"a", "b"}[i/group]
				}
			}
			s, err := analysis.NewStimuli(items)
			if err != nil {
				return nil, nil, err
			}
			profile := func(k int) *tuning.Profile {
				shared, own := uniform[float64](1, stimuli), uniform[float64](uint64(2+k), stimuli)
				for i := range own {
					own[i] += shared[i]
				}
				return &tuning.Profile{Source: fmt.Sprint("S", k), Stimuli: s, Values: own, Channels: 1}
			}
			people := make([]*tuning.Profile, 8)
			for k := range people {
				people[k] = profile(k)
			}
			contrast := mismatch.Contrast{Name: "groups", A: mismatch.Group{Categories: []string{"a"}}, B: mismatch.Group{Categories: []string{"b"}}}
			var r []mismatch.Result
			work := func() (err error) {
				// Two draws: the bootstrap is no part of the task.
				r, err = mismatch.Test{Draws: 2, Permutations: 1 << 20}.Compare(context.Background(), people, []*tuning.Profile{profile(len(people))}, contrast)
				return err
			}
			return work, func() []float64 { return append(r[0].Sources.People, r[0].P, r[0].Mismatch.Value) }, nil
		},
	}
}
