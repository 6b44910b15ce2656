package blas

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
)

// Dgemv computes y = α op(A) x + βy, as a product with a matrix of one column.
// Gonum's decompositions spend half their time in it.
func (i Implementation) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if !gemvPays(tA, m, n, alpha, a, lda, x, incX, y, incY) {
		i.Implementation.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	if isTrans(tA) {
		m, n = n, m
	}
	simd.Gemm(isTrans(tA), false, m, 1, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Sgemv computes y = α op(A) x + βy, as a product with a matrix of one column.
func (i Implementation) Sgemv(tA blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if !gemvPays(tA, m, n, alpha, a, lda, x, incX, y, incY) {
		i.Implementation.Sgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	if isTrans(tA) {
		m, n = n, m
	}
	simd.Gemm(isTrans(tA), false, m, 1, n, alpha, a, lda, x, incX, beta, y, incY)
}

// gemvPays reports whether a product is well-formed and large enough, and its
// vectors run forward.
func gemvPays[T real](tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, y []T, incY int) bool {
	lenX, lenY := n, m
	if isTrans(tA) {
		lenX, lenY = m, n
	}
	return okTrans(tA) && alpha != 0 && incX > 0 && incY > 0 &&
		shape{m, n, lda, len(a)}.ok() &&
		shape{lenX, 1, incX, len(x)}.ok() &&
		shape{lenY, 1, incY, len(y)}.ok() &&
		pays(m*n, limits.vector)
}
