package rsa

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// Noise is the covariance Σ of the noise of c channels, estimated by a
// Covariance or known (FromCovariance). Its inverse, the precision, weighs the
// channels in Mahalanobis and Crossnobis.
//
// Where there are fewer residuals r than channels, the c×c matrix is not
// formed: it is, with D the standard deviations,
//
//	Σ = D (α·1 + β·ZᵀZ) D,  Σ⁻¹ = D⁻¹ (1 − Zᵀ(α/β·1 + ZZᵀ)⁻¹Z) D⁻¹ / α
//
// (Woodbury), Z being the r×c residuals over D, so that only r×r numbers and
// the residuals themselves are kept.
type Noise struct {
	Source    string
	Channels  int
	Residuals int       // how many rows it was estimated from; 0 where it was known
	DoF       int       // what sums of squares were divided by
	Shrinkage Shrinkage // what was shrunk to what
	Lambda    float64   // how much, from 0 to 1
	Warnings  []error

	inv         []float64 // 1/D; nil for 1
	alpha, beta float64
	chol        *mat.Cholesky     // of α·1 + β·ZᵀZ, c×c, where c is less than the residuals
	inner       blas64.Triangular // U of UᵀU = α/β·1 + ZZᵀ, r×r, where it is not
	rows        residuals
}

// residuals are r×c numbers that are made when they are needed.
type residuals struct {
	n    int
	fill func(to []float64, i, lo, hi int) // columns [lo, hi) of row i
}

// FromCovariance returns noise whose c×c covariance is known. The matrix is
// copied. It fails if a value is NaN or infinite, and if it is not positive
// definite to working precision: then a channel is a mixture of others, or
// there were fewer residuals than channels.
func FromCovariance(source string, v *mat.SymDense) (*Noise, error) {
	if v == nil || v.IsEmpty() {
		return nil, fmt.Errorf("rsa: the covariance of %q has no values", source)
	}
	c := v.SymmetricDim()
	for i := range c {
		for j := i; j < c; j++ {
			if x := v.At(i, j); !finite(x) {
				return nil, fmt.Errorf("rsa: the covariance of channels %d and %d of %q is %v", i, j, source, x)
			}
		}
	}
	n := &Noise{Source: source, Channels: c, Shrinkage: Unshrunk, alpha: 0, beta: 1}
	if err := n.decompose(v); err != nil {
		return nil, err
	}
	return n, nil
}

// singular is the condition number from which a matrix has no inverse to speak
// of: three digits of it are left.
const singular = 1e13

// decompose keeps the factor of the c×c matrix, which is not changed.
func (n *Noise) decompose(v *mat.SymDense) error {
	var c mat.Cholesky
	if !c.Factorize(v) || c.Cond() > singular {
		return fmt.Errorf("rsa: the covariance of the noise of %q, %d×%d, is singular: some channels are mixtures of others, or do not vary; leave them out (Columns), or shrink (Covariance{Shrinkage: ToDiagonal})",
			n.Source, n.Channels, n.Channels)
	}
	n.chol = &c
	return nil
}

// invert keeps the factor of α/β·1 + ZZᵀ, of which g holds the r×r ZZᵀ in its
// upper triangle. g is overwritten.
func (n *Noise) invert(g []float64, rows int) error {
	for i := range rows {
		g[i*rows+i] += n.alpha / n.beta
	}
	t, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: rows, Stride: rows, Data: g})
	if !ok {
		return fmt.Errorf("rsa: the covariance of the noise of %q is singular at a shrinkage of λ = %.3g; take Shrinkage ToDiagonal or OnlyDiagonal", n.Source, n.Lambda)
	}
	n.inner = t
	return nil
}

// lowRank is how many rows Z has where the noise is kept by them.
func (n *Noise) lowRank() int {
	if n == nil || n.inner.N == 0 {
		return 0
	}
	return n.rows.n
}

// block writes columns [lo, hi) of rows [i0, i1) of Z to z, row by row.
func (n *Noise) block(z []float64, i0, i1, lo, hi int) {
	w := hi - lo
	simd.Parallel(i1-i0, simd.Grain(4*w), func(a, b int) {
		for i := a; i < b; i++ {
			row := z[i*w : (i+1)*w]
			n.rows.fill(row, i0+i, lo, hi)
			if n.inv != nil {
				simd.Binary(simd.Mul, row, row, n.inv[lo:hi])
			}
		}
	})
}

// fits fails unless the noise is that of as many channels.
func (n *Noise) fits(r *analysis.Responses) error {
	if _, c := r.Dims(); c != n.Channels {
		return &analysis.AlignmentError{What: fmt.Sprintf("the noise of %q is of %d channels, %q has %d; estimate it in the same channels, after Within or Columns", n.Source, n.Channels, r.Source(), c)}
	}
	return nil
}

// Covariance returns Σ, c×c. It fails if that would take more than 4 GiB:
// Mahalanobis and Crossnobis need no such matrix.
func (n *Noise) Covariance() (*mat.SymDense, error) {
	if err := n.explicit("covariance"); err != nil {
		return nil, err
	}
	out := mat.NewSymDense(n.Channels, nil)
	if n.chol != nil {
		n.chol.ToSym(out)
		n.scale(out, func(i int) float64 { return 1 / n.inv[i] })
		return out, nil
	}
	n.outer(out, nil)
	raw := out.RawSymmetric().Data
	for i := range n.Channels {
		row := raw[i*n.Channels : (i+1)*n.Channels]
		for j := i; j < n.Channels; j++ {
			row[j] *= n.beta
		}
		row[i] += n.alpha
	}
	n.scale(out, func(i int) float64 { return 1 / n.inv[i] })
	return out, nil
}

// Precision returns Σ⁻¹, c×c. It fails if that would take more than 4 GiB:
// Mahalanobis and Crossnobis need no such matrix.
func (n *Noise) Precision() (*mat.SymDense, error) {
	if err := n.explicit("precision"); err != nil {
		return nil, err
	}
	out := mat.NewSymDense(n.Channels, nil)
	if n.chol != nil {
		if err := n.chol.InverseTo(out); err != nil {
			return nil, fmt.Errorf("rsa: the precision of the noise of %q: %w", n.Source, err)
		}
		n.scale(out, func(i int) float64 { return n.inv[i] })
		return out, nil
	}
	n.outer(out, &n.inner)
	raw := out.RawSymmetric().Data
	for i := range n.Channels {
		row := raw[i*n.Channels : (i+1)*n.Channels]
		for j := i; j < n.Channels; j++ {
			row[j] /= -n.alpha
		}
		row[i] += 1 / n.alpha
	}
	n.scale(out, func(i int) float64 { return n.inv[i] })
	return out, nil
}

// explicit fails if c×c numbers, and the residuals beside them, are too many.
func (n *Noise) explicit(what string) error {
	c := n.Channels
	return refuse(8*c*(c+n.lowRank()), "the %s of %d×%d channels", "hand the Noise to Mahalanobis or Crossnobis, which never form it, or take fewer channels (Within, Columns)", what, c, c)
}

// outer stores ZᵀZ in s, or ZᵀA⁻¹Z if A = UᵀU is given.
func (n *Noise) outer(s *mat.SymDense, a *blas64.Triangular) {
	r, c := n.lowRank(), n.Channels
	if r == 0 {
		return
	}
	z := simd.Large[float64](r * c)
	n.block(z, 0, r, 0, c)
	if a != nil {
		blas64.Trsm(blas.Left, blas.Trans, 1, *a, general(r, c, z))
	}
	simd.Syrk(true, true, c, r, 1, z, c, 0, s.RawSymmetric().Data, c)
}

// scale multiplies s[i,j] by d(i)·d(j), if there is a D.
func (n *Noise) scale(s *mat.SymDense, d func(i int) float64) {
	if n.inv == nil {
		return
	}
	c := n.Channels
	raw := s.RawSymmetric().Data
	by := make([]float64, c)
	for i := range by {
		by[i] = d(i)
	}
	for i := range c {
		for j := i; j < c; j++ {
			raw[i*c+j] *= by[i] * by[j]
		}
	}
}

// deviation returns 1/√v, or an error that counts the channels whose noise
// does not vary.
func (n *Noise) deviation(variance []float64) ([]float64, error) {
	inv, still, first := make([]float64, len(variance)), 0, 0
	for j, v := range variance {
		if v <= 0 || math.IsInf(1/v, 0) {
			if still == 0 {
				first = j
			}
			still++
			continue
		}
		inv[j] = 1 / math.Sqrt(v)
	}
	if still > 0 {
		return nil, fmt.Errorf("rsa: %w: the residuals of %q do not vary in %d of %d channels (the first is %d), so distances in noise would be infinite there; leave these channels out (Columns), of the responses too, or use Shrinkage ToIdentity",
			analysis.ErrConstant, n.Source, still, len(variance), first)
	}
	return inv, nil
}

// upper returns U of UᵀU = α·1 + β·ZᵀZ.
func (n *Noise) upper() blas64.Triangular {
	return n.chol.RawU().(mat.RawTriangular).RawTriangular()
}
