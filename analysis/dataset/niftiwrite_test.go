package dataset_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis/dataset"
)

// A writtenImage is what internal/reference/nifti_written.py knows of an image
// that is written here.
type writtenImage struct {
	name   string
	header dataset.NIfTIHeader
	scale  float64 // of the values
}

var (
	oblique = [4][4]float64{{0.72, 1.2, 2.4, 5}, {-1.6, 1.5, 0, -4}, {0.96, 1.6, -1.8, 3}, {0, 0, 0, 1}} // left-handed: 2×2.5×3 mm
	sheared = [4][4]float64{{-2.5, 0.5, 0, 30}, {0.25, 3, 0.5, -40}, {0, -0.25, 3.5, 12}, {0, 0, 0, 1}}
	simple  = [4][4]float64{{-2, 0, 0, 90}, {0, 2, 0, -126}, {0, 0, 2, -72}, {0, 0, 0, 1}}
)

func writtenImages() []writtenImage {
	h := func(typ string, shape [4]int, affine [4][4]float64) dataset.NIfTIHeader {
		return dataset.NIfTIHeader{Type: typ, Shape: shape, Affine: affine}
	}
	run := h("int16", [4]int{4, 3, 5, 6}, oblique)
	run.Slope, run.Inter, run.TR, run.Space, run.Description = 0.25, 3, 2.5, "scanner", "a run, in quarters"
	betas := h("float64", [4]int{3, 2, 2, 4}, sheared)
	betas.Space = "MNI"
	guess := h("", [4]int{3, 2, 2, 0}, [4][4]float64{{-2, 0, 0, 2}, {0, 2, 0, -1}, {0, 0, 2, -1}, {0, 0, 0, 1}})
	guess.From = "pixdim"
	long := h("float32", [4]int{40000, 1, 1, 1}, simple)
	images := []writtenImage{
		{"run.nii.gz", run, 0.25},
		{"betas.nii", betas, 0.125},
		{"t.nii", h("", [4]int{4, 3, 5, 0}, simple), 0.125},
		{"guess.nii", guess, 0.125},
		{"long.nii.gz", long, 0.125},
	}
	for _, typ := range []string{"uint8", "int8", "uint16", "int32", "uint32", "int64", "uint64"} {
		scale := 1.0
		if typ == "int8" {
			scale = 0.125
		}
		images = append(images, writtenImage{typ + ".nii", h(typ, [4]int{3, 2, 2, 1}, oblique), scale})
	}
	return images
}

// value is what is written in voxel v of volume t.
func (w writtenImage) value(t, v int) float64 {
	x := float64((v*7919+t*104729)%2001 - 1000)
	if w.header.Type == "uint8" {
		x = float64((v*7919 + t*104729) % 256)
	} else if strings.HasPrefix(w.header.Type, "u") {
		x += 1000
	}
	if w.header.Type == "int8" {
		x = math.Trunc(x/8) * 8
	}
	return x * w.scale
}

func (w writtenImage) write(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, w.name)
	out, err := dataset.CreateNIfTI(path, w.header)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	values := make([]float64, w.header.Voxels())
	for vol := range max(1, w.header.Shape[3]) {
		for v := range values {
			values[v] = w.value(vol, v)
		}
		if err := out.Volume(values); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWrittenAsNibabel: the bytes are those that nibabel was seen to read as
// they are meant: affine by both routes, shape, type, TR, values.
func TestWrittenAsNibabel(t *testing.T) {
	dir := os.Getenv("FUSIFORM_NIFTI_WRITTEN") // internal/reference/nifti_written.py sets it
	text, err := os.ReadFile("testdata/nifti/written.json")
	if err != nil && dir == "" {
		t.Fatal(err)
	}
	var want struct {
		SHA256 map[string]string `json:"sha256"`
	}
	if err == nil {
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
	}
	if dir == "" {
		dir = t.TempDir()
	}
	for _, w := range writtenImages() {
		raw, err := os.ReadFile(w.write(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(w.name, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if raw, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		sum := sha256.Sum256(raw)
		if got := hex.EncodeToString(sum[:]); got != want.SHA256[w.name] {
			t.Errorf("%s: SHA-256 %s, nibabel read %s; if it is meant to change, run internal/reference/nifti_written.py", w.name, got, want.SHA256[w.name])
		}
	}
}

// TestWrittenComesBack: what is written is read, and only the image is there.
func TestWrittenComesBack(t *testing.T) {
	dir := t.TempDir()
	for _, w := range writtenImages() {
		n, err := dataset.OpenNIfTI(w.write(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		h := w.header
		if h.Type == "" {
			h.Type = "float32"
		}
		h.Shape[3] = max(1, h.Shape[3])
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a)) })
		if diff := cmp.Diff(h.Affine, n.Affine, near); diff != "" || n.Shape != h.Shape || n.Type != h.Type || n.TR != h.TR || n.Description != h.Description {
			t.Errorf("%s: %+v %s", w.name, n.NIfTIHeader, diff)
		}
		if h.Space != "" && n.Space != h.Space || (h.From == "pixdim") != (n.From == "pixdim") || h.From == "" && len(n.Warnings) > 0 {
			t.Errorf("%s: space %q from the %s, %v", w.name, n.Space, n.From, n.Warnings)
		}
		for vol := range n.Shape[3] {
			values, err := n.Volume(vol, nil)
			if err != nil {
				t.Fatal(err)
			}
			for v, x := range values {
				if x != w.value(vol, v) {
					t.Fatalf("%s: voxel %d of volume %d is %v, want %v", w.name, v, vol, x, w.value(vol, v))
				}
			}
		}
		n.Close()
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(writtenImages()) {
		t.Errorf("%d files: %v", len(entries), err)
	}
}

// TestWriteMap: the values lie where the voxels are, and 0 elsewhere; a dead
// voxel is NaN; a mask is read by ReadMask.
func TestWriteMap(t *testing.T) {
	n, err := dataset.OpenNIfTI("testdata/nifti/i2_little_2.nii.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	dir := t.TempDir()
	path := filepath.Join(dir, "faces_t.nii.gz")
	m := dataset.VoxelMap{Voxels: []int{1, 4, 10}, Values: [][]float64{{3.5, math.NaN(), -7}}, Description: "faces > objects, t"}
	if err := n.WriteMap(t.Context(), path, m); err != nil {
		t.Fatal(err)
	}
	back, err := dataset.OpenNIfTI(path)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	got, err := back.Volume(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, 12)
	want[1], want[4], want[10] = 3.5, math.NaN(), -7
	for v := range want {
		if got[v] != want[v] && !(math.IsNaN(got[v]) && math.IsNaN(want[v])) {
			t.Errorf("voxel %d is %v", v, got[v])
		}
	}
	if back.Type != "float32" || back.Shape != [4]int{3, 2, 2, 1} || back.TR != 0 || back.Description != m.Description || back.Space != n.Space {
		t.Errorf("%+v", back.NIfTIHeader)
	}
	if diff := cmp.Diff(n.Affine, back.Affine, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-5 })); diff != "" {
		t.Error(diff)
	}
	mask := filepath.Join(dir, "faces.nii")
	if err := n.WriteMask(t.Context(), mask, "faces, t > 3", []int{1, 4, 10}, []bool{true, false, true}); err != nil {
		t.Fatal(err)
	}
	kept, err := dataset.ReadMask(mask, n)
	if err != nil {
		t.Fatal(err)
	}
	for v, in := range kept {
		if in != (v == 1 || v == 10) {
			t.Errorf("voxel %d is kept: %v", v, in)
		}
	}
	two := filepath.Join(dir, "two.nii")
	all := [][]float64{make([]float64, 12), make([]float64, 12)}
	all[1][11] = 2
	copy(all[0], []float64{0.5, 1.5, -2.5, 2.51, -0.49})
	if err := n.WriteMap(t.Context(), two, dataset.VoxelMap{Values: all, Type: "int16"}); err != nil {
		t.Fatal(err)
	}
	both, err := dataset.OpenNIfTI(two)
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	first, err := both.Volume(0, nil)
	if diff := cmp.Diff([]float64{0, 2, -2, 3, 0}, first[:5]); diff != "" || err != nil { // as numpy.rint
		t.Error(diff, err)
	}
	if last, err := both.Volume(1, nil); err != nil || last[11] != 2 || both.Shape[3] != 2 {
		t.Errorf("%v of %v: %v", last, both.Shape, err)
	}
}

// TestWriteFaults: each fault names the file and what to do, and leaves nothing.
func TestWriteFaults(t *testing.T) {
	n, err := dataset.OpenNIfTI("testdata/nifti/one.nii")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	dir := t.TempDir()
	row := func(x float64) [][]float64 { v := make([]float64, 12); v[7] = x; return [][]float64{v} }
	for name, c := range map[string]struct {
		file string
		m    dataset.VoxelMap
		want string
	}{
		"name":     {"t.img", dataset.VoxelMap{Values: row(1)}, ".nii or .nii.gz"},
		"none":     {"t.nii", dataset.VoxelMap{}, "no values"},
		"few":      {"t.nii", dataset.VoxelMap{Values: [][]float64{{1}}}, "1 values for 12 voxels"},
		"voxels":   {"t.nii", dataset.VoxelMap{Voxels: []int{3, 2}, Values: [][]float64{{1, 2}}}, "rising order"},
		"outside":  {"t.nii", dataset.VoxelMap{Voxels: []int{12}, Values: [][]float64{{1}}}, "no voxel 12"},
		"type":     {"t.nii", dataset.VoxelMap{Values: row(1), Type: "complex64"}, "complex64"},
		"beyond":   {"t.nii", dataset.VoxelMap{Values: row(256), Type: "uint8"}, "voxel 7 of volume 0 is 256"},
		"below":    {"t.nii", dataset.VoxelMap{Values: row(-1), Type: "uint64"}, "voxel 7 of volume 0 is -1"},
		"NaN":      {"t.nii.gz", dataset.VoxelMap{Values: row(math.NaN()), Type: "int16"}, "NaN, which int16 does not hold"},
		"2⁶³":      {"t.nii", dataset.VoxelMap{Values: row(1 << 63), Type: "int64"}, "does not hold"},
		"float32":  {"t.nii", dataset.VoxelMap{Values: row(1e39)}, "does not hold"},
		"text":     {"t.nii", dataset.VoxelMap{Values: row(1), Description: strings.Repeat("x", 80)}, "at most 79"},
		"a folder": {"none/t.nii", dataset.VoxelMap{Values: row(1)}, "no such file"},
	} {
		err := n.WriteMap(t.Context(), filepath.Join(dir, c.file), c.m)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: ") || !strings.Contains(err.Error(), filepath.Base(c.file)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.WriteMap(ctx, filepath.Join(dir, "t.nii"), dataset.VoxelMap{Values: row(1)}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	flat := n.NIfTIHeader
	flat.Affine = [4][4]float64{}
	if _, err := dataset.CreateNIfTI(filepath.Join(dir, "t.nii"), flat); err == nil || !strings.Contains(err.Error(), "no inverse") {
		t.Error(err)
	}
	moved := n.NIfTIHeader
	moved.From = "pixdim"
	if _, err := dataset.CreateNIfTI(filepath.Join(dir, "t.nii"), moved); err == nil || !strings.Contains(err.Error(), "set From") {
		t.Error(err)
	}
	w, err := dataset.CreateNIfTI(filepath.Join(dir, "t.nii"), n.NIfTIHeader)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "says 1 volumes, but 0 are written") {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if err := w.Volume(row(1)[0]); err == nil {
		t.Error("written when closed")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
	path := filepath.Join(dir, "there.nii")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := n.WriteMap(t.Context(), path, dataset.VoxelMap{Values: row(1)}); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "mine" {
		t.Errorf("overwritten: %q", b)
	}
	late := filepath.Join(dir, "late.nii")
	w, err = dataset.CreateNIfTI(late, n.NIfTIHeader)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Volume(row(1)[0]), os.WriteFile(late, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that came meanwhile: %v", err)
	}
	if w.Volume(row(1)[0]) == nil {
		t.Error("one volume too many")
	}
}
