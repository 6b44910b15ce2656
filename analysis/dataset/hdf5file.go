package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"fusiform/analysis"
	"fusiform/internal/hdf5"
)

// An HDF5File is an open HDF5 file: the betas of NSD, GLMsingle's results from
// Python, whatever h5py writes. Of a MATLAB 7.3 file, which is one too, ReadMAT
// gives the variables as MATLAB has them; here its axes stand in the reverse
// order, as h5py shows them. Several goroutines may read one file.
type HDF5File struct {
	Path     string
	Datasets []HDF5Dataset // of all groups, in the file's order
	Warnings []error       // what was left out of Datasets, and why

	file  io.Closer
	h     *hdf5.File
	parts map[string]hdf5Part
}

// An HDF5Dataset says what a dataset holds.
type HDF5Dataset struct {
	Name    string   // with its groups, and the field of a compound: "session1/betas", "trials.onset"
	Type    string   // of the elements: "int16", "float32", "bool", "text", "reference" …
	Shape   []int    // the length of each axis, as in Python; none for a single value
	Chunk   []int    // how the axes are cut in the file: Rows is fastest along multiples of it; none if they are not
	Filters []string // what the chunks are packed by: "shuffle", "gzip"
}

// A hdf5Part is a dataset, or a field of its elements.
type hdf5Part struct {
	d      *hdf5.Dataset
	offset int        // where in an element the value is
	typ    *hdf5.Type // what it is, arrays aside
	shape  []int      // the dataset's axes, then those of an array in each element
}

// OpenHDF5 opens a file and lists its datasets; nothing of their values is
// read. What one dataset is of that cannot be read is an error when it is
// asked for, and does not hinder the others.
//
//	f, err := dataset.OpenHDF5("betas_session01.hdf5")
//	defer f.Close()
//	a, err := f.Rows(ctx, "betas", 0, 0, 100) // the first 100 of 750 trials
//
// Numbers are integers and floats up to 64 bits, of either byte order, bool,
// enumerations (their numbers) and the fields of compounds. Chunks may be
// packed by gzip, lzf, shuffle and fletcher32. It fails on what is not HDF5 and
// on damage; checksums are compared where the file has them, and no header
// makes it allocate what the file does not hold.
func OpenHDF5(path string) (*HDF5File, error) {
	file, h, err := openHDF5(path)
	if err != nil {
		return nil, err
	}
	f := &HDF5File{Path: path, file: file, h: h, parts: map[string]hdf5Part{}}
	lift := h.Limit()
	err = f.list()
	lift()
	if err != nil {
		return nil, errors.Join(ofHDF5(path, "", err), file.Close())
	}
	return f, nil
}

// Close closes the file.
func (f *HDF5File) Close() error { return f.file.Close() }

// part returns the dataset of a name.
func (f *HDF5File) part(name string) (hdf5Part, error) {
	if p, ok := f.parts[strings.TrimPrefix(name, "/")]; ok {
		return p, nil
	}
	names := make([]string, len(f.Datasets))
	for i, d := range f.Datasets {
		names[i] = d.Name
	}
	err := noDataset(name, names)
	// A path may pass what the list leaves out.
	o, bad := f.h.Open(name)
	if bad != nil || !o.IsDataset() {
		return hdf5Part{}, named(f.Path, err)
	}
	d, err := o.Dataset()
	if err != nil {
		return hdf5Part{}, ofHDF5(f.Path, name, err)
	}
	return wholePart(d), nil
}

// noDataset says which datasets there are.
func noDataset(name string, have []string) error {
	if name == "" {
		return fmt.Errorf("name one of its datasets: %s", analysis.Few(have, 10))
	}
	return fmt.Errorf("there is no dataset %q; it has %s", analysis.Few([]string{name}, 1), analysis.Few(have, 10))
}

// wholePart is all of a dataset.
func wholePart(d *hdf5.Dataset) hdf5Part {
	return hdf5Part{d: d, typ: d.Type, shape: slices.Clone(d.Space.Shape)}.flat()
}

// flat counts the axes of arrays in the elements as axes of the dataset.
func (p hdf5Part) flat() hdf5Part {
	for p.typ.Class == hdf5.Array {
		p.shape, p.typ = append(slices.Clip(p.shape), p.typ.Dims...), p.typ.Base
	}
	return p
}

// Array reads the numbers of a dataset, whose name is one of those in
// Datasets.
//
// It fails with the names there are; with an *HDF5Error if the elements are no
// real numbers or are packed by a filter that is not known; on more than 2³⁰
// compressed numbers (8 GiB in memory), of which Rows reads a part; and on
// damage.
func (f *HDF5File) Array(ctx context.Context, name string) (*Array, error) {
	p, err := f.part(name)
	if err != nil {
		return nil, err
	}
	if p.d.Space.Null {
		return nil, ofHDF5(f.Path, name, errors.New("has no value (h5py: Empty)"))
	}
	rank := len(p.d.Space.Shape)
	return f.read(ctx, name, p, make([]int, rank), p.d.Space.Shape)
}

// Rows reads the positions lo to hi−1 along an axis, both counted from 0, and
// all positions of the other axes. The array has the dataset's axes, of which
// that one is hi−lo long.
//
// It holds what it returns, 8 bytes for each number, and for each processor a
// chunk as it is packed and as it is unpacked, or 1 MiB. Each chunk that the
// part touches is unpacked, so a part should begin and end at multiples of
// the axis's Chunk.
func (f *HDF5File) Rows(ctx context.Context, name string, axis, lo, hi int) (*Array, error) {
	p, err := f.part(name)
	if err != nil {
		return nil, err
	}
	shape := p.d.Space.Shape
	if axis < 0 || axis >= len(shape) {
		return nil, fmt.Errorf("dataset: %s: %s is %s and has no axis %d to read a part of; axes are counted from 0", f.Path, name, times(shape), axis)
	}
	if lo < 0 || hi < lo || hi > shape[axis] {
		return nil, fmt.Errorf("dataset: %s: %s is %s: its axis %d has no positions %d to %d", f.Path, name, times(shape), axis, lo, hi-1)
	}
	start, count := make([]int, len(shape)), slices.Clone(shape)
	start[axis], count[axis] = lo, hi-lo
	return f.read(ctx, name, p, start, count)
}

// read reads a part of a dataset's axes.
func (f *HDF5File) read(ctx context.Context, name string, p hdf5Part, start, count []int) (*Array, error) {
	shape := append(slices.Clone(count), p.shape[len(count):]...)
	v, err := p.numbers(ctx, start, count)
	if err != nil {
		return nil, ofHDF5(f.Path, name, err)
	}
	return &Array{Name: name, Type: p.typ.String(), Shape: shape, Values: v}, nil
}

// numbers reads a part's numbers.
func (p hdf5Part) numbers(ctx context.Context, start, count []int) ([]float64, error) {
	decode, err := p.typ.Numbers()
	if err != nil {
		return nil, err
	}
	each := 1 // numbers of an element
	for _, n := range p.shape[len(count):] {
		each *= n
	}
	n := 1
	for _, l := range count {
		n *= l
	}
	if err := p.d.Holds(start, count); err != nil {
		return nil, err
	}
	if len(p.d.Filters()) > 0 && n > maxPacked/each {
		return nil, fmt.Errorf("has %d×%d compressed values, more than the %d that are read at once; read parts: f.Rows(ctx, name, 0, 0, 100)", n, each, maxPacked)
	}
	out := make([]float64, n*each)
	size, bytes := p.d.Type.Size, each*p.typ.Size
	var done atomic.Int64
	err = p.d.Scan(ctx, start, count, func(_, at int, raw []byte) error {
		k := len(raw) / size
		if size == bytes {
			decode(out[at*each:(at+k)*each], raw)
		} else {
			for i := range k {
				decode(out[(at+i)*each:(at+i+1)*each], raw[i*size+p.offset:])
			}
		}
		before := done.Load() >> 22
		if now := done.Add(int64(len(raw))); now>>22 > before {
			analysis.ReportProgress(ctx, int(now), n*size)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Texts reads a dataset of texts; the last axis varies fastest.
func (f *HDF5File) Texts(name string) ([]string, error) {
	p, err := f.part(name)
	if err != nil {
		return nil, err
	}
	out, err := p.texts(f.h)
	return out, ofHDF5(f.Path, name, err)
}

func (p hdf5Part) texts(h *hdf5.File) ([]string, error) {
	if !p.typ.IsText() {
		return nil, &hdf5.UnsupportedError{What: "a value of type " + p.typ.String() + " as text"}
	}
	raw, err := p.raw()
	if err != nil {
		return nil, err
	}
	return h.Texts(p.typ, raw)
}

// raw reads the bytes of all values.
func (p hdf5Part) raw() ([]byte, error) {
	shape := p.d.Space.Shape
	start := make([]int, len(shape))
	if err := p.d.Holds(start, shape); err != nil {
		return nil, err
	}
	each := p.typ.Size
	for _, n := range p.shape[len(shape):] {
		each *= n
	}
	size := p.d.Type.Size
	out := make([]byte, p.d.Space.Len()*each)
	return out, p.d.Scan(context.Background(), start, shape, func(_, at int, raw []byte) error {
		for i := range len(raw) / size {
			copy(out[(at+i)*each:(at+i+1)*each], raw[i*size+p.offset:])
		}
		return nil
	})
}
