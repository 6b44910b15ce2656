package encoding

import (
	"context"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

func TestPLSReference(t *testing.T) {
	eachSolved(t, func(t *testing.T, c solved, x, y *analysis.Responses) {
		m, err := PLS{Components: c.Components}.Fit(x, y)
		must(t, m, err)
		near(t, "weights", m.Weights, dense(c.PLS), 1e-9)
		near(t, "intercepts", row(m.Intercept), row(c.PLSIntercept), 1e-9)

		l, err := PLS{Among: upTo(c.Components + 1)[1:], Folds: c.Folds, Seed: c.Seed}.Latent(context.Background(), x, y)
		if must(t, l, err).Components != c.BestComponents {
			t.Errorf("%d components chosen, scikit-learn chooses %d", l.Components, c.BestComponents)
		}
	})
}

// TestPLSNipals is a second route: NIPALS as written in 1975, on deflated
// matrices, in both forms.
func TestPLSNipals(t *testing.T) {
	for _, d := range [][4]int{{30, 8, 5, 6}, {20, 50, 5, 7}, {20, 50, 60, 7}, {20, 50, 1, 7}, {30, 8, 1, 6}, {25, 10, 40, 9}} {
		x, y := linear(t, 13, d[0], d[1], d[2], .3)
		got, err := PLS{Components: d[3]}.Fit(x, y)
		must(t, got, err)
		near(t, "weights", got.Weights, nipals(x.Matrix(), y.Matrix(), d[3]), 1e-8)
	}
}

func nipals(x, y *mat.Dense, a int) *mat.Dense {
	x, y = mat.DenseCopyOf(x), mat.DenseCopyOf(y)
	centre(x)
	centre(y)
	n, p := x.Dims()
	_, t := y.Dims()
	ws, ps, qs := mat.NewDense(p, a, nil), mat.NewDense(p, a, nil), mat.NewDense(t, a, nil)
	for k := range a {
		var s mat.Dense
		s.Mul(x.T(), y)
		var svd mat.SVD
		svd.Factorize(&s, mat.SVDThin)
		var u mat.Dense
		svd.UTo(&u)
		w := u.ColView(0)
		scores, load, q := mat.NewVecDense(n, nil), mat.NewVecDense(p, nil), mat.NewVecDense(t, nil)
		scores.MulVec(x, w)
		tt := mat.Dot(scores, scores)
		load.MulVec(x.T(), scores)
		load.ScaleVec(1/tt, load)
		q.MulVec(y.T(), scores)
		q.ScaleVec(1/tt, q)
		x.RankOne(x, -1, scores, load)
		y.RankOne(y, -1, scores, q)
		for j := range p {
			ws.Set(j, k, w.AtVec(j))
			ps.Set(j, k, load.AtVec(j))
		}
		for j := range t {
			qs.Set(j, k, q.AtVec(j))
		}
	}
	var pw, inner, b mat.Dense
	pw.Mul(ps.T(), ws)
	if err := inner.Solve(&pw, qs.T()); err != nil {
		panic(err)
	}
	b.Mul(ws, &inner)
	return &b
}

// TestPLSLatent: scores are the rotated features, orthogonal, and predict as
// the model does; with all components PLS is least squares.
func TestPLSLatent(t *testing.T) {
	for _, p := range []int{7, 60} {
		x, y := linear(t, 14, 25, p, 5, .5)
		l, err := PLS{Components: 6}.Latent(context.Background(), x, y)
		must(t, l, err)
		xc := mat.DenseCopyOf(x.Matrix())
		centre(xc)
		var s, tt, pred mat.Dense
		s.Mul(xc, l.Rotations)
		near(t, "scores", l.Scores, &s, 1e-10)
		tt.Mul(l.Scores.T(), l.Scores)
		for i := range 6 {
			for j := range 6 {
				if i != j && math.Abs(tt.At(i, j)) > 1e-9*math.Sqrt(tt.At(i, i)*tt.At(j, j)) {
					t.Errorf("scores %d and %d are not orthogonal: %.2g", i, j, tt.At(i, j))
				}
			}
		}
		pred.Mul(l.Scores, l.Loadings.T())
		want, err := l.Model.Predict(x)
		must(t, want, err)
		w := mat.DenseCopyOf(want.Matrix())
		centre(w)
		near(t, "predictions", &pred, w, 1e-10)
	}
	x, y := linear(t, 15, 40, 6, 3, 1)
	all, err := PLS{}.Latent(context.Background(), x, y)
	must(t, all, err)
	ols, err := Ridge{Lambdas: []float64{0}}.Fit(x, y)
	near(t, "weights with all components", all.Model.Weights, must(t, ols, err).Weights, 1e-9)
	if all.Components != 6 || len(all.Warnings) != 1 || !strings.Contains(all.Warnings[0].Error(), "6 components instead of 25") {
		t.Errorf("%d components, warnings %v", all.Components, all.Warnings)
	}
}

// TestPLSFewer: repeats and sums of features, and targets that follow from
// two, leave fewer components than asked for.
func TestPLSFewer(t *testing.T) {
	for _, p := range []int{6, 60} {
		x, _ := linear(t, 16, 30, 3, 1, 0)
		xm := mat.NewDense(30, p, nil)
		for j := range p {
			for i := range 30 {
				xm.Set(i, j, x.Row(i)[j%3]*float64(1+j/3))
			}
		}
		rich := responses(t, "repeats", x.Stimuli(), xm)
		y, err := x.Columns("y", []int{0, 1})
		must(t, y, err)
		l, err := PLS{}.Latent(context.Background(), rich, y)
		must(t, l, err)
		if l.Components > 3 || len(l.Warnings) != 1 {
			t.Errorf("p = %d: %d components from 3 independent features, warnings %v", p, l.Components, l.Warnings)
		}
		pred, err := l.Model.Predict(rich)
		near(t, "predictions", must(t, pred, err).Matrix(), y.Matrix(), 1e-9)
	}
}

func TestPLSErrors(t *testing.T) {
	x, y := linear(t, 1, 4, 3, 1, 1)
	for want, f := range map[string]PLS{
		"must be 1 or more":                      {Components: -1},
		"[3 0] components":                       {Among: []int{3, 0}},
		"[] components":                          {Among: []int{}},
		"choosing the number of components: 4 s": {Among: []int{1, 2}},
	} {
		if _, err := f.Fit(x, y); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestLead compares with gonum's eigenvectors, close pairs and rank 1 too.
func TestLead(t *testing.T) {
	for _, d := range [][2]int{{1, 1}, {2, 1}, {7, 9}, {40, 3}, {150, 300}} {
		x, _ := linear(t, 17, d[1]+1, d[0], 1, 0)
		xm := mat.DenseCopyOf(x.Matrix())
		centre(xm)
		g := outer(mat.DenseCopyOf(xm.T()))
		var e mat.EigenSym
		sym := mat.NewSymDense(d[0], g.RawMatrix().Data)
		if !e.Factorize(sym, true) {
			t.Fatal("gonum finds no eigenvalues")
		}
		var v mat.Dense
		e.VectorsTo(&v)
		start := make([]float64, d[0])
		for i := range start {
			start[i] = 1 / float64(i+1)
		}
		u, theta, err := lead(context.Background(), func(dst, v []float64) { copy(dst, times(g, false, v)) }, nil, start)
		must(t, u, err)
		top := e.Values(nil)[d[0]-1]
		if math.Abs(theta-top) > 1e-12*top {
			t.Errorf("%v: largest eigenvalue %v, want %v", d, theta, top)
		}
		if c := math.Abs(mat.Dot(mat.NewVecDense(d[0], u), v.ColView(d[0]-1))); math.Abs(c-1) > 1e-12 {
			t.Errorf("%v: the eigenvector is off, cosine 1 − %.2g", d, 1-c)
		}
	}
}

// TestCentredKernel computes the products from features centred on the
// training rows.
func TestCentredKernel(t *testing.T) {
	x, _ := linear(t, 19, 12, 30, 1, 0)
	k := outer(mat.DenseCopyOf(x.Matrix())) // not centred at all
	train, test := []int{0, 2, 3, 5, 8, 9, 11}, []int{1, 4, 6, 7, 10}
	in, out := centredKernel(k, train, test)
	a, b := rows(x.Matrix(), train), rows(x.Matrix(), test)
	subtract(b, centre(a))
	var want mat.Dense
	want.Mul(a, a.T())
	near(t, "products of training rows", in, &want, 1e-11)
	want.Reset()
	want.Mul(b, a.T())
	near(t, "products with held-out rows", out, &want, 1e-11)
}

// TestPLSFolds: the errors by which a number of components is chosen are those
// of models fitted on the other folds.
func TestPLSFolds(t *testing.T) {
	for _, p := range []int{8, 50} {
		x, y := linear(t, 20, 24, p, 3, .5)
		d, err := newLatentDesign(x.Matrix(), y.Matrix())
		must(t, d, err)
		train, test := upTo(24)[8:], upTo(24)[:8]
		f := d.fold(train, test)
		l, err := f.find(context.Background(), 4, func(int) {})
		must(t, l, err)
		var got, want mat.Dense
		got.Mul(f.scores(l, f.out).T(), asRows(l.q))
		got.Sub(f.held, &got) // observed − predicted

		seen, err := pick(y.Stimuli(), train)
		must(t, seen, err)
		yt, err := y.On(seen)
		must(t, yt, err)
		m, err := PLS{Components: 4}.Fit(x, yt)
		must(t, m, err)
		pred, err := m.Predict(x)
		must(t, pred, err)
		want.Sub(y.Matrix().Slice(0, 8, 0, 3), pred.Matrix().Slice(0, 8, 0, 3))
		near(t, "held-out errors", &got, &want, 1e-9)
	}
}
