package main

import (
	"fmt"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// solverTasks are the fitters beside ridge: the non-negative Lasso at one α
// and with α chosen by cross-validation, non-negative least squares, and
// partial least squares. Features are rectified and overlap, as units do.
//
// scikit-learn iterates to a tolerance and ours do not, so that the difference
// from its defaults is that tolerance; "exact" is with one that leaves nothing
// (the Lasso) or with LAPACK's singular vectors (PLS), where that takes no
// minutes. With more features than stimuli the weights of NNLS are not unique,
// so predictions are compared.
func solverTasks() []Task {
	learn, exact, scipy := Peer{Name: "scikit-learn", Script: "solvers"}, Peer{Name: "scikit-learn, exact", Script: "solvers"}, Peer{Name: "scipy", Script: "solvers"}
	return []Task{
		solver("lasso-positive/alpha", 1000, 500, 200, []Peer{learn, exact}, encoding.SparsePositive{Alphas: []float64{.01}}),
		solver("lasso-positive/alpha", 300, 4096, 20, []Peer{learn}, encoding.SparsePositive{Alphas: []float64{.01}}),
		solver("lasso-positive/cv", 400, 200, 10, []Peer{learn, exact}, encoding.SparsePositive{}),
		solver("lasso-positive/cv", 200, 1000, 5, []Peer{learn}, encoding.SparsePositive{}),
		solver("nnls", 1000, 400, 20, []Peer{scipy}, encoding.NNLS{}),
		solver("nnls", 300, 2000, 10, []Peer{scipy}, encoding.NNLS{}),
		solver("pls", 2000, 400, 200, []Peer{learn, exact}, encoding.PLS{}),
		solver("pls", 500, 4096, 1000, []Peer{learn}, encoding.PLS{}),
	}
}

// solver is the fit of t targets on p features of n stimuli.
func solver(name string, n, p, t int, peers []Peer, f encoding.Fitter) Task {
	args := map[string]any{"what": name, "n": n, "p": p, "t": t}
	if s, ok := f.(encoding.SparsePositive); ok && s.Alphas != nil {
		args["alpha"] = s.Alphas[0]
	}
	return Task{
		Name: fmt.Sprintf("%s/%dx%dx%d", name, n, p, t), Peers: peers, Args: args,
		Prepare: func() (func() error, func() []float64, error) {
			x, y, err := overlapping(n, p, t)
			if err != nil {
				return nil, nil, err
			}
			var m *encoding.Model
			work := func() (err error) { m, err = f.Fit(x, y); return err }
			answer := func() []float64 {
				v := m.Weights
				if name == "nnls" {
					r, err := m.Predict(x)
					if err != nil {
						return nil
					}
					v = r.Matrix()
				}
				rows, _ := v.Dims()
				return sample(rows*t, func(i int) float64 { return v.At(i/t, i%t) })
			}
			return work, answer, nil
		},
	}
}

// overlapping returns features that share 16 directions, rectified, and targets
// that a tenth of them drive, with noise.
func overlapping(n, p, t int) (x, y *analysis.Responses, err error) {
	const shared = 16
	xm, w, ym := uniform[float64](1, n*p), uniform[float64](2, p*t), uniform[float64](3, n*t)
	simd.Gemm(false, false, n, p, shared, .25, uniform[float64](4, n*shared), shared, uniform[float64](5, shared*p), p, 1, xm, p)
	for i, v := range xm {
		xm[i] = max(0, v)
	}
	for i, v := range w {
		w[i] = max(0, v-.8)
	}
	simd.Gemm(false, false, n, t, p, 1, xm, p, w, t, 1, ym, t)
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i] = analysis.Stimulus{ID: fmt.Sprintf("%06d", i), Category: "image"}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return nil, nil, err
	}
	if x, err = analysis.NewResponses("x", s, mat.NewDense(n, p, xm)); err != nil {
		return nil, nil, err
	}
	y, err = analysis.NewResponses("y", s, mat.NewDense(n, t, ym))
	return x, y, err
}
