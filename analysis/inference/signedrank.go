package inference

import (
	"math"

	"fusiform/analysis"
)

// signedRank returns the two-sided p of Wilcoxon's signed-rank test that
// differences lie around 0. Differences of 0 are left out, equal sizes share
// their mean rank, and with n left the distribution is exact: that of the sum
// of ranks over all 2ⁿ choices of signs, in n·n(n+1) steps, ties included. With
// none left p is 1. Wilcoxon (1945), doi:10.2307/3001968.
func signedRank(d []float64) float64 {
	var size, sign []float64
	for _, v := range d {
		if v != 0 {
			size, sign = append(size, math.Abs(v)), append(sign, v)
		}
	}
	n := len(size)
	if n == 0 {
		return 1
	}
	// Twice the ranks are whole numbers, n(n+1) in all.
	ways := make([]float64, n*(n+1)+1) // the share of sign choices with each sum
	ways[0] = 1
	sum, top := 0, 0
	for i, rank := range analysis.Ranks(size) {
		twice := int(2 * rank)
		top += twice
		for s := top; s >= 0; s-- {
			ways[s] /= 2
			if s >= twice {
				ways[s] += ways[s-twice] / 2
			}
		}
		if sign[i] > 0 {
			sum += twice
		}
	}
	p := 0.0
	for _, w := range ways[:min(sum, top-sum)+1] {
		p += w
	}
	return math.Min(1, 2*p)
}
