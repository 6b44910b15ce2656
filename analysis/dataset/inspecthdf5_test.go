package dataset_test

import (
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis/dataset"
)

// inspected writes an inspection as the command shows it.
func inspected(t *testing.T, path string) string {
	t.Helper()
	in, err := dataset.Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	lines := append([]string{in.Format, in.Go}, in.Notes...)
	for _, p := range in.Parts {
		lines = append(lines, p.String(), p.Go)
	}
	return strings.Join(lines, "\n")
}

func TestInspectHDF5(t *testing.T) {
	got := inspected(t, hdf5Files+"latest.h5")
	for _, want := range []string{
		"HDF5\nf, err := dataset.OpenHDF5(\"../../internal/hdf5/testdata/latest.h5\")\n",
		"left out: links/round: damaged: its links lead on and on, or in a circle\n",
		"texts/blanks: text, 2 long; lh, rh FFA\nt, err := f.Texts(\"texts/blanks\")\n",
		"layouts/all: int16, 7×10×12, 840 numbers from -32768 to 32767, no NaN; in chunks of 2×3×5\na, err := f.Array(ctx, \"layouts/all\")\n",
		"layouts/empty: float32; no value\n\n",
		"types/rows.deep.n: uint16, 3 long, 3 numbers from 7 to 65535, no NaN\n",
		"types/rows.onset: float64, 3 long, 3 numbers from 0.5 to 12, 1 NaN\n",
		"types/float16: float16, 2×3×4, 24 numbers from",
		"links/references: reference, 2 long; a value of type reference as a number is not read\n\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	got = inspected(t, hdf5Files+"refused_scaleoffset.h5")
	if want := "bad: int64, 9 long; a dataset packed by the filter scaleoffset is not read; rewrite it with another: h5repack"; !strings.Contains(got, want) {
		t.Errorf("no %q in\n%s", want, got)
	}
	got = inspected(t, "testdata/mat73/hand.mat")
	for _, want := range []string{
		"MATLAB 7.3 (.mat)\nf, err := dataset.ReadMAT(\"testdata/mat73/hand.mat\")\n",
		"betas: single, 2×3×4, 24 numbers from -1.7446 to 2.80732, no NaN\na, err := f.Array(\"betas\")\n",
		"rois(1…4).name: char; roi 0, roi 2, roi 1 and 1 more\n",
		"runs(1…3).range: double, 6 numbers from -2 to 20, no NaN; each 1×2\n",
		"sparse: sparse, 3×3; is sparse; in MATLAB, save full(x)\n",
		"table: opaque; is of a class that only MATLAB reads (opaque)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// A dataset of 64 MB is inspected, and read by rows, without being held.
func TestHDF5Bounded(t *testing.T) {
	b, err := os.ReadFile(hdf5Files + "small_plain_earliest.h5")
	if err != nil {
		t.Fatal(err)
	}
	u64 := func(v ...uint64) (out []byte) {
		for _, x := range v {
			out = binary.LittleEndian.AppendUint64(out, x)
		}
		return out
	}
	const rows, columns = 1 << 12, 1 << 13
	shape, size := u64(4, 5), u64(40) // of int16
	at := strings.Index(string(b), string(size)) - 8
	if at < 0 || !strings.Contains(string(b), string(shape)) {
		t.Fatal(at)
	}
	s := strings.ReplaceAll(string(b[:at])+string(u64(4096, 2*rows*columns))+string(b[at+16:]), string(shape), string(u64(rows, columns)))
	path := filepath.Join(write(t, "x", map[string]string{"r.h5": s}), "r.h5")
	if err := os.Truncate(path, 1024+4096+2*rows*columns); err != nil {
		t.Fatal(err)
	}
	allocated := func(what string, most uint64, do func()) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		do()
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > most {
			t.Errorf("%s: %d bytes allocated", what, n)
		}
	}
	allocated("inspect", 8<<20, func() {
		if got := inspected(t, path); !strings.Contains(got, "x: int16, 4096×8192, 33554432 numbers, all 0, no NaN") {
			t.Error(got)
		}
	})
	f := openHDF5(t, path)
	allocated("16 rows", 4<<20, func() {
		if a, err := f.Rows(t.Context(), "x", 0, 4000, 4016); err != nil || !slices.Equal(a.Shape, []int{16, columns}) {
			t.Error(a.Shape, err)
		}
	})
	allocated("a column", 4<<20, func() {
		if a, err := f.Rows(t.Context(), "x", 1, 77, 78); err != nil || !slices.Equal(a.Shape, []int{rows, 1}) {
			t.Error(a.Shape, err)
		}
	})
}

// allocated says how many bytes that allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A small file may claim much that was never written, again and again; what is
// in it is told all the same.
func TestInspectClaims(t *testing.T) {
	const path = "testdata/hdf5claims.h5"
	var got string
	n := allocated(func() { got = inspected(t, path) })
	for _, want := range []string{
		"empty00: int8, 16777216 long, 16777216 numbers, all 0, no NaN; in chunks of 1048576 long\n",
		"empty29: int8, 16777216 long; its numbers were not looked at: many of them were never written\nf.Array(ctx, \"empty29\")",
		"tiny: int8, 4096×4096; is cut into 16777216 chunks of [1 1], of which at least 16777216 were never written; up to 1048576 such are read at once",
		"array: int8, 1×1073741824; claims 1 values, of which the file holds at most 0; up to 0 that were never written are read at once\n",
		"text: text, 1 long; claims 1 values, of which the file holds at most 0",
		"seen: float32, 12 long, 12 numbers from 0 to 11, no NaN; in chunks of 5 long\n",
	} {
		if !strings.Contains(strings.ReplaceAll(got, "a, err := ", ""), want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n > 64<<20 {
		t.Errorf("%d bytes allocated", n)
	}
	f, err := dataset.OpenHDF5(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n = allocated(func() {
		for _, name := range []string{"array", "tiny"} {
			if _, err := f.Array(t.Context(), name); err == nil {
				t.Errorf("%s is read", name)
			}
		}
		if _, err := f.Texts("text"); err == nil {
			t.Error("text of 1 GiB is read")
		}
	})
	if n > 64<<20 {
		t.Errorf("%d bytes allocated", n)
	}
}

// 3000 soft links of one group are followed; the group is read once.
func TestSoftLinks(t *testing.T) {
	packed, err := os.Open(hdf5Files + "nested.h5.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "nested.h5")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	var in *dataset.Inspection
	n := allocated(func() {
		if in, err = dataset.Inspect(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	})
	if len(in.Parts)+in.More != 3001 || n > 64<<20 {
		t.Errorf("%d of 3001 names, %d bytes allocated for a file of %d", len(in.Parts)+in.More, n, len(b))
	}
}
