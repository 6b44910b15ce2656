package encoding

import (
	"context"
	"errors"
	"fmt"
	"math"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// Ridge is linear regression with a penalty on the weights. For each target it
// minimises, over weights w and intercept b,
//
//	‖y − Xw − b‖² + λ‖w‖²
//
// X is centred on the training stimuli, not scaled, and b is not penalised.
// Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634.
//
// λ is chosen for each target by k-fold cross-validation within the stimuli
// given to Fit: the one with the least held-out squared error, averaged within
// folds and then over folds; of equal ones the largest. This is the rule of
// himalaya's RidgeCV, and of scikit-learn's GridSearchCV with scoring
// "neg_mean_squared_error" on one target at a time. With a single λ there is
// no cross-validation.
//
// The n×n Gram matrix is used where there are at least as many features as
// stimuli, the p×p one otherwise; both give the same model.
type Ridge struct {
	// Lambdas are the penalties to choose from, in squared feature units.
	// Nil means ten decades from 1e-5 to 1e4 times the mean squared length
	// of a centred training row (which is also the mean eigenvalue of the
	// n×n Gram matrix), so that the choice does not depend on the units of
	// the features. λ = 0 is least squares and needs more stimuli than
	// features.
	Lambdas []float64

	// Folds of the cross-validation over λ; 0 means 5. Each fold has nearly
	// the same mixture of categories.
	Folds int

	// Seed decides which stimuli share a fold, together with their IDs.
	Seed uint64
}

// Fit learns y from x on the stimuli of y, which x must have answered too.
//
// A target that does not vary gets zero weights and its value as intercept; a
// feature that does not vary gets zero weight. Fit fails with an
// *analysis.AlignmentError if x lacks a stimulus, with analysis.ErrDead if no
// feature varies (and Lambdas is nil), if there are fewer stimuli than folds,
// and if a λ is negative or too small for a definite solution.
func (r Ridge) Fit(x, y *analysis.Responses) (*Model, error) {
	return r.FitContext(context.Background(), x, y)
}

// FitContext is Fit that stops when ctx ends, with an error that wraps
// ctx.Err(), and reports its folds by analysis.ReportProgress.
func (r Ridge) FitContext(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	x, err := x.On(y.Stimuli())
	if err != nil {
		return nil, err
	}
	m, err := r.fit(ctx, x, y)
	if err != nil {
		return nil, fmt.Errorf("encoding: predicting %q from %q: %w", y.Source(), x.Source(), err)
	}
	return m, nil
}

func (r Ridge) fit(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	d := newDesign(x.Matrix(), nil)
	all := upTo(y.Stimuli().Len())
	s := d.system(all, nil)
	yc := mat.DenseCopyOf(y.Matrix())
	ymean := centre(yc)

	done, total := 0, r.folds()+1 // each fold, then the weights
	tick := func() { done++; analysis.ReportProgress(ctx, done, total) }
	lambda, err := r.choose(ctx, d, s.scale, yc, y.Stimuli(), all, tick)
	if err != nil {
		return nil, err
	}
	w, err := s.coefficients(ctx, lambda, yc)
	if err != nil {
		return nil, err
	}
	if d.k != nil {
		if w, err = product(ctx, mat.DenseCopyOf(d.x.T()), w); err != nil {
			return nil, err
		}
	}
	var b mat.Dense
	b.Mul(mat.NewDense(1, len(d.mean), d.mean), w)
	b.Sub(mat.NewDense(1, len(ymean), ymean), &b)
	analysis.ReportProgress(ctx, total, total)
	return &Model{X: x.Source(), Y: y.Source(), Weights: w, Intercept: b.RawRowView(0), Lambda: lambda}, nil
}

// heldOut predicts the rows test from the rows train, without the weights: the
// Gram matrix is enough. y is centred over all rows.
func (r Ridge) heldOut(ctx context.Context, d *design, y *mat.Dense, st analysis.Stimuli, train, test []int) (pred *mat.Dense, lambda []float64, err error) {
	s := d.system(train, test)
	lambda, err = r.choose(ctx, d, s.scale, y, st, train, func() {})
	if err != nil {
		return nil, nil, err
	}
	yt := rows(y, train)
	mean := centre(yt)
	pred, err = s.predict(ctx, lambda, yt)
	if err != nil {
		return nil, nil, err
	}
	add(pred, mean)
	return pred, lambda, nil
}

// choose returns the best λ for each target by cross-validation among the rows
// train, whose mean squared length is scale; it calls tick after each fold.
func (r Ridge) choose(ctx context.Context, d *design, scale float64, y *mat.Dense, st analysis.Stimuli, train []int, tick func()) ([]float64, error) {
	grid, err := r.grid(scale, len(train))
	if err != nil {
		return nil, err
	}
	_, t := y.Dims()
	best := make([]float64, t)
	if len(grid) == 1 {
		for j := range best {
			best[j] = grid[0]
		}
		return best, nil
	}
	folds, err := deal(st, train, r.folds(), r.Seed)
	if err != nil {
		return nil, fmt.Errorf("choosing λ: %w", err)
	}
	errs := mat.NewDense(len(grid), t, nil)
	for _, held := range folds {
		fit := others(train, held)
		yt, yh := rows(y, fit), rows(y, held)
		subtract(yh, centre(yt))
		if err := d.system(fit, held).addErrors(ctx, grid, yt, yh, errs); err != nil {
			return nil, err
		}
		tick()
	}
	for j := range best {
		at := 0
		for i, l := range grid {
			if e, least := errs.At(i, j), errs.At(at, j); e < least || e == least && l > grid[at] {
				at = i
			}
		}
		best[j] = grid[at]
	}
	return best, nil
}

// grid returns the penalties to choose from, given the mean squared length of
// the n centred training rows.
func (r Ridge) grid(scale float64, n int) ([]float64, error) {
	for _, l := range r.Lambdas {
		if !(l >= 0) || math.IsInf(l, 1) {
			return nil, fmt.Errorf("λ = %v; a penalty is a finite number >= 0", l)
		}
	}
	if r.Lambdas != nil {
		if len(r.Lambdas) == 0 {
			return nil, errors.New("no penalty in Lambdas; leave it nil for the default grid")
		}
		return r.Lambdas, nil
	}
	if scale == 0 {
		return nil, fmt.Errorf("%w: no feature varies over the %d stimuli to fit on", analysis.ErrDead, n)
	}
	grid := make([]float64, 10)
	for i := range grid {
		grid[i] = scale * math.Pow10(i-5)
	}
	return grid, nil
}

func (r Ridge) folds() int {
	if r.Folds == 0 {
		return defaultFolds
	}
	return r.Folds
}
