package simd

//go:generate go run -C gen ./rows/layout -out ../layout_amd64.s -stubs ../layout_amd64_stubs.go -pkg simd

// transposeStrip transposes not more than stripRows rows.
func transposeStrip(dst, src []float32, rows, cols, dstStride, srcStride int) {
	level := Active()
	if level == Portable {
		transposeStripPortable(dst, src, rows, cols, dstStride, srcStride)
		return
	}
	src, dst = src[:(rows-1)*srcStride+cols], dst[:(cols-1)*dstStride+rows]
	for c := 0; c < cols; c += stretch / stripRows {
		n := min(stretch/stripRows, cols-c)
		if level == AVX512 {
			transposePartAVX512(dst[c*dstStride:], src[c:], rows, n, 4*dstStride, 4*srcStride)
		} else {
			transposePartAVX2(dst[c*dstStride:], src[c:], rows, n, 4*dstStride, 4*srcStride)
		}
	}
}

func transposePartAVX512(dst, src []float32, rows, cols, dstBytes, srcBytes int) {
	whole := 0
	if rows == 16 && cols >= 16 {
		whole = cols &^ 15
		transposeBlocksAVX512(first[float32](dst), first[float32](src), dstBytes, srcBytes, whole/16)
	}
	if whole < cols {
		transposeRestAVX512(first[float32](dst[whole*(dstBytes/4):]), first[float32](src[whole:]), dstBytes, srcBytes, rows, cols-whole)
	}
}

func transposePartAVX2(dst, src []float32, rows, cols, dstBytes, srcBytes int) {
	whole := 0
	if rows == 16 && cols >= 8 {
		whole = cols &^ 7
		transposeBlocksAVX2(first[float32](dst), first[float32](src), dstBytes, srcBytes, whole/8)
	}
	if rows <= 4 { // masked stores are slow
		transposeStripPortable(dst, src, rows, cols, dstBytes/4, srcBytes/4)
		return
	}
	for r := 0; r < rows && whole < cols; r += 8 {
		transposeRestAVX2(first[float32](dst[whole*(dstBytes/4)+r:]), first[float32](src[r*(srcBytes/4)+whole:]), dstBytes, srcBytes, min(8, rows-r), cols-whole)
	}
}

// copyRows copies n elements of each row; strides are in elements.
func copyRows(dst, src []float32, dstStride, srcStride, rows, n int) {
	dst, src = dst[:(rows-1)*dstStride+n], src[:(rows-1)*srcStride+n]
	switch level := Active(); {
	case n > 256 || level == Portable:
		copyRowsPortable(dst, src, dstStride, srcStride, rows, n)
	case level == AVX512:
		copyRowsAVX512(first[float32](dst), first[float32](src), 4*dstStride, 4*srcStride, rows, n)
	case n >= 8:
		copyRowsAVX2(first[float32](dst), first[float32](src), 4*dstStride, 4*srcStride, rows, n)
	default:
		copyRowsPortable(dst, src, dstStride, srcStride, rows, n)
	}
}
