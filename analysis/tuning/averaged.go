package tuning

import "fusiform/analysis"

// NewOver returns the function that makes the profile of a source over
// conditions: the mean over its channels of Responses.Averaged(conditions), so
// that networks which were shown images stand beside people of whom one response
// for each condition was kept. The profile has the name of the responses. It is
// for those who ask for a New (ceiling.Scorer, ceiling.Matrix).
//
// The function fails like Averaged and New.
func NewOver(conditions analysis.Stimuli) func(r *analysis.Responses) (*Profile, error) {
	return func(r *analysis.Responses) (*Profile, error) {
		means, err := r.Averaged(conditions)
		if err != nil {
			return nil, err
		}
		return New(means.Named(r.Source()))
	}
}

// AllAveraged returns NewOver of each source, in order.
func AllAveraged(rs []*analysis.Responses, conditions analysis.Stimuli) ([]*Profile, error) {
	return analysis.Each(rs, NewOver(conditions))
}
