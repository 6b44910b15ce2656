package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack/gonum"
)

// Lapack is gonum's LAPACK but for the Cholesky decomposition and what mat asks
// for beside it. The others call blas64, hence Implementation, for their
// products.
type Lapack struct{ gonum.Implementation }

// Dpotrf computes the Cholesky decomposition A = UᵀU, or LLᵀ, in place, from
// the triangle that ul names, and reports whether A is positive definite. The
// two halves of the diagonal come one after the other, the square between in
// one step: Gustavson (1997), doi:10.1147/rd.416.0737.
func (l Lapack) Dpotrf(ul blas.Uplo, n int, a []float64, lda int) (ok bool) {
	if n <= limits.potrf || !okUplo(ul) || !(shape{n, n, lda, len(a)}).ok() {
		if n > limits.potrf {
			return l.Implementation.Dpotrf(ul, n, a, lda)
		}
		return l.Implementation.Dpotf2(ul, n, a, lda)
	}
	h := half(n, limits.potrf)
	if !l.Dpotrf(ul, h, a, lda) {
		return false
	}
	var (
		bi   Implementation
		rest = a[h*lda+h:]
	)
	if ul == blas.Upper {
		u12 := a[h:]
		bi.Dtrsm(blas.Left, ul, blas.Trans, blas.NonUnit, h, n-h, 1, a, lda, u12, lda)
		bi.Dsyrk(ul, blas.Trans, n-h, h, -1, u12, lda, 1, rest, lda)
	} else {
		l21 := a[h*lda:]
		bi.Dtrsm(blas.Right, ul, blas.Trans, blas.NonUnit, n-h, h, 1, a, lda, l21, lda)
		bi.Dsyrk(ul, blas.NoTrans, n-h, h, -1, l21, lda, 1, rest, lda)
	}
	return l.Dpotrf(ul, n-h, rest, lda)
}
