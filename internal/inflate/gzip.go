package inflate

import (
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// A Gzip reads what was packed by gzip, all members one after another. Its
// errors are those of compress/gzip: gzip.ErrHeader, gzip.ErrChecksum,
// flate.CorruptInputError, io.ErrUnexpectedEOF and those of the source.
type Gzip struct {
	z    *decoder
	sum  uint32
	size uint32
	err  error
}

// NewGzip reads the first header. It holds some 230 KiB, and reads more of the
// source than it needs.
func NewGzip(src io.Reader) (*Gzip, error) {
	g := &Gzip{z: newDecoder(src)}
	if err := g.member(); err != nil {
		return nil, err
	}
	return g, nil
}

// Read unpacks into p.
func (g *Gzip) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for g.z.r == g.z.w && g.err == nil {
		g.err = g.z.unpack()
		fresh := g.z.out[g.z.r:g.z.w]
		g.sum = crc32.Update(g.sum, crc32.IEEETable, fresh)
		g.size += uint32(len(fresh))
		if g.err == io.EOF {
			g.err = g.ends()
		}
	}
	if g.z.r == g.z.w {
		return 0, g.err
	}
	n := copy(p, g.z.out[g.z.r:g.z.w])
	g.z.r += n
	return n, nil
}

// ends compares a member with its checksum and goes on to the next.
func (g *Gzip) ends() error {
	b, err := g.peek(8)
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b) != g.sum || binary.LittleEndian.Uint32(b[4:]) != g.size {
		return gzip.ErrChecksum
	}
	g.z.pos += 8
	if err := g.member(); err != nil {
		return err // io.EOF if there is none
	}
	return nil
}

// peek returns the next n bytes, at most 32.
func (g *Gzip) peek(n int) ([]byte, error) {
	z := g.z
	if z.end-z.pos < n && !z.ended {
		if err := z.fill(); err != nil {
			return nil, err
		}
	}
	if z.end-z.pos < n {
		return nil, io.ErrUnexpectedEOF
	}
	return z.in[z.pos : z.pos+n], nil
}

// member reads the header of a member. It returns io.EOF if nothing follows.
func (g *Gzip) member() error {
	z := g.z
	if _, err := g.peek(1); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		return err
	}
	head, err := g.peek(10)
	if err != nil {
		return err
	}
	if head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 {
		return gzip.ErrHeader
	}
	flags := head[3]
	sum := crc32.ChecksumIEEE(head)
	z.pos += 10
	next := func() (byte, error) {
		b, err := g.peek(1)
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, crc32.IEEETable, b)
		z.pos++
		return b[0], nil
	}
	if flags&4 != 0 { // extra
		lo, err := next()
		if err != nil {
			return err
		}
		hi, err := next()
		if err != nil {
			return err
		}
		for range int(hi)<<8 | int(lo) {
			if _, err := next(); err != nil {
				return err
			}
		}
	}
	for _, flag := range []byte{8, 16} { // name, comment
		if flags&flag == 0 {
			continue
		}
		for n := 0; ; n++ {
			c, err := next()
			if err != nil {
				return err
			}
			if c == 0 {
				break
			}
			if n == 511 { // as compress/gzip has it
				return gzip.ErrHeader
			}
		}
	}
	if flags&2 != 0 {
		b, err := g.peek(2)
		if err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(b) != uint16(sum) {
			return gzip.ErrHeader
		}
		z.pos += 2
	}
	z.start()
	g.sum, g.size = 0, 0
	return nil
}
