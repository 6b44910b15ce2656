package blas

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
)

// Dlansy returns a norm of a symmetric matrix. The largest sum of a row, by
// which mat.Cholesky judges the condition of what it decomposed, is computed
// here, row by row; other norms are gonum's.
func (l Lapack) Dlansy(norm lapack.MatrixNorm, ul blas.Uplo, n int, a []float64, lda int, work []float64) float64 {
	if norm != lapack.MaxRowSum && norm != lapack.MaxColumnSum || !okUplo(ul) || !(shape{n, n, lda, len(a)}).ok() || len(work) < n {
		return l.Implementation.Dlansy(norm, ul, n, a, lda, work)
	}
	clear(work[:n])
	for i := range n {
		lo, hi := 0, i
		if ul == blas.Upper {
			lo, hi = i+1, n
		}
		row, sums := a[i*lda+lo:i*lda+hi], work[lo:hi]
		var s [4]float64
		for ; len(row) >= 4 && len(sums) >= 4; row, sums = row[4:], sums[4:] {
			a, b, c, d := math.Abs(row[0]), math.Abs(row[1]), math.Abs(row[2]), math.Abs(row[3])
			s[0], s[1], s[2], s[3] = s[0]+a, s[1]+b, s[2]+c, s[3]+d
			sums[0], sums[1], sums[2], sums[3] = sums[0]+a, sums[1]+b, sums[2]+c, sums[3]+d
		}
		for j, v := range row {
			s[0] += math.Abs(v)
			sums[j] += math.Abs(v)
		}
		work[i] += s[0] + s[1] + s[2] + s[3] + math.Abs(a[i*lda+i])
	}
	largest := 0.0
	for _, s := range work[:n] {
		largest = max(largest, s) // NaN if one is
	}
	return largest
}
