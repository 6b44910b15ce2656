package encoding

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// A solved is one case of testdata/solvers.json, which
// internal/reference/solvers.py made with scikit-learn and scipy (versions and
// seed in the file).
type solved struct {
	Name             string
	IDs, Categories  []string
	X, Y             [][]float64
	Folds            int
	Seed             uint64
	Unique           bool // false: features depend on each other, and only predictions are compared
	NNLS, NNLSOrigin [][]float64
	Alpha            float64
	Lasso            [][]float64
	BestAlpha        []float64
	BestLasso        [][]float64
	Components       int
	PLS              [][]float64
	PLSIntercept     []float64
	BestComponents   int
	Nested           [][]float64
}

func eachSolved(t *testing.T, f func(t *testing.T, c solved, x, y *analysis.Responses)) {
	b, err := os.ReadFile("testdata/solvers.json")
	var file struct{ Cases []solved }
	if err := json.Unmarshal(must(t, b, err), &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			s := stimuli(t, c.IDs, c.Categories)
			f(t, c, responses(t, "x", s, dense(c.X)), responses(t, "y", s, dense(c.Y)))
		})
	}
}

// agree compares weights, or where these are not unique what they predict for
// the stimuli fitted, which is.
func (c solved) agree(t *testing.T, what string, got, want *mat.Dense, tol float64) {
	t.Helper()
	x, y := dense(c.X), dense(c.Y)
	centre(x)
	centre(y)
	var a, b, left mat.Dense
	a.Mul(x, got)
	b.Mul(x, want)
	same(t, what+": predictions", &a, &b, tol)
	for j := range c.Y[0] {
		left.Sub(y.ColView(j), b.ColView(j))
		if c.Unique && mat.Norm(&left, 2) > 1e-9 { // a perfect fit has many ways
			same(t, what, got.ColView(j), want.ColView(j), tol)
		}
		left.Reset()
	}
}

// same is near where all may be 0.
func same(t *testing.T, what string, got, want mat.Matrix, tol float64) {
	t.Helper()
	if mat.Norm(want, 1) > 0 {
		near(t, what, got, want, tol)
	} else if mat.Norm(got, 1) > 0 {
		t.Errorf("%s are not 0", what)
	}
}

func TestNNLSReference(t *testing.T) {
	eachSolved(t, func(t *testing.T, c solved, x, y *analysis.Responses) {
		m, err := NNLS{}.Fit(x, y)
		must(t, m, err)
		c.agree(t, "weights", m.Weights, dense(c.NNLS), 1e-9)
		o, err := NNLS{ThroughOrigin: true}.Fit(x, y)
		must(t, o, err)
		var a, b mat.Dense
		a.Mul(x.Matrix(), o.Weights)
		b.Mul(x.Matrix(), dense(c.NNLSOrigin))
		same(t, "predictions through the origin", &a, &b, 1e-9)
		if slices.Max(o.Intercept) != 0 || slices.Min(o.Intercept) != 0 {
			t.Errorf("intercepts %v through the origin", o.Intercept)
		}
		p, err := m.Predict(x)
		must(t, p, err)
		for j := range m.Intercept {
			got, want := 0., 0.
			for i := range c.Y {
				got, want = got+p.Row(i)[j], want+c.Y[i][j]
			}
			if math.Abs(got-want) > 1e-9*float64(len(c.Y)) {
				t.Errorf("target %d: the mean prediction is %v, not the mean", j, got/float64(len(c.Y)))
			}
		}
	})
}

// optimal checks the conditions of the minimum of 1/(2n)‖y−Xw−b‖² + αΣw over
// w ≥ 0: the gradient is α where w > 0, at most α elsewhere, up to tol and bound
// of the lengths. It is a second route: residuals, no Gram matrix.
func optimal(t *testing.T, m *Model, x, y *analysis.Responses, alpha []float64, tol, bound float64) {
	t.Helper()
	n, p := x.Dims()
	pred, err := m.Predict(x)
	must(t, pred, err)
	var r, g mat.Dense
	r.Sub(y.Matrix(), pred.Matrix())
	xc, yc := mat.DenseCopyOf(x.Matrix()), mat.DenseCopyOf(y.Matrix())
	centre(xc)
	centre(yc)
	g.Mul(xc.T(), &r)
	for j := range m.Intercept {
		for i := range p {
			scale := mat.Norm(xc.ColView(i), 2) * mat.Norm(yc.ColView(j), 2)
			a := 0.
			if alpha != nil {
				a = alpha[j] * float64(n)
			}
			switch w, d := m.Weights.At(i, j), g.At(i, j)-a; {
			case w < 0:
				t.Fatalf("weight %d of target %d is %v", i, j, w)
			case w > 0 && math.Abs(d) > tol*scale, d > bound*scale:
				t.Fatalf("weight %d of target %d is %v where the gradient is off by %.2g of the lengths", i, j, w, d/scale)
			}
		}
	}
}

func TestNNLSOptimal(t *testing.T) {
	for _, d := range [][3]int{{2, 1, 1}, {2, 9, 3}, {60, 20, 130}, {60, 60, 7}, {50, 400, 70}} {
		x, y := linear(t, 5, d[0], d[1], d[2], 1)
		m, err := NNLS{}.Fit(x, y)
		optimal(t, must(t, m, err), x, y, nil, 1e-10, 1e-10)
	}
}

// TestNNLSKnown plants weights that are not negative, on features that overlap.
func TestNNLSKnown(t *testing.T) {
	x, _ := linear(t, 8, 80, 30, 1, 0)
	rng := rand.New(rand.NewPCG(1, 1))
	w := mat.NewDense(30, 9, nil)
	w.Apply(func(i, j int, _ float64) float64 { return max(0, rng.NormFloat64()) }, w)
	var y mat.Dense
	y.Mul(x.Matrix(), w)
	m, err := NNLS{}.Fit(x, responses(t, "y", x.Stimuli(), &y))
	near(t, "planted weights", must(t, m, err).Weights, w, 1e-9)
}

// fitters are those of this test's files; each is what every law below holds for.
var fitters = map[string]ContextFitter{
	"NNLS": NNLS{}, "SparsePositive": SparsePositive{Folds: 3}, "PLS": PLS{Components: 5}, "PLS, chosen": PLS{Among: []int{1, 2, 3, 4, 5, 6}, Folds: 3},
}

func TestFitterLaws(t *testing.T) {
	for name, f := range fitters {
		t.Run(name, func(t *testing.T) {
			for _, d := range [][3]int{{40, 12, 5}, {30, 90, 70}} {
				x, y := linear(t, 11, d[0], d[1], d[2], .5)
				m, err := f.Fit(x, y)
				must(t, m, err)
				t.Run("order of stimuli", func(t *testing.T) {
					at := rand.New(rand.NewPCG(3, 3)).Perm(d[0])
					s, err := pick(x.Stimuli(), at)
					must(t, s, err)
					back, err := y.On(s)
					must(t, back, err)
					o, err := f.Fit(x, back)
					near(t, "weights", must(t, o, err).Weights, m.Weights, 1e-8)
				})
				t.Run("order and repeats of features", func(t *testing.T) {
					at := append(rand.New(rand.NewPCG(3, 4)).Perm(d[1]), 0, 1, 2)
					xx, err := x.Columns("x again", at[:d[1]])
					must(t, xx, err)
					o, err := f.Fit(xx, y)
					must(t, o, err)
					want := mat.NewDense(d[1], d[2], nil)
					for i, k := range at[:d[1]] {
						want.SetRow(i, m.Weights.RawRowView(k))
					}
					near(t, "weights", o.Weights, want, 1e-8)
					if strings.HasPrefix(name, "PLS") {
						return // counts a repeated feature twice
					}
					xx, err = x.Columns("x and more", at)
					must(t, xx, err)
					o, err = f.Fit(xx, y)
					must(t, o, err)
					a, err := m.Predict(x)
					must(t, a, err)
					b, err := o.Predict(xx)
					near(t, "predictions with repeated features", must(t, b, err).Matrix(), a.Matrix(), 1e-8)
				})
				t.Run("units", func(t *testing.T) {
					big := mat.DenseCopyOf(x.Matrix())
					big.Scale(1e6, big)
					o, err := f.Fit(responses(t, "µx", x.Stimuli(), big), y)
					must(t, o, err)
					o.Weights.Scale(1e6, o.Weights)
					near(t, "weights", o.Weights, m.Weights, 1e-8)
				})
				t.Run("offsets", func(t *testing.T) {
					far := mat.DenseCopyOf(y.Matrix())
					far.Apply(func(_, _ int, v float64) float64 { return v + 1000 }, far)
					o, err := f.Fit(x, responses(t, "y+1000", y.Stimuli(), far))
					near(t, "weights", must(t, o, err).Weights, m.Weights, 1e-8)
					for j, b := range o.Intercept {
						if math.Abs(b-m.Intercept[j]-1000) > 1e-7 {
							t.Errorf("intercept %v becomes %v", m.Intercept[j], b)
						}
					}
				})
			}
		})
	}
}

// TestFitterEdges: constant targets, dead features, two stimuli, one target.
func TestFitterEdges(t *testing.T) {
	for name, f := range fitters {
		t.Run(name, func(t *testing.T) {
			if s, ok := f.(SparsePositive); ok {
				s.Folds = 2
				f = s
			}
			if p, ok := f.(PLS); ok {
				p.Folds = 2
				f = p
			}
			x, y := linear(t, 2, 12, 30, 4, 1)
			xm, ym := mat.DenseCopyOf(x.Matrix()), mat.DenseCopyOf(y.Matrix())
			for i := range 12 {
				xm.Set(i, 3, .1) // has no exact mean in binary
				ym.Set(i, 2, -7.3)
			}
			m, err := f.Fit(responses(t, "x", x.Stimuli(), xm), responses(t, "y", x.Stimuli(), ym))
			must(t, m, err)
			if n := mat.Norm(m.Weights.RowView(3), 2); n != 0 {
				t.Errorf("a dead feature has weights of length %v", n)
			}
			if n := mat.Norm(m.Weights.ColView(2), 2); n != 0 || math.Abs(m.Intercept[2]+7.3) > 1e-12 {
				t.Errorf("a constant target has weights of length %v, intercept %v", n, m.Intercept[2])
			}
			for _, p := range []int{1, 5} {
				x, y = linear(t, 3, 2, p, 1, 1)
				if p, ok := f.(PLS); ok && p.Among != nil {
					continue // one training stimulus in each fold: nothing varies
				}
				m, err = f.Fit(x, y)
				must(t, m, err)
				pred, err := m.Predict(x)
				must(t, pred, err) // finite, or NewResponses refuses
			}
			x, y = linear(t, 4, 6, 3, 2, 1)
			still := mat.NewDense(6, 3, nil)
			if _, err := f.Fit(responses(t, "still", x.Stimuli(), still), y); !errors.Is(err, analysis.ErrDead) {
				t.Errorf("features that do not vary: %v", err)
			}
			other := stimuli(t, []string{"q"}, []string{"face"})
			var misaligned *analysis.AlignmentError
			if _, err := f.Fit(responses(t, "q", other, mat.NewDense(1, 3, nil)), y); !errors.As(err, &misaligned) {
				t.Errorf("other stimuli: %v", err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := f.FitContext(ctx, x, y); !errors.Is(err, context.Canceled) {
				t.Errorf("a context that has ended: %v", err)
			}
			last, total := 0, 0
			ctx = analysis.WithProgress(context.Background(), func(done, of int) {
				if done < last || done > of || total != 0 && of != total {
					t.Errorf("progress %d of %d after %d of %d", done, of, last, total)
				}
				last, total = done, of
			})
			if _, err := f.FitContext(ctx, x, y); err != nil || last != total || total == 0 {
				t.Errorf("progress ends at %d of %d, %v", last, total, err)
			}
		})
	}
}

// TestFitterThreads: the same bits with one processor, and inputs unchanged.
func TestFitterThreads(t *testing.T) {
	for name, f := range fitters {
		for _, d := range [][3]int{{60, 20, 70}, {40, 150, 70}} {
			x, y := linear(t, 21, d[0], d[1], d[2], .5)
			xm, ym := mat.DenseCopyOf(x.Matrix()), mat.DenseCopyOf(y.Matrix())
			a, err := f.Fit(x, y)
			must(t, a, err)
			before := runtime.GOMAXPROCS(1)
			b, err := f.Fit(x, y)
			runtime.GOMAXPROCS(before)
			must(t, b, err)
			if !mat.Equal(a.Weights, b.Weights) || !slices.Equal(a.Intercept, b.Intercept) || !slices.Equal(a.Lambda, b.Lambda) {
				t.Errorf("%s: the number of processors changes the result", name)
			}
			if !mat.Equal(xm, x.Matrix()) || !mat.Equal(ym, y.Matrix()) {
				t.Errorf("%s changes its inputs", name)
			}
		}
	}
}

// TestFitterLevels runs every instruction set.
func TestFitterLevels(t *testing.T) {
	x, y := linear(t, 22, 30, 80, 9, .5)
	for name, f := range fitters {
		var first *Model
		for _, l := range simd.Levels() {
			restore := simd.Use(l)
			m, err := f.Fit(x, y)
			restore()
			if must(t, m, err); first == nil {
				first = m
			}
			near(t, name+" at "+l.String(), m.Weights, first.Weights, 1e-8)
		}
	}
}

func TestFitterMemory(t *testing.T) {
	if err := roomFor(float64(most/8), 1, 1); err != nil {
		t.Error(err)
	}
	// 1000 stimuli, 50 000 features, 20 000 targets: the weights alone are 8 GB.
	s := shown(t, 2)
	x := responses(t, "x", s, mat.NewDense(2, 50_000, nil))
	y := responses(t, "y", s, mat.NewDense(2, 20_000, nil))
	for name, f := range fitters {
		if _, err := f.Fit(x, y); err == nil || !strings.Contains(err.Error(), "GiB") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPositiveOnAnything solves what is hard for an active set: features that
// overlap, repeat each other, sum up, take few values, or outnumber the
// stimuli; and checks the conditions of the minimum. A feature of which less
// than a millionth is its own may be left out (see dependent).
func TestPositiveOnAnything(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 77))
		n, p, targets := 2+rng.IntN(40), 1+rng.IntN(80), 1+rng.IntN(6)
		xm := mat.NewDense(n, p, nil)
		latent := normal(rng, n, 4)
		for j := range p {
			kind, a, b := rng.IntN(5), rng.IntN(p), rng.IntN(p)
			for i := range n {
				v := rng.NormFloat64()
				switch kind {
				case 1: // rectified, and much alike
					v = max(0, latent.At(i, j%4)+.01*v)
				case 2: // few values
					v = float64(rng.IntN(3))
				case 3:
					v = xm.At(i, a) + xm.At(i, b)
				case 4:
					v = 2 * xm.At(i, a)
				}
				xm.Set(i, j, v)
			}
		}
		ym := normal(rng, n, targets)
		if seed%3 == 0 { // follows from the features
			w := normal(rng, p, targets)
			ym.Mul(xm, w)
		}
		s := shown(t, n)
		x, y := responses(t, "x", s, xm), responses(t, "y", s, ym)
		if newNormals(xm, upTo(n), false, nil).alive() != nil {
			continue
		}
		m, err := NNLS{}.Fit(x, y)
		if err != nil {
			t.Fatalf("seed %d, %d×%d: %v", seed, n, p, err)
		}
		optimal(t, m, x, y, nil, 1e-9, 1e-6)
		for _, alpha := range []float64{1, .1, 1e-3, 1e-6} {
			m, err := SparsePositive{Alphas: []float64{alpha}}.Fit(x, y)
			if err != nil {
				t.Fatalf("seed %d, %d×%d, α = %v: %v", seed, n, p, alpha, err)
			}
			optimal(t, m, x, y, m.Lambda, 1e-9, 1e-6)
		}
		if n >= 10 {
			if _, err := (SparsePositive{}).Fit(x, y); err != nil {
				t.Fatalf("seed %d, %d×%d: %v", seed, n, p, err)
			}
		}
	}
}
