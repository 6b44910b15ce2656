package blas

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
)

// Dgemm computes C = α op(A) op(B) + βC.
func (i Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if !gemmPays(tA, tB, m, n, k, alpha, a, lda, b, ldb, c, ldc) {
		i.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	simd.Gemm(isTrans(tA), isTrans(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Sgemm computes C = α op(A) op(B) + βC.
func (i Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if !gemmPays(tA, tB, m, n, k, alpha, a, lda, b, ldb, c, ldc) {
		i.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	simd.Gemm(isTrans(tA), isTrans(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// gemmPays reports whether a product is well-formed and large enough.
func gemmPays[T real](tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, c []T, ldc int) bool {
	return okTrans(tA) && okTrans(tB) && alpha != 0 &&
		shape{m, k, lda, len(a)}.turned(isTrans(tA)).ok() &&
		shape{k, n, ldb, len(b)}.turned(isTrans(tB)).ok() &&
		shape{m, n, ldc, len(c)}.ok() &&
		pays(m*n*k, limits.product)
}
