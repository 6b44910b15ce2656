package encoding

import (
	"context"
	"fmt"
	"slices"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// PLS is partial least-squares regression of all targets on a few components
// of the features: those that covary most with the targets, one after the
// other, each apart from what the earlier ones explain (PLS2 by NIPALS).
// Features and targets are centred, not scaled. It gives the coefficients of
// scikit-learn's PLSRegression(scale=False), at its tol → 0. Wold, Sjöström &
// Eriksson (2001), doi:10.1016/S0169-7439(01)00155-1.
//
// The components are found for all targets together, so a target's
// predictions depend on which others are fitted with it, and on their units.
type PLS struct {
	// Components is how many there are; 0 means 25, as in Brain-Score
	// (Schrimpf et al. 2018, doi:10.1101/407007). Where the data have fewer
	// (n stimuli have n−1, p features p, and each must covary with a target
	// by more than rounding), there are fewer, and Latent.Warnings says so.
	Components int

	// Among, where it is not nil, are the numbers to choose from instead: by
	// k-fold cross-validation within the stimuli given to Fit, the one with
	// the least held-out squared error over all targets, averaged within
	// folds and then over folds; of equal ones the smallest.
	Among []int

	// Folds of that cross-validation; 0 means 5. Each fold has nearly the
	// same mixture of categories.
	Folds int

	// Seed decides which stimuli share a fold, together with their IDs.
	Seed uint64
}

// A Latent is a fitted PLS: a components, p features, t targets, n stimuli.
type Latent struct {
	Components int
	Rotations  *mat.Dense // p×a: the scores of any x are (x − mean)·Rotations
	Scores     *mat.Dense // n×a, of the stimuli fitted, in the order of y; columns are orthogonal
	Loadings   *mat.Dense // t×a: the targets are their mean + scores·Loadingsᵀ
	Model      *Model     // the same as weights, p×t, and intercepts
	Warnings   []error
}

// Fit learns y from x on the stimuli of y, which x must have answered too.
//
// A target that does not vary gets zero weights and its value as intercept; a
// feature that does not vary gets zero weight. Fit fails with an
// *analysis.AlignmentError if x lacks a stimulus, with analysis.ErrDead if no
// feature or no target varies, if a number of components is negative, if
// there are fewer stimuli than folds, and before it would take more than 4 GiB
// of memory.
func (f PLS) Fit(x, y *analysis.Responses) (*Model, error) {
	return f.FitContext(context.Background(), x, y)
}

// FitContext is Fit that stops when ctx ends, with an error that wraps
// ctx.Err(), and reports components by analysis.ReportProgress.
func (f PLS) FitContext(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	l, err := f.Latent(ctx, x, y)
	if err != nil {
		return nil, err
	}
	return l.Model, nil
}

// Latent is FitContext that returns the components too.
func (f PLS) Latent(ctx context.Context, x, y *analysis.Responses) (*Latent, error) {
	return aligned(ctx, x, y, f.latent)
}

func (f PLS) latent(ctx context.Context, x, y *analysis.Responses) (*Latent, error) {
	if f.Components == 0 {
		f.Components = 25
	}
	if f.Folds == 0 {
		f.Folds = defaultFolds
	}
	if f.Among == nil {
		f.Among = []int{f.Components}
	}
	if len(f.Among) == 0 || slices.Min(f.Among) < 1 {
		return nil, fmt.Errorf("%v components; there must be 1 or more", f.Among)
	}
	d, err := newLatentDesign(x.Matrix(), y.Matrix())
	if err != nil {
		return nil, err
	}
	wanted, folds := slices.Max(f.Among), [][]int(nil)
	if len(f.Among) > 1 {
		if folds, err = deal(y.Stimuli(), upTo(d.n), f.Folds, f.Seed); err != nil {
			return nil, fmt.Errorf("choosing the number of components: %w", err)
		}
	}
	total := (len(folds) + 1) * wanted
	tick := func(k int) { analysis.ReportProgress(ctx, k, total) }
	if folds != nil {
		if wanted, err = d.choose(ctx, f.Among, folds, tick); err != nil {
			return nil, err
		}
	}
	all := d.fold(upTo(d.n), nil)
	l, err := all.find(ctx, wanted, func(k int) { tick(total - wanted + k) })
	if err != nil {
		return nil, err
	}
	if len(l.r) == 0 {
		return nil, fmt.Errorf("%w: no target covaries with a feature over the %d stimuli", analysis.ErrDead, d.n)
	}
	out := &Latent{Components: len(l.r), Loadings: mat.DenseCopyOf(asRows(l.q).T())}
	if out.Components < wanted {
		out.Warnings = append(out.Warnings, fmt.Errorf("%d components instead of %d: %d stimuli of %q and %d features of %q have no more that covary", out.Components, wanted, d.n, y.Source(), d.p, x.Source()))
	}
	out.Scores = mat.DenseCopyOf(all.scores(l, all.in).T())
	out.Rotations = d.rotations(l)
	out.Model = d.model(out)
	out.Model.X, out.Model.Y = x.Source(), y.Source()
	tick(total)
	return out, nil
}
