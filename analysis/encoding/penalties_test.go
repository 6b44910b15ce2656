package encoding

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"fusiform/internal/simd"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// A penalised is one case of testdata/ridge.json, which
// internal/reference/ridge.py made with himalaya and scikit-learn.
type penalised struct {
	Name                  string
	IDs, Categories       []string
	X, Y                  [][]float64
	Lambdas               []float64
	Folds                 int
	Seed                  uint64
	BestLambda, BestError []float64
	BestWeights, Himalaya [][]float64

	LOOLambda, LOOIntercept, LOOError []float64
	LOOWeights                        [][]float64
}

// TestPenaltiesOfPeers: himalaya and scikit-learn choose the same penalties
// and find the same weights, by folds and by leaving one out, at every level.
func TestPenaltiesOfPeers(t *testing.T) {
	b, err := os.ReadFile("testdata/ridge.json")
	var file struct{ Cases []penalised }
	if err := json.Unmarshal(must(t, b, err), &file); err != nil {
		t.Fatal(err)
	}
	for _, level := range simd.Levels() {
		for _, c := range file.Cases {
			t.Run(fmt.Sprint(level, " ", c.Name), func(t *testing.T) {
				defer simd.Use(level)()
				s := stimuli(t, c.IDs, c.Categories)
				x, y := responses(t, "x", s, dense(c.X)), responses(t, "y", s, dense(c.Y))
				m, err := Ridge{Lambdas: c.Lambdas, Folds: c.Folds, Seed: c.Seed}.Fit(x, y)
				must(t, m, err)
				if d := cmp.Diff(c.BestLambda, m.Lambda); d != "" {
					t.Errorf("λ (-himalaya and scikit-learn +ours):\n%s", d)
				}
				near(t, "weights (scikit-learn)", m.Weights, dense(c.BestWeights), 1e-9)
				near(t, "weights (himalaya)", m.Weights, dense(c.Himalaya), 1e-7)
				near(t, "held-out errors", row(m.CVError), row(c.BestError), 1e-6)

				m, err = Ridge{Lambdas: c.Lambdas, LeaveOneOut: true}.Fit(x, y)
				must(t, m, err)
				if d := cmp.Diff(c.LOOLambda, m.Lambda); d != "" {
					t.Errorf("λ by leaving one out (-scikit-learn +ours):\n%s", d)
				}
				near(t, "weights", m.Weights, dense(c.LOOWeights), 1e-7)
				near(t, "intercepts", row(m.Intercept), row(c.LOOIntercept), 1e-7)
				near(t, "errors of those left out", row(m.CVError), row(c.LOOError), 1e-6)
			})
		}
	}
}

// TestLeaveOneOutLeavesOneOut: the closed form is the error of n fits, each
// without one stimulus.
func TestLeaveOneOutLeavesOneOut(t *testing.T) {
	for _, p := range []int{5, 19, 20, 60} {
		x, y := linear(t, uint64(p), 20, p, 3, 1)
		m, err := Ridge{Lambdas: []float64{1, 10, 100, 1000}, LeaveOneOut: true}.Fit(x, y)
		must(t, m, err)
		for j, l := range m.Lambda {
			one, err := y.Columns(y.Source(), []int{j})
			must(t, one, err)
			r, err := Evaluation{Fitter: Ridge{Lambdas: []float64{l}}, Folds: 20}.Run(t.Context(), x, one, nil)
			must(t, r, err)
			sum := 0.
			for i := range 20 {
				d := r.Observed.At(i, 0) - r.Predicted.At(i, 0)
				sum += d * d / 20
			}
			near(t, fmt.Sprintf("p = %d, target %d: error", p, j), row(m.CVError[j:j+1]), row([]float64{sum}), 1e-6)
		}
	}
}

// exactly chooses λ by float64 alone: a Cholesky decomposition and a product
// for each λ.
func exactly(t *testing.T, d *design, grid []float64, y *mat.Dense, folds [][]int) []float64 {
	n, c := y.Dims()
	errs := mat.NewDense(len(grid), c, nil)
	for _, held := range folds {
		if err := d.system(others(upTo(n), held), held).addErrors(context.Background(), grid, y, errs); err != nil {
			t.Fatal(err)
		}
	}
	lambda, _ := bestOf(grid, errs)
	return lambda
}

// TestSearchIsExact compares the choice by float32, sums of a few H and a
// second look with that by float64, on features with spectra from flat to
// steep, targets from signal to noise alone, and grids of up to 40 penalties,
// some of which float32 cannot tell apart.
func TestSearchIsExact(t *testing.T) {
	for c, tilt := range []float64{0, .5, 1, 2, 4} {
		for _, perDecade := range []float64{1, 4} {
			twins := perDecade == 1 && c%2 == 1
			rng := rand.New(rand.NewPCG(uint64(c), 3))
			n, p, targets := 80, 150, 700
			x := normal(rng, n, p)
			basis := normal(rng, p, p)
			basis.Apply(func(i, _ int, v float64) float64 { return v * math.Pow(float64(i+1), -tilt) }, basis)
			x.Mul(x, basis)
			y := mat.NewDense(n, targets, nil)
			y.Mul(x, normal(rng, p, targets))
			y.Apply(func(i, j int, v float64) float64 {
				return math.Pow(10, float64(j%9-4)) * (v/40*float64(j%7) + math.Pow(10, -float64(j%11))*rng.NormFloat64())
			}, y)
			centre(y)
			d := newDesign(x, nil)
			var grid []float64
			for k := range int(10 * perDecade) {
				l := d.system(upTo(n), nil).scale * math.Pow(10, float64(k)/perDecade-5)
				if grid = append(grid, l); twins {
					grid = append(grid, l*(1+1e-5)) // alike, in float32
				}
			}
			folds, err := deal(shown(t, n), upTo(n), 5, 0)
			must(t, folds, err)
			s := newSearch(grid, y, upTo(n))
			basisSize := 0
			for _, held := range folds {
				if err := s.try(t.Context(), d, others(upTo(n), held), held); err != nil {
					t.Fatal(err)
				}
				fam, err := d.system(others(upTo(n), held), held).family(t.Context(), grid)
				must(t, fam, err)
				basisSize = max(basisSize, len(fam.basis))
			}
			got, _, err := s.best(t.Context())
			must(t, got, err)
			if diff := cmp.Diff(exactly(t, d, grid, y, folds), got); diff != "" {
				t.Errorf("spectrum ~ rank^-%v, %d penalties (-float64 +ours):\n%s", 2*tilt, len(grid), diff)
			}
			t.Logf("spectrum ~ rank^-%v: %d penalties from %d products, %d different chosen", 2*tilt, len(grid), basisSize, len(distinct(got)))
		}
	}
}
