package simd

import (
	"fmt"
	"math"
)

// Packed is a matrix of weights, k×n, made ready for MatMul at the
// instruction set that was active at that time, which MatMul then uses. It
// does not change and may be used by several goroutines at once.
type Packed struct {
	level Level
	lay   layout
	data  []float32
}

// Pack packs a k×n matrix in row-major order, or if trans its transpose, which
// is stored n×k. Stored rows start every ldb elements. It keeps a copy.
func Pack(trans bool, k, n int, b []float32, ldb int) *Packed {
	if min(k, n) < 1 {
		panic(fmt.Sprintf("simd: Pack: k, n = %d, %d", k, n))
	}
	checkMatrix("Pack", k, n, len(b), ldb, trans)
	w := &Packed{level: Active()}
	w.lay = newLayout(tilingOf[float32](w.level), k, n)
	w.data = aligned(w.lay.size())
	pack(w.level, &w.lay, w.data, matrix[float32]{b, ldb, trans})
	return w
}

// Shape returns k and n.
func (w *Packed) Shape() (k, n int) { return w.lay.k, w.lay.n }

// MatMul stores in C, m×n, the product of A, m×k, and the weights, and what
// the epilogue adds; see there. Rows of A and C start every lda and ldc
// elements. C overlaps neither A nor the bias; Residual may be C itself.
//
// The result does not depend on the number of processors.
func MatMul(m int, a []float32, lda int, w *Packed, e Epilogue, c []float32, ldc int) {
	k, n := w.Shape()
	if m < 0 {
		panic(fmt.Sprintf("simd: MatMul: m = %d", m))
	}
	checkMatrix("MatMul: A", m, k, len(a), lda, false)
	checkMatrix("MatMul: C", m, n, len(c), ldc, false)
	if e.Bias != nil && len(e.Bias) < n {
		panic(fmt.Sprintf("simd: MatMul: %d biases for %d columns", len(e.Bias), n))
	}
	if e.Residual != nil {
		checkMatrix("MatMul: Residual", m, n, len(e.Residual), e.Stride, false)
	}
	if m == 0 {
		return
	}
	p := product[float32]{
		level: w.level, m: m, n: n, k: k,
		a: matrix[float32]{x: a, ld: lda}, c: c, ldc: ldc, alpha: 1,
		lay: w.lay, packed: w.data,
		bias: e.Bias, resid: e.Residual, ldr: e.Stride,
	}
	p.lo, p.hi = e.clip()
	clip := !math.IsInf(float64(p.lo), -1) || !math.IsInf(float64(p.hi), 1)
	if e.Act == None {
		p.clip = clip
	} else {
		act, lo, hi := e.Act, p.lo, p.hi
		p.then = func(row []float32) {
			act.apply(row)
			if clip {
				Clip(row, row, lo, hi)
			}
		}
	}
	p.compute()
}
