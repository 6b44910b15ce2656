package encoding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// SparsePositive is regression with few weights, none negative: the
// non-negative Lasso. For each target it minimises, over w ≥ 0 and b,
//
//	1/(2n)·‖y − Xw − b‖² + α Σw
//
// with n the number of stimuli. X is centred on the training stimuli, not
// scaled, and b is not penalised. It is scikit-learn's Lasso(positive=True),
// solved exactly rather than to a tolerance. Tibshirani (1996),
// doi:10.1111/j.2517-6161.1996.tb02080.x.
//
// α is chosen for each target by k-fold cross-validation within the stimuli
// given to Fit: the one with the least held-out squared error, averaged within
// folds and then over folds; of equal ones the largest. This is the rule of
// scikit-learn's LassoCV. With a single α there is no cross-validation. The
// model's Lambda holds the α chosen.
type SparsePositive struct {
	// Alphas are the penalties to choose from, in units of feature × target.
	// Nil means, for each target, 20 values from α_max, above which all its
	// weights are 0, down to α_max/1000, evenly spaced in the logarithm:
	// scikit-learn's LassoCV(positive=True, alphas=20). α_max is the largest
	// xᵀy/n over features, both centred on the stimuli given to Fit; where no
	// feature goes with the target, the largest |xᵀy|/n.
	Alphas []float64

	// Folds of the cross-validation over α; 0 means 5. Each fold has nearly
	// the same mixture of categories.
	Folds int

	// Seed decides which stimuli share a fold, together with their IDs.
	Seed uint64
}

// Fit learns y from x on the stimuli of y, which x must have answered too.
//
// A target that does not vary gets zero weights and its value as intercept; a
// feature that does not vary gets zero weight. Of features that repeat each
// other, or a sum of others, up to a millionth, one is left out. Fit fails with
// an *analysis.AlignmentError if x lacks a stimulus, with analysis.ErrDead if no
// feature varies, if there are fewer stimuli than folds, if an α is negative,
// and before it would take more than 4 GiB of memory.
func (f SparsePositive) Fit(x, y *analysis.Responses) (*Model, error) {
	return f.FitContext(context.Background(), x, y)
}

// FitContext is Fit that stops when ctx ends, with an error that wraps
// ctx.Err(), and reports folds × targets by analysis.ReportProgress.
func (f SparsePositive) FitContext(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	return aligned(ctx, x, y, f.fit)
}

func (f SparsePositive) fit(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	if err := roomForPositive(x, y); err != nil {
		return nil, err
	}
	if f.Folds == 0 {
		f.Folds = defaultFolds
	}
	_, t := y.Dims()
	rows := upTo(y.Stimuli().Len())
	p := &paths{x: x.Matrix(), y: y.Matrix(), rows: rows}
	m := newNormals(p.x, rows, false, nil)
	if err := m.alive(); err != nil {
		return nil, err
	}
	var err error
	if p.alphas, err = f.grid(m, p.y, rows); err != nil {
		return nil, err
	}

	total := (f.Folds + 1) * t // targets in each fold, then their weights
	alpha := make([]float64, t)
	if len(p.alphas[0]) == 1 {
		for j, g := range p.alphas {
			alpha[j] = g[0]
		}
	} else {
		folds, err := deal(y.Stimuli(), rows, f.Folds, f.Seed)
		if err != nil {
			return nil, fmt.Errorf("choosing α: %w", err)
		}
		alpha, m, err = p.choose(ctx, folds, m, func(done int) { analysis.ReportProgress(ctx, done, total) })
		if err != nil {
			return nil, err
		}
		m = newNormals(p.x, rows, false, m)
	}
	kappa := make([]float64, t)
	for j, a := range alpha {
		kappa[j] = a * float64(m.n)
	}
	w, b, err := m.weights(ctx, p.y, rows, false, kappa, func(done int) { analysis.ReportProgress(ctx, f.Folds*t+done, total) })
	if err != nil {
		return nil, err
	}
	return &Model{X: x.Source(), Y: y.Source(), Weights: w, Intercept: b, Lambda: alpha}, nil
}

// grid returns the penalties of each target, from the largest down.
func (f SparsePositive) grid(m *normals, y *mat.Dense, rows []int) ([][]float64, error) {
	_, t := y.Dims()
	out := make([][]float64, t)
	if f.Alphas != nil {
		given := slices.Clone(f.Alphas)
		if len(given) == 0 {
			return nil, errors.New("no penalty in Alphas; leave it nil for the default grid")
		}
		for _, a := range given {
			if !(a >= 0) || math.IsInf(a, 1) {
				return nil, fmt.Errorf("α = %v; a penalty is a finite number >= 0", a)
			}
		}
		slices.SortFunc(given, func(a, b float64) int { return cmp.Compare(b, a) })
		for j := range out {
			out[j] = given
		}
		return out, nil
	}
	for j, top := range m.largest(y, rows) {
		out[j] = make([]float64, 20)
		for k := range out[j] {
			out[j][k] = top * math.Pow(10, -3*float64(k)/19)
		}
	}
	return out, nil
}
