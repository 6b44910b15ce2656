package simd

import "fmt"

// ColumnSums stores the sums of the c columns of n rows in dst[:c], summed in
// float64 from the first row to the last.
func ColumnSums[T Float](dst, src []T, n, c int) {
	shaped("ColumnSums", len(src), n, c)
	alike("ColumnSums", c, len(dst))
	columns(n, c, func(lo, hi int) {
		var acc [columnBlock]float64
		sums := acc[:hi-lo]
		for i := 0; i < n; i += rowBlock {
			columnSums(sums, src[i*c+lo:], c, min(rowBlock, n-i))
		}
		for j, s := range sums {
			dst[lo+j] = T(s)
		}
	})
}

// Moments adds, for each column j of the rows of x, the sum of x[i,j]−centre[j]
// to sum[j] and the sum of its square to squares[j]. Rows are as long as sum.
// centre may be nil (0); a value near the mean keeps the difference
// squares − sum²/n exact. Rows are added in their order, so x may come in parts.
func Moments[T Float](sum, squares []float64, x []T, centre []float64) {
	c := len(sum)
	alike("Moments", c, len(squares))
	if centre != nil {
		alike("Moments", c, len(centre))
	}
	if len(x) == 0 {
		return
	}
	if c == 0 || len(x)%c != 0 {
		panic(fmt.Sprintf("simd: Moments: %d elements are no rows of %d", len(x), c))
	}
	n := len(x) / c
	columns(n, c, func(lo, hi int) {
		var zero [columnBlock]float64
		m := zero[:hi-lo]
		if centre != nil {
			m = centre[lo:hi]
		}
		for i := 0; i < n; i += rowBlock {
			columnMoments(sum[lo:hi], squares[lo:hi], m, x[i*c+lo:], c, min(rowBlock, n-i))
		}
	})
}

const (
	columnBlock = 512 // columns whose sums stay in the first-level cache
	rowBlock    = 8   // rows that are added at once
)

// columns calls f for blocks of c columns of n rows, on several processors.
func columns(n, c int, f func(lo, hi int)) {
	blocks := (c + columnBlock - 1) / columnBlock
	grain := 1 + 2*stretch/max(1, n*columnBlock)
	Parallel(blocks, grain, func(lo, hi int) {
		for b := lo; b < hi; b++ {
			f(b*columnBlock, min((b+1)*columnBlock, c))
		}
	})
}
