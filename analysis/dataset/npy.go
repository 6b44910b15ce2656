package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// NPY reads responses from a NumPy .npy file: an n×c array whose row i is the
// response to stimulus i of s. A one-dimensional array of n values is one
// channel. The file carries no IDs, so s must list the stimuli in the order of
// the rows. The source of the responses is the file's name without its
// extension.
//
// Elements may be bool, signed or unsigned integers, or floats of 16, 32 or
// 64 bits, little- or big-endian, in C or Fortran order; all become float64
// (integers beyond ±2⁵³ are rounded). In memory the values take 8 bytes each.
//
// It fails with an *analysis.AlignmentError if the rows are not s.Len(), and
// with an error on NaN and Inf, on other element types, and on a file whose
// size is not what its header says: sizes are compared before anything is
// allocated.
//
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func NPY(path string, s analysis.Stimuli) (*analysis.Responses, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("dataset: %s is a folder or a device, not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	b := bufio.NewReaderSize(f, 1<<16)
	h, err := readHeader(b, info.Size())
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	if h.rows != s.Len() {
		hint := ""
		if h.cols == s.Len() {
			hint = "; its columns are as many: save the transpose"
		}
		return nil, fmt.Errorf("dataset: %w", &analysis.AlignmentError{What: fmt.Sprintf("%s has %d×%d values (rows × columns) for %d stimuli%s", path, h.rows, h.cols, s.Len(), hint)})
	}
	v, err := h.read(b)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	r, err := analysis.NewResponses(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), s, v)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	return r, nil
}

// read reads the values that follow the header.
func (h npyHeader) read(r io.Reader) (*mat.Dense, error) {
	lines, length := h.rows, h.cols // a line is what lies together in the file
	if h.fortran {
		lines, length = h.cols, h.rows
	}
	v := mat.NewDense(h.rows, h.cols, nil)
	raw := v.RawMatrix()
	buf := make([]byte, length*h.size)
	for i := range lines {
		if _, err := io.ReadFull(r, buf); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("after %d of %d values: %w", i*length, h.rows*h.cols, err)
		}
		for j := range length {
			x := h.value(buf[j*h.size : (j+1)*h.size])
			if h.fortran {
				raw.Data[j*raw.Stride+i] = x
			} else {
				raw.Data[i*raw.Stride+j] = x
			}
		}
	}
	return v, nil
}
