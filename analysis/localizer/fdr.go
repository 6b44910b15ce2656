package localizer

import "slices"

// adjust returns the false-discovery-rate adjusted p-values of the m channels
// that are not skipped,
//
//	q[i] = min over all k with p[k] ≥ p[i] of  p[k] · m / rank(p[k]),  at most 1
//
// after Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.
// With yekutieli they are multiplied by Σ 1/k, k = 1…m, which holds under any
// dependence between channels: Benjamini & Yekutieli (2001),
// doi:10.1214/aos/1013699998. Skipped channels get 1 and do not count.
func adjust(p []float64, skip []bool, yekutieli bool) []float64 {
	type ranked struct {
		p float64
		i int
	}
	q := make([]float64, len(p))
	order := make([]ranked, 0, len(p))
	for i, v := range p {
		if q[i] = 1; !skip[i] {
			order = append(order, ranked{v, i})
		}
	}
	slices.SortFunc(order, func(a, b ranked) int {
		switch {
		case a.p < b.p:
			return -1
		case a.p > b.p:
			return 1
		}
		return 0
	})
	m := float64(len(order))
	if yekutieli {
		h := 0.0
		for k := len(order); k > 0; k-- {
			h += 1 / float64(k)
		}
		m *= h
	}
	least := 1.0
	for k := len(order) - 1; k >= 0; k-- {
		least = min(least, order[k].p*m/float64(k+1))
		q[order[k].i] = least
	}
	return q
}
