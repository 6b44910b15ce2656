package dataset

import (
	"errors"
	"fmt"
	"io"

	"fusiform/analysis"
	"fusiform/internal/hdf5"
)

// An HDF5Error says what of an HDF5 file, as MATLAB's save -v7.3, h5py and NSD
// write them, is not read, and what makes a file of it that is: another filter
// of the chunks, a type that is no number and no text, values that lie in
// another file. The file may be in order; damage is another error.
type HDF5Error struct {
	File string
	Name string // of the dataset or the variable; empty if it is the file
	Err  error  // what is not read, and the remedy
}

func (e *HDF5Error) Error() string {
	s := "dataset: " + e.File + ": "
	if e.Name != "" {
		s += analysis.Few([]string{e.Name}, 1) + ": "
	}
	return s + e.Err.Error()
}

func (e *HDF5Error) Unwrap() error { return e.Err }

// ofHDF5 names the file and the dataset at fault.
func ofHDF5(path, name string, err error) error {
	if err == nil {
		return nil
	}
	var unread *hdf5.UnsupportedError
	if errors.As(err, &unread) {
		return &HDF5Error{File: path, Name: name, Err: err}
	}
	if name != "" {
		return fmt.Errorf("dataset: %s: %s: %w", path, analysis.Few([]string{name}, 1), err)
	}
	return named(path, err)
}

// isHDF5 looks for the signature where the format allows it.
func isHDF5(r io.ReaderAt, size int64) bool {
	_, ok := hdf5.UserBlock(r, size)
	return ok
}

// openHDF5 opens a file.
func openHDF5(path string) (io.Closer, *hdf5.File, error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, nil, err
	}
	h, err := hdf5.New(file, size)
	if err != nil {
		return nil, nil, errors.Join(ofHDF5(path, "", err), file.Close())
	}
	return file, h, nil
}
