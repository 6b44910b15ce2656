package dataset

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// What is accepted of an archive has as many values as its shape says.
func FuzzNPZ(f *testing.F) {
	seeds(f, "testdata/npz/*.npz")
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = visitNPZ(bytes.NewReader(data), int64(len(data)), func(name string, file *zip.File) error {
			return openEntry(file, func(r io.Reader, size int64) error {
				a, err := readNPY(r, size, 1<<20)
				if err == nil {
					a.whole(t)
				}
				return nil
			})
		})
	})
}

func (a *Array) whole(t *testing.T) {
	n := 1
	for _, l := range a.Shape {
		n *= l
	}
	if n != len(a.Values) {
		t.Errorf("%v: %d values", a.Shape, len(a.Values))
	}
}

// Whatever is accepted of a .mat file can be asked for, and has as many values
// as its shape says.
func FuzzMAT(f *testing.F) {
	seeds(f, "testdata/mat/*.mat")
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = visitMAT("x.mat", bytes.NewReader(data), int64(len(data)), nil, func(name string, v *MATValue) error {
			v.each(func(v *MATValue) {
				if a, err := v.Array(); err == nil {
					a.whole(t)
				}
				_, _ = v.Texts()
				if k, err := v.position([]string{"1"}); (v.Class == "cell" || v.Class == "struct") && err == nil {
					_, _ = v.element("x", '(', "1")
					if v.Class == "cell" && k < len(v.kids) {
						_, _ = v.element("x", '{', "1")
					}
				}
			})
			return nil
		})
		// Read through, it shows as much as it keeps.
		var seen, kept int
		errSee := visitMAT("x.mat", bytes.NewReader(data), int64(len(data)), func(_ *MATValue, b []float64) { seen += len(b) }, func(string, *MATValue) error { return nil })
		errKeep := visitMAT("x.mat", bytes.NewReader(data), int64(len(data)), nil, func(_ string, v *MATValue) error {
			v.each(func(v *MATValue) {
				if v.Class != "char" && v.size > 0 {
					kept += len(v.raw) / v.size
				}
			})
			return nil
		})
		if (errSee == nil) != (errKeep == nil) || errSee == nil && seen < kept {
			t.Errorf("%d seen, %v; %d kept, %v", seen, errSee, kept, errKeep)
		}
	})
}

func (v *MATValue) each(visit func(*MATValue)) {
	visit(v)
	for _, kid := range v.kids {
		kid.each(visit)
	}
}
