package ceiling

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// A System is what a row of Pairs is: a region of a person, or the selective
// units of a network.
type System struct {
	Label  string // "S1 FFA", "resnet50"
	Person string // who: "S1"; empty for a network
	Region string // which: "FFA", "face units"
}

// name is the Label, or what else is known of a system.
func (s System) name() string {
	switch {
	case s.Label != "":
		return s.Label
	case s.Person != "" || s.Region != "":
		return strings.TrimSpace(s.Person + " " + s.Region)
	}
	return "a system without Label, Person or Region"
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
// symmetric, by n(n−1)/2 comparisons; compare is called by several goroutines at
// once. The reliability of a person is that of SplitHalf, the one of a network
// is 1. A system whose reliability is not above 0 and at most 1 has no known
// pairs, and a Warning that is ErrUnreliable names it; others name pairs that
// share noise and systems whose comparison warned.
//
// It fails if the lengths differ, if there are fewer than two systems, if two
// have the same person (or label, for networks) and region, and with the error
// of compare for the first pair that has one.
func Pairwise[T any](systems []System, items []T, reliability []float64, compare func(a, b T) (analysis.Score, error)) (*Pairs, error) {
	return pairwise(context.Background(), systems, items, reliability, compare)
}

func pairwise[T any](ctx context.Context, systems []System, items []T, reliability []float64, compare func(a, b T) (analysis.Score, error)) (*Pairs, error) {
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
			doubts.add(fmt.Errorf("%w: %s has %.3g; its pairs are left out", ErrUnreliable, systems[i].name(), r))
		}
	}
	var pairs [][2]int
	for i := range n {
		for j := i + 1; j < n; j++ {
			if reliable(reliability[i]) && reliable(reliability[j]) {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	scores, err := compared(ctx, systems, items, pairs, compare)
	if err != nil {
		return nil, err
	}
	for k, ij := range pairs {
		s, i, j := scores[k], ij[0], ij[1]
		v, err := Correct(s.Value, reliability[i], reliability[j])
		if err != nil {
			return nil, err
		}
		p.Measure = s.Measure
		p.set(i, j, v)
		p.set(j, i, v)
		doubts.add(s.Warnings...)
	}
	if p.Measure == nil {
		return nil, fmt.Errorf("ceiling: %w: of %d systems fewer than two have a reliability above 0 and at most 1", ErrUnreliable, n)
	}
	p.Warnings = doubts
	p.warnShared()
	return p, nil
}

// pairBlock pairs at a time are compared, and between them errors are seen.
const pairBlock = 64

// compared returns the scores of pairs of items, on all processors. The error
// is that of the first pair that has one.
func compared[T any](ctx context.Context, systems []System, items []T, pairs [][2]int, compare func(a, b T) (analysis.Score, error)) ([]analysis.Score, error) {
	scores, errs := make([]analysis.Score, len(pairs)), make([]error, len(pairs))
	for lo := 0; lo < len(pairs); lo += pairBlock {
		analysis.ReportProgress(ctx, lo, len(pairs))
		hi := min(lo+pairBlock, len(pairs))
		simd.Parallel(hi-lo, 1, func(from, to int) {
			for k := lo + from; k < lo+to && ctx.Err() == nil; k++ {
				scores[k], errs[k] = compare(items[pairs[k][0]], items[pairs[k][1]])
			}
		})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for k := lo; k < hi; k++ {
			if i, j := pairs[k][0], pairs[k][1]; errs[k] != nil {
				return nil, fmt.Errorf("ceiling: %s with %s: %w", systems[i].name(), systems[j].name(), errs[k])
			}
		}
	}
	analysis.ReportProgress(ctx, len(pairs), len(pairs))
	return scores, nil
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
				return nil, fmt.Errorf("ceiling: %s with %s is %v", systems[i].name(), systems[j].name(), x)
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
			return nil, fmt.Errorf("ceiling: systems %d and %d are both %s (person %q, region %q)", j+1, i+1, systems[i].name(), s.Person, s.Region)
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
				top, at = v, p.Systems[i].name()+" with "+p.Systems[j].name()
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
