package dataset

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"fusiform/analysis"
)

// ReadNPY reads a NumPy .npy file of any shape: all that NPY reads, and arrays
// of more than two axes, of none, and with NaN and Inf. Its name is the file's
// without the extension.
//
// It fails on elements that are no real numbers, and on a file whose size is
// not what its header says: sizes are compared before anything is allocated.
func ReadNPY(path string) (*Array, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := readNPY(bufio.NewReaderSize(f, 1<<16), size, math.MaxInt)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	a.Name = bare(path)
	return a, nil
}

// NPZNames returns the names of the arrays in an .npz file, in its order.
func NPZNames(path string) (names []string, err error) {
	err = npzEntries(path, func(name string, _ *zip.File) error {
		names = append(names, name)
		return nil
	})
	return names, err
}

// ReadNPZ reads one array of an .npz file, that is a zip of .npy files as
// numpy.savez and numpy.savez_compressed write it; see ReadNPY. The name is
// that which NumPy uses; "" is the file's only array.
//
// Nothing is unpacked to the disk. What an entry claims is checked before
// anything is allocated: that its header agrees with its size, and that so
// many bytes can come out of the compressed ones. Compressed arrays of more
// than 2³⁰ numbers (8 GiB in memory) are refused; numpy.save writes those.
//
// It fails with the names that there are if the file has no such array.
func ReadNPZ(path, name string) (*Array, error) {
	var found []*zip.File
	var names []string
	var out *Array
	err := npzEntries(path, func(n string, f *zip.File) error {
		names = append(names, n)
		if n == name || name == "" {
			found = append(found, f)
		}
		return nil
	}, func() error {
		switch {
		case len(found) == 0:
			return fmt.Errorf("has no array %q; it has %s", analysis.Few([]string{name}, 1), analysis.Few(names, 10))
		case len(found) > 1:
			return fmt.Errorf("has %d arrays; name one of %s", len(found), analysis.Few(names, 10))
		}
		return openEntry(found[0], func(r io.Reader, size int64) (err error) {
			limit := math.MaxInt
			if found[0].Method != zip.Store {
				limit = maxPacked
			}
			if out, err = readNPY(r, size, limit); err == nil {
				out.Name = strings.TrimSuffix(found[0].Name, ".npy")
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// maxEntries bounds the list of an archive; NumPy's arrays are few.
const maxEntries = 1 << 16

// npzEntries visits the arrays of an archive, then calls what else there is to
// do while it is open.
func npzEntries(path string, visit func(name string, f *zip.File) error, then ...func() error) error {
	file, size, err := openFile(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return named(path, visitNPZ(file, size, visit, then...))
}

func visitNPZ(file io.ReaderAt, size int64, visit func(name string, f *zip.File) error, then ...func() error) error {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return errors.New("is not an .npz file, which is a zip (numpy.savez writes one), or is cut short")
	}
	if len(z.File) > maxEntries {
		return fmt.Errorf("is an archive of %d files; at most %d are read", len(z.File), maxEntries)
	}
	seen := map[string]bool{}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if seen[name] {
			return fmt.Errorf("has two arrays called %q", analysis.Few([]string{name}, 1))
		}
		seen[name] = true
		if err := visit(name, f); err != nil {
			return err
		}
	}
	if len(seen) == 0 {
		return errors.New("is a zip without any .npy file")
	}
	for _, do := range then {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

const (
	// A block of 258 equal bytes takes at least 2 bits in a deflate stream.
	maxDeflate = 1032
	maxPacked  = 1 << 30 // numbers in a compressed array
)

// openEntry lets read have the content of an entry, which is that many bytes.
func openEntry(f *zip.File, read func(r io.Reader, size int64) error) error {
	what := fmt.Sprintf("array %q", analysis.Few([]string{strings.TrimSuffix(f.Name, ".npy")}, 1))
	switch {
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Errorf("%s is packed by method %d; numpy.savez stores and numpy.savez_compressed deflates", what, f.Method)
	case f.Flags&1 != 0:
		return fmt.Errorf("%s is encrypted", what)
	case f.Method == zip.Store && f.UncompressedSize64 != f.CompressedSize64,
		f.UncompressedSize64/maxDeflate > f.CompressedSize64+1:
		return fmt.Errorf("%s claims %d bytes, which its %d packed ones cannot hold", what, f.UncompressedSize64, f.CompressedSize64)
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer r.Close()
	b := bufio.NewReaderSize(r, 1<<16)
	if err := read(b, int64(f.UncompressedSize64)); err != nil {
		var bad flate.CorruptInputError
		if errors.As(err, &bad) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, zip.ErrChecksum) {
			return fmt.Errorf("%s is damaged: %w", what, err)
		}
		return fmt.Errorf("%s %w", what, err)
	}
	// The end is where the checksum is compared.
	if n, err := b.Read(make([]byte, 1)); n > 0 || err != io.EOF {
		return fmt.Errorf("%s is damaged: its bytes are not those that were packed", what)
	}
	return nil
}

// readNPY reads a .npy of that many bytes and at most so many numbers.
func readNPY(r io.Reader, size int64, limit int) (*Array, error) {
	h, err := readShape(r, size)
	if err != nil {
		return nil, err
	}
	if h.n > limit {
		return nil, fmt.Errorf("has %d compressed values, more than the %d that are read into memory; numpy.save writes larger ones", h.n, limit)
	}
	v, err := h.values(r)
	if err != nil {
		return nil, err
	}
	if h.fortran {
		v = rowMajor(v, h.shape)
	}
	return &Array{Type: numpyType(h.descr), Shape: h.shape, Values: v}, nil
}

// values reads the elements that follow the header in the file's order. It
// allocates as they come.
func (h npyShape) values(r io.Reader) ([]float64, error) {
	v := make([]float64, 0, min(h.n, 1<<20))
	err := h.blocks(r, func(b []float64) error {
		v = append(v, b...)
		return nil
	})
	return v, err
}

// blocks hands on the elements in the file's order, at most 2¹³ at a time; a
// block is valid until the next.
func (h npyShape) blocks(r io.Reader, each func([]float64) error) error {
	const most = 1 << 13
	buf, out := make([]byte, min(h.n, most)*h.size), make([]float64, min(h.n, most))
	for done := 0; done < h.n; {
		k := min(h.n-done, most)
		if _, err := io.ReadFull(r, buf[:k*h.size]); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("after %d of %d values: %w", done, h.n, err)
		}
		for i := range k {
			out[i] = h.value(buf[i*h.size : (i+1)*h.size])
		}
		if err := each(out[:k]); err != nil {
			return err
		}
		done += k
	}
	return nil
}

// numpyType names an element type as NumPy does: "<f4" is "float32".
func numpyType(descr string) string {
	if len(descr) != 3 {
		return descr
	}
	bits := map[byte]string{'1': "8", '2': "16", '4': "32", '8': "64"}[descr[2]]
	switch descr[1] {
	case 'f':
		return "float" + bits
	case 'i':
		return "int" + bits
	case 'u':
		return "uint" + bits
	case 'b':
		return "bool"
	}
	return descr
}

// openFile opens a regular file and returns its size.
func openFile(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, fmt.Errorf("dataset: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("dataset: %s is a folder or a device, not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("dataset: %w", err)
	}
	return f, info.Size(), nil
}

// bare is a file's name without its extension.
func bare(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// named puts the path before an error of its file.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("dataset: %s: %w", path, err)
}
