package simd

import "unsafe"

//go:generate go run -C gen ./window -out ../window_amd64.s -stubs ../window_amd64_stubs.go -pkg simd

// windowKernel returns the kernel of the operation.
func windowKernel(op windowOp) func(*windowArgs) {
	switch level := Active(); {
	case level == Portable:
		return op.portable
	case level == AVX2 && op == windowFMA:
		return func(a *windowArgs) { windowFMAAVX2((*byte)(unsafe.Pointer(a))) }
	case level == AVX2 && op == windowFour:
		return func(a *windowArgs) { windowFourAVX2((*byte)(unsafe.Pointer(a))) }
	case level == AVX2 && op == windowMax:
		return func(a *windowArgs) { windowMaxAVX2((*byte)(unsafe.Pointer(a))) }
	case level == AVX2:
		return func(a *windowArgs) { windowSumAVX2((*byte)(unsafe.Pointer(a))) }
	case op == windowFMA:
		return func(a *windowArgs) { windowFMAAVX512((*byte)(unsafe.Pointer(a))) }
	case op == windowFour:
		return func(a *windowArgs) { windowFourAVX512((*byte)(unsafe.Pointer(a))) }
	case op == windowMax:
		return func(a *windowArgs) { windowMaxAVX512((*byte)(unsafe.Pointer(a))) }
	}
	return func(a *windowArgs) { windowSumAVX512((*byte)(unsafe.Pointer(a))) }
}

// slideKernel returns the kernel for a row of depthwise outputs with kw taps in
// a row side by side, or nil.
func slideKernel(kw, stride int) func(*windowArgs) {
	level := Active()
	if level == Portable || stride > 2 || kw != 3 && kw != 5 && kw != 7 {
		return nil
	}
	kernel := slides[kw/2-1][stride-1][level-AVX2]
	return func(a *windowArgs) { kernel((*byte)(unsafe.Pointer(a))) }
}

// slides are the kernels by taps, stride and level.
var slides = [3][2][2]func(*byte){
	{{slide3x1AVX2, slide3x1AVX512}, {slide3x2AVX2, slide3x2AVX512}},
	{{slide5x1AVX2, slide5x1AVX512}, {slide5x2AVX2, slide5x2AVX512}},
	{{slide7x1AVX2, slide7x1AVX512}, {slide7x2AVX2, slide7x2AVX512}},
}

// sumPixels sets dst to the sums of its channels of src over pixels that are
// step floats apart, times the scale.
func sumPixels(dst, src []float32, pixels, step int, scale float32) {
	switch Active() {
	case Portable:
		sumPixelsPortable(dst, src, pixels, step, scale)
	case AVX2:
		sumPixelsAVX2(&dst[0], &src[0], pixels, 4*step, len(dst), scale)
	default:
		sumPixelsAVX512(&dst[0], &src[0], pixels, 4*step, len(dst), scale)
	}
}
