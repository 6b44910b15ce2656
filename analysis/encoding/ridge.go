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
// stimuli, the p×p one otherwise; both give the same model. For each fold and
// λ, H = K_test,train (K_train + λI)⁻¹ by a Cholesky decomposition, and the H
// of all λ, or of as many as make the others, make all predictions in one
// product HY. With the n×n matrix these products, which only choose λ, are in
// float32; where they could not tell two λ apart, float64 decides.
// All else is in float64: Gram matrices, decompositions, predictions, and
// weights, but for those of many features and targets that float32 leaves
// within 1e-6 (n·p·t of 4e9 and more; predictions do not use them).
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

	// LeaveOneOut chooses λ by leaving out one stimulus at a time instead,
	// in closed form: the rule of scikit-learn's RidgeCV with
	// alpha_per_target. Folds and Seed then decide nothing. It asks how well
	// a stimulus is predicted from all others, those most like it included,
	// and prefers smaller penalties than folds do where stimuli come in
	// groups.
	LeaveOneOut bool

	// Seed decides which stimuli share a fold, together with their IDs.
	Seed uint64
}

// Fit learns y from x on the stimuli of y, which x must have answered too.
//
// A target that does not vary gets zero weights and its value as intercept; a
// feature that does not vary gets zero weight. Fit fails with an
// *analysis.AlignmentError if x lacks a stimulus, with analysis.ErrDead if no
// feature varies (and Lambdas is nil), if there are fewer stimuli than folds,
// if a λ is negative or too small for a definite solution, and if it would
// take more than 4 GiB of memory besides x and y: 50 000 features × 10 000
// targets have weights of 3.7 GiB. Evaluate needs no weights.
func (r Ridge) Fit(x, y *analysis.Responses) (*Model, error) {
	return r.FitContext(context.Background(), x, y)
}

// FitContext is Fit that stops when ctx ends, with an error that wraps
// ctx.Err(), and reports its folds by analysis.ReportProgress.
func (r Ridge) FitContext(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	return aligned(ctx, x, y, r.fit)
}

func (r Ridge) fit(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	n, p := x.Dims()
	_, t := y.Dims()
	if err := roomFor(float64(t)*float64(n+p)+ridgeNumbers(n, p, t, r.penalties()), p, t); err != nil {
		return nil, err
	}
	d := newDesign(x.Matrix(), nil)
	all := upTo(y.Stimuli().Len())
	s := d.system(all, nil)
	done, total := 0, r.folds()+1 // each fold, then the weights
	if r.LeaveOneOut {
		total = r.penalties() + 1
	}
	tick := func() { done++; analysis.ReportProgress(ctx, done, total) }
	lambda, errs, err := r.choose(ctx, d, s.scale, y.Matrix(), y.Stimuli(), all, tick)
	if err != nil {
		return nil, err
	}
	c, err := s.coefficients(ctx, lambda, y.Matrix())
	if err != nil {
		return nil, err
	}
	m := &Model{X: x.Source(), Y: y.Source(), Lambda: lambda, CVError: errs}
	if m.Weights, m.Intercept, err = d.weights(ctx, x.Matrix(), c, y.Matrix(), lambda); err != nil {
		return nil, err
	}
	analysis.ReportProgress(ctx, total, total)
	return m, nil
}

// heldOut stores in pred what the rows train predict for the rows test, without
// the weights: the Gram matrix is enough. It returns the penalties.
func (r Ridge) heldOut(ctx context.Context, d *design, y *mat.Dense, st analysis.Stimuli, train, test []int, pred *mat.Dense) (lambda []float64, err error) {
	s := d.system(train, test)
	lambda, _, err = r.choose(ctx, d, s.scale, y, st, train, func() {})
	if err != nil {
		return nil, err
	}
	return lambda, s.predict(ctx, lambda, y, pred)
}

// choose returns the best λ for each target by cross-validation among the rows
// train, whose mean squared length is scale, and its mean squared error; it
// calls tick after each fold.
func (r Ridge) choose(ctx context.Context, d *design, scale float64, y *mat.Dense, st analysis.Stimuli, train []int, tick func()) (lambda, errs []float64, err error) {
	grid, err := r.grid(scale, len(train))
	if err != nil {
		return nil, nil, err
	}
	_, t := y.Dims()
	if len(grid) == 1 {
		lambda = make([]float64, t)
		for j := range lambda {
			lambda[j] = grid[0]
		}
		return lambda, nil, nil
	}
	if r.LeaveOneOut {
		return r.leaveOneOut(ctx, d, grid, y, train, tick)
	}
	folds, err := deal(st, train, r.folds(), r.Seed)
	if err != nil {
		return nil, nil, fmt.Errorf("choosing λ: %w", err)
	}
	if d.k != nil {
		s := newSearch(grid, y, train)
		for _, held := range folds {
			if err := s.try(ctx, d, others(train, held), held); err != nil {
				return nil, nil, err
			}
			tick()
		}
		return s.best(ctx)
	}
	sums := mat.NewDense(len(grid), t, nil)
	for _, held := range folds {
		if err := d.system(others(train, held), held).addErrors(ctx, grid, y, sums); err != nil {
			return nil, nil, err
		}
		tick()
	}
	lambda, errs = bestOf(grid, sums)
	for j := range errs {
		errs[j] /= float64(len(folds))
	}
	return lambda, errs, nil
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
	grid := make([]float64, decades)
	for i := range grid {
		grid[i] = scale * math.Pow10(i-5)
	}
	return grid, nil
}

// decades is how many penalties the default grid has.
const decades = 10

func (r Ridge) penalties() int {
	if r.Lambdas == nil {
		return decades
	}
	return len(r.Lambdas)
}

func (r Ridge) folds() int {
	if r.Folds == 0 {
		return defaultFolds
	}
	return r.Folds
}
