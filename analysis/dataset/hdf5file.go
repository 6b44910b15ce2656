package dataset

import (
	"context"
	"errors"
)

// An HDF5File is an open HDF5 file: the betas of NSD, GLMsingle's results from
// Python, whatever h5py writes. Of a MATLAB 7.3 file, which is one, ReadMAT
// gives the variables as MATLAB has them.
type HDF5File struct {
	Path     string
	Datasets []HDF5Dataset // of all groups, in the file's order
	Warnings []error       // what was left out of Datasets, and why
}

// An HDF5Dataset says what a dataset holds.
type HDF5Dataset struct {
	Name  string // with its groups, and a field of a compound: "session1/betas", "trials.onset"
	Type  string // of the elements: "int16", "float32", "bool", "text", "reference"; what is not read is named too
	Shape []int  // the length of each axis, as in Python; none for a single value
	Chunk []int  // how the axes are cut in the file: Rows is fastest along multiples of it; none if they are not
}

// OpenHDF5 opens a file and lists its datasets; nothing of their values is
// read.
func OpenHDF5(path string) (*HDF5File, error) {
	return nil, errors.New("dataset: HDF5 is not read yet")
}

// Array reads a dataset, whose name is one of those in Datasets.
func (f *HDF5File) Array(ctx context.Context, name string) (*Array, error) {
	return f.Rows(ctx, name, 0, 0, -1)
}

// Rows reads the positions lo to hi−1 along an axis, both counted from 0, and
// all positions of the other axes. The array has the dataset's axes, of which
// that one is hi−lo long.
//
// It holds what it returns and, for each processor, three chunks.
func (f *HDF5File) Rows(ctx context.Context, name string, axis, lo, hi int) (*Array, error) {
	return nil, errors.New("dataset: HDF5 is not read yet")
}

// Texts reads a dataset of texts; the last axis varies fastest.
func (f *HDF5File) Texts(name string) ([]string, error) {
	return nil, errors.New("dataset: HDF5 is not read yet")
}

// Close closes the file.
func (f *HDF5File) Close() error { return nil }
