package simd

import "unsafe"

//go:generate go run -C gen ./rows/half -out ../half_amd64.s -stubs ../half_amd64_stubs.go -pkg simd

// The assembly converts whole vectors, plain Go the rest.

func fromFloat16(dst []float32, src []uint16) {
	n := wholeVectors(len(dst), len(src))
	switch Active() {
	case AVX512:
		fromFloat16AVX512(unsafe.SliceData(dst), unsafe.SliceData(src), n/16)
	case AVX2:
		fromFloat16AVX2(unsafe.SliceData(dst), unsafe.SliceData(src), n/8)
	}
	fromFloat16Portable(dst[n:], src[n:])
}

func fromBFloat16(dst []float32, src []uint16) {
	n := wholeVectors(len(dst), len(src))
	switch Active() {
	case AVX512:
		fromBFloat16AVX512(unsafe.SliceData(dst), unsafe.SliceData(src), n/16)
	case AVX2:
		fromBFloat16AVX2(unsafe.SliceData(dst), unsafe.SliceData(src), n/8)
	}
	fromBFloat16Portable(dst[n:], src[n:])
}

// wholeVectors returns how many of the elements that both operands have make
// whole vectors of the active level.
func wholeVectors(dst, src int) int {
	n := min(dst, src)
	switch Active() {
	case AVX512:
		return n &^ 15
	case AVX2:
		return n &^ 7
	}
	return 0
}
