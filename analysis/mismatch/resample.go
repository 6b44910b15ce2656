package mismatch

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"fusiform/analysis"
	"fusiform/internal/simd"
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
// stimuli do. Everything, z-scores and agreement too, is computed anew in each
// draw. A draw k follows from the seed and k.
func (t *table) resampled(ctx context.Context, draws int, seed uint64) (v variances, missed int, err error) {
	results, ok, err := t.draws(ctx, draws, seed)
	if err != nil {
		return v, 0, err
	}
	kept := results[:0]
	for k, has := range ok {
		if has {
			kept = append(kept, results[k])
		}
	}
	missed = draws - len(kept)
	if 2*len(kept) < draws || len(kept) < 2 {
		return v, missed, fmt.Errorf("mismatch: only %d of %d bootstrap draws have a value, in the others %w or a profile has %w; take more people or stimuli", len(kept), draws, ErrNoAgreement, analysis.ErrConstant)
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

// drawBlock is how many draws are computed at once.
const drawBlock = 128

// draws returns, for each draw, the triple of its stimuli, of its sources and
// of both; ok tells whether it has a value. A draw is a vector of weights, so
// that a block of draws is one product with what products.features returns.
func (t *table) draws(ctx context.Context, draws int, seed uint64) (results [][3]triple, ok []bool, err error) {
	n, nb, nm := 0, len(t.brain.z), len(t.model.z)
	for _, s := range t.strata {
		n += len(s)
	}
	brain, model := newProducts(t.brain, t, n), newProducts(t.model, t, n)
	results, ok = make([][3]triple, draws), make([]bool, draws)
	w, u := make([]float64, drawBlock*n), make([]float64, drawBlock*(nb+nm))
	for from := 0; from < draws; from += drawBlock {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		m := min(drawBlock, draws-from)
		simd.Parallel(m, 16, func(lo, hi int) {
			for k := lo; k < hi; k++ {
				rng, wk, uk := rand.New(rand.NewPCG(seed, uint64(from+k))), w[k*n:(k+1)*n], u[k*(nb+nm):(k+1)*(nb+nm)]
				t.weights(rng, wk)
				resample(rng, nb, func(p int, x float64) { uk[p] = x })
				resample(rng, nm, func(p int, x float64) { uk[nb+p] = x })
			}
		})
		brain.multiply(w[:m*n], m)
		model.multiply(w[:m*n], m)
		simd.Parallel(m, 16, func(lo, hi int) {
			b, c := brain.moments(), model.moments()
			wholeB, wholeM := brain.moments(), model.moments()
			wholeB.of(brain.whole)
			wholeM.of(model.whole)
			for k := lo; k < hi; k++ {
				ub, um := u[k*(nb+nm):][:nb], u[k*(nb+nm)+nb:][:nm]
				ok[from+k] = b.of(brain.row(k)) && c.of(model.row(k)) &&
					combine(&results[from+k][0], b, c, nil, nil) &&
					combine(&results[from+k][1], wholeB, wholeM, ub, um) &&
					combine(&results[from+k][2], b, c, ub, um)
			}
		})
	}
	return results, ok, nil
}

// weights draws the stimuli.
func (t *table) weights(rng *rand.Rand, w []float64) {
	for _, s := range t.strata {
		if len(t.a) == 1 && len(t.b) == 1 {
			for _, i := range s {
				w[i] = 1
			}
			continue
		}
		resample(rng, len(s), func(i int, x float64) { w[s[i]] = x })
	}
}

// combine sets the triple of people who stand ub times and networks that stand
// um times; nil is once. It reports whether there is one.
func combine(out *triple, brain, model *moments, ub, um []float64) bool {
	b, ok := brain.mean(ub)
	if !ok {
		return false
	}
	m, ok := model.mean(um)
	*out = triple{b, m, m - b}
	return ok
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
