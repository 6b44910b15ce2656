package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// A filter is one of those that a chunk went through before it was written.
type filter struct {
	id     int
	name   string // what the file calls it
	values []uint32
}

const (
	deflate  = 1
	shuffle  = 2
	fletcher = 3
	lzf      = 32000
)

// The filters by the names under which people choose them.
var filterNames = map[int]string{deflate: "gzip", shuffle: "shuffle", fletcher: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset", lzf: "lzf",
	307: "bzip2", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd", 32017: "sz", 32026: "blosc2"}

func (f filter) String() string {
	if s := filterNames[f.id]; s != "" {
		return s
	}
	return fmt.Sprintf("%d (%.60q)", f.id, f.name)
}

func (f filter) known() bool {
	return f.id == deflate || f.id == shuffle || f.id == fletcher || f.id == lzf
}

func readFilters(b []byte) ([]filter, error) {
	c := &cursor{b: b}
	version, n := c.u8(), c.u8()
	if version != 1 && version != 2 || n > 32 {
		return nil, damaged("%d filters, version %d", n, version)
	}
	if version == 1 {
		c.take(6)
	}
	var out []filter
	for range n {
		f := filter{id: c.u16()}
		letters := 0
		if version == 1 || f.id >= 256 {
			letters = c.u16()
		}
		c.take(2)
		values := c.u16()
		if version == 1 {
			letters = (letters + 7) &^ 7
		}
		f.name = string(bytes.TrimRight(c.take(letters), "\x00"))
		for range min(values, len(c.b)/4+1) {
			f.values = append(f.values, c.u32())
		}
		if version == 1 && values%2 == 1 {
			c.take(4)
		}
		if c.bad {
			return nil, damaged("a filter ends early")
		}
		out = append(out, f)
	}
	return out, nil
}

// readable reports an *UnsupportedError for filters that are not known.
func (d *Dataset) readable() error {
	for _, f := range d.filters {
		if !f.known() {
			return &UnsupportedError{What: "a dataset packed by the filter " + f.String(), Remedy: "rewrite it with another: h5repack -f GZIP=1 old.h5 new.h5 (h5py: compression=\"gzip\")"}
		}
	}
	return nil
}

const (
	// MaxGain is how many bytes can come of one that is stored: so many of one
	// that is deflated,
	MaxGain = 1032
	maxLZF  = 264 // and of one in lzf
)

// gain is how many bytes of a chunk can come of one that is stored. Of what is
// packed twice it is no more: the first filter that is undone has to give as
// many bytes as the last can make a chunk of, and those are compared with the
// whole chunk.
func (d *Dataset) gain() uint64 {
	g := uint64(1)
	for _, f := range d.filters {
		switch f.id {
		case deflate:
			g = max(g, MaxGain)
		case lzf:
			g = max(g, maxLZF)
		}
	}
	return g
}

// An unpacker undoes filters. It keeps its buffers from chunk to chunk.
type unpacker struct {
	d    *Dataset
	a, b []byte
	z    io.ReadCloser
	from bytes.Reader
}

// chunk reads and unpacks a chunk; the bytes are valid until the next.
func (u *unpacker) chunk(c chunk) ([]byte, error) {
	want := u.d.chunkBytes()
	if c.size > uint64(u.d.f.size) {
		return nil, u.d.f.holds(c.at, c.size)
	}
	u.a = sizedTo(u.a, int(c.size))
	if err := u.d.f.fill(u.a, c.at); err != nil {
		return nil, err
	}
	in, spare := u.a, u.b
	for i := len(u.d.filters) - 1; i >= 0; i-- {
		if c.mask>>i&1 == 1 { // so a filter says that it did nothing
			continue
		}
		f := u.d.filters[i]
		limit := want + 4*i // what an earlier checksum adds
		var out []byte
		var err error
		switch f.id {
		case deflate:
			out, err = u.inflate(spare, in, limit)
		case lzf:
			out, err = unLZF(spare, in, limit)
		case shuffle:
			size := u.d.Type.Size
			if len(f.values) > 0 {
				size = int(f.values[0])
			}
			out = unshuffle(spare, in, size)
		case fletcher:
			if len(in) < 4 {
				return nil, damaged("a chunk of %d bytes with a checksum", len(in))
			}
			k := len(in) - 4
			sum, got := binary.LittleEndian.Uint32(in[k:]), fletcher32(in[:k])
			// Early libraries wrote the halves' bytes the other way round.
			if swapped := got>>8&0x00ff00ff | got<<8&0xff00ff00; sum != got && sum != swapped && !u.d.f.unsummed {
				return nil, damaged("the checksum of the chunk at %d differs", c.at)
			}
			in = in[:k]
			continue
		}
		if err != nil {
			return nil, damaged("the chunk at %d: %w", c.at, err)
		}
		in, spare = out, in
	}
	u.a, u.b = in[:0], spare[:0]
	if len(in) != want {
		return nil, damaged("the chunk at %d holds %d bytes and should %d", c.at, len(in), want)
	}
	return in, nil
}

// sizedTo returns a buffer of that length.
func sizedTo(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// inflate grows its buffer only as bytes come, to the limit.
func (u *unpacker) inflate(dst, src []byte, limit int) ([]byte, error) {
	if limit/MaxGain > len(src) {
		return nil, fmt.Errorf("%d bytes cannot become %d", len(src), limit)
	}
	u.from.Reset(src)
	if u.z == nil {
		z, err := zlib.NewReader(&u.from)
		if err != nil {
			return nil, err
		}
		u.z = z
	} else if err := u.z.(zlib.Resetter).Reset(&u.from, nil); err != nil {
		return nil, err
	}
	dst = sizedTo(dst, min(limit+1, max(cap(dst), 16*len(src)+1<<12)))
	for n := 0; ; {
		k, err := u.z.Read(dst[n:])
		switch n += k; {
		case n > limit:
			return nil, fmt.Errorf("more than %d bytes come of it", limit)
		case err == io.EOF: // with the right checksum
			return dst[:n], nil
		case err != nil:
			return nil, err
		case n == len(dst):
			dst = slices.Grow(dst, min(n, limit+1-n))
			dst = dst[:min(limit+1, cap(dst))]
		}
	}
}

// unshuffle brings the bytes of an element together again: all first bytes were
// written before all second ones. What makes no whole element stands at the
// end.
func unshuffle(dst, src []byte, size int) []byte {
	dst = sizedTo(dst, len(src))
	if size < 2 || len(src) < size {
		copy(dst, src)
		return dst
	}
	n := len(src) / size
	switch size {
	case 2:
		a, b, out := src[:n], src[n:2*n], dst[:2*n]
		for i := range a {
			out[2*i], out[2*i+1] = a[i], b[i]
		}
	case 4:
		a, b, c, d, out := src[:n], src[n:2*n], src[2*n:3*n], src[3*n:4*n], dst[:4*n]
		for i := range a {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(a[i])|uint32(b[i])<<8|uint32(c[i])<<16|uint32(d[i])<<24)
		}
	default:
		for k := range size {
			for i, x := range src[k*n : (k+1)*n] {
				dst[i*size+k] = x
			}
		}
	}
	copy(dst[n*size:], src[n*size:])
	return dst
}

// unLZF unpacks what LibLZF packed: runs of letters, and copies of what came
// before.
func unLZF(dst, src []byte, limit int) ([]byte, error) {
	if limit/maxLZF > len(src) {
		return nil, fmt.Errorf("%d bytes cannot become %d", len(src), limit)
	}
	dst = sizedTo(dst, min(limit, 8*len(src)))[:0]
	c := &cursor{b: src}
	for len(c.b) > 0 {
		x := c.u8()
		if x < 32 {
			dst = append(dst, c.take(x+1)...)
		} else {
			n := x >> 5
			if n == 7 {
				n += c.u8()
			}
			back := (x&31)<<8 + c.u8() + 1
			if back > len(dst) {
				return nil, fmt.Errorf("it copies from %d bytes back, after %d", back, len(dst))
			}
			for range n + 2 {
				dst = append(dst, dst[len(dst)-back])
			}
		}
		if c.bad || len(dst) > limit {
			return nil, fmt.Errorf("it ends early or becomes more than %d bytes", limit)
		}
	}
	return dst, nil
}
