package hdf5

import (
	"fmt"
	"math/bits"
)

// An extensible array is the index of datasets of which one axis may grow. Its
// first elements stand in the index block; the others in data blocks, which
// grow with their number; the addresses of the first data blocks stand in the
// index block too, those of the others in super blocks.
type extensible struct {
	d       *Dataset
	w       *walk
	size    int
	packed  bool
	offset  int    // bytes of a place in the array
	page    uint64 // elements of a page
	first   uint64 // elements of the smallest data block
	grid    []int  // of the chunks, the axis that grows before the others
	grows   int    // that axis
	next    uint64 // the number of the element to come
	largest uint64 // no element beyond it was written
}

func (d *Dataset) readExtensible() error {
	f := d.f
	e := &extensible{d: d, w: f.walk(), grows: -1}
	c, err := f.block(e.w, d.layout.at, uint64(4+1+1+6+6*f.lengths+f.offsets+4), "EAHD", true)
	if err != nil {
		return err
	}
	version := c.u8()
	e.packed, e.size = c.u8() == 1, c.u8()
	most, inIndex, first, pointers, pageBits := c.u8(), c.u8(), c.u8(), c.u8(), c.u8()
	c.take(4 * f.lengths)
	e.largest = c.length()
	c.length()
	at := c.address()
	if version != 0 {
		return &UnsupportedError{What: fmt.Sprintf("an extensible array of version %d", version)}
	}
	if err := d.elementSize(e.size, e.packed); err != nil {
		return err
	}
	if bits.OnesCount(uint(first)) != 1 || bits.OnesCount(uint(pointers)) != 1 || most > 64 || pageBits > 32 || most < log2(first) {
		return damaged("an extensible array of up to 2^%d chunks, in blocks of %d", most, first)
	}
	if at == undefined {
		return nil
	}
	e.offset, e.page, e.first = (most+7)/8, 1<<pageBits, uint64(first)
	for i, n := range d.Space.Max {
		if n < 0 {
			e.grows = i
		}
	}
	if e.grows < 0 {
		return damaged("an extensible array for a dataset that cannot grow")
	}
	all := d.grid(d.Space.Max)
	e.grid = append(e.grid, 1<<62/max(d.Chunk[e.grows], 1))
	for i, n := range all {
		if i != e.grows {
			e.grid = append(e.grid, n)
		}
	}
	return e.indexBlock(at, inIndex, pointers, most)
}

// where turns the number of an element into a place in the dataset's grid.
func (e *extensible) where(n uint64) []int {
	p := place(e.grid, n)
	grows := p[0]
	copy(p, p[1:e.grows+1])
	p[e.grows] = grows
	return p
}

// elements reads so many, of which those that were never written are skipped.
func (e *extensible) elements(c *cursor, n uint64) error {
	for range n {
		k := e.d.element(c, e.size, e.packed)
		if c.bad {
			return damaged("a block of chunks ends early")
		}
		if k.at != undefined {
			if err := e.d.add(e.where(e.next), k); err != nil {
				return err
			}
		}
		e.next++
	}
	return nil
}

func (e *extensible) indexBlock(at uint64, inIndex, pointers, most int) error {
	f := e.d.f
	supers := 1 + most - log2(int(e.first)) // super blocks in all,
	held := min(2*log2(pointers), supers)   // of which these have their data blocks' addresses here
	blocks := 2 * (pointers - 1)
	n := 4 + 1 + 1 + f.offsets + inIndex*e.size + blocks*f.offsets + max(supers-held, 0)*f.offsets + 4
	c, err := f.block(e.w, at, uint64(n), "EAIB", true)
	if err != nil {
		return err
	}
	c.take(2 + f.offsets)
	if err := e.elements(c, uint64(inIndex)); err != nil {
		return err
	}
	for s := range supers {
		blocks, size := uint64(1)<<(s/2), e.first<<((s+1)/2)
		if e.next >= e.largest || s > 100 {
			return nil
		}
		if s >= held {
			super := c.address()
			if super == undefined {
				e.next += blocks * size
				continue
			}
			if err := e.superBlock(super, blocks, size); err != nil {
				return err
			}
			continue
		}
		for range blocks {
			if err := e.dataBlock(c.address(), size, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *extensible) superBlock(at, blocks, size uint64) error {
	f := e.d.f
	if blocks > uint64(f.size) || size > 1<<48 {
		return damaged("an index of %d blocks of %d chunks", blocks, size)
	}
	pages := uint64(0)
	if size > e.page {
		pages = size / e.page
	}
	bitmap := blocks * ((pages + 7) / 8)
	n := uint64(4+1+1+f.offsets+e.offset) + bitmap + blocks*uint64(f.offsets) + 4
	c, err := f.block(e.w, at, n, "EASB", true)
	if err != nil {
		return err
	}
	c.take(2 + f.offsets + e.offset)
	written := c.take(int(bitmap))
	for b := range blocks {
		if err := e.dataBlock(c.address(), size, func(p uint64) bool {
			k := b*pages + p
			return written[k/8]&(0x80>>(k%8)) != 0
		}); err != nil {
			return err
		}
	}
	return nil
}

// dataBlock reads a block of elements; written tells which of its pages are.
func (e *extensible) dataBlock(at, n uint64, written func(page uint64) bool) error {
	if at == undefined {
		e.next += n
		return nil
	}
	f := e.d.f
	prefix := uint64(4 + 1 + 1 + f.offsets + e.offset)
	if n <= e.page {
		c, err := f.block(e.w, at, prefix+n*uint64(e.size)+4, "EADB", true)
		if err != nil {
			return err
		}
		c.take(2 + f.offsets + e.offset)
		return e.elements(c, n)
	}
	if written == nil {
		return damaged("a block of %d chunks in pages of %d", n, e.page)
	}
	if _, err := f.block(e.w, at, prefix+4, "EADB", true); err != nil {
		return err
	}
	next := at + prefix + 4
	for p := range n / e.page {
		if written(p) {
			from := e.next
			if err := e.d.page(e.w, next, e.page, e.size, e.packed, func(i uint64) []int { return e.where(from + i) }); err != nil {
				return err
			}
		}
		e.next += e.page
		next += e.page*uint64(e.size) + 4
	}
	return nil
}
