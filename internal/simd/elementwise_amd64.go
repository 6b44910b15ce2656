package simd

import "unsafe"

//go:generate go run -C gen ./rows/binary -out ../elementwise_amd64.s -stubs ../elementwise_amd64_stubs.go -pkg simd

// The numbers of s − a[i] and s ÷ a[i] in the assembly.
const (
	subFrom = int(binaryOps) + iota
	divInto
)

// first returns the pointers to the first elements as those of another type:
// float32 or float64, which T is.
func first[E, T Float](x []T) *E { return (*E)(unsafe.Pointer(unsafe.SliceData(x))) }

// vectors stores a op b in dst, a stretch.
func vectors[T Float](op BinaryOp, dst, a, b []T) {
	n, level := len(dst), Active()
	a, b = a[:n], b[:n]
	switch {
	case level == AVX512 && single[T]():
		vectors32AVX512(int(op), first[float32](dst), first[float32](a), first[float32](b), n)
	case level == AVX512:
		vectors64AVX512(int(op), first[float64](dst), first[float64](a), first[float64](b), n)
	case level == AVX2 && single[T]():
		vectors32AVX2(int(op), first[float32](dst), first[float32](a), first[float32](b), n)
	case level == AVX2:
		vectors64AVX2(int(op), first[float64](dst), first[float64](a), first[float64](b), n)
	default:
		vectorsPortable(op, dst, a, b)
	}
}

// vectorScalar stores a op s in dst, a stretch.
func vectorScalar[T Float](op BinaryOp, dst, a []T, s T) {
	if Active() == Portable {
		vectorScalarPortable(op, dst, a, s)
		return
	}
	scalar(int(op), dst, a[:len(dst)], s)
}

// scalarVector stores s op a in dst, a stretch.
func scalarVector[T Float](op BinaryOp, dst []T, s T, a []T) {
	if Active() == Portable {
		scalarVectorPortable(op, dst, s, a)
		return
	}
	number := int(op)
	switch op {
	case Sub:
		number = subFrom
	case Div:
		number = divInto
	}
	scalar(number, dst, a[:len(dst)], s)
}

func scalar[T Float](op int, dst, a []T, s T) {
	n := len(dst)
	switch wide := Active() == AVX512; {
	case wide && single[T]():
		scalar32AVX512(op, first[float32](dst), first[float32](a), float32(s), n)
	case wide:
		scalar64AVX512(op, first[float64](dst), first[float64](a), float64(s), n)
	case single[T]():
		scalar32AVX2(op, first[float32](dst), first[float32](a), float32(s), n)
	default:
		scalar64AVX2(op, first[float64](dst), first[float64](a), float64(s), n)
	}
}

// axpy adds a·x to dst, a stretch.
func axpy[T Float](dst []T, a T, x []T) {
	n, level := len(dst), Active()
	x = x[:n]
	switch {
	case level == AVX512 && single[T]():
		axpy32AVX512(first[float32](dst), first[float32](x), float32(a), n)
	case level == AVX512:
		axpy64AVX512(first[float64](dst), first[float64](x), float64(a), n)
	case level == AVX2 && single[T]():
		axpy32AVX2(first[float32](dst), first[float32](x), float32(a), n)
	case level == AVX2:
		axpy64AVX2(first[float64](dst), first[float64](x), float64(a), n)
	default:
		axpyPortable(dst, a, x)
	}
}

func clipStretch(dst, src []float32, lo, hi float32) {
	n := len(dst)
	src = src[:n]
	switch Active() {
	case AVX512:
		clipAVX512(first[float32](dst), first[float32](src), n, lo, hi)
	case AVX2:
		clipAVX2(first[float32](dst), first[float32](src), n, lo, hi)
	default:
		clipPortable(dst, src, lo, hi)
	}
}

// normalize stores (src−mean)·scale·gamma + beta in dst, a stretch.
func normalize(dst, src, gamma, beta []float32, mean, scale float32) {
	n := len(dst)
	src, gamma, beta = src[:n], gamma[:n], beta[:n]
	switch Active() {
	case AVX512:
		normalizeAVX512(first[float32](dst), first[float32](src), first[float32](gamma), first[float32](beta), n, mean, scale)
	case AVX2:
		normalizeAVX2(first[float32](dst), first[float32](src), first[float32](gamma), first[float32](beta), n, mean, scale)
	default:
		normalizePortable(dst, src, gamma, beta, mean, scale)
	}
}
