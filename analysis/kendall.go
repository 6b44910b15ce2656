package analysis

import "math"

// TauA is Kendall's τ-a, the share of pairs of items that x and y order alike
// less the share that they order contrarily,
//
//	τ-a = (C − D) / (n(n−1)/2)
//
// A pair that is tied in x or in y counts as neither, but is among the
// n(n−1)/2; so a model is not rewarded for predicting that many things are the
// same. A vector of ties with itself gives less than 1, and one that is
// constant, which predicts nothing, gives 0 with any other. Nili et al. (2014),
// doi:10.1371/journal.pcbi.1003553, advise it where models have ties.
//
// It is exact, in n log n steps: Knight (1966),
// doi:10.1080/01621459.1966.10480879. The interval is Fisher's z with variance
// .437/(n−4), for n independent pairs without ties: Fieller, Hartley & Pearson
// (1957), doi:10.1093/biomet/44.3-4.470. People are pooled by ranks, for which
// τ is not at its best but nearly.
var TauA = &Measure{
	Name: "Kendall τ-a", Symbol: "τa", Min: -1, Max: 1,
	Cite:     "Kendall (1938), doi:10.1093/biomet/30.1-2.81",
	Func:     func(x, y []float64) float64 { return concordant(tauAOf)(x)(y) },
	Check:    anything,
	Interval: fieller,

	Against:   concordant(tauAOf),
	Weighted:  func(x, y, w []float64) float64 { return tauAOf(drawnPairs(x, y, w)) },
	Redraw:    concordantDraws(tauAOf),
	Normalize: WeightedRanks,
}

// TauB is Kendall's τ-b, in which pairs that are tied on one side are taken
// out of that side's count,
//
//	τ-b = (C − D) / √((n₀ − n₁)(n₀ − n₂)),   n₀ = n(n−1)/2
//
// with n₁ and n₂ the pairs tied in x and in y. Without ties it is τ-a; with
// itself any vector gives 1. Computed and pooled as TauA, with the same
// interval. Kendall (1945), doi:10.1093/biomet/33.3.239.
var TauB = &Measure{
	Name: "Kendall τ-b", Symbol: "τb", Min: -1, Max: 1,
	Cite:     "Kendall (1945), doi:10.1093/biomet/33.3.239",
	Func:     func(x, y []float64) float64 { return concordant(tauBOf)(x)(y) },
	Interval: fieller,

	Against:   concordant(tauBOf),
	Weighted:  func(x, y, w []float64) float64 { return tauBOf(drawnPairs(x, y, w)) },
	Redraw:    concordantDraws(tauBOf),
	Normalize: WeightedRanks,
}

func fieller(tau float64, n int) (lo, hi float64) {
	return fisher(tau, math.Sqrt(.437/float64(n-4)))
}
