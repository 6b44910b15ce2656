package analysis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/stat"
)

// A Bootstrap draws samples with replacement of n items (stimuli, people,
// runs), to see how much a number depends on which items there happened to be.
// Efron & Tibshirani (1993), An introduction to the bootstrap.
//
// A draw is a vector of counts, how often each item was drawn, and a number is
// computed from items that count so often; nothing is copied. That gives, to
// rounding, what explicit resampling gives. Draw k follows from the Seed and k
// alone, so it does not matter how many there are, or on how many processors.
type Bootstrap struct {
	Draws int // 0 means 1000
	Seed  uint64
}

// defaultDraws puts 25 draws beyond either end of a 95 % interval.
const defaultDraws = 1000

// Size returns the number of draws: Draws, or 1000.
func (b Bootstrap) Size() int {
	if b.Draws == 0 {
		return defaultDraws
	}
	return b.Draws
}

// Counts returns how often each of n items is in the given draw; the sum is n.
func (b Bootstrap) Counts(draw, n int) []float64 {
	rng := rand.New(rand.NewPCG(b.Seed, uint64(draw)))
	w := make([]float64, n)
	for range n {
		w[rng.IntN(n)]++
	}
	return w
}

// An Estimate is a number with its uncertainty, by resampling.
type Estimate struct {
	Value    float64 // of the items as they are
	Lo, Hi   float64 // 95 % interval: the 2.5th and 97.5th percentile of the draws
	SE       float64 // standard deviation of the draws
	Draws    int     // how many draws had a value
	Warnings []error
}

func (e Estimate) String() string {
	return fmt.Sprintf("%.3f [%.3f, %.3f]", e.Value, e.Lo, e.Hi)
}

// Estimate applies a statistic to the n items as they are (every count 1) and
// to each draw. The statistic is called from several goroutines at once and
// must not modify the counts.
//
// A draw may hold so few different items that the statistic does not exist,
// which it says by an error that is ErrConstant: such draws are left out, and
// a Warning counts them. Any other error ends the work, as does ctx. Estimate
// fails with fewer than two items, and if fewer than half of the draws have a
// value.
func (b Bootstrap) Estimate(ctx context.Context, n int, statistic func(counts []float64) (float64, error)) (Estimate, error) {
	if b.Draws < 0 {
		return Estimate{}, fmt.Errorf("analysis: %d bootstrap draws; 0 means %d", b.Draws, defaultDraws)
	}
	if n < 2 {
		return Estimate{}, fmt.Errorf("analysis: a bootstrap over %d items says nothing; it needs at least 2", n)
	}
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	value, err := statistic(ones)
	if err != nil {
		return Estimate{}, err
	}
	draws, errs := make([]float64, b.Size()), make([]error, b.Size())
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(draws), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(draws); k = int(next.Add(1)) - 1 {
				if errs[k] = ctx.Err(); errs[k] == nil {
					draws[k], errs[k] = statistic(b.Counts(k, n))
				}
			}
		})
	}
	wg.Wait()
	kept := draws[:0]
	for k, err := range errs {
		switch {
		case err == nil:
			kept = append(kept, draws[k])
		case !errors.Is(err, ErrConstant):
			return Estimate{}, err
		}
	}
	return estimate(value, kept, b.Size(), n)
}

// estimate sums up the draws that have a value, of all that there were.
func estimate(value float64, draws []float64, all, n int) (Estimate, error) {
	if 2*len(draws) < all {
		return Estimate{}, fmt.Errorf("analysis: %w: only %d of %d bootstrap draws of %d items have a value; take more items", ErrConstant, len(draws), all, n)
	}
	slices.Sort(draws)
	e := Estimate{Value: value, Draws: len(draws), SE: stat.StdDev(draws, nil),
		Lo: stat.Quantile(.025, stat.LinInterp, draws, nil), Hi: stat.Quantile(.975, stat.LinInterp, draws, nil)}
	if miss := all - len(draws); miss > 0 {
		e.Warnings = append(e.Warnings, fmt.Errorf("%d of %d bootstrap draws of %d items have no value and are left out", miss, all, n))
	}
	return e, nil
}
