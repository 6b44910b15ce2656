package encoding

import (
	"context"
	"errors"
	"math"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// An operator is a linear map of vectors of one length: it stores Av in dst.
type operator func(dst, v []float64)

// lead returns the eigenvector of the largest eigenvalue θ of A, and θ. A is
// self-adjoint and positive semi-definite in the inner product aᵀEb, E = metric
// (nil is the identity); u has uᵀEu = 1. The power method would take hundreds
// of products where the second eigenvalue is near; this is Lanczos' method,
// each new vector made orthogonal to all before it, begun again from the best
// vector when there are too many. It is found when ‖Au − θu‖ ≤ 1e-14·θ or
// cannot become smaller. θ = 0 if A maps start to 0.
//
// Golub & Van Loan (2013), Matrix Computations, 4th ed., section 10.1.
func lead(ctx context.Context, a, metric operator, start []float64) (u []float64, theta float64, err error) {
	const (
		longest  = 120
		restarts = 30
		tol      = 1e-14
	)
	if metric == nil {
		metric = func(dst, v []float64) { copy(dst, v) }
	}
	q := len(start)
	u = append([]float64(nil), start...)
	next, dual := make([]float64, q), make([]float64, q)
	previous := math.Inf(1)
	for range restarts {
		var basis, duals [][]float64 // duals[i] = E·basis[i]
		var alpha, beta []float64
		copy(next, u)
		metric(dual, next)
		norm := math.Sqrt(max(0, simd.Dot(next, dual)))
		if norm == 0 {
			return u, 0, nil
		}
		for {
			if err := ctx.Err(); err != nil {
				return nil, 0, err
			}
			basis, duals = append(basis, scaled(next, 1/norm)), append(duals, scaled(dual, 1/norm))
			m := len(basis)
			a(next, basis[m-1])
			alpha = append(alpha, simd.Dot(duals[m-1], next))
			for range 2 { // twice is enough: Parlett (1998), section 6.9
				for i := m - 1; i >= 0; i-- {
					simd.Axpy(next, -simd.Dot(duals[i], next), basis[i])
				}
			}
			metric(dual, next)
			norm = math.Sqrt(max(0, simd.Dot(next, dual)))
			beta = append(beta, norm)
			done := m == min(longest, q) || norm <= 1e-15*alpha[0]
			if !done && m%6 != 0 {
				continue
			}
			var s []float64
			if theta, s, err = topOf(alpha, beta[:m-1]); err != nil {
				return nil, 0, err
			}
			left := norm * math.Abs(s[m-1])
			if theta <= 0 {
				return u, 0, nil
			}
			if !done && left > tol*theta {
				continue
			}
			clear(u)
			for i, b := range basis {
				simd.Axpy(u, s[i], b)
			}
			if left <= tol*theta || m == q || norm <= 1e-15*alpha[0] || left >= previous/2 {
				return u, theta, nil
			}
			previous = left
			break
		}
	}
	return u, theta, nil
}

// topOf returns the largest eigenvalue of a tridiagonal matrix and its
// eigenvector.
func topOf(diagonal, beside []float64) (float64, []float64, error) {
	m := len(diagonal)
	t := mat.NewSymDense(m, nil)
	for i, d := range diagonal {
		t.SetSym(i, i, d)
	}
	for i, b := range beside {
		t.SetSym(i, i+1, b)
	}
	var e mat.EigenSym
	if !e.Factorize(t, true) {
		return 0, nil, errors.New("the eigenvalues of a small matrix were not found; the responses may be too large or too small for their squares: scale them")
	}
	var v mat.Dense
	e.VectorsTo(&v)
	return e.Values(nil)[m-1], mat.Col(nil, m-1, &v), nil
}

func scaled(v []float64, by float64) []float64 {
	out := make([]float64, len(v))
	simd.Axpy(out, by, v)
	return out
}
