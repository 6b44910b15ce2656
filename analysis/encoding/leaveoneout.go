package encoding

import (
	"context"
	"fmt"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// leaveOneOut sums, for each λ, the squared errors of each training row when
// it is predicted from all others. None of these n fits is made: with the hat
// matrix S of all rows, ŷ = Sy, intercept included,
//
//	eᵢ = (yᵢ − ŷᵢ)/(1 − Sᵢᵢ)
//
// Allen (1974), doi:10.1080/00401706.1974.10489157. In the dual that is
//
//	eᵢ = (Cy)ᵢ/Cᵢᵢ,  C = (K + λI)⁻¹ − 11ᵀ/(nλ)
//
// Rifkin & Lippert (2007), MIT-CSAIL-TR-2007-025.
func (r Ridge) leaveOneOut(ctx context.Context, d *design, grid []float64, y *mat.Dense, train []int, tick func()) (lambda, errs []float64, err error) {
	sys := d.system(train, nil)
	if sys.xt != nil {
		return sys.allButOne(ctx, grid, y, tick)
	}
	s := newSearch(grid, y, train)
	tr := trial{train: train, mean: meanOf(y, train), kept: make([]*mat.Dense, len(grid)), hat: sys.residuals}
	n, t := len(train), len(s.scale)
	keep := 8*n*n*len(grid) <= keptBytes
	var (
		width = min(blockTargets, t)
		op    = simd.Large[float32](n * n)
		out   = simd.Large[float32](n * width)
		sums  = make([]float64, 2*width)
	)
	for i, l := range grid {
		hat, err := sys.residuals(l)
		if err != nil {
			return nil, nil, err
		}
		if keep {
			tr.kept[i] = hat
		}
		round(op, hat.RawMatrix().Data)
		for b := 0; b < t; b += width {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			w := min(width, t-b)
			simd.Gemm(false, false, n, w, n, 1, op, n, s.single[b:], t, 0, out, w)
			clear(sums)
			simd.Moments(sums[:w], sums[width:width+w], out[:n*w], nil)
			simd.Axpy(s.errs.RawRowView(i)[b:b+w], 1/float64(n), sums[width:width+w])
		}
		tick()
	}
	s.trials = []trial{tr}
	return s.best(ctx)
}

// residuals returns the matrix that makes the errors of y in the dual, the
// rows of C over their diagonal.
func (s *system) residuals(lambda float64) (*mat.Dense, error) {
	f, err := s.factor(lambda)
	if err != nil {
		return nil, err
	}
	c, ok := lapack64.Potri(f.u)
	if !ok {
		return nil, s.tooSmall(lambda)
	}
	n := c.N
	out := mat.NewDense(n, n, c.Data)
	reflect(out)
	less := 1 / (float64(n) * lambda)
	for i := range n {
		row := out.RawRowView(i)
		own := row[i] - less
		// Of an eigenvalue that is 1/λ, as that of the mean, Cᵢᵢ has what
		// n rounding errors leave.
		if !(own*lambda > 1e-15*float64(n)) {
			return nil, s.unique(lambda)
		}
		for j := range row {
			row[j] = (row[j] - less) / own
		}
	}
	return out, nil
}

func (s *system) unique(lambda float64) error {
	return fmt.Errorf("λ = %g: a stimulus decides its own prediction, since features vary for it alone, and cannot be left out; use a larger λ, or choose λ by folds", lambda)
}

// allButOne is leaveOneOut in the primal: Sᵢᵢ = 1/n + xᵢᵀ(XᵀX + λI)⁻¹xᵢ.
func (s *system) allButOne(ctx context.Context, grid []float64, y *mat.Dense, tick func()) (lambda, errs []float64, err error) {
	n := len(s.train)
	_, t := y.Dims()
	mean := meanOf(y, s.train)
	x := mat.DenseCopyOf(s.xt.T())
	sums := mat.NewDense(len(grid), t, nil)
	for i, l := range grid {
		f, err := s.factor(l)
		if err != nil {
			return nil, nil, err
		}
		v := mat.DenseCopyOf(x) // XU⁻¹, whose rows have the length √xᵢᵀ(M+λI)⁻¹xᵢ
		blas64.Trsm(blas.Right, blas.NoTrans, 1, f.u, v.RawMatrix())
		left := make([]float64, n)
		for k := range left {
			left[k] = 1 - 1/float64(n) - simd.SumSquares(v.RawRowView(k))
			if !(left[k] > 1e-10) {
				return nil, nil, s.unique(l)
			}
		}
		for b := 0; b < t; b += blockTargets {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			cols := upTo(t)[b:min(b+blockTargets, t)]
			want := deviations(y, s.train, cols, mean)
			w := s.rhs(want)
			f.solve(w.RawMatrix())
			var got mat.Dense
			got.Mul(x, w)
			sum := sums.RawRowView(i)[b : b+len(cols)]
			for k := range n {
				want := want.RawRowView(k)
				for j, v := range got.RawRowView(k) {
					d := (want[j] - v) / left[k]
					sum[j] += d * d / float64(n)
				}
			}
		}
		tick()
	}
	lambda, errs = bestOf(grid, sums)
	return lambda, errs, nil
}
