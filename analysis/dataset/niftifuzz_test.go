package dataset

import (
	"bytes"
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Whatever a file holds, reading it ends in values or in an error, and takes no
// more memory than the file accounts for.
func FuzzNIfTI(f *testing.F) {
	seeds(f, "testdata/nifti/*_1.nii")
	seeds(f, "testdata/nifti/*_2.nii.gz")
	for _, name := range []string{"qform.nii", "five.nii", "extension.nii", "slope_nan.nii.gz", "ms.nii"} {
		seeds(f, "testdata/nifti/"+name)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := newNIfTI("f.nii", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if !n.Packed && n.Voxels()*n.Shape[3]*n.bytes > len(data) {
			t.Fatalf("%v values of %d bytes accepted of %d", n.Shape, n.bytes, len(data))
		}
		if n.Shape[3] > 1<<12 {
			return // a row each: slow, not large
		}
		m, err := n.Series(context.Background(), nil)
		if err != nil {
			return
		}
		if r, c := m.Dims(); r != n.Shape[3] || c != n.Voxels() {
			t.Errorf("%d×%d of %v", r, c, n.Shape)
		}
		last, err := n.Volume(n.Shape[3]-1, nil)
		if err != nil || len(last) != n.Voxels() {
			t.Errorf("%d values: %v", len(last), err)
		}
		if s, err := n.TimeCourses(); err == nil && n.Voxels() > 1 { // as blocks: a packed image is unpacked
			for _, at := range []int{0, n.Voxels() - 1} {
				b, err := s.Block(context.Background(), at, at+1)
				if err != nil {
					t.Fatal(err)
				}
				for v := range n.Shape[3] {
					if math.Float64bits(b.At(v, 0)) != math.Float64bits(m.At(v, at)) {
						t.Fatalf("voxel %d of volume %d is %v and %v", at, v, b.At(v, 0), m.At(v, at))
					}
				}
			}
		}
		// What is read can be written, or is refused.
		h := n.NIfTIHeader
		if _, err := h.encode(); err == nil && (h.Shape != n.Shape || h.Type != n.Type) {
			t.Errorf("%v of %s is written as %v of %s", n.Shape, n.Type, h.Shape, h.Type)
		}
	})
}

// What is accepted as events has a type and a time, in order.
func FuzzEvents(f *testing.F) {
	for _, s := range []string{"onset\tduration\ttrial_type\n1\t2\tface\n0\t2\tn/a\n", "onset\tduration\ttrial_type\tmodulation\tx\n1\t0\tface\t.5\tn/a\n", "onset\tduration\ttrial_type\nn/a\t2\t\"a\"\"b\"\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("events.tsv", bytes.NewReader(data))
		if err != nil {
			return
		}
		e, err := parseEvents(table, 100)
		if err != nil {
			return
		}
		for i, r := range e.Rows {
			if r.Type == "" || !(r.Duration >= 0) || r.Onset >= 100 || i > 0 && r.Onset < e.Rows[i-1].Onset {
				t.Errorf("%+v", r)
			}
		}
	})
}

// What is accepted as confounds has a finite value for every volume.
func FuzzConfounds(f *testing.F) {
	for _, s := range []string{"a\tb\n1\tn/a\n2\t3\n", "a\n\n1\n", "a\tb\n1\t2\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("confounds.tsv", bytes.NewReader(data))
		if err != nil {
			return
		}
		names, v, err := Confounds{ZeroFirst: true}.parse(table, 0)
		if err != nil {
			return
		}
		if _, c := v.Dims(); c != len(names) || mat.Norm(v, 1) != mat.Norm(v, 1) {
			t.Errorf("%d names of %v", len(names), mat.Formatted(v))
		}
	})
}
