package tuning

import (
	"errors"
	"fmt"

	"fusiform/analysis"
)

// Mean returns the mean profile of several sources, each counting the same,
// over the stimuli of the first and in their order:
//
//	v[i] = Σₖ vₖ[i] / K
//
// Its Channels are those of all of them together. Average the sessions of a
// person first, people afterwards. Profiles of different units (betas with t
// values, say) should be ZScored before.
//
// It fails with no profile, and with an *analysis.AlignmentError if they do
// not cover the same stimuli.
func Mean(ps []*Profile) (*Profile, error) {
	if len(ps) == 0 {
		return nil, errors.New("tuning: no profiles to average")
	}
	out := &Profile{Stimuli: ps[0].Stimuli, Values: make([]float64, len(ps[0].Values))}
	for _, p := range ps {
		q, err := match(ps[0], p)
		if err != nil {
			return nil, err
		}
		for i, v := range q.Values {
			out.Values[i] += v / float64(len(ps))
		}
		out.Channels += p.Channels
		out.Warnings = analysis.Fold(append(out.Warnings, p.Warnings...))
	}
	out.calledMeanOf(ps)
	return out, nil
}

// Compare returns a function that compares two profiles over their stimuli,
// aligned by ID, with m. The score carries the warnings of both profiles.
//
// The function fails with an *analysis.AlignmentError if the profiles do not
// cover the same stimuli, and like m.Compare, with analysis.ErrConstant for a
// flat profile.
func Compare(m *analysis.Measure) func(a, b *Profile) (analysis.Score, error) {
	return func(a, b *Profile) (analysis.Score, error) {
		c, err := match(a, b)
		if err != nil {
			return analysis.Score{}, err
		}
		s, err := m.Compare(a.Values, c.Values)
		if err != nil {
			return analysis.Score{}, fmt.Errorf("tuning: profiles of %q and %q: %w", a.Source, b.Source, err)
		}
		s.Warnings = append(append(append([]error(nil), a.Warnings...), b.Warnings...), s.Warnings...)
		return s, nil
	}
}

// match returns b in the order of a's stimuli. Both must cover the same set.
func match(a, b *Profile) (*Profile, error) {
	if a.Stimuli.Same(b.Stimuli) {
		return b, nil
	}
	if _, err := b.Stimuli.In(a.Stimuli, fmt.Sprintf("the profile of %q", a.Source)); err != nil {
		return nil, fmt.Errorf("tuning: take both profiles On the shared stimuli: %w", err)
	}
	return b.On(a.Stimuli)
}
