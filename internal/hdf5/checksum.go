package hdf5

import (
	"encoding/binary"
	"math/bits"
)

// lookup3 is the checksum of the format's structures: Bob Jenkins' hashlittle
// of 2006 with the initial value 0.
func lookup3(k []byte) uint32 {
	a := 0xdeadbeef + uint32(len(k))
	b, c := a, a
	rot := bits.RotateLeft32
	for len(k) > 12 {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, c = a-c^rot(c, 4), c+b
		b, a = b-a^rot(a, 6), a+c
		c, b = c-b^rot(b, 8), b+a
		a, c = a-c^rot(c, 16), c+b
		b, a = b-a^rot(a, 19), a+c
		c, b = c-b^rot(b, 4), b+a
		k = k[12:]
	}
	if len(k) == 0 {
		return c
	}
	var tail [12]byte
	copy(tail[:], k)
	a += binary.LittleEndian.Uint32(tail[:])
	b += binary.LittleEndian.Uint32(tail[4:])
	c += binary.LittleEndian.Uint32(tail[8:])
	c = (c ^ b) - rot(b, 14)
	a = (a ^ c) - rot(c, 11)
	b = (b ^ a) - rot(a, 25)
	c = (c ^ b) - rot(b, 16)
	a = (a ^ c) - rot(c, 4)
	b = (b ^ a) - rot(a, 14)
	return (c ^ b) - rot(b, 24)
}

// fletcher32 is the checksum of a chunk: the sums, modulo 2¹⁶−1, of its words
// of 16 bits, high byte first, and of these sums.
func fletcher32(k []byte) uint32 {
	var s1, s2 uint32
	for len(k) > 1 {
		n := min(len(k)/2, 360) // so many that no sum overflows
		for i := range n {
			s1 += uint32(k[2*i])<<8 | uint32(k[2*i+1])
			s2 += s1
		}
		k = k[2*n:]
		s1, s2 = s1&0xffff+s1>>16, s2&0xffff+s2>>16
	}
	if len(k) == 1 {
		s1 += uint32(k[0]) << 8
		s2 += s1
		s1, s2 = s1&0xffff+s1>>16, s2&0xffff+s2>>16
	}
	s1, s2 = s1&0xffff+s1>>16, s2&0xffff+s2>>16
	return s2<<16 | s1
}
