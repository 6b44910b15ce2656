package dataset_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis/dataset"
)

// TestMAT73 reads the variables of plain.mat from files of version 7.3: laid
// out as MATLAB does, which mat73 0.65 reads too, and written by hdf5storage
// 0.2.2. Expected is what scipy reads from version 5.
func TestMAT73(t *testing.T) {
	want := readArrays(t).MAT["plain"]
	for _, file := range []string{"hand", "storage"} {
		f, err := dataset.ReadMAT("testdata/mat73/" + file + ".mat")
		if err != nil {
			t.Error(err)
			continue
		}
		for path, w := range want {
			if file == "storage" && path == "rows" { // which it stores as one row
				continue
			}
			v, err := f.Value(path)
			if err != nil {
				t.Error(err)
				continue
			}
			if v.Class != w.Class {
				t.Errorf("%s %s: class %q, want %q", file, path, v.Class, w.Class)
			}
			switch w.Class {
			case "char":
				got, err := f.Texts(path)
				if err != nil || strings.Join(got, "|") != strings.Join(w.Texts, "|") {
					t.Errorf("%s %s: %q, want %q (%v)", file, path, got, w.Texts, err)
				}
			case "cell", "struct":
				if !slices.Equal(v.Shape, w.Shape) || !slices.Equal(v.Fields, w.Fields) {
					t.Errorf("%s %s: %v %v, want %v %v", file, path, v.Shape, v.Fields, w.Shape, w.Fields)
				}
			default:
				a, err := f.Array(path)
				if err != nil {
					t.Error(err)
					continue
				}
				w.equals(t, file+" "+path, a)
				if a.Name != path || a.Type != w.Class {
					t.Errorf("%s: called %q, of type %q", path, a.Name, a.Type)
				}
			}
		}
	}
}

// What version 5's fixture has not, and what is refused.
func TestMAT73Odd(t *testing.T) {
	f, err := dataset.ReadMAT("testdata/mat73/hand.mat")
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(f.Names, func(n string) bool { return strings.HasPrefix(n, "#") }) || len(f.Names) != 30 {
		t.Error(f.Names)
	}
	v, err := f.Value("nobody")
	if err != nil || v.Class != "struct" || !slices.Equal(v.Shape, []int{0, 1}) || !slices.Equal(v.Fields, []string{"who", "t"}) {
		t.Error(v, err)
	}
	if v, err = f.Value("sparse"); err != nil || v.Class != "sparse" || !slices.Equal(v.Shape, []int{3, 3}) {
		t.Error(v, err)
	}
	if v, err = f.Value("unset"); err != nil || !slices.Equal(v.Shape, []int{1, 3}) {
		t.Error(v, err)
	}
	if a, err := f.Array("unset{1}"); err != nil || a.Values[0] != 7 {
		t.Error(a, err)
	}
	for _, path := range []string{"unset{2}", "unset{3}"} {
		if a, err := f.Array(path); err != nil || a.Type != "double" || len(a.Values) != 0 || !slices.Equal(a.Shape, []int{0, 0}) {
			t.Error(path, a, err)
		}
	}
	for path, want := range map[string]string{
		"sparse":     "sparse is sparse; in MATLAB, save full(x)",
		"complex":    "complex is complex; in MATLAB",
		"table":      "table is of a class that only MATLAB reads (opaque)",
		"handle":     "handle is of a class that only MATLAB reads (function_handle)",
		"rois.name":  "rois is a 2×2 struct: say which element",
		"nobody.who": "nobody is a 0×1 struct: say which element",
		"names":      "is a 1×3 cell, not numbers: name an element, {1} to {3}",
		"word":       "char, not numbers",
		"#refs#":     `there is no variable "#refs#"`,
	} {
		if _, err := f.Array(path); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataset: testdata/mat73/hand.mat: ") {
			t.Errorf("%s: %v", path, err)
		}
	}
	// The same file as HDF5: its axes in the reverse order, a part of them.
	h := openHDF5(t, "testdata/mat73/hand.mat")
	part, err := h.Rows(t.Context(), "betas", 0, 1, 3)
	whole, err2 := f.Array("betas")
	if err != nil || err2 != nil || !slices.Equal(part.Shape, []int{2, 3, 2}) || !slices.Equal(whole.Shape, []int{2, 3, 4}) {
		t.Fatal(part, whole, err, err2)
	}
	for i, got := range part.Values { // part[z, y, x] is whole[x, y, z+1]
		z, y, x := i/6, i/2%3, i%2
		if want := whole.Values[(x*3+y)*4+z+1]; got != want {
			t.Errorf("part[%d,%d,%d] = %g, want %g", z, y, x, got, want)
		}
	}
	// The file went away after it was opened.
	data, err := os.ReadFile("testdata/mat73/hand.mat")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(write(t, "x", map[string]string{"r.mat": "MATLAB 7.0" + string(data[10:])}), "r.mat") // as MATLAB wrote in 2008
	if f, err = dataset.ReadMAT(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Array("betas"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
