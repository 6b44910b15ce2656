package ceiling

import (
	"cmp"
	"fmt"
	"slices"

	"fusiform/analysis"
)

// A question is Medians(from, to) and the ceiling of to.
type question struct {
	*Pairs
	from, to []int // systems: those that Medians holds, and the people of to
	is       *Medians
	people   bool // from holds people
}

func (p *Pairs) ask(from, to string) (*question, error) {
	m, err := p.Medians(from, to)
	if err != nil {
		return nil, err
	}
	if _, err := p.Ceiling(to); err != nil {
		return nil, err
	}
	q := &question{Pairs: p, is: m}
	for i, s := range p.Systems {
		if slices.Contains(m.Systems, s) {
			q.from = append(q.from, i)
			q.people = q.people || s.Person != ""
		}
		if s.Region == to && s.Person != "" {
			q.to = append(q.to, i)
		}
	}
	return q, nil
}

// pairs returns the pairs that an answer asks for.
func (q *question) pairs() [][2]int {
	var out [][2]int
	seen := map[[2]int]bool{}
	for _, i := range append(slices.Clone(q.from), q.to...) {
		for _, j := range q.to {
			if ij := pairOf(i, j); i != j && !q.SharesNoise(i, j) && q.Known(i, j) && !seen[ij] {
				seen[ij], out = true, append(out, ij)
			}
		}
	}
	return out
}

// An answer is the numbers of Intervals in one draw, where they are known.
type answer struct {
	values                    []float64
	known                     []bool
	median, ceiling           float64
	medianKnown, ceilingKnown bool
}

// answer computes the numbers where system i counts weight(i) times.
func (q *question) answer(value func(i, j int) (float64, bool), weight func(i int) float64) answer {
	row := func(i int) (float64, bool) {
		var v, w []float64
		for _, j := range q.to {
			if i == j || q.SharesNoise(i, j) || !q.Known(i, j) || weight(j) == 0 {
				continue
			}
			if x, known := value(i, j); known {
				v, w = append(v, x), append(w, weight(j))
			}
		}
		return weightedMedian(v, w)
	}
	over := func(systems []int, each func(k int, v float64, known bool)) (float64, bool) {
		var v, w []float64
		for k, i := range systems {
			x, known := row(i)
			each(k, x, known)
			if known && weight(i) > 0 {
				v, w = append(v, x), append(w, weight(i))
			}
		}
		return weightedMedian(v, w)
	}
	a := answer{values: make([]float64, len(q.from)), known: make([]bool, len(q.from))}
	a.median, a.medianKnown = over(q.from, func(k int, v float64, known bool) { a.values[k], a.known[k] = v, known })
	a.ceiling, a.ceilingKnown = over(q.to, func(int, float64, bool) {})
	return a
}

// weightedMedian returns the median of values of which each stands w times; of
// an even number, the mean of the middle two. It is not known of none.
func weightedMedian(v, w []float64) (float64, bool) {
	order := inOrder(len(v))
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	total, below := 0.0, 0.0
	for _, x := range w {
		total += x
	}
	for k, i := range order {
		below += w[i]
		switch {
		case below > total/2:
			return v[i], true
		case below == total/2 && below > 0:
			return (v[i] + v[order[k+1]]) / 2, true
		}
	}
	return 0, false
}

// intervals sums up the draws over n items of a kind.
func (q *question) intervals(b analysis.Bootstrap, draws []answer, n int, kind string) (*Intervals, error) {
	is := q.answer(q.value, func(int) float64 { return 1 })
	var doubts doubts
	doubts.add(q.is.Warnings...)
	number := func(value float64, of func(a answer) (float64, bool)) (analysis.Estimate, error) {
		var kept []float64
		for _, a := range draws {
			if v, known := of(a); known {
				kept = append(kept, v)
			}
		}
		return b.Summary(value, kept, n)
	}
	out := &Intervals{}
	for k, i := range q.from {
		own := func(a answer) (float64, bool) { return a.values[k], a.known[k] }
		e, err := number(is.values[k], own)
		if err != nil {
			doubts.add(fmt.Errorf("%w: %s is left out: in more than half of the draws of %s it has no similarity with people", ErrUnreliable, q.Systems[i].name(), kind))
			continue
		}
		out.Systems, out.Values = append(out.Systems, q.Systems[i]), append(out.Values, e)
		if q.people {
			continue
		}
		gap, err := number(is.values[k]-is.ceiling, func(a answer) (float64, bool) { return a.values[k] - a.ceiling, a.known[k] && a.ceilingKnown })
		if err != nil {
			return nil, fmt.Errorf("ceiling: the gap of %s: %w", q.Systems[i].name(), err)
		}
		out.Gaps = append(out.Gaps, gap)
	}
	var err error
	if out.Median, err = number(is.median, func(a answer) (float64, bool) { return a.median, a.medianKnown }); err != nil {
		return nil, fmt.Errorf("ceiling: the median: %w", err)
	}
	if out.Ceiling, err = number(is.ceiling, func(a answer) (float64, bool) { return a.ceiling, a.ceilingKnown }); err != nil {
		return nil, fmt.Errorf("ceiling: the ceiling of %s: %w", q.Systems[q.to[0]].Region, err)
	}
	if !q.people {
		if out.Gap, err = number(is.median-is.ceiling, func(a answer) (float64, bool) { return a.median - a.ceiling, a.medianKnown && a.ceilingKnown }); err != nil {
			return nil, fmt.Errorf("ceiling: the gap: %w", err)
		}
	}
	out.Warnings = doubts
	return out, nil
}
