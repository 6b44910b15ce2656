package dataset_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

// A plainArray is what internal/reference/mat.py wrote of one array.
type plainArray struct {
	Shape  []int `json:"shape"`
	Values []any `json:"values"` // numbers, or "nan", "inf", "-inf"
}

// arrays is what internal/reference/mat.py wrote.
type arrays struct {
	NPZ map[string]plainArray             `json:"npz"`
	MAT map[string]map[string]matExpected `json:"mat"`
}

func readArrays(t *testing.T) arrays {
	t.Helper()
	data, err := os.ReadFile("testdata/arrays.json")
	if err != nil {
		t.Fatal(err)
	}
	var a arrays
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// equals compares an array with what another program read.
func (p plainArray) equals(t *testing.T, what string, a *dataset.Array) {
	t.Helper()
	var want []float64
	for _, v := range p.Values {
		switch v := v.(type) {
		case float64:
			want = append(want, v)
		case string:
			want = append(want, map[string]float64{"nan": math.NaN(), "inf": math.Inf(1), "-inf": math.Inf(-1)}[v])
		}
	}
	if diff := cmp.Diff(p.Shape, a.Shape, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: shape %s", what, diff)
	}
	if diff := cmp.Diff(want, a.Values, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func TestNPZOfNumPy(t *testing.T) {
	want := readArrays(t).NPZ
	types := map[string]string{"betas": "float32", "half": "float16", "cube": "int16", "mask": "bool", "tr": "float64", "gaps": "float64", "none": "float64"}
	for _, file := range []string{"testdata/npz/stored.npz", "testdata/npz/deflated.npz"} {
		names, err := dataset.NPZNames(file)
		if err != nil || strings.Join(names, " ") != "betas half cube mask tr gaps none" {
			t.Fatal(names, err)
		}
		for _, name := range names {
			a, err := dataset.ReadNPZ(file, name)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want[name].equals(t, file+" "+name, a)
			if a.Name != name || a.Type != types[name] {
				t.Errorf("%s is called %q, of type %q", name, a.Name, a.Type)
			}
		}
	}
	a, err := dataset.ReadNPZ("testdata/npz/one.npz", "")
	if err != nil {
		t.Fatal(err)
	}
	want["betas"].equals(t, "the only array", a)
	if a, err = dataset.ReadNPY("testdata/npz/cube.npy"); err != nil {
		t.Fatal(err)
	}
	want["cube"].equals(t, "three axes in Fortran order", a)
}

// zipped makes an archive and lets edit spoil its entries' headers.
func zipped(t *testing.T, content string, edit func(*zip.FileHeader)) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "a.npy", Method: zip.Store, UncompressedSize64: uint64(len(content)), CompressedSize64: uint64(len(content))}
	edit(h)
	w, err := z.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.Write([]byte(content)); err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNPZBad(t *testing.T) {
	two := npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", make([]byte, 16))
	huge := npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,), }", nil)
	good, err := os.ReadFile("testdata/npz/deflated.npz")
	if err != nil {
		t.Fatal(err)
	}
	spoilt, err := os.ReadFile("testdata/npz/stored.npz")
	if err != nil {
		t.Fatal(err)
	}
	spoilt[bytes.Index(spoilt, []byte("NUMPY"))+140] ^= 0x55 // among the values
	for name, c := range map[string]struct{ text, array, want string }{
		"empty":        {"", "a", "is not an .npz file"},
		"a .npy":       {two, "a", "is not an .npz file"},
		"cut":          {string(good[:len(good)-30]), "a", "is not an .npz file"},
		"spoilt":       {string(spoilt), "betas", `array "betas" is damaged`},
		"other array":  {string(good), "beta", `has no array "beta"; it has betas, half`},
		"which":        {string(good), "", "has 7 arrays; name one of betas"},
		"checksum":     {zipped(t, two, func(h *zip.FileHeader) { h.CRC32 = 1 }), "a", `array "a" is damaged`},
		"method":       {zipped(t, two, func(h *zip.FileHeader) { h.Method = 14 }), "a", "is packed by method 14"},
		"encrypted":    {zipped(t, two, func(h *zip.FileHeader) { h.Flags = 1 }), "a", "is encrypted"},
		"stored bomb":  {zipped(t, two, func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 60 }), "a", "claims 1152921504606846976 bytes"},
		"deflate bomb": {zipped(t, two, func(h *zip.FileHeader) { h.Method, h.UncompressedSize64 = zip.Deflate, 1<<40 }), "a", "claims 1099511627776 bytes"},
		"2^60 values":  {zipped(t, huge, func(*zip.FileHeader) {}), "a", "claims 1152921504606846976×1 values of 8 bytes each, and 0 bytes"},
		"no .npy":      {zipped(t, two, func(h *zip.FileHeader) { h.Name = "../a.txt" }), "a", "a zip without any .npy file"},
	} {
		path := filepath.Join(write(t, "x", map[string]string{"r.npz": c.text}), "r.npz")
		_, err := dataset.ReadNPZ(path, c.array)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: "+path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := dataset.ReadNPZ(filepath.Join(t.TempDir(), "x.npz"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	var twice bytes.Buffer
	z := zip.NewWriter(&twice)
	for range 2 {
		if _, err := z.Create("a.npy"); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	if _, err := dataset.NPZNames(filepath.Join(write(t, "x", map[string]string{"r.npz": twice.String()}), "r.npz")); err == nil || !strings.Contains(err.Error(), `two arrays called "a"`) {
		t.Error(err)
	}
	// The product of the lengths is 2⁶⁴.
	wraps := npy("{'descr': '<f8', 'fortran_order': False, 'shape': (65536, 65536, 65536, 65536), }", nil)
	if _, err := dataset.ReadNPY(filepath.Join(write(t, "x", map[string]string{"r.npy": wraps}), "r.npy")); err == nil || !strings.Contains(err.Error(), "claims 65536×65536×65536×65536 values") {
		t.Error(err)
	}
	if _, err := dataset.NPZNames(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

func TestArrayResponses(t *testing.T) {
	a := &dataset.Array{Name: "betas", Shape: []int{2, 3, 2}, Values: []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}
	for axis, want := range [][][]float64{
		{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}},
		{{0, 1, 6, 7}, {2, 3, 8, 9}, {4, 5, 10, 11}},
		{{0, 2, 4, 6, 8, 10}, {1, 3, 5, 7, 9, 11}},
	} {
		r, err := a.Responses("S1", numbered(t, a.Shape[axis]), axis)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, rows(r)); diff != "" || r.Source() != "S1" {
			t.Errorf("axis %d: %s", axis, diff)
		}
	}
	var aligned *analysis.AlignmentError
	if _, err := a.Responses("S1", numbered(t, 3), 0); !errors.As(err, &aligned) || !strings.Contains(err.Error(), "betas is 2×3×2: its axis 0 is not the 3 stimuli; axis 1 is that long") {
		t.Error(err)
	}
	if _, err := a.Responses("S1", numbered(t, 3), 3); err == nil || !strings.Contains(err.Error(), "has no axis 3") {
		t.Error(err)
	}
	a.Values[7] = math.NaN()
	if _, err := a.Responses("S1", numbered(t, 3), 1); err == nil || !strings.Contains(err.Error(), `to "s0" in channel 3 (of 4) is NaN`) {
		t.Error(err)
	}
	one, err := (&dataset.Array{Name: "tr", Values: []float64{1.6}}).Rows(0)
	if err != nil || one.At(0, 0) != 1.6 {
		t.Error(one, err)
	}
	if _, err := (&dataset.Array{Name: "none", Shape: []int{0, 4}}).Rows(0); err == nil || !strings.Contains(err.Error(), "none has no values: it is 0×4") {
		t.Error(err)
	}
}
