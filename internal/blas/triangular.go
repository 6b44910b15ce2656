package blas

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
)

// A triangular is an equation or a product with a triangular matrix A:
//
//	op(A) X = αB or X op(A) = αB    solve
//	B = α op(A) B or B = αB op(A)   multiply
//
// Both cut A in halves until what is left on the diagonal is small and given
// to gonum; the squares between are products of matrices.
type triangular[T real] struct {
	diagonal func(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)

	side blas.Side
	ul   blas.Uplo
	tA   blas.Transpose
	d    blas.Diag
	m, n int
	a    []T
	lda  int
	b    []T
	ldb  int
}

// triangularPays reports whether the equation or product is well-formed and
// large enough.
func triangularPays[T real](s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) bool {
	k := m
	if s == blas.Right {
		k = n
	}
	return okSide(s) && okUplo(ul) && okTrans(tA) && okDiag(d) && alpha != 0 &&
		shape{k, k, lda, len(a)}.ok() &&
		shape{m, n, ldb, len(b)}.ok() &&
		k > limits.triangle && pays(m*n*k, 2*limits.product)
}

func (t *triangular[T]) size() int {
	if t.side == blas.Left {
		return t.m
	}
	return t.n
}

// solve finds the part [lo, hi) of X: rows of it with A on the left, columns
// with A on the right.
func (t *triangular[T]) solve(lo, hi int, alpha T) {
	if hi-lo <= limits.triangle {
		t.small(lo, hi, alpha)
		return
	}
	first, then := t.order(lo, hi)
	t.solve(first.lo, first.hi, alpha)
	t.add(then, first, -1, alpha)
	t.solve(then.lo, then.hi, 1)
}

// multiply replaces the part [lo, hi) of B by its product.
func (t *triangular[T]) multiply(lo, hi int, alpha T) {
	if hi-lo <= limits.triangle {
		t.small(lo, hi, alpha)
		return
	}
	first, then := t.order(lo, hi)
	t.multiply(then.lo, then.hi, alpha)
	t.add(then, first, alpha, 1)
	t.multiply(first.lo, first.hi, alpha)
}

type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

// order cuts [lo, hi) in two: a part of X that is known on its own, and one
// that depends on it.
func (t *triangular[T]) order(lo, hi int) (first, then span) {
	mid := lo + half(hi-lo, limits.triangle)
	first, then = span{lo, mid}, span{mid, hi}
	upper := (t.ul == blas.Upper) != isTrans(t.tA) // op(A) is
	if upper == (t.side == blas.Left) {
		first, then = then, first
	}
	return first, then
}

// add adds α times the square of op(A) between the parts, times the one part
// of B, to β times the other.
func (t *triangular[T]) add(to, from span, alpha, beta T) {
	trans := isTrans(t.tA)
	i, j := to.lo, from.lo
	if trans != (t.side == blas.Right) {
		i, j = j, i
	}
	a := t.a[i*t.lda+j:]
	if t.side == blas.Left {
		simd.Gemm(trans, false, to.len(), t.n, from.len(), alpha, a, t.lda, t.b[from.lo*t.ldb:], t.ldb, beta, t.b[to.lo*t.ldb:], t.ldb)
	} else {
		simd.Gemm(false, trans, t.m, to.len(), from.len(), alpha, t.b[from.lo:], t.ldb, a, t.lda, beta, t.b[to.lo:], t.ldb)
	}
}

// part is how many columns (rows) of B a triangle on the diagonal is done for
// at once, so that they stay in the first cache.
const part = 128

// small does a triangle on the diagonal.
func (t *triangular[T]) small(lo, hi int, alpha T) {
	k := hi - lo
	a := t.a[lo*t.lda+lo:]
	if t.side == blas.Left {
		simd.Parallel((t.n+part-1)/part, simd.Grain(k*k*part*8), func(p, q int) {
			for ; p < q; p++ {
				j := p * part
				t.diagonal(blas.Left, t.ul, t.tA, t.d, k, min(part, t.n-j), alpha, a, t.lda, t.b[lo*t.ldb+j:], t.ldb)
			}
		})
		return
	}
	simd.Parallel((t.m+part-1)/part, simd.Grain(k*k*part*8), func(p, q int) {
		buf := scratch[T](k * part)
		defer free(buf)
		for ; p < q; p++ {
			i := p * part
			t.fromLeft(min(part, t.m-i), k, alpha, a, t.b[i*t.ldb+lo:], *buf)
		}
	})
}

// fromLeft does a triangle on the right of m rows of B as if it were on the
// left of their transpose, whose rows are longer: gonum's loops like that.
func (t *triangular[T]) fromLeft(m, k int, alpha T, a, b, buf []T) {
	for i := range m {
		for j, v := range b[i*t.ldb:][:k] {
			buf[j*part+i] = v
		}
	}
	tA := blas.Trans
	if isTrans(t.tA) {
		tA = blas.NoTrans
	}
	t.diagonal(blas.Left, t.ul, tA, t.d, k, m, alpha, a, t.lda, buf, part)
	for i := range m {
		row := b[i*t.ldb:][:k]
		for j := range row {
			row[j] = buf[j*part+i]
		}
	}
}
