package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// A problem is what every draw is computed from: the values of K people and J
// models on the same cells.
type problem struct {
	layout
	measure        *analysis.Measure
	people, models [][]float64
}

// A route computes a problem for draws of stimuli. It calls visit for each
// draw, from several goroutines at once, with what the draw is like.
type route interface {
	visit(ctx context.Context, counts [][]float64, visit func(draw int, v view) error) error
}

// A view is a problem at one draw of stimuli.
type view interface {
	// scores returns the measure of person k with model j at k·J + j. The
	// slice holds until visit returns.
	scores() []float64

	// ceiling returns Nili's bounds where person k was drawn s[k] times, at
	// least two of them different.
	ceiling(s []float64) (lo, hi float64, err error)
}

// void is the view of a draw of which the measure has no value.
type void struct{ error }

func (v void) scores() []float64                           { return nil }
func (v void) ceiling([]float64) (float64, float64, error) { return 0, 0, v.error }

// routeOf returns the fastest route for the measure.
func routeOf(p *problem) route {
	switch p.measure {
	case analysis.Pearson:
		return &moments{problem: p, centre: true}
	case analysis.Cosine:
		return &moments{problem: p}
	case analysis.Spearman:
		if r := newRanked(p); r != nil {
			return r
		}
	}
	return newExplicit(p)
}

// explicit is the route for any measure, one comparison after the other.
type explicit struct {
	*problem
	scores []func(w []float64) (float64, error) // person k with model j
}

func newExplicit(p *problem) *explicit {
	e := &explicit{problem: p}
	for _, x := range p.people {
		for _, y := range p.models {
			e.scores = append(e.scores, p.measure.Resampler(x, y))
		}
	}
	return e
}

func (e *explicit) visit(ctx context.Context, counts [][]float64, visit func(int, view) error) error {
	return inTurn(ctx, len(counts), func() func(int) error {
		w := make([]float64, e.cells())
		return func(k int) error {
			v, err := e.at(counts[k], w)
			if err != nil {
				return err
			}
			return visit(k, v)
		}
	})
}

// at returns the view of a draw. w is room for the weights.
func (e *explicit) at(counts, w []float64) (view, error) {
	if different(counts) < fewStimuli {
		return void{errFew}, nil
	}
	v := &explicitView{problem: e.problem}
	if !slices.Equal(counts, full(len(counts))) {
		v.w = w
		e.weigh(w, counts, 0, len(w))
	}
	for i, score := range e.scores {
		var r float64
		var err error
		if v.w == nil {
			r, err = v.compare(e.people[i/len(e.models)], e.models[i%len(e.models)])
		} else {
			r, err = score(w)
			err = v.check(r, err)
		}
		if errors.Is(err, analysis.ErrConstant) {
			return void{err}, nil
		}
		if err != nil {
			return nil, err
		}
		v.values = append(v.values, r)
	}
	return v, nil
}

var errFew = fmt.Errorf("%w: fewer than %d different stimuli", analysis.ErrConstant, fewStimuli)

// explicitView is a draw as the weights of cells; nil where each stands once.
type explicitView struct {
	*problem
	w      []float64
	values []float64
	normal [][]float64 // people as they are pooled, made when first asked for
}

func (v *explicitView) scores() []float64 { return v.values }

func (v *explicitView) compare(x, y []float64) (float64, error) {
	if v.w != nil {
		r, err := v.measure.Resampled(x, y, v.w)
		return r, v.check(r, err)
	}
	for _, z := range [2][]float64{x, y} {
		if err := v.measure.Refuses(z); err != nil {
			return 0, err
		}
	}
	r := v.measure.Func(x, y)
	return r, v.check(r, nil)
}

func (v *explicitView) check(r float64, err error) error {
	if err == nil && (math.IsNaN(r) || math.IsInf(r, 0)) {
		err = fmt.Errorf("inference: %s of a draw is %v; is the scale of the values extreme?", v.measure.Name, r)
	}
	return err
}

// normalize returns person k as the measure pools people.
func (v *explicitView) normalize(k int) ([]float64, error) {
	if v.normal == nil {
		v.normal = make([][]float64, len(v.people))
	}
	if v.normal[k] == nil {
		x, m := v.people[k], v.measure
		if v.w != nil { // else checked before
			if err := m.RefusesDraw(x, v.w); err != nil {
				return nil, err
			}
		}
		v.normal[k] = x
		if m.Normalize != nil {
			v.normal[k] = m.Normalize(x, v.w)
		}
	}
	return v.normal[k], nil
}

// pool returns the mean of people, each s[k] times, without person out. Whole
// numbers are added first: rounding must not tell equal means of ranks apart.
func (v *explicitView) pool(s []float64, out int) ([]float64, error) {
	sum, n := make([]float64, v.cells()), 0.0
	for k, c := range s {
		if c == 0 || k == out {
			continue
		}
		x, err := v.normalize(k)
		if err != nil {
			return nil, err
		}
		simd.Axpy(sum, c, x)
		n += c
	}
	for i := range sum {
		sum[i] /= n
	}
	return sum, nil
}

func (v *explicitView) ceiling(s []float64) (lo, hi float64, err error) {
	all, err := v.pool(s, -1)
	if err != nil {
		return 0, 0, err
	}
	unique := float64(different(s))
	for k, c := range s {
		if c == 0 {
			continue
		}
		others, err := v.pool(s, k)
		if err != nil {
			return 0, 0, err
		}
		a, err := v.compare(v.people[k], others)
		if err != nil {
			return 0, 0, err
		}
		b, err := v.compare(v.people[k], all)
		if err != nil {
			return 0, 0, err
		}
		lo, hi = lo+a/unique, hi+b/unique
	}
	return lo, hi, nil
}

var errFlat = fmt.Errorf("%w among the stimuli drawn", analysis.ErrConstant)

// different returns how many items were drawn at all.
func different(counts []float64) int {
	n := 0
	for _, c := range counts {
		if c > 0 {
			n++
		}
	}
	return n
}

// inTurn calls the functions that worker makes, one for each goroutine, with 0
// to n−1. It ends with the first error, or that of ctx.
func inTurn(ctx context.Context, n int, worker func() func(i int) error) error {
	workers := sync.Pool{New: func() any { return worker() }}
	var once sync.Once
	var first error
	var failed atomic.Bool
	simd.Parallel(n, 1, func(lo, hi int) {
		work := workers.Get().(func(int) error)
		defer workers.Put(work)
		for i := lo; i < hi && !failed.Load(); i++ {
			err := ctx.Err()
			if err == nil {
				err = work(i)
			}
			if err != nil {
				failed.Store(true)
				once.Do(func() { first = err })
			}
		}
	})
	return first
}
