package blas

import "gonum.org/v1/gonum/blas"

// Dtrmm computes B = α op(A) B, or B = αB op(A), for a triangular A.
func (i Implementation) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if !triangularPays(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) {
		i.Implementation.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	t := triangular[float64]{i.Implementation.Dtrmm, s, ul, tA, d, m, n, a, lda, b, ldb}
	t.multiply(0, t.size(), alpha)
}

// Strmm computes B = α op(A) B, or B = αB op(A), for a triangular A.
func (i Implementation) Strmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	if !triangularPays(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) {
		i.Implementation.Strmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	t := triangular[float32]{i.Implementation.Strmm, s, ul, tA, d, m, n, a, lda, b, ldb}
	t.multiply(0, t.size(), alpha)
}
