package hdf5

import (
	"bytes"
	"strings"
	"sync"
)

// Texts returns the texts of elements that a Read gave.
func (f *File) Texts(t *Type, raw []byte) ([]string, error) {
	if !t.IsText() {
		return nil, &UnsupportedError{What: "a value of type " + t.String() + " as text"}
	}
	out := make([]string, 0, len(raw)/t.Size)
	left := f.size + maxRepeat
	for ; len(raw) >= t.Size; raw = raw[t.Size:] {
		b := raw[:t.Size]
		if t.Class == VLen {
			var err error
			if b, err = f.list(b, 1); err != nil {
				return nil, err
			}
		}
		if k := bytes.IndexByte(b, 0); k >= 0 {
			b = b[:k]
		}
		if left -= int64(len(b)); left < 0 {
			return nil, damaged("its texts repeat one another to more than the file holds")
		}
		s := string(b)
		if t.Pad == ' ' {
			s = strings.TrimRight(s, " ")
		}
		out = append(out, s)
	}
	return out, nil
}

// Reference returns the address that an element of a reference's type has, and
// false for a reference to nothing.
func (f *File) Reference(b []byte) (uint64, bool) {
	c := f.cursor(b)
	at := c.address()
	return at, !c.bad && at != 0 && at != undefined
}

// A heapCache has the global heaps that were read: what of sequences of any
// length stands outside their dataset.
type heapCache struct {
	sync.Mutex
	collections map[uint64]map[int][]byte
	left        int64 // bytes that collections may still take
}

// maxRepeat is how many bytes of text are returned at once beyond what the file
// holds: two elements may share theirs.
const maxRepeat = 16 << 20

// list returns the bytes of a sequence: its element has a length, and the
// address and number of an object of a global heap.
func (f *File) list(element []byte, size int) ([]byte, error) {
	c := f.cursor(element)
	n, at, index := uint64(c.u32()), c.address(), int(c.u32())
	if c.bad {
		return nil, damaged("a list's element of %d bytes", len(element))
	}
	if n == 0 || at == 0 || at == undefined {
		return nil, nil
	}
	f.heaps.Lock()
	defer f.heaps.Unlock()
	h := &f.heaps
	if h.collections == nil {
		h.collections, h.left = map[uint64]map[int][]byte{}, f.size
	}
	objects := h.collections[at]
	if objects == nil {
		var err error
		if objects, err = f.collection(at); err != nil {
			return nil, err
		}
		h.collections[at] = objects
	}
	b, ok := objects[index]
	if !ok || n > uint64(len(b))/uint64(size) {
		return nil, damaged("a list of %d values, as object %d of the heap at %d", n, index, at)
	}
	return b[:n*uint64(size)], nil
}

func (f *File) collection(at uint64) (map[int][]byte, error) {
	head, err := f.bytes(at, uint64(8+f.lengths))
	if err != nil {
		return nil, err
	}
	n := f.cursor(head[8:]).length()
	if n < uint64(len(head)) || n > uint64(f.heaps.left) {
		return nil, damaged("a heap of %d bytes at %d", n, at)
	}
	f.heaps.left -= int64(n)
	b, err := f.bytes(at, n)
	if err != nil {
		return nil, err
	}
	c, err := f.checked(b, at, "GCOL", false)
	if err != nil {
		return nil, err
	}
	c.take(4 + f.lengths)
	out := map[int][]byte{}
	for len(c.b) >= 8+f.lengths {
		index := c.u16()
		c.take(6)
		size := c.length()
		if index == 0 { // the rest is free
			break
		}
		if size > uint64(len(c.b)) {
			return nil, damaged("object %d of the heap at %d passes its end", index, at)
		}
		out[index] = c.take(int(size))
		c.take(min(-int(size)&7, len(c.b)))
	}
	return out, nil
}
