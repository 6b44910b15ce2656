package ceiling

import (
	"context"
	"errors"
	"fmt"

	"fusiform/analysis"
)

// A Gap is how far networks are from people in one region, system by system:
// what a figure of boxes shows (plots.Gap).
type Gap struct {
	Region   string   // of the people: "FFA"
	Of       string   // of the networks: "ANNs (face-selective)"
	People   *Medians // of each person with the region of the other people
	Networks *Medians // of each network with the region of people

	// Over are the intervals of both that hold for other people, and that of
	// the difference; nil where there are fewer than three people. Those of
	// OverStimuli may stand in their place.
	Over *Intervals

	Warnings []error
}

// Gaps returns the gap of each pair of regions {of networks, of people}:
// Medians(people, people) beside Medians(networks, people), and
// OverPeople(networks, people) unless there are fewer than three people, which a
// Warning says.
//
//	p.Gaps(ctx, analysis.Bootstrap{}, [2]string{"ANNs (face-selective)", "FFA"})
//
// It fails without a pair, like Medians, and with ctx.
func (p *Pairs) Gaps(ctx context.Context, b analysis.Bootstrap, regions ...[2]string) ([]Gap, error) {
	if len(regions) == 0 {
		return nil, fmt.Errorf("ceiling: no regions to compare; give pairs such as {networks, people}; the regions are: %s", p.have(func(s System) (string, bool) { return s.Region, true }))
	}
	out := make([]Gap, len(regions))
	for k, r := range regions {
		g := Gap{Of: r[0], Region: r[1]}
		var doubts doubts
		var err error
		if g.People, err = p.Medians(r[1], r[1]); err != nil {
			return nil, err
		}
		if g.Networks, err = p.Medians(r[0], r[1]); err != nil {
			return nil, err
		}
		doubts.add(g.People.Warnings...)
		doubts.add(g.Networks.Warnings...)
		switch g.Over, err = p.OverPeople(ctx, b, r[0], r[1]); {
		case errors.Is(err, errTwoPeople):
			doubts.add(fmt.Errorf("%s: two people give no interval over people", r[1]))
		case err != nil:
			return nil, err
		default:
			doubts.add(g.Over.Warnings...)
		}
		g.Warnings = doubts
		out[k] = g
	}
	return out, nil
}
