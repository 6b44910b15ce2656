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
