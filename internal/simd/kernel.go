package simd

import "unsafe"

//go:generate go run -C gen ./tile -out ../tile_amd64.s -stubs ../tile_amd64_stubs.go -pkg simd

// A tileOp is one call of the kernel under matrix products and convolutions: a
// block of C of rows × cols elements, at most tileRows × vecs·lanes of the
// level in use.
//
//	sum[i,j] = bias[j] + Σ_tap Σ_k A[off[tap·6+i]/size+k] · B[(tap·depth+k)·ldb/size+j]
//	C[i,j]   = clip(alpha·sum[i,j] + beta·C[i,j] + resid[i,j], lo, hi)
//
// Rows of A are found by byte offsets from a, one for each tap and row; where
// an offset is negative the row is padding, all zeros. A plain product has one
// tap, and row offsets i·lda·size. Within a tap, depth elements of A follow
// each other, at most tileDepth of them.
//
// A row of B, one for each k, starts every ldb bytes; 0 stands for vecs whole
// vectors. Nothing is read or written but where elements of the tile are: the
// last vector has tail columns, 1 to lanes.
//
// A sum over a large depth is made of several calls, B and a moved on and C
// read (tileReadC with beta 1). Only the first has the bias and the residual,
// which may thus be C; only the last has the bounds, which NaN passes.
//
// The order of a sum depends only on rows·vecs, depth and taps.
type tileOp[T float32 | float64] struct {
	a     unsafe.Pointer
	off   *int64 // bytes, taps × 6
	taps  int64  // 1 or more
	depth int64
	b     unsafe.Pointer
	ldb   int64 // bytes, 0: B is packed
	c     unsafe.Pointer
	ldc   int64          // bytes
	bias  unsafe.Pointer // or nil
	resid unsafe.Pointer // or nil; may be c
	ldr   int64          // bytes
	rows  int64          // 1 to tileRows
	vecs  int64          // 1 to tileVecs
	tail  int64          // columns of the last vector
	flags int64          // of tileReadC, tileClip

	alpha, beta, lo, hi T // alpha is 1 for a plain sum
}

// The layout of these is known to gen/tile.
type (
	tileOp32 = tileOp[float32]
	tileOp64 = tileOp[float64]
)

const (
	tileReadC = 1 << iota // add beta·C; without it C is only written
	tileClip              // apply lo and hi
)

const (
	tileRows  = 6   // the most rows of a tile, and the stride of off
	tileDepth = 512 // the most elements of A that follow each other
)

// zeros is the row of A where there is none.
var zeros [tileDepth]float64

// A tiling is the size of the tiles of a level.
type tiling struct {
	rows  int // at most
	vecs  int // at most
	lanes int // elements of a vector
}

// tilingOf returns the tiling for elements of type T.
func tilingOf[T float32 | float64](l Level) tiling {
	size := int(unsafe.Sizeof(T(0)))
	switch l {
	case AVX512:
		return tiling{rows: 6, vecs: 4, lanes: 64 / size}
	case AVX2:
		return tiling{rows: 6, vecs: 2, lanes: 32 / size}
	}
	return tiling{rows: 4, vecs: 1, lanes: 4}
}

// width returns the columns of the widest tile.
func (t tiling) width() int { return t.vecs * t.lanes }

// split returns how n columns, at most width, are stored: vectors, and the
// columns of the last one.
func (t tiling) split(n int) (vecs, tail int) {
	vecs = (n + t.lanes - 1) / t.lanes
	return vecs, n - (vecs-1)*t.lanes
}

// run computes the tile with the kernel of level l.
func (t *tileOp[T]) run(l Level) {
	if l == Portable {
		t.portable()
		return
	}
	if unsafe.Sizeof(T(0)) == 4 {
		run32(l, (*tileOp32)(unsafe.Pointer(t)))
	} else {
		run64(l, (*tileOp64)(unsafe.Pointer(t)))
	}
}
