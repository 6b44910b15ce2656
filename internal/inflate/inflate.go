package inflate

import (
	"compress/flate"
	"encoding/binary"
	"io"
)

const (
	window  = 1 << 15 // how far back a match reaches
	chunk   = 1 << 17 // how much is unpacked at once
	longest = 258     // of a match
	slack   = 16      // words are copied, so that a match may write beyond its end
	pad     = 64      // zeros behind the input's end
	ahead   = 32      // more than one round of decoding takes
)

// A decoder unpacks one deflate stream after another from a source.
type decoder struct {
	src   io.Reader
	in    []byte
	pos   int // of what is to be read of in,
	end   int // up to where it is filled
	taken int64
	ended bool // the source has ended

	bits  uint64
	nbits uint // how many of them count

	out     []byte // what was unpacked; before it up to 32 KiB to copy from
	r, w    int    // what is to be handed out
	final   bool
	stored  int // bytes of a stored block that are left
	inBlock bool

	lengths   [1 << lengthBits]uint32
	distances [1 << distanceBits]uint32
	more      []uint32
}

func newDecoder(src io.Reader) *decoder {
	return &decoder{src: src, in: make([]byte, 1<<16+pad), out: make([]byte, window+chunk+longest+slack)}
}

// start begins a new deflate stream where the source stands.
func (z *decoder) start() { z.r, z.w, z.final, z.inBlock, z.stored = 0, 0, false, false, 0 }

// fill reads from the source until a round of decoding can be done, or the
// source ends; then zeros follow. It keeps the bytes that align may put back.
func (z *decoder) fill() error {
	from := max(0, z.pos-8)
	z.taken += int64(from)
	z.end = copy(z.in, z.in[from:z.end])
	z.pos -= from
	for tries := 0; z.end-z.pos < ahead && !z.ended; {
		n, err := z.src.Read(z.in[z.end : len(z.in)-pad])
		z.end += n
		if err == io.EOF {
			z.ended = true
		} else if err != nil {
			return err
		}
		if n > 0 {
			tries = 0
		} else if tries++; tries > 100 {
			return io.ErrNoProgress
		}
	}
	clear(z.in[z.end : z.end+pad])
	return nil
}

// need makes at least 56 bits count, zeros behind the end of the source. It
// fails if bits behind the end were taken already.
func (z *decoder) need() error {
	if z.end-z.pos < ahead {
		if z.pos > z.end { // some of the zeros are in bits
			if z.pos-int(z.nbits>>3) > z.end {
				return io.ErrUnexpectedEOF
			}
		} else if !z.ended {
			if err := z.fill(); err != nil {
				return err
			}
		}
	}
	z.bits |= binary.LittleEndian.Uint64(z.in[z.pos:]) << z.nbits
	z.pos += int(63-z.nbits) >> 3
	z.nbits |= 56
	return nil
}

// take takes n of the bits that count.
func (z *decoder) take(n uint) int {
	v := z.bits & (1<<n - 1)
	z.bits >>= n
	z.nbits -= n
	return int(v)
}

// align drops what is left of a byte and puts back whole bytes.
func (z *decoder) align() error {
	z.pos -= int(z.nbits >> 3)
	z.bits, z.nbits = 0, 0
	if z.pos > z.end {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (z *decoder) corrupt() error {
	return flate.CorruptInputError(z.taken + int64(z.pos) - int64(z.nbits>>3))
}

// unpack unpacks more, to be found from r to w. It returns io.EOF at the end
// of the stream; the source then stands behind it.
func (z *decoder) unpack() error {
	if z.w > chunk { // all of it was handed out
		copy(z.out, z.out[z.w-window:z.w])
		z.r, z.w = window, window
	}
	for z.r == z.w {
		var err error
		switch {
		case z.stored > 0:
			err = z.copyStored()
		case z.inBlock:
			err = z.codes()
		case z.final:
			if err := z.align(); err != nil {
				return err
			}
			return io.EOF
		default:
			err = z.block()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// block reads how a block is packed.
func (z *decoder) block() error {
	if err := z.need(); err != nil {
		return err
	}
	z.final = z.take(1) == 1
	switch z.take(2) {
	case 0:
		if err := z.align(); err != nil {
			return err
		}
		if z.end-z.pos < ahead && !z.ended {
			if err := z.fill(); err != nil {
				return err
			}
		}
		if z.end-z.pos < 4 {
			return io.ErrUnexpectedEOF
		}
		n := binary.LittleEndian.Uint32(z.in[z.pos:])
		if n>>16 != ^n&0xffff {
			return z.corrupt()
		}
		z.pos += 4
		z.stored = int(n & 0xffff)
		return nil
	case 1:
		return z.tables(fixedLengths[:], fixedDistances[:])
	case 2:
		return z.dynamic()
	}
	return z.corrupt()
}

func (z *decoder) copyStored() error {
	if z.end == z.pos {
		if z.ended {
			return io.ErrUnexpectedEOF
		}
		if err := z.fill(); err != nil {
			return err
		}
	}
	n := copy(z.out[z.w:window+chunk], z.in[z.pos:min(z.pos+z.stored, z.end)])
	z.pos, z.w, z.stored = z.pos+n, z.w+n, z.stored-n
	return nil
}

func (z *decoder) tables(lengths, distances []uint8) error {
	var ok, okToo bool
	z.more, ok = build(z.lengths[:], lengthBits, z.more[:0], lengths, lengthSymbols[:])
	z.more, okToo = build(z.distances[:], distanceBits, z.more, distances, distanceSymbols[:])
	if !ok || !okToo {
		return z.corrupt()
	}
	z.inBlock = true
	return nil
}

// order is in which order the lengths of the codes of lengths of codes come.
var order = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the codes of a block.
func (z *decoder) dynamic() error {
	nl, nd, nc := z.take(5)+257, z.take(5)+1, z.take(4)+4
	if nl > maxLengths || nd > maxDistances {
		return z.corrupt()
	}
	var short [19]uint8
	for i := range nc {
		if err := z.need(); err != nil {
			return err
		}
		short[order[i]] = uint8(z.take(3))
	}
	var table [1 << 7]uint32
	var symbols [19]uint32
	for s := range symbols {
		symbols[s] = isByte | uint32(s)<<16
	}
	if _, ok := build(table[:], 7, nil, short[:], symbols[:]); !ok {
		return z.corrupt()
	}
	var all [maxLengths + maxDistances]uint8
	for i := 0; i < nl+nd; {
		if err := z.need(); err != nil {
			return err
		}
		e := table[z.bits&(1<<7-1)]
		if e == 0 {
			return z.corruptOrShort()
		}
		z.take(uint(e & 63))
		s := uint8(e >> 16)
		if s < 16 {
			all[i] = s
			i++
			continue
		}
		var again int
		var l uint8
		switch s {
		case 16:
			if i == 0 {
				return z.corrupt()
			}
			again, l = 3+z.take(2), all[i-1]
		case 17:
			again = 3 + z.take(3)
		default:
			again = 11 + z.take(7)
		}
		if i+again > nl+nd {
			return z.corrupt()
		}
		for range again {
			all[i] = l
			i++
		}
	}
	return z.tables(all[:nl], all[nl:nl+nd])
}

// corruptOrShort is the error of bits that mean nothing, unless they lie
// behind the end of the source.
func (z *decoder) corruptOrShort() error {
	if z.pos-int(z.nbits>>3) >= z.end && z.ended {
		return io.ErrUnexpectedEOF
	}
	return z.corrupt()
}

// codes unpacks codes until the block ends or out is full.
func (z *decoder) codes() error {
	var (
		in, out   = z.in, z.out
		pos, w    = z.pos, z.w
		have, n   = z.bits, z.nbits
		lengths   = &z.lengths
		distances = &z.distances
		more      = z.more
		le        = binary.LittleEndian
		failed    error
	)
	for w < window+chunk {
		if z.end-pos < ahead {
			if pos > z.end {
				if pos-int(n>>3) > z.end {
					failed = io.ErrUnexpectedEOF
					break
				}
			} else if !z.ended {
				z.pos = pos
				if failed = z.fill(); failed != nil {
					pos = z.pos
					break
				}
				pos = z.pos
			}
		}
		have |= le.Uint64(in[pos:]) << (n & 63)
		pos += int(63-n) >> 3
		n |= 56
		e := lengths[have&(1<<lengthBits-1)]
		if e&isByte != 0 { // up to four bytes from one reading
			out[w] = byte(e >> 16)
			w++
			have >>= e & 63
			n -= uint(e & 63)
			if e = lengths[have&(1<<lengthBits-1)]; e&isByte != 0 {
				out[w] = byte(e >> 16)
				w++
				have >>= e & 63
				n -= uint(e & 63)
				if e = lengths[have&(1<<lengthBits-1)]; e&isByte != 0 {
					out[w] = byte(e >> 16)
					w++
					have >>= e & 63
					n -= uint(e & 63)
					if e = lengths[have&(1<<lengthBits-1)]; e&isByte != 0 {
						out[w] = byte(e >> 16)
						w++
						have >>= e & 63
						n -= uint(e & 63)
						continue
					}
				}
			}
			have |= le.Uint64(in[pos:]) << (n & 63)
			pos += int(63-n) >> 3
			n |= 56
		}
		if e&isLink != 0 {
			have >>= lengthBits
			n -= lengthBits
			e = more[e>>16+uint32(have)&(1<<(e>>8&15)-1)]
			if e&isByte != 0 {
				out[w] = byte(e >> 16)
				w++
				have >>= e & 63
				n -= uint(e & 63)
				continue
			}
		}
		code := e >> 8 & 15
		length := int(e>>16) + int(have>>code&(1<<(e&63-code)-1))
		have >>= e & 63
		n -= uint(e & 63)
		if e&isEnd != 0 {
			z.inBlock = false
			break
		}
		if e == 0 {
			failed = flate.CorruptInputError(0)
			break
		}
		e = distances[have&(1<<distanceBits-1)]
		if e&isLink != 0 {
			have >>= distanceBits
			n -= distanceBits
			e = more[e>>16+uint32(have)&(1<<(e>>8&15)-1)]
		}
		code = e >> 8 & 15
		distance := int(e>>16) + int(have>>code&(1<<(e&63-code)-1))
		have >>= e & 63
		n -= uint(e & 63)
		if e == 0 || distance > w {
			failed = flate.CorruptInputError(0)
			break
		}
		from := w - distance
		switch {
		case distance >= 8:
			for i := 0; i < length; i += 8 {
				le.PutUint64(out[w+i:], le.Uint64(out[from+i:]))
			}
		case distance == 1:
			word := uint64(out[from]) * 0x0101010101010101
			for i := 0; i < length; i += 8 {
				le.PutUint64(out[w+i:], word)
			}
		default:
			for i := range length {
				out[w+i] = out[from+i]
			}
		}
		w += length
	}
	z.pos, z.w, z.bits, z.nbits = pos, w, have, n
	if failed == nil && z.pos-int(z.nbits>>3) > z.end {
		failed = io.ErrUnexpectedEOF // the last bits were not there
	}
	if _, is := failed.(flate.CorruptInputError); is {
		return z.corruptOrShort()
	}
	return failed
}
