package encoding

import (
	"context"
	"math"
	"slices"
	"sync"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// A search compares the penalties of a grid by held-out errors, in the dual.
//
// Predictions are products in float32, of H computed in float64, and their
// squared errors are summed in float64. That settles all comparisons but the
// closest: for a target where other λ come so near the best that they could be
// it, these are compared again in float64 throughout.
type search struct {
	grid   []float64
	trials []trial
	y      *mat.Dense // n×t
	single []float32  // the rows that count, less their mean, scaled; a row every t
	place  []int      // of a row of y among them
	mean   []float64  // theirs
	scale  []float32  // per target: a power of two that brings it near 1; 0 where none does
	errs   *mat.Dense // l×t: mean squared error, summed over trials
	off    []float64  // per λ: the most that a prediction can be off for being a sum, of targets of size 1
}

// A trial is some rows that are predicted from others, or, where none are held
// out, each from all others.
type trial struct {
	train, held []int
	mean        []float64                                // of the training targets
	hat         func(lambda float64) (*mat.Dense, error) // makes predictions; or errors, where none are held out
	kept        []*mat.Dense                             // the hats that are there, per λ
}

// rounding is how much the difference of two errors may be off in float32, of
// a target of size 1 and relative to the root of the error. It is some 3e-8 in
// fact, since the rounding of predictions, 3e-7, averages out over stimuli.
const rounding = 1e-6

// keptBytes is how much memory the H of all trials may take.
const keptBytes = 256 << 20

// newSearch has targets y, n×t, of which the given rows count.
func newSearch(grid []float64, y *mat.Dense, train []int) *search {
	_, t := y.Dims()
	s := &search{grid: grid, y: y, scale: make([]float32, t), off: make([]float64, len(grid)), errs: mat.NewDense(len(grid), t, nil)}
	sum, squares := make([]float64, t), make([]float64, t)
	mean := meanOf(y, train)
	for _, r := range train {
		simd.Moments(sum, squares, y.RawRowView(r), mean)
	}
	for j, v := range squares {
		if _, e := math.Frexp(math.Sqrt(v / float64(len(train)))); v > 0 && !math.IsInf(v, 1) && e > -120 && e < 120 {
			s.scale[j] = float32(math.Ldexp(1, -e))
		}
	}
	n, _ := y.Dims()
	s.mean = mean
	s.single, s.place = singles(n*t), make([]int, n)
	simd.Parallel(len(train), simd.Grain(4*t), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			s.place[train[i]] = i
			dst := s.single[i*t : (i+1)*t]
			for j, v := range y.RawRowView(train[i]) {
				dst[j] = float32(v-mean[j]) * s.scale[j]
			}
		}
	})
	return s
}

// idle holds the memory of searches that have ended.
var idle sync.Pool // of *[]float32

// singles returns memory for n numbers, of any value.
func singles(n int) []float32 {
	if old, ok := idle.Get().(*[]float32); ok && cap(*old) >= n {
		return (*old)[:n]
	}
	return simd.Large[float32](n)
}

// try adds the errors of a trial.
func (s *search) try(ctx context.Context, d *design, train, held []int) error {
	tr := trial{train: train, held: held, mean: meanOf(s.y, train)}
	sys := d.system(train, held)
	fam, err := sys.family(ctx, s.grid)
	if err != nil {
		return err
	}
	if err := s.add(ctx, tr, fam); err != nil {
		return err
	}
	for i, v := range fam.off {
		s.off[i] = max(s.off[i], v*math.Sqrt(float64(len(train))/float64(len(held))))
	}
	n := len(train) + len(held)
	if 8*n*n*len(s.grid) <= keptBytes {
		tr.hat, tr.kept = sys.hat, fam.hats
	} else {
		tr.hat = func(l float64) (*mat.Dense, error) { return d.system(train, held).hat(l) }
		tr.kept = make([]*mat.Dense, len(s.grid))
	}
	s.trials = append(s.trials, tr)
	return nil
}

// add adds the errors of a trial: for a block of targets, the predictions P of
// the basis in one product, those of all λ, less the responses, in another,
//
//	E = [c −1] [P; Y₊]
//
// and the sums of squares of E.
func (s *search) add(ctx context.Context, tr trial, fam *family) error {
	var (
		h, q  = len(tr.held), len(tr.train)
		l, k  = len(s.grid), len(fam.basis)
		_, t  = s.y.Dims()
		width = min(blockTargets, t)
		stack = fam.stack()
		in    = simd.Large[float32](q * width)
		out   = simd.Large[float32]((k + 1) * h * width)
		diff  = simd.Large[float32](l * h * width)
		coef  = make([]float32, l*(k+1))
		sums  = make([]float64, 2*width)
		mean  = make([]float32, t) // of the training rows, from which H needs none taken off
	)
	for j, m := range tr.mean {
		mean[j] = float32(m-s.mean[j]) * s.scale[j]
	}
	for i, c := range fam.coef {
		for j, v := range c {
			coef[i*(k+1)+j] = float32(v)
		}
		coef[i*(k+1)+k] = -1
	}
	for b := 0; b < t; b += width {
		if err := ctx.Err(); err != nil {
			return err
		}
		w := min(width, t-b)
		s.load(in, tr.train, b, w)
		held := out[k*h*w : (k+1)*h*w]
		s.load(held, tr.held, b, w)
		simd.BinaryRow(simd.Sub, held, held, mean[b:b+w])
		simd.Gemm(false, false, k*h, w, q, 1, stack, q, in, w, 0, out, w)
		simd.Gemm(false, false, l, h*w, k+1, 1, coef, k+1, out, h*w, 0, diff, h*w)
		for i := range l {
			clear(sums)
			simd.Moments(sums[:w], sums[width:width+w], diff[i*h*w:(i+1)*h*w], nil)
			simd.Axpy(s.errs.RawRowView(i)[b:b+w], 1/float64(h), sums[width:width+w])
		}
	}
	return nil
}

// load copies rows of w targets from b on.
func (s *search) load(dst []float32, rows []int, b, w int) {
	t := len(s.scale)
	simd.Parallel(len(rows), simd.Grain(w), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			from := s.place[rows[i]]*t + b
			copy(dst[i*w:(i+1)*w], s.single[from:from+w])
		}
	})
}

// best returns, per target, the λ with the least error, of equal ones the
// largest, and the error, mean squared within a trial and then over trials. The
// search has ended.
func (s *search) best(ctx context.Context) (lambda, least []float64, err error) {
	if err := s.settle(ctx); err != nil {
		return nil, nil, err
	}
	idle.Put(&s.single)
	lambda, least = bestOf(s.grid, s.errs)
	for j := range least {
		least[j] /= float64(len(s.trials))
	}
	return lambda, least, nil
}

// bestOf returns the λ of the least of the errors, l×t, and these.
func bestOf(grid []float64, errs *mat.Dense) (lambda, least []float64) {
	_, t := errs.Dims()
	lambda, least = make([]float64, t), make([]float64, t)
	for i, l := range grid {
		for j, e := range errs.RawRowView(i) {
			if i == 0 || e < least[j] || e == least[j] && l > lambda[j] {
				lambda[j], least[j] = l, e
			}
		}
	}
	return lambda, least
}

// settle brings the errors to the targets' own unit and computes anew, in
// float64, those of λ that could be the best of their target; where one is
// alone, its is left.
func (s *search) settle(ctx context.Context) error {
	t := len(s.scale)
	best, rivals := make([]int, t), make([][]int, len(s.grid)) // per λ: of which targets
	for i := range s.grid {
		for j, e := range s.errs.RawRowView(i) {
			if e < s.errs.At(best[j], j) {
				best[j] = i
			}
		}
	}
	for j, b := range best {
		var near []int
		for i := range s.grid {
			if s.near(i, b, j) {
				near = append(near, i)
			}
		}
		v := float64(s.scale[j])
		for i := range s.grid {
			switch {
			case len(near) == 1:
				s.errs.RawRowView(i)[j] /= v * v
			case !slices.Contains(near, i):
				s.errs.Set(i, j, math.Inf(1))
			default:
				s.errs.Set(i, j, 0)
				rivals[i] = append(rivals[i], j)
			}
		}
	}
	for _, tr := range s.trials {
		if err := s.exact(ctx, tr, rivals); err != nil {
			return err
		}
	}
	return nil
}

// near tells whether λ i may be better for target j than λ b, the best so far.
// With the root mean square e of the residuals, an error of ‖δ‖ in those is at
// most 2e‖δ‖ in their mean square.
func (s *search) near(i, b, j int) bool {
	k := float64(len(s.trials))
	least := s.errs.At(b, j)
	return s.scale[j] == 0 || s.errs.At(i, j)-least <= k*(math.Sqrt(least/k)*(rounding+2*s.off[i]+2*s.off[b])+rounding*rounding)
}

// exact adds the errors of a trial for some targets of each λ, in float64.
func (s *search) exact(ctx context.Context, tr trial, which [][]int) error {
	for i, l := range s.grid {
		if len(which[i]) == 0 {
			continue
		}
		hat := tr.kept[i]
		if hat == nil {
			var err error
			if hat, err = tr.hat(l); err != nil {
				return err
			}
		}
		h, _ := hat.Dims()
		for b := 0; b < len(which[i]); b += solveTargets {
			if err := ctx.Err(); err != nil {
				return err
			}
			cols := which[i][b:min(b+solveTargets, len(which[i]))]
			in := deviations(s.y, tr.train, cols, tr.mean)
			want := mat.NewDense(h, len(cols), nil)
			if tr.held != nil {
				want = deviations(s.y, tr.held, cols, tr.mean)
			}
			var got mat.Dense
			got.Mul(hat, in)
			sum := s.errs.RawRowView(i)
			for r := range h {
				for k, v := range got.RawRowView(r) {
					e := want.At(r, k) - v
					sum[cols[k]] += e * e / float64(h)
				}
			}
		}
	}
	return nil
}
