package localizer

import (
	"fmt"

	"fusiform/analysis"
)

// An Overlap says how far two localizers agree on the channels of one source:
// faces by Stigliani's images and by Pitcher's, or faces and bodies. It is a
// row of a table, and what a Venn diagram shows: A − Both, Both and B − Both.
//
// The indices are 0 where nothing is shared, 1 at best, and 0 where a fROI is
// empty; Warnings then say so.
type Overlap struct {
	Source   string
	RuleA    string // the first localizer in words, FROI.Rule: "Welch t > 7"
	RuleB    string // the second
	Channels int    // that vary under at least one of the two
	A, B     int    // selected by the first and by the second
	Both     int    // selected by both

	Jaccard     float64 // Both / (A + B − Both)
	Dice        float64 // 2 Both / (A + B)
	Coefficient float64 // Both / min(A, B): 1 where one fROI lies within the other

	// Expected is how many would be selected by both if the two were
	// unrelated, A·B/Channels, and P the probability of Both or more then:
	// the upper tail of the hypergeometric distribution, exact. It takes
	// channels to be independent, which neighbouring voxels and units are
	// not; a P that is small only just says little.
	Expected, P float64

	Warnings []error
}

// Compare returns the overlap of two fROIs of one source.
//
// It fails with an *analysis.AlignmentError if the fROIs are of different
// sources or have different numbers of channels. An empty fROI is no error.
func Compare(a, b *analysis.FROI) (Overlap, error) {
	if a.Source != b.Source {
		return Overlap{}, &analysis.AlignmentError{What: fmt.Sprintf("localizer: fROI %q is of source %q, %q is of another, %q; compare fROIs that were defined in one source",
			a.Contrast.Name, a.Source, b.Contrast.Name, b.Source)}
	}
	if len(a.Keep) != len(b.Keep) {
		return Overlap{}, &analysis.AlignmentError{What: fmt.Sprintf("localizer: fROI %q of %q has %d channels, %q has %d; define both in the same channels",
			a.Contrast.Name, a.Source, len(a.Keep), b.Contrast.Name, len(b.Keep))}
	}
	o := Overlap{Source: a.Source, RuleA: a.Rule, RuleB: b.Rule, A: a.Count(), B: b.Count(), P: 1}
	for j, k := range a.Keep {
		if k && b.Keep[j] {
			o.Both++
		}
		if alive(a, j) || alive(b, j) {
			o.Channels++
		}
	}
	for _, f := range [...]*analysis.FROI{a, b} {
		if f.Count() == 0 {
			o.Warnings = append(o.Warnings, fmt.Errorf("localizer: %w: no channel of %q is selective for %s by %s; an overlap with nothing is 0", analysis.ErrEmpty, f.Source, f.Contrast.Name, f.Rule))
		}
	}
	if o.Warnings != nil {
		return o, nil
	}
	both, na, nb := float64(o.Both), float64(o.A), float64(o.B)
	o.Jaccard, o.Dice, o.Coefficient = both/(na+nb-both), 2*both/(na+nb), both/min(na, nb)
	o.Expected, o.P = na*nb/float64(o.Channels), atLeast(o.Both, o.Channels, o.A, o.B)
	return o, nil
}

// alive reports whether channel j varied over the stimuli that defined f: a
// fROI that comes without statistics has no dead channels.
func alive(f *analysis.FROI, j int) bool {
	return f.Keep[j] || len(f.Stat) <= j || len(f.P) <= j || f.Stat[j] != 0 || f.P[j] != 1
}
