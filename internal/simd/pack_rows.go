package simd

import "fmt"

// PackRows is Pack of a matrix that is too large to be held beside what is
// made of it: next is called for stored rows, k×n or, if trans, n×k, from the
// first to the last, some at a time, and writes them one after the other.
func PackRows(trans bool, k, n int, next func(rows []float32)) *Packed {
	if min(k, n) < 1 {
		panic(fmt.Sprintf("simd: PackRows: k, n = %d, %d", k, n))
	}
	w := &Packed{level: Active()}
	w.lay = newLayout(tilingOf[float32](w.level), k, n)
	w.data = aligned(w.lay.size())
	l := &w.lay
	if trans {
		// The rows of a panel, which are its columns.
		space, buf := borrow[float32](k * min(n, l.width()))
		defer buf.giveBack()
		for panel := range l.panels {
			j0, j1 := l.colsOf(panel)
			rows := space[:(j1-j0)*k]
			next(rows)
			Parallel(l.blocks(), Grain(4*l.block*l.width()), func(lo, hi int) {
				for block := lo; block < hi; block++ {
					w.pack(block, panel, func(k0, _ int) matrix[float32] { return matrix[float32]{rows, k, true}.from(k0, 0) })
				}
			})
		}
		return w
	}
	space, buf := borrow[float32](n * min(k, l.block))
	defer buf.giveBack()
	for block := range l.blocks() {
		_, depth := l.rowsOf(block)
		rows := space[:depth*n]
		next(rows)
		Parallel(l.panels, Grain(4*l.block*l.width()), func(lo, hi int) {
			for panel := lo; panel < hi; panel++ {
				w.pack(block, panel, func(_, j0 int) matrix[float32] { return matrix[float32]{rows, n, false}.from(0, j0) })
			}
		})
	}
	return w
}

// pack packs a panel of a block; from gives the part of the matrix that begins
// at row k0 and column j0.
func (w *Packed) pack(block, panel int, from func(k0, j0 int) matrix[float32]) {
	l := &w.lay
	k0, depth := l.rowsOf(block)
	j0, j1 := l.colsOf(panel)
	width := ceil(j1-j0, l.lanes) * l.lanes
	packPanel(w.level, w.data[l.at(block, panel):][:depth*width], from(k0, j0), depth, j1-j0, width)
}
