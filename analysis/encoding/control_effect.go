package encoding

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"fusiform/analysis"
)

// MatchedEffect draws channels outside the fROI whose effect sizes are
// distributed as the fROI's: for each channel of the fROI, in random order, one
// of the 10 nearest in size among those not yet drawn, with equal chance.
//
// Size is a number per channel. Nil means the variance of its responses over
// the stimuli that are predicted. A model with a penalty, whose features are
// not scaled, gives a channel influence in proportion to its variance, and
// selective channels vary much: that alone would set them apart from random
// ones. The statistic of the fROI's map is the other natural size, |f.Stat|,
// but no default: a fROI holds all channels beyond its threshold, so that
// outside there are none of its size, except those that prefer the opposite.
// Give it where the fROI is a part of them.
type MatchedEffect struct {
	Size []float64
}

// nearest is from how many channels of about the same size one is drawn, which
// keeps them near and the draws different.
const nearest = 10

func (MatchedEffect) String() string { return "matched in effect size" }

// Draw fails if there is not one finite size for each channel, and if fewer
// channels vary outside the fROI than in it.
func (c MatchedEffect) Draw(x *analysis.Responses, f *analysis.FROI, rng *rand.Rand) ([]int, error) {
	size, err := c.sizes(x)
	if err != nil {
		return nil, err
	}
	pool := candidates(x, f, true)
	if len(pool) < f.Count() {
		return nil, fmt.Errorf("encoding: cannot match the effect sizes of %d features: only %d of %q vary over these stimuli outside the fROI; use MatchedNumber, or take a smaller fROI", f.Count(), len(pool), x.Source())
	}
	slices.SortStableFunc(pool, func(a, b int) int { return cmp.Compare(size[a], size[b]) })
	own := f.Channels()
	rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
	out := make([]int, len(own))
	for i, ch := range own {
		at := around(pool, size, size[ch], rng.IntN(min(nearest, len(pool))))
		out[i] = pool[at]
		pool = slices.Delete(pool, at, at+1)
	}
	return out, nil
}

// around returns where the k-th nearest to v stands, k from 0, in a pool that
// is sorted by size.
func around(pool []int, size []float64, v float64, k int) int {
	hi, _ := slices.BinarySearchFunc(pool, v, func(j int, v float64) int { return cmp.Compare(size[j], v) })
	lo := hi - 1
	for {
		at := hi
		if hi == len(pool) || lo >= 0 && v-size[pool[lo]] < size[pool[hi]]-v {
			at, lo = lo, lo-1
		} else {
			hi++
		}
		if k == 0 {
			return at
		}
		k--
	}
}

func (c MatchedEffect) sizes(x *analysis.Responses) ([]float64, error) {
	n, p := x.Dims()
	if c.Size == nil {
		return variances(x), nil
	}
	if len(c.Size) != p {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("encoding: %d effect sizes for the %d channels of %q; give one for each channel, dead ones included, or nil for their variance", len(c.Size), p, x.Source())}
	}
	for j, v := range c.Size {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("encoding: the effect size of channel %d of %q is %v; it must be a finite number (%d stimuli)", j, x.Source(), v, n)
		}
	}
	return c.Size, nil
}

// doubts compares the distribution of sizes in the fROI with that of all draws
// by the Kolmogorov–Smirnov distance, the largest difference of cumulative
// shares.
func (c MatchedEffect) doubts(x *analysis.Responses, f *analysis.FROI, draws [][]int) []error {
	size, err := c.sizes(x)
	if err != nil {
		return []error{err}
	}
	var own, drawn []float64
	for _, j := range f.Channels() {
		own = append(own, size[j])
	}
	for _, d := range draws {
		for _, j := range d {
			drawn = append(drawn, size[j])
		}
	}
	var out []error
	if d := distance(own, drawn); d > .2 {
		out = append(out, fmt.Errorf("the control matched in effect size is not: the Kolmogorov–Smirnov distance of its sizes from the fROI's is %.2f; too few channels outside the fROI have such sizes", d))
	}
	if pool := len(candidates(x, f, true)); pool < 2*len(own) {
		out = append(out, fmt.Errorf("the draws matched in effect size resemble each other: there are %d channels outside the fROI to draw %d from", pool, len(own)))
	}
	return out
}

// distance returns the largest difference between the cumulative shares of two
// samples, 0 to 1.
func distance(a, b []float64) float64 {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	i, j, most := 0, 0, 0.
	for i < len(a) && j < len(b) {
		v := min(a[i], b[j])
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}

// variances returns Σ(x−x̄)²/n per channel.
func variances(x *analysis.Responses) []float64 {
	n, p := x.Dims()
	first := x.Row(0)
	sum, squares := make([]float64, p), make([]float64, p)
	for i := range n {
		for j, v := range x.Row(i) {
			d := v - first[j]
			sum[j] += d
			squares[j] += d * d
		}
	}
	for j, s := range sum {
		squares[j] = max(0, squares[j]-s*s/float64(n)) / float64(n)
	}
	return squares
}
