package localizer

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// DPrime selects channels by how far apart the responses to preferred and to
// other stimuli lie, in standard deviations:
//
//	d′ = (m₁ − m₀) / √((s₁² + s₀²)/2)
//
// where m and s² are the mean and the variance (n−1) over the preferred (1)
// and the other stimuli (0). Unlike t it does not grow with the number of
// stimuli, so it can be compared between experiments. Green & Swets (1966),
// Signal detection theory and psychophysics.
//
// A channel is kept if d′ > Min and, where FDR is set, q < FDR; p and q are
// those of Welch's t-test (see TTest). The zero value keeps every channel that
// prefers the contrast at all.
//
// Edges: a dead channel has d′ 0, p 1, q 1 and is never kept. Where neither
// side varies but the means differ, d′ would be infinite; the standard
// deviation is then taken to be one rounding error of the larger mean.
type DPrime struct {
	Min float64 // keep d′ > Min; not negative
	FDR float64 // keep q < FDR, below 1; 0 means no such cut
}

// Localize returns the fROI of contrast c in r; it fails like
// TTest.Localize. Stat is d′.
func (l DPrime) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	return first(l, r, c)
}

// LocalizeAll returns the fROI of each contrast in r, reading it only once.
func (l DPrime) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	return inMemory(l, r, contrasts)
}

// Regions finds the region of contrast c in each source: see Regions.
func (l DPrime) Regions(c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error) {
	return regions(l, c, define, measure)
}

// Replicate counts what an independent set of stimuli finds again: see
// Replication.
func (l DPrime) Replicate(first, second *analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error) {
	return replicate(l, first, second, contrasts)
}

func (l DPrime) localize(b *bank, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	if !(l.Min >= 0) || math.IsInf(l.Min, 1) {
		return nil, fmt.Errorf("localizer: Min of d′ is %v, must be finite and at least 0; for the channels that prefer the others, exchange Prefer and Over", l.Min)
	}
	return criterion{name: "d′", cut: l.Min, of: ofWelch, fdr: l.FDR, effect: dPrime}.localize(b, contrasts)
}

// ofWelch says whose q it is where the statistic is none of a test.
const ofWelch = " of Welch's t"

func dPrime(stat []float64, one, zero moments) {
	f1, f0 := 0.5/float64(one.n-1), 0.5/float64(zero.n-1)
	for j := range stat {
		m1, m0 := one.mean[j], zero.mean[j]
		if v := one.m2[j]*f1 + zero.m2[j]*f0; v == 0 {
			stat[j] = overNothing(m1, m0)
		} else {
			stat[j] = (m1 - m0) / math.Sqrt(v)
		}
	}
}
