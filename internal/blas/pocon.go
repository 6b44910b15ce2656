package blas

import (
	"math"

	"gonum.org/v1/gonum/blas"
)

// Dpocon estimates the reciprocal condition number, in the norm that anorm is,
// of a matrix from its Cholesky decomposition: Higham (1988),
// doi:10.1145/50063.214386. mat.Cholesky asks for it each time. Triangles are
// solved as they are, and by gonum's careful routine, from the start, if a
// number overflows.
func (l Lapack) Dpocon(ul blas.Uplo, n int, a []float64, lda int, anorm float64, work []float64, iwork []int) float64 {
	if n <= limits.solve || !okUplo(ul) || !(shape{n, n, lda, len(a)}).ok() || len(work) < 3*n || len(iwork) < n || !(anorm > 0) || math.IsInf(anorm, 1) {
		return l.Implementation.Dpocon(ul, n, a, lda, anorm, work, iwork)
	}
	order := []blas.Transpose{blas.Trans, blas.NoTrans} // A = UᵀU
	if ul == blas.Lower {
		order[0], order[1] = order[1], order[0] // A = LLᵀ
	}
	var (
		x, v  = work[:n], work[n : 2*n]
		norm  float64 // of the inverse
		todo  int
		state [3]int
	)
	for {
		if norm, todo = l.Dlacn2(n, v, x, iwork, norm, todo, &state); todo == 0 {
			break
		}
		for _, t := range order {
			Implementation{}.Dtrsv(ul, t, blas.NonUnit, n, a, lda, x, 1)
		}
		for _, y := range x {
			if y-y != 0 { // an infinity or NaN
				return l.Implementation.Dpocon(ul, n, a, lda, anorm, work, iwork)
			}
		}
	}
	if norm == 0 {
		return 0
	}
	return 1 / norm / anorm
}
