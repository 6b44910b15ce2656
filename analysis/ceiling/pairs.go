package ceiling

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A System is what a row of Pairs is: a region of a person, or the selective
// units of a network.
type System struct {
	Label  string // "S1 FFA", "resnet50"
	Person string // who: "S1"; empty for a network
	Region string // which: "FFA", "face units"
}

// Pairs are the noise-corrected similarities of every two of n systems. They
// are not clipped: values above 1 happen. Two regions of one person are the
// trap: measured in the same sessions they share noise, which the correction
// takes for signal; see SharesNoise. The diagonal is never known.
type Pairs struct {
	Systems  []System
	Measure  *analysis.Measure // what was compared before the correction
	Values   *mat.Dense        // n×n; 0 where not known
	Warnings []error

	known   []bool   // n×n
	samples *samples // what the values were computed from; nil if they were given
}

// Pairwise returns the noise-corrected similarities of n systems:
//
//	V[i,j] = compare(item i, item j) / √(reliability i · reliability j)
//
// symmetric, by n(n−1)/2 comparisons. The reliability of a person is that of
// SplitHalf, the one of a network is 1. A system whose reliability is not
// above 0 and at most 1 has no known pairs, and a Warning that is
// ErrUnreliable names it; others name pairs that share noise and systems whose
// comparison warned.
//
// It fails if the lengths differ, if there are fewer than two systems, if two
// have the same person (or label, for networks) and region, and with the error
// of compare.
func Pairwise[T any](systems []System, items []T, reliability []float64, compare func(a, b T) (analysis.Score, error)) (*Pairs, error) {
	n := len(systems)
	if len(items) != n || len(reliability) != n {
		return nil, fmt.Errorf("ceiling: %d systems with %d items and %d reliabilities; there must be one of each", n, len(items), len(reliability))
	}
	p, err := newPairs(systems)
	if err != nil {
		return nil, err
	}
	var doubts doubts
	for i, r := range reliability {
		if !reliable(r) {
			doubts.add(fmt.Errorf("%w: %s has %.3g; its pairs are left out", ErrUnreliable, systems[i].Label, r))
		}
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			if !reliable(reliability[i]) || !reliable(reliability[j]) {
				continue
			}
			s, err := compare(items[i], items[j])
			if err != nil {
				return nil, fmt.Errorf("ceiling: %s with %s: %w", systems[i].Label, systems[j].Label, err)
			}
			v, err := Correct(s.Value, reliability[i], reliability[j])
			if err != nil {
				return nil, err
			}
			p.Measure = s.Measure
			p.set(i, j, v)
			p.set(j, i, v)
			doubts.add(s.Warnings...)
		}
	}
	if p.Measure == nil {
		return nil, fmt.Errorf("ceiling: %w: of %d systems fewer than two have a reliability above 0 and at most 1", ErrUnreliable, n)
	}
	p.Warnings = doubts
	p.warnShared()
	return p, nil
}

// NewPairs returns pairs that were published: v is n×n with a row and a column
// for each system, NaN where a pair is missing. The diagonal is not read. v
// need not be symmetric in its last digits; what is asked of a system is read
// in its own row. The values are copied.
//
// It fails if v is not n×n, if a value is infinite, and like Pairwise for its
// systems.
func NewPairs(systems []System, m *analysis.Measure, v mat.Matrix) (*Pairs, error) {
	p, err := newPairs(systems)
	if err != nil {
		return nil, err
	}
	if r, c := v.Dims(); r != len(systems) || c != len(systems) {
		return nil, fmt.Errorf("ceiling: a %d×%d matrix for %d systems", r, c, len(systems))
	}
	p.Measure = m
	for i := range systems {
		for j := range systems {
			x := v.At(i, j)
			if math.IsInf(x, 0) {
				return nil, fmt.Errorf("ceiling: %s with %s is %v", systems[i].Label, systems[j].Label, x)
			}
			if i != j && !math.IsNaN(x) {
				p.set(i, j, x)
			}
		}
	}
	p.warnShared()
	return p, nil
}

func newPairs(systems []System) (*Pairs, error) {
	n := len(systems)
	if n < 2 {
		return nil, fmt.Errorf("ceiling: needs at least 2 systems to pair, got %d", n)
	}
	seen := map[System]int{}
	for i, s := range systems {
		if s.Person != "" {
			s.Label = "" // a person has each region once, whatever it is labelled
		}
		if j, dup := seen[s]; dup {
			return nil, fmt.Errorf("ceiling: systems %d and %d are both %s (person %q, region %q)", j, i, systems[i].Label, s.Person, s.Region)
		}
		seen[s] = i
	}
	return &Pairs{Systems: slices.Clone(systems), Values: mat.NewDense(n, n, nil), known: make([]bool, n*n)}, nil
}

func (p *Pairs) set(i, j int, v float64) {
	p.Values.Set(i, j, v)
	p.known[i*len(p.Systems)+j] = true
}

func (p *Pairs) warnShared() {
	count, top, at := 0, math.Inf(-1), ""
	for i := range p.Systems {
		for j := i + 1; j < len(p.Systems); j++ {
			if !p.SharesNoise(i, j) || !p.Known(i, j) {
				continue
			}
			count++
			if v := p.Values.At(i, j); v > top {
				top, at = v, p.Systems[i].Label+" with "+p.Systems[j].Label
			}
		}
	}
	if count > 0 {
		p.Warnings = append(p.Warnings, fmt.Errorf("%d pairs lie within one person and share noise (largest: %s, %.3f); they are in no ceiling", count, at, top))
	}
}

// Known reports whether the similarity of system i with system j is there.
func (p *Pairs) Known(i, j int) bool { return p.known != nil && p.known[i*len(p.Systems)+j] }

// SharesNoise reports whether systems i and j are two regions of one person.
func (p *Pairs) SharesNoise(i, j int) bool {
	return i != j && p.Systems[i].Person != "" && p.Systems[i].Person == p.Systems[j].Person
}

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
			doubts.add(fmt.Errorf("%s is left out: no similarity with the %s of anybody else is known", s.Label, to))
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
		return nil, p.noRegion("system", from)
	case !slices.ContainsFunc(p.Systems, func(s System) bool { return s.Region == to && s.Person != "" }):
		return nil, p.noRegion("person", to)
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
	return 0, p.noRegion(fmt.Sprintf("person %q", person), region)
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

func (p *Pairs) noRegion(what, region string) error {
	var have []string
	for _, s := range p.Systems {
		if !slices.Contains(have, s.Region) {
			have = append(have, s.Region)
		}
	}
	return fmt.Errorf("ceiling: there is no %s of region %q; the regions are: %s", what, region, analysis.Few(have, 12))
}
