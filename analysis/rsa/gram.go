package rsa

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// A gram is the n×n matrix
//
//	C = Σₖ wₖ Uₖ P Uₖᵀ
//
// of patterns U₀, U₁ …, n×c each, and the precision P of noise, which is 1
// where noise is nil. It goes through the channels in blocks, so that neither
// the patterns nor P are ever held as a whole.
type gram struct {
	n, c    int
	weights []float64
	noise   *Noise

	// fill writes columns [lo, hi) of row i of every pattern to to[k].
	fill func(to [][]float64, i, lo, hi int)

	// centre takes off each column's mean over the rows of a pattern: what
	// all stimuli have in common, which no distance depends on.
	centre bool
}

// blockChannels is how many channels of 1000 patterns make a block: at 4 MB
// they stay in a second- or third-level cache between filling and multiplying.
const blockChannels = 512

// sum returns C, of which the upper triangle counts.
func (g gram) sum(ctx context.Context) (*mat.SymDense, error) {
	out := mat.NewSymDense(g.n, nil)
	raw := out.RawSymmetric().Data
	if g.noise != nil && g.noise.chol != nil {
		return out, g.dense(ctx, raw)
	}
	parts, rows := len(g.weights), g.noise.lowRank()
	width := g.width(rows)
	u := simd.Large[float64](parts * g.n * width)
	var z, b []float64
	if rows > 0 {
		z, b = simd.Large[float64](rows*width), simd.Large[float64](parts*g.n*rows)
	}
	alpha := 1.0
	if g.noise != nil {
		alpha = 1 / g.noise.alpha
	}
	for lo := 0; lo < g.c; lo += width {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		analysis.ReportProgress(ctx, lo, g.c)
		hi := min(lo+width, g.c)
		w := hi - lo
		g.block(u, lo, hi)
		for k, weight := range g.weights {
			simd.Syrk(true, false, g.n, w, weight*alpha, u[k*g.n*w:], w, 1, raw, g.n)
		}
		if rows > 0 {
			g.noise.block(z, 0, rows, lo, hi)
			simd.Gemm(false, true, parts*g.n, rows, w, 1, u, w, z, w, 1, b, rows)
		}
	}
	if rows > 0 {
		// P = (1 − Zᵀ(UᵀU)⁻¹Z)/α: what is taken off is that of B·U⁻¹.
		blas64.Trsm(blas.Right, blas.NoTrans, 1, g.noise.inner, general(parts*g.n, rows, b))
		for k, weight := range g.weights {
			simd.Syrk(true, false, g.n, rows, -weight*alpha, b[k*g.n*rows:], rows, 1, raw, g.n)
		}
	}
	analysis.ReportProgress(ctx, g.c, g.c)
	return out, nil
}

// dense adds C to raw where the noise has its c×c covariance decomposed: there
// are no more channels than residuals, so few.
func (g gram) dense(ctx context.Context, raw []float64) error {
	parts := len(g.weights)
	u := simd.Large[float64](parts * g.n * g.c)
	g.block(u, 0, g.c)
	for k, weight := range g.weights {
		if err := ctx.Err(); err != nil {
			return err
		}
		analysis.ReportProgress(ctx, k, parts)
		part := u[k*g.n*g.c : (k+1)*g.n*g.c]
		blas64.Trsm(blas.Right, blas.NoTrans, 1, g.noise.upper(), general(g.n, g.c, part))
		simd.Syrk(true, false, g.n, g.c, weight, part, g.c, 1, raw, g.n)
	}
	analysis.ReportProgress(ctx, parts, parts)
	return nil
}

// block writes columns [lo, hi) of all patterns to u, one pattern after the
// other, centred where that is wanted and over the noise's standard deviation.
func (g gram) block(u []float64, lo, hi int) {
	parts, w := len(g.weights), hi-lo
	simd.Parallel(g.n, simd.Grain(4*parts*w), func(i0, i1 int) {
		to := make([][]float64, parts)
		for i := i0; i < i1; i++ {
			for k := range to {
				to[k] = u[(k*g.n+i)*w:][:w]
			}
			g.fill(to, i, lo, hi)
		}
	})
	if g.centre {
		mean := make([]float64, w)
		for k := range parts {
			part := u[k*g.n*w : (k+1)*g.n*w]
			simd.ColumnSums(mean, part, g.n, w)
			simd.BinaryScalar(simd.Mul, mean, mean, 1/float64(g.n))
			simd.BinaryRow(simd.Sub, part, part, mean)
		}
	}
	if g.noise != nil && g.noise.inv != nil {
		all := u[:parts*g.n*w]
		simd.BinaryRow(simd.Mul, all, all, g.noise.inv[lo:hi])
	}
}

// width is how many channels make a block, given that rows of residuals are
// beside the patterns.
func (g gram) width(rows int) int {
	total := len(g.weights)*g.n + rows
	return min(g.c, max(512, blockChannels*1000/max(1, total)/64*64))
}

// bytes is the memory that sum takes, without what its inputs hold.
func (g gram) bytes() int {
	parts, n := len(g.weights), g.n
	if g.noise != nil && g.noise.chol != nil {
		return 8 * (n*n + parts*n*g.c)
	}
	rows := g.noise.lowRank()
	return 8 * (n*n + (parts*n+rows)*g.width(rows) + parts*n*rows)
}

// distances returns (C[i,i] + C[j,j] − 2·C[i,j])/c in the place of C.
// Rounding below 0 is cut off unless values below 0 are ordinary. The error is
// a *cellError.
func (g gram) distances(ctx context.Context, signed bool) (*mat.SymDense, error) {
	if err := refuse(g.bytes(), "the %d×%d cells and the blocks of %d channels", "take fewer stimuli (On), or noise of fewer residuals", g.n, g.n, g.c); err != nil {
		return nil, err
	}
	s, err := g.sum(ctx)
	if err != nil {
		return nil, err
	}
	raw, n := s.RawSymmetric().Data, g.n
	diagonal := make([]float64, n)
	for i := range diagonal {
		diagonal[i] = raw[i*n+i]
		raw[i*n+i] = 0
	}
	for i := range n {
		row := raw[i*n : (i+1)*n]
		for j := i + 1; j < n; j++ {
			d := (diagonal[i] + diagonal[j] - 2*row[j]) / float64(g.c)
			if !finite(d) {
				return nil, &cellError{i, j, d}
			}
			if d < 0 && !signed {
				d = 0
			}
			row[j] = d
		}
	}
	return s, nil
}

// memory is how much one computation may take beside its inputs.
const memory = 4 << 30

// refuse fails if a computation would take more memory than it may.
func refuse(bytes int, what, instead string, args ...any) error {
	if bytes <= memory {
		return nil
	}
	return fmt.Errorf("rsa: %s would take %.1f GiB of memory, more than %d: %s", fmt.Sprintf(what, args...), float64(bytes)/(1<<30), memory>>30, instead)
}

func general(rows, cols int, x []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: max(1, cols), Data: x}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
