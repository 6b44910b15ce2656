package main

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/inference"
	"fusiform/analysis/rsa"
)

// inferenceTasks are bootstraps over stimuli and people: of the noise ceiling
// alone, and of ten models beside it by the dual bootstrap. Ours is always the
// dual one, so that of the ceiling draws people and stimuli alone, too.
//
// Draws differ between the two sides, so answers are those without a draw; that
// draws agree, given what was drawn, is tested in package inference.
func inferenceTasks() []Task {
	const people, n = 8, 92
	var tasks []Task
	for _, c := range []struct {
		method string // as rsatoolbox calls it
		m      *analysis.Measure
	}{{"corr", analysis.Pearson}, {"spearman", analysis.Spearman}, {"cosine", analysis.Cosine}} {
		tasks = append(tasks, bootstrapTask(fmt.Sprintf("ceiling/bootstrap/%s/%dx%dx1000", c.method, people, n), c.method, c.m, 0, people, n, 1000))
	}
	// 200 draws of Spearman's ρ would take the peer a minute each time.
	return append(tasks,
		bootstrapTask("inference/dual/corr/10x8x92x200", "corr", analysis.Pearson, 10, people, n, 200),
		bootstrapTask("inference/dual/spearman/10x8x92x20", "spearman", analysis.Spearman, 10, people, n, 20))
}

func bootstrapTask(name, method string, m *analysis.Measure, models, people, n, draws int) Task {
	return Task{
		Name:  name,
		Peers: []Peer{{Name: "rsatoolbox", Script: "inference"}},
		Args:  map[string]any{"method": method, "models": models, "people": people, "n": n, "draws": draws},
		Prepare: func() (func() error, func() []float64, error) {
			group, others, err := cohortRDMs(n, people, models)
			if err != nil {
				return nil, nil, err
			}
			var r *inference.Result
			work := func() (err error) {
				r, err = inference.Run(context.Background(), group, others, m, inference.Resampling{Draws: draws})
				return err
			}
			answer := func() []float64 {
				out := []float64{r.Lo.Value, r.Hi.Value}
				for _, m := range r.Models {
					out = append(out, m.Score.Value)
				}
				return out
			}
			return work, answer, nil
		},
	}
}

// cohortRDMs are RDMs of n stimuli of people, and of models, who all have half
// of their cells in common.
func cohortRDMs(n, people, models int) (group, others []*rsa.RDM, err error) {
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i].ID = fmt.Sprintf("%04d", i)
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return nil, nil, err
	}
	common := uniform[float64](1, n*(n-1)/2)
	all := make([]*rsa.RDM, people+models)
	for k := range all {
		all[k] = &rsa.RDM{Source: fmt.Sprint("source ", k), Stimuli: s, Distance: rsa.CorrelationDistance, Values: mat.NewSymDense(n, nil)}
		own, at := uniform[float64](uint64(k+2), len(common)), 0
		for i := range n {
			for j := i + 1; j < n; j++ {
				all[k].Values.SetSym(i, j, 2+(own[at]+common[at]))
				at++
			}
		}
	}
	return all[:people], all[people:], nil
}
