package ceiling

import (
	"fmt"
	"slices"

	"fusiform/analysis"
)

// Medians are one number per system: its median similarity with people.
type Medians struct {
	Systems  []System
	Values   []float64
	Warnings []error
}

// Median returns the median over the systems: of an even number, the mean of
// the middle two.
func (m *Medians) Median() float64 { return analysis.Median(m.Values) }

// Medians returns, for each system of region from, the median of its row over
// the people of region to. Nobody is compared with a region of their own, so
// pairs that share noise are out. From and to the same region of people, it
// gives their ceilings; from the units of networks, what to hold against those.
//
// Missing pairs are left out of a median, and a Warning counts them; a system
// without any known pair is left out of the result, and a Warning names it.
// With fewer than five people another says so. It fails if there is no system
// of region from, no person of region to, or nothing known between them.
func (p *Pairs) Medians(from, to string) (*Medians, error) {
	out := &Medians{}
	var doubts doubts
	there, missing, heard := false, 0, map[int]bool{}
	for i, s := range p.Systems {
		if s.Region != from {
			continue
		}
		there = true
		people, gaps := p.others(i, to)
		if len(people) == 0 {
			doubts.add(fmt.Errorf("%s is left out: no similarity with the %s of anybody else is known", s.name(), to))
			continue
		}
		row := make([]float64, len(people))
		for k, j := range people {
			row[k], heard[j] = p.Values.At(i, j), true
		}
		missing += gaps
		out.Systems, out.Values = append(out.Systems, s), append(out.Values, analysis.Median(row))
	}
	switch {
	case !there:
		return nil, fmt.Errorf("ceiling: there is no system of region %q; the regions are: %s", from, p.have(func(s System) (string, bool) { return s.Region, true }))
	case !slices.ContainsFunc(p.Systems, func(s System) bool { return s.Region == to && s.Person != "" }):
		return nil, p.noPeople(to)
	case len(out.Values) == 0:
		return nil, fmt.Errorf("ceiling: no similarity between %s and the %s of anybody else is known; people predict each other, so it takes two", from, to)
	}
	if missing > 0 {
		doubts.add(fmt.Errorf("%d pairs of %s with %s are missing", missing, from, to))
	}
	doubts.few(len(heard))
	out.Warnings = doubts
	return out, nil
}

// PersonMedian returns a person's ceiling for a region: the median of that
// person's row over the same region of the other people. Dipani & Ratan Murty
// (2026), doi:10.64898/2026.05.29.728609. It fails like Medians, and if there
// is no such person or Medians leaves the person out.
func (p *Pairs) PersonMedian(person, region string) (float64, error) {
	m, err := p.Medians(region, region)
	if err != nil {
		return 0, err
	}
	for i, s := range m.Systems {
		if s.Person == person && person != "" {
			return m.Values[i], nil
		}
	}
	for _, s := range p.Systems {
		if s.Person == person && s.Region == region && person != "" {
			return 0, fmt.Errorf("ceiling: the %s of person %q is left out: no similarity with that of anybody else is known", region, person)
		}
	}
	return 0, fmt.Errorf("ceiling: there is no %s of person %q; it is known of: %s", region, person, p.have(func(s System) (string, bool) {
		return s.Person, s.Region == region && s.Person != ""
	}))
}

// Ceiling returns the human ceiling of a region: the median over people of
// PersonMedian as both Lo and Hi, for pairs give no second bound. It is
// noise-corrected and may exceed the Max of its Measure: hold only
// noise-corrected scores against it. It fails like Medians; with fewer than
// five people a Warning says so.
func (p *Pairs) Ceiling(region string) (analysis.Ceiling, error) {
	m, err := p.Medians(region, region)
	if err != nil {
		return analysis.Ceiling{}, err
	}
	v := m.Median()
	return analysis.Ceiling{Measure: p.Measure, Lo: v, Hi: v, Subjects: len(m.Values), Warnings: m.Warnings}, nil
}

// others returns the people of a region whose similarity with system i is
// known and holds no noise of its own, and how many are missing.
func (p *Pairs) others(i int, region string) (people []int, missing int) {
	for j, s := range p.Systems {
		switch {
		case j == i, s.Person == "", s.Region != region, p.SharesNoise(i, j):
		case p.Known(i, j):
			people = append(people, j)
		default:
			missing++
		}
	}
	return people, missing
}

// noPeople says that nobody has a region, and if a network does.
func (p *Pairs) noPeople(region string) error {
	of := "those of people"
	if slices.ContainsFunc(p.Systems, func(s System) bool { return s.Region == region }) {
		of = "a network has it, so perhaps from and to are exchanged; " + of
	}
	have := p.have(func(s System) (string, bool) { return s.Region, s.Person != "" })
	if have == "" {
		have = "none, for no system has a Person"
	}
	return fmt.Errorf("ceiling: there is no person of region %q; %s are: %s", region, of, have)
}

// have lists what is to be had of the systems, each once.
func (p *Pairs) have(of func(s System) (what string, is bool)) string {
	var all []string
	for _, s := range p.Systems {
		if what, is := of(s); is && !slices.Contains(all, what) {
			all = append(all, what)
		}
	}
	return analysis.Few(all, 12)
}
