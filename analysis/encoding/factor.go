package encoding

import (
	"fmt"
	"math"
	"sync"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// The largest condition number that a system may have. At 1e14 two digits of
// 16 are left, which a penalty keeps harmless, since the predictions do not
// depend on the directions lost. Without a penalty all digits go into the
// weights, and n rounding errors in the Gram matrix already look like 1/(nε) ≈
// 1e12 for n = 4000, so that a larger one cannot be told from a singular one.
const (
	maxCond     = 1e14
	maxCondFree = 1e12
)

// A factor is U of M + λI = UᵀU.
type factor struct{ u blas64.Triangular }

// spare holds the memory of factors that are no longer used, which would else
// be cleared for each λ anew.
var spare sync.Pool // of *[]float64

// release gives the memory of f to the next factor.
func (f factor) release() { spare.Put(&f.u.Data) }

// factor decomposes M + λI. It fails where that is singular to working
// precision; in the dual with λ = 0 it always is, since centring takes one
// dimension from n.
//
// The condition number is at most (tr M + λ)/λ, since M has no negative
// eigenvalue. It is estimated only where that bound does not settle it.
func (s *system) factor(lambda float64) (factor, error) {
	limit := maxCond
	if lambda == 0 {
		limit = maxCondFree
	}
	q := s.m.SymmetricDim()
	if s.xt == nil && lambda == 0 {
		return factor{}, s.tooSmall(lambda)
	}
	raw := s.m.RawSymmetric()
	var space []float64
	if old, ok := spare.Get().(*[]float64); ok && len(*old) == q*q {
		space = *old
	} else {
		space = simd.Large[float64](q * q)
	}
	m := blas64.Symmetric{N: q, Stride: q, Uplo: blas.Upper, Data: space}
	for i := range q {
		copy(m.Data[i*q+i:(i+1)*q], raw.Data[i*raw.Stride+i:i*raw.Stride+q])
		m.Data[i*q+i] += lambda
	}
	norm := math.NaN()
	if !((s.trace+lambda)/lambda <= limit) {
		norm = lapack64.Lansy(lapack.MaxColumnSum, m, make([]float64, q))
	}
	u, ok := lapack64.Potrf(m)
	if !ok {
		return factor{}, s.tooSmall(lambda)
	}
	if !math.IsNaN(norm) {
		m = blas64.Symmetric{N: q, Stride: u.Stride, Uplo: u.Uplo, Data: u.Data}
		if lapack64.Pocon(m, norm, make([]float64, 3*q), make([]int, q))*limit < 1 {
			return factor{}, s.tooSmall(lambda)
		}
	}
	return factor{u}, nil
}

func (s *system) tooSmall(lambda float64) error {
	return fmt.Errorf("λ = %g is too small: with %d equations there are as many independent features as stimuli, or features that repeat each other, and the weights would be rounding errors; use λ >= %.1g (1e-8 of the mean squared length of a centred row) or fewer features",
		lambda, s.m.SymmetricDim(), 1e-8*s.scale)
}

// solve replaces Z by (M + λI)⁻¹Z.
func (f factor) solve(z blas64.General) {
	blas64.Trsm(blas.Left, blas.Trans, 1, f.u, z)
	blas64.Trsm(blas.Left, blas.NoTrans, 1, f.u, z)
}

// divide replaces A by A(M + λI)⁻¹.
func (f factor) divide(a blas64.General) {
	blas64.Trsm(blas.Right, blas.NoTrans, 1, f.u, a)
	blas64.Trsm(blas.Right, blas.Trans, 1, f.u, a)
}

// hats returns H = A(M + λI)⁻¹ and H(M + λI)⁻¹.
func (s *system) hats(lambda float64) (one, two *mat.Dense, err error) {
	f, err := s.factor(lambda)
	if err != nil {
		return nil, nil, err
	}
	one = mat.DenseCopyOf(s.a)
	f.divide(one.RawMatrix())
	two = mat.DenseCopyOf(one)
	f.divide(two.RawMatrix())
	f.release()
	return one, two, nil
}

// hat returns H = A(M + λI)⁻¹, so that Ŷ = HZ.
func (s *system) hat(lambda float64) (*mat.Dense, error) {
	f, err := s.factor(lambda)
	if err != nil {
		return nil, err
	}
	h, q := s.a.Dims()
	out := mat.NewDense(h, q, simd.Large[float64](h*q))
	out.Copy(s.a)
	f.divide(out.RawMatrix())
	f.release()
	return out, nil
}
