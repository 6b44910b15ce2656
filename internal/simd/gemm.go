package simd

import (
	"fmt"
	"unsafe"
)

// Gemm computes, for matrices in row-major order,
//
//	C = alpha·op(A)·op(B) + beta·C
//
// where op(X) is X or its transpose, op(A) is m×k, op(B) k×n and C m×n, and
// rows of X as stored start every ldx elements. As in BLAS, C is not read if
// beta is 0, and A and B are not if alpha is 0. C must not overlap A or B.
// It panics if a matrix does not fit its slice.
//
// The result does not depend on the number of processors.
func Gemm[T float32 | float64](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if min(m, n, k) < 0 {
		panic(fmt.Sprintf("simd: Gemm: m, n, k = %d, %d, %d", m, n, k))
	}
	checkMatrix("Gemm: C", m, n, len(c), ldc, false)
	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 || k == 0 {
		scale(m, n, beta, c, ldc)
		return
	}
	checkMatrix("Gemm: A", m, k, len(a), lda, transA)
	checkMatrix("Gemm: B", k, n, len(b), ldb, transB)
	p := product[T]{
		level: Active(), m: m, n: n, k: k,
		a: matrix[T]{a, lda, transA}, b: matrix[T]{b, ldb, transB},
		c: c, ldc: ldc, alpha: alpha, beta: beta,
	}
	switch {
	case n == 1:
		// A row of results is one product, the vector is op(B).
		p.matVec(p.a, vector(p.b.x, ldb, transB, k), c, ldc, m)
	case m == 1:
		p.matVec(matrix[T]{b, ldb, !transB}, vector(a, lda, !transA, k), c, 1, n)
	default:
		p.run()
	}
}

// checkMatrix panics unless rows×cols elements, stored transposed or not, fit.
func checkMatrix(name string, rows, cols, n, ld int, trans bool) {
	if trans {
		rows, cols = cols, rows
	}
	if ld < max(1, cols) {
		panic(fmt.Sprintf("simd: %s: %d columns, but a row every %d elements", name, cols, ld))
	}
	if rows > 0 && cols > 0 && (n < cols || (n-cols)/ld < rows-1) {
		panic(fmt.Sprintf("simd: %s: %d elements for %d×%d, a row every %d", name, n, rows, cols, ld))
	}
}

// scale multiplies C by beta.
func scale[T number](m, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		row := c[i*ldc:][:n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// A product is C = alpha·A·B + beta·C, or the part of it that is wanted.
//
// Tiles, up to 6 rows by a panel of columns, are computed one after the other
// for a block of k; the panels of a block stay in the second-level cache while
// rows of A go by. A is used as it is, unless it is transposed.
type product[T number] struct {
	level   Level
	m, n, k int
	a, b    matrix[T]
	c       []T
	ldc     int

	alpha, beta T
	part        triangle
	shift       int // the diagonal is where column + shift = row

	lay    layout
	packed []T // B by lay; or nil: b is used as it is

	// What networks add: see Epilogue.
	bias, resid []T // resid is added where beta would be
	ldr         int
	clip        bool
	lo, hi      T
	then        func(row []T) // for each row of a group of finished tiles
}

const (
	// packedBytes bounds the memory for packed B: some of the third-level cache.
	packedBytes = 8 << 20
	// groupBytes of a block of B stay in the second-level cache.
	groupBytes = 256 << 10
	// stripTiles is how many tiles of rows are computed block by block.
	stripTiles = 16
)

// run computes the product.
func (p *product[T]) run() {
	if p.m*p.n <= smallProduct && p.k >= 4*sliceDepth && p.then == nil && p.bias == nil && p.resid == nil && !p.clip {
		p.slices()
		return
	}
	p.inOrder()
}

// inOrder packs B, in parts if it is large, and computes all of k in order.
func (p *product[T]) inOrder() {
	t := tilingOf[T](p.level)
	size := int(unsafe.Sizeof(T(0)))
	if !p.b.trans && p.part == whole && (p.m <= 4*t.rows || p.k*p.b.ld*size <= 64<<10) && p.level != Portable {
		p.lay = newLayout(t, p.k, p.n)
		p.compute()
		return
	}
	// Parts of about the same size: all of k if 512 columns of that fit.
	parts := ceil(p.k, packedBytes/size/min(512, p.n))
	deep := ceil(ceil(p.k, parts), blockRows) * blockRows
	parts = ceil(p.n, max(t.width(), packedBytes/size/min(deep, p.k)))
	wide := ceil(ceil(p.n, parts), t.width()) * t.width()
	space, buf := borrow[T](min(deep, p.k) * ceil(min(wide, p.n), t.lanes) * t.lanes)
	defer buf.giveBack()
	for j := 0; j < p.n; j += wide {
		for k := 0; k < p.k; k += deep {
			q := *p
			q.n, q.k = min(wide, p.n-j), min(deep, p.k-k)
			q.a, q.b = p.a.from(0, k), p.b.from(k, j)
			q.c = p.c[j:]
			q.shift += j
			if k > 0 {
				q.beta = 1
			}
			q.lay = newLayout(t, q.k, q.n)
			q.packed = space[:q.lay.size()]
			pack(q.level, &q.lay, q.packed, q.b)
			q.compute()
		}
	}
}

// rowTiles returns how many tiles are above each other.
func (p *product[T]) rowTiles() int { return ceil(p.m, p.lay.rows) }

// rowsOf returns the first row of a tile and one past the last.
func (p *product[T]) rowsOf(tile, tiles int) (i0, i1 int) {
	return tile * p.m / tiles, (tile + 1) * p.m / tiles
}

// compute spreads groups of panels × tiles of rows over the processors.
func (p *product[T]) compute() {
	tiles := p.rowTiles()
	size := int(unsafe.Sizeof(T(0)))
	per := max(1, groupBytes/(p.lay.block*p.lay.width()*size)) // panels of a group
	for per > 1 && tiles*ceil(p.lay.panels, per) < 64 {
		per /= 2
	}
	groups := ceil(p.lay.panels, per)
	if p.part != whole {
		p.triangular(tiles, groups)
		return
	}
	// A row of B costs time even if few rows of A make use of it.
	cost := (2*min(p.m, p.lay.rows) + 8) * p.k * p.n / groups
	Parallel(groups*tiles, Grain(cost), func(lo, hi int) { p.units(lo, hi, tiles, groups) })
}

// units computes units [lo, hi) of groups × tiles.
func (p *product[T]) units(lo, hi, tiles, groups int) {
	if tiles == 1 { // along the blocks of B, as they are in memory
		p.group(lo*p.lay.panels/groups, hi*p.lay.panels/groups, 0, 1, 1)
		return
	}
	for lo < hi {
		group, tile := lo/tiles, lo%tiles
		end := min(tiles, tile+hi-lo)
		p.group(group*p.lay.panels/groups, (group+1)*p.lay.panels/groups, tile, end, tiles)
		lo += end - tile
	}
}

// group computes tiles [t0, t1) of panels [p0, p1).
func (p *product[T]) group(p0, p1, t0, t1, tiles int) {
	var space []T
	ldp := p.lay.block + 64/int(unsafe.Sizeof(T(0)))
	if p.a.trans {
		var buf *buffer
		space, buf = borrow[T](stripTiles * p.lay.rows * ldp)
		defer buf.giveBack()
	}
	var w tiler[T]
	for ; t0 < t1; t0 += stripTiles {
		last := min(t0+stripTiles, t1)
		for block := range p.lay.blocks() {
			k0, depth := p.lay.rowsOf(block)
			first, _ := p.rowsOf(t0, tiles)
			_, end := p.rowsOf(last-1, tiles)
			a := p.a.from(first, k0)
			if p.a.trans {
				transpose(p.level, space, ldp, a.x, a.ld, depth, end-first)
				a = matrix[T]{x: space, ld: ldp}
			}
			w.begin(p, block, a.ld)
			for t := t0; t < last; t++ {
				i0, i1 := p.rowsOf(t, tiles)
				w.rows(i0, i1, a.x[(i0-first)*a.ld:])
				for panel := p0; panel < p1; panel++ {
					w.panel(panel)
				}
				if p.then != nil && block == p.lay.blocks()-1 {
					j0, _ := p.lay.colsOf(p0)
					_, j1 := p.lay.colsOf(p1 - 1)
					for i := i0; i < i1; i++ {
						p.then(p.c[i*p.ldc+j0 : i*p.ldc+j1])
					}
				}
			}
		}
	}
}
