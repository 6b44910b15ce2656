package encoding

import (
	"context"
	"fmt"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// A Fitter learns to predict the responses y from the responses x. It aligns
// them by stimulus ID and never modifies them.
type Fitter interface {
	Fit(x, y *analysis.Responses) (*Model, error)
}

// A ContextFitter is a Fitter that can be stopped. Evaluation and Subsets use
// FitContext where a Fitter has it.
type ContextFitter interface {
	Fitter
	FitContext(ctx context.Context, x, y *analysis.Responses) (*Model, error)
}

// A Model predicts t targets from p features:
//
//	ŷ = xW + b
type Model struct {
	X, Y      string     // the sources of features and targets
	Weights   *mat.Dense // W, p×t, in target units per feature unit
	Intercept []float64  // b, per target
	Lambda    []float64  // the penalty of each target; nil where the fitter has none

	// CVError is, per target, the mean squared error of held-out responses
	// with that penalty, averaged within folds and then over folds; nil
	// where there was nothing to choose.
	CVError []float64
}

// Predict returns the t predicted responses to the stimuli of x, an n×t
// matrix whose source is "<Y> from <source of x>".
//
// x may be another view of the features than the one fitted (lesioned, say, or
// responses to new stimuli), so its source is not checked. It fails with an
// *analysis.AlignmentError if x has not p channels.
func (m *Model) Predict(x *analysis.Responses) (*analysis.Responses, error) {
	n, p := x.Dims()
	if q, _ := m.Weights.Dims(); p != q {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("encoding: the model that predicts %q was fitted on the %d channels of %q, %q has %d; predict from responses of the same channels", m.Y, q, m.X, x.Source(), p)}
	}
	out := mat.NewDense(n, len(m.Intercept), nil)
	out.Mul(x.Matrix(), m.Weights)
	for i := 0; i < n; i++ {
		for j, b := range m.Intercept {
			out.RawRowView(i)[j] += b
		}
	}
	return analysis.NewResponses(m.Y+" from "+x.Source(), x.Stimuli(), out)
}

// fit uses FitContext where there is one, and keeps the fitter's own progress
// from the caller, who counts something else.
func fit(ctx context.Context, f Fitter, x, y *analysis.Responses) (*Model, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cf, ok := f.(ContextFitter); ok {
		return cf.FitContext(analysis.WithProgress(ctx, func(int, int) {}), x, y)
	}
	return f.Fit(x, y)
}

// aligned fits on the stimuli of y, and says in an error who was to be
// predicted from whom.
func aligned[T any](ctx context.Context, x, y *analysis.Responses, fit func(ctx context.Context, x, y *analysis.Responses) (*T, error)) (*T, error) {
	x, err := x.On(y.Stimuli())
	if err != nil {
		return nil, err
	}
	m, err := fit(ctx, x, y)
	if err != nil {
		return nil, fmt.Errorf("encoding: predicting %q from %q: %w", y.Source(), x.Source(), err)
	}
	return m, nil
}
