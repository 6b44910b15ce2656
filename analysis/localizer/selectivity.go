package localizer

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// SelectivityIndex selects channels by the difference of the mean responses to
// preferred (a) and to other stimuli (b), as a share of their sum:
//
//	SI = (a − b) / (a + b)
//
// It is 1 for a channel that answers the preferred stimuli alone, 1/3 where
// their response is twice the others', 0 without a preference and −1 for the
// others alone. Tsao et al. (2006), doi:10.1126/science.1119983, call cells
// with SI > 1/3 face-selective.
//
// It is defined for mean responses of 0 or more only: with a negative one it
// leaves −1…1 and has a pole at a = −b. Localize then fails and says in which
// channels; Rectify says that the caller means to count negative means as no
// response. Units behind a ReLU have none.
//
// A channel is kept if SI > Min and, where FDR is set, q < FDR; p and q are
// those of Welch's t-test (see TTest), for a large index of a channel that
// hardly responds may be chance. The zero value keeps every channel that
// prefers the contrast at all. Dead channels have SI 0, p 1, q 1.
type SelectivityIndex struct {
	Min float64 // keep SI > Min; from 0 to below 1
	FDR float64 // keep q < FDR, below 1; 0 means no such cut

	// Rectify counts a mean below 0 as 0, and a channel of which both are
	// as one without a preference, SI 0.
	Rectify bool
}

// Localize returns the fROI of contrast c in r; it fails like TTest.Localize,
// and if the mean response of a channel that is not dead is negative on either
// side, unless Rectify is set. Stat is the index.
func (l SelectivityIndex) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	return first(l, r, c)
}

// LocalizeAll returns the fROI of each contrast in r, reading it only once.
func (l SelectivityIndex) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	return inMemory(l, r, contrasts)
}

// Regions finds the region of contrast c in each source: see Regions.
func (l SelectivityIndex) Regions(c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error) {
	return regions(l, c, define, measure)
}

// Replicate counts what an independent set of stimuli finds again: see
// Replication.
func (l SelectivityIndex) Replicate(first, second *analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error) {
	return replicate(l, first, second, contrasts)
}

func (l SelectivityIndex) localize(b *bank, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	if !(l.Min >= 0 && l.Min < 1) {
		return nil, fmt.Errorf("localizer: Min of the selectivity index is %v, must be at least 0 and below 1; for the channels that prefer the others, exchange Prefer and Over", l.Min)
	}
	c := criterion{name: "selectivity index", cut: l.Min, of: ofWelch, fdr: l.FDR, effect: selectivity, undefined: negative}
	if l.Rectify {
		c.name, c.effect = "rectified selectivity index", rectified
	}
	return c.localize(b, contrasts)
}

func selectivity(stat []float64, one, zero moments) {
	for j := range stat {
		stat[j] = index(one.mean[j], zero.mean[j])
	}
}

func rectified(stat []float64, one, zero moments) {
	for j := range stat {
		stat[j] = index(max(0, one.mean[j]), max(0, zero.mean[j]))
	}
}

// index is NaN where it is not defined.
func index(a, b float64) float64 {
	switch sum := a + b; {
	case a < 0 || b < 0:
		return math.NaN()
	case sum == 0:
		return 0
	case math.IsInf(sum, 1):
		return (a/2 - b/2) / (a/2 + b/2)
	default:
		return (a - b) / sum
	}
}

// negative is the error of channels whose mean response is negative.
func negative(source string, d *design, channels []int, total int) error {
	some := make([]string, len(channels))
	for i, j := range channels {
		some[i] = fmt.Sprint(j)
	}
	return fmt.Errorf("localizer: %d of the %d channels of %q (%s) have a negative mean response to a side of contrast %q, for which (a−b)/(a+b) has no meaning; use DPrime or TTest, read a layer behind its ReLU, leave these channels out (Responses.Columns), or set Rectify to count a negative mean as no response",
		len(channels), total, source, analysis.Few(some, 5), d.contrast.Name)
}
