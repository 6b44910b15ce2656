package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
)

// A Ranking is the order of n values, found once, from which their mid-ranks
// follow in n steps for any counts: what a bootstrap of ranks needs in every
// draw. Values that are equal share the mean of the ranks that they occupy;
// −0 equals 0. A Ranking does not hold the values; it may be read by several
// goroutines at once. The zero value is the ranking of nothing: Reset it.
//
// Sorting is by radix, some 10 ns a value: by where the values lie between the
// smallest and the largest, or by their leading bits, in two or three passes,
// and by comparison what these leave together.
type Ranking struct {
	order []int32    // positions by rising value
	ties  [][2]int32 // the stretches [lo, hi) of order, of two or more equal values

	keys, spare []uint64
}

// NewRanking returns the ranking of x, of fewer than 2³¹ finite values.
func NewRanking(x []float64) *Ranking {
	r := new(Ranking)
	r.Reset(x)
	r.keys, r.spare = nil, nil
	return r
}

// Reset makes r the ranking of x and reuses its memory.
func (r *Ranking) Reset(x []float64) {
	n := len(x)
	if n > math.MaxInt32 {
		panic(fmt.Sprintf("analysis: a ranking of %d values; it holds 2³¹−1", n))
	}
	r.order, r.ties = resized(r.order, n), r.ties[:0]
	if n <= fewToSort {
		for i := range r.order {
			r.order[i] = int32(i)
		}
		r.settle(x, 0, n)
		return
	}
	r.keys, r.spare = resized(r.keys, n), resized(r.spare, n)
	sorted := radix(x, r.keys, r.spare)
	before := ^uint64(0) // no upper half is that
	for k, e := range sorted {
		r.order[k] = int32(uint32(e))
		if e>>32 != before {
			before = e >> 32
			continue
		}
		if k+1 < n && sorted[k+1]>>32 == before {
			continue
		}
		lo := k - 1
		for lo > 0 && sorted[lo-1]>>32 == before {
			lo--
		}
		r.settle(x, lo, k+1)
	}
}

// Len returns the number of values.
func (r *Ranking) Len() int { return len(r.order) }

// Ranks returns the mid-ranks, from 1, of the values where value i stands w[i]
// times, a whole number; one that stands nowhere has the rank halfway between
// its neighbours'. With w nil every value stands once.
func (r *Ranking) Ranks(w []float64) []float64 {
	ranks := make([]float64, len(r.order))
	r.RanksTo(ranks, w)
	return ranks
}

// RanksTo writes Ranks to dst, as long as the ranking.
func (r *Ranking) RanksTo(dst, w []float64) {
	n := len(r.order)
	dst = dst[:n]
	if w == nil {
		for k, i := range r.order {
			dst[i] = float64(k + 1)
		}
		for _, t := range r.ties {
			middle := float64(t[0]+t[1]+1) / 2
			for _, i := range r.order[t[0]:t[1]] {
				dst[i] = middle
			}
		}
		return
	}
	w = w[:n]
	below, done := 0.0, 0
	for _, t := range r.ties {
		below = spread(dst, w, r.order[done:t[0]], below)
		tied := 0.0
		for _, i := range r.order[t[0]:t[1]] {
			tied += w[i]
		}
		for _, i := range r.order[t[0]:t[1]] {
			dst[i] = below + (tied+1)/2
		}
		below, done = below+tied, int(t[1])
	}
	spread(dst, w, r.order[done:], below)
}

// spread writes the ranks of values that no other equals, above so many
// others, and returns how many then lie below.
func spread(dst, w []float64, order []int32, below float64) float64 {
	for _, i := range order {
		dst[i] = below + (w[i]+1)/2
		below += w[i]
	}
	return below
}

// settle sorts order[lo:hi] by comparison and notes the ties within it.
func (r *Ranking) settle(x []float64, lo, hi int) {
	part := r.order[lo:hi]
	alike := true
	for _, i := range part {
		alike = alike && x[i] == x[part[0]]
	}
	switch {
	case alike:
	case len(part) <= 16:
		for k := 1; k < len(part); k++ {
			i, at := part[k], k
			for ; at > 0 && x[i] < x[part[at-1]]; at-- {
				part[at] = part[at-1]
			}
			part[at] = i
		}
	default:
		slices.SortFunc(part, func(a, b int32) int { return cmp.Compare(x[a], x[b]) })
	}
	for a := 0; a < len(part); {
		b := a + 1
		for b < len(part) && x[part[b]] == x[part[a]] {
			b++
		}
		if b-a > 1 {
			r.ties = append(r.ties, [2]int32{int32(lo + a), int32(lo + b)})
		}
		a = b
	}
}

// resized returns a slice of n, the given one if it is long enough.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// rankings lends Rankings to those who need one for a moment.
var rankings = sync.Pool{New: func() any { return new(Ranking) }}

// Ranks returns the mid-ranks of x, from 1: tied values share the mean of the
// ranks that they occupy.
func Ranks(x []float64) []float64 { return WeightedRanks(x, nil) }

// WeightedRanks returns the mid-ranks, from 1, of x in which value i stands
// w[i] times, as Ranking.Ranks does. With w nil every value stands once.
func WeightedRanks(x, w []float64) []float64 {
	r := rankings.Get().(*Ranking)
	defer rankings.Put(r)
	r.Reset(x)
	return r.Ranks(w)
}
