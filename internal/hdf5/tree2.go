package hdf5

import "fmt"

// tree2 visits the records of a B-tree of version 2, in order. The record's
// bytes are valid until the walk ends.
func (f *File) tree2(w *walk, at uint64, kind int, visit func(record []byte) error) error {
	c, err := f.block(w, at, uint64(4+1+1+4+2+2+1+1+f.offsets+2+f.lengths+4), "BTHD", true)
	if err != nil {
		return err
	}
	t := &tree2{f: f, w: w, visit: visit}
	version := c.u8()
	t.kind = c.u8()
	t.node, t.record = uint64(c.u32()), c.u16()
	depth := c.u16()
	c.take(2)
	root, n := c.address(), c.u16()
	if version != 0 || t.kind != kind {
		return &UnsupportedError{What: fmt.Sprintf("a B-tree of version %d, kind %d, where one of kind %d should be,", version, t.kind, kind)}
	}
	if t.record == 0 || t.node < uint64(10+t.record) || t.node > uint64(f.size) || depth > 32 {
		return damaged("a B-tree of nodes of %d bytes, records of %d and depth %d", t.node, t.record, depth)
	}
	if root == undefined || n == 0 && depth == 0 {
		return nil
	}
	// How many bytes a node's pointers take depends on how many records a
	// node below it can have.
	t.most = append(t.most, (t.node-10)/uint64(t.record))
	t.counts = bytesFor(t.most[0])
	t.totals = append(t.totals, 0)
	all := t.most[0]
	for u := 1; u <= depth; u++ {
		pointer := uint64(f.offsets + t.counts + t.totals[u-1])
		if t.node < 10+pointer {
			return damaged("a B-tree of nodes of %d bytes", t.node)
		}
		most := (t.node - 10 - pointer) / (uint64(t.record) + pointer)
		if all > 1<<56/(most+1) {
			return damaged("a B-tree of depth %d", depth)
		}
		all = (most+1)*all + most
		t.most, t.totals = append(t.most, most), append(t.totals, bytesFor(all))
	}
	return t.walk(root, uint64(n), depth)
}

type tree2 struct {
	f      *File
	w      *walk
	visit  func([]byte) error
	kind   int
	node   uint64 // bytes of a node
	record int    // and of a record
	counts int    // and of the number of records in a child
	most   []uint64
	totals []int // bytes of the number of records below a child, by depth
}

func (t *tree2) walk(at, n uint64, depth int) error {
	if n > t.most[depth] {
		return damaged("a node of %d records, where %d have room", n, t.most[depth])
	}
	letters, size, pointer := "BTLF", 6+n*uint64(t.record)+4, 0
	if depth > 0 {
		letters, pointer = "BTIN", t.f.offsets+t.counts+t.totals[depth-1]
		size += (n + 1) * uint64(pointer)
	}
	// The checksum follows the records; the rest of the node is not used.
	c, err := t.f.block(t.w, at, size, letters, true)
	if err != nil {
		return err
	}
	if version, kind := c.u8(), c.u8(); version != 0 || kind != t.kind {
		return damaged("a node of kind %d in a B-tree of kind %d", kind, t.kind)
	}
	records := c.take(int(n) * t.record)
	for i := range int(n) + 1 {
		if depth > 0 {
			child, k := c.address(), c.uint(t.counts)
			c.take(t.totals[depth-1])
			if err := t.walk(child, k, depth-1); err != nil {
				return err
			}
		}
		if i < int(n) {
			if err := t.visit(records[i*t.record : (i+1)*t.record]); err != nil {
				return err
			}
		}
	}
	return nil
}
