package localizer

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// RatioRule selects the channels whose mean response to the preferred stimuli
// is at least twice that to each other category on its own:
//
//	ratio = a / max b[k],  a the preferred mean, b[k] that of the k-th other
//
// The other categories are the names in Over where the contrast has any. The
// usual minimum of 2 is a selectivity index of 1/3 against the strongest of
// them; Tsao et al. (2006), doi:10.1126/science.1119983.
//
// A channel is kept if its ratio is Min or more and, where FDR is set,
// q < FDR; p and q are those of Welch's t-test against each other category
// (see TTest), the largest of them, since all must hold.
//
// A mean of 0 or less is no response: with a ≤ 0 the ratio is 0 and the
// channel is never kept; with a > 0 and no other response it would be
// infinite and is taken to be 2⁵², one over a rounding error, which is the
// most it can be. Responses that scatter about 0 pass that way by chance: cut
// them by FDR. Dead channels have ratio 0, p 1, q 1.
type RatioRule struct {
	Min float64 // keep ratios of Min and above; 0 means 2; otherwise at least 1
	FDR float64 // keep q < FDR, below 1; 0 means no such cut
}

// Localize returns the fROI of contrast c in r; it fails like TTest.Localize
// with Conjunction. Stat is the ratio.
func (l RatioRule) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	return first(l, r, c)
}

// LocalizeAll returns the fROI of each contrast in r, reading it only once.
func (l RatioRule) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	return inMemory(l, r, contrasts)
}

// Regions finds the region of contrast c in each source: see Regions.
func (l RatioRule) Regions(c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error) {
	return regions(l, c, define, measure)
}

// Replicate counts what an independent set of stimuli finds again: see
// Replication.
func (l RatioRule) Replicate(first, second *analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error) {
	return replicate(l, first, second, contrasts)
}

func (l RatioRule) localize(b *bank, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	if l.Min == 0 {
		l.Min = 2
	}
	if !(l.Min >= 1) || math.IsInf(l.Min, 1) {
		return nil, fmt.Errorf("localizer: Min of the ratio rule is %v, must be finite and at least 1 (or 0 for the usual 2)", l.Min)
	}
	return criterion{name: "mean ratio", cut: l.Min, atLeast: true, of: ofWelch, fdr: l.FDR, each: true, effect: ratio}.localize(b, contrasts)
}

func ratio(stat []float64, one, zero moments) {
	for j := range stat {
		switch a, b := one.mean[j], zero.mean[j]; {
		case a <= 0:
			stat[j] = 0
		case b <= a*0x1p-52:
			stat[j] = 0x1p52
		default:
			stat[j] = a / b
		}
	}
}
