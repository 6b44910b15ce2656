package analysis

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

// adjusted goes through the p-values from the largest to the smallest. Of equal
// ones the last in order comes first, whose rank is that of them all.
func adjusted(p []float64, factor float64) []float64 {
	r := rankings.Get().(*Ranking)
	defer rankings.Put(r)
	r.Reset(p)
	q := make([]float64, len(p))
	m, least := factor*float64(len(p)), 1.0
	for k := len(r.order) - 1; k >= 0; k-- {
		i := r.order[k]
		least = min(least, p[i]*m/float64(k+1))
		q[i] = least
	}
	return q
}
