package encoding

import (
	"context"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

func TestSparsePositiveReference(t *testing.T) {
	eachSolved(t, func(t *testing.T, c solved, x, y *analysis.Responses) {
		m, err := SparsePositive{Alphas: []float64{c.Alpha}}.Fit(x, y)
		must(t, m, err)
		c.agree(t, "weights", m.Weights, dense(c.Lasso), 1e-8)
		optimal(t, m, x, y, m.Lambda, 1e-11, 1e-11)

		m, err = SparsePositive{Folds: c.Folds, Seed: c.Seed}.Fit(x, y)
		must(t, m, err)
		near(t, "chosen α", row(m.Lambda), row(c.BestAlpha), 1e-10)
		c.agree(t, "weights at the chosen α", m.Weights, dense(c.BestLasso), 1e-8)

		r, err := Evaluation{Fitter: SparsePositive{Folds: c.Folds, Seed: c.Seed}, Folds: c.Folds, Seed: c.Seed}.Run(context.Background(), x, y, nil)
		near(t, "held-out predictions", must(t, r, err).Predicted, dense(c.Nested), 1e-7)
	})
}

// TestSparsePositiveOptimal checks optimality at sizes with many rounds of
// widening, at several penalties.
func TestSparsePositiveOptimal(t *testing.T) {
	for _, d := range [][3]int{{60, 20, 130}, {60, 60, 7}, {50, 900, 70}} {
		x, y := linear(t, 6, d[0], d[1], d[2], 1)
		for _, alpha := range []float64{100, 1, .01, 0} {
			m, err := SparsePositive{Alphas: []float64{alpha}}.Fit(x, y)
			optimal(t, must(t, m, err), x, y, m.Lambda, 1e-10, 1e-10)
		}
	}
}

// TestSparsePositiveGap: the duality gap of the default path's end. With
// residual r and the largest gradient g = max x_jᵀr/n, the point
// min(1, α/g)·r is feasible for the dual problem.
func TestSparsePositiveGap(t *testing.T) {
	x, y := linear(t, 7, 80, 300, 20, 1)
	m, err := SparsePositive{}.Fit(x, y)
	must(t, m, err)
	pred, err := m.Predict(x)
	must(t, pred, err)
	n := 80.
	xc, yc := mat.DenseCopyOf(x.Matrix()), mat.DenseCopyOf(y.Matrix())
	centre(xc)
	centre(yc)
	var r, g mat.Dense
	r.Sub(y.Matrix(), pred.Matrix())
	g.Mul(xc.T(), &r)
	for j, alpha := range m.Lambda {
		s := min(1, alpha/(mat.Max(g.ColView(j))/n))
		rr, ry, yy := mat.Dot(r.ColView(j), r.ColView(j)), mat.Dot(r.ColView(j), yc.ColView(j)), mat.Dot(yc.ColView(j), yc.ColView(j))
		primal := rr/(2*n) + alpha*mat.Norm(m.Weights.ColView(j), 1)
		dual := s*ry/n - s*s*rr/(2*n)
		if gap := (primal - dual) / (yy / n); !(math.Abs(gap) < 1e-12) {
			t.Errorf("target %d: duality gap %.2g of the variance", j, gap)
		}
	}
}

// TestSparsePositiveLaws: α = 0 is NNLS; from α_max up, all weights are 0; a
// smaller α fits better.
func TestSparsePositiveLaws(t *testing.T) {
	for _, p := range []int{10, 80} {
		x, y := linear(t, 9, 40, p, 6, 1)
		free, err := NNLS{}.Fit(x, y)
		must(t, free, err)
		m, err := SparsePositive{Alphas: []float64{0}}.Fit(x, y)
		near(t, "weights at α = 0", must(t, m, err).Weights, free.Weights, 1e-9)

		all := newNormals(x.Matrix(), upTo(40), false, nil)
		for j, top := range all.largest(y.Matrix(), upTo(40)) {
			one, err := y.Columns("one", []int{j})
			must(t, one, err)
			m, err := SparsePositive{Alphas: []float64{top * (1 + 1e-9)}}.Fit(x, one)
			if n := mat.Norm(must(t, m, err).Weights, 1); n != 0 {
				t.Errorf("weights %v above α_max", n)
			}
			m, err = SparsePositive{Alphas: []float64{top * .99}}.Fit(x, one)
			if n := mat.Norm(must(t, m, err).Weights, 1); !(n > 0) {
				t.Error("no weight below α_max")
			}
		}
		last := math.Inf(1)
		for _, a := range []float64{10, 3, 1, .3, .1, 0} {
			m, err := SparsePositive{Alphas: []float64{a}}.Fit(x, y)
			must(t, m, err)
			p, err := m.Predict(x)
			must(t, p, err)
			var e mat.Dense
			e.Sub(y.Matrix(), p.Matrix())
			now := mat.Norm(&e, 2)
			if now > last*(1+1e-12) {
				t.Errorf("α = %v fits worse (%v) than a larger one (%v)", a, now, last)
			}
			last = now
		}
	}
}

func TestSparsePositiveErrors(t *testing.T) {
	x, y := linear(t, 1, 4, 3, 1, 1)
	for want, f := range map[string]SparsePositive{
		"no penalty":      {Alphas: []float64{}},
		"α = -1":          {Alphas: []float64{1, -1}},
		"α = NaN":         {Alphas: []float64{math.NaN()}},
		"α = +Inf":        {Alphas: []float64{math.Inf(1)}},
		"at least 2":      {Folds: 1},
		"choosing α: 4 s": {Folds: 9},
	} {
		if _, err := f.Fit(x, y); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), `encoding: predicting "S1 FFA" from "net/pool"`) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestSparsePositivePath: each point of a path is the solution found from
// nothing, though working sets are kept and pruned on the way.
func TestSparsePositivePath(t *testing.T) {
	for _, p := range []int{40, 3000} {
		x, y := linear(t, 18, 60, p, 3, 1)
		rows := upTo(60)
		m := newNormals(x.Matrix(), rows, false, nil)
		yb, _ := m.targets(y.Matrix(), rows, 0, 3, false)
		kappa := make([][]float64, 3)
		for j, top := range m.largest(y.Matrix(), rows) {
			for k := range 20 {
				kappa[j] = append(kappa[j], 60*top*math.Pow(10, -3*float64(k)/19))
			}
		}
		path := make([]*mat.Dense, 20)
		for k := range path {
			path[k] = mat.NewDense(p, 3, nil)
		}
		pruned, members := false, make([]int, 3)
		err := m.block(yb).follow(context.Background(), kappa, func(j, k int, a *active) {
			if j == 0 {
				pruned, members[0] = pruned || len(a.member) < members[0], len(a.member)
			}
			for _, at := range a.free {
				path[k].Set(a.member[at], j, a.w[at])
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for k := range path {
			one := []float64{kappa[0][k], kappa[1][k], kappa[2][k]}
			w, _, err := m.weights(context.Background(), y.Matrix(), rows, false, one, func(int) {})
			if must(t, w, err); k > 0 {
				near(t, "weights on the path", path[k], w, 1e-8)
			}
		}
		if p == 3000 && !pruned {
			t.Error("no working set is pruned; the case tests nothing")
		}
	}
}
