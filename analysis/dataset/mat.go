package dataset

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
)

// A MATFile is what a MATLAB .mat file holds.
type MATFile struct {
	Path      string
	Names     []string // of the variables, in the file's order
	variables map[string]*MATValue
}

// ReadMAT reads a .mat file of version 5, as MATLAB's save writes it with -v6
// and -v7 (its default) and scipy.io.savemat does, and of version 7.3, which is
// HDF5: numbers of all classes, logicals, text, cells, and structs within
// structs, compressed or not, in either byte order. Of version 5, numbers stay
// as they lie in the file, 1 to 8 bytes each, until Array asks for them; of
// version 7.3 they stay in the file, which must not change meanwhile, and
// OpenHDF5 reads a part of them. Of complex, sparse and opaque values (tables,
// strings, categoricals, objects, function handles) only the class is kept:
// other variables of the file can be read, and asking for these says what to
// do in MATLAB.
//
//	f, err := dataset.ReadMAT("92_brainRDMs.mat")
//	a, err := f.Array("RDMs(1,2).RDM")
//
// It fails on a file of version 4, with the lines that convert it; on HDF5 that
// MATLAB did not write, which OpenHDF5 reads; on a file that is cut short or
// damaged; and on one that would take more than 4 GiB of memory. No header
// makes it allocate what the file does not hold.
//
// The format: MathWorks, MAT-File Format, R2024a; of version 7.3, which that
// leaves out, what MATLAB's files show.
func ReadMAT(path string) (*MATFile, error) {
	f := &MATFile{Path: path, variables: map[string]*MATValue{}}
	err := eachMAT(path, nil, func(name string, v *MATValue) error {
		if f.variables[name] == nil {
			f.Names = append(f.Names, name)
		}
		f.variables[name] = v // as MATLAB's load: the last one stays
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Value returns the value at a path, which is written and counted as in
// MATLAB, from 1: "betas", "RDMs(3).RDM", "RDMs(2,1).name", "names{4}",
// "subject.roi{2}.voxels".
//
// It fails with the names there are, and if an index is out of range or a
// struct array has several elements and none is chosen.
func (f *MATFile) Value(path string) (*MATValue, error) {
	name, rest := cutName(path)
	v := f.variables[name]
	if v == nil {
		return nil, fmt.Errorf("dataset: %s: there is no variable %q; it has %s", f.Path, analysis.Few([]string{name}, 1), analysis.Few(f.Names, 10))
	}
	v, err := v.walk(name, rest)
	return v, named(f.Path, err)
}

// Array returns the numbers at a path; see Value and MATValue.Array. The
// array's name is the path.
func (f *MATFile) Array(path string) (*Array, error) {
	v, err := f.Value(path)
	if err != nil {
		return nil, err
	}
	a, err := v.Array()
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %s %w", f.Path, analysis.Few([]string{path}, 1), err)
	}
	a.Name = path
	return a, nil
}

// Texts returns the text at a path; see Value and MATValue.Texts.
func (f *MATFile) Texts(path string) ([]string, error) {
	v, err := f.Value(path)
	if err != nil {
		return nil, err
	}
	s, err := v.Texts()
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %s %w", f.Path, analysis.Few([]string{path}, 1), err)
	}
	return s, nil
}

// eachMAT visits the variables of a file, one after the other. With see, their
// numbers are shown to it and not kept.
func eachMAT(path string, see matSight, visit func(name string, v *MATValue) error) error {
	file, size, err := openFile(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if isHDF5(file, size) {
		return eachMAT73(path, file, size, visit)
	}
	return named(path, visitMAT(path, bufio.NewReaderSize(file, 1<<16), size, see, visit))
}

// maxMAT bounds what is kept of one file, in bytes.
const maxMAT = 4 << 30

func visitMAT(path string, r io.Reader, size int64, see matSight, visit func(string, *MATValue) error) error {
	head := make([]byte, 128)
	n, _ := io.ReadFull(r, head)
	order, err := matDialect(path, head[:n])
	if err != nil {
		return err
	}
	p := &matPart{r: r, left: size - 128, order: order, room: newMATRoom(size), see: see}
	for p.left > 0 {
		name, v, err := p.variable()
		if err != nil {
			return fmt.Errorf("%s: %w", matName(name, "a variable"), err)
		}
		if name == "" { // the objects' own store
			continue
		}
		if err := visit(name, v); err != nil {
			return err
		}
	}
	return nil
}

// matName shows a name, or what to say where there is none.
func matName(name, none string) string {
	if name == "" {
		return none
	}
	return analysis.Few([]string{name}, 1)
}

// matDialect tells the byte order of a file by its first 128 bytes.
func matDialect(path string, head []byte) (binary.ByteOrder, error) {
	const remedy = `in MATLAB, s = load("old.mat"); save("new.mat", "-struct", "s", "-v7")`
	switch {
	case strings.HasPrefix(string(head), "MATLAB 7.3"):
		return nil, errors.New("is cut short or damaged: it says MATLAB 7.3, which is HDF5, and that does not follow")
	case len(head) < 128:
		return nil, errors.New("is too short for a .mat file")
	case slices.Contains(head[:4], 0):
		return nil, errors.New("is no .mat file of version 5; if it is one of version 4, " + remedy)
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(head[126:]) {
	case "IM":
	case "MI":
		order = binary.BigEndian
	default:
		return nil, errors.New("is not a .mat file: its byte order mark is missing")
	}
	if v := order.Uint16(head[124:]); v>>8 != 1 {
		return nil, fmt.Errorf("is a .mat file of version %#x; 0x100 (save -v6 and -v7) is read", v)
	}
	return order, nil
}

// matClasses are MATLAB's classes by their numbers.
var matClasses = []string{0: "", 1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single", 8: "int8", 9: "uint8",
	10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64", 16: "function_handle", 17: "opaque"}

// The types of stored elements.
const (
	miInt8 = 1 + iota
	miUint8
	miInt16
	miUint16
	miInt32
	miUint32
	miSingle
	_
	miDouble
	_
	_
	miInt64
	miUint64
	miMatrix
	miCompressed
	miUTF8
	miUTF16
	miUTF32
)

// matDecoder returns the size of a stored number and what decodes it.
func matDecoder(typ uint32, order binary.ByteOrder) (int, func([]byte) float64, bool) {
	switch typ {
	case miInt8:
		return 1, func(b []byte) float64 { return float64(int8(b[0])) }, true
	case miUint8, miUTF8:
		return 1, func(b []byte) float64 { return float64(b[0]) }, true
	case miInt16:
		return 2, func(b []byte) float64 { return float64(int16(order.Uint16(b))) }, true
	case miUint16, miUTF16:
		return 2, func(b []byte) float64 { return float64(order.Uint16(b)) }, true
	case miInt32:
		return 4, func(b []byte) float64 { return float64(int32(order.Uint32(b))) }, true
	case miUint32, miUTF32:
		return 4, func(b []byte) float64 { return float64(order.Uint32(b)) }, true
	case miSingle:
		return 4, func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }, true
	case miDouble:
		return 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }, true
	case miInt64:
		return 8, func(b []byte) float64 { return float64(int64(order.Uint64(b))) }, true
	case miUint64:
		return 8, func(b []byte) float64 { return float64(order.Uint64(b)) }, true
	}
	return 0, nil, false
}
