package dataset

import (
	"fmt"
	"io"
	"path/filepath"
)

// An HDF5Error says that a file is HDF5, as MATLAB's save -v7.3, h5py and the
// betas of NSD are, and how to make a file of it that is read.
//
// HDF5 itself is not read, for want of a library that could be kept: the one in
// pure Go that the module proxy has, github.com/scigolib/hdf5 v0.14.0 (tried in
// November 2026), gives zeros without an error for a part of a contiguous
// dataset of three axes, does not open MATLAB's files, and allocates whatever a
// header claims.
type HDF5Error struct {
	File   string
	MATLAB bool // of version 7.3: its axes stand in the reverse order
}

func (e *HDF5Error) Error() string {
	what, axes, also := "HDF5", "", ""
	if e.MATLAB {
		what, axes = "MATLAB 7.3, that is HDF5", ".T"
		also = "\nIn MATLAB: save(\"new.mat\", \"NAME\", \"-v7\") if NAME is below 2 GB."
	}
	return fmt.Sprintf("is %s, which is not read. Two lines of Python make an .npy file of the dataset NAME:\n\timport h5py, numpy\n\tnumpy.save(\"NAME.npy\", h5py.File(%q)[\"NAME\"][()]%s)%s", what, filepath.Base(e.File), axes, also)
}

// isHDF5 looks for the signature where the format allows it: at 0, 512, 1024,
// 2048 and so on.
func isHDF5(r io.ReaderAt, size int64) bool {
	var b [8]byte
	for at := int64(0); at < size && at < 1<<24; at = max(512, 2*at) {
		if _, err := r.ReadAt(b[:], at); err != nil {
			return false
		}
		if string(b[:]) == "\x89HDF\r\n\x1a\n" {
			return true
		}
	}
	return false
}
