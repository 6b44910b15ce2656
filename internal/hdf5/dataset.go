package hdf5

import (
	"fmt"
	"slices"
	"sync"
)

// A Dataset is an array of elements.
type Dataset struct {
	Type  *Type
	Space *Space
	Chunk []int // how each axis is cut in the file; nil if it is not

	f       *File
	fill    []byte // of an element that was never written; nil is zeros
	layout  layout
	filters []filter

	once  sync.Once // for the chunks:
	index map[uint64]chunk
	kept  uint64 // how many bytes the stored chunks can become,
	held  uint64 // and how many they are
	bad   error
}

// A layout says where the elements are.
type layout struct {
	kind     int    // compact, contiguous or chunked
	data     []byte // of compact
	at, size uint64 // of contiguous; of chunked, the index' address

	version int // of chunked
	chunks  int // the kind of index
	edges   bool
	oneSize uint64 // of a single compressed chunk,
	oneMask uint32
}

const (
	compact = iota
	contiguous
	chunked
	virtual
)

// The kinds of chunk index: of layouts of version 3, and of version 4.
const (
	indexTree1      = 0
	indexSingle     = 1
	indexImplicit   = 2
	indexFixed      = 3
	indexExtensible = 4
	indexTree2      = 5
)

// maxChunk bounds a chunk's bytes; the library of the time wrote at most 4 GiB,
// and h5py chooses at most 1 MiB.
const maxChunk = 1 << 30

// Dataset reads what describes the dataset, not its values.
func (o *Object) Dataset() (*Dataset, error) {
	d := &Dataset{f: o.f}
	if _, ok := o.message(msgExternal); ok {
		return nil, &UnsupportedError{What: "a dataset whose values are in other files", Remedy: "write it into one with h5repack"}
	}
	part := func(kind int, what string) ([]byte, error) {
		m, ok := o.message(kind)
		if !ok {
			return nil, damaged("a dataset without %s", what)
		}
		return o.f.resolve(m)
	}
	b, err := part(msgSpace, "a shape")
	if err != nil {
		return nil, err
	}
	if d.Space, err = o.f.space(b); err != nil {
		return nil, err
	}
	if b, err = part(msgType, "a type"); err != nil {
		return nil, err
	}
	if d.Type, err = o.f.datatype(b); err != nil {
		return nil, err
	}
	if n, ok := product(d.Space.Shape, 1<<62/uint64(d.Type.Size)); !ok {
		return nil, damaged("it claims %d values of %d bytes", n, d.Type.Size)
	}
	if b, err = part(msgLayout, "a layout"); err != nil {
		return nil, err
	}
	if err := d.readLayout(b); err != nil {
		return nil, err
	}
	if m, ok := o.message(msgFilters); ok {
		if b, err = o.f.resolve(m); err != nil {
			return nil, err
		}
		if d.filters, err = readFilters(b); err != nil {
			return nil, err
		}
	}
	return d, d.readFill(o)
}

// readFill reads the value of what was never written.
func (d *Dataset) readFill(o *Object) error {
	var value []byte
	if m, ok := o.message(msgFill); ok {
		b, err := o.f.resolve(m)
		if err != nil {
			return err
		}
		c := o.f.cursor(b)
		has := true
		switch version := c.u8(); version {
		case 1, 2:
			c.take(2)
			has = c.u8() != 0 || version == 1
		case 3:
			has = c.u8()&0x20 != 0
		default:
			return &UnsupportedError{What: fmt.Sprintf("a fill value of version %d", version)}
		}
		if has {
			value = c.take(int(min(c.u32(), 1<<30)))
		}
		if c.bad {
			return damaged("a fill value of %d bytes ends early", len(b))
		}
	} else if m, ok := o.message(msgOldFill); ok && !m.shared {
		c := o.f.cursor(m.data)
		value = c.take(int(min(c.u32(), 1<<30)))
	}
	if len(value) > 0 {
		if len(value) != d.Type.Size {
			return damaged("a fill value of %d bytes, for elements of %d", len(value), d.Type.Size)
		}
		if d.Type.Class != VLen {
			d.fill = value
		}
	}
	return nil
}

func (d *Dataset) readLayout(b []byte) error {
	c := d.f.cursor(b)
	l := &d.layout
	switch l.version = c.u8(); l.version {
	case 1, 2:
		rank := c.u8()
		l.kind = c.u8()
		c.take(5)
		if l.kind != compact {
			l.at = c.address()
		}
		dims := make([]uint64, rank)
		for i := range dims {
			dims[i] = uint64(c.u32())
		}
		switch l.kind {
		case compact:
			l.data = c.take(int(c.u32()))
		case contiguous:
			l.size = uint64(d.Space.Len() * d.Type.Size)
		case chunked:
			if err := d.cut(dims); err != nil {
				return err
			}
		}
	case 3, 4, 5:
		switch l.kind = c.u8(); l.kind {
		case compact:
			l.data = c.take(c.u16())
		case contiguous:
			l.at, l.size = c.address(), c.length()
		case chunked:
			if err := d.readChunked(c); err != nil {
				return err
			}
		}
	default:
		return &UnsupportedError{What: fmt.Sprintf("a layout of version %d", l.version), Remedy: "rewrite the file with h5repack"}
	}
	if c.bad {
		return damaged("a layout of %d bytes ends early", len(b))
	}
	need := uint64(d.Space.Len() * d.Type.Size)
	switch l.kind {
	case compact:
		if uint64(len(l.data)) < need {
			return damaged("it claims %v values of %d bytes, and has %d bytes", d.Space.Shape, d.Type.Size, len(l.data))
		}
	case contiguous:
		if l.at == undefined || need == 0 {
			return nil
		}
		if l.size < need {
			return damaged("it claims %v values of %d bytes, and has %d bytes", d.Space.Shape, d.Type.Size, l.size)
		}
		return d.f.holds(l.at, need)
	case chunked:
		if need := uint64(d.Type.Size); need > maxChunk {
			return damaged("elements of %d bytes", need)
		}
	case virtual:
		return &UnsupportedError{What: "a virtual dataset, whose values are in other files or datasets,", Remedy: "read those"}
	default:
		return damaged("a layout of class %d", l.kind)
	}
	return nil
}

func (d *Dataset) readChunked(c *cursor) error {
	l := &d.layout
	if l.version == 3 {
		rank := c.u8()
		l.at = c.address()
		dims := make([]uint64, rank)
		for i := range dims {
			dims[i] = uint64(c.u32())
		}
		if c.bad {
			return damaged("a layout ends early")
		}
		return d.cut(dims)
	}
	flags := c.u8()
	rank, width := c.u8(), c.u8()
	if width < 1 || width > 8 {
		return damaged("lengths of chunks of %d bytes", width)
	}
	dims := make([]uint64, rank)
	for i := range dims {
		dims[i] = c.uint(width)
	}
	l.edges = flags&1 != 0
	switch l.chunks = c.u8(); l.chunks {
	case indexSingle:
		if flags&2 != 0 {
			l.oneSize, l.oneMask = c.length(), c.u32()
		}
	case indexImplicit:
	case indexFixed:
		c.take(1)
	case indexExtensible:
		c.take(5)
	case indexTree2:
		c.take(4 + 1 + 1)
	default:
		return &UnsupportedError{What: fmt.Sprintf("an index of chunks of kind %d", l.chunks), Remedy: "rewrite the file with h5repack"}
	}
	l.at = c.address()
	if c.bad {
		return damaged("a layout ends early")
	}
	return d.cut(dims)
}

// cut notes the size of the chunks, of which the last length is an element's.
func (d *Dataset) cut(dims []uint64) error {
	rank := len(d.Space.Shape)
	if len(dims) != rank+1 || dims[rank] != uint64(d.Type.Size) {
		return damaged("chunks %v for a dataset %v of %d bytes each", dims, d.Space.Shape, d.Type.Size)
	}
	for _, n := range dims[:rank] {
		if n == 0 || n > maxChunk {
			return damaged("chunks %v", dims)
		}
		d.Chunk = append(d.Chunk, int(n))
	}
	if n, ok := product(d.Chunk, maxChunk/dims[rank]); !ok {
		return &UnsupportedError{What: fmt.Sprintf("a chunk of %d values or more, above %d bytes,", n, maxChunk), Remedy: "cut it smaller: h5repack -l CHUNK=…"}
	}
	return nil
}

// Filters names what the chunks are packed by, in order.
func (d *Dataset) Filters() []string {
	out := make([]string, len(d.filters))
	for i, f := range d.filters {
		out[i] = f.String()
	}
	return out
}

// chunkBytes is the size of an unpacked chunk.
func (d *Dataset) chunkBytes() int {
	n := d.Type.Size
	for _, l := range d.Chunk {
		n *= l
	}
	return n
}

// grid is how many chunks the lengths take along each axis.
func (d *Dataset) grid(lengths []int) []int {
	out := slices.Clone(lengths)
	for i, n := range lengths {
		out[i] = n / d.Chunk[i]
		if n%d.Chunk[i] > 0 {
			out[i]++
		}
	}
	return out
}
