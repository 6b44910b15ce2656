package inference

import "math/bits"

// digit is how many bits a pass of radix sort takes at most: the counters of
// three passes lie in the first-level cache.
const digit = 11

// A sorter sorts the cells of a pool by radix, some 4 ns a cell. A key is the
// pool's whole number above the position of the cell, in one word.
type sorter[K uint32 | uint64] struct {
	keys, spare []K
	counts      [3][1 << digit]uint32
}

// fits reports whether keys of n positions and of numbers up to most fit.
func (s *sorter[K]) fits(n int, most float64) bool {
	return bits.Len(uint(n-1))+bits.Len64(uint64(most)) <= bits.Len64(uint64(^K(0))) && most < 1<<(3*digit)
}

// sort returns the keys of the numbers pool[i] − c·x[i] + shift, which lie
// from 0 to most, in rising order, and how many bits their positions have. x
// may be nil. The keys hold until the next call.
func (s *sorter[K]) sort(pool, x []float64, c, shift, most float64) (sorted []K, low uint) {
	n := len(pool)
	if cap(s.keys) < n {
		s.keys, s.spare = make([]K, n+n/4), make([]K, n+n/4)
	}
	keys, spare := s.keys[:n], s.spare[:n]
	low = uint(bits.Len(uint(n - 1)))
	width := uint(bits.Len64(uint64(most)))
	passes := max(1, (width+digit-1)/digit)
	by := (width + passes - 1) / passes
	mask := uint64(1)<<by - 1
	const all = 1<<digit - 1 // so that the compiler knows that no counter is missed
	first, second, third := &s.counts[0], &s.counts[1], &s.counts[2]
	for p := range passes {
		clear(s.counts[p][:mask+1])
	}
	if len(x) > 0 {
		x = x[:n]
		for i, p := range pool {
			keys[i] = K(uint64(int64(p-c*x[i]+shift))<<(low&63) | uint64(i))
		}
	} else {
		for i, p := range pool {
			keys[i] = K(uint64(int64(p+shift))<<(low&63) | uint64(i))
		}
	}
	switch passes {
	case 1:
		for _, k := range keys {
			first[uint64(k)>>(low&63)&mask&all]++
		}
	case 2:
		for _, k := range keys {
			h := uint64(k) >> (low & 63)
			first[h&mask&all]++
			second[h>>(by&63)&mask&all]++
		}
	default:
		for _, k := range keys {
			h := uint64(k) >> (low & 63)
			first[h&mask&all]++
			h >>= by & 63
			second[h&mask&all]++
			third[h>>(by&63)&mask&all]++
		}
	}
	for p := range passes {
		at, sum := &s.counts[p], uint32(0)
		for d, c := range at[:mask+1] {
			at[d] = sum
			sum += c
		}
		shift := low + p*by
		for _, k := range keys {
			d := uint64(k) >> (shift & 63) & mask & all
			spare[at[d]] = k
			at[d]++
		}
		keys, spare = spare, keys
	}
	return keys, low
}
