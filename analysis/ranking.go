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

const (
	// fewToSort values are sorted as fast by comparison.
	fewToSort = 96

	digit = 11 // bits of a pass: 2048 counters lie in the first-level cache
)

// heads are how often each digit stands in the upper halves of words.
type heads [3][1 << digit]uint32

func (h *heads) add(head uint64) {
	h[0][head&(1<<digit-1)]++
	h[1][head>>digit&(1<<digit-1)]++
}

// radix returns, in one of the two buffers, the positions of x by rising value
// in the lower halves of words. Of the upper halves, which rise too, equal
// values have the same, and most others different ones; words of the same
// upper half are in no order but that of their positions.
func radix(x []float64, keys, spare []uint64) []uint64 {
	passes := 2
	if len(x) > 1<<16 {
		passes = 3
	}
	var counts heads
	if !evenly(x, keys, &counts, passes) {
		passes, counts = 3, heads{}
		byBits(x, keys, &counts)
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

// evenly makes the upper halves of where a value lies between the smallest and
// the largest. It reports false, having counted in vain, where that cannot be
// told or puts most values in a few places, as beside one that is far away.
func evenly(x []float64, keys []uint64, counts *heads, passes int) bool {
	lo, hi := x[0], x[0]
	for _, v := range x {
		if v < lo {
			lo = v
		} else if v > hi {
			hi = v
		}
	}
	most := float64(uint64(1)<<min(passes*digit, 32) - 1)
	f := most / (hi - lo)
	if !(f > 0 && f <= math.MaxFloat64 && hi-lo <= math.MaxFloat64) {
		return false
	}
	for i, v := range x {
		head := uint64(int64((v-lo)*f)) & math.MaxUint32
		counts.add(head)
		keys[i] = head<<32 | uint64(uint32(i))
	}
	top := &counts[passes-1]
	if passes > 2 {
		for _, k := range keys {
			top[k>>(32+2*digit)]++
		}
	}
	crowd := 0.0
	for _, c := range top {
		crowd += float64(c) * float64(c)
	}
	// Values of a normal distribution give .001 to .002.
	return crowd < .02*float64(len(x))*float64(len(x))
}

// byBits makes the upper halves of the 32 leading bits in which values differ.
func byBits(x []float64, keys []uint64, counts *heads) {
	least, most := uint64(math.MaxUint64), uint64(0)
	for i, v := range x {
		k := ordered(v)
		keys[i] = k
		least, most = min(least, k), max(most, k)
	}
	shift := max(0, bits.Len64(most-least)-32)
	for i, k := range keys {
		head := (k - least) >> shift
		counts.add(head)
		counts[2][head>>(2*digit)]++
		keys[i] = head<<32 | uint64(uint32(i))
	}
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

// drawnItems are those of x and y that stand somewhere, ranked, and how often.
type drawnItems struct {
	rx, ry  *Ranking
	w       []float64
	buffers [3]*[]float64
}

// takeDrawn leaves out items that stand nowhere; in a draw of pairs of stimuli
// that is more than half. giveBack when done.
func takeDrawn(x, y, w []float64) drawnItems {
	d := drawnItems{rx: rankings.Get().(*Ranking), ry: rankings.Get().(*Ranking)}
	for k := range d.buffers {
		d.buffers[k] = borrow(len(w))
	}
	bx, by, bw := *d.buffers[0], *d.buffers[1], *d.buffers[2]
	n := 0
	for i, c := range w {
		bx[n], by[n], bw[n] = x[i], y[i], c
		if c != 0 {
			n++
		}
	}
	d.w = bw[:n]
	d.rx.Reset(bx[:n])
	d.ry.Reset(by[:n])
	return d
}

func (d drawnItems) giveBack() {
	rankings.Put(d.rx)
	rankings.Put(d.ry)
	for _, b := range d.buffers {
		giveBack(b)
	}
}

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
