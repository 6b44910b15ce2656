package dataset_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis/dataset"
)

const hdf5Files = "../../internal/hdf5/testdata/"

// h5pyExpected is what h5py read of a file, by internal/reference/hdf5.py.
type h5pyExpected struct {
	Count    int
	Datasets map[string]struct {
		Type   string
		Shape  []int
		SHA256 string
		First  string
		Texts  []string
	}
}

func readH5py(t *testing.T) map[string]h5pyExpected {
	t.Helper()
	b, err := os.ReadFile(hdf5Files + "expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files map[string]h5pyExpected }
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all.Files
}

func openHDF5(t *testing.T, path string) *dataset.HDF5File {
	t.Helper()
	f, err := dataset.OpenHDF5(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// digest is the SHA-256 of values as h5py's were digested.
func digest(values []float64) string {
	b := make([]byte, 8*len(values))
	for i, v := range values {
		bits := math.Float64bits(v)
		if math.IsNaN(v) {
			bits = 0x7ff8000000000000 // NumPy's
		}
		binary.LittleEndian.PutUint64(b[8*i:], bits)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// TestHDF5OfH5py reads all that h5py reads, bit for bit.
func TestHDF5OfH5py(t *testing.T) {
	files := readH5py(t)
	if len(files) < 20 {
		t.Fatal(len(files))
	}
	datasets := 0
	for file, want := range files {
		f := openHDF5(t, hdf5Files+file)
		listed := 0
		for _, d := range f.Datasets {
			if d.Type != "reference" && d.Name != "layouts/empty" {
				listed++
			}
		}
		if listed != want.Count {
			t.Errorf("%s: %d datasets, want %d", file, listed, want.Count)
		}
		for name, w := range want.Datasets {
			datasets++
			if w.Texts != nil {
				got, err := f.Texts(name)
				if err != nil || !slices.Equal(got, w.Texts) {
					t.Errorf("%s %s: %q, want %q (%v)", file, name, got, w.Texts, err)
				}
				continue
			}
			a, err := f.Array(t.Context(), name)
			if err != nil {
				t.Errorf("%s %s: %v", file, name, err)
				continue
			}
			if !slices.Equal(a.Shape, w.Shape) || digest(a.Values) != w.SHA256 {
				t.Errorf("%s %s: %v %v…, want %v %s…", file, name, a.Shape, a.Values[:min(4, len(a.Values))], w.Shape, w.First)
			}
			if special := strings.Contains(name, "bits") || strings.Contains(name, "enum") || strings.Contains(name, "twelve") || strings.Contains(name, "bfloat16"); !special && a.Type != w.Type {
				t.Errorf("%s %s: of type %s, want %s", file, name, a.Type, w.Type)
			}
		}
	}
	if datasets < 400 {
		t.Error(datasets)
	}
}

// A part equals that part of the whole, along every axis of every dataset.
func TestHDF5Rows(t *testing.T) {
	for _, file := range []string{"earliest.h5", "latest.h5", "paged.h5"} {
		f := openHDF5(t, hdf5Files+file)
		parts := 0
		for _, d := range f.Datasets {
			whole, err := f.Array(t.Context(), d.Name)
			if err != nil {
				continue
			}
			for axis, n := range d.Shape {
				lo, hi := n/3, max(n/3, n-n/4)
				a, err := f.Rows(t.Context(), d.Name, axis, lo, hi)
				if axis >= len(a0(d)) { // an axis of the elements
					if err == nil {
						t.Errorf("%s %s: a part along axis %d", file, d.Name, axis)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s %s: %v", file, d.Name, err)
					continue
				}
				parts++
				if want := taken(whole, axis, lo, hi); !slices.Equal(a.Shape, want.Shape) || digest(a.Values) != digest(want.Values) {
					t.Errorf("%s %s: positions %d to %d of axis %d: %v, want %v", file, d.Name, lo, hi, axis, a.Shape, want.Shape)
				}
			}
		}
		if parts < 3 {
			t.Error(file, parts)
		}
	}
}

// a0 is the axes of the dataset itself: those of arrays in compounds aside.
func a0(d dataset.HDF5Dataset) []int {
	if strings.HasSuffix(d.Name, ".xyz") {
		return d.Shape[:1]
	}
	return d.Shape
}

// taken is a part of an array, the slow way.
func taken(a *dataset.Array, axis, lo, hi int) dataset.Array {
	out := dataset.Array{Shape: slices.Clone(a.Shape)}
	out.Shape[axis] = hi - lo
	inner := 1
	for _, n := range a.Shape[axis+1:] {
		inner *= n
	}
	for i, v := range a.Values {
		if p := i / inner % a.Shape[axis]; p >= lo && p < hi {
			out.Values = append(out.Values, v)
		}
	}
	return out
}

func TestHDF5Listing(t *testing.T) {
	f := openHDF5(t, hdf5Files+"latest.h5")
	byName := map[string]dataset.HDF5Dataset{}
	for _, d := range f.Datasets {
		byName[d.Name] = d
	}
	for name, want := range map[string]string{
		"layouts/all":            "int16 [7 10 12] [2 3 5] [shuffle gzip fletcher32]",
		"layouts/contiguous":     "int16 [7 10 12] [] []",
		"layouts/empty":          "float32 [] [] []",
		"layouts/scalar":         "float64 [] [] []",
		"types/bool":             "bool [3 4] [] []",
		"types/enum":             "enum of int16 [3] [] []",
		"types/rows.onset":       "float64 [3] [] []",
		"types/rows.xyz":         "int16 [3 2 2] [] []",
		"types/rows.deep.n":      "uint16 [3] [] []",
		"types/complex.i":        "float64 [2] [] []",
		"texts/vlen":             "text [3] [] []",
		"links/references":       "reference [2] [] []",
		"links/soft":             "int16 [2 3] [] []",
		"links/twice":            "int16 [7 10 12] [] []",
		"links/ordered/alpha":    "int64 [] [] []",
		"links/many/channel 059": "int16 [] [] []",
	} {
		d, ok := byName[name]
		if got := fmt.Sprint(d.Type, " ", d.Shape, " ", d.Chunk, " ", d.Filters); !ok || got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	var warnings strings.Builder
	for _, w := range f.Warnings {
		fmt.Fprintln(&warnings, w)
	}
	for _, want := range []string{"links/dangling: \"nowhere\": not found", "links/round: damaged: its links lead on and on, or in a circle", "links/other: \"other\", which is in another file, is not read; open that", "links/self: is a group that has another name"} {
		if !strings.Contains(warnings.String(), want) {
			t.Errorf("no %q in %s", want, &warnings)
		}
	}
	if a, err := f.Array(t.Context(), "/links/soft"); err != nil || a.Values[5] != 5 {
		t.Error(a, err)
	}
	if a, err := f.Array(t.Context(), "links/self/self/relative"); err != nil || a.Values[0] != 3 {
		t.Error(a, err)
	}
}

func TestHDF5Refused(t *testing.T) {
	for file, want := range map[string]string{
		"scaleoffset": "a dataset packed by the filter scaleoffset is not read; rewrite it with another: h5repack -f GZIP=1",
		"nbit":        "a dataset packed by the filter nbit is not read",
		"external":    "a dataset whose values are in other files is not read",
		"virtual":     "a virtual dataset, whose values are in other files or datasets, is not read",
		"opaque":      "a value of type opaque bytes as a number is not read",
		"lists":       "a value of type lists of int32 as a number is not read",
		"float128":    "a float of 128 bits is not read; write it as 64 bits",
	} {
		path := hdf5Files + "refused_" + file + ".h5"
		f := openHDF5(t, path)
		_, err := f.Array(t.Context(), "bad")
		var unread *dataset.HDF5Error
		if !errors.As(err, &unread) || unread.Name != "bad" || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataset: "+path+": bad: ") {
			t.Errorf("%s: %v", file, err)
		}
		if a, err := f.Array(t.Context(), "x"); err != nil || a.Values[0] != 1.5 {
			t.Errorf("%s: what is beside it: %v", file, err)
		}
	}
	f := openHDF5(t, hdf5Files+"latest.h5")
	for name, want := range map[string]string{
		"nothing":          `there is no dataset "nothing"; it has attributes`,
		"layouts":          `there is no dataset "layouts"`,
		"layouts/empty":    "layouts/empty: has no value (h5py: Empty)",
		"texts/vlen":       "a value of type text as a number is not read",
		"links/references": "a value of type reference as a number is not read",
		"links/other":      `there is no dataset "links/other"`,
	} {
		if name == "nothing" {
			want = `there is no dataset "nothing"; it has `
		}
		if _, err := f.Array(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		axis, lo, hi int
		want         string
	}{
		{3, 0, 1, "is 7×10×12 and has no axis 3"},
		{-1, 0, 1, "has no axis -1"},
		{0, -1, 1, "its axis 0 has no positions -1 to 0"},
		{0, 5, 8, "its axis 0 has no positions 5 to 7"},
		{0, 5, 4, "has no positions 5 to 3"},
	} {
		if _, err := f.Rows(t.Context(), "layouts/all", c.axis, c.lo, c.hi); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, err := f.Texts("layouts/all"); err == nil || !strings.Contains(err.Error(), "a value of type int16 as text is not read") {
		t.Error(err)
	}
	if _, err := dataset.OpenHDF5("testdata/mat/plain.mat"); err == nil || !strings.Contains(err.Error(), "is not an HDF5 file") {
		t.Error(err)
	}
	if _, err := dataset.OpenHDF5(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestHDF5Ends(t *testing.T) {
	f := openHDF5(t, hdf5Files+"latest.h5")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"layouts/all", "layouts/contiguous"} {
		if _, err := f.Array(ctx, name); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{hdf5Files + "latest.h5", "testdata/mat73/hand.mat"} {
		if _, err := dataset.Inspect(ctx, path); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
