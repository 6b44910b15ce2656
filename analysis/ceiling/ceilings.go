package ceiling

import (
	"context"
	"errors"
	"fmt"

	"fusiform/analysis"
)

// A RegionCeiling is the human ceiling of a region with its intervals, and a
// row of a table.
type RegionCeiling struct {
	Region string
	People int
	Value  float64 // Pairs.Ceiling: noise-corrected, may exceed 1

	OverPeople  *analysis.Estimate // its interval over other people; nil where there are fewer than three
	OverStimuli *analysis.Estimate // over other stimuli; nil where Pairs does not come from Matrix

	Warnings []error
}

// Ceilings returns the ceilings of several regions with the intervals that hold
// for other people who see the same stimuli (OverPeople) and for the same people
// who see other stimuli (OverStimuli). Without regions it is all regions of
// people, in their order.
//
// It fails like Medians, and with ctx. Where an interval cannot be had it is nil.
func (p *Pairs) Ceilings(ctx context.Context, b analysis.Bootstrap, regions ...string) ([]RegionCeiling, error) {
	if len(regions) == 0 {
		seen := map[string]bool{}
		for _, s := range p.Systems {
			if s.Person != "" && !seen[s.Region] {
				seen[s.Region] = true
				regions = append(regions, s.Region)
			}
		}
	}
	out := make([]RegionCeiling, len(regions))
	for i, region := range regions {
		c, err := p.Ceiling(region)
		if err != nil {
			return nil, err
		}
		row := RegionCeiling{Region: region, People: c.Subjects, Value: c.Lo}
		var doubts doubts
		doubts.add(c.Warnings...)
		for _, over := range []struct {
			of   func(context.Context, analysis.Bootstrap, string, string) (*Intervals, error)
			to   **analysis.Estimate
			none error // without which there is no interval
		}{{p.OverPeople, &row.OverPeople, errTwoPeople}, {p.OverStimuli, &row.OverStimuli, errNoSamples}} {
			in, err := over.of(ctx, b, region, region)
			switch {
			case errors.Is(err, over.none):
				continue
			case err != nil:
				return nil, fmt.Errorf("ceiling: the ceiling of %s: %w", region, err)
			}
			*over.to = &in.Ceiling
			doubts.add(in.Warnings...)
		}
		row.Warnings = doubts
		out[i] = row
	}
	return out, nil
}

// LeftOut returns how well each person is predicted by the mean of the others:
// the scores of which the Lo of LeaveOneOut is the mean, in order, for a figure
// that shows every person. It fails like LeaveOneOut.
func LeftOut[T any](subjects []T, mean func([]T) (T, error), compare func(a, b T) (analysis.Score, error)) ([]analysis.Score, error) {
	people, err := PerPerson(subjects, mean, compare)
	if err != nil {
		return nil, err
	}
	scores := make([]analysis.Score, len(people))
	for i, p := range people {
		scores[i] = p.Lo
	}
	return scores, nil
}
