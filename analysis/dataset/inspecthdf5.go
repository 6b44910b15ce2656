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

// inspectHDF5 tells of a file of HDF5, MATLAB's among them.
func inspectHDF5(ctx context.Context, path string, file io.ReaderAt) (*Inspection, error) {
	in := &Inspection{Path: path}
	if isMAT73(file) {
		return in, in.mat73(ctx)
	}
	f, err := OpenHDF5(path)
	if err != nil {
		return nil, err
	}
	in.Format, in.Go = "HDF5", "f, err := dataset.OpenHDF5("+strconv.Quote(path)+")"
	for _, d := range f.Datasets {
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
			if err := p.look(ctx, &part); err != nil {
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
func (p hdf5Part) look(ctx context.Context, part *Part) error {
	decode, err := p.typ.Numbers()
	if err != nil {
		return err
	}
	shape := p.d.Space.Shape
	each := 1
	for _, n := range p.shape[len(shape):] {
		each *= n
	}
	parts := make([]Part, hdf5.Workers())
	blocks := make([][]float64, len(parts))
	size, total := p.d.Type.Size, p.d.Space.Len()
	var done atomic.Int64
	err = p.d.Scan(ctx, make([]int, len(shape)), slices.Clone(shape), func(worker, _ int, raw []byte) error {
		const most = 1 << 13
		if blocks[worker] == nil {
			blocks[worker] = make([]float64, max(most, each))
		}
		before := done.Load() >> 22
		if now := done.Add(int64(len(raw))); now>>22 > before {
			analysis.ReportProgress(ctx, int(now), total*size)
		}
		for len(raw) > 0 {
			block := blocks[worker]
			if size == each*p.typ.Size {
				k := min(most/each+1, len(block)/each, len(raw)/size)
				block = block[:k*each]
				decode(block, raw)
				raw = raw[k*size:]
			} else {
				block = block[:each]
				decode(block, raw[p.offset:])
				raw = raw[size:]
			}
			parts[worker].see(block)
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
func (in *Inspection) mat73(ctx context.Context) error {
	f, err := ReadMAT(in.Path)
	if err != nil {
		return err
	}
	in.Format, in.Go = "MATLAB 7.3 (.mat)", fmt.Sprintf("f, err := dataset.ReadMAT(%q)", in.Path)
	for _, name := range f.Names {
		seen := map[*MATValue]*Part{}
		if err := f.variables[name].look(ctx, seen); err != nil {
			return named(in.Path, fmt.Errorf("%s: %w", printable(name), err))
		}
		in.matValue(name, f.variables[name], seen)
	}
	return nil
}

// look sees the numbers of a value and of those in it.
func (v *MATValue) look(ctx context.Context, seen map[*MATValue]*Part) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, kid := range v.kids {
		if err := kid.look(ctx, seen); err != nil {
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
		return p.look(ctx, part)
	})
	seen[v] = part
	var unread *hdf5.UnsupportedError
	if errors.As(err, &unread) {
		v.bad, seen[v] = err, nil
		return nil
	}
	return err
}
