package ceiling

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fusiform/analysis"
)

// A Recording is what one system answered: several repeats of a person, or
// their odd and even halves; of a network, which answers the same each time,
// one.
type Recording struct {
	System
	Repeats []*analysis.Responses
}

// A Sample is what can be made of responses and resampled: *tuning.Profile and
// *rsa.RDM are samples.
type Sample interface {
	// Cells returns the values and how many stimuli each belongs to: with
	// each = 1, n values, one per stimulus; with each = 2, n(n−1)/2, one for
	// every two stimuli, row by row above the diagonal.
	Cells() (s analysis.Stimuli, values []float64, each int)
}

// Matrix returns the noise-corrected similarities of every two of n systems
// from what they answered, univariate or multivariate by what is made of it:
// of is tuning.New, or rsa.Euclidean or another that makes an RDM, and compare
// the tuning.Compare(m) or rsa.Compare(m) that goes with it. An item is of(the
// mean of all repeats); the reliability of a person's is that of SplitHalves,
// odd repeats against even, and that of a network 1:
//
//	V[i,j] = compare(item i, item j) / √(reliability i · reliability j)
//
// Compare is called by several goroutines at once, and whoever gave ctx to
// analysis.WithProgress is told how many pairs are done. What is returned can
// tell how much of it hangs on the stimuli that were shown and the people who
// took part: see Pair, OverStimuli and OverPeople.
//
// It fails if a person has fewer than two repeats or a network more than one,
// if a person's stimulus was shown once, if two recordings are not of the same
// stimuli, with the errors of of and compare, like Pairwise, and with ctx.
func Matrix[T Sample](ctx context.Context, recordings []Recording, of func(*analysis.Responses) (T, error), compare func(a, b T) (analysis.Score, error)) (*Pairs, error) {
	n := len(recordings)
	systems, items, reliability := make([]System, n), make([]T, n), make([]float64, n)
	all := &samples{of: make([]sample, n)}
	var doubts doubts
	for i, r := range recordings {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		systems[i] = r.System
		whole, halves, err := r.parts()
		if err != nil {
			return nil, err
		}
		if items[i], err = of(whole); err != nil {
			return nil, fmt.Errorf("ceiling: %s: %w", r.name(), err)
		}
		reliability[i] = 1
		own := sample{exact: halves.halves[0] == nil, division: halves}
		if !own.exact {
			var half [2]T
			for k, h := range halves.halves {
				if half[k], err = of(h); err != nil {
					return nil, fmt.Errorf("ceiling: a half of %s: %w", r.name(), err)
				}
			}
			s, err := SplitHalf(half[0], half[1], compare)
			if err != nil {
				return nil, fmt.Errorf("ceiling: %s: %w", r.name(), err)
			}
			reliability[i] = halves.whole(s.Halves.Value)
			for k := range half {
				if own.half[k], err = all.take(half[k], r.name()); err != nil {
					return nil, err
				}
			}
		}
		if own.whole, err = all.take(items[i], r.name()); err != nil {
			return nil, err
		}
		own.halves = [2]*analysis.Responses{}
		all.of[i] = own
	}
	p, err := pairwise(ctx, systems, items, reliability, compare)
	if err != nil {
		return nil, err
	}
	doubts.add(p.Warnings...)
	p.Warnings, p.samples = doubts, all
	return p, nil
}

// Record returns the recording of a region of a person, the channels of f in
// every repeat, labelled "S1 FFA". Without a person it is that of a network,
// labelled with its source.
//
// It fails without repeats and with the error of Responses.Within, which says
// what stimuli f shares with a repeat.
func Record(person, region string, f *analysis.FROI, repeats []*analysis.Responses) (Recording, error) {
	out := Recording{System: System{Label: person + " " + region, Person: person, Region: region}}
	if person == "" {
		out.Label = f.Source
	}
	if len(repeats) == 0 {
		return Recording{}, fmt.Errorf("ceiling: no repeats of %s", out.Label)
	}
	for k, r := range repeats {
		in, err := r.Within(f)
		if err != nil {
			return Recording{}, fmt.Errorf("ceiling: repeat %d of %s: %w", k+1, out.Label, err)
		}
		out.Repeats = append(out.Repeats, in)
	}
	return out, nil
}

// parts returns the mean of all repeats, and the halves of a person.
func (r Recording) parts() (*analysis.Responses, division, error) {
	switch {
	case len(r.Repeats) == 0:
		return nil, division{}, fmt.Errorf("ceiling: %s has no responses", r.name())
	case r.Person == "" && len(r.Repeats) > 1:
		return nil, division{}, fmt.Errorf("ceiling: %s is a network (no Person) with %d repeats; it answers the same each time, so give one, or set Person", r.name(), len(r.Repeats))
	case r.Person == "":
		return r.Repeats[0], division{}, nil
	case len(r.Repeats) == 1:
		return nil, division{}, fmt.Errorf("ceiling: %s has one repeat, which does not tell its noise; give at least 2, such as its odd and even halves", r.name())
	}
	x, err := gather(r.Repeats)
	if err != nil {
		return nil, division{}, fmt.Errorf("ceiling: %s: %w", r.name(), err)
	}
	if once := x.once(); len(once) > 0 {
		return nil, division{}, fmt.Errorf("ceiling: %s was shown %d of %d stimuli once (%s), which does not tell their noise; leave them out (Responses.On)", r.name(), len(once), len(x.of), analysis.Few(once, 3))
	}
	d, err := x.divide(inOrder(len(r.Repeats)))
	if err != nil {
		return nil, d, err
	}
	whole, err := x.mean()
	return whole, d, err
}

// samples are the values of systems on the same cells.
type samples struct {
	stimuli analysis.Stimuli
	each    int
	of      []sample
}

// A sample is the values of one system; a network has no halves.
type sample struct {
	whole []float64
	half  [2][]float64
	exact bool
	division
}

// take returns the values of t in the order of the first stimuli taken.
func (a *samples) take(t Sample, label string) ([]float64, error) {
	s, values, each := t.Cells()
	if a.each == 0 {
		if each != 1 && each != 2 {
			return nil, fmt.Errorf("ceiling: %s has values of %d stimuli each; only 1 (a profile) and 2 (an RDM) can be resampled", label, each)
		}
		a.stimuli, a.each = s, each
	}
	if each != a.each {
		return nil, fmt.Errorf("ceiling: %s has values of %d stimuli each, others of %d", label, each, a.each)
	}
	n := s.Len()
	if want := [3]int{1: n, 2: n * (n - 1) / 2}[each]; len(values) != want {
		return nil, fmt.Errorf("ceiling: %s has %d values for %d stimuli, should have %d", label, len(values), n, want)
	}
	if a.stimuli.Same(s) {
		return slices.Clone(values), nil
	}
	rows, err := a.stimuli.In(s, label)
	if err == nil {
		_, err = s.In(a.stimuli, "the first system")
	}
	if err != nil {
		return nil, fmt.Errorf("ceiling: take all recordings On the shared stimuli: %w", err)
	}
	out := make([]float64, 0, len(values))
	for i, p := range rows {
		if each == 1 {
			out = append(out, values[p])
			continue
		}
		for _, q := range rows[i+1:] {
			lo, hi := min(p, q), max(p, q)
			out = append(out, values[lo*(2*n-lo-1)/2+hi-lo-1])
		}
	}
	return out, nil
}

// weights writes how often the cells from lo on stand where stimulus i stands
// counts[i] times: copies of one stimulus have no cell between them.
func (a *samples) weights(dst, counts []float64, lo int) {
	if a.each == 1 {
		copy(dst, counts[lo:])
		return
	}
	n, at := len(counts), 0
	for i := range n {
		for j := max(i+1, lo-at+i+1); j < n && at+j-i-1 < lo+len(dst); j++ {
			dst[at+j-i-1-lo] = counts[i] * counts[j]
		}
		at += n - 1 - i
	}
}

var errNoSamples = errors.New("ceiling: these pairs hold no responses, so no stimuli can be drawn anew; make them by Matrix")
