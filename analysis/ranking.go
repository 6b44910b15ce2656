package analysis

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// A Ranking is the order of n values, found once, from which their mid-ranks
// follow in n steps for any counts: what a bootstrap of ranks needs in every
// draw. Values that are equal share the mean of the ranks that they occupy;
// −0 equals 0. A Ranking does not hold the values; it may be read by several
// goroutines at once. The zero value is the ranking of nothing: Reset it.
//
// Sorting is by radix, some 10 ns a value: the leading bits of the values in
// two or three passes, and by comparison what these leave together.
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
	for lo := 0; lo < n; {
		hi := lo + 1
		for head := sorted[lo] >> 32; hi < n && sorted[hi]>>32 == head; hi++ {
		}
		for k := lo; k < hi; k++ {
			r.order[k] = int32(uint32(sorted[k]))
		}
		if hi-lo > 1 {
			r.settle(x, lo, hi)
		}
		lo = hi
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

const (
	// fewToSort values are sorted as fast by comparison.
	fewToSort = 96

	digit = 11 // bits of a pass: 2048 counters lie in the first-level cache
)

// radix returns, in one of the two buffers, the positions of x by rising value
// in the lower halves of words whose upper halves are the leading bits of the
// value less the smallest: 22 bits, or 32 of many values. Words of the same
// upper half are in no order but that of their positions.
func radix(x []float64, keys, spare []uint64) []uint64 {
	least, most := uint64(math.MaxUint64), uint64(0)
	for i, v := range x {
		k := ordered(v)
		keys[i] = k
		least, most = min(least, k), max(most, k)
	}
	passes := 2
	if len(x) > 1<<16 {
		passes = 3
	}
	shift := max(0, bits.Len64(most-least)-min(passes*digit, 32))
	var counts [3][1 << digit]uint32
	for i, k := range keys {
		head := (k - least) >> shift
		counts[0][head&(1<<digit-1)]++
		counts[1][head>>digit&(1<<digit-1)]++
		counts[2][head>>(2*digit)&(1<<digit-1)]++
		keys[i] = head<<32 | uint64(uint32(i))
	}
	for p := range passes {
		at, sum := &counts[p], uint32(0)
		for d, c := range at {
			at[d] = sum
			sum += c
		}
		by := 32 + p*digit
		for _, k := range keys {
			d := k >> by & (1<<digit - 1)
			spare[at[d]] = k
			at[d]++
		}
		keys, spare = spare, keys
	}
	return keys
}

// ordered returns bits that are ordered as unsigned integers as v is ordered.
// Adding 0 makes −0 the same as 0.
func ordered(v float64) uint64 {
	b := math.Float64bits(v + 0)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
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
