//go:build !amd64

package simd

func sum[T Float](x []T) float64                        { return sumPortable(x) }
func dot[T Float](x, y []T) float64                     { return dotPortable(x, y) }
func deviations[T Float](x []T, centre float64) float64 { return deviationsPortable(x, centre) }
func largest[T Float](x []T) T                          { return largestPortable(x) }
func expSum(dst, src []float32, m float32) float32      { return expSumPortable(dst, src, m) }
func columnSums[T Float](acc []float64, x []T, stride, rows int) {
	columnSumsPortable(acc, x, stride, rows)
}
func columnMoments[T Float](sum, squares, centre []float64, x []T, stride, rows int) {
	columnMomentsPortable(sum, squares, centre, x, stride, rows)
}
func columnSpreads(sum, squares []float64, centre, x []float32, stride, rows int) {
	columnSpreadsPortable(sum, squares, centre, x, stride, rows)
}
