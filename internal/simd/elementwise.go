package simd

import (
	"fmt"
	"unsafe"
)

// Float is what the kernels compute with.
type Float interface{ float32 | float64 }

// single returns whether T is float32.
func single[T Float]() bool { return unsafe.Sizeof(T(0)) == 4 }

// A BinaryOp is an operation of two numbers.
type BinaryOp uint8

const (
	Add BinaryOp = iota
	Sub
	Mul
	Div
	Max // NaN if either is
	Min // NaN if either is
	binaryOps
)

// Binary stores a[i] op b[i] in dst[i]. dst may be a or b.
func Binary[T Float](op BinaryOp, dst, a, b []T) {
	op.check("Binary")
	alike("Binary", len(dst), len(a), len(b))
	spread(len(dst), func(lo, hi int) { vectors(op, dst[lo:hi], a[lo:hi], b[lo:hi]) })
}

// BinaryScalar stores a[i] op s in dst[i]. dst may be a.
func BinaryScalar[T Float](op BinaryOp, dst, a []T, s T) {
	op.check("BinaryScalar")
	alike("BinaryScalar", len(dst), len(a))
	spread(len(dst), func(lo, hi int) { vectorScalar(op, dst[lo:hi], a[lo:hi], s) })
}

// ScalarBinary stores s op a[i] in dst[i]. dst may be a.
func ScalarBinary[T Float](op BinaryOp, dst []T, s T, a []T) {
	op.check("ScalarBinary")
	alike("ScalarBinary", len(dst), len(a))
	spread(len(dst), func(lo, hi int) { scalarVector(op, dst[lo:hi], s, a[lo:hi]) })
}

// BinaryRow stores a[i,j] op b[j] in dst[i,j], where a has rows of len(b)
// elements. dst may be a.
func BinaryRow[T Float](op BinaryOp, dst, a, b []T) {
	op.check("BinaryRow")
	alike("BinaryRow", len(dst), len(a))
	c := len(b)
	if len(a) == 0 {
		return
	}
	if c == 0 || len(a)%c != 0 {
		panic(fmt.Sprintf("simd: BinaryRow: %d elements are no rows of %d", len(a), c))
	}
	if c == 1 {
		BinaryScalar(op, dst, a, b[0])
		return
	}
	spreadRows(len(a)/c, c, func(lo, hi int) {
		var pattern [tile]T
		b, lo, hi := repeat(pattern[:], b, hi-lo), lo*c, hi*c
		for ; lo < hi; lo += len(b) {
			end := min(lo+len(b), hi)
			stretchRow(op, dst[lo:end], a[lo:end], b[:end-lo])
		}
	})
}

// stretchRow is vectors for operands of any length.
func stretchRow[T Float](op BinaryOp, dst, a, b []T) {
	for lo := 0; lo < len(dst); lo += stretch {
		hi := min(lo+stretch, len(dst))
		vectors(op, dst[lo:hi], a[lo:hi], b[lo:hi])
	}
}

// tile is how long the pattern of a short repeated row may be.
const tile = 512

// repeat returns b as often as it fits into pattern, but not more than n
// times, or b itself if it is longer than half of the pattern.
func repeat[T Float](pattern, b []T, n int) []T {
	c := len(b)
	n = min(n, len(pattern)/c)
	if n < 2 {
		return b
	}
	p := pattern[:n*c]
	for filled := copy(p, b); filled < len(p); {
		filled += copy(p[filled:], p[:filled])
	}
	return p
}

// BinaryColumn stores a[i,j] op b[i] in dst[i,j], where a has len(b) rows.
// dst may be a.
func BinaryColumn[T Float](op BinaryOp, dst, a, b []T) {
	op.check("BinaryColumn")
	alike("BinaryColumn", len(dst), len(a))
	if len(a) == 0 {
		return
	}
	if len(b) == 0 || len(a)%len(b) != 0 {
		panic(fmt.Sprintf("simd: BinaryColumn: %d elements are no %d rows", len(a), len(b)))
	}
	c := len(a) / len(b)
	if c == 1 {
		Binary(op, dst, a, b)
		return
	}
	spreadRows(len(b), c, func(lo, hi int) {
		if c < 16 {
			var pattern [tile]T
			for rows := tile / c; lo < hi; lo += rows {
				end := min(lo+rows, hi)
				for j := range c {
					for i, k := lo, j; i < end && k < tile; i, k = i+1, k+c {
						pattern[k] = b[i]
					}
				}
				vectors(op, dst[lo*c:end*c], a[lo*c:end*c], pattern[:(end-lo)*c])
			}
			return
		}
		for i := lo; i < hi; i++ {
			for j := i * c; j < (i+1)*c; j += stretch {
				end := min(j+stretch, (i+1)*c)
				vectorScalar(op, dst[j:end], a[j:end], b[i])
			}
		}
	})
}

func (op BinaryOp) check(name string) {
	if op >= binaryOps {
		panic("simd: " + name + ": no such operation")
	}
}

// Axpy adds a·x[i] to dst[i].
func Axpy[T Float](dst []T, a T, x []T) {
	alike("Axpy", len(dst), len(x))
	spread(len(dst), func(lo, hi int) { axpy(dst[lo:hi], a, x[lo:hi]) })
}

// MulRows multiplies each of n images of hw points and c channels by a gate of
// c channels (squeeze-and-excite):
//
//	dst[i,p,j] = src[i,p,j]·gate[i,j]
//
// dst may be src.
func MulRows(dst, src, gate []float32, n, hw, c int) {
	shaped("MulRows", len(src), n, hw, c)
	shaped("MulRows", len(gate), n, c)
	alike("MulRows", len(dst), len(src))
	spreadRows(n, hw*c, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			BinaryRow(Mul, dst[i*hw*c:(i+1)*hw*c], src[i*hw*c:(i+1)*hw*c], gate[i*c:(i+1)*c])
		}
	})
}
