package hdf5

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// Unfilled is how many elements may be read at once that were never
	// written, and are all the fill value; of more than 8 bytes each, fewer.
	Unfilled = 1 << 24
	// maxAbsent is how many chunks may be read at once that were never written.
	maxAbsent = 1 << 20
	// maxBlock bounds, in bytes, how much of what is not cut into chunks is
	// read at once.
	maxBlock = 1 << 20
)

// Scan reads count elements from start along each axis, chunk after chunk, and
// shows them to visit in runs: raw are the bytes of elements that stand one
// after the other, of which the first is element at of the part, the last axis
// fastest. The runs come in any order, from several goroutines, whose numbers
// are below Workers; together they make up the part. raw is valid until
// visit returns.
//
// Each worker holds a chunk, packed and unpacked, or a block of 1 MiB; there
// are fewer workers where these would be more than 1 GiB.
//
// It fails with an *UnsupportedError on filters that are not known; on damage;
// and if the part has more than Unfilled elements that were never written.
func (d *Dataset) Scan(ctx context.Context, start, count []int, visit func(worker, at int, raw []byte) error) error {
	s, err := d.part(start, count)
	if err != nil || s.n == 0 {
		return err
	}
	s.visit = visit
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var wait sync.WaitGroup
	work := func(worker int) {
		w := &scanner{scan: s, worker: worker, unpack: unpacker{d: d}}
		for ctx.Err() == nil {
			cell := int(next.Add(1)) - 1
			if cell >= s.cells {
				return
			}
			if err := w.cell(cell); err != nil {
				stop(err)
			}
		}
	}
	workers := min(Workers(), s.cells)
	if d.layout.kind == chunked { // two buffers each
		workers = max(1, min(workers, maxChunk/2/d.chunkBytes()))
	}
	for worker := range workers - 1 {
		wait.Go(func() { work(worker + 1) })
	}
	work(0)
	wait.Wait()
	return context.Cause(ctx)
}

// Holds reports an error where Scan would because of what is claimed and was
// not written, before anything is allocated.
func (d *Dataset) Holds(start, count []int) error {
	_, err := d.part(start, count)
	return err
}

// Stored is how many bytes of values the file holds at most, and how many bytes
// and chunks were never written.
func (d *Dataset) Stored() (bytes, absent, chunks int, err error) {
	if err := d.readable(); err != nil {
		return 0, 0, 0, err
	}
	n, err := d.backed()
	if err != nil {
		return 0, 0, 0, err
	}
	all := d.Space.Len() * d.Type.Size
	bytes = int(min(n, uint64(all)))
	if d.layout.kind == chunked {
		n, _ = product(d.grid(d.Space.Shape), 1<<62)
		chunks = int(n) - len(d.index)
	}
	return bytes, all - bytes, chunks, nil
}

// Workers is how many goroutines a Scan uses at most.
func Workers() int { return runtime.GOMAXPROCS(0) }

// A scan is one part of a dataset, cut into cells: its chunks, or blocks.
type scan struct {
	d            *Dataset
	start, count []int
	n            int   // elements of the part
	size         []int // of a cell
	first, grid  []int // the cells of the part
	cells        int
	index        map[uint64]chunk
	visit        func(worker, at int, raw []byte) error
}

func (d *Dataset) part(start, count []int) (*scan, error) {
	shape := d.Space.Shape
	s := &scan{d: d, start: start, count: count}
	if len(start) != len(shape) || len(count) != len(shape) {
		return nil, fmt.Errorf("%d and %d positions for %d axes", len(start), len(count), len(shape))
	}
	for i := range shape {
		if start[i] < 0 || count[i] < 0 || start[i] > shape[i] || count[i] > shape[i]-start[i] {
			return nil, fmt.Errorf("positions %d to %d of axis %d, which is %d long", start[i], start[i]+count[i]-1, i, shape[i])
		}
	}
	n, _ := product(count, 1<<62)
	if s.n = int(n); s.n == 0 || d.Space.Null {
		s.n = 0
		return s, nil
	}
	if err := d.readable(); err != nil {
		return nil, err
	}
	backed, err := d.backed()
	if err != nil {
		return nil, err
	}
	most := uint64(Unfilled * 8 / max(8, d.Type.Size))
	if elements := backed / uint64(d.Type.Size); n > elements && n-elements > most {
		return nil, fmt.Errorf("claims %d values, of which the file holds at most %d; up to %d that were never written are read at once", n, elements, most)
	}
	s.index = d.index
	s.size = d.Chunk
	if d.layout.kind != chunked {
		s.size = slices.Clone(shape)
		for i, bytes := len(shape)-1, d.Type.Size; i >= 0; i-- {
			s.size[i] = max(1, min(shape[i], maxBlock/bytes))
			bytes = min(bytes*s.size[i], maxBlock)
			if s.size[i] < shape[i] { // the axes before it are cut into single positions
				bytes = maxBlock
			}
		}
	}
	s.cells = 1
	for i, l := range s.size {
		first := start[i] / l
		s.first = append(s.first, first)
		s.grid = append(s.grid, (start[i]+count[i]-1)/l-first+1)
		s.cells *= s.grid[i]
	}
	if absent := s.cells - len(s.index); d.layout.kind == chunked && absent > maxAbsent {
		return nil, fmt.Errorf("is cut into %d chunks of %v, of which at least %d were never written; up to %d such are read at once", s.cells, d.Chunk, absent, maxAbsent)
	}
	return s, nil
}

// A scanner is one worker of a scan.
type scanner struct {
	*scan
	worker int
	unpack unpacker
	block  []byte
	fill   []byte // elements that were never written
}

// cell reads one of the cells and shows what of it belongs to the part.
func (w *scanner) cell(n int) error {
	d := w.d
	rank := len(w.size)
	at := place(w.grid, uint64(n))
	from, ext := make([]int, rank), make([]int, rank) // within the cell: where, and how long
	skip := make([]int, rank)                         // how much of the part lies before it
	whole := true
	var key uint64
	grid := w.size
	if d.layout.kind == chunked {
		grid = d.grid(d.Space.Shape)
	}
	for i, l := range w.size {
		at[i] += w.first[i]
		begin := at[i] * l
		lo, hi := max(begin, w.start[i]), min(begin+l, w.start[i]+w.count[i])
		from[i], ext[i], skip[i] = lo-begin, hi-lo, lo-w.start[i]
		key = key*uint64(grid[i]) + uint64(at[i])
		whole = whole && begin+l <= d.Space.Shape[i]
	}
	var raw []byte
	lead := 0 // the element of the cell with which raw begins
	switch d.layout.kind {
	case compact:
		raw = d.layout.data
		lead = -w.at(at)
	case contiguous:
		if d.layout.at == undefined {
			break
		}
		first, last := 0, 0
		for i := range rank {
			first, last = first*w.pitch(i)+from[i], last*w.pitch(i)+from[i]+ext[i]-1
		}
		raw = sizedTo(w.block, (last-first+1)*d.Type.Size)
		w.block, lead = raw, first
		if err := d.f.fill(raw, d.layout.at+uint64((w.at(at)+first)*d.Type.Size)); err != nil {
			return err
		}
	case chunked:
		c, ok := w.index[key]
		if !ok {
			break
		}
		if d.layout.edges && !whole {
			c.mask = 1<<32 - 1
		}
		var err error
		if raw, err = w.unpack.chunk(c); err != nil {
			return err
		}
	}
	return w.runs(from, ext, skip, raw, lead)
}

// pitch is the length of an axis in the bytes of a cell: a block that is not a
// chunk lies among the others.
func (s *scan) pitch(axis int) int {
	if s.d.layout.kind == chunked {
		return s.size[axis]
	}
	return s.d.Space.Shape[axis]
}

// at is the number of the first element of a block in the dataset.
func (s *scan) at(cell []int) int {
	n := 0
	for i, k := range cell {
		n = n*s.d.Space.Shape[i] + k*s.size[i]
	}
	return n
}

// runs shows the elements of a cell, in runs as long as they stand one after
// the other both there and in the part.
func (w *scanner) runs(from, ext, skip []int, raw []byte, lead int) error {
	size, axis, run := w.d.Type.Size, len(ext), 1
	for axis > 0 {
		axis--
		run *= ext[axis]
		if ext[axis] != w.pitch(axis) || ext[axis] != w.count[axis] {
			break
		}
	}
	pos := make([]int, axis)
	for {
		src, dst := 0, 0
		for i := range ext {
			p := 0
			if i < axis {
				p = pos[i]
			}
			src, dst = src*w.pitch(i)+from[i]+p, dst*w.count[i]+skip[i]+p
		}
		if raw != nil {
			src -= lead
			if err := w.visit(w.worker, dst, raw[src*size:(src+run)*size]); err != nil {
				return err
			}
		} else if err := w.unwritten(dst, run); err != nil {
			return err
		}
		i := axis - 1
		for ; i >= 0; i-- {
			if pos[i]++; pos[i] < ext[i] {
				break
			}
			pos[i] = 0
		}
		if i < 0 {
			return nil
		}
	}
}

// unwritten shows elements of the fill value.
func (w *scanner) unwritten(at, n int) error {
	size := w.d.Type.Size
	if w.fill == nil {
		one := w.d.fill
		if one == nil {
			one = make([]byte, size)
		}
		w.fill = slices.Repeat(one, max(1, min(w.n, 1<<16/size)))
	}
	for n > 0 {
		k := min(n, len(w.fill)/size)
		if err := w.visit(w.worker, at, w.fill[:k*size]); err != nil {
			return err
		}
		at, n = at+k, n-k
	}
	return nil
}
