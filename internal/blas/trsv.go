package blas

import "gonum.org/v1/gonum/blas"

// Dtrsv solves op(A) x = b in place. What is known of x is taken out of a block
// of equations at once; the triangle on the diagonal is gonum's.
func (i Implementation) Dtrsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int, x []float64, incX int) {
	if !okUplo(ul) || !okTrans(tA) || !okDiag(d) || incX != 1 || !(shape{n, n, lda, len(a)}).ok() || len(x) < n ||
		n <= limits.solve || !pays(n*n/2, limits.vector) {
		i.Implementation.Dtrsv(ul, tA, d, n, a, lda, x, incX)
		return
	}
	forward := (ul == blas.Lower) != isTrans(tA)
	for done := 0; done < n; done += limits.solve {
		m := min(limits.solve, n-done)
		lo, from, to := done, 0, done // x[from:to] is known
		if !forward {
			lo, from, to = n-done-m, n-done, n
		}
		part, known := x[lo:lo+m], x[from:to]
		switch {
		case len(known) == 0:
		case isTrans(tA):
			i.Dgemv(blas.Trans, to-from, m, -1, a[from*lda+lo:], lda, known, 1, 1, part, 1)
		default:
			i.Dgemv(blas.NoTrans, m, to-from, -1, a[lo*lda+from:], lda, known, 1, 1, part, 1)
		}
		i.Implementation.Dtrsv(ul, tA, d, m, a[lo*lda+lo:], lda, part, 1)
	}
}
