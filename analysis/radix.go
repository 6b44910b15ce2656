package analysis

import (
	"math"
	"math/bits"
)

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
