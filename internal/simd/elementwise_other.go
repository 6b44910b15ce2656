//go:build !amd64

package simd

func vectors[T Float](op BinaryOp, dst, a, b []T)            { vectorsPortable(op, dst, a, b) }
func vectorScalar[T Float](op BinaryOp, dst, a []T, s T)     { vectorScalarPortable(op, dst, a, s) }
func scalarVector[T Float](op BinaryOp, dst []T, s T, a []T) { scalarVectorPortable(op, dst, s, a) }
func axpy[T Float](dst []T, a T, x []T)                      { axpyPortable(dst, a, x) }
func clipStretch(dst, src []float32, lo, hi float32)         { clipPortable(dst, src, lo, hi) }
func normalize(dst, src, gamma, beta []float32, mean, scale float32) {
	normalizePortable(dst, src, gamma, beta, mean, scale)
}
