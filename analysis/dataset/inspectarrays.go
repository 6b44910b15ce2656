package dataset

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"fusiform/analysis"
)

func (in *Inspection) npy(r io.Reader, size int64) error {
	in.Format = "NumPy array (.npy)"
	p, err := inspectNPY(r, size)
	if err != nil {
		return err
	}
	p.Go = "a, err := dataset.ReadNPY(" + strconv.Quote(in.Path) + ")"
	if len(p.Shape) == 2 && p.NaN+p.Inf == 0 && p.Finite > 0 {
		p.Go = fmt.Sprintf("r, err := dataset.NPY(%q, stimuli) // %d of them, in the order of the rows", in.Path, p.Shape[0])
	}
	in.add(p)
	return nil
}

// inspectNPY reads a .npy of that many bytes through.
func inspectNPY(r io.Reader, size int64) (Part, error) {
	h, err := readShape(r, size)
	if err != nil {
		return Part{}, err
	}
	p := Part{Type: numpyType(h.descr), Shape: h.shape, Numbers: true}
	return p, h.blocks(r, func(b []float64) error { p.see(b); return nil })
}

func (in *Inspection) npz(ctx context.Context, file io.ReaderAt, size int64) error {
	in.Format = "NumPy archive (.npz)"
	w := &watched{ctx: ctx}
	err := visitNPZ(file, size, func(_ string, f *zip.File) error {
		w.total += int64(f.UncompressedSize64)
		return nil
	})
	if err != nil {
		return err
	}
	return visitNPZ(file, size, func(name string, f *zip.File) error {
		var p Part
		err := openEntry(f, func(r io.Reader, size int64) (err error) {
			w.r = r
			p, err = inspectNPY(w, size)
			return err
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // the others can be read
			p = Part{Name: name, Type: "not read", Note: err.Error()}
		} else {
			p.Name = name
			p.Go = fmt.Sprintf("a, err := dataset.ReadNPZ(%q, %q)", in.Path, name)
		}
		in.add(p)
		return nil
	})
}

func (in *Inspection) mat(r io.Reader, size int64) error {
	in.Format = "MATLAB 5 (.mat)"
	in.Go = "f, err := dataset.ReadMAT(" + strconv.Quote(in.Path) + ")"
	seen := map[*MATValue]*Part{}
	see := func(v *MATValue, block []float64) {
		p := seen[v]
		if p == nil {
			p = &Part{}
			seen[v] = p
		}
		p.see(block)
	}
	return visitMAT(in.Path, r, size, see, func(name string, v *MATValue) error {
		in.matValue(name, v, seen)
		clear(seen)
		return nil
	})
}

// matValue tells of a value, and of those in it by their paths.
func (in *Inspection) matValue(path string, v *MATValue, seen map[*MATValue]*Part) {
	p := Part{Name: path, Type: v.Class, Shape: v.Shape}
	quoted := strconv.Quote(path)
	switch v.Class {
	case "struct", "object":
		p.Note = "fields " + printable(analysis.Few(v.Fields, 10))
		in.add(p)
		each := len(v.Fields)
		for f, field := range v.Fields {
			kids := make([]*MATValue, 0, len(v.kids)/each)
			for k := f; k < len(v.kids); k += each {
				kids = append(kids, v.kids[k])
			}
			if len(kids) > 1 && in.alike(path, field, kids, seen) {
				continue
			}
			for k, kid := range kids {
				at := path
				if len(kids) > 1 {
					at += fmt.Sprintf("(%d)", k+1)
				}
				in.matValue(at+"."+field, kid, seen)
			}
		}
		return
	case "cell":
		if texts, err := v.Texts(); err == nil && len(texts) > 0 {
			p.Note = "texts " + printable(analysis.Few(texts, 3))
			p.Go = "t, err := f.Texts(" + quoted + ")"
			in.add(p)
			return
		}
		in.add(p)
		for k, kid := range v.kids {
			in.matValue(fmt.Sprintf("%s{%d}", path, k+1), kid, seen)
		}
		return
	case "char":
		if texts, err := v.Texts(); err == nil {
			p.Note = printable(analysis.Few(texts, 3))
		}
		p.Go = "t, err := f.Texts(" + quoted + ")"
	default:
		if s := seen[v]; s != nil {
			s.Name, s.Type, s.Shape = p.Name, p.Type, p.Shape
			p = *s
		}
		if _, err := (&MATValue{Class: v.Class, complex: v.complex, bad: v.bad}).Array(); err != nil {
			p.Note = err.Error()
		} else {
			p.Numbers = true
			p.Go = "a, err := f.Array(" + quoted + ")"
		}
	}
	in.add(p)
}

// alike tells of a field of a struct array in one part, if all its elements
// are numbers of one class and size, or text.
func (in *Inspection) alike(path, field string, kids []*MATValue, seen map[*MATValue]*Part) bool {
	first := kids[0]
	p := Part{Name: fmt.Sprintf("%s(1…%d).%s", path, len(kids), field), Type: first.Class}
	at := strconv.Quote(path + "(1)." + field)
	var texts []string
	for _, kid := range kids {
		if kid.Class != first.Class || kid.complex {
			return false
		}
		if kid.Class == "char" {
			t, err := kid.Texts()
			if err != nil || len(t) > 1 {
				return false
			}
			texts = append(texts, t...)
			continue
		}
		if _, err := (&MATValue{Class: kid.Class, bad: kid.bad}).Array(); err != nil || !slices.Equal(kid.Shape, first.Shape) {
			return false
		}
		p.Numbers, p.Note = true, "each "+times(first.Shape)
		if s := seen[kid]; s != nil {
			p.join(s)
		}
	}
	p.Go = "a, err := f.Array(" + at + ")"
	if len(texts) > 0 || first.Class == "char" {
		p.Note, p.Go = printable(analysis.Few(texts, 3)), "t, err := f.Texts("+at+")"
	}
	in.add(p)
	return true
}

func (in *Inspection) nifti(ctx context.Context) (err error) {
	n, err := OpenNIfTI(in.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	in.Format = fmt.Sprintf("NIfTI-%d image", n.Version)
	p := Part{Type: n.Type, Shape: n.Shape[:], Numbers: true, Go: "img, err := dataset.OpenNIfTI(" + strconv.Quote(in.Path) + ")"}
	var values []float64
	for t := range n.Shape[3] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if values, err = n.Volume(t, values); err != nil {
			return err
		}
		p.see(values)
		analysis.ReportProgress(ctx, (t+1)*n.Voxels()*n.bytes, n.Shape[3]*n.Voxels()*n.bytes)
	}
	in.Notes = append(in.Notes, fmt.Sprintf("voxels of %.4g×%.4g×%.4g mm, affine from %s", n.Zooms[0], n.Zooms[1], n.Zooms[2], n.From))
	if n.Shape[3] > 1 && n.TR > 0 {
		in.Notes = append(in.Notes, fmt.Sprintf("%d volumes, one each %.4g s", n.Shape[3], n.TR))
	}
	for _, w := range n.Warnings {
		in.Notes = append(in.Notes, w.Error())
	}
	in.add(p)
	return nil
}

// safetensors reads the header: its length in 8 bytes, then JSON.
func (in *Inspection) safetensors(r io.Reader, size int64) error {
	in.Format = "weights (.safetensors)"
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return errors.New("ends within its header")
	}
	n := binary.LittleEndian.Uint64(b[:])
	if n > 100<<20 || n > uint64(size-8) { // the limit of the format's own library
		return fmt.Errorf("claims a header of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return errors.New("ends within its header")
	}
	var tensors map[string]json.RawMessage
	if err := json.Unmarshal(text, &tensors); err != nil {
		return fmt.Errorf("bad header: %w", err)
	}
	delete(tensors, "__metadata__")
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		var t struct {
			Type  string `json:"dtype"`
			Shape []int  `json:"shape"`
		}
		if err := json.Unmarshal(tensors[name], &t); err != nil {
			return fmt.Errorf("bad header of %s: %w", printable(name), err)
		}
		in.add(Part{Name: name, Type: printable(t.Type), Shape: t.Shape})
	}
	in.Notes = []string{"shapes are what the header says; the values were not read"}
	return nil
}
