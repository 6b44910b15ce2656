package localizer

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
)

// TopFraction selects the best channels by another localizer's statistic, the
// same share of every source: so that what is compared between networks or
// layers does not depend on how many channels pass a threshold.
//
// Among the channels that By keeps it takes the k with the largest statistic,
//
//	k = round(Fraction · channels), at least 1
//
// or Count of them, dead channels counting among the channels. Where By keeps
// fewer, it keeps these: a channel that prefers the others is no better for
// being asked for. The zero value is the best 1 % by Welch's t.
//
// Of equal statistics the smaller p goes first, and of these the channel that
// stands first: there are always exactly k, and always the same ones.
type TopFraction struct {
	By       Localizer // nil means TTest{}; its own cuts come first
	Fraction float64   // of all channels, at most 1; 0 means .01
	Count    int       // the number of channels, instead of a fraction
}

// Localize returns the fROI of contrast c in r, with the statistics, p and q of
// By; it fails like By.
func (l TopFraction) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	return first(l, r, c)
}

// LocalizeAll returns the fROI of each contrast in r, reading it as often as
// By does.
func (l TopFraction) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	f, err := l.by().LocalizeAll(r, contrasts...)
	if err != nil {
		return nil, err
	}
	return l.best(f), nil
}

// Regions finds the region of contrast c in each source: see Regions.
func (l TopFraction) Regions(c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error) {
	return regions(l, c, define, measure)
}

// Replicate counts what an independent set of stimuli finds again: see
// Replication.
func (l TopFraction) Replicate(first, second *analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error) {
	return replicate(l, first, second, contrasts)
}

func (l TopFraction) localize(b *bank, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	by, ok := l.by().(MomentLocalizer)
	if !ok {
		return nil, fmt.Errorf("localizer: TopFraction by %T cannot work on an Accumulator, which keeps means and variances only; use TTest or DPrime, or localize responses in memory", l.By)
	}
	b.brief = false // p decides between equals
	f, err := by.localize(b, contrasts)
	if err != nil {
		return nil, err
	}
	return l.best(f), nil
}

func (l TopFraction) by() Localizer {
	if l.By == nil {
		return TTest{}
	}
	return l.By
}

func (l TopFraction) check() error {
	switch {
	case !(l.Fraction >= 0 && l.Fraction <= 1):
		return fmt.Errorf("localizer: Fraction is %v, must be above 0 (or 0, which means .01) and at most 1", l.Fraction)
	case l.Count < 0:
		return fmt.Errorf("localizer: Count is %d, must not be negative", l.Count)
	case l.Count > 0 && l.Fraction > 0:
		return errors.New("localizer: TopFraction has both a Fraction and a Count; set one")
	}
	return nil
}

// best returns the fROIs of By with the best channels alone.
func (l TopFraction) best(of []*analysis.FROI) []*analysis.FROI {
	out := make([]*analysis.FROI, len(of))
	for i, by := range of {
		f := *by
		k, what := l.Count, fmt.Sprintf("the %d best", l.Count)
		if k == 0 {
			fraction := cmp.Or(l.Fraction, 0.01)
			k = max(1, int(math.Round(fraction*float64(len(f.Keep)))))
			what = fmt.Sprintf("the %d best (%.3g %%)", k, 100*fraction)
		}
		f.Rule = what + " by " + f.Rule
		in := f.Channels()
		slices.SortStableFunc(in, func(a, b int) int {
			return cmp.Or(cmp.Compare(f.Stat[b], f.Stat[a]), cmp.Compare(f.P[a], f.P[b]))
		})
		f.Keep = make([]bool, len(by.Keep))
		for _, j := range in[:min(k, len(in))] {
			f.Keep[j] = true
		}
		out[i] = &f
	}
	return out
}
