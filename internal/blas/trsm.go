package blas

import "gonum.org/v1/gonum/blas"

// Dtrsm solves op(A) X = αB, or X op(A) = αB, for a triangular A; X takes the
// place of B.
func (i Implementation) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if !triangularPays(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) {
		i.Implementation.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	t := triangular[float64]{i.Implementation.Dtrsm, s, ul, tA, d, m, n, a, lda, b, ldb}
	t.solve(0, t.size(), alpha)
}

// Strsm solves op(A) X = αB, or X op(A) = αB, for a triangular A; X takes the
// place of B.
func (i Implementation) Strsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	if !triangularPays(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) {
		i.Implementation.Strsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	t := triangular[float32]{i.Implementation.Strsm, s, ul, tA, d, m, n, a, lda, b, ldb}
	t.solve(0, t.size(), alpha)
}
