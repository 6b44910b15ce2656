//go:build !amd64

package simd

func transposeStrip(dst, src []float32, rows, cols, dstStride, srcStride int) {
	transposeStripPortable(dst, src, rows, cols, dstStride, srcStride)
}

func copyRows(dst, src []float32, dstStride, srcStride, rows, n int) {
	copyRowsPortable(dst, src, dstStride, srcStride, rows, n)
}
