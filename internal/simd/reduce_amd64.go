package simd

import "unsafe"

//go:generate go run -C gen ./rows/reduce -out ../reduce_amd64.s -stubs ../reduce_amd64_stubs.go -pkg simd

// sum returns Σ x[i] of a stretch.
func sum[T Float](x []T) float64 {
	n, level := len(x), Active()
	switch {
	case level == AVX512 && single[T]():
		return sum32AVX512(first[float32](x), n)
	case level == AVX512:
		return sum64AVX512(first[float64](x), n)
	case level == AVX2 && single[T]():
		return sum32AVX2(first[float32](x), n)
	case level == AVX2:
		return sum64AVX2(first[float64](x), n)
	}
	return sumPortable(x)
}

// dot returns Σ x[i]·y[i] of a stretch.
func dot[T Float](x, y []T) float64 {
	n, level := len(x), Active()
	y = y[:n]
	switch {
	case level == AVX512 && single[T]():
		return dot32AVX512(first[float32](x), first[float32](y), n)
	case level == AVX512:
		return dot64AVX512(first[float64](x), first[float64](y), n)
	case level == AVX2 && single[T]():
		return dot32AVX2(first[float32](x), first[float32](y), n)
	case level == AVX2:
		return dot64AVX2(first[float64](x), first[float64](y), n)
	}
	return dotPortable(x, y)
}

// deviations returns Σ (x[i]−centre)² of a stretch.
func deviations[T Float](x []T, centre float64) float64 {
	n, level := len(x), Active()
	switch {
	case level == AVX512 && single[T]():
		return deviations32AVX512(first[float32](x), centre, n)
	case level == AVX512:
		return deviations64AVX512(first[float64](x), centre, n)
	case level == AVX2 && single[T]():
		return deviations32AVX2(first[float32](x), centre, n)
	case level == AVX2:
		return deviations64AVX2(first[float64](x), centre, n)
	}
	return deviationsPortable(x, centre)
}

// largest returns the maximum of a stretch, or NaN.
func largest[T Float](x []T) T {
	n, level := len(x), Active()
	switch {
	case level == AVX512 && single[T]():
		return T(largest32AVX512(first[float32](x), n))
	case level == AVX512:
		return T(largest64AVX512(first[float64](x), n))
	case level == AVX2 && single[T]():
		return T(largest32AVX2(first[float32](x), n))
	case level == AVX2:
		return T(largest64AVX2(first[float64](x), n))
	}
	return largestPortable(x)
}

// expSum stores e^(src[i]−m) in dst, a stretch, and returns the sum.
func expSum(dst, src []float32, m float32) float32 {
	n := len(dst)
	src = src[:n]
	switch Active() {
	case AVX512:
		return expSumAVX512(first[float32](dst), first[float32](src), n, m)
	case AVX2:
		return expSumAVX2(first[float32](dst), first[float32](src), n, m)
	}
	return expSumPortable(dst, src, m)
}

// columnSums adds rows of x, stride elements apart, to acc.
func columnSums[T Float](acc []float64, x []T, stride, rows int) {
	n, level := len(acc), Active()
	x = x[:(rows-1)*stride+n]
	bytes := stride * int(unsafe.Sizeof(x[0]))
	switch {
	case level == AVX512 && single[T]():
		columnSums32AVX512(first[float64](acc), first[float32](x), bytes, rows, n)
	case level == AVX512:
		columnSums64AVX512(first[float64](acc), first[float64](x), bytes, rows, n)
	case level == AVX2 && single[T]():
		columnSums32AVX2(first[float64](acc), first[float32](x), bytes, rows, n)
	case level == AVX2:
		columnSums64AVX2(first[float64](acc), first[float64](x), bytes, rows, n)
	default:
		columnSumsPortable(acc, x, stride, rows)
	}
}

// columnMoments adds rows of x, stride elements apart, less the centre, to
// sum, and their squares to squares.
func columnMoments[T Float](sum, squares, centre []float64, x []T, stride, rows int) {
	n, level := len(sum), Active()
	squares, centre, x = squares[:n], centre[:n], x[:(rows-1)*stride+n]
	s, q, c := first[float64](sum), first[float64](squares), first[float64](centre)
	bytes := stride * int(unsafe.Sizeof(x[0]))
	switch {
	case level == AVX512 && single[T]():
		columnMoments32AVX512(s, q, c, first[float32](x), bytes, rows, n)
	case level == AVX512:
		columnMoments64AVX512(s, q, c, first[float64](x), bytes, rows, n)
	case level == AVX2 && single[T]():
		columnMoments32AVX2(s, q, c, first[float32](x), bytes, rows, n)
	case level == AVX2:
		columnMoments64AVX2(s, q, c, first[float64](x), bytes, rows, n)
	default:
		columnMomentsPortable(sum, squares, centre, x, stride, rows)
	}
}

// columnSpreads is columnMoments of float32 about a centre of float32.
func columnSpreads(sum, squares []float64, centre, x []float32, stride, rows int) {
	n, level := len(sum), Active()
	squares, centre, x = squares[:n], centre[:n], x[:(rows-1)*stride+n]
	switch level {
	case AVX512:
		columnSpreadsAVX512(first[float64](sum), first[float64](squares), first[float32](centre), first[float32](x), 4*stride, rows, n)
	case AVX2:
		columnSpreadsAVX2(first[float64](sum), first[float64](squares), first[float32](centre), first[float32](x), 4*stride, rows, n)
	default:
		columnSpreadsPortable(sum, squares, centre, x, stride, rows)
	}
}
