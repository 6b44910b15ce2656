package encoding

import (
	"context"
	"runtime"
	"slices"

	"fusiform/analysis"
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// lesions evaluates subsets of one set of features on the same folds.
type lesions struct {
	*session
	all    *design    // of all features; with Ridge
	learnt []readout  // of each fold, from all features
	draw   *mat.Dense // predictions of a draw, made again by the next

	part, products mat.Dense // what cut computes, in the same memory again and again
	tick           func()
}

// whole evaluates all features.
func (l *lesions) whole(ctx context.Context) (*Result, error) {
	if _, ok := l.fitter.(Ridge); ok {
		l.all = newDesign(l.x.Matrix(), nil)
	}
	defer l.collect()
	return l.run(ctx, subset{source: l.x.Source()}, l.all, l.tick, &l.learnt)
}

// both evaluates all features but the given ones, and these alone. The
// predictions of a draw are dropped.
func (l *lesions) both(ctx context.Context, channels []int, without, only string, draw bool) (rest, some *Result, err error) {
	_, p := l.x.Dims()
	left := others(upTo(p), channels)
	var part, remainder *design
	if l.all != nil {
		part = newDesign(l.x.Matrix(), channels)
		remainder = l.all.less(part, l.x.Matrix(), left)
	}
	if draw && l.draw == nil {
		n, t := l.y.Dims()
		l.draw = mat.NewDense(n, t, nil)
	}
	one := func(source string, channels []int, d *design) (*Result, error) {
		s := subset{source: source, channels: channels}
		if draw {
			s.into = l.draw
		}
		r, err := l.run(ctx, s, d, l.tick)
		l.collect()
		if err == nil && draw {
			forget(r)
		}
		return r, err
	}
	if rest, err = one(without, left, remainder); err != nil {
		return nil, nil, err
	}
	some, err = one(only, channels, part)
	return rest, some, err
}

// collect frees what an evaluation leaves behind if that is much: the runtime
// would else let it grow to as much as is kept.
func (l *lesions) collect() {
	if n, t := l.y.Dims(); n*t > 1<<24 {
		runtime.GC()
	}
}

// forget drops what a draw does not keep.
func forget(r *Result) { r.Observed, r.Predicted = nil, nil }

// cut predicts by what was learnt from all features, with the fROI's, and
// those of each draw, held at their mean over the training stimuli:
//
//	ŷ − (x − x̄)_S W_S = ŷ − (x − x̄)_S (X − x̄)_Sᵀ C
//
// for the channels S, the weights W of a fold or its dual coefficients C. It
// takes a block of targets at a time.
func (l *lesions) cut(ctx context.Context, out *SubsetResult, f *analysis.FROI) error {
	type job struct {
		channels []int
		to       *Result
	}
	blank := func(source string, features int) *Result {
		r := *out.All
		r.X, r.Features, r.Lambda = source, features, out.All.Lambda
		r.Predicted, r.Scores, r.Warnings = nil, nil, slices.Clone(l.doubts)
		return &r
	}
	_, p := l.x.Dims()
	n, t := l.y.Dims()
	out.Cut = blank(l.x.Source()+", "+f.Contrast.Name+" cut", p-f.Count())
	out.Cut.Predicted = mat.NewDense(n, t, nil)
	jobs := []job{{f.Channels(), out.Cut}}
	for _, c := range out.Controls {
		for i, channels := range c.Channels {
			r := blank(out.All.X+", "+c.Control.String()+" cut", p-len(channels))
			c.Cut = append(c.Cut, r)
			jobs = append(jobs, job{channels, c.Cut[i]})
		}
	}
	silent := make([]int, len(jobs))
	const block = 4096
	space := make([]float64, n*min(block, t))
	for from := 0; from < t; from += block {
		to := min(from+block, t)
		folds := make([]fading, len(l.folds))
		for k, test := range l.folds {
			var err error
			if folds[k], err = l.fading(ctx, k, test, from, to); err != nil {
				return err
			}
		}
		for i, j := range jobs {
			pred := mat.NewDense(n, to-from, space[:n*(to-from)])
			pred.Copy(out.All.Predicted.Slice(0, n, from, to))
			for k := range folds {
				if err := ctx.Err(); err != nil {
					return err
				}
				l.take(folds[k], pred, j.channels)
				if from == 0 {
					l.tick()
				}
			}
			if i == 0 {
				out.Cut.Predicted.Slice(0, n, from, to).(*mat.Dense).Copy(pred)
			}
			same, err := j.to.scoreBlock(pred, from)
			if err != nil {
				return err
			}
			silent[i] += same
		}
		l.collect()
	}
	for i, j := range jobs {
		j.to.doubtScores(silent[i])
		if i > 0 {
			forget(j.to)
		}
	}
	return nil
}

// A fading is a fold from which features are taken after it was fitted.
type fading struct {
	train, test []int
	x           *mat.Dense // n×p
	mean        []float64  // of the features over the training rows
	weights     *mat.Dense // p×t; or nil
	dual        *mat.Dense // training rows × t
}

// fading returns a fold for the targets [from, to).
func (l *lesions) fading(ctx context.Context, k int, test []int, from, to int) (fading, error) {
	n, _ := l.y.Dims()
	train := others(upTo(n), test)
	f := fading{train: train, test: test, x: l.x.Matrix(), mean: meanOf(l.x.Matrix(), train)}
	r := l.learnt[k]
	if r.weights != nil {
		p, _ := r.weights.Dims()
		f.weights = r.weights.Slice(0, p, from, to).(*mat.Dense)
		return f, nil
	}
	s := l.all.system(train, nil)
	c, err := s.coefficients(ctx, r.lambda[from:to], l.y.Matrix().Slice(0, n, from, to).(*mat.Dense))
	if s.xt == nil {
		f.dual = c
	} else {
		f.weights = c
	}
	return f, err
}

// take subtracts from the predictions what the channels contribute.
func (l *lesions) take(f fading, pred *mat.Dense, channels []int) {
	x := deviations(f.x, f.test, channels, f.mean)
	l.part.Reset()
	if f.weights != nil {
		l.part.Mul(x, rows(f.weights, channels))
	} else {
		l.products.Reset()
		l.products.Mul(x, deviations(f.x, f.train, channels, f.mean).T())
		l.part.Mul(&l.products, f.dual)
	}
	for i, r := range f.test {
		simd.Axpy(pred.RawRowView(r), -1, l.part.RawRowView(i))
	}
}
