package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/internal/hdf5"
)

// isMAT73 tells MATLAB's files among those of HDF5 by their first letters. Old
// ones say MATLAB 7.0.
func isMAT73(r io.ReaderAt) bool {
	head := make([]byte, 7)
	n, _ := r.ReadAt(head, 0)
	return string(head[:n]) == "MATLAB "
}

// eachMAT73 visits the variables of a file of version 7.3. Their numbers stay
// in the file.
func eachMAT73(path string, file io.ReaderAt, size int64, visit func(name string, v *MATValue) error) error {
	if !isMAT73(file) {
		return fmt.Errorf("dataset: %s: is HDF5, and MATLAB did not write it; dataset.OpenHDF5 reads it", path)
	}
	h, err := hdf5.New(file, size)
	if err != nil {
		return ofHDF5(path, "", err)
	}
	return visitMAT73(path, h, func() (io.Closer, *hdf5.File, error) { return openHDF5(path) }, visit)
}

// visitMAT73 visits the variables; open opens the file once more, for numbers
// that are asked for.
func visitMAT73(path string, h *hdf5.File, open hdf5Opener, visit func(name string, v *MATValue) error) error {
	defer h.Limit()()
	root, err := h.Root()
	if err != nil {
		return ofHDF5(path, "", err)
	}
	links, err := root.Links()
	if err != nil {
		return ofHDF5(path, "", err)
	}
	m := &mat73{open: open, h: h, left: 2*h.MaxLinks() + 1000, known: map[uint64]*MATValue{}, counts: map[uint64]int{}}
	for _, l := range links {
		if strings.HasPrefix(l.Name, "#") { // what references lead to, and the objects' own store
			continue
		}
		o, err := root.Follow(l)
		if err != nil {
			return ofHDF5(path, l.Name, err)
		}
		v, err := m.value(o, 0)
		if err == nil {
			err = visit(l.Name, v)
		}
		if err != nil {
			return ofHDF5(path, l.Name, err)
		}
	}
	return nil
}

// A mat73 reads the values of a file of version 7.3: a struct is a group of
// its fields, a cell is references, and what a dataset or a group is in MATLAB
// stands in its attributes.
type mat73 struct {
	open   hdf5Opener
	h      *hdf5.File
	left   int                  // values that the file can still have: a reference takes 8 bytes
	known  map[uint64]*MATValue // by the object's address
	counts map[uint64]int       // how many values there are, those in it included
}

// matMarks are MATLAB's attributes of an object.
type matMarks struct {
	class  string
	fields []string // of a struct, in its order
	empty  bool     // the dataset is the size
	sparse int      // rows; -1 if it is not sparse
	opaque bool
}

func (m *mat73) marks(o *hdf5.Object) (matMarks, error) {
	marks := matMarks{sparse: -1}
	attributes, err := o.Attributes()
	if err != nil {
		return marks, err
	}
	for _, a := range attributes {
		var err error
		switch a.Name {
		case "MATLAB_class":
			var texts []string
			if texts, err = a.Texts(); err == nil && len(texts) == 1 {
				marks.class = texts[0]
			}
		case "MATLAB_fields":
			var lists [][]byte
			lists, err = a.Lists()
			for _, b := range lists {
				marks.fields = append(marks.fields, string(b))
			}
		case "MATLAB_empty", "MATLAB_sparse", "MATLAB_object_decode":
			var n []float64
			if n, err = a.Numbers(); err != nil || len(n) != 1 {
				break
			}
			switch {
			case a.Name == "MATLAB_empty":
				marks.empty = n[0] != 0
			case a.Name == "MATLAB_sparse":
				marks.sparse = int(n[0])
			case n[0] > 1: // 1 is a function's handle, whose class says so
				marks.opaque = true
			}
		}
		if err != nil {
			return marks, fmt.Errorf("its attribute %s: %w", a.Name, err)
		}
	}
	return marks, nil
}

// value reads a value, and those in it.
func (m *mat73) value(o *hdf5.Object, depth int) (*MATValue, error) {
	if v := m.known[o.At]; v != nil {
		if m.left -= m.counts[o.At]; m.left < 0 {
			return nil, errors.New("is damaged: its cells and structs hold one another")
		}
		return v, nil
	}
	if depth > maxMATDepth {
		return nil, fmt.Errorf("lies deeper than %d cells or structs in one another", maxMATDepth)
	}
	before := m.left
	if m.left--; m.left < 0 {
		return nil, errors.New("is damaged: it has more values than the file has room for")
	}
	marks, err := m.marks(o)
	if err != nil {
		return nil, err
	}
	if marks.class == "canonical empty" { // the one [] that cells share
		marks.class = "double"
	}
	v := &MATValue{Class: marks.class}
	switch {
	case marks.opaque || marks.class != "" && !slices.Contains(matClasses, marks.class) && marks.class != "logical":
		v.Class = "opaque"
	case marks.class == "function_handle" || marks.class == "object":
		v.Shape = []int{1, 1}
	case marks.sparse >= 0:
		err = m.sparse(v, o, marks)
	case o.IsGroup():
		err = m.structure(v, o, marks, depth)
	case o.IsDataset():
		err = m.dataset(v, o, marks, depth)
	default:
		err = errors.New("is a type, not a variable")
	}
	if err != nil {
		return nil, err
	}
	m.known[o.At], m.counts[o.At] = v, before-m.left
	return v, nil
}

// sparse notes the size alone: its columns begin where jc says.
func (m *mat73) sparse(v *MATValue, o *hdf5.Object, marks matMarks) error {
	v.Class, v.Shape = "sparse", []int{marks.sparse, 0}
	links, err := o.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Name != "jc" {
			continue
		}
		jc, err := o.Follow(l)
		if err != nil {
			return err
		}
		d, err := jc.Dataset()
		if err != nil {
			return err
		}
		v.Shape[1] = max(d.Space.Len()-1, 0)
	}
	return nil
}

// structure reads the fields of a struct, in its order. Those of an array of
// structs are references, one for each element.
func (m *mat73) structure(v *MATValue, o *hdf5.Object, marks matMarks, depth int) error {
	v.Class, v.Shape = "struct", []int{1, 1}
	links, err := o.Links()
	if err != nil {
		return err
	}
	byName := map[string]hdf5.Link{}
	for _, l := range links {
		v.Fields = append(v.Fields, l.Name)
		byName[l.Name] = l
	}
	if len(marks.fields) == len(v.Fields) && !slices.ContainsFunc(marks.fields, func(f string) bool { _, ok := byName[f]; return !ok }) {
		v.Fields = marks.fields
	}
	columns := make([][]*MATValue, len(v.Fields)) // by field, then by element
	for i, field := range v.Fields {
		kid, err := o.Follow(byName[field])
		if err != nil {
			return fmt.Errorf("field %s: %w", analysis.Few([]string{field}, 1), err)
		}
		shape, column, err := m.field(kid, depth)
		if err != nil {
			return fmt.Errorf("field %s: %w", analysis.Few([]string{field}, 1), err)
		}
		if i > 0 && !slices.Equal(shape, v.Shape) {
			return fmt.Errorf("is damaged: its field %s is %s and others are %s", analysis.Few([]string{field}, 1), times(shape), times(v.Shape))
		}
		v.Shape, columns[i] = shape, column
	}
	if len(columns) == 0 {
		return nil
	}
	for k := range columns[0] {
		for _, column := range columns {
			v.kids = append(v.kids, column[k])
		}
	}
	return nil
}

// field reads a field of a struct, or of an array of structs: of that its
// references have no class.
func (m *mat73) field(o *hdf5.Object, depth int) ([]int, []*MATValue, error) {
	if o.IsDataset() {
		marks, err := m.marks(o)
		if err != nil {
			return nil, nil, err
		}
		if marks.class == "" {
			if d, err := o.Dataset(); err == nil && d.Type.IsObject() {
				return m.references(d, depth)
			}
		}
	}
	v, err := m.value(o, depth+1)
	return []int{1, 1}, []*MATValue{v}, err
}

// references reads what a dataset of references leads to.
func (m *mat73) references(d *hdf5.Dataset, depth int) ([]int, []*MATValue, error) {
	if d.Space.Null || d.Space.Len() > m.left {
		return nil, nil, fmt.Errorf("is damaged: it claims %s of references", times(d.Space.Shape))
	}
	raw, err := wholePart(d).raw()
	if err != nil {
		return nil, nil, err
	}
	shape := matShape(d.Space.Shape)
	var kids []*MATValue
	for k := 0; len(raw) >= d.Type.Size; k++ {
		at, ok := m.h.Reference(raw[:d.Type.Size])
		raw = raw[d.Type.Size:]
		kid := &MATValue{Class: "double", Shape: []int{0, 0}} // a cell that was never set
		if ok {
			o, err := m.h.Object(at)
			if err == nil {
				kid, err = m.value(o, depth+1)
			}
			if err != nil {
				return nil, nil, fmt.Errorf("element %d: %w", k+1, err)
			}
		}
		kids = append(kids, kid)
	}
	return shape, kids, nil
}

// matShape turns the axes as HDF5 has them into MATLAB's, of which there are
// two or more.
func matShape(shape []int) []int {
	out := slices.Clone(shape)
	slices.Reverse(out)
	for len(out) < 2 {
		out = append(out, 1)
	}
	return out
}

// dataset notes numbers or text, and reads a cell.
func (m *mat73) dataset(v *MATValue, o *hdf5.Object, marks matMarks, depth int) error {
	d, err := o.Dataset()
	var unread *hdf5.UnsupportedError
	if errors.As(err, &unread) { // the others can be read
		if v.bad = err; v.Class == "cell" || v.Class == "struct" || v.Class == "" {
			v.Class = "opaque"
		}
		return nil
	}
	if err != nil {
		return err
	}
	v.Class, v.Shape = matClass(marks.class, d.Type), matShape(d.Space.Shape)
	if marks.empty {
		return m.empty(v, d, marks)
	}
	if v.Class == "cell" && d.Type.IsObject() {
		v.Shape, v.kids, err = m.references(d, depth)
		return err
	}
	if v.Class == "struct" || v.Class == "cell" {
		return fmt.Errorf("is damaged: a %s that is %s", v.Class, d.Type)
	}
	v.complex = d.Type.Class == hdf5.Compound && len(d.Type.Fields) == 2 && d.Type.Fields[0].Name == "real" && d.Type.Fields[1].Name == "imag"
	v.stored = &matStored{open: m.open, at: o.At}
	return nil
}

// empty reads the size of a value without any element, which stands where its
// elements would.
func (m *mat73) empty(v *MATValue, d *hdf5.Dataset, marks matMarks) error {
	if d.Space.Len() > 32 {
		return fmt.Errorf("is damaged: it is empty, and has %d axes", d.Space.Len())
	}
	size, err := wholePart(d).numbers(context.Background(), make([]int, len(d.Space.Shape)), d.Space.Shape)
	if err != nil {
		return err
	}
	v.Shape, v.Fields = nil, marks.fields
	for _, n := range size {
		if !(n >= 0 && n < 1<<31) {
			return fmt.Errorf("is damaged: it is %g long", n)
		}
		v.Shape = append(v.Shape, int(n))
	}
	if len(v.Shape) < 2 || !slices.Contains(v.Shape, 0) {
		return fmt.Errorf("is damaged: it is said to be empty, and %s", times(v.Shape))
	}
	return nil
}

// matClass is MATLAB's class of a dataset: what its attribute says, or what its
// type is.
func matClass(class string, t *hdf5.Type) string {
	if class != "" {
		return class
	}
	switch s := t.String(); s {
	case "float64":
		return "double"
	case "float32":
		return "single"
	case "bool":
		return "logical"
	case "reference":
		return "cell"
	default:
		if slices.Contains(matClasses, s) {
			return s
		}
	}
	return "opaque"
}
