package tuning

import "fusiform/analysis"

// AllAveraged returns the profile of each source over conditions: the mean over
// its channels of Responses.Averaged(conditions), so that networks which were
// shown images stand beside people of whom one response for each condition was
// kept. Sources keep their names. It fails like Averaged and New.
func AllAveraged(rs []*analysis.Responses, conditions analysis.Stimuli) ([]*Profile, error) {
	ps := make([]*Profile, len(rs))
	for i, r := range rs {
		means, err := r.Averaged(conditions)
		if err != nil {
			return nil, err
		}
		if ps[i], err = New(means.Named(r.Source())); err != nil {
			return nil, err
		}
	}
	return ps, nil
}
