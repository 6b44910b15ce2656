package mismatch

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"fusiform/analysis"
)

// The three numbers that every draw gives.
const (
	ofBrain = iota
	ofModel
	ofMismatch
	numbers
)

// A triple is the effect in people and networks, and what the second exceeds
// the first by.
type triple [numbers]float64

// variances are those of the three effects over draws of stimuli alone, of
// sources alone, and of both.
type variances struct{ stimuli, sources, both triple }

// resampled draws stimuli within each stratum, and sources, and both. Of n it
// draws n−1 with replacement, which makes the variance of a mean over draws
// s²/n with s² over n−1, as it should be; drawing n gives less, a third less
// for three people: Rao & Wu (1988), doi:10.1080/01621459.1988.10478591. One
// item is no sample and stays as it is, and where both groups hold one, all
// stimuli do. Everything, z-scores and agreement
// too, is computed anew in each draw. A draw k follows from the seed and k.
func (t *table) resampled(ctx context.Context, draws int, seed uint64) (v variances, missed int, err error) {
	results, errs := make([][3]triple, draws), make([]bool, draws)
	n := 0
	for _, s := range t.strata {
		n += len(s)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(draws, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			d := t.newDrawer(n)
			for k := int(next.Add(1)) - 1; k < draws && ctx.Err() == nil; k = int(next.Add(1)) - 1 {
				results[k], errs[k] = d.draw(rand.New(rand.NewPCG(seed, uint64(k))))
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return v, 0, err
	}
	kept := results[:0]
	for k, ok := range errs {
		if ok {
			kept = append(kept, results[k])
		}
	}
	missed = draws - len(kept)
	if 2*len(kept) < draws || len(kept) < 2 {
		return v, missed, fmt.Errorf("mismatch: only %d of %d bootstrap draws have a value, since in the others people do not agree or a profile is constant: %w; take more people or stimuli", len(kept), draws, analysis.ErrConstant)
	}
	x := make([]float64, len(kept))
	for which, into := range []*triple{&v.stimuli, &v.sources, &v.both} {
		for number := range numbers {
			for k := range kept {
				x[k] = kept[k][which][number]
			}
			into[number] = variance(x)
		}
	}
	return v, missed, nil
}

// A drawer is the room that one goroutine works in.
type drawer struct {
	t                    *table
	once, w              []float64 // every stimulus once, and those drawn
	oneB, oneM, ub, um   []float64 // every source once, and those drawn
	brain, model         *reading  // through w
	wholeBrain, wholeMod *reading  // through once
}

func (t *table) newDrawer(n int) *drawer {
	d := &drawer{t: t, once: ones(n), w: make([]float64, n),
		oneB: ones(len(t.brain.z)), oneM: ones(len(t.model.z)),
		ub: make([]float64, len(t.brain.z)), um: make([]float64, len(t.model.z)),
		brain: newReading(t.brain), model: newReading(t.model), wholeBrain: newReading(t.brain), wholeMod: newReading(t.model)}
	d.wholeBrain.read(t.brain, t, d.once)
	d.wholeMod.read(t.model, t, d.once)
	return d
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// draw returns the triple of a draw of stimuli, of sources and of both.
func (d *drawer) draw(rng *rand.Rand) (out [3]triple, ok bool) {
	for _, s := range d.t.strata {
		if len(d.t.a) == 1 && len(d.t.b) == 1 {
			for _, i := range s {
				d.w[i] = 1
			}
			continue
		}
		resample(rng, len(s), func(i int, w float64) { d.w[s[i]] = w })
	}
	resample(rng, len(d.ub), func(k int, u float64) { d.ub[k] = u })
	resample(rng, len(d.um), func(k int, u float64) { d.um[k] = u })
	if !d.brain.read(d.t.brain, d.t, d.w) || !d.model.read(d.t.model, d.t, d.w) {
		return out, false
	}
	for k, c := range []struct {
		b, m      *reading
		w, ub, um []float64
	}{{d.brain, d.model, d.w, d.oneB, d.oneM}, {d.wholeBrain, d.wholeMod, d.once, d.ub, d.um}, {d.brain, d.model, d.w, d.ub, d.um}} {
		b, ok1 := c.b.mean(d.t.brain, c.w, c.ub)
		m, ok2 := c.m.mean(d.t.model, c.w, c.um)
		if !ok1 || !ok2 {
			return out, false
		}
		out[k] = triple{b, m, m - b}
	}
	return out, true
}

// resample draws n−1 of n items and sets the weight of each; weights sum to n.
func resample(rng *rand.Rand, n int, set func(i int, w float64)) {
	for i := range n {
		set(i, 0)
	}
	if n == 1 {
		set(0, 1)
		return
	}
	count := make([]int, n)
	for range n - 1 {
		count[rng.IntN(n)]++
	}
	for i, c := range count {
		set(i, float64(c)*float64(n)/float64(n-1))
	}
}

// total is the variance over stimuli and sources together,
//
//	V = V_stimuli + V_sources − V_interaction,   V_interaction = V_both − V_stimuli − V_sources
//
// since what a person answers to a stimulus by chance is part of both; not
// less than either, nor more than V_both. Schütt et al. (2023),
// doi:10.7554/eLife.82566, without their factors n/(n−1), which drawing n−1
// of n makes unnecessary.
func (v variances) total(number int) (total, interaction float64) {
	s, p, b := v.stimuli[number], v.sources[number], v.both[number]
	interaction = math.Max(0, b-s-p)
	return math.Max(math.Max(s, p), math.Min(b, s+p-interaction)), interaction
}
