package ceiling

import (
	"fmt"
	"slices"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// OddEven returns the mean of the first, third … showing of each stimulus and
// that of the second, fourth …, in the order of the repeats: the two halves
// that SplitHalf and Channels compare. Repeats are aligned by ID and need not
// all have the same stimuli. The halves hold the stimuli that were shown at
// least twice, in order of first appearance.
//
// It fails if the repeats differ in source or channels, and if no stimulus was
// shown twice.
func OddEven(repeats []*analysis.Responses) (halves [2]*analysis.Responses, err error) {
	x, err := gather(repeats)
	if err != nil {
		return halves, err
	}
	d, err := x.divide(inOrder(len(repeats)))
	return d.halves, err
}

// Splits says in how many ways repeats are divided in two halves.
type Splits struct {
	// Random is how many random divisions are averaged over; if there are no
	// more than that, all are, once each. 0 means one division, the odd
	// repeats against the even.
	Random int
	Seed   uint64
}

// SplitHalves returns the reliability of the mean of all repeats of one
// source, for whatever can be made of responses and compared: of is tuning.New
// or one that makes RDMs, compare is tuning.Compare(m), rsa.Compare(m) or
// another with a correlation as measure. Halves is the mean over the divisions
// of how well their halves agree, bounds of the interval too, and
//
//	Value = Horst(Halves)
//
// the Spearman–Brown formula for halves of any length: with an odd number of
// showings one half has one more than the other. Let p and q be the means over
// stimuli of 1/(number of showings) in either half, and m that of the whole;
// then the noise-to-signal ratio a of one showing is what solves
// r² = 1/((1+ap)(1+aq)), and the reliability is 1/(1+am). For equal halves
// that is 2r/(1+r). Horst (1951), Educational and Psychological Measurement
// 11, 368–371.
//
// It fails like OddEven and with the errors of of and compare. A Warning counts
// stimuli that were shown once and are left out; others are as in SplitHalf.
func SplitHalves[T any](s Splits, repeats []*analysis.Responses, of func(*analysis.Responses) (T, error), compare func(a, b T) (analysis.Score, error)) (Reliability, error) {
	x, orders, err := s.of(repeats)
	if err != nil {
		return Reliability{}, err
	}
	var out Reliability
	var doubts doubts
	if once := x.once(); len(once) > 0 {
		doubts.add(fmt.Errorf("%s: %d of %d stimuli were shown once and are left out", x.source, len(once), len(x.of)))
	}
	var d division
	n := float64(len(orders))
	for _, order := range orders {
		if d, err = x.divide(order); err != nil {
			return Reliability{}, err
		}
		var half [2]T
		for k, r := range d.halves {
			if half[k], err = of(r); err != nil {
				return Reliability{}, fmt.Errorf("ceiling: a half of the repeats of %q: %w", x.source, err)
			}
		}
		r, err := SplitHalf(half[0], half[1], compare)
		if err != nil {
			return Reliability{}, err
		}
		h := r.Halves
		out.Halves.Measure, out.Halves.N = h.Measure, h.N
		out.Halves.Value += h.Value / n
		out.Halves.Lo += h.Lo / n
		out.Halves.Hi += h.Hi / n
		doubts.add(h.Warnings...)
	}
	out.Halves.Warnings = slices.Clone(doubts)
	out.Value, out.Lo, out.Hi = d.whole(out.Halves.Value), d.whole(out.Halves.Lo), d.whole(out.Halves.Hi)
	if out.Value == 0 {
		doubts.add(fmt.Errorf("%w: the halves of %q have %s = %.3f", ErrUnreliable, x.source, out.Halves.Measure.Symbol, out.Halves.Value))
	}
	out.Warnings = doubts
	return out, nil
}

// Channels is SplitHalves for each of the c channels of one source: the
// reliability of its responses over stimuli, 0 to 1; 0 for a channel that does
// not vary in one half or whose halves do not correlate above 0 on average. m
// must be a correlation. It fails like OddEven and like the function Channels.
func (s Splits) Channels(repeats []*analysis.Responses, m *analysis.Measure) ([]float64, error) {
	x, orders, err := s.of(repeats)
	if err != nil {
		return nil, err
	}
	out := make([]float64, x.channels)
	for lo := 0; lo < x.channels; lo += wideBlock {
		hi := min(lo+wideBlock, x.channels)
		part := x.columns(lo, hi)
		var d division
		for _, order := range orders {
			if d, err = part.divide(order); err != nil {
				return nil, err
			}
			r, err := columns(d.halves[0], d.halves[1], m)
			if err != nil {
				return nil, err
			}
			simd.Axpy(out[lo:hi], 1/float64(len(orders)), r)
		}
		for j := lo; j < hi; j++ {
			out[j] = d.whole(out[j])
		}
	}
	return out, some(out, x.source)
}

// wideBlock channels at a time, the halves of 1000 stimuli are 32 MB.
const wideBlock = 2048
