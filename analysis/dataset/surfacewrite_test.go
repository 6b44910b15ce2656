package dataset_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis/dataset"
)

// A writtenMap is what internal/reference/surfaces_written.py knows of a map
// that is written here.
type writtenMap struct {
	name             string
	hemisphere       string
	vertices, frames int
	voxels           []int // nil: all
	description      string
}

func writtenMaps() []writtenMap {
	some := []int{1, 2, 5, 40, 641}
	return []writtenMap{
		{"lh.t.mgh", "lh", 642, 1, some, "not written"},
		{"rh.all.mgz", "rh", 642, 3, nil, ""},
		{"wide.mgz", "", 70000, 1, nil, ""},
		{"t.func.gii", "lh", 642, 1, some, `faces > "objects" & t`},
		{"all_hemi-R.shape.gii", "rh", 642, 3, nil, "Gesichter, größer"},
		{"plain.func.gii", "", 642, 1, nil, ""},
	}
}

// value is what is written for the k-th vertex that is named: float32 rounds it; it may be
// NaN or infinite.
func (w writtenMap) value(t, k int) float64 {
	n := (k*7919+t*104729)%2001 - 1000
	switch {
	case k == 3:
		return math.NaN()
	case k == 4:
		return math.Inf(2*t - 1)
	}
	return float64(n) / 7
}

func (w writtenMap) write(t *testing.T, dir string) string {
	t.Helper()
	count := w.vertices
	if w.voxels != nil {
		count = len(w.voxels)
	}
	m := dataset.VoxelMap{Voxels: w.voxels, Description: w.description}
	for f := range w.frames {
		row := make([]float64, count)
		for k := range row {
			row[k] = w.value(f, k)
		}
		m.Values = append(m.Values, row)
	}
	path := filepath.Join(dir, w.name)
	h := dataset.SurfaceHeader{Vertices: w.vertices, Hemisphere: w.hemisphere}
	if err := h.WriteMap(t.Context(), path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// unpackedMap is a file with what is packed unpacked, so that another release's packing
// changes nothing.
func unpackedMap(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(z io.Reader, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if strings.HasSuffix(path, ".mgz") {
		return read(gzip.NewReader(bytes.NewReader(raw)))
	}
	var out []byte
	for {
		before, after, found := bytes.Cut(raw, []byte("<Data>"))
		out = append(out, before...)
		if !found {
			return out
		}
		data, rest, _ := bytes.Cut(after, []byte("</Data>"))
		packed, err := base64.StdEncoding.DecodeString(string(data))
		if err != nil {
			t.Fatal(err)
		}
		out, raw = append(out, read(zlib.NewReader(bytes.NewReader(packed)))...), rest
	}
}

// TestMapsAsNibabel: the bytes are those that nibabel was seen to read as they
// are meant: shape, type, hemisphere, description, values.
func TestMapsAsNibabel(t *testing.T) {
	dir := os.Getenv("FUSIFORM_SURFACES_WRITTEN") // internal/reference/surfaces_written.py sets it
	var want struct {
		SHA256 map[string]string `json:"sha256"`
	}
	text, err := os.ReadFile("testdata/surface/written.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil && dir == "" {
		t.Fatal(err)
	}
	if dir == "" {
		dir = t.TempDir()
	}
	for _, w := range writtenMaps() {
		sum := sha256.Sum256(unpackedMap(t, w.write(t, dir)))
		if got := hex.EncodeToString(sum[:]); got != want.SHA256[w.name] {
			t.Errorf("%s: SHA-256 %s, nibabel read %s; if it is meant to change, run internal/reference/surfaces_written.py", w.name, got, want.SHA256[w.name])
		}
	}
}

// TestMapsComeBack: what is written is read, and nothing else is there.
func TestMapsComeBack(t *testing.T) {
	dir := t.TempDir()
	for _, w := range writtenMaps() {
		s := openSurface(t, w.write(t, dir))
		names := s.Names
		if w.description == "" || strings.Contains(w.name, ".mg") {
			if names != nil {
				t.Errorf("%s: %q", w.name, names)
			}
		} else if want := map[int][]string{1: {w.description}, 3: {w.description + ", frame 0", w.description + ", frame 1", w.description + ", frame 2"}}[w.frames]; !cmp.Equal(names, want) {
			t.Errorf("%s: %q, want %q", w.name, names, want)
		}
		if s.Vertices != w.vertices || s.Frames != w.frames || s.Type != "float32" || s.TR != 0 || s.Hemisphere != w.hemisphere || len(s.Warnings) > 0 {
			t.Errorf("%s: %+v", w.name, s.SurfaceHeader)
		}
		for f := range w.frames {
			want := make([]float64, w.vertices)
			for v := range want {
				if w.voxels == nil {
					want[v] = float64(float32(w.value(f, v)))
				}
			}
			for k, v := range w.voxels {
				want[v] = float64(float32(w.value(f, k)))
			}
			got, err := s.Frame(f, nil)
			if err != nil || !slices.EqualFunc(want, got, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
				t.Errorf("%s: frame %d is not what was written: %v", w.name, f, err)
			}
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != len(writtenMaps()) {
		t.Errorf("%d files: %v", len(entries), err)
	}
}

// TestSurfaceMask: a mask is read by ReadParcellation. A Surface that is open
// writes maps over itself.
func TestSurfaceMask(t *testing.T) {
	s := openSurface(t, "testdata/surface/lh.f4.mgh")
	for _, name := range []string{"lh.faces.mgh", "lh.faces.mgz", "faces.func.gii"} {
		path := filepath.Join(t.TempDir(), name)
		if err := s.WriteMask(t.Context(), path, "faces, t > 3", []int{1, 4, 6}, []bool{true, false, true}); err != nil {
			t.Fatal(err)
		}
		p, err := dataset.ReadParcellation(path, s.Vertices)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := p.Mask("1")
		if diff := cmp.Diff([]bool{false, true, false, false, false, false, true}, kept); diff != "" || err != nil || p.Hemisphere != "lh" {
			t.Error(name, diff, p.Hemisphere, err)
		}
	}
}

// TestWriteMapOnSurfaceFaults: each fault names the file and what to do, and
// leaves nothing.
func TestWriteMapOnSurfaceFaults(t *testing.T) {
	dir := t.TempDir()
	left := dataset.SurfaceHeader{Vertices: 7, Hemisphere: "lh"}
	row := func(x float64) [][]float64 { return [][]float64{{0, 0, 0, 0, 0, 0, x}} }
	for name, c := range map[string]struct {
		file string
		m    dataset.VoxelMap
		want string
	}{
		"name":       {"lh.t.nii", dataset.VoxelMap{Values: row(1)}, ".mgh, .mgz, .func.gii or .shape.gii"},
		"mesh":       {"lh.t.surf.gii", dataset.VoxelMap{Values: row(1)}, ".mgh, .mgz, .func.gii or .shape.gii"},
		"side":       {"rh.t.mgz", dataset.VoxelMap{Values: row(1)}, "called as if it were rh, but the map is lh"},
		"GIfTI side": {"t_hemi-R.func.gii", dataset.VoxelMap{Values: row(1)}, "called as if it were rh, but the map is lh"},
		"no side":    {"t.mgz", dataset.VoxelMap{Values: row(1)}, "call it lh.t.mgz"},
		"none":       {"lh.t.mgz", dataset.VoxelMap{}, "no values"},
		"few":        {"lh.t.mgz", dataset.VoxelMap{Values: [][]float64{{1}}}, "1 values for 7 vertices"},
		"nobody":     {"lh.t.mgz", dataset.VoxelMap{Voxels: []int{}, Values: [][]float64{{}}}, "no vertex"},
		"order":      {"lh.t.mgz", dataset.VoxelMap{Voxels: []int{3, 3}, Values: [][]float64{{1, 2}}}, "rising order"},
		"outside":    {"t.func.gii", dataset.VoxelMap{Voxels: []int{7}, Values: [][]float64{{1}}}, "no vertex 7"},
		"negative":   {"t.func.gii", dataset.VoxelMap{Voxels: []int{-1}, Values: [][]float64{{1}}}, "no vertex -1"},
		"type":       {"t.func.gii", dataset.VoxelMap{Values: row(1), Type: "int16"}, "int16"},
		"float32":    {"t.func.gii", dataset.VoxelMap{Values: row(1e39)}, "vertex 6 of frame 0 is 1e+39"},
		"late":       {"lh.t.mgz", dataset.VoxelMap{Values: append(row(1), row(-1e39)...)}, "vertex 6 of frame 1 is -1e+39"},
		"text":       {"t.func.gii", dataset.VoxelMap{Values: row(1), Description: strings.Repeat("x", 80)}, "at most 79"},
		"Latin-1":    {"t.func.gii", dataset.VoxelMap{Values: row(1), Description: "gr\xf6\xdfer"}, "of UTF-8"},
		"a folder":   {"none/lh.t.mgh", dataset.VoxelMap{Values: row(1)}, "no such file"},
	} {
		err := left.WriteMap(t.Context(), filepath.Join(dir, c.file), c.m)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: ") || !strings.Contains(err.Error(), filepath.Base(c.file)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, h := range []dataset.SurfaceHeader{{}, {Vertices: -1}, {Vertices: 7, Hemisphere: "L"}} {
		var field *dataset.FieldError
		if err := h.WriteMap(t.Context(), filepath.Join(dir, "t.func.gii"), dataset.VoxelMap{Values: row(1)}); !errors.As(err, &field) {
			t.Errorf("%+v: %v", h, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(dir, "lh.there.mgz")
	if err := left.WriteMap(ctx, path, dataset.VoxelMap{Values: row(1)}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left: %v %v", files, err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := left.WriteMap(t.Context(), path, dataset.VoxelMap{Values: row(1)}); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "mine" {
		t.Errorf("overwritten: %q", b)
	}
}
