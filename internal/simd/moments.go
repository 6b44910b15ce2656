package simd

import (
	"fmt"
	"sync/atomic"
)

// FiniteMoments is Moments of float32 rows about a centre of float32, which
// takes half the memory, and reports whether all sums are finite: a row that
// holds NaN or an infinity leaves a sum that is not.
func FiniteMoments(sum, squares []float64, x, centre []float32) bool {
	c := len(sum)
	alike("FiniteMoments", c, len(squares), len(centre))
	if c == 0 || len(x)%c != 0 {
		panic(fmt.Sprintf("simd: FiniteMoments: %d elements are no rows of %d", len(x), c))
	}
	n := len(x) / c
	var bad atomic.Bool
	columns(n, c, func(lo, hi int) {
		for i := 0; i < n; i += rowBlock {
			columnSpreads(sum[lo:hi], squares[lo:hi], centre[lo:hi], x[i*c+lo:], c, min(rowBlock, n-i))
		}
		if s := sum64(squares[lo:hi]); s-s != 0 {
			bad.Store(true)
		}
	})
	return !bad.Load()
}
