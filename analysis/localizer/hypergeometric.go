package localizer

import "math"

// atLeast returns P(X ≥ k) where X is how many of n channels drawn from N lie
// among K given ones (hypergeometric):
//
//	P(X = i) = C(K, i) C(N−K, n−i) / C(N, n)
//
// The largest term of the tail is computed by itself, in Loader's form, and
// the others follow by the ratio of neighbours; below the mode it is one minus
// the other tail, which is then the smaller. So the relative error stays near
// 1e-13 however far out k lies, until the result is no float64.
func atLeast(k, N, K, n int) float64 {
	least, most := max(0, n+K-N), min(n, K)
	switch {
	case k <= least:
		return 1
	case k > most:
		return 0
	}
	mode := int(float64(n+1) * float64(K+1) / float64(N+2))
	if k <= mode {
		return max(0, 1-tail(k-1, least-1, N, K, n))
	}
	return min(1, tail(k, most+1, N, K, n))
}

// tail sums P(X = i) for i from k away from the mode to before end.
func tail(k, end, N, K, n int) float64 {
	term := hypergeometric(k, N, K, n)
	sum, step := term, 1
	if end < k {
		step = -1
	}
	for i := k; i+step != end && term > 1e-17*sum; i += step {
		lo := min(i, i+step)
		up := float64(K-lo) / float64(lo+1) * (float64(n-lo) / float64(N-K-n+lo+1)) // P(lo+1)/P(lo)
		if step > 0 {
			term *= up
		} else {
			term /= up
		}
		sum += term
	}
	return sum
}

// hypergeometric returns P(X = x), as the quotient of three binomial
// probabilities with the same p = n/N:
//
//	b(x; K, p) · b(n−x; N−K, p) / b(n; N, p)
//
// each by Loader's saddle point (2000, Fast and accurate computation of
// binomial probabilities), in which no large numbers cancel.
func hypergeometric(x, N, K, n int) float64 {
	if n == 0 || n == N {
		return 1
	}
	p, q := float64(n)/float64(N), float64(N-n)/float64(N)
	a, fa := binomial(x, K, p, q)
	b, fb := binomial(n-x, N-K, p, q)
	c, fc := binomial(n, N, p, q)
	return math.Exp(a+b-c) * fa * fb / fc
}

// binomial returns b(x; n, p) with q = 1−p as e^log · factor.
func binomial(x, n int, p, q float64) (log, factor float64) {
	X, N := float64(x), float64(n)
	switch x {
	case 0:
		return N * math.Log1p(-p), 1
	case n:
		return N * math.Log1p(-q), 1
	}
	log = stirlingError(N) - stirlingError(X) - stirlingError(N-X) - deviance(X, N*p) - deviance(N-X, N*q)
	return log, math.Sqrt(N / (2 * math.Pi * X * (N - X)))
}

// stirlingError returns ln n! − ln(√(2πn) (n/e)^n).
func stirlingError(n float64) float64 {
	if n < 16 {
		l, _ := math.Lgamma(n + 1)
		return l - (n+0.5)*math.Log(n) + n - 0.5*math.Log(2*math.Pi)
	}
	return stirling(n)
}

// deviance returns x ln(x/m) + m − x, near x = m by a series in
// v = (x−m)/(x+m), where the terms would cancel.
func deviance(x, m float64) float64 {
	if math.Abs(x-m) >= 0.1*(x+m) {
		return x*math.Log(x/m) + m - x
	}
	v := (x - m) / (x + m)
	sum, term := (x-m)*v, 2*x*v
	for j := 3.0; ; j += 2 {
		term *= v * v
		next := sum + term/j
		if next == sum {
			return sum
		}
		sum = next
	}
}
