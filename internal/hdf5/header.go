package hdf5

import (
	"encoding/binary"
	"fmt"
)

// The messages of an object's header that are read.
const (
	msgSpace        = 0x01
	msgLinkInfo     = 0x02
	msgType         = 0x03
	msgOldFill      = 0x04
	msgFill         = 0x05
	msgLink         = 0x06
	msgExternal     = 0x07
	msgLayout       = 0x08
	msgFilters      = 0x0b
	msgAttribute    = 0x0c
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
	msgAttrInfo     = 0x15
	lastMessage     = 0x17
)

// A message is a part of an object's header.
type message struct {
	kind   int
	shared bool // data says where it is
	data   []byte
}

// header reads the messages of the object at an address, of all its blocks.
func (f *File) header(at uint64) ([]message, error) {
	n := min(uint64(f.size)-min(at, uint64(f.size)), 64)
	b, err := f.bytes(at, n)
	if err != nil {
		return nil, err
	}
	h := &headerWalk{f: f, walk: f.walk()}
	switch {
	case len(b) >= 16 && b[0] == 1:
		size := uint64(binary.LittleEndian.Uint32(b[8:]))
		if err := h.enter(at, 16+size); err != nil {
			return nil, err
		}
		if b, err = f.bytes(at+16, size); err != nil {
			return nil, err
		}
		err = h.old(b)
	case len(b) >= 8 && string(b[:4]) == "OHDR":
		err = h.first(at, b)
	default:
		err = damaged("no object's header at %d", at)
	}
	// A block may name others, in turn.
	for err == nil && len(h.more) > 0 {
		next := h.more[0]
		h.more = h.more[1:]
		if h.new {
			var c *cursor
			if c, err = f.block(h.walk, next[0], next[1], "OCHK", true); err == nil {
				err = h.messages(c)
			}
			continue
		}
		if err = h.enter(next[0], next[1]); err == nil {
			if b, err = f.bytes(next[0], next[1]); err == nil {
				err = h.old(b)
			}
		}
	}
	return h.found, err
}

type headerWalk struct {
	f *File
	*walk
	new, ordered bool // of version 2; with the order in which messages were made
	found        []message
	more         [][2]uint64 // blocks to come: address and length
}

// first reads the first block of a header of version 2.
func (h *headerWalk) first(at uint64, b []byte) error {
	h.new = true
	if b[4] != 2 {
		return &UnsupportedError{What: fmt.Sprintf("an object's header of version %d", b[4])}
	}
	flags := int(b[5])
	skip := 0
	if flags&0x20 != 0 {
		skip += 16
	}
	if flags&0x10 != 0 {
		skip += 4
	}
	h.ordered = flags&4 != 0
	c := h.f.cursor(b[6:])
	c.take(skip)
	width := 1 << (flags & 3)
	size := c.uint(width)
	if c.bad {
		return errCut
	}
	if size > uint64(h.f.size) {
		return damaged("an object's header of %d bytes at %d", size, at)
	}
	prefix := 6 + skip + width
	c, err := h.f.block(h.walk, at, uint64(prefix)+size+4, "OHDR", true)
	if err != nil {
		return err
	}
	c.take(prefix - 4)
	return h.messages(c)
}

// messages reads those of a block of version 2.
func (h *headerWalk) messages(c *cursor) error {
	need := 4
	if h.ordered {
		need = 6
	}
	for len(c.b) >= need { // less is a gap
		kind, size, flags := c.u8(), c.u16(), c.u8()
		c.take(need - 4)
		if err := h.add(kind, flags, c.take(size)); err != nil {
			return err
		}
		if c.bad {
			return damaged("a message of %d bytes passes its header's end", size)
		}
	}
	return nil
}

// old reads those of a block of version 1.
func (h *headerWalk) old(b []byte) error {
	c := h.f.cursor(b)
	for len(c.b) >= 8 {
		kind, size, flags := c.u16(), c.u16(), c.u8()
		c.take(3)
		data := c.take(size)
		if c.bad {
			return damaged("a message of %d bytes passes its header's end", size)
		}
		if err := h.add(kind, flags, data); err != nil {
			return err
		}
	}
	return nil
}

// maxMessages is far above what a header has: dense attributes and links lie
// elsewhere.
const maxMessages = 1 << 16

func (h *headerWalk) add(kind, flags int, data []byte) error {
	switch {
	case kind == msgContinuation:
		c := h.f.cursor(data)
		h.more = append(h.more, [2]uint64{c.address(), c.length()})
		if c.bad {
			return damaged("a continuation of %d bytes", len(data))
		}
	case kind > lastMessage && flags&0x80 != 0:
		return &UnsupportedError{What: fmt.Sprintf("a message of type %d in an object's header", kind)}
	case kind != 0:
		h.found = append(h.found, message{kind: kind, shared: flags&2 != 0, data: data})
	}
	if len(h.found) > maxMessages {
		return damaged("an object's header of more than %d messages", maxMessages)
	}
	return nil
}

// resolve returns the content of a message, which may stand in the header of
// another object: so is a type that several datasets share.
func (f *File) resolve(m message) ([]byte, error) {
	if !m.shared {
		return m.data, nil
	}
	c := f.cursor(m.data)
	version, kind := c.u8(), c.u8()
	if version < 2 || version > 3 || version == 3 && kind != 2 {
		return nil, &UnsupportedError{What: fmt.Sprintf("a shared message (version %d, kind %d)", version, kind), Remedy: "rewrite the file with h5repack"}
	}
	at := c.address()
	if c.bad {
		return nil, damaged("a shared message of %d bytes", len(m.data))
	}
	found, err := f.header(at)
	if err != nil {
		return nil, err
	}
	for _, o := range found {
		if o.kind == m.kind && !o.shared {
			return o.data, nil
		}
	}
	return nil, damaged("the object at %d has no message of type %d", at, m.kind)
}
