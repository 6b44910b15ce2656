package simd

import (
	"sync"
	"unsafe"
)

// A number is what matrices are made of.
type number interface{ float32 | float64 }

// A matrix is a rows×cols operand in row-major order, or the transpose of one
// that is stored cols×rows.
type matrix[T number] struct {
	x     []T
	ld    int // from one stored row to the next
	trans bool
}

// from returns the part that starts at row i and column j.
func (a matrix[T]) from(i, j int) matrix[T] {
	if a.trans {
		i, j = j, i
	}
	a.x = a.x[i*a.ld+j:]
	return a
}

// A layout is how a k×n matrix B is divided for the kernel: by rows in blocks
// that stay in the cache of a processor, and by columns in panels as wide as a
// tile. Packed, blocks follow each other, in each the panels, and in those the
// rows, of whole vectors. Sizes differ little, so that none is a poor rest.
type layout struct {
	tiling
	k, n    int
	block   int // rows of each block but the last
	vectors int // that hold n columns
	panels  int
	starts  []int // columns where panels start, and the end of the last vector
}

// blockRows is the depth of a block: long enough that reading and writing C
// costs little, short enough that a panel of 64 float32 is 64 KiB.
const blockRows = 256

func newLayout(t tiling, k, n int) layout {
	l := layout{tiling: t, k: k, n: n, vectors: ceil(n, t.lanes)}
	l.block = ceil(k, max(1, ceil(k, blockRows)))
	l.panels = ceil(l.vectors, t.vecs)
	l.starts = make([]int, l.panels+1)
	for i := range l.starts {
		l.starts[i] = i * l.vectors / l.panels * l.lanes
	}
	return l
}

func ceil(a, b int) int { return (a + b - 1) / b }

// size returns how many elements are packed.
func (l *layout) size() int { return l.k * l.vectors * l.lanes }

// blocks returns the number of blocks.
func (l *layout) blocks() int { return ceil(l.k, max(1, l.block)) }

// rowsOf returns where a block starts and how many rows it has.
func (l *layout) rowsOf(block int) (k0, depth int) {
	k0 = block * l.block
	return k0, min(l.block, l.k-k0)
}

// colsOf returns the first column of a panel and one past the last.
func (l *layout) colsOf(panel int) (j0, j1 int) {
	return l.starts[panel], min(l.n, l.starts[panel+1])
}

// at returns where the part of a panel in a block is packed.
func (l *layout) at(block, panel int) int {
	k0, depth := l.rowsOf(block)
	j0, _ := l.colsOf(panel)
	return k0*l.vectors*l.lanes + depth*j0
}

// pack packs b at an instruction set.
func pack[T number](lev Level, l *layout, dst []T, b matrix[T]) {
	blocks := l.blocks()
	Parallel(blocks*l.panels, Grain(4*l.block*l.width()), func(lo, hi int) {
		for u := lo; u < hi; u++ {
			block, panel := u/l.panels, u%l.panels
			k0, depth := l.rowsOf(block)
			j0, j1 := l.colsOf(panel)
			width := ceil(j1-j0, l.lanes) * l.lanes
			packPanel(lev, dst[l.at(block, panel):][:depth*width], b.from(k0, j0), depth, j1-j0, width)
		}
	})
}

// packPanel stores depth rows of cols columns of b, each followed by zeros up
// to width.
func packPanel[T number](lev Level, dst []T, b matrix[T], depth, cols, width int) {
	if b.trans {
		// Few columns at a time: a cache line of each row.
		few := line / int(unsafe.Sizeof(T(0)))
		for k := 0; k < depth; k += few {
			transpose(lev, dst[k*width:], width, b.x[k:], b.ld, cols, min(few, depth-k))
		}
	} else {
		for k := range depth {
			copy(dst[k*width:][:cols], b.x[k*b.ld:])
		}
	}
	if cols < width {
		for k := range depth {
			clear(dst[k*width+cols : (k+1)*width])
		}
	}
}

// transpose stores in dst, cols×rows with stride ldd, the transpose of src,
// rows×cols with stride lds.
func transpose[T number](l Level, dst []T, ldd int, src []T, lds, rows, cols int) {
	r, c := 0, 0 // what whole blocks cover
	if l != Portable {
		block := 32 / int(unsafe.Sizeof(T(0)))
		r, c = rows/block*block, cols/block*block
		if r > 0 && c > 0 {
			turn(dst[:(c-1)*ldd+r], ldd, src[:(r-1)*lds+c], lds, r, c)
		}
	}
	if r > 0 {
		for j := c; j < cols; j++ {
			to := dst[j*ldd:][:r]
			for i := range to {
				to[i] = src[i*lds+j]
			}
		}
	}
	for i := r; i < rows; i++ {
		for j, v := range src[i*lds:][:cols] {
			dst[j*ldd+i] = v
		}
	}
}

// A buffer is memory for packed operands.
type buffer struct{ mem []float64 }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// borrow returns n elements, of any values, that start at a cache line, and
// the buffer to give back.
func borrow[T number](n int) ([]T, *buffer) {
	b := buffers.Get().(*buffer)
	if words := ceil(n*int(unsafe.Sizeof(T(0))), 8) + line/8; len(b.mem) < words {
		b.mem = Large[float64](words)
	}
	p := unsafe.Pointer(unsafe.SliceData(b.mem))
	return unsafe.Slice((*T)(unsafe.Add(p, -uintptr(p)&(line-1))), n), b
}

// line is the size of a cache line, and of the largest vector.
const line = 64

// aligned returns n zeros that start at a cache line.
func aligned(n int) []float32 {
	x := Large[float32](n + line/4)
	skip := -uintptr(unsafe.Pointer(&x[0])) & (line - 1) / 4
	return x[skip:][:n:n]
}

func (b *buffer) giveBack() { buffers.Put(b) }
