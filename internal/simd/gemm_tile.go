package simd

import "unsafe"

// A tiler calls the kernel for the tiles of a product.
type tiler[T number] struct {
	p      *product[T]
	op     tileOp[T]
	off    [tileRows]int64
	block  int
	k0     int
	first  bool // the first block of k
	i0, i1 int
}

// begin prepares for a block of k and rows of A that start every lda elements.
func (w *tiler[T]) begin(p *product[T], block, lda int) {
	size := int64(unsafe.Sizeof(T(0)))
	k0, depth := p.lay.rowsOf(block)
	w.p, w.block, w.k0, w.first = p, block, k0, block == 0
	for i := range w.off {
		w.off[i] = int64(i*lda) * size
	}
	w.op = tileOp[T]{
		off: &w.off[0], taps: 1, depth: int64(depth),
		ldc: int64(p.ldc) * size, ldr: int64(p.ldr) * size,
		alpha: p.alpha, beta: 1, lo: p.lo, hi: p.hi,
	}
	if w.first {
		w.op.beta = p.beta
	}
	if !w.first || p.beta != 0 {
		w.op.flags |= tileReadC
	}
	if p.clip && block == p.lay.blocks()-1 {
		w.op.flags |= tileClip
	}
}

// rows turns to rows [i0, i1) of C; a starts at row i0 of A.
func (w *tiler[T]) rows(i0, i1 int, a []T) {
	w.i0, w.i1 = i0, i1
	w.op.a = unsafe.Pointer(&a[0])
	w.op.rows = int64(i1 - i0)
}

// panel computes the tile in a panel, or what the triangle has of it.
func (w *tiler[T]) panel(panel int) {
	p := w.p
	j0, j1 := p.lay.colsOf(panel)
	vecs, _ := p.lay.split(j1 - j0)
	if p.part == whole {
		w.vectors(panel, j0, j1, vecs, 0, vecs, unsafe.Pointer(&p.c[w.i0*p.ldc+j0]), p.ldc)
		return
	}
	all, crossed := p.part.vectors(w.i0, w.i1, j0+p.shift, j1+p.shift, p.lay.lanes)
	if all.lo < all.hi {
		w.vectors(panel, j0, j1, vecs, all.lo, all.hi, unsafe.Pointer(&p.c[w.i0*p.ldc+j0+all.lo*p.lay.lanes]), p.ldc)
	}
	if crossed.lo < crossed.hi {
		w.cross(panel, j0, j1, vecs, crossed)
	}
}

// vectors computes vectors [v0, v1) of those of a panel, columns [j0, j1).
func (w *tiler[T]) vectors(panel, j0, j1, vecs, v0, v1 int, c unsafe.Pointer, ldc int) {
	p, op := w.p, &w.op
	size := unsafe.Sizeof(T(0))
	lanes := p.lay.lanes
	skip := v0 * lanes
	op.vecs, op.tail = int64(v1-v0), int64(lanes)
	if v1 == vecs {
		op.tail = int64(j1 - j0 - (vecs-1)*lanes)
	}
	if p.packed != nil {
		op.b = unsafe.Pointer(&p.packed[p.lay.at(w.block, panel)+skip])
		op.ldb = 0
		if v1-v0 < vecs {
			op.ldb = int64(vecs*lanes) * int64(size)
		}
	} else {
		op.b = unsafe.Pointer(&p.b.x[w.k0*p.b.ld+j0+skip])
		op.ldb = int64(p.b.ld) * int64(size)
	}
	op.c = c
	if w.first {
		if p.bias != nil {
			op.bias = unsafe.Pointer(&p.bias[j0+skip])
		}
		if p.resid != nil {
			op.resid = unsafe.Pointer(&p.resid[w.i0*p.ldr+j0+skip])
		}
	}
	op.run(p.level)
}
