package localizer

import "fusiform/analysis"

// A Localizer selects the channels of a source by a contrast. Each is a struct
// in a file of its own whose zero value cuts at "prefers at all"; each obeys
// the laws of analysistest.Localizer.
type Localizer interface {
	// Localize returns the fROI of contrast c in r.
	Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error)

	// LocalizeAll returns the fROI of each contrast in r, as Localize does,
	// but reads the responses only once.
	LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error)
}

// A MomentLocalizer needs no more than the number, the mean and the variance
// of the responses to each category, and so works on an Accumulator as on
// responses in memory: TTest, DPrime, SelectivityIndex, RatioRule, and
// TopFraction of one of them. RankSum has to see every response beside every
// other, and cannot.
type MomentLocalizer interface {
	Localizer
	localize(b *bank, contrasts []analysis.Contrast) ([]*analysis.FROI, error)
}

// first is the Localize of a localizer by its LocalizeAll.
func first(l Localizer, r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	f, err := l.LocalizeAll(r, c)
	if err != nil {
		return nil, err
	}
	return f[0], nil
}
