package hdf5

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A Link is a name in a group.
type Link struct {
	Name   string
	Kind   LinkKind
	At     uint64 // of Hard: the object's address
	Target string // of Soft: the path it stands for
}

// A LinkKind says what a name leads to.
type LinkKind int

const (
	Hard     LinkKind = iota // an object
	Soft                     // whatever a path leads to
	External                 // an object of another file
)

// Links lists what is in a group, in the file's order: that of the names in old
// groups and dense ones.
func (o *Object) Links() ([]Link, error) {
	var out []Link
	for _, m := range o.messages {
		switch m.kind {
		case msgSymbolTable:
			return o.f.oldLinks(m.data)
		case msgLink:
			l, err := o.f.link(m.data)
			if err != nil {
				return nil, err
			}
			out = append(out, l)
		case msgLinkInfo:
			c := o.f.cursor(m.data)
			c.take(1)
			if flags := c.u8(); flags&1 != 0 {
				c.take(8)
			}
			heap, names := c.address(), c.address()
			if c.bad {
				return nil, damaged("a group's links in %d bytes", len(m.data))
			}
			if heap == undefined {
				continue
			}
			if err := o.f.dense(heap, names, 5, func(record *cursor) []byte {
				record.take(4)
				return record.b
			}, func(b []byte) error {
				l, err := o.f.link(b)
				out = append(out, l)
				return err
			}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// A groupCache has the names of groups that paths went through.
type groupCache struct {
	sync.Mutex
	names map[uint64]map[string]Link
	held  int
}

// named returns the link of a name; of two names alike the first.
func (o *Object) named(name string) (Link, bool, error) {
	g := &o.f.groups
	g.Lock()
	defer g.Unlock()
	names := g.names[o.At]
	if names == nil {
		links, err := o.Links()
		if err != nil {
			return Link{}, false, err
		}
		names = make(map[string]Link, len(links))
		for _, l := range slices.Backward(links) {
			names[l.Name] = l
		}
		if g.held += len(links); g.names == nil || g.held > o.f.MaxLinks() {
			g.names, g.held = map[uint64]map[string]Link{}, len(links)
		}
		g.names[o.At] = names
	}
	l, ok := names[name]
	return l, ok, nil
}

// link reads a link's message.
func (f *File) link(b []byte) (Link, error) {
	c := f.cursor(b)
	version, flags := c.u8(), c.u8()
	if version != 1 {
		return Link{}, &UnsupportedError{What: fmt.Sprintf("a link of version %d", version)}
	}
	kind := 0
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 {
		c.take(8)
	}
	if flags&16 != 0 {
		c.take(1)
	}
	l := Link{Name: string(c.take(int(min(c.uint(1<<(flags&3)), 1<<31))))}
	switch kind {
	case 0:
		l.At = c.address()
	case 1:
		l.Kind, l.Target = Soft, string(c.take(c.u16()))
	default:
		l.Kind = External
	}
	if c.bad {
		return l, damaged("a link of %d bytes ends early", len(b))
	}
	return l, nil
}

// oldLinks reads the links of an old group: a B-tree whose leaves name them by
// their places in a heap of names.
func (f *File) oldLinks(message []byte) ([]Link, error) {
	c := f.cursor(message)
	tree, heap := c.address(), c.address()
	if c.bad {
		return nil, damaged("a group's table of %d bytes", len(message))
	}
	w := f.walk()
	names, err := f.localHeap(w, heap)
	if err != nil {
		return nil, err
	}
	name := func(at uint64) (string, error) {
		if at > uint64(len(names)) {
			return "", damaged("a name at %d of %d letters", at, len(names))
		}
		s, _, ok := strings.Cut(names[at:], "\x00")
		if !ok {
			return "", damaged("a name without an end")
		}
		return s, nil
	}
	var out []Link
	err = f.tree1(w, tree, 0, f.lengths, func(_ *cursor, child uint64) error {
		size := uint64(2*f.offsets + 24)
		b, err := f.bytes(child, 8)
		if err != nil {
			return err
		}
		n := uint64(b[6]) | uint64(b[7])<<8
		c, err := f.block(w, child, 8+n*size, "SNOD", false)
		if err != nil {
			return err
		}
		c.take(4)
		for range n {
			at := c.address()
			if f.lengths != f.offsets { // a place in the heap is as wide as an address
				at = min(at, 1<<62)
			}
			l := Link{At: c.address()}
			cached := c.u32()
			c.take(4)
			scratch := c.take(16)
			if l.Name, err = name(at); err != nil {
				return err
			}
			if cached == 2 {
				l.Kind = Soft
				k := f.cursor(scratch)
				if l.Target, err = name(uint64(k.u32())); err != nil {
					return err
				}
			}
			out = append(out, l)
		}
		return nil
	})
	return out, err
}

// localHeap reads the letters of a heap of names.
func (f *File) localHeap(w *walk, at uint64) (string, error) {
	c, err := f.block(w, at, uint64(8+2*f.lengths+f.offsets), "HEAP", false)
	if err != nil {
		return "", err
	}
	c.take(4)
	n := c.length()
	c.length()
	data := c.address()
	if err := w.enter(data, n); err != nil && n > 0 {
		return "", err
	}
	b, err := f.bytes(data, n)
	return string(b), err
}

// tree1 visits the leaves of a B-tree of version 1, each with the key before it,
// which is that many bytes.
func (f *File) tree1(w *walk, at uint64, kind, key int, visit func(key *cursor, child uint64) error) error {
	return f.tree1Node(w, at, kind, key, -1, visit)
}

func (f *File) tree1Node(w *walk, at uint64, kind, key, want int, visit func(key *cursor, child uint64) error) error {
	b, err := f.bytes(at, 8)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(b, []byte("TREE")) || int(b[4]) != kind {
		return damaged("no B-tree of kind %d at %d", kind, at)
	}
	level, n := int(b[5]), int(b[6])|int(b[7])<<8
	if want >= 0 && level != want {
		return damaged("a node of level %d at %d, where one of level %d should be", level, at, want)
	}
	size := 8 + 2*f.offsets + n*(key+f.offsets)
	c, err := f.block(w, at, uint64(size), "TREE", false)
	if err != nil {
		return err
	}
	c.take(4 + 2*f.offsets)
	for range n {
		k := f.cursor(c.take(key))
		child := c.address()
		if level == 0 {
			err = visit(k, child)
		} else {
			err = f.tree1Node(w, child, kind, key, level-1, visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
