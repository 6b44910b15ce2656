package encoding

import (
	"context"
	"fmt"

	"fusiform/analysis"
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// NNLS is least squares with weights that are not negative: excitation only.
// For each target it minimises, over w ≥ 0 and b,
//
//	‖y − Xw − b‖²
//
// with no penalty and nothing to choose; many weights are 0, and those of a
// feature that falls where the target rises always. It is solved exactly, by
// an active-set method with the results of scipy.optimize.nnls on centred data
// (on raw data with ThroughOrigin). Lawson & Hanson (1974), Solving Least
// Squares Problems, chapter 23.
//
// Features may repeat each other, and may be more than the stimuli: where the
// solution is not unique, that of the method is returned, which leaves out a
// feature that is, up to a millionth, a sum of those already used; the
// predictions for the stimuli fitted are unique.
type NNLS struct {
	// ThroughOrigin fits without intercept: nothing is centred, b = 0.
	ThroughOrigin bool
}

// Fit learns y from x on the stimuli of y, which x must have answered too.
//
// A target that does not vary gets zero weights and its value as intercept
// (unless ThroughOrigin); a feature that does not vary gets zero weight. Fit
// fails with an *analysis.AlignmentError if x lacks a stimulus, with
// analysis.ErrDead if no feature varies, and before it would take more than
// 4 GiB of memory.
func (f NNLS) Fit(x, y *analysis.Responses) (*Model, error) {
	return f.FitContext(context.Background(), x, y)
}

// FitContext is Fit that stops when ctx ends, with an error that wraps
// ctx.Err(), and reports its targets by analysis.ReportProgress.
func (f NNLS) FitContext(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	return aligned(ctx, x, y, f.fit)
}

func (f NNLS) fit(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	if err := roomForPositive(x, y); err != nil {
		return nil, err
	}
	_, t := y.Dims()
	rows := upTo(y.Stimuli().Len())
	m := newNormals(x.Matrix(), rows, f.ThroughOrigin, nil)
	if err := m.alive(); err != nil {
		return nil, err
	}
	w, b, err := m.weights(ctx, y.Matrix(), rows, f.ThroughOrigin, make([]float64, t), func(done int) { analysis.ReportProgress(ctx, done, t) })
	if err != nil {
		return nil, err
	}
	return &Model{X: x.Source(), Y: y.Source(), Weights: w, Intercept: b}, nil
}

// weights solves for all targets, block by block, where target j has the
// penalty kappa[j]. It returns the weights, p×t, and the intercepts.
func (m *normals) weights(ctx context.Context, y *mat.Dense, rows []int, origin bool, kappa []float64, tick func(done int)) (*mat.Dense, []float64, error) {
	_, t := y.Dims()
	w, intercept := mat.NewDense(m.p, t, nil), make([]float64, t)
	step := m.blockOf()
	for lo := 0; lo < t; lo += step {
		hi := min(lo+step, t)
		yb, mean := m.targets(y, rows, lo, hi, origin)
		b := m.block(yb)
		one := make([][]float64, hi-lo)
		for i := range one {
			one[i] = kappa[lo+i : lo+i+1]
		}
		err := b.follow(ctx, one, func(i, _ int, a *active) {
			b.refined(i, one[i][0])
			intercept[lo+i] = mean[i]
			for _, at := range a.free {
				w.Set(a.member[at], lo+i, a.w[at])
				intercept[lo+i] -= m.mean[a.member[at]] * a.w[at]
			}
		})
		if err != nil {
			return nil, nil, err
		}
		tick(hi)
	}
	return w, intercept, nil
}

// targets returns some columns of y one after the other, centred as the
// features are, and what was subtracted.
func (m *normals) targets(y *mat.Dense, rows []int, lo, hi int, origin bool) (yb, mean []float64) {
	yb, mean = columns(nil, y, rows, lo, hi), make([]float64, hi-lo)
	if !origin {
		for i := range mean {
			mean[i] = centreOne(yb[i*m.n : (i+1)*m.n])
		}
	}
	return yb, mean
}

// alive fails if no feature varies.
func (m *normals) alive() error {
	if simd.Largest(m.size) == 0 {
		return fmt.Errorf("%w: no feature varies over the %d stimuli to fit on", analysis.ErrDead, m.n)
	}
	return nil
}

// most is how many bytes a fit may take, besides its inputs.
const most = 4 << 30

// roomFor fails if so many numbers would take more memory than allowed.
func roomFor(numbers float64, features, targets int) error {
	if bytes := 8 * numbers; bytes > most {
		return fmt.Errorf("%d features for %d targets would take %.1f GiB of memory, more than %d GiB; fit the targets in parts (Responses.Columns), or fewer features",
			features, targets, bytes/(1<<30), most>>30)
	}
	return nil
}

// roomForPositive counts the features by stimulus, their Gram matrix where
// there is one, the gradients of a block, and the weights.
func roomForPositive(x, y *analysis.Responses) error {
	n, p := x.Dims()
	_, t := y.Dims()
	numbers := float64(p)*float64(n) + float64(p)*float64(t) + 4*64*float64(p)
	if p <= n {
		numbers += float64(p) * float64(p)
	}
	return roomFor(numbers, p, t)
}
