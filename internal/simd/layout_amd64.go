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
	for r := 0; r < rows && whole < cols; r += 8 {
		transposeRestAVX2(first[float32](dst[whole*(dstBytes/4)+r:]), first[float32](src[r*(srcBytes/4)+whole:]), dstBytes, srcBytes, min(8, rows-r), cols-whole)
	}
}
