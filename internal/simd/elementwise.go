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
	if len(dst) <= stretch { // no closure on the heap
		vectors(op, dst, a, b)
		return
	}
	spread(len(dst), func(lo, hi int) { vectors(op, dst[lo:hi], a[lo:hi], b[lo:hi]) })
}

// BinaryScalar stores a[i] op s in dst[i]. dst may be a.
func BinaryScalar[T Float](op BinaryOp, dst, a []T, s T) {
	op.check("BinaryScalar")
	alike("BinaryScalar", len(dst), len(a))
	if len(dst) <= stretch {
		vectorScalar(op, dst, a, s)
		return
	}
	spread(len(dst), func(lo, hi int) { vectorScalar(op, dst[lo:hi], a[lo:hi], s) })
}

// ScalarBinary stores s op a[i] in dst[i]. dst may be a.
func ScalarBinary[T Float](op BinaryOp, dst []T, s T, a []T) {
	op.check("ScalarBinary")
	alike("ScalarBinary", len(dst), len(a))
	if len(dst) <= stretch {
		scalarVector(op, dst, s, a)
		return
	}
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
	if len(a) <= stretch {
		repeatedRow(op, dst, a, b)
		return
	}
	spreadRows(len(a)/c, c, func(lo, hi int) { repeatedRow(op, dst[lo*c:hi*c], a[lo*c:hi*c], b) })
}

// repeatedRow is BinaryRow on this processor.
func repeatedRow[T Float](op BinaryOp, dst, a, b []T) {
	var pattern [tile]T
	b = repeat(pattern[:], b, len(a)/len(b))
	for lo := 0; lo < len(a); lo += len(b) {
		end := min(lo+len(b), len(a))
		for i := lo; i < end; i += stretch {
			j := min(i+stretch, end)
			vectors(op, dst[i:j], a[i:j], b[i-lo:j-lo])
		}
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
	if len(a) <= stretch {
		repeatedColumn(op, dst, a, b)
		return
	}
	spreadRows(len(b), c, func(lo, hi int) { repeatedColumn(op, dst[lo*c:hi*c], a[lo*c:hi*c], b[lo:hi]) })
}

// repeatedColumn is BinaryColumn on this processor.
func repeatedColumn[T Float](op BinaryOp, dst, a, b []T) {
	c := len(a) / len(b)
	if c < 16 {
		var pattern [tile]T
		for rows := tile / c; len(b) > 0; {
			n := min(rows, len(b))
			for j := range c {
				for i, k := 0, j; i < n && k < tile; i, k = i+1, k+c {
					pattern[k] = b[i]
				}
			}
			vectors(op, dst[:n*c], a[:n*c], pattern[:n*c])
			dst, a, b = dst[n*c:], a[n*c:], b[n:]
		}
		return
	}
	for i, s := range b {
		for j := i * c; j < (i+1)*c; j += stretch {
			end := min(j+stretch, (i+1)*c)
			vectorScalar(op, dst[j:end], a[j:end], s)
		}
	}
}

func (op BinaryOp) check(name string) {
	if op >= binaryOps {
		panic("simd: " + name + ": no such operation")
	}
}

// Axpy adds a·x[i] to dst[i].
func Axpy[T Float](dst []T, a T, x []T) {
	alike("Axpy", len(dst), len(x))
	if len(dst) <= stretch {
		axpy(dst, a, x)
		return
	}
	spread(len(dst), func(lo, hi int) { axpy(dst[lo:hi], a, x[lo:hi]) })
}
