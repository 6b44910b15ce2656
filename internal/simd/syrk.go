package simd

import (
	"fmt"
	"unsafe"
)

// Syrk computes one triangle of the n×n matrix
//
//	C = alpha·A·Aᵀ + beta·C, or alpha·Aᵀ·A + beta·C if trans
//
// in row-major order: the upper one, or the lower one. A is n×k, or k×n if
// trans. The other triangle is neither read nor written. As in BLAS, C is not
// read if beta is 0, and A is not if alpha is 0. C must not overlap A. It
// panics if a matrix does not fit its slice.
//
// The result does not depend on the number of processors.
func Syrk[T float32 | float64](upper, trans bool, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	if min(n, k) < 0 {
		panic(fmt.Sprintf("simd: Syrk: n, k = %d, %d", n, k))
	}
	checkMatrix("Syrk: C", n, n, len(c), ldc, false)
	part := lowerPart
	if upper {
		part = upperPart
	}
	if alpha == 0 || k == 0 {
		for i := range n {
			lo, hi := part.columns(i, n)
			scale(1, hi-lo, beta, c[i*ldc+lo:], ldc)
		}
		return
	}
	if n == 0 {
		return
	}
	checkMatrix("Syrk: A", n, k, len(a), lda, trans)
	p := product[T]{
		level: Active(), m: n, n: n, k: k,
		a: matrix[T]{a, lda, trans}, b: matrix[T]{a, lda, !trans},
		c: c, ldc: ldc, alpha: alpha, beta: beta, part: part,
	}
	p.run()
}

// A triangle is the part of a square matrix that is computed.
type triangle uint8

const (
	whole triangle = iota
	upperPart
	lowerPart
)

// columns returns what a triangle of n columns has of row i.
func (t triangle) columns(i, n int) (lo, hi int) {
	if t == upperPart {
		return i, n
	}
	return 0, i + 1
}

// An interval is [lo, hi).
type interval struct{ lo, hi int }

// vectors returns which vectors of columns [j0, j1) the triangle has, for all
// of rows [i0, i1), and which the diagonal crosses.
func (t triangle) vectors(i0, i1, j0, j1, lanes int) (all, crossed interval) {
	vecs := ceil(j1-j0, lanes)
	if t == upperPart {
		first := max(0, i0-j0) / lanes
		inner := min(vecs, ceil(max(0, i1-1-j0), lanes))
		return interval{inner, vecs}, interval{first, inner}
	}
	end := min(vecs, ceil(max(0, i1-j0), lanes))
	inner := min(end, max(0, i0+1-j0)/lanes)
	if i0+1 >= j1 {
		inner = end
	}
	return interval{0, inner}, interval{inner, end}
}

// cross computes vectors that the diagonal crosses.
func (w *tiler[T]) cross(panel, j0, j1, vecs int, v interval) {
	p := w.p
	var sums [tileRows * 4 * 16]T // the largest tile
	width := (v.hi - v.lo) * p.lay.lanes
	op := w.op
	w.op.flags &^= tileReadC
	w.op.ldc = int64(width) * int64(unsafe.Sizeof(T(0)))
	w.vectors(panel, j0, j1, vecs, v.lo, v.hi, unsafe.Pointer(&sums[0]), width)
	w.op = op
	j0 += v.lo * p.lay.lanes
	j1 = min(j1, j0+width)
	for i := w.i0; i < w.i1; i++ {
		lo, hi := p.part.columns(i-p.shift, p.n)
		lo, hi = max(lo, j0), min(hi, j1)
		if lo >= hi {
			continue
		}
		from := sums[(i-w.i0)*width+lo-j0:][:hi-lo]
		to := p.c[i*p.ldc+lo:][:hi-lo]
		if op.flags&tileReadC == 0 {
			copy(to, from)
			continue
		}
		for j, s := range from {
			to[j] = s + op.beta*to[j]
		}
	}
}

// triangular spreads the tiles of a triangle over the processors, in parts of
// about the same number of vectors.
func (p *product[T]) triangular(tiles, groups int) {
	weight := func(u int) (vectors int) {
		group, tile := u/tiles, u%tiles
		i0, i1 := p.rowsOf(tile, tiles)
		j0, _ := p.lay.colsOf(group * p.lay.panels / groups)
		_, j1 := p.lay.colsOf((group+1)*p.lay.panels/groups - 1)
		all, crossed := p.part.vectors(i0, i1, j0+p.shift, j1+p.shift, p.lay.lanes)
		return max(0, all.hi-all.lo) + max(0, crossed.hi-crossed.lo)
	}
	units, total := groups*tiles, 0
	for u := range units {
		total += weight(u)
	}
	const parts = 64
	bounds := make([]int, 0, parts+1)
	for u, sum := 0, 0; u < units; u++ {
		for sum*parts >= total*len(bounds) && len(bounds) < parts {
			bounds = append(bounds, u)
		}
		sum += weight(u)
	}
	bounds = append(bounds, units)
	cost := 2 * p.lay.rows * p.k * total * p.lay.lanes / parts
	Parallel(len(bounds)-1, Grain(cost), func(lo, hi int) { p.units(bounds[lo], bounds[hi], tiles, groups) })
}
