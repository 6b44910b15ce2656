package inflate

// An entry of a table of codes holds, from its lowest bit on,
//
//	6 bits  how many bits it takes: the code and what follows it
//	8…11    how many of them are the code; of a link: how many index its table
//	12…14   what it is
//	16…31   the byte; the smallest length or distance; where the table begins
//
// 0 stands for a code that there is none of.
const (
	isByte = 1 << 12
	isEnd  = 1 << 13
	isLink = 1 << 14

	lengthBits   = 11 // bytes and lengths found at the first look
	distanceBits = 8

	maxLengths   = 286
	maxDistances = 30
)

// What the symbols stand for, before their code is known.
var (
	lengthSymbols   [288]uint32
	distanceSymbols [32]uint32
	fixedLengths    [288]uint8
	fixedDistances  [32]uint8
)

func init() {
	for s := range 256 {
		lengthSymbols[s] = isByte | uint32(s)<<16
	}
	lengthSymbols[256] = isEnd
	base := 3
	for s := 257; s < 285; s++ {
		extra := max(0, (s-257)/4-1)
		lengthSymbols[s] = uint32(base)<<16 | uint32(extra)
		base += 1 << extra
	}
	lengthSymbols[285] = 258 << 16
	base = 1
	for s := range maxDistances {
		extra := max(0, s/2-1)
		distanceSymbols[s] = uint32(base)<<16 | uint32(extra)
		base += 1 << extra
	}
	for s := range fixedLengths {
		switch {
		case s < 144:
			fixedLengths[s] = 8
		case s < 256:
			fixedLengths[s] = 9
		case s < 280:
			fixedLengths[s] = 7
		default:
			fixedLengths[s] = 8
		}
	}
	for s := range fixedDistances {
		fixedDistances[s] = 5
	}
}

// build fills a table of 1<<first entries from the lengths of the codes of
// symbols. Longer codes are linked to tables that are appended to more. It
// reports whether the lengths make a code: no two begin alike and every row of bits
// begins with one, but for a single code of one bit, or none at all.
func build(table []uint32, first int, more []uint32, lengths []uint8, symbols []uint32) ([]uint32, bool) {
	clear(table)
	var count, next [16]int
	for _, l := range lengths {
		count[l]++
	}
	count[0] = 0
	code, longest := 0, 0
	for l := 1; l < 16; l++ {
		code <<= 1
		next[l] = code
		code += count[l]
		if code > 1<<l {
			return more, false
		}
		if count[l] > 0 {
			longest = l
		}
	}
	if longest > 0 && code != 1<<15 && !(longest == 1 && count[1] == 1) {
		return more, false
	}
	var depth [1 << lengthBits]uint8 // of each link: the longest code that begins so
	if longest > first {
		at := next
		for _, l := range lengths {
			if int(l) > first {
				low := reverse(at[l], int(l)) & (1<<first - 1)
				depth[low] = max(depth[low], l)
			}
			at[l]++
		}
	}
	for s, l8 := range lengths {
		l := int(l8)
		if l == 0 {
			continue
		}
		bits := reverse(next[l], l)
		next[l]++
		what := symbols[s]
		if l <= first {
			if what != 0 {
				what = what + uint32(l) | uint32(l)<<8
			}
			for i := bits; i < 1<<first; i += 1 << l {
				table[i] = what
			}
			continue
		}
		low := bits & (1<<first - 1)
		index := int(depth[low]) - first
		if table[low] == 0 {
			table[low] = isLink | uint32(first) | uint32(index)<<8 | uint32(len(more))<<16
			for range 1 << index {
				more = append(more, 0)
			}
		}
		if what != 0 {
			what = what + uint32(l-first) | uint32(l-first)<<8
		}
		start := int(table[low] >> 16)
		for i := bits >> first; i < 1<<index; i += 1 << (l - first) {
			more[start+i] = what
		}
	}
	return more, true
}

// reverse turns round the lowest n bits: codes are stored from their highest bit.
func reverse(code, n int) int {
	out := 0
	for range n {
		out = out<<1 | code&1
		code >>= 1
	}
	return out
}
