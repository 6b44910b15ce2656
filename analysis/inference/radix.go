package inference

import "math/bits"

// A sorter sorts whole numbers, each with the place that it belongs to, by
// radix: some 5 ns for each.
type sorter struct {
	keys, spare []uint64 // number<<32 | place
	counts      [3][1 << 11]uint32
}

// sort returns s.keys in rising order of their numbers, none above most. The
// slice is one of the two buffers.
func (s *sorter) sort(most uint32) []uint64 {
	width := bits.Len32(most)
	passes := max(1, (width+10)/11)
	digit := (width + passes - 1) / passes
	mask := uint64(1)<<digit - 1
	for p := range passes {
		clear(s.counts[p][:mask+1])
	}
	keys, spare := s.keys, s.spare[:len(s.keys)]
	switch passes {
	case 1:
		for _, k := range keys {
			s.counts[0][k>>32&mask]++
		}
	case 2:
		for _, k := range keys {
			s.counts[0][k>>32&mask]++
			s.counts[1][k>>(32+digit)&mask]++
		}
	default:
		for _, k := range keys {
			s.counts[0][k>>32&mask]++
			s.counts[1][k>>(32+digit)&mask]++
			s.counts[2][k>>(32+2*digit)&mask]++
		}
	}
	for p := range passes {
		at, sum := s.counts[p][:mask+1], uint32(0)
		for d, c := range at {
			at[d] = sum
			sum += c
		}
		by := 32 + p*digit
		for _, k := range keys {
			d := k >> by & mask
			spare[at[d]] = k
			at[d]++
		}
		keys, spare = spare, keys
	}
	return keys
}
