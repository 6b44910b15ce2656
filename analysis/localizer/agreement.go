package localizer

import (
	"fmt"

	"fusiform/analysis"
)

// Agreement compares the mean responses of two fROIs to the stimuli of r: by
// how much the profile of "the face units" depends on the localizer that
// chose them. r holds the responses of the source that both were defined in,
// to stimuli that defined neither.
//
// It fails with analysis.ErrCircular where stimuli of r defined one of them,
// with analysis.ErrEmpty if one has no channel, with an
// *analysis.AlignmentError if one is of another source, and like m.Compare.
// The score warns where the fROIs share channels, since a channel agrees with
// itself, noise and all; see Overlap for how many.
func Agreement(m *analysis.Measure, r *analysis.Responses, a, b *analysis.FROI) (analysis.Score, error) {
	var profiles [2][]float64
	for k, f := range [...]*analysis.FROI{a, b} {
		in, err := r.Within(f)
		if err != nil {
			return analysis.Score{}, err
		}
		profiles[k] = meanProfile(in)
	}
	s, err := m.Compare(profiles[0], profiles[1])
	if err != nil {
		return s, err
	}
	both := 0
	for j, k := range a.Keep {
		if k && b.Keep[j] {
			both++
		}
	}
	if both > 0 {
		s.Warnings = append(s.Warnings, fmt.Errorf("localizer: %d of the %d and %d channels are the same and agree with themselves; compare the ones that differ, too", both, a.Count(), b.Count()))
	}
	return s, nil
}

// meanProfile returns the mean over channels of the response to each stimulus.
func meanProfile(r *analysis.Responses) []float64 {
	n, channels := r.Dims()
	p := make([]float64, n)
	for i := range p {
		for _, x := range r.Row(i) {
			p[i] += x
		}
		p[i] /= float64(channels)
	}
	return p
}
