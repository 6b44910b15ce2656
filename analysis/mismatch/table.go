package mismatch

import (
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// A table holds what people and networks answered, and which stimuli are
// compared. Stimuli stand in the order of their IDs and sources in that of
// their names, so that no result depends on the order in which they came.
type table struct {
	brain, model side
	a, b         []int   // positions of the groups, rising
	strata       [][]int // a, b and the rest, by their first position
}

// A side is people, or networks.
type side struct {
	origins   [][]string  // the names that each goes by
	order     []int       // where each stood in the caller's list
	z         [][]float64 // K×n, z-scores
	corrected bool        // divided by √agreement
}

// newSide brings the profiles to the order of s and of their names.
func newSide(ps []*tuning.Profile, s analysis.Stimuli, corrected bool) (side, error) {
	out := side{corrected: corrected && len(ps) > 1, order: make([]int, len(ps))}
	for k := range out.order {
		out.order[k] = k
	}
	slices.SortStableFunc(out.order, func(a, b int) int { return strings.Compare(ps[a].Source, ps[b].Source) })
	sorted := make([]*tuning.Profile, len(ps))
	for k, j := range out.order {
		sorted[k] = ps[j]
	}
	out.origins = origins(sorted)
	var err error
	out.z, err = aligned(s, sorted)
	return out, err
}

// given returns values that belong to the sources in the caller's order.
func (s side) given(x []float64) []float64 {
	out := make([]float64, len(x))
	for k, j := range s.order {
		out[j] = x[k]
	}
	return out
}

// byID returns the stimuli in the order of their IDs.
func byID(s analysis.Stimuli) (analysis.Stimuli, error) {
	items := make([]analysis.Stimulus, s.Len())
	for i := range items {
		items[i] = s.At(i)
	}
	slices.SortFunc(items, func(a, b analysis.Stimulus) int { return strings.Compare(a.ID, b.ID) })
	return analysis.NewStimuli(items)
}

// groups sets what is compared.
func (t *table) groups(a, b []int, n int) {
	t.a, t.b = a, b
	rest := make([]int, 0, n)
	inA, inB := marked(a, n), marked(b, n)
	for i := range n {
		if !inA[i] && !inB[i] {
			rest = append(rest, i)
		}
	}
	t.strata = [][]int{a, b}
	if len(rest) > 0 {
		t.strata = append(t.strata, rest)
	}
	slices.SortFunc(t.strata, func(x, y []int) int { return x[0] - y[0] })
}

// difference returns the mean of x over a less that over b.
func (t *table) difference(x []float64) float64 {
	var a, b float64
	for _, i := range t.a {
		a += x[i]
	}
	for _, i := range t.b {
		b += x[i]
	}
	return a/float64(len(t.a)) - b/float64(len(t.b))
}
