package blas

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
)

// Dsyrk computes the triangle of C = α op(A) op(A)ᵀ + βC.
func (i Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if !syrkPays(ul, tA, n, k, alpha, a, lda, beta, c, ldc) {
		i.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	simd.Syrk(ul == blas.Upper, isTrans(tA), n, k, alpha, a, lda, beta, c, ldc)
}

// Ssyrk computes the triangle of C = α op(A) op(A)ᵀ + βC.
func (i Implementation) Ssyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	if !syrkPays(ul, tA, n, k, alpha, a, lda, beta, c, ldc) {
		i.Implementation.Ssyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	simd.Syrk(ul == blas.Upper, isTrans(tA), n, k, alpha, a, lda, beta, c, ldc)
}

// syrkPays reports whether a product is well-formed and large enough, or one
// of those that gonum v0.17 gets wrong: NaN in a lower C survives β = 0.
func syrkPays[T real](ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) bool {
	return okUplo(ul) && okTrans(tA) && alpha != 0 &&
		shape{n, k, lda, len(a)}.turned(isTrans(tA)).ok() &&
		shape{n, n, ldc, len(c)}.ok() &&
		(pays(n*n*k, limits.syrk) || ul == blas.Lower && isTrans(tA) && beta == 0)
}
