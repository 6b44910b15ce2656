package localizer

// exactU returns the exact two-sided p of the Mann–Whitney test without ties,
//
//	p[k] = min(1, 2·P(U ≤ k)),  k = 0 … ⌊n₁n₀/2⌋
//
// where k is the smaller of U and n₁n₀ − U. The number of ways to have U = k
// is the coefficient of q^k in the Gaussian binomial
//
//	∏ (1 − q^(n₀+i)) / (1 − q^i),  i = 1 … n₁
//
// with n₁ the smaller side (Mann & Whitney 1947, doi:10.1214/aoms/1177730491).
// The result of each factor is again a number of ways, so nothing grows where
// something cancels; below 2⁵³ all of it is exact.
func exactU(n1, n0 int) []float64 {
	n1, n0 = min(n1, n0), max(n1, n0)
	ways := make([]float64, n1*n0/2+1)
	ways[0] = 1
	all := 1.0 // C(n₁+n₀, n₁)
	for i := 1; i <= n1; i++ {
		for k := len(ways) - 1; k >= n0+i; k-- {
			ways[k] -= ways[k-n0-i]
		}
		for k := i; k < len(ways); k++ {
			ways[k] += ways[k-i]
		}
		all *= float64(n0+i) / float64(i)
	}
	sum := 0.0
	for k, w := range ways {
		sum += w
		ways[k] = min(1, 2*sum/all)
	}
	return ways
}
