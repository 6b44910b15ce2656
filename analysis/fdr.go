package analysis

import "slices"

// BenjaminiHochberg returns the false-discovery-rate adjusted p-values of a
// family of m tests,
//
//	q[i] = min over all k with p[k] ≥ p[i] of  p[k] · m / rank(p[k]),  at most 1
//
// so that of those with q < .05 at most one in twenty is expected to be false,
// if the tests are independent or depend positively. Leave tests that could
// not be made (dead channels) out of p. Benjamini & Hochberg (1995),
// doi:10.1111/j.2517-6161.1995.tb02031.x.
func BenjaminiHochberg(p []float64) []float64 { return adjusted(p, 1) }

// BenjaminiYekutieli returns the adjusted p-values that hold under any
// dependence between the m tests: those of BenjaminiHochberg times Σ 1/k,
// k = 1…m, at most 1. Benjamini & Yekutieli (2001),
// doi:10.1214/aos/1013699998.
func BenjaminiYekutieli(p []float64) []float64 {
	h := 0.0
	for k := len(p); k > 0; k-- {
		h += 1 / float64(k)
	}
	return adjusted(p, h)
}

func adjusted(p []float64, factor float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	q := make([]float64, len(p))
	m, least := factor*float64(len(p)), 1.0
	for k := len(order) - 1; k >= 0; k-- {
		least = min(least, p[order[k]]*m/float64(k+1))
		q[order[k]] = least
	}
	return q
}
