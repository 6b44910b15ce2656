package simd

import "fmt"

// FiniteMoments adds to sum[j] and squares[j], for each column j from lo to hi,
// the sums of x−centre[j] and of its square over the rows of parts, which are
// as long as sum, and reports whether all of these sums are finite: a row that
// holds NaN or an infinity leaves one that is not. Rows are added in their
// order, one part after the other; parts that are given at once are added
// while the sums are in the nearest cache. Other columns are left alone, so
// that several goroutines may share the columns.
func FiniteMoments(sum, squares []float64, centre []float32, lo, hi int, parts ...[]float32) bool {
	c := len(sum)
	alike("FiniteMoments", c, len(squares), len(centre))
	if lo < 0 || hi < lo || hi > c {
		panic(fmt.Sprintf("simd: FiniteMoments: columns %d to %d of %d", lo, hi, c))
	}
	for _, x := range parts {
		if c == 0 || len(x)%c != 0 {
			panic(fmt.Sprintf("simd: FiniteMoments: %d elements are no rows of %d", len(x), c))
		}
	}
	finite := true
	for ; lo < hi; lo += columnBlock {
		end := min(lo+columnBlock, hi)
		for _, x := range parts {
			for i := 0; i*c < len(x); i += rowBlock {
				columnSpreads(sum[lo:end], squares[lo:end], centre[lo:end], x[i*c+lo:], c, min(rowBlock, len(x)/c-i))
			}
		}
		if s := sum64(squares[lo:end]); s-s != 0 {
			finite = false
		}
	}
	return finite
}
