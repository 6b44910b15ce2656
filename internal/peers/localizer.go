package main

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// localizerTasks are t-maps with false-discovery rates, five domains each
// against all the others, and maps of the rank-sum test.
func localizerTasks() []Task {
	return []Task{
		localize("welch-bh", 1000, 100_000, localizer.TTest{FDR: 0.05}, Peer{Name: "scipy", Script: "localizer"}, Peer{Name: "numpy", Script: "localizer"}),
		localize("rank-sum", 1000, 2000, localizer.RankSum{FDR: 0.05}, Peer{Name: "scipy", Script: "localizer"}),
	}
}

// localize finds the fROIs of five categories. The answer are the statistics
// and q.
func localize(what string, stimuli, channels int, l localizer.Localizer, peers ...Peer) Task {
	return Task{
		Name:   fmt.Sprintf("localizer/%s/%dx%dx5", what, stimuli, channels),
		Peers:  peers,
		Args:   map[string]any{"what": what, "stimuli": stimuli, "channels": channels},
		Amount: 5e-6 * float64(channels), Unit: "M tests",
		Prepare: func() (func() error, func() []float64, error) {
			r, err := fivefold(stimuli, channels)
			if err != nil {
				return nil, nil, err
			}
			var found []*analysis.FROI
			work := func() (err error) {
				found, err = l.LocalizeAll(r, localizer.Faces, localizer.Bodies, localizer.Scenes, localizer.Objects, localizer.Characters)
				return err
			}
			answer := func() []float64 {
				var stats, q []float64
				for _, f := range found {
					stats, q = append(stats, f.Stat...), append(q, f.Q...)
				}
				at := func(v []float64) []float64 { return sample(len(v), func(i int) float64 { return v[i] }) }
				return slices.Concat(at(stats), at(q))
			}
			return work, answer, nil
		},
	}
}

// fivefold are responses to five categories, as many of each, of which the
// first hundredth of the channels prefers the first by half a unit. So does
// py/localizer.py.
func fivefold(stimuli, channels int) (*analysis.Responses, error) {
	v := mat.NewDense(stimuli, channels, uniform[float64](1, stimuli*channels))
	items := make([]analysis.Stimulus, stimuli)
	for i := range items {
		category := []string{"face", "body", "scene", "object", "character"}[5*i/stimuli]
		items[i] = analysis.Stimulus{ID: fmt.Sprint("peers/", i), Category: category}
		if category == "face" {
			row := v.RawRowView(i)
			for j := range channels / 100 {
				row[j] += 0.5
			}
		}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return nil, err
	}
	return analysis.NewResponses("peers", s, v)
}
