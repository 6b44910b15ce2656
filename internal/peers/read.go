package main

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis/dataset"
)

// readTasks read people's data: images larger than what is held of them, in
// volumes and in blocks of voxels, betas in slabs, a matrix of MATLAB. Always to
// float64, from files that are made for the purpose (see readSizes) and that
// the first run, which is not counted, brings into memory: what is timed is
// the program, not the disk. MB are those of the stored values, unpacked.
//
// The first run also sums up what it reads (see digest), so that the two sides
// differ by 0 or by far more.
func readTasks() []Task {
	return readSizes{
		shape: [3]int{96, 96, 60}, float32s: 904, int16s: 1808, packed: 270, planes: [2]int{30, 32},
		betas: [4]int{750, 48, 60, 69}, slab: 25, matrix: 3600,
	}.tasks()
}

// readSizes say how large the files are: the two images 2.0 GB each, the
// packed one 300 MB unpacked, each file of betas 300 MB, each matrix 100 MB.
type readSizes struct {
	shape                    [3]int // voxels of the images
	float32s, int16s, packed int    // volumes of each
	planes                   [2]int // of the block of voxels: from, to
	betas                    [4]int // trials, and voxels along three axes
	slab                     int    // trials that are read at once
	matrix                   int    // rows, and columns
}

func (z readSizes) tasks() []Task {
	voxels := z.shape[0] * z.shape[1] * z.shape[2]
	plane := z.shape[0] * z.shape[1]
	block := [2]int{z.planes[0] * plane, z.planes[1] * plane}
	betas := 2 * z.betas[0] * z.betas[1] * z.betas[2] * z.betas[3]
	slabs := func(file string, see func([]float64)) error { return readSlabs(file, z.slab, see) }
	return []Task{
		z.task("nifti/float32", "nibabel", "volumes", "float32.nii", 4*voxels*z.float32s, readVolumes),
		z.task("nifti/int16 scaled", "nibabel", "volumes", "int16.nii", 2*voxels*z.int16s, readVolumes),
		z.task("nifti/voxels", "nibabel", "voxels", "float32.nii", 4*(block[1]-block[0])*z.float32s, func(file string, see func([]float64)) error {
			return readVoxels(file, block[0], block[1], see)
		}),
		z.task("nifti/gz", "nibabel", "whole", "int16.nii.gz", 2*voxels*z.packed, readVolumes),
		z.task("hdf5/contiguous", "h5py", "slabs", "contiguous.h5", betas, slabs),
		z.task("hdf5/gzip", "h5py", "slabs", "gzip.h5", betas, slabs),
		z.task("mat5", "scipy", "mat5", "mat5.mat", 8*z.matrix*z.matrix, readMatrix),
		z.task("mat73", "h5py", "mat73", "mat73.mat", 8*z.matrix*z.matrix, readMatrix),
	}
}

// task reads one of the files of z. The function read shows the numbers, part
// after part, to see, if it is not nil.
func (z readSizes) task(name, peer, what, file string, bytes int, read func(file string, see func([]float64)) error) Task {
	t := Task{
		Name: "read/" + name, Peers: []Peer{{Name: peer, Script: "read"}},
		Args:   map[string]any{"what": what, "slab": z.slab, "planes": z.planes},
		Amount: float64(bytes) / 1e6, Unit: "MB",
	}
	t.Before = func(ctx context.Context, b *bench) (err error) {
		t.Args["file"], err = z.file(ctx, b, file)
		return err
	}
	t.Prepare = func() (func() error, func() []float64, error) {
		var args struct{ File string }
		if err := told(&args); err != nil {
			return nil, nil, err
		}
		var d digest
		see := d.add
		work := func() error {
			err := read(args.File, see)
			see = nil
			return err
		}
		return work, func() []float64 { return d.answer() }, nil
	}
	return t
}

func readVolumes(file string, see func([]float64)) error {
	n, err := dataset.OpenNIfTI(file)
	if err != nil {
		return err
	}
	defer n.Close()
	var v []float64
	for t := range n.Shape[3] {
		if v, err = n.Volume(t, v); err != nil {
			return err
		}
		if see != nil {
			see(v)
		}
	}
	return nil
}

func readVoxels(file string, lo, hi int, see func([]float64)) error {
	n, err := dataset.OpenNIfTI(file)
	if err != nil {
		return err
	}
	defer n.Close()
	s, err := n.TimeCourses()
	if err != nil {
		return err
	}
	var m *mat.Dense
	if m, err = s.Block(context.Background(), lo, hi); err == nil && see != nil {
		see(m.RawMatrix().Data)
	}
	return err
}

func readSlabs(file string, slab int, see func([]float64)) error {
	f, err := dataset.OpenHDF5(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for lo, n := 0, f.Datasets[0].Shape[0]; lo < n; lo += slab {
		a, err := f.Rows(context.Background(), "betas", 0, lo, min(lo+slab, n))
		if err != nil {
			return err
		}
		if see != nil {
			see(a.Values)
		}
	}
	return nil
}

func readMatrix(file string, see func([]float64)) error {
	f, err := dataset.ReadMAT(file)
	if err != nil {
		return err
	}
	a, err := f.Array("x")
	if err == nil && see != nil {
		see(a.Values)
	}
	return err
}

// A digest tells whether two sides read the same numbers: the sum of their 64
// bits each, as integers that wrap, in two halves that float64 holds; then of
// each part the first number, the one in the middle, and the last. Digest in
// py/read.py takes the same.
type digest struct {
	bits uint64
	some []float64
}

func (d *digest) add(v []float64) {
	for _, x := range v {
		d.bits += math.Float64bits(x)
	}
	d.some = append(d.some, v[0], v[len(v)/2], v[len(v)-1])
}

func (d *digest) answer() []float64 {
	return append([]float64{float64(d.bits >> 32), float64(d.bits & (1<<32 - 1))}, d.some...)
}
