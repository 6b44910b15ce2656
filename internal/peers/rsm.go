package main

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// rsmTasks are similarities and distances of patterns: what rsatoolbox is used
// for, and the products of numpy that it could be made of.
func rsmTasks() []Task {
	numpy, scipy, rsatoolbox := Peer{Name: "numpy", Script: "rsm"}, Peer{Name: "scipy", Script: "rsm"}, Peer{Name: "rsatoolbox", Script: "rsm"}
	return []Task{
		geometry("rsm/pearson", 1000, 4096, 1, 0, []Peer{numpy, rsatoolbox}, func(x []*analysis.Responses, _ *mat.Dense) (*mat.SymDense, error) {
			return similarities(x[0], analysis.Pearson)
		}),
		geometry("rsm/spearman", 1000, 4096, 1, 0, []Peer{scipy}, func(x []*analysis.Responses, _ *mat.Dense) (*mat.SymDense, error) {
			return similarities(x[0], analysis.Spearman)
		}),
		geometry("rdm/euclidean", 1000, 4096, 1, 0, []Peer{rsatoolbox}, func(x []*analysis.Responses, _ *mat.Dense) (*mat.SymDense, error) {
			return values(rsa.Euclidean(x[0]))
		}),
		geometry("rdm/crossnobis", 200, 500, 4, 300, []Peer{rsatoolbox}, func(x []*analysis.Responses, residuals *mat.Dense) (*mat.SymDense, error) {
			noise, err := rsa.Covariance{}.Residuals(context.Background(), "noise", residuals)
			if err != nil {
				return nil, err
			}
			return values(rsa.Crossnobis{Noise: noise}.RDM(context.Background(), x))
		}),
	}
}

func similarities(r *analysis.Responses, m *analysis.Measure) (*mat.SymDense, error) {
	s, err := rsa.New(r, m)
	if err != nil {
		return nil, err
	}
	return s.Values, nil
}

func values(d *rsa.RDM, err error) (*mat.SymDense, error) {
	if err != nil {
		return nil, err
	}
	return d.Values, nil
}

// geometry is an n×n matrix of runs of n×c responses and r residuals of the
// same channels, which share what the first one has.
func geometry(name string, n, c, runs, r int, peers []Peer, f func(runs []*analysis.Responses, residuals *mat.Dense) (*mat.SymDense, error)) Task {
	task := Task{
		Name: fmt.Sprintf("%s/%dx%d", name, n, c), Peers: peers,
		Args: map[string]any{"what": name, "n": n, "c": c, "runs": runs, "r": r},
	}
	if runs > 1 {
		task.Name += fmt.Sprintf("x%d", runs)
	}
	task.Prepare = func() (func() error, func() []float64, error) {
		items := make([]analysis.Stimulus, n)
		for i := range items {
			items[i].ID = fmt.Sprintf("%04d", i)
		}
		s, err := analysis.NewStimuli(items)
		if err != nil {
			return nil, nil, err
		}
		x := make([]*analysis.Responses, runs)
		for k := range x {
			if x[k], err = analysis.NewResponses("S1", s, mat.NewDense(n, c, uniform[float64](uint64(k+1), n*c))); err != nil {
				return nil, nil, err
			}
		}
		var residuals *mat.Dense
		if r > 0 {
			v := uniform[float64](100, r*c)
			for i := range v {
				if i%c > 0 {
					v[i] += v[i-i%c]
				}
			}
			residuals = mat.NewDense(r, c, v)
		}
		var got *mat.SymDense
		work := func() (err error) {
			got, err = f(x, residuals)
			return err
		}
		answer := func() []float64 {
			upper := (&rsa.RDM{Values: got}).Upper()
			return sample(len(upper), func(i int) float64 { return upper[i] })
		}
		return work, answer, nil
	}
	return task
}
