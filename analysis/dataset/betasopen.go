package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A BetaFile is betas in an open file.
type BetaFile struct {
	BetaBlocks
	Path string

	close io.Closer
}

// OpenBetas opens a file of betas of so many trials:
//
//	.nii, .nii.gz      a 4-D image, whose volumes are the trials
//	.mgh, .mgz, .gii   a surface, whose frames are the trials
//	.npy               any array; what NumPy pickled (GLMsingle's .npy) is none
//	.npz, .mat         the array of that name; "" if there is a single one
//	.hdf5, .mat 7.3    the same, "betas" in NSD's files, "betasmd" in GLMsingle's
//
// What the file is, its bytes tell. Trials are the first or the last axis of an
// array, whichever is that long; voxels stand as Array.Trials says. Images,
// surfaces, .npy and HDF5 are read block by block, and may be larger than
// memory; arrays of .npz and of .mat before 7.3 are held whole, 8 bytes for each
// number. Close it when done.
//
// It fails if neither axis, or both, are as long as there are trials, and as the
// format's reader does.
func OpenBetas(path, name string, trials int) (*BetaFile, error) {
	if trials < 1 {
		return nil, fmt.Errorf("dataset: %s: betas of %d trials are asked for; give how many there are, len(Trials)", path, trials)
	}
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 540)
	n, _ := f.ReadAt(head, 0)
	head = head[:n]
	hdf := isHDF5(f, size)
	if err := f.Close(); err != nil {
		return nil, err
	}
	var blocks BetaBlocks
	var closer io.Closer = io.NopCloser(nil)
	switch {
	case hdf:
		blocks, closer, err = hdf5Betas(path, name, trials)
	case strings.HasPrefix(string(head), "\x93NUMPY"):
		blocks, closer, err = npyBetas(path, trials)
	case strings.HasPrefix(string(head), "PK\x03\x04"):
		blocks, err = arrayBetas(trials)(ReadNPZ(path, name))
	case len(head) >= 128 && (string(head[126:128]) == "IM" || string(head[126:128]) == "MI"):
		blocks, err = matBetas(path, name, trials)
	case looksSurface(path, head):
		var s *Surface
		if s, err = OpenSurface(path); err == nil {
			blocks, closer = &SurfaceSeries{surface: s}, s
		}
	default:
		var n *NIfTI
		if n, err = OpenNIfTI(path); err == nil {
			blocks, closer = &VoxelSeries{image: n}, n
		}
	}
	if err != nil {
		return nil, err
	}
	if n, v := blocks.Dims(); n != trials {
		err := &analysis.AlignmentError{What: fmt.Sprintf("dataset: %s holds %d volumes of %d voxels, and there are %d trials", path, n, v, trials)}
		return nil, errors.Join(err, closer.Close())
	}
	return &BetaFile{BetaBlocks: blocks, Path: path, close: closer}, nil
}

// Close closes the file.
func (f *BetaFile) Close() error { return f.close.Close() }

func (f *BetaFile) only(voxels []int) BetaBlocks { return narrowed(f.BetaBlocks, voxels, 1<<10) }

// trialAxis tells which axis of a shape the trials are.
func trialAxis(what string, shape []int, trials int) (int, error) {
	last := len(shape) - 1
	if len(shape) == 0 {
		return 0, fmt.Errorf("%s is a single number, not betas", what)
	}
	first, end := shape[0] == trials, shape[last] == trials
	switch {
	case first && end && last > 0:
		return 0, fmt.Errorf("%s is %s: both its first and its last axis are as long as there are trials; read it as an Array, and say which by Array.Trials", what, times(shape))
	case first:
		return 0, nil
	case end:
		return last, nil
	}
	return 0, &analysis.AlignmentError{What: fmt.Sprintf("%s is %s: neither its first nor its last axis is the %d trials", what, times(shape), trials)}
}

func arrayBetas(trials int) func(a *Array, err error) (BetaBlocks, error) {
	return func(a *Array, err error) (BetaBlocks, error) {
		if err != nil {
			return nil, err
		}
		axis, err := trialAxis(a.Name, a.Shape, trials)
		if err != nil {
			return nil, fmt.Errorf("dataset: %w", err)
		}
		return a.Trials(axis)
	}
}

func matBetas(path, name string, trials int) (BetaBlocks, error) {
	f, err := ReadMAT(path)
	if err != nil {
		return nil, err
	}
	if name == "" {
		if len(f.Names) != 1 {
			return nil, fmt.Errorf("dataset: %s has %d variables; name one of %s", path, len(f.Names), analysis.Few(f.Names, 10))
		}
		name = f.Names[0]
	}
	return arrayBetas(trials)(f.Array(name))
}

func hdf5Betas(path, name string, trials int) (BetaBlocks, io.Closer, error) {
	f, err := OpenHDF5(path)
	if err != nil {
		return nil, nil, err
	}
	var d *HDF5Dataset
	var names []string
	for i, one := range f.Datasets {
		names = append(names, one.Name)
		if one.Name == strings.TrimPrefix(name, "/") || name == "" && len(f.Datasets) == 1 {
			d = &f.Datasets[i]
		}
	}
	if d == nil {
		err = fmt.Errorf("dataset: %s: %w", path, noDataset(name, names))
	}
	b := &hdf5Trials{file: f}
	if err == nil {
		b.of = *d
		if b.axis, err = trialAxis(path+": "+d.Name, d.Shape, trials); err != nil {
			err = fmt.Errorf("dataset: %w", err)
		}
	}
	if err == nil && len(d.Shape) < 2 {
		err = fmt.Errorf("dataset: %s: %s is %s; betas are trials × voxels", path, d.Name, times(d.Shape))
	}
	if err == nil { // what it claims must be there before anybody counts its voxels
		if part := f.parts[d.Name]; part.d == nil || len(part.d.Space.Shape) != len(d.Shape) {
			err = fmt.Errorf("dataset: %s: the elements of %s are arrays themselves; write them as axes", path, d.Name)
		} else {
			err = ofHDF5(path, d.Name, part.d.Holds(make([]int, len(d.Shape)), d.Shape))
		}
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return b, f, nil
}

// An hdf5Trials is a dataset of an HDF5 file as betas.
type hdf5Trials struct {
	file   *HDF5File
	of     HDF5Dataset
	axis   int   // of the trials: the first or the last
	voxels []int // nil: all
}

// slow returns which voxel axis varies slowest, and how many voxels lie
// between two positions along it.
func (b *hdf5Trials) slow() (axis, plane int) {
	axis = len(b.of.Shape) - 2
	if b.axis == 0 {
		axis = 1
	}
	plane = 1
	for k, l := range b.of.Shape {
		if k != axis && k != b.axis {
			plane *= l
		}
	}
	return axis, plane
}

func (b *hdf5Trials) Dims() (trials, voxels int) {
	trials = b.of.Shape[b.axis]
	if b.voxels != nil {
		return trials, len(b.voxels)
	}
	axis, plane := b.slow()
	return trials, b.of.Shape[axis] * plane
}

func (b *hdf5Trials) only(voxels []int) BetaBlocks {
	c := *b
	c.voxels = through(b.voxels, voxels)
	return &c
}

// hdf5Stretch is how many numbers are read of an HDF5 file at once, if chunks
// are not larger.
const hdf5Stretch = 1 << 23

// Block reads plane by plane, along multiples of the chunks, so that none is
// unpacked twice.
func (b *hdf5Trials) Block(ctx context.Context, lo, hi int) (*mat.Dense, error) {
	trials, n := b.Dims()
	if err := inRange(lo, hi, n); err != nil {
		return nil, err
	}
	axis, plane := b.slow()
	chunk := 1
	if axis < len(b.of.Chunk) {
		chunk = max(1, b.of.Chunk[axis])
	}
	step := max(chunk, hdf5Stretch/max(1, plane*trials)/chunk*chunk)
	at := func(k int) int {
		if b.voxels == nil {
			return k
		}
		return b.voxels[k]
	}
	out := mat.NewDense(trials, hi-lo, nil)
	for k := lo; k < hi; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		first := at(k) / plane
		end := min((first/chunk*chunk)+step, at(hi-1)/plane+1)
		to := k
		var local []int
		for ; k < hi && at(k)/plane < end; k++ {
			local = append(local, at(k)-first*plane)
		}
		end = at(k-1)/plane + 1
		a, err := b.file.Rows(ctx, b.of.Name, axis, first, end)
		if err != nil {
			return nil, err
		}
		t, err := a.asTrials(b.axis)
		if err != nil {
			return nil, err
		}
		m, err := t.only(local).Block(ctx, 0, len(local))
		if err != nil {
			return nil, err
		}
		out.Slice(0, trials, to-lo, k-lo).(*mat.Dense).Copy(m)
	}
	return out, nil
}

// npyBetas opens a .npy file, of which only the header is read.
func npyBetas(path string, trials int) (BetaBlocks, io.Closer, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, nil, err
	}
	r := io.NewSectionReader(f, 0, size)
	h, err := readShape(r, size)
	b := &npyTrials{at: f, h: h, start: size - int64(h.n)*int64(h.size)}
	if err == nil && h.n == 0 {
		err = fmt.Errorf("has no values: it is %s", times(h.shape))
	}
	if err == nil {
		b.shape = slices.Clone(h.shape)
		if h.fortran { // the same numbers are the reversed axes in the order of C
			slices.Reverse(b.shape)
		}
		var axis int
		axis, err = trialAxis("the array", b.shape, trials)
		b.last = axis > 0
	}
	if err != nil {
		return nil, nil, errors.Join(named(path, err), f.Close())
	}
	b.layout, err = (&Array{Name: path, Shape: b.shape, Values: make([]float64, 1)}).asTrials(map[bool]int{true: len(b.shape) - 1}[b.last])
	return b, f, err
}

// An npyTrials is a .npy file as betas.
type npyTrials struct {
	at     io.ReaderAt
	h      npyShape
	start  int64 // of the values
	shape  []int // in the order of C
	last   bool  // whether trials are the last axis
	layout *arrayTrials
	voxels []int // nil: all
}

func (b *npyTrials) Dims() (trials, voxels int) {
	if b.voxels != nil {
		return b.layout.trials, len(b.voxels)
	}
	return b.layout.trials, b.layout.all()
}

func (b *npyTrials) only(voxels []int) BetaBlocks {
	c := *b
	c.voxels = through(b.voxels, voxels)
	return &c
}

// Block reads a voxel after the other where its trials lie together, else a
// trial after the other, as far as the voxels reach.
func (b *npyTrials) Block(ctx context.Context, lo, hi int) (*mat.Dense, error) {
	trials, n := b.Dims()
	if err := inRange(lo, hi, n); err != nil {
		return nil, err
	}
	at := func(k int) int {
		if b.voxels == nil {
			return k
		}
		return b.voxels[k]
	}
	out := mat.NewDense(trials, hi-lo, nil)
	var raw []byte
	read := func(value, count int) error {
		if cap(raw) < count*b.h.size {
			raw = make([]byte, count*b.h.size)
		}
		raw = raw[:count*b.h.size]
		_, err := io.ReadFull(io.NewSectionReader(b.at, b.start+int64(value)*int64(b.h.size), int64(len(raw))), raw)
		if err != nil {
			return fmt.Errorf("dataset: %s: breaks off at value %d: %w", b.layout.a.Name, value, err)
		}
		return nil
	}
	number := func(i int) float64 { return b.h.value(raw[i*b.h.size : (i+1)*b.h.size]) }
	if b.last {
		columns := make([]float64, stripe*trials)
		for k0 := lo; k0 < hi; k0 += stripe {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			few := min(stripe, hi-k0)
			for k := range few {
				if err := read(reversed(at(k0+k), b.layout.axes)*trials, trials); err != nil {
					return nil, err
				}
				for t := range trials {
					columns[k*trials+t] = number(t)
				}
			}
			for t := range trials {
				row := out.RawRowView(t)[k0-lo:]
				for k := range few {
					row[k] = columns[k*trials+t]
				}
			}
		}
		return out, nil
	}
	const most = 1 << 17 // values at once
	all := b.layout.all()
	for t := range trials {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row := out.RawRowView(t)
		for k := lo; k < hi; {
			first, end := at(k), k
			for end < hi && at(end) < first+most {
				end++
			}
			if err := read(t*all+first, at(end-1)+1-first); err != nil {
				return nil, err
			}
			for ; k < end; k++ {
				row[k-lo] = number(at(k) - first)
			}
		}
	}
	return out, nil
}
