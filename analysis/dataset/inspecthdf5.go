package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync/atomic"

	"fusiform/analysis"
	"fusiform/internal/hdf5"
)

// manyNumbers is how many are better read in parts: 1 GiB in memory.
const manyNumbers = 1 << 27

// An hdf5Budget is how much there may still be to see in a file whose datasets
// do not stand in one another.
type hdf5Budget struct {
	stored int // bytes of values that the file can hold,
	empty  int // and that were never written
}

func newHDF5Budget(size int64) *hdf5Budget {
	return &hdf5Budget{stored: 1<<20 + hdf5.MaxGain*int(size), empty: 8 * hdf5.Unfilled}
}

// An unseenError says why numbers, which can be read, were not looked at.
type unseenError string

func (e unseenError) Error() string { return "its numbers were not looked at: " + string(e) }

func (b *hdf5Budget) take(d *hdf5.Dataset) error {
	stored, empty, chunks, err := d.Stored()
	if err != nil {
		return err
	}
	empty = max(empty, 64*chunks) // each takes its time
	switch {
	case stored > b.stored:
		return unseenError("the datasets before it hold all that the file can hold")
	case empty > b.empty:
		return unseenError("many of them were never written")
	}
	b.stored, b.empty = b.stored-stored, b.empty-empty
	return nil
}

// inspectHDF5 tells of a file of HDF5, MATLAB's among them.
func inspectHDF5(ctx context.Context, path string, file io.ReaderAt, size int64) (*Inspection, error) {
	in := &Inspection{Path: path}
	budget := newHDF5Budget(size)
	if isMAT73(file) {
		return in, in.mat73(ctx, budget)
	}
	f, err := OpenHDF5(path)
	if err != nil {
		return nil, err
	}
	in.Format, in.Go = "HDF5", "f, err := dataset.OpenHDF5("+strconv.Quote(path)+")"
	for i, d := range f.Datasets {
		if len(in.Parts) == maxParts {
			in.More = len(f.Datasets) - i
			break
		}
		p := f.parts[d.Name]
		part := Part{Name: d.Name, Type: d.Type, Shape: d.Shape}
		quoted := strconv.Quote(d.Name)
		switch _, err := p.typ.Numbers(); {
		case p.d.Space.Null:
			part.Note = "no value"
		case p.typ.IsText():
			part.Go = "t, err := f.Texts(" + quoted + ")"
			if texts, err := p.texts(f.h); err != nil {
				part.Note, part.Go = err.Error(), ""
			} else {
				part.Note = printable(analysis.Few(texts, 3))
			}
		case err != nil:
			part.Note = err.Error()
		default:
			part.Go = "a, err := f.Array(ctx, " + quoted + ")"
			if n := len(d.Shape); n > 0 && p.d.Space.Len() > manyNumbers {
				k := max(1, d.Shape[0]*(manyNumbers/8)/p.d.Space.Len())
				if len(d.Chunk) > 0 {
					k = (k + d.Chunk[0] - 1) / d.Chunk[0] * d.Chunk[0]
				}
				part.Go = fmt.Sprintf("a, err := f.Rows(ctx, %s, 0, 0, %d) // of %d along axis 0", quoted, min(k, d.Shape[0]), d.Shape[0])
			}
			if len(d.Chunk) > 0 {
				part.Note = "in chunks of " + times(d.Chunk)
			}
			var unseen unseenError
			if err := p.look(ctx, &part, budget); errors.As(err, &unseen) {
				part.Note = unseen.Error()
			} else if err != nil {
				part.Note, part.Go = err.Error(), ""
			}
		}
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), f.Close())
		}
		in.add(part)
	}
	for _, w := range f.Warnings {
		in.Notes = append(in.Notes, "left out: "+w.Error())
	}
	return in, f.Close()
}

// look sees all numbers of a dataset, and keeps none.
func (p hdf5Part) look(ctx context.Context, part *Part, budget *hdf5Budget) error {
	decode, err := p.typ.Numbers()
	if err != nil {
		return err
	}
	shape := p.d.Space.Shape
	start := make([]int, len(shape))
	if err := p.d.Holds(start, shape); err != nil {
		return err
	}
	if err := budget.take(p.d); err != nil {
		return err
	}
	bytes := p.typ.Size // of an element that are this field
	for _, n := range p.shape[len(shape):] {
		bytes *= n
	}
	const most = 1 << 13
	parts := make([]Part, hdf5.Workers())
	blocks := make([][]float64, len(parts))
	size, total := p.d.Type.Size, p.d.Space.Len()
	var done atomic.Int64
	err = p.d.Scan(ctx, start, slices.Clone(shape), func(worker, _ int, raw []byte) error {
		if blocks[worker] == nil {
			blocks[worker] = make([]float64, most)
		}
		before := done.Load() >> 22
		if now := done.Add(int64(len(raw))); now>>22 > before {
			analysis.ReportProgress(ctx, int(now), total*size)
		}
		for len(raw) > 0 {
			field := raw
			if size == bytes {
				raw = nil
			} else {
				field, raw = raw[p.offset:p.offset+bytes], raw[size:]
			}
			for len(field) > 0 {
				block := blocks[worker][:min(most, len(field)/p.typ.Size)]
				decode(block, field)
				parts[worker].see(block)
				field = field[len(block)*p.typ.Size:]
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	part.Numbers = true
	for i := range parts {
		part.join(&parts[i])
	}
	return nil
}

// mat73 tells of MATLAB's variables, and sees all their numbers.
func (in *Inspection) mat73(ctx context.Context, budget *hdf5Budget) error {
	f, err := ReadMAT(in.Path)
	if err != nil {
		return err
	}
	in.Format, in.Go = "MATLAB 7.3 (.mat)", fmt.Sprintf("f, err := dataset.ReadMAT(%q)", in.Path)
	for _, name := range f.Names {
		seen := map[*MATValue]*Part{}
		if err := f.variables[name].look(ctx, seen, budget); err != nil {
			return named(in.Path, fmt.Errorf("%s: %w", printable(name), err))
		}
		in.matValue(name, f.variables[name], seen)
	}
	return nil
}

// look sees the numbers of a value and of those in it.
func (v *MATValue) look(ctx context.Context, seen map[*MATValue]*Part, budget *hdf5Budget) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, kid := range v.kids {
		if err := kid.look(ctx, seen, budget); err != nil {
			return err
		}
	}
	if v.stored == nil || v.Class == "char" || v.complex || seen[v] != nil {
		return nil
	}
	part := &Part{}
	err := v.stored.part(func(p hdf5Part) error {
		if _, err := p.typ.Numbers(); err != nil { // asking for it says so
			return nil
		}
		return p.look(ctx, part, budget)
	})
	seen[v] = part
	var unread *hdf5.UnsupportedError
	var unseen unseenError
	if errors.As(err, &unread) || errors.As(err, &unseen) {
		v.bad, seen[v] = err, nil
		return nil
	}
	return err
}
