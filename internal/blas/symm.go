package blas

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
)

// Dsymm computes C = αAB + βC, or C = αBA + βC, for a symmetric A.
func (i Implementation) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if !symmPays(s, ul, m, n, alpha, a, lda, b, ldb, c, ldc) {
		i.Implementation.Dsymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	p := symm[float64]{s == blas.Left, ul == blas.Upper, m, n, alpha, a, lda, b, ldb, c, ldc}
	p.multiply(0, p.size(), beta)
}

// Ssymm computes C = αAB + βC, or C = αBA + βC, for a symmetric A.
func (i Implementation) Ssymm(s blas.Side, ul blas.Uplo, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if !symmPays(s, ul, m, n, alpha, a, lda, b, ldb, c, ldc) {
		i.Implementation.Ssymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	p := symm[float32]{s == blas.Left, ul == blas.Upper, m, n, alpha, a, lda, b, ldb, c, ldc}
	p.multiply(0, p.size(), beta)
}

// symmPays reports whether a product is well-formed and large enough.
func symmPays[T real](s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, c []T, ldc int) bool {
	k := m
	if s == blas.Right {
		k = n
	}
	return okSide(s) && okUplo(ul) && alpha != 0 &&
		shape{k, k, lda, len(a)}.ok() &&
		shape{m, n, ldb, len(b)}.ok() &&
		shape{m, n, ldc, len(c)}.ok() &&
		pays(m*n*k, limits.product)
}

// A symm is a product with a symmetric matrix of which one triangle is given.
type symm[T real] struct {
	left, upper bool
	m, n        int
	alpha       T
	a           []T
	lda         int
	b           []T
	ldb         int
	c           []T
	ldc         int
}

func (p *symm[T]) size() int {
	if p.left {
		return p.m
	}
	return p.n
}

// multiply adds the part of the product that A[lo:hi, lo:hi] has in it to β
// times C: the blocks on the diagonal, then the square between them and its
// transpose.
func (p *symm[T]) multiply(lo, hi int, beta T) {
	if hi-lo <= limits.square {
		p.diagonal(lo, hi, beta)
		return
	}
	mid := lo + half(hi-lo, limits.square)
	p.multiply(lo, mid, beta)
	p.multiply(mid, hi, beta)
	i, j, rows, cols := lo, mid, mid-lo, hi-mid // where the square is stored
	if !p.upper {
		i, j, rows, cols = j, i, cols, rows
	}
	square := p.a[i*p.lda+j:]
	p.add(false, square, p.lda, i, rows, j, cols, 1)
	p.add(true, square, p.lda, j, cols, i, rows, 1)
}

// add adds the part that the block of A with rows [i, i+rows) and columns
// [j, j+cols) has in the product. Block holds it, or its transpose.
func (p *symm[T]) add(trans bool, block []T, stride, i, rows, j, cols int, beta T) {
	if p.left {
		simd.Gemm(trans, false, rows, p.n, cols, p.alpha, block, stride, p.b[j*p.ldb:], p.ldb, beta, p.c[i*p.ldc:], p.ldc)
	} else {
		simd.Gemm(false, trans, p.m, cols, rows, p.alpha, p.b[i:], p.ldb, block, stride, beta, p.c[j:], p.ldc)
	}
}

// diagonal completes a block on the diagonal in a buffer.
func (p *symm[T]) diagonal(lo, hi int, beta T) {
	k := hi - lo
	buf := scratch[T](k * k)
	defer free(buf)
	w := (*buf)[:k*k]
	for i := range k {
		row := p.a[(lo+i)*p.lda+lo:][:k]
		from, to := 0, i+1
		if p.upper {
			from, to = i, k
		}
		for j := from; j < to; j++ {
			w[i*k+j], w[j*k+i] = row[j], row[j]
		}
	}
	p.add(false, w, k, lo, k, lo, k, beta)
}
