package tuning

import (
	"errors"
	"fmt"

	"fusiform/analysis"
)

// Pool returns a function that averages the profiles of several people in the
// way that suits m, over the stimuli of the first and in their order:
//
//	v = Σₖ m.Normalize(vₖ) / K
//
// of z-scores for Pearson, of ranks for Spearman, Kendall's τ and ρ-a, of
// profiles divided by their root mean square for cosine; a plain Mean where m
// has no Normalize. So a person whose responses vary more does not count more,
// and no network can do better than about the mean of all. Hand it to package
// ceiling:
//
//	ceiling.LeaveOneOut(people, tuning.Pool(m), tuning.Compare(m))
//
// Nili et al. (2014), doi:10.1371/journal.pcbi.1003553. What it returns has
// lost the unit of the responses: it is for comparing, not for showing.
//
// The function fails with no profile, with an *analysis.AlignmentError if they
// do not cover the same stimuli, and where m cannot compare one, with
// analysis.ErrConstant if it is flat.
func Pool(m *analysis.Measure) func(ps []*Profile) (*Profile, error) {
	if m.Normalize == nil {
		return Mean
	}
	return func(ps []*Profile) (*Profile, error) {
		if len(ps) == 0 {
			return nil, errors.New("tuning: no profiles to pool")
		}
		out := &Profile{Stimuli: ps[0].Stimuli, Values: make([]float64, len(ps[0].Values))}
		for _, p := range ps {
			q, err := match(ps[0], p)
			if err != nil {
				return nil, err
			}
			if err := m.Refuses(q.Values); err != nil {
				return nil, fmt.Errorf("tuning: the profile of %q cannot be pooled for %s: %w", p.Source, m.Name, err)
			}
			for i, v := range m.Normalize(q.Values, nil) {
				out.Values[i] += v
			}
			out.Channels += p.Channels
			out.Warnings = analysis.Fold(append(out.Warnings, p.Warnings...))
		}
		for i := range out.Values {
			out.Values[i] /= float64(len(ps)) // sums of ranks are exact, and tied where they should be
		}
		out.calledMeanOf(ps)
		return out, nil
	}
}
