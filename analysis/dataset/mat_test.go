package dataset_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

// A matExpected is what scipy.io read at a path.
type matExpected struct {
	Class  string   `json:"class"`
	Fields []string `json:"fields"`
	Texts  []string `json:"texts"`
	plainArray
}

// TestMATOfSciPy reads what scipy wrote, and the same in the other byte order.
func TestMATOfSciPy(t *testing.T) {
	all := readArrays(t).MAT
	for _, file := range []string{"plain", "plain_big", "packed", "packed_big", "hand"} {
		f, err := dataset.ReadMAT("testdata/mat/" + file + ".mat")
		if err != nil {
			t.Error(err)
			continue
		}
		want := all["plain"]
		if file == "hand" {
			want = all["hand"]
		} else if len(want) < 60 || len(f.Names) != 26 {
			t.Fatal(len(want), f.Names)
		}
		for path, w := range want {
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
				if path == "cells{1}" { // scipy makes MATLAB's 0×0 a row
					w.Shape = []int{0, 0}
				}
				w.equals(t, file+" "+path, a)
				if a.Name != path || a.Type != w.Class {
					t.Errorf("%s: called %q, of type %q", path, a.Name, a.Type)
				}
			}
		}
	}
}

func TestMATPaths(t *testing.T) {
	f, err := dataset.ReadMAT("testdata/mat/packed.mat")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"rois(2,1).name", "roi 2"}, // the first axis counts first
		{"rois(1,2).name", "roi 1"},
		{"rois( 2 , 2 ).inner.hemi", "rh"},
		{"rois(3)(1).name", "roi 1"},
		{"names{3}", "lh PPA"},
		{"names(3)", "lh PPA"},
		{"names", "rh FFA||lh PPA"},
		{"mixed{2,1}", "a|b"},
		{"session.who", "S1"},
		{"session(1).who", "S1"},
	} {
		got, err := f.Texts(c.path)
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, want %q (%v)", c.path, got, c.want, err)
		}
	}
	for _, c := range []struct{ path, want string }{
		{"", `there is no variable ""; it has float64`},
		{"roi", `there is no variable "roi"`},
		{"rois.name", "rois is a 2×2 struct: say which element, as in rois(1).name"},
		{"rois(5).name", `rois is 2×2: there is no "5"; indices are 1 to 4`},
		{"rois(0).name", `there is no "0"`},
		{"rois(1,3).name", `there is no "3"; indices are 1 to 2`},
		{"rois(1,1,1).name", "3 indices; give one, or 2"},
		{"rois(-1)", `there is no "-1"`},
		{"rois(end)", `there is no "end"`},
		{"rois(1).nam", `has no field "nam"; it has name, t, inner`},
		{"rois{1}", "rois is a 2×2 struct: {} chooses of a cell"},
		{"rois(1", "is not a path"},
		{"rois(1)name", "is not a path"},
		{"rois(1).name.x", "rois(1).name is a 1×5 char and has no field"},
		{"one(1)", "one is a 1×1 double: {} chooses"},
		{"rois(1)", "is a 1×1 struct, not numbers: name a field, one of name, t, inner"},
		{"names", "is a 1×3 cell, not numbers: name an element, {1} to {3}"},
		{"word", "char, not numbers"},
		{"sparse", "sparse is sparse; in MATLAB, save full(x)"},
		{"complex", "complex is complex; in MATLAB"},
	} {
		_, err := f.Array(c.path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: testdata/mat/packed.mat: ") {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	if _, err := f.Texts("mixed"); err == nil || !strings.Contains(err.Error(), "element 1 is double, not text") {
		t.Error(err)
	}
	if _, err := f.Texts("betas"); err == nil || !strings.Contains(err.Error(), "is a 2×3×4 single, not text") {
		t.Error(err)
	}
}

func TestMATBad(t *testing.T) {
	data, err := os.ReadFile("testdata/mat/plain.mat")
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile("testdata/mat/packed.mat")
	if err != nil {
		t.Fatal(err)
	}
	v4, err := os.ReadFile("testdata/mat/version4.mat")
	if err != nil {
		t.Fatal(err)
	}
	plain, head := string(data), string(data[:128])
	edited := func(at int, with ...uint32) string {
		b := slices.Clone(data)
		for i, w := range with {
			binary.LittleEndian.PutUint32(b[at+4*i:], w)
		}
		return string(b)
	}
	spoilt := slices.Clone(packed)
	spoilt[len(spoilt)-3] ^= 0x55
	// float64 begins at 128: its tag, flags at 136, dimensions at 152, name at
	// 168, values at 184.
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "is too short for a .mat file"},
		"text":               {strings.Repeat("stimulus,v1\n", 30), "its byte order mark is missing"},
		"version 4":          {string(v4) + strings.Repeat("\x00", 128), `save("new.mat", "-struct", "s", "-v7")`},
		"version 7.3":        {"MATLAB 7.3 MAT-file, Platform: GLNXA64", "it says MATLAB 7.3, which is HDF5, and that does not follow"},
		"HDF5":               {"\x89HDF\r\n\x1a\n", "is HDF5, and MATLAB did not write it; dataset.OpenHDF5 reads it"},
		"byte order":         {plain[:126] + "XX" + plain[128:], "byte order mark"},
		"version":            {plain[:124] + "\x00\x07" + plain[126:], "of version 0x700"},
		"cut":                {plain[:200], "is cut short or damaged: an element claims 104 bytes"},
		"cut in a tag":       {plain[:132], "is cut short"},
		"claims":             {edited(132, 1<<32-1), "an element claims 4294967295 bytes"},
		"2^60 values":        {edited(160, 1<<30, 1<<30), "float64: is damaged: it claims 1073741824×1073741824 values of 8 bytes each, and 48 bytes follow"},
		"negative":           {edited(160, 1<<32-2), "it is -2 long"},
		"class 0":            {edited(144, 0), "there is no class 0"},
		"class 99":           {edited(144, 99), "there is no class 99"},
		"a cell of numbers":  {edited(144, 1), "float64: is damaged: an element of type 9 stands where value 1 should"},
		"no such type":       {edited(184, 8), "its values are of type 8"},
		"other element":      {edited(128, 5), "an element of type 5 stands where a variable should"},
		"small of 200 bytes": {edited(128, 200<<16), "a small element of 200 bytes"},
		"packed spoilt":      {string(spoilt), "is cut short or damaged"},
		"packed cut":         {string(packed[:len(packed)-9]), "is cut short or damaged"},
		"no zlib":            {head + "\x0f\x00\x00\x00\x04\x00\x00\x00abcd", "zlib: invalid header"},
	} {
		path := filepath.Join(write(t, "x", map[string]string{"r.mat": c.text}), "r.mat")
		_, err := dataset.ReadMAT(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: "+path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A cell of 2³⁰ elements in 104 bytes.
	cell := edited(160, 1<<15, 1<<15)
	path := filepath.Join(write(t, "x", map[string]string{"r.mat": cell[:144] + "\x01" + cell[145:]}), "r.mat")
	if _, err := dataset.ReadMAT(path); err == nil || !strings.Contains(err.Error(), "it claims 32768×32768 of 1 values each, and 56 bytes follow") {
		t.Error(err)
	}
	// A cell within a cell within a cell …
	deep := ""
	for range 200 {
		u := binary.LittleEndian.AppendUint32
		b := u(u(u(u(nil, 6), 8), 1), 0)
		b = u(u(u(u(b, 5), 8), 1), 1)
		b = append(u(u(b, 1), 0), deep...)
		deep = string(append(u(u(nil, 14), uint32(len(b))), b...))
	}
	path = filepath.Join(write(t, "x", map[string]string{"r.mat": head + deep}), "r.mat")
	if _, err := dataset.ReadMAT(path); err == nil || !strings.Contains(err.Error(), "lies deeper than 100") {
		t.Error(err)
	}
}

// TestMATMemory: a compressed variable is kept without copies of it being made
// while it is unpacked.
func TestMATMemory(t *testing.T) {
	const n = 4 << 20
	u := binary.LittleEndian.AppendUint32
	numbers := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(numbers)
	matrix := u(u(u(u(nil, 6), 8), 9), 0) // flags: uint8
	matrix = u(u(u(u(matrix, 5), 8), 1), n)
	matrix = append(u(u(matrix, 1<<16|1), 'x'), append(u(u(nil, 2), n), numbers...)...)
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write(append(u(u(nil, 14), uint32(len(matrix))), matrix...))
	w.Close()
	file := append(u(u(append(bytes.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M'), 15), uint32(z.Len())), z.Bytes()...)
	path := filepath.Join(write(t, "x", map[string]string{"r.mat": string(file)}), "r.mat")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := dataset.ReadMAT(path)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > n*3/2 {
		t.Errorf("%d bytes are allocated to keep %d", took, n)
	}
	a, err := f.Array("x")
	if err != nil || len(a.Values) != n || a.Values[n-1] != float64(numbers[n-1]) {
		t.Error(a.Shape, err)
	}
}

// TestMATCells: a compressed cell of empty cells takes no room in the file, and
// a bounded one in memory.
func TestMATCells(t *testing.T) {
	const n = 3 << 20
	u := binary.LittleEndian.AppendUint32
	cells := u(u(u(u(nil, 6), 8), 1), 0) // flags: a cell
	cells = u(u(u(u(cells, 5), 8), 1), n)
	cells = u(u(cells, 1<<16|1), 'x')
	for range n {
		cells = u(u(cells, 14), 0)
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write(append(u(u(nil, 14), uint32(len(cells))), cells...))
	w.Close()
	file := append(u(u(append(bytes.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M'), 15), uint32(z.Len())), z.Bytes()...)
	path := filepath.Join(write(t, "x", map[string]string{"r.mat": string(file)}), "r.mat")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := dataset.ReadMAT(path)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "more cells or fields") {
		t.Error(err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 700<<20 {
		t.Errorf("%d bytes are allocated for a file of %d", took, len(file))
	}
}

func TestArrayRDM(t *testing.T) {
	for name, c := range map[string]struct {
		a    dataset.Array
		want string // the error's part; none: 1, 2, 3 above the diagonal
	}{
		"square":     {dataset.Array{Shape: []int{3, 3}, Values: []float64{0, 1, 2, 1, 0, 3, 2, 3, 0}}, ""},
		"row":        {dataset.Array{Shape: []int{1, 3}, Values: []float64{1, 2, 3}}, ""},
		"vector":     {dataset.Array{Shape: []int{3}, Values: []float64{1, 2, 3}}, ""},
		"rounded":    {dataset.Array{Shape: []int{3, 3}, Values: []float64{1e-12, 1, 2, 1 + 1e-15, 0, 3, 2, 3, 0}}, ""},
		"similarity": {dataset.Array{Shape: []int{2, 2}, Values: []float64{1, .5, .5, 1}}, "stimulus 1 is 1 from itself; is it a similarity?"},
		"one way":    {dataset.Array{Shape: []int{2, 2}, Values: []float64{0, 1, 2, 0}}, "stimuli 1 and 2 differ by 1 one way and 2 the other"},
		"oblong":     {dataset.Array{Shape: []int{2, 3}, Values: make([]float64, 6)}, "it is not square"},
		"4 pairs":    {dataset.Array{Shape: []int{4}, Values: make([]float64, 4)}, "4 values are not the pairs"},
		"none":       {dataset.Array{Shape: []int{0, 0}}, "is no RDM"},
		"cube":       {dataset.Array{Shape: []int{2, 2, 2}, Values: make([]float64, 8)}, "it has 3 axes"},
	} {
		r, err := c.a.RDM(analysis.Stimuli{})
		switch {
		case c.want != "":
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case cmp.Diff([]float64{1, 2, 3}, []float64{r.Values.At(0, 1), r.Values.At(0, 2), r.Values.At(2, 1)}) != "" && name != "rounded" || r.Stimuli.Len() != 3:
			t.Errorf("%s: %v", name, r.Values)
		}
	}
	var aligned *analysis.AlignmentError
	if _, err := (&dataset.Array{Name: "r", Shape: []int{3}, Values: []float64{1, 2, 3}}).RDM(numbered(t, 4)); !errors.As(err, &aligned) {
		t.Error(err)
	}
}

// TestMATKriegeskorte reads the RDMs of eight sessions, which stand as text
// beside them.
func TestMATKriegeskorte(t *testing.T) {
	dir := realdata.Folder(t, "brain/kriegeskorte2008_hIT_92")
	f, err := dataset.ReadMAT(filepath.Join(dir, "92_brainRDMs.mat"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := dataset.UpperRDMs(filepath.Join(dir, "hit_rdms_upper.csv"), analysis.Stimuli{})
	if err != nil {
		t.Fatal(err)
	}
	people := []string{"BE", "KO", "SN", "TI"}
	for k := range 8 {
		at := []string{"RDMs(1,1)", "RDMs(1,1,2)", "RDMs(1,2)", "RDMs(1,2,2)", "RDMs(1,3)", "RDMs(1,3,2)", "RDMs(1,4)", "RDMs(1,4,2)"}[k]
		if k%2 == 0 {
			at = strings.Replace(at, ")", ",1)", 1)
		}
		name, err := f.Texts(at + ".name")
		if w := "hIT | " + people[k/2] + " | Session: " + string(rune('1'+k%2)); err != nil || name[0] != w {
			t.Errorf("%s is %q, want %q (%v)", at, name, w, err)
		}
		a, err := f.Array(at + ".RDM")
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.RDM(want[k].Stimuli)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i := range 92 {
			for j := range 92 {
				worst = max(worst, abs(r.Values.At(i, j)-want[k].Values.At(i, j)))
			}
		}
		if worst > 5.1e-7 { // the table has six decimals
			t.Errorf("%s and %s differ by %v", at, want[k].Name, worst)
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }
