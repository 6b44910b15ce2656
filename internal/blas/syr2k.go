package blas

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
)

// Dsyr2k computes the triangle of C = α op(A) op(B)ᵀ + α op(B) op(A)ᵀ + βC.
func (i Implementation) Dsyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if !syrkPays(ul, tA, n, k, alpha, a, lda, beta, c, ldc) || !(shape{n, k, ldb, len(b)}).turned(isTrans(tA)).ok() {
		i.Implementation.Dsyr2k(ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	u := syr2k[float64]{ul == blas.Upper, isTrans(tA), k, alpha, a, lda, b, ldb, beta, c, ldc}
	u.update(0, n)
}

// Ssyr2k computes the triangle of C = α op(A) op(B)ᵀ + α op(B) op(A)ᵀ + βC.
func (i Implementation) Ssyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if !syrkPays(ul, tA, n, k, alpha, a, lda, beta, c, ldc) || !(shape{n, k, ldb, len(b)}).turned(isTrans(tA)).ok() {
		i.Implementation.Ssyr2k(ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	u := syr2k[float32]{ul == blas.Upper, isTrans(tA), k, alpha, a, lda, b, ldb, beta, c, ldc}
	u.update(0, n)
}

// A syr2k is a symmetric update of rank 2k.
type syr2k[T real] struct {
	upper, trans bool
	k            int
	alpha        T
	a            []T
	lda          int
	b            []T
	ldb          int
	beta         T
	c            []T
	ldc          int
}

// update does rows and columns [lo, hi): the two triangles on the diagonal,
// then the square between them.
func (u *syr2k[T]) update(lo, hi int) {
	if hi-lo <= limits.square {
		u.diagonal(lo, hi)
		return
	}
	mid := lo + half(hi-lo, limits.square)
	u.update(lo, mid)
	u.update(mid, hi)
	i, j, m, n := lo, mid, mid-lo, hi-mid // the square has rows from i and columns from j
	if !u.upper {
		i, j, m, n = j, i, n, m
	}
	c := u.c[i*u.ldc+j:]
	simd.Gemm(u.trans, !u.trans, m, n, u.k, u.alpha, u.row(u.a, u.lda, i), u.lda, u.row(u.b, u.ldb, j), u.ldb, u.beta, c, u.ldc)
	simd.Gemm(u.trans, !u.trans, m, n, u.k, u.alpha, u.row(u.b, u.ldb, i), u.ldb, u.row(u.a, u.lda, j), u.lda, 1, c, u.ldc)
}

// diagonal forms one of the products whole, in a buffer, and adds it and its
// transpose.
func (u *syr2k[T]) diagonal(lo, hi int) {
	n := hi - lo
	buf := scratch[T](n * n)
	defer free(buf)
	w := (*buf)[:n*n]
	simd.Gemm(u.trans, !u.trans, n, n, u.k, u.alpha, u.row(u.a, u.lda, lo), u.lda, u.row(u.b, u.ldb, lo), u.ldb, 0, w, n)
	for i := range n {
		from, to := 0, i+1
		if u.upper {
			from, to = i, n
		}
		c := u.c[(lo+i)*u.ldc+lo:][:n]
		for j := from; j < to; j++ {
			v := w[i*n+j] + w[j*n+i]
			if u.beta != 0 {
				v += u.beta * c[j]
			}
			c[j] = v
		}
	}
}

// row returns x from row i of op(X) on.
func (u *syr2k[T]) row(x []T, stride, i int) []T {
	if u.trans {
		return x[i:]
	}
	return x[i*stride:]
}
