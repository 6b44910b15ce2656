package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A NIfTI is an open image of a scanner: a volume, or a run of volumes. Voxels
// are counted from 0 with x running fastest,
//
//	voxel = i + Shape[0]·(j + Shape[1]·k)
//
// so that a volume is one row of numbers. It is read volume by volume (Volume)
// or as the time course of chosen voxels (Series), and never held as a whole.
// Values are what the file says, float64(stored)·Slope + Inter; they may be NaN
// or infinite where the file says so. It is not safe for concurrent use.
type NIfTI struct {
	NIfTIHeader

	at      io.ReaderAt
	size    int64
	close   io.Closer
	buffers []niftiBuffer // one for each goroutine that reads

	niftiStream // of a .nii.gz
}

// OpenNIfTI opens a NIfTI-1 or NIfTI-2 image in one file, .nii or .nii.gz
// (which of them is seen from the file's bytes, not from its name). Elements
// may be signed or unsigned integers of 8 to 64 bits or floats of 32 or 64, in
// either byte order; integers beyond ±2⁵³ are rounded.
//
// The header is checked before anything is allocated: it fails with a
// *FieldError that names the field on a wrong magic (an Analyze file, or a pair
// of .hdr and .img), on dimensions that are negative, more than four, or more
// than the file can hold, on complex and RGB elements, and on an affine that is
// NaN or has no inverse. Close the image when done.
//
// The format: https://nifti.nimh.nih.gov/nifti-1, https://nifti.nimh.nih.gov/nifti-2
func OpenNIfTI(path string) (*NIfTI, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, &FieldError{File: path, Err: errors.New("is a folder or a device, not a file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	n, err := newNIfTI(path, f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	n.close = f
	return n, nil
}

// Close closes the file, and gives back the temporary one if a .nii.gz was
// unpacked into it.
func (n *NIfTI) Close() error {
	n.forget()
	if n.close == nil {
		return nil
	}
	return n.close.Close()
}

func newNIfTI(file string, at io.ReaderAt, size int64) (*NIfTI, error) {
	n := &NIfTI{NIfTIHeader: NIfTIHeader{File: file}, at: at, size: size}
	var magic [2]byte
	if k, err := at.ReadAt(magic[:], 0); k < 2 {
		if err == nil || errors.Is(err, io.EOF) {
			err = fmt.Errorf("has %d bytes, less than a header; the copy is incomplete", size)
		}
		return nil, n.fault("", err)
	}
	n.Packed = magic == [2]byte{0x1f, 0x8b}
	var head [niftiHeader2]byte
	if err := n.readAt(head[:4], 0); err != nil {
		return nil, err
	}
	length, err := n.dialect(head[:4])
	if err != nil {
		return nil, err
	}
	if err := n.readAt(head[:length], 0); err != nil {
		return nil, err
	}
	if err := n.parse(head[:length]); err != nil {
		return nil, err
	}
	return n, n.fits(size)
}

// Volume reads volume t, counted from 0: one value per voxel, into the slice if
// it is large enough. Reading volumes of a .nii.gz in order unpacks the file
// once. Whoever goes back, so that it would be unpacked twice over, has it
// unpacked into a temporary file (see VoxelSeries.Block).
func (n *NIfTI) Volume(t int, into []float64) ([]float64, error) {
	if t < 0 || t >= n.Shape[3] {
		return nil, n.fault("", fmt.Errorf("has no volume %d; it has %d", t, n.Shape[3]))
	}
	if err := n.back(context.Background(), t); err != nil {
		return nil, err
	}
	v := n.Voxels()
	if n.plain() == nil {
		if cap(into) < v {
			into = make([]float64, 0, min(v, n.likely()))
		}
		return n.read(n.buffer(0), t, 0, v, nil, into[:0])
	}
	if cap(into) < v {
		into = make([]float64, v) // the file was seen to hold so many
	}
	into = into[:v]
	const piece = 1 << 16
	return into, n.together((v+piece-1)/piece, func(job int, b *niftiBuffer) error {
		lo, hi := job*piece, min((job+1)*piece, v)
		_, err := n.read(b, t, lo, hi, nil, into[lo:lo:hi])
		return err
	})
}

// Series reads the time course of the given voxels, which must rise: a matrix
// with a row for each volume and a column for each voxel; nil stands for all
// voxels. It takes 8 bytes for each value and passes once through the file (of
// a .nii, only through the places where the voxels lie). A run that is larger
// than memory is read in blocks of voxels: TimeCourses.
//
// It reports progress in volumes and ends early with ctx.
func (n *NIfTI) Series(ctx context.Context, voxels []int) (*mat.Dense, error) {
	lo, hi, count := 0, n.Voxels(), n.Voxels()
	if voxels != nil {
		if err := n.rising(voxels); err != nil {
			return nil, err
		}
		lo, hi, count = voxels[0], voxels[len(voxels)-1]+1, len(voxels)
		if count == hi-lo {
			voxels = nil
		}
	}
	return n.series(ctx, lo, hi, voxels, count)
}

// series reads the voxels from lo to hi, or those of them that are listed.
func (n *NIfTI) series(ctx context.Context, lo, hi int, voxels []int, count int) (*mat.Dense, error) {
	if err := n.back(ctx, 0); err != nil {
		return nil, err
	}
	times := n.Shape[3]
	if n.plain() == nil {
		data := make([]float64, 0, min(times*count, n.likely()))
		for t := range times {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var err error
			if data, err = n.read(n.buffer(0), t, lo, hi, voxels, data); err != nil {
				return nil, err
			}
			analysis.ReportProgress(ctx, t+1, times)
		}
		return mat.NewDense(times, count, data), nil
	}
	data := make([]float64, times*count)
	done := 0
	var reports sync.Mutex
	err := n.together(times, func(t int, b *niftiBuffer) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := n.read(b, t, lo, hi, voxels, data[t*count:t*count:(t+1)*count]); err != nil {
			return err
		}
		reports.Lock()
		defer reports.Unlock()
		if ctx.Err() == nil {
			done++
			analysis.ReportProgress(ctx, done, times)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return mat.NewDense(times, count, data), nil
}
