package dataset

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"fusiform/analysis"
)

// WriteMap writes a map over the vertices of the surface whose header this is,
// by the name's end: an .mgh or .mgz of vertices × 1 × 1 × frames for freeview, or
// GIfTI (.func.gii, .shape.gii) with a DataArray for each frame for freeview and
// wb_view. nilearn reads .mgz and GIfTI.
// In m, Voxels are vertices. Those that it does not name are 0, which viewers show as
// nothing; NaN stays NaN. Elements are float32. Of the header, Vertices
// and Hemisphere are taken.
//
// GIfTI says the hemisphere (AnatomicalStructurePrimary) and the Description. An
// .mgh has a place for neither: its name must say the hemisphere, where that is
// known, as lh.faces.mgz does. No file may be called as if it were of the other
// hemisphere.
//
// The file is there whole or not at all. It fails with fs.ErrExist if it is there
// already, and with a *FieldError on any other fault of name or map, such as a value that
// float32 does not hold. It reports progress in frames and ends early with ctx.
func (h *SurfaceHeader) WriteMap(ctx context.Context, path string, m VoxelMap) error {
	count, err := h.check(path, m)
	if err != nil {
		return err
	}
	return writeWhole(path, func(out io.Writer) error {
		frame := func(t int, to io.Writer, order binary.ByteOrder) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			raw := make([]byte, 4*h.Vertices) // zeros
			for k, x := range m.Values[t] {
				v := k
				if m.Voxels != nil {
					v = m.Voxels[k]
				}
				f := float32(x)
				if math.IsInf(float64(f), 0) && !math.IsInf(x, 0) {
					return &FieldError{File: path, Err: fmt.Errorf("vertex %d of frame %d is %v, which float32 does not hold; scale the map", v, t, x)}
				}
				order.PutUint32(raw[4*v:], math.Float32bits(f))
			}
			if _, err := to.Write(raw); err != nil {
				return err
			}
			analysis.ReportProgress(ctx, t+1, count)
			return nil
		}
		switch {
		case strings.HasSuffix(path, ".gii"):
			return h.writeGIfTI(out, m, frame)
		case strings.HasSuffix(path, ".mgz"):
			z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed)
			if err := h.writeMGH(z, count, frame); err != nil {
				return err
			}
			return z.Close()
		}
		return h.writeMGH(out, count, frame)
	})
}

// WriteMask writes which of some vertices are kept, an fROI say, as 1 and 0:
// a region that ReadParcellation reads under the name "1". Otherwise it
// does what WriteMap does.
func (h *SurfaceHeader) WriteMask(ctx context.Context, path, description string, vertices []int, kept []bool) error {
	row := make([]float64, len(kept))
	for k, in := range kept {
		if in {
			row[k] = 1
		}
	}
	return h.WriteMap(ctx, path, VoxelMap{Voxels: vertices, Values: [][]float64{row}, Description: description})
}

// check returns how many frames the map has.
func (h *SurfaceHeader) check(path string, m VoxelMap) (frames int, err error) {
	fail := func(format string, args ...any) (int, error) {
		return 0, &FieldError{File: path, Err: fmt.Errorf(format, args...)}
	}
	mgh := strings.HasSuffix(path, ".mgh") || strings.HasSuffix(path, ".mgz")
	told := hemisphere(path)
	switch {
	case !mgh && !strings.HasSuffix(path, ".func.gii") && !strings.HasSuffix(path, ".shape.gii"):
		return fail("the name of a map on a surface ends in .mgh, .mgz, .func.gii or .shape.gii")
	case h.Hemisphere != "" && h.Hemisphere != "lh" && h.Hemisphere != "rh":
		return fail("Hemisphere is %q, must be lh, rh or empty", printable(h.Hemisphere))
	case h.Hemisphere != "" && told != "" && told != h.Hemisphere:
		return fail("is called as if it were %s, but the map is %s; choose another name", told, h.Hemisphere)
	case h.Hemisphere != "" && told == "" && mgh:
		return fail("does not say which hemisphere it is, and the format has no place for it; call it %s.%s", h.Hemisphere, filepath.Base(path))
	case m.Type != "" && m.Type != "float32":
		return fail("Type is %q; a map on a surface is written as float32", printable(m.Type))
	case len(m.Description) > 79 || !utf8.ValidString(m.Description) || strings.ContainsRune(m.Description, 0):
		return fail("the description has %d bytes, must be at most 79, of UTF-8, none of them 0", len(m.Description))
	case h.Vertices < 1 || h.Vertices > maxArray:
		return fail("the surface has %d vertices, must be 1 to %d", h.Vertices, maxArray)
	case len(m.Values) == 0:
		return fail("there are no values to write")
	case m.Voxels != nil && len(m.Voxels) == 0:
		return fail("no vertex is named; nil stands for all")
	}
	for k, v := range m.Voxels {
		switch {
		case v < 0 || v >= h.Vertices:
			return fail("there is no vertex %d; the surface has %d", v, h.Vertices)
		case k > 0 && v <= m.Voxels[k-1]:
			return fail("vertex %d stands after vertex %d; list each once, in rising order", v, m.Voxels[k-1])
		}
	}
	count := len(m.Voxels)
	if m.Voxels == nil {
		count = h.Vertices
	}
	for t, row := range m.Values {
		if len(row) != count {
			return fail("frame %d of the map has %d values for %d vertices; give one for each", t, len(row), count)
		}
	}
	return len(m.Values), nil
}

// A frameWriter writes the values of a frame.
type frameWriter func(t int, to io.Writer, order binary.ByteOrder) error

// writeMGH writes header, frames, and the five numbers behind them, of which TR is the
// first: 0, for maps are not in time.
func (h *SurfaceHeader) writeMGH(to io.Writer, frames int, frame frameWriter) error {
	order := binary.BigEndian
	head := make([]byte, mghHeader)
	for i, x := range []int{1, h.Vertices, 1, 1, frames, 3} { // version, dimensions, float
		order.PutUint32(head[4*i:], uint32(x))
	}
	order.PutUint16(head[28:], 1) // directions are given: FreeSurfer's own where none are known
	for i, x := range []float32{1, 1, 1, -1, 0, 0, 0, 0, -1, 0, 1, 0} {
		order.PutUint32(head[30+4*i:], math.Float32bits(x))
	}
	if _, err := to.Write(head); err != nil {
		return err
	}
	for t := range frames {
		if err := frame(t, to, order); err != nil {
			return err
		}
	}
	_, err := to.Write(make([]byte, 20))
	return err
}

func (h *SurfaceHeader) writeGIfTI(to io.Writer, m VoxelMap, frame frameWriter) error {
	meta := func(indent string, pairs ...string) string {
		var b strings.Builder
		b.WriteString(indent + "<MetaData>\n")
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				b.WriteString(indent + " <MD><Name>" + pairs[i] + "</Name><Value>")
				_ = xml.EscapeText(&b, []byte(pairs[i+1]))
				b.WriteString("</Value></MD>\n")
			}
		}
		return b.String() + indent + "</MetaData>\n"
	}
	side := map[string]string{"lh": "CortexLeft", "rh": "CortexRight"}[h.Hemisphere]
	_, err := fmt.Fprintf(to, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/115/gifti.dtd">
<GIFTI Version="1.0" NumberOfDataArrays="%d">
%s <LabelTable/>
`, len(m.Values), meta(" ", "AnatomicalStructurePrimary", side, "Description", m.Description))
	if err != nil {
		return err
	}
	for t := range m.Values {
		name := m.Description
		if name != "" && len(m.Values) > 1 {
			name = fmt.Sprintf("%s, frame %d", name, t)
		}
		_, err := fmt.Fprintf(to, ` <DataArray Intent="NIFTI_INTENT_NONE" DataType="NIFTI_TYPE_FLOAT32" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="%d" Encoding="GZipBase64Binary" Endian="LittleEndian" ExternalFileName="" ExternalFileOffset="0">
%s  <Data>`, h.Vertices, meta("  ", "Name", name))
		if err != nil {
			return err
		}
		text := base64.NewEncoder(base64.StdEncoding, to)
		z := zlib.NewWriter(text)
		if err := frame(t, z, binary.LittleEndian); err != nil {
			return err
		}
		if err := errors.Join(z.Close(), text.Close()); err != nil {
			return err
		}
		if _, err := io.WriteString(to, "</Data>\n </DataArray>\n"); err != nil {
			return err
		}
	}
	_, err = io.WriteString(to, "</GIFTI>\n")
	return err
}

// writeWhole writes a file beside path under a name that begins with a dot, and
// renames it when it is whole.
func writeWhole(path string, write func(io.Writer) error) error {
	if err := absent("write a map to", path); err != nil {
		return err
	}
	path = filepath.Clean(path)
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	defer os.Remove(tmp.Name()) // nothing, once it is renamed
	defer tmp.Close()
	out := bufio.NewWriterSize(tmp, 1<<20)
	if err := write(out); err != nil {
		var field *FieldError
		if errors.As(err, &field) {
			return err
		}
		return fmt.Errorf("dataset: %s: %w", path, err)
	}
	for _, end := range []func() error{
		out.Flush,
		func() error { return tmp.Chmod(0o644) },
		tmp.Sync,
		tmp.Close,
	} {
		if err := end(); err != nil {
			return fmt.Errorf("dataset: %w", err)
		}
	}
	if err := absent("write a map to", path); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}
