package main

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// compareTasks are 100 comparisons of RDMs of 185 stimuli: one of data, with
// 100 of models.
func compareTasks() []Task {
	rsatoolbox, scipy := Peer{Name: "rsatoolbox", Script: "compare_rdms"}, Peer{Name: "scipy", Script: "compare_rdms"}
	const n, models = 185, 100
	var tasks []Task
	for _, c := range []struct {
		method string // as rsatoolbox calls it
		m      *analysis.Measure
		peers  []Peer
	}{
		{"corr", analysis.Pearson, []Peer{rsatoolbox}},
		{"cosine", analysis.Cosine, []Peer{rsatoolbox}},
		{"spearman", analysis.Spearman, []Peer{rsatoolbox, scipy}},
		{"rho-a", analysis.RhoA, []Peer{rsatoolbox}},
		{"tau-a", analysis.TauA, []Peer{rsatoolbox}},
		{"tau-b", analysis.TauB, []Peer{rsatoolbox, scipy}},
		{"cosine_cov", rsa.WhitenedCosine, []Peer{rsatoolbox}},
		{"corr_cov", rsa.WhitenedPearson, []Peer{rsatoolbox}},
	} {
		tasks = append(tasks, Task{
			Name:  fmt.Sprintf("compare/%s/%dx%d", c.method, n, models),
			Peers: c.peers,
			Args:  map[string]any{"method": c.method, "n": n, "models": models},
			Prepare: func() (func() error, func() []float64, error) {
				data, others, err := randomRDMs(n, models)
				if err != nil {
					return nil, nil, err
				}
				compare := rsa.CompareAll(c.m)
				var scores []analysis.Score
				work := func() (err error) {
					scores, err = compare(data, others)
					return err
				}
				answer := func() []float64 {
					return sample(models, func(i int) float64 { return scores[i].Value })
				}
				return work, answer, nil
			},
		})
	}
	return tasks
}

// randomRDMs are an RDM of n stimuli and those of models, each half made of it.
func randomRDMs(n, models int) (*rsa.RDM, []*rsa.RDM, error) {
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i].ID = fmt.Sprintf("%04d", i)
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return nil, nil, err
	}
	cells := uniform[float64](1, n*(n-1)/2)
	rdms := make([]*rsa.RDM, models+1)
	for k := range rdms {
		d := &rsa.RDM{Source: fmt.Sprint("model ", k), Stimuli: s, Distance: rsa.CorrelationDistance, Values: mat.NewSymDense(n, nil)}
		own := cells
		if k > 0 {
			own = uniform[float64](uint64(k+1), len(cells))
			for i := range own {
				own[i] += cells[i]
			}
		}
		at := 0
		for i := range n {
			for j := i + 1; j < n; j++ {
				d.Values.SetSym(i, j, 2+own[at])
				at++
			}
		}
		rdms[k] = d
	}
	return rdms[0], rdms[1:], nil
}
