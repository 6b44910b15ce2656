package simd

func softmaxRow(dst, src []float32) { softmaxRowPortable(dst, src) }
func layerNormRow(dst, src, gamma, beta []float32, eps float32) {
	layerNormRowPortable(dst, src, gamma, beta, eps)
}
func sum[T Float](x []T) float64    { return sumPortable(x) }
func dot[T Float](x, y []T) float64 { return dotPortable(x, y) }
func largest[T Float](x []T) T      { return largestPortable(x) }
func columnSums[T Float](acc []float64, x []T, stride, rows int) {
	columnSumsPortable(acc, x, stride, rows)
}
func columnMoments[T Float](sum, squares, centre []float64, x []T, stride, rows int) {
	columnMomentsPortable(sum, squares, centre, x, stride, rows)
}
