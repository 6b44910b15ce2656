package main

import (
	"fmt"
	"math"

	"fusiform/analysis"
	"fusiform/analysis/encoding"

	"gonum.org/v1/gonum/mat"
)

// ridgeTasks are ridge regressions with a penalty for each target out of ten
// decades, chosen by five folds or by leaving out one stimulus at a time, down
// to the weights of the features.
func ridgeTasks() []Task {
	return []Task{
		ridge("cv", 1000, 4096, 5000, encoding.Ridge{}, "numpy", "himalaya", "numpy float64", "himalaya float64"),
		ridge("loo", 1000, 4096, 5000, encoding.Ridge{LeaveOneOut: true}, "scikit-learn"),
		ridge("fixed", 1000, 4096, 5000, encoding.Ridge{Lambdas: []float64{1000}}, "scikit-learn"),
	}
}

// decades are 0.1 … 1e8.
func decades() []float64 {
	out := make([]float64, 10)
	for i := range out {
		out[i] = math.Pow10(i - 1)
	}
	return out
}

// ridge predicts t targets, which 64 of the p features and noise make, from
// all features of n stimuli.
func ridge(what string, n, p, t int, r encoding.Ridge, peers ...string) Task {
	task := Task{
		Name: fmt.Sprintf("ridge/%s/%dx%dx%d", what, n, p, t),
		Args: map[string]any{"what": what, "n": n, "p": p, "t": t},
		Prepare: func() (func() error, func() []float64, error) {
			const causes = 64
			items := make([]analysis.Stimulus, n)
			for i := range items {
				items[i].ID = fmt.Sprintf("set/%04d", i)
			}
			s, err := analysis.NewStimuli(items)
			if err != nil {
				return nil, nil, err
			}
			xm := mat.NewDense(n, p, uniform[float64](1, n*p))
			ym := mat.NewDense(n, t, uniform[float64](3, n*t))
			ym.Scale(3, ym)
			var signal mat.Dense
			signal.Mul(xm.Slice(0, n, 0, causes), mat.NewDense(causes, t, uniform[float64](2, causes*t)))
			ym.Add(ym, &signal)
			ym.Apply(func(_, _ int, v float64) float64 { return float64(float32(v)) }, ym)
			x, err := analysis.NewResponses("x", s, xm)
			if err != nil {
				return nil, nil, err
			}
			y, err := analysis.NewResponses("y", s, ym)
			if err != nil {
				return nil, nil, err
			}
			if r.Lambdas == nil {
				r.Lambdas = decades()
			}
			var m *encoding.Model
			work := func() (err error) {
				m = nil // a second model would count as memory
				m, err = r.Fit(x, y)
				return err
			}
			return work, func() []float64 { return sample(p*t, func(i int) float64 { return m.Weights.At(i/t, i%t) }) }, nil
		},
	}
	for _, name := range peers {
		task.Peers = append(task.Peers, Peer{Name: name, Script: "ridge"})
	}
	return task
}
