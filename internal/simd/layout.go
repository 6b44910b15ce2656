package simd

import "fmt"

// Transpose stores the transposes of n matrices of rows×cols elements:
//
//	dst[i,c,r] = src[i,r,c]
//
// NCHW becomes NHWC with rows = C and cols = H·W, and back with rows = H·W and
// cols = C. dst must not overlap src.
func Transpose(dst, src []float32, n, rows, cols int) {
	shaped("Transpose", len(src), n, rows, cols)
	alike("Transpose", len(src), len(dst))
	if len(src) == 0 {
		return
	}
	if rows == 1 || cols == 1 {
		spread(len(src), func(lo, hi int) { copy(dst[lo:hi], src[lo:hi]) })
		return
	}
	transposes(dst, src, n, rows, cols, rows*cols, rows*cols, rows, cols)
}

// transposes does n transpositions of rows×cols matrices that begin dstNext
// and srcNext elements after each other and whose rows are dstStride and
// srcStride elements apart.
func transposes(dst, src []float32, n, rows, cols, dstNext, srcNext, dstStride, srcStride int) {
	strips := (rows + stripRows - 1) / stripRows
	spreadRows(n*strips, stripRows*cols, func(lo, hi int) {
		for s := lo; s < hi; s++ {
			i, r := s/strips, s%strips*stripRows
			transposeStrip(dst[i*dstNext+r:], src[i*srcNext+r*srcStride:], min(stripRows, rows-r), cols, dstStride, srcStride)
		}
	})
}

// stripRows is how many rows a transposition does at once: a cache line of the
// destination.
const stripRows = 16

func transposeStripPortable(dst, src []float32, rows, cols, dstStride, srcStride int) {
	for c0 := 0; c0 < cols; c0 += 16 {
		c1 := min(c0+16, cols)
		for r := range rows {
			row := src[r*srcStride+c0 : r*srcStride+c1]
			for c, v := range row {
				dst[(c0+c)*dstStride+r] = v
			}
		}
	}
}

// CopyRows copies n elements of each of some rows, which begin dstStride and
// srcStride elements after each other. It concatenates along the last axis, a
// call for each operand, and slices.
func CopyRows(dst []float32, dstStride int, src []float32, srcStride, rows, n int) {
	if rows <= 0 || n <= 0 {
		return
	}
	if n > dstStride && rows > 1 || len(dst) < (rows-1)*dstStride+n || len(src) < (rows-1)*srcStride+n || dstStride < 0 || srcStride < 0 {
		panic(fmt.Sprintf("simd: CopyRows: %d rows of %d elements, %d and %d apart, from %d elements to %d",
			rows, n, srcStride, dstStride, len(src), len(dst)))
	}
	if rows*n <= stretch { // no closure on the heap
		copyRows(dst, src, dstStride, srcStride, rows, n)
		return
	}
	spreadRows(rows, n, func(lo, hi int) {
		copyRows(dst[lo*dstStride:], src[lo*srcStride:], dstStride, srcStride, hi-lo, n)
	})
}

func copyRowsPortable(dst, src []float32, dstStride, srcStride, rows, n int) {
	for i := range rows {
		copy(dst[i*dstStride:][:n], src[i*srcStride:][:n])
	}
}
