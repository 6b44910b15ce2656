package hdf5

// A cursor reads a structure of the file, whose numbers are little-endian.
// After its end it gives zeros, and bad is set.
type cursor struct {
	b       []byte
	offsets int // bytes of an address,
	lengths int // and of a length
	bad     bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.bad, c.b = true, nil
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

// uint reads a number of up to 8 bytes.
func (c *cursor) uint(n int) uint64 {
	var v uint64
	for i, x := range c.take(n) {
		v |= uint64(x) << (8 * i)
	}
	return v
}

func (c *cursor) u8() int        { return int(c.uint(1)) }
func (c *cursor) u16() int       { return int(c.uint(2)) }
func (c *cursor) u32() uint32    { return uint32(c.uint(4)) }
func (c *cursor) length() uint64 { return c.uint(c.lengths) }

// address reads an address; undefined stands for none.
func (c *cursor) address() uint64 {
	v := c.uint(c.offsets)
	if v == 1<<(8*c.offsets)-1 || c.offsets == 8 && v == undefined {
		return undefined
	}
	return v
}

const undefined = 1<<64 - 1

// text reads letters up to a zero; the zero and, with pad, zeros up to a
// multiple of 8 bytes are skipped.
func (c *cursor) text(pad bool) string {
	for i, x := range c.b {
		if x != 0 {
			continue
		}
		s := string(c.b[:i])
		n := i + 1
		if pad {
			n = (n + 7) &^ 7
		}
		c.take(n)
		return s
	}
	c.bad, c.b = true, nil
	return ""
}

// bytesFor is how many bytes the format uses for numbers up to n.
func bytesFor(n uint64) int {
	k := 1
	for n >>= 8; n > 0; n >>= 8 {
		k++
	}
	return k
}
