package encoding

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// A reference is one case of testdata/reference.json, which
// internal/reference/encoding.py made with scikit-learn, himalaya and scipy
// (versions and seed in the file).
type reference struct {
	Name              string
	IDs, Categories   []string
	X, Y              [][]float64
	Lambdas           []float64
	Folds             int
	Seed              uint64
	FixedLambda       float64
	FixedWeights      [][]float64
	FixedIntercept    []float64
	OLSWeights        [][]float64
	Fold              []int
	BestLambda        []float64
	BestWeights       [][]float64
	Predicted         [][]float64
	MeanLambda        []float64
	Pearson, Spearman []float64
}

func references(t *testing.T, f func(t *testing.T, c reference, x, y *analysis.Responses)) {
	b, err := os.ReadFile("testdata/reference.json")
	var file struct{ Cases []reference }
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

func TestFixedLambda(t *testing.T) {
	references(t, func(t *testing.T, c reference, x, y *analysis.Responses) {
		m, err := Ridge{Lambdas: []float64{c.FixedLambda}}.Fit(x, y)
		must(t, m, err)
		near(t, "weights", m.Weights, dense(c.FixedWeights), 1e-11)
		near(t, "intercept", row(m.Intercept), row(c.FixedIntercept), 1e-11)
		if c.OLSWeights != nil {
			m, err = Ridge{Lambdas: []float64{0}}.Fit(x, y)
			near(t, "least-squares weights", must(t, m, err).Weights, dense(c.OLSWeights), 1e-11)
		}
	})
}

func TestChosenLambda(t *testing.T) {
	references(t, func(t *testing.T, c reference, x, y *analysis.Responses) {
		m, err := Ridge{Lambdas: c.Lambdas, Folds: c.Folds, Seed: c.Seed}.Fit(x, y)
		must(t, m, err)
		if d := cmp.Diff(c.BestLambda, m.Lambda); d != "" {
			t.Errorf("λ (-scikit-learn and himalaya +ours):\n%s", d)
		}
		near(t, "weights", m.Weights, dense(c.BestWeights), 1e-10)
	})
}

func TestEvaluateNested(t *testing.T) {
	references(t, func(t *testing.T, c reference, x, y *analysis.Responses) {
		ridge := Ridge{Lambdas: c.Lambdas, Folds: c.Folds, Seed: c.Seed}
		e := Evaluation{Fitter: ridge, Folds: c.Folds, Seed: c.Seed}
		r, err := e.Run(context.Background(), x, y, nil)
		must(t, r, err)
		if d := cmp.Diff(c.Fold, r.Fold); d != "" {
			t.Errorf("folds (-python +go):\n%s", d)
		}
		near(t, "held-out predictions", r.Predicted, dense(c.Predicted), 1e-10)
		near(t, "mean λ", row(r.Lambda), row(c.MeanLambda), 1e-12)
		near(t, "Pearson", row(r.Scores), row(c.Pearson), 1e-10)
		r, err = e.Run(context.Background(), x, y, analysis.Spearman)
		near(t, "Spearman", row(must(t, r, err).Scores), row(c.Spearman), 1e-10)

		// The same by Fit and Predict, as for any other fitter.
		e.Fitter = plain{ridge}
		slow, err := e.Run(context.Background(), x, y, analysis.Spearman)
		must(t, slow, err)
		near(t, "predictions by way of weights", slow.Predicted, r.Predicted, 1e-11)
		near(t, "mean λ by way of Fit", row(slow.Lambda), row(r.Lambda), 1e-12)
		near(t, "scores by way of weights", row(slow.Scores), row(r.Scores), 1e-12)
	})
}

// plain hides that a fitter is Ridge.
type plain struct{ r Ridge }

func (p plain) Fit(x, y *analysis.Responses) (*Model, error) { return p.r.Fit(x, y) }

// TestNormalEquations solves the augmented least-squares problem
//
//	[X 1; √λI 0] [W; b] ≈ [Y; 0]
//
// by QR: no centring, no Gram matrix, no Cholesky.
func TestNormalEquations(t *testing.T) {
	for _, dims := range [][2]int{{30, 5}, {30, 29}, {30, 30}, {30, 90}} {
		n, p := dims[0], dims[1]
		x, y := linear(t, 1, n, p, 3, 1)
		const lambda = 2.5
		a, b := mat.NewDense(n+p, p+1, nil), mat.NewDense(n+p, 3, nil)
		for i := 0; i < n; i++ {
			a.SetRow(i, append(append([]float64{}, x.Row(i)...), 1))
			b.SetRow(i, y.Row(i))
		}
		for j := 0; j < p; j++ {
			a.Set(n+j, j, 1.5811388300841898) // √2.5
		}
		var want mat.Dense
		if err := want.Solve(a, b); err != nil {
			t.Fatal(err)
		}
		m, err := Ridge{Lambdas: []float64{lambda}}.Fit(x, y)
		must(t, m, err)
		near(t, "weights", m.Weights, want.Slice(0, p, 0, 3), 1e-10)
		near(t, "intercept", row(m.Intercept), want.Slice(p, p+1, 0, 3), 1e-10)
	}
}

// TestPrimalDual gives both forms the same problem.
func TestPrimalDual(t *testing.T) {
	x, y := linear(t, 2, 24, 9, 700, 1) // more targets than a block holds
	ctx := context.Background()
	d := newDesign(x.Matrix(), nil)
	dualed := &design{k: gram(d.x, nil), noise: 1}
	train, test := upTo(24)[6:], upTo(24)[:6]
	r := Ridge{Folds: 3}
	p1, p2 := mat.NewDense(24, 700, nil), mat.NewDense(24, 700, nil)
	l1, err := r.heldOut(ctx, d, y.Matrix(), y.Stimuli(), train, test, p1)
	must(t, l1, err)
	l2, err := r.heldOut(ctx, dualed, y.Matrix(), y.Stimuli(), train, test, p2)
	must(t, l2, err)
	near(t, "λ", row(l1), row(l2), 1e-12)
	near(t, "predictions", p1, p2, 1e-10)
	if len(distinct(l1)) < 2 {
		t.Errorf("all targets have λ = %v; the case tests nothing", l1[0])
	}
}
