package dataset

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fusiform/analysis"
)

// A VoxelMap is a number, or several, for each of some voxels of an image: a
// t-map, the answers to each condition, the regions of a parcellation.
type VoxelMap struct {
	Voxels      []int       // where in the image each lies, rising, as VoxelSeries.Voxels says; nil stands for all
	Values      [][]float64 // a volume each: a number for each of Voxels
	Type        string      // of the elements: "float32" where empty, "float64", or an integer such as "int16"
	Description string      // what a viewer shows: at most 79 bytes
}

// WriteMap writes a map over the voxels of the image whose header this is, for
// FSLeyes, MRIcroGL, nilearn and OpenNIfTI: one volume is an image of three
// dimensions, several one of four. Voxels that the map does not name are 0,
// which viewers show as nothing and nilearn's maskers write too. NaN, of a dead
// voxel say, stays NaN where the type is a float.
//
// It fails as CreateNIfTI and NIfTIWriter.Volume do, with fs.ErrExist if the
// file is there already. It reports progress in volumes and ends early with
// ctx, and then there is no file.
func (h *NIfTIHeader) WriteMap(ctx context.Context, path string, m VoxelMap) error {
	of := *h
	of.File = path // what its faults name
	if m.Voxels != nil {
		if err := of.rising(m.Voxels); err != nil {
			return err
		}
	}
	count := len(m.Voxels)
	if m.Voxels == nil {
		count = h.Voxels()
	}
	if len(m.Values) == 0 {
		return of.fault("", errors.New("there are no values to write"))
	}
	for t, row := range m.Values {
		if len(row) != count {
			return of.fault("", fmt.Errorf("volume %d of the map has %d values for %d voxels; give one for each", t, len(row), count))
		}
	}
	of.Shape[3], of.TR = len(m.Values), 0
	of.Type, of.Slope, of.Inter, of.Description = m.Type, 1, 0, m.Description
	w, err := CreateNIfTI(path, of)
	if err != nil {
		return err
	}
	defer w.Close()
	volume := make([]float64, h.Voxels())
	for t, row := range m.Values {
		if err := ctx.Err(); err != nil {
			return err
		}
		if m.Voxels == nil {
			copy(volume, row)
		}
		for k, v := range m.Voxels {
			volume[v] = row[k]
		}
		if err := w.Volume(volume); err != nil {
			return err
		}
		analysis.ReportProgress(ctx, t+1, len(m.Values))
	}
	return w.Close()
}

// WriteMask writes which of some voxels are kept, an fROI say, as an image of
// uint8 that ReadMask reads: 1 where kept[k] is true of voxels[k] (nil: of voxel
// k), else 0. Otherwise it does what WriteMap does.
func (h *NIfTIHeader) WriteMask(ctx context.Context, path, description string, voxels []int, kept []bool) error {
	row := make([]float64, len(kept))
	for k, in := range kept {
		if in {
			row[k] = 1
		}
	}
	return h.WriteMap(ctx, path, VoxelMap{Voxels: voxels, Values: [][]float64{row}, Type: "uint8", Description: description})
}

// A NIfTIWriter writes an image volume by volume.
type NIfTIWriter struct {
	NIfTIHeader

	tmp    *os.File // nil when closed
	out    *bufio.Writer
	zip    *gzip.Writer // of a .nii.gz
	to     io.Writer
	done   int // volumes
	buffer []byte
}

// CreateNIfTI begins an image that is written volume by volume, so that it may be
// larger than memory: NIfTI-1 (NIfTI-2 where a dimension is beyond 32767), little-endian,
// packed if the name ends in .nii.gz. What the header says, one that was read or
// one made for the purpose, is taken of Shape (0 volumes stand for 1), Type
// (float32 where empty), Slope (1 where 0), Inter, TR, Affine, Space and Description.
//
// Voxel sizes are those of the affine. It is written as the sform, and as the
// qform too if it has no shear, so that programs that prefer one or the other
// agree. Where From is "pixdim" neither is written, since the affine was a guess.
//
// The file is there whole or not at all: it is written beside path under a name that
// begins with a dot, and renamed by Close. It fails if path is there already,
// with fs.ErrExist; if its name ends neither in .nii nor in .nii.gz; and with a
// *FieldError if the header says what no reader would take.
func CreateNIfTI(path string, h NIfTIHeader) (*NIfTIWriter, error) {
	h.File, h.BigEndian, h.Warnings = path, false, nil
	h.Packed = strings.HasSuffix(path, ".nii.gz")
	if !h.Packed && !strings.HasSuffix(path, ".nii") {
		return nil, h.fault("", errors.New("the name of an image ends in .nii or .nii.gz"))
	}
	if err := absent("write an image to", path); err != nil {
		return nil, err
	}
	head, err := h.encode()
	if err != nil {
		return nil, err
	}
	path = filepath.Clean(path)
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	w := &NIfTIWriter{NIfTIHeader: h, tmp: tmp, out: bufio.NewWriterSize(tmp, 1<<20)}
	w.to = w.out
	if h.Packed {
		w.zip, _ = gzip.NewWriterLevel(w.out, gzip.BestSpeed) // nibabel's level
		w.to = w.zip
	}
	if _, err := w.to.Write(head); err != nil {
		w.abandon()
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return w, nil
}

// absent fails if the file is there.
func absent(op, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("dataset: %w", &fs.PathError{Op: op, Path: path, Err: fmt.Errorf("%w; choose a new name, or remove it", fs.ErrExist)})
	}
	return nil
}

// Volume writes the next volume, one value per voxel, x fastest: stored is
// (value − Inter)/Slope, for integers rounded to the nearest, halves to even. It
// fails if there are too many volumes, if the number of values is wrong, and
// with the voxel if a value is beyond the type or, for integers, not finite.
func (w *NIfTIWriter) Volume(values []float64) error {
	switch {
	case w.tmp == nil:
		return w.fault("", errors.New("is closed"))
	case w.done == w.Shape[3]:
		return w.fault("dim[4]", fmt.Errorf("says %d volumes, and as many are written", w.Shape[3]))
	case len(values) != w.Voxels():
		return w.fault("dim", fmt.Errorf("volume %d has %d values for %d voxels", w.done, len(values), w.Voxels()))
	}
	if w.buffer == nil {
		w.buffer = make([]byte, min(niftiChunk, w.Voxels()*w.bytes))
	}
	for lo := 0; lo < len(values); {
		part := values[lo:min(lo+len(w.buffer)/w.bytes, len(values))]
		raw := w.buffer[:len(part)*w.bytes]
		if k := w.store(raw, part); k >= 0 {
			return w.fault("", fmt.Errorf("voxel %d of volume %d is %v, which %s does not hold; choose another Type, or another Slope", lo+k, w.done, part[k], w.Type))
		}
		if _, err := w.to.Write(raw); err != nil {
			return fmt.Errorf("dataset: %w", err)
		}
		lo += len(part)
	}
	w.done++
	return nil
}

// Close ends the file and gives it its name. It fails, and there is no file, if
// volumes are missing. A second Close does nothing, so that it may be deferred.
func (w *NIfTIWriter) Close() error {
	if w.tmp == nil {
		return nil
	}
	defer w.abandon() // nothing, once it is renamed
	if w.done < w.Shape[3] {
		return w.fault("dim[4]", fmt.Errorf("says %d volumes, but %d are written; nothing is kept", w.Shape[3], w.done))
	}
	var err error
	if w.zip != nil {
		err = w.zip.Close()
	}
	for _, end := range []func() error{
		w.out.Flush,
		func() error { return w.tmp.Chmod(0o644) },
		w.tmp.Sync,
		w.tmp.Close,
	} {
		if err == nil {
			err = end()
		}
	}
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	if err := absent("write an image to", w.File); err != nil {
		return err
	}
	if err := os.Rename(w.tmp.Name(), w.File); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}

// abandon closes and removes the temporary file.
func (w *NIfTIWriter) abandon() {
	w.tmp.Close()
	os.Remove(w.tmp.Name())
	w.tmp = nil
}
