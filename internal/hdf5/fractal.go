package hdf5

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A fractal heap holds the links and the attributes of which there are many.
type fractal struct {
	f       *File
	w       *walk
	at      uint64
	sum     bool // direct blocks have checksums
	width   uint64
	start   uint64 // bytes of the smallest block
	most    uint64 // and of the largest direct one
	offset  int    // bytes of a place in the heap
	length  int    // and of a length in an ID
	root    uint64
	rows    int // of the root, if it is indirect
	blocks  map[uint64][]byte
	objects int64 // bytes that objects may still take
}

// dense visits the objects of a fractal heap that a B-tree lists by records of
// that kind, in which id finds the heap's ID.
func (f *File) dense(heap, tree uint64, kind int, id func(*cursor) []byte, visit func([]byte) error) error {
	h, err := f.fractal(heap)
	if err != nil {
		return err
	}
	return f.tree2(f.walk(), tree, kind, func(record []byte) error {
		b, err := h.object(id(f.cursor(record)))
		if err != nil {
			return err
		}
		return visit(b)
	})
}

func (f *File) fractal(at uint64) (*fractal, error) {
	h := &fractal{f: f, w: f.walk(), at: at, blocks: map[uint64][]byte{}, objects: f.size}
	size := 4 + 1 + 2 + 2 + 1 + 4 + f.lengths + f.offsets + f.lengths + f.offsets + 8*f.lengths + 2 + 2*f.lengths + 2 + 2 + f.offsets + 2 + 4
	if err := h.w.enter(at, uint64(size)); err != nil {
		return nil, err
	}
	b, err := f.bytes(at, uint64(size))
	if err != nil {
		return nil, err
	}
	c, err := f.checked(b, at, "FRHP", false)
	if err != nil {
		return nil, err
	}
	version := c.u8()
	c.take(2)
	filters, flags := c.u16(), c.u8()
	managed := uint64(c.u32())
	c.take(f.lengths + f.offsets + f.lengths + f.offsets + 8*f.lengths)
	h.width = uint64(c.u16())
	h.start, h.most = c.length(), c.length()
	limit := c.u16()
	c.take(2)
	h.root = c.address()
	h.rows = c.u16()
	if version != 0 || filters > 0 {
		return nil, &UnsupportedError{What: fmt.Sprintf("a heap of links or attributes that is compressed or of version %d", version)}
	}
	if _, err := f.checked(b, at, "FRHP", true); err != nil {
		return nil, err
	}
	if h.width == 0 || bits.OnesCount64(h.start) != 1 || bits.OnesCount64(h.most) != 1 || h.most < h.start || h.most > 1<<40 || limit < 8 || limit > 64 {
		return nil, damaged("a heap of %d blocks in a row, of %d to %d bytes", h.width, h.start, h.most)
	}
	h.sum = flags&2 != 0
	h.offset = (limit + 7) / 8
	h.length = min((bits.Len64(h.most)-1+7)/8, (bits.Len64(managed)-1+7)/8)
	return h, nil
}

// object returns what an ID stands for.
func (h *fractal) object(id []byte) ([]byte, error) {
	if len(id) < 1 || id[0]>>6 != 0 {
		return nil, damaged("an ID of a heap of %d bytes", len(id))
	}
	switch id[0] >> 4 & 3 {
	case 1:
		return nil, &UnsupportedError{What: "a link or an attribute that is very long"}
	case 2:
		n := int(id[0]&15) + 1
		if n > len(id)-1 {
			return nil, damaged("an ID of a heap of %d bytes", len(id))
		}
		return id[1 : 1+n], nil
	}
	c := h.f.cursor(id[1:])
	at, n := c.uint(h.offset), c.uint(h.length)
	if c.bad {
		return nil, damaged("an ID of a heap of %d bytes", len(id))
	}
	if h.objects -= int64(min(n, 1<<31)); h.objects < 0 {
		return nil, damaged("the objects of a heap overlap")
	}
	block, size, from, err := h.locate(at)
	if err != nil {
		return nil, err
	}
	b, err := h.block(block, size, "FHDB", from)
	if err != nil {
		return nil, err
	}
	if at -= from; at > size || n > size-at {
		return nil, damaged("an object of %d bytes at %d of a block of %d", n, at, size)
	}
	return b[at : at+n], nil
}

// rowSize is the size of the blocks in a row: the first two have the smallest,
// each other twice that before it.
func (h *fractal) rowSize(row int) uint64 {
	if row == 0 {
		return h.start
	}
	if bits.Len64(h.start)+row > 46 { // more than any file has
		return 1 << 46
	}
	return h.start << (row - 1)
}

// locate finds the direct block that holds a place of the heap: its address,
// its size and the place at which it begins.
func (h *fractal) locate(place uint64) (at, size, from uint64, err error) {
	if h.root == undefined {
		return 0, 0, 0, damaged("an object in a heap that is empty")
	}
	if h.rows == 0 {
		return h.root, h.start, 0, nil
	}
	direct := bits.Len64(h.most) - bits.Len64(h.start) + 2 // rows of direct blocks
	at, rows := h.root, h.rows
	for range 64 {
		n := 5 + h.f.offsets + h.offset + rows*int(h.width)*h.f.offsets + 4
		b, err := h.block(at, uint64(n), "FHIB", from)
		if err != nil {
			return 0, 0, 0, err
		}
		c := h.f.cursor(b[5+h.f.offsets+h.offset : n-4])
		row := 0
		for ; ; row++ {
			if row == rows {
				return 0, 0, 0, damaged("place %d is behind its heap's end", place)
			}
			size = h.rowSize(row)
			if place-from < size*h.width {
				break
			}
			from += size * h.width
		}
		column := (place - from) / size
		from += column * size
		c.take((row*int(h.width) + int(column)) * h.f.offsets)
		if at = c.address(); at == undefined || c.bad {
			return 0, 0, 0, damaged("place %d of a heap was never written", place)
		}
		if row < direct {
			return at, size, from, nil
		}
		rows = bits.Len64(size) - bits.Len64(h.start*h.width) + 1
		if rows < 1 {
			break
		}
	}
	return 0, 0, 0, damaged("a heap whose blocks lie too deep")
}

// block reads a block once.
func (h *fractal) block(at, n uint64, letters string, from uint64) ([]byte, error) {
	b := h.blocks[at]
	if b != nil && uint64(len(b)) == n && string(b[:4]) == letters {
		return b, nil
	}
	if err := h.w.enter(at, n); err != nil {
		return nil, err
	}
	b, err := h.f.bytes(at, n)
	if err != nil {
		return nil, err
	}
	if _, err = h.f.checked(b, at, letters, letters == "FHIB"); err != nil {
		return nil, err
	}
	place := 5 + h.f.offsets
	if len(b) < place+h.offset+4 {
		return nil, damaged("a block of %d bytes in a heap", n)
	}
	c := h.f.cursor(b[5:])
	if c.address() != h.at || c.uint(h.offset) != from {
		return nil, damaged("the block at %d is not of its heap, or elsewhere in it", at)
	}
	if letters == "FHDB" && h.sum { // taken with zeros where it stands
		k := place + h.offset
		sum := binary.LittleEndian.Uint32(b[k:])
		copy(b[k:k+4], []byte{0, 0, 0, 0})
		if sum != lookup3(b) && !h.f.unsummed {
			return nil, damaged("the checksum of FHDB at %d differs", at)
		}
	}
	h.blocks[at] = b
	return b, nil
}
