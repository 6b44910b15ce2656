package ceiling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

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

// of returns the showings and the orders of repeats in which they take turns.
func (s Splits) of(repeats []*analysis.Responses) (*showings, [][]int, error) {
	x, err := gather(repeats)
	if err != nil {
		return nil, nil, err
	}
	k := len(repeats)
	switch {
	case s.Random < 0:
		return nil, nil, fmt.Errorf("ceiling: %d random splits; 0 means one, odd against even", s.Random)
	case s.Random == 0:
		return x, [][]int{inOrder(k)}, nil
	}
	complete := !slices.ContainsFunc(x.of, func(s []showing) bool { return len(s) != k })
	if complete && combinations(k, k/2) <= float64(s.Random)*float64(2-k%2) {
		return x, allOrders(k), nil
	}
	rng := rand.New(rand.NewPCG(s.Seed, 0))
	orders := make([][]int, s.Random)
	for i := range orders {
		orders[i] = rng.Perm(k)
	}
	return x, orders, nil
}

func inOrder(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// combinations returns n over k.
func combinations(n, k int) float64 {
	v := 1.0
	for i := range k {
		v = v * float64(n-i) / float64(i+1)
	}
	return math.Round(v)
}

// allOrders returns one order for each way to divide k in two.
func allOrders(k int) [][]int {
	var out [][]int
	var choose func(first, second []int)
	choose = func(first, second []int) {
		if i := len(first) + len(second); i < k {
			if len(first) < (k+1)/2 {
				choose(append(slices.Clone(first), i), second)
			}
			if len(second) < k/2 && (i > 0 || k%2 == 1) { // of equal halves, the first has 0
				choose(first, append(slices.Clone(second), i))
			}
			return
		}
		order := make([]int, k)
		for i, r := range first {
			order[2*i] = r
		}
		for i, r := range second {
			order[2*i+1] = r
		}
		out = append(out, order)
	}
	choose(nil, nil)
	return out
}

// A division is the two halves of what was shown at least twice.
type division struct {
	halves  [2]*analysis.Responses
	p, q, m float64 // see SplitHalves
}

// divide has the showings of each stimulus take turns between the halves, in
// the order of repeats that is given.
func (x *showings) divide(order []int) (division, error) {
	place := make([]int, len(order))
	for i, repeat := range order {
		place[repeat] = i
	}
	var d division
	var items []analysis.Stimulus
	var rows [][]showing
	for i, shown := range x.of {
		if len(shown) > 1 {
			shown = slices.Clone(shown)
			slices.SortFunc(shown, func(a, b showing) int { return place[a.repeat] - place[b.repeat] })
			items, rows = append(items, x.stimuli.At(i)), append(rows, shown)
		}
	}
	if len(items) == 0 {
		return d, fmt.Errorf("ceiling: none of the %d stimuli was shown to %q twice, so there are no halves; how well one repeat agrees with itself says nothing", len(x.of), x.source)
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return d, err
	}
	var v [2]*mat.Dense
	for k := range v {
		v[k] = mat.NewDense(len(items), x.channels, nil)
	}
	n := float64(len(items))
	for i, shown := range rows {
		odd, even := float64((len(shown)+1)/2), float64(len(shown)/2)
		d.p, d.q, d.m = d.p+1/odd/n, d.q+1/even/n, d.m+1/float64(len(shown))/n
		for k, one := range shown {
			simd.Axpy(v[k%2].RawRowView(i), 1/[2]float64{odd, even}[k%2], one.row)
		}
	}
	for k := range v {
		if d.halves[k], err = analysis.NewResponses(x.source, s, v[k]); err != nil {
			return d, err
		}
	}
	return d, nil
}

// whole returns the reliability of the whole from the correlation of halves.
func (d division) whole(r float64) float64 {
	if r <= 0 {
		return 0
	}
	sum, rest := d.p+d.q, math.Max(0, 1-r*r)
	x := r * (sum*r + math.Sqrt(sum*sum*r*r+4*d.p*d.q*rest))
	return x / (x + 2*rest*d.m)
}
