package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	case analysis.Spearman:
		if r := newRanked(p); r != nil {
			return r
		}
	}
	return &explicit{p}
}

// explicit is the route for any measure, one comparison after the other.
type explicit struct{ *problem }

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
	e.weigh(w, counts, 0, len(w))
	v := &explicitView{problem: e.problem, w: w}
	for _, x := range e.people {
		for _, y := range e.models {
			r, err := v.compare(x, y)
			if errors.Is(err, analysis.ErrConstant) {
				return void{err}, nil
			}
			if err != nil {
				return nil, err
			}
			v.values = append(v.values, r)
		}
	}
	return v, nil
}

var errFew = fmt.Errorf("%w: fewer than %d different stimuli", analysis.ErrConstant, fewStimuli)

type explicitView struct {
	*problem
	w      []float64
	values []float64
	normal [][]float64 // people as they are pooled, made when first asked for
}

func (v *explicitView) scores() []float64 { return v.values }

func (v *explicitView) compare(x, y []float64) (float64, error) {
	r, err := v.measure.Resampled(x, y, v.w)
	if err == nil && (math.IsNaN(r) || math.IsInf(r, 0)) {
		err = fmt.Errorf("inference: %s of a draw is %v; is the scale of the values extreme?", v.measure.Name, r)
	}
	return r, err
}

func (v *explicitView) ceiling(s []float64) (lo, hi float64, err error) {
	if v.normal == nil {
		v.normal = make([][]float64, len(v.people))
	}
	var n, unique float64
	pool, rest := make([]float64, len(v.w)), make([]float64, len(v.w))
	for k, c := range s {
		if c == 0 {
			continue
		}
		n, unique = n+c, unique+1
		if v.normal[k] == nil {
			if constantIn(v.people[k], v.w) {
				return 0, 0, errFlat
			}
			v.normal[k] = v.people[k]
			if v.measure.Normalize != nil {
				v.normal[k] = v.measure.Normalize(v.people[k], v.w)
			}
		}
		simd.Axpy(pool, c, v.normal[k])
	}
	for k, c := range s {
		if c == 0 {
			continue
		}
		// The others are summed anew: taking one off the pool would leave
		// rounding that breaks ties.
		clear(rest)
		for j, d := range s {
			if j != k && d > 0 {
				simd.Axpy(rest, d, v.normal[j])
			}
		}
		for i := range rest {
			rest[i] /= n - c
		}
		a, err := v.compare(v.people[k], rest)
		if err != nil {
			return 0, 0, err
		}
		lo += a / unique
	}
	for i := range pool {
		pool[i] /= n
	}
	for k, c := range s {
		if c == 0 {
			continue
		}
		b, err := v.compare(v.people[k], pool)
		if err != nil {
			return 0, 0, err
		}
		hi += b / unique
	}
	return lo, hi, nil
}

var errFlat = fmt.Errorf("%w among the stimuli drawn", analysis.ErrConstant)

func constantIn(x, w []float64) bool {
	first := -1
	for i, v := range x {
		switch {
		case w[i] == 0:
		case first < 0:
			first = i
		case v != x[first]:
			return false
		}
	}
	return true
}

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
