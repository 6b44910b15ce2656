package analysis

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
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

// defaultDraws puts 25 draws beyond either end of a 95 % interval of many
// items, and 5 beyond that of 8.
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

// Each calls use with every draw of n items, from several goroutines at once
// and in no order. It ends early with the error of the lowest draw that has
// one, or that of ctx, and reports its progress. It fails with fewer than two
// items or draws.
func (b Bootstrap) Each(ctx context.Context, n int, use func(draw int, counts []float64) error) error {
	if err := b.check(n); err != nil {
		return err
	}
	var mu sync.Mutex
	next, done, stop := 0, 0, false
	errs := make([]error, b.Size())
	take := func() (k int, more bool) {
		mu.Lock()
		defer mu.Unlock()
		k, more = next, next < len(errs) && !stop
		next++
		return k, more
	}
	work := func() {
		for k, more := take(); more; k, more = take() {
			err := ctx.Err()
			if err == nil {
				err = use(k, b.Counts(k, n))
			}
			mu.Lock()
			errs[k], stop = err, stop || err != nil
			done++
			ReportProgress(ctx, done, len(errs))
			mu.Unlock()
		}
	}
	var wg sync.WaitGroup
	for range min(len(errs), runtime.GOMAXPROCS(0)) {
		wg.Go(work)
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b Bootstrap) check(n int) error {
	if b.Draws < 0 || b.Draws == 1 {
		return fmt.Errorf("analysis: %d bootstrap draws; it needs at least 2, and 0 means %d", b.Draws, defaultDraws)
	}
	if n < 2 {
		return fmt.Errorf("analysis: a bootstrap over %d items says nothing; it needs at least 2", n)
	}
	return nil
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
	if err := b.check(n); err != nil {
		return Estimate{}, err
	}
	value, err := statistic(slices.Repeat([]float64{1}, n))
	if err != nil {
		return Estimate{}, err
	}
	draws, known := make([]float64, b.Size()), make([]bool, b.Size())
	if err := b.Each(ctx, n, func(k int, counts []float64) error {
		v, err := statistic(counts)
		if errors.Is(err, ErrConstant) {
			return nil
		}
		draws[k], known[k] = v, err == nil
		return err
	}); err != nil {
		return Estimate{}, err
	}
	kept := draws[:0]
	for k, v := range draws {
		if known[k] {
			kept = append(kept, v)
		}
	}
	return b.Summary(value, kept, n)
}

// An Estimate is a number with its uncertainty, by resampling.
type Estimate struct {
	Value    float64 // of the items as they are
	Lo, Hi   float64 // 95 % interval; see Bootstrap.Summary
	SE       float64 // standard error: the standard deviation of the draws
	DF       float64 // degrees of freedom of an interval that is ± t·SE; 0 for one by percentiles
	Draws    int     // how many draws had a value
	Warnings []error
}

func (e Estimate) String() string {
	return fmt.Sprintf("%.3f [%.3f, %.3f]", e.Value, e.Lo, e.Hi)
}

// Summary returns the Estimate of a number of n items from those of the Size
// draws that have a value, in any order. The interval is the expanded
// percentile interval: Lo and Hi are the quantiles p and 1−p of the draws,
//
//	p = Φ(−t √(n/(n−1)))
//
// where t is the 97.5th percentile of Student's distribution with n−1 degrees
// of freedom: 2.5 % for many items, 1.6 % for 20, .6 % for 8. The plain
// percentiles are too narrow for few items, because a draw varies by the
// variance over n rather than n−1, and because that is itself estimated; for a
// mean the expanded ones make good both. Hesterberg (2015),
// doi:10.1080/00031305.2015.1089789. They follow whatever skew a number has,
// so they need no scale of their own for correlations.
//
// With five items or fewer even the extremes of the draws fall short, and Lo
// and Hi are value ∓ t √(n/(n−1)) SE, which may lie beyond the range that the
// number can have.
//
// Of 1000 simulated samples they hold the truth in 93 to 96 of 100 for means of 3
// to 50 items and correlations of 10 to 185 (plain percentiles: 84 of 100 for
// means of 5, 88 of 8, 90 for correlations of 10), in 90 for the mean of 8 items
// of skewed (exponential) distribution, and in 97 for medians of 5 to 20 items,
// whose draws take few different values: there they are careful.
//
// Summary fails if fewer than half of the draws have a value; a Warning counts
// those that have none.
func (b Bootstrap) Summary(value float64, draws []float64, n int) (Estimate, error) {
	all := b.Size()
	if n < 2 || len(draws) < 2 || 2*len(draws) < all {
		return Estimate{}, fmt.Errorf("analysis: %w: only %d of %d bootstrap draws have a value; take more items", ErrConstant, len(draws), all)
	}
	sorted := slices.Sorted(slices.Values(draws))
	e := Estimate{Value: value, Draws: len(sorted), SE: stat.StdDev(sorted, nil)}
	wide := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(.975) * math.Sqrt(float64(n)/float64(n-1))
	if n <= fewToResample {
		e.Lo, e.Hi = value-wide*e.SE, value+wide*e.SE
	} else {
		p := distuv.UnitNormal.CDF(-wide)
		e.Lo, e.Hi = stat.Quantile(p, stat.LinInterp, sorted, nil), stat.Quantile(1-p, stat.LinInterp, sorted, nil)
	}
	if miss := all - len(sorted); miss > 0 {
		e.Warnings = append(e.Warnings, fmt.Errorf("%d of %d bootstrap draws have no value and are left out", miss, all))
	}
	return e, nil
}

// fewToResample: of five items there are 126 different draws, and p is .001.
const fewToResample = 5
