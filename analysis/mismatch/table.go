package mismatch

import (
	"math"
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
	names     []string
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
	out.names = sources(sorted)
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

// A reading is a side seen through weights of the stimuli: everything z-scored
// anew under them.
type reading struct {
	effect []float64   // per source: the difference of the groups
	z      [][]float64 // per source, n values
	pooled []float64   // room for a sum over sources
}

func newReading(s side) *reading {
	r := &reading{effect: make([]float64, len(s.z)), z: make([][]float64, len(s.z))}
	for k := range r.z {
		r.z[k] = make([]float64, len(s.z[k]))
	}
	if len(s.z) > 0 {
		r.pooled = make([]float64, len(s.z[0]))
	}
	return r
}

// read fills r; it reports whether every source varies under the weights. The
// weights of each group sum to its size.
func (r *reading) read(s side, t *table, w []float64) bool {
	for k, x := range s.z {
		var sum, n float64
		for i, v := range x {
			sum += w[i] * v
			n += w[i]
		}
		m, ss, z := sum/n, 0.0, r.z[k]
		for i, v := range x {
			z[i] = v - m
			ss += w[i] * z[i] * z[i]
		}
		if ss <= 1e-20*n {
			return false
		}
		f := 1 / math.Sqrt(ss/n)
		for i := range z {
			z[i] *= f
		}
		var a, b float64
		for _, i := range t.a {
			a += w[i] * z[i]
		}
		for _, i := range t.b {
			b += w[i] * z[i]
		}
		r.effect[k] = a/float64(len(t.a)) - b/float64(len(t.b))
	}
	return true
}

// agreement is that of the sources that stand u[k] times, over pairs of
// different ones, stimuli counting w; of all of them if only one stands there.
func (r *reading) agreement(w, u []float64) float64 {
	var n, uu, su float64
	for _, c := range u {
		su += c
		uu += c * c
	}
	if su*su-uu == 0 {
		ones := make([]float64, len(u))
		for k := range ones {
			ones[k] = 1
		}
		return r.agreement(w, ones)
	}
	clear(r.pooled)
	for k, z := range r.z {
		if u[k] == 0 {
			continue
		}
		for i, v := range z {
			r.pooled[i] += u[k] * v
		}
	}
	ss := 0.0
	for i, v := range r.pooled {
		ss += w[i] * v * v
		n += w[i]
	}
	return math.Min(1, (ss/n-uu)/(su*su-uu))
}

// mean is the effect of the sources that stand u[k] times, on the scale of a
// profile without noise where the side is corrected. ok is false where there
// is no such scale.
func (r *reading) mean(s side, w, u []float64) (effect float64, ok bool) {
	if len(s.z) == 0 {
		return 0, true
	}
	var n float64
	for k, d := range r.effect {
		effect += u[k] * d
		n += u[k]
	}
	effect /= n
	if s.corrected {
		a := r.agreement(w, u)
		if a < leastAgreement {
			return 0, false
		}
		effect /= math.Sqrt(a)
	}
	return effect, true
}

// leastAgreement is the least agreement that a draw may have to give a scale;
// below it an effect would be drawn out by more than 10.
const leastAgreement = .01
