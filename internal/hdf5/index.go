package hdf5

import (
	"fmt"
	"math/bits"
)

// A chunk says where one is stored.
type chunk struct {
	at   uint64
	size uint64
	mask uint32 // the filters that were left out
}

// chunks reads the index of the chunks, once. A key is the chunk's number in
// the grid, the last axis fastest.
func (d *Dataset) chunks() (map[uint64]chunk, error) {
	d.once.Do(func() {
		d.index = map[uint64]chunk{}
		d.bad = d.readIndex()
	})
	return d.index, d.bad
}

// backed is how many bytes of elements the file can hold, whatever the shape
// claims.
func (d *Dataset) backed() (uint64, error) {
	if d.layout.kind != chunked {
		if d.layout.kind == contiguous && d.layout.at == undefined {
			return 0, nil
		}
		return uint64(d.Space.Len() * d.Type.Size), nil
	}
	_, err := d.chunks()
	return d.kept, err
}

// add notes a chunk by its place in the grid; one outside of the shape was
// left there when it shrank.
func (d *Dataset) add(place []int, c chunk) error {
	grid := d.grid(d.Space.Shape)
	var key uint64
	for i, p := range place {
		if p < 0 || p >= grid[i] {
			return nil
		}
		key = key*uint64(grid[i]) + uint64(p)
	}
	if c.at == undefined {
		return nil
	}
	if err := d.f.holds(c.at, c.size); err != nil {
		return err
	}
	if _, twice := d.index[key]; twice {
		return damaged("the chunk %v stands twice", place)
	}
	if d.held += c.size; d.held > uint64(d.f.size) {
		return damaged("its chunks overlap")
	}
	d.index[key] = c
	d.kept += min(c.size*d.gain(), uint64(d.chunkBytes()))
	return nil
}

func (d *Dataset) readIndex() error {
	l := &d.layout
	if l.at == undefined || d.Space.Len() == 0 {
		return nil
	}
	if l.version < 4 {
		return d.readTree1()
	}
	switch l.chunks {
	case indexSingle:
		size := uint64(d.chunkBytes())
		if len(d.filters) > 0 {
			size = l.oneSize
		}
		return d.add(make([]int, len(d.Chunk)), chunk{at: l.at, size: size, mask: l.oneMask})
	case indexImplicit:
		grid := d.grid(d.Space.Max)
		n, ok := product(grid, uint64(d.f.size))
		if !ok {
			return damaged("%v chunks in a file of %d bytes", grid, d.f.size)
		}
		size := uint64(d.chunkBytes())
		for i := range n {
			if err := d.add(place(grid, i), chunk{at: l.at + i*size, size: size}); err != nil {
				return err
			}
		}
		return nil
	case indexFixed:
		return d.readFixed()
	case indexExtensible:
		return d.readExtensible()
	}
	return d.readTree2()
}

// place turns a number into a place in a grid.
func place(grid []int, n uint64) []int {
	at := make([]int, len(grid))
	for i := len(grid) - 1; i >= 0; i-- {
		if grid[i] > 0 {
			at[i] = int(n % uint64(grid[i]))
			n /= uint64(grid[i])
		}
	}
	return at
}

// readTree1 reads the index of layouts up to version 3: each leaf has a chunk's
// size, its mask and where it begins.
func (d *Dataset) readTree1() error {
	rank := len(d.Chunk)
	return d.f.tree1(d.f.walk(), d.layout.at, 1, 8+8*(rank+1), func(key *cursor, child uint64) error {
		c := chunk{at: child, size: uint64(key.u32()), mask: key.u32()}
		at := make([]int, rank)
		for i := range at {
			n := key.uint(8)
			if n%uint64(d.Chunk[i]) != 0 {
				return damaged("a chunk that begins at %d, where %d is the length", n, d.Chunk[i])
			}
			at[i] = int(n/uint64(d.Chunk[i])) & (1<<62 - 1)
		}
		return d.add(at, c)
	})
}

// readTree2 reads the index of datasets of which several axes may grow.
func (d *Dataset) readTree2() error {
	rank, kind := len(d.Chunk), 10
	if len(d.filters) > 0 {
		kind = 11
	}
	return d.f.tree2(d.f.walk(), d.layout.at, kind, func(record []byte) error {
		width := len(record) - d.f.offsets - 4 - 8*rank
		c := d.f.cursor(record)
		k := chunk{at: c.address(), size: uint64(d.chunkBytes())}
		if kind == 11 {
			if width < 1 || width > 8 {
				return damaged("a record of %d bytes of a chunk", len(record))
			}
			k.size, k.mask = c.uint(width), c.u32()
		}
		at := make([]int, rank)
		for i := range at {
			at[i] = int(c.uint(8) & (1<<62 - 1))
		}
		if c.bad {
			return damaged("a record of %d bytes of a chunk", len(record))
		}
		return d.add(at, k)
	})
}

// element reads a chunk of a fixed or an extensible array, whose elements are
// that many bytes.
func (d *Dataset) element(c *cursor, size int, packed bool) chunk {
	if !packed {
		return chunk{at: c.address(), size: uint64(d.chunkBytes())}
	}
	return chunk{at: c.address(), size: c.uint(size - d.f.offsets - 4), mask: c.u32()}
}

// elementSize checks the size of the elements of an array.
func (d *Dataset) elementSize(size int, packed bool) error {
	width := size - d.f.offsets
	if packed {
		width -= 4
	}
	if packed && (width < 1 || width > 8) || !packed && width != 0 || packed != (len(d.filters) > 0) {
		return damaged("an array of chunks with elements of %d bytes", size)
	}
	return nil
}

// readFixed reads the index of datasets that cannot grow: an array with an
// element for each chunk, in pages if it is long.
func (d *Dataset) readFixed() error {
	f, w := d.f, d.f.walk()
	c, err := f.block(w, d.layout.at, uint64(4+1+1+1+1+f.lengths+f.offsets+4), "FAHD", true)
	if err != nil {
		return err
	}
	version, packed, size, pageBits, n, at := c.u8(), c.u8() == 1, c.u8(), c.u8(), c.length(), c.address()
	if version != 0 || pageBits > 32 {
		return &UnsupportedError{What: fmt.Sprintf("a fixed array of version %d", version)}
	}
	if err := d.elementSize(size, packed); err != nil {
		return err
	}
	if at == undefined {
		return nil
	}
	grid := d.grid(d.Space.Max)
	if total, ok := product(grid, n); !ok || total != n || n > uint64(f.size)*8 {
		return damaged("an index of %d chunks where %v should be", n, grid)
	}
	var bitmap []byte
	page := uint64(1) << pageBits
	pages := uint64(0)
	if n > page {
		pages = (n + page - 1) / page
	}
	prefix := uint64(4+1+1+f.offsets) + (pages+7)/8
	if pages == 0 {
		if c, err = f.block(w, at, prefix+n*uint64(size)+4, "FADB", true); err != nil {
			return err
		}
		c.take(2 + f.offsets)
		for i := range n {
			if err := d.add(place(grid, i), d.element(c, size, packed)); err != nil {
				return err
			}
		}
		return nil
	}
	if c, err = f.block(w, at, prefix+4, "FADB", true); err != nil {
		return err
	}
	c.take(2 + f.offsets)
	bitmap = c.b
	next := at + prefix + 4
	for p := range pages {
		k := min(page, n-p*page)
		if bitmap[p/8]&(0x80>>(p%8)) != 0 {
			if err := d.page(w, next, k, size, packed, func(i uint64) []int { return place(grid, p*page+i) }); err != nil {
				return err
			}
		}
		next += k*uint64(size) + 4
	}
	return nil
}

// page reads elements that a checksum follows.
func (d *Dataset) page(w *walk, at, n uint64, size int, packed bool, where func(i uint64) []int) error {
	bytes := n*uint64(size) + 4
	if err := w.enter(at, bytes); err != nil {
		return err
	}
	b, err := d.f.bytes(at, bytes)
	if err != nil {
		return err
	}
	k := len(b) - 4
	if sum := d.f.cursor(b[k:]).u32(); sum != lookup3(b[:k]) && !d.f.unsummed {
		return damaged("the checksum of a page of chunks at %d differs", at)
	}
	c := d.f.cursor(b[:k])
	for i := range n {
		if err := d.add(where(i), d.element(c, size, packed)); err != nil {
			return err
		}
	}
	return nil
}

// log2 is the logarithm of a power of two.
func log2(n int) int { return bits.Len(uint(n)) - 1 }
