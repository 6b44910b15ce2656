package dataset

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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

	at     io.ReaderAt
	size   int64
	close  io.Closer
	stream *gzip.Reader // of a .nii.gz: where reading stands
	next   int64        // the position in the unpacked file that stream is at
	buffer []byte
	values []float64
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

// Close closes the file.
func (n *NIfTI) Close() error {
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
// once; going back unpacks it again from its start.
func (n *NIfTI) Volume(t int, into []float64) ([]float64, error) {
	if t < 0 || t >= n.Shape[3] {
		return nil, n.fault("", fmt.Errorf("has no volume %d; it has %d", t, n.Shape[3]))
	}
	v := n.Voxels()
	if cap(into) < v {
		// Not before the file has shown that it holds so many.
		into = make([]float64, 0, min(v, 1<<20))
	}
	into = into[:0]
	err := n.chunks(t, 0, v, func(_ int, values []float64) { into = append(into, values...) })
	if err != nil {
		return nil, err
	}
	return into, nil
}

// Series reads the time course of the given voxels, which must rise: a matrix
// with a row for each volume and a column for each voxel; nil stands for all
// voxels. It takes 8 bytes for each value and passes once through the file (of
// a .nii, only through the span of the voxels), so that a run that is larger
// than memory is read in blocks of voxels. Unpack a .nii.gz first if there are
// many blocks: each passes through all of it.
//
// It reports progress in volumes and ends early with ctx.
func (n *NIfTI) Series(ctx context.Context, voxels []int) (*mat.Dense, error) {
	lo, hi, count := 0, n.Voxels(), n.Voxels()
	if voxels != nil {
		if err := n.rising(voxels); err != nil {
			return nil, err
		}
		lo, hi, count = voxels[0], voxels[len(voxels)-1]+1, len(voxels)
	}
	times := n.Shape[3]
	first := times * count
	if n.Packed { // what it claims is not yet known to be there
		first = min(first, 1<<22)
	}
	data := make([]float64, 0, first)
	for t := range times {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		k := 0 // of voxels: how many are read
		err := n.chunks(t, lo, hi, func(start int, values []float64) {
			if count == hi-lo {
				data = append(data, values...)
				return
			}
			for ; k < count && voxels[k] < start+len(values); k++ {
				data = append(data, values[voxels[k]-start])
			}
		})
		if err != nil {
			return nil, err
		}
		analysis.ReportProgress(ctx, t+1, times)
	}
	return mat.NewDense(times, count, data), nil
}

// niftiChunk is how many bytes are read and turned into numbers at once.
const niftiChunk = 1 << 16

// chunks reads the voxels from lo to hi of volume t, piece by piece. The values
// that it shows are overwritten by the next piece.
func (n *NIfTI) chunks(t, lo, hi int, show func(start int, values []float64)) error {
	if n.buffer == nil {
		n.buffer, n.values = make([]byte, niftiChunk), make([]float64, niftiChunk/n.bytes)
	}
	for lo < hi {
		k := min(hi-lo, len(n.values))
		raw := n.buffer[:k*n.bytes]
		at := n.offset + (int64(t)*int64(n.Voxels())+int64(lo))*int64(n.bytes)
		if err := n.readAt(raw, at); err != nil {
			return err
		}
		n.decode(n.values[:k], raw)
		show(lo, n.values[:k])
		lo += k
	}
	return nil
}

// readAt fills b from a position in the file, unpacked if it is packed.
func (n *NIfTI) readAt(b []byte, at int64) error {
	if !n.Packed {
		k, err := n.at.ReadAt(b, at)
		if k == len(b) {
			return nil
		}
		return n.short(err, at+int64(k))
	}
	if n.stream == nil || at < n.next {
		s, err := gzip.NewReader(bufio.NewReaderSize(io.NewSectionReader(n.at, 0, n.size), 1<<16))
		if err != nil {
			return n.short(err, 0)
		}
		n.stream, n.next = s, 0
	}
	skipped, err := io.CopyN(io.Discard, n.stream, at-n.next)
	n.next += skipped
	if err == nil {
		var k int
		k, err = io.ReadFull(n.stream, b)
		n.next += int64(k)
	}
	if err != nil {
		n.stream = nil
		return n.short(err, n.next)
	}
	return nil
}

// short says that the file ends, or breaks, too early.
func (n *NIfTI) short(err error, at int64) error {
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n.fault("", fmt.Errorf("breaks off after %d bytes (%w); copy or download it again", at, err))
}
