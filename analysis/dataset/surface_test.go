package dataset_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

// A number is one of JSON, or NaN or infinite, which are written as text.
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(string(slices.DeleteFunc(b, func(c byte) bool { return c == '"' })), 64)
	*n = number(v)
	return err
}

// surfaceReference is what nibabel reads: internal/reference/surfaces.py.
type surfaceReference struct {
	Surfaces map[string]struct {
		Type       string     `json:"type"`
		Values     [][]number `json:"values"` // frames × vertices
		Names      []string   `json:"names"`
		TR         float64    `json:"tr"`
		Hemisphere *string    `json:"hemisphere"`
	} `json:"surfaces"`
	Labels map[string]struct {
		Regions []string          `json:"regions"`
		Masks   map[string][]bool `json:"masks"`
	} `json:"labels"`
}

func readSurfaces(t *testing.T) (r surfaceReference) {
	t.Helper()
	data, err := os.ReadFile("testdata/surface/surfaces.json")
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil || len(r.Surfaces) < 35 || len(r.Labels) < 5 {
		t.Fatal(len(r.Surfaces), len(r.Labels), err)
	}
	return r
}

func openSurface(t *testing.T, path string) *dataset.Surface {
	t.Helper()
	s, err := dataset.OpenSurface(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestSurfaceAsNibabel reads every element type, byte order, encoding and order
// of indices as nibabel does, bit for bit: by frame, whole and by vertex.
func TestSurfaceAsNibabel(t *testing.T) {
	for name, want := range readSurfaces(t).Surfaces {
		s := openSurface(t, filepath.Join("testdata/surface", name))
		values := make([][]float64, len(want.Values))
		for f, row := range want.Values {
			for _, v := range row {
				values[f] = append(values[f], float64(v))
			}
		}
		if s.Frames != len(values) || s.Vertices != len(values[0]) || s.Type != want.Type || s.TR != want.TR {
			t.Errorf("%s: %+v, want TR %v, %s", name, s.SurfaceHeader, want.TR, want.Type)
			continue
		}
		if want.Hemisphere != nil && s.Hemisphere != *want.Hemisphere {
			t.Errorf("%s: hemisphere %q, want %q", name, s.Hemisphere, *want.Hemisphere)
		}
		if diff := cmp.Diff(want.Names, s.Names); diff != "" || len(s.Warnings) > 0 {
			t.Errorf("%s: %s, %v", name, diff, s.Warnings)
		}
		for f := len(values) - 1; f >= 0; f-- { // backwards: a packed file is unpacked again
			got, err := s.Frame(f, nil)
			if diff := cmp.Diff(values[f], got, cmpopts.EquateNaNs()); diff != "" || err != nil {
				t.Errorf("%s: frame %d: %s, %v", name, f, diff, err)
			}
		}
		mask := make([]bool, s.Vertices)
		for v := range mask {
			mask[v] = v%3 == 1 || v == 2
		}
		for _, masks := range [][][]bool{nil, {mask}} {
			series, err := s.TimeCourses(masks...)
			if err != nil {
				t.Fatal(err)
			}
			_, n := series.Dims()
			vertices := series.Vertices()
			for lo := range n {
				for hi := lo + 1; hi <= n; hi++ {
					block, err := series.Block(t.Context(), lo, hi)
					if err != nil {
						t.Fatal(err)
					}
					for f := range values {
						for k, v := range vertices[lo:hi] {
							if got := block.At(f, k); got != values[f][v] && !(math.IsNaN(got) && math.IsNaN(values[f][v])) {
								t.Errorf("%s: vertices %d to %d, frame %d, vertex %d: %v, want %v", name, lo, hi, f, v, got, values[f][v])
							}
						}
					}
				}
			}
		}
	}
}

// A SurfaceSeries is what a first-level model takes.
var _ glm.Series = (*dataset.SurfaceSeries)(nil)

func TestSurfaceHemisphere(t *testing.T) {
	data, err := os.ReadFile("testdata/surface/run.func.gii")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := os.ReadFile("testdata/surface/wide_ASCII_big_C.shape.gii")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		data []byte
		side string
		warn int
	}{
		"sub-01_hemi-R_space-fsaverage5_bold.func.gii": {data, "rh", 0},
		"sub-01_hemi-L_bold.func.gii":                  {data, "rh", 1},
		"100307.L.thickness.32k_fs_LR.shape.gii":       {wide, "lh", 0},
		"rh.thickness.shape.gii":                       {wide, "rh", 0},
		"betas.lh.shape.gii":                           {wide, "lh", 0},
		"lh.rh.shape.gii":                              {wide, "", 0},
		"LRhlh.shape.gii":                              {wide, "", 0},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, want.data, 0o666); err != nil {
			t.Fatal(err)
		}
		if s := openSurface(t, path); s.Hemisphere != want.side || len(s.Warnings) != want.warn {
			t.Errorf("%s: %q, %v", name, s.Hemisphere, s.Warnings)
		}
	}
}

func TestSurfaceAskedWrongly(t *testing.T) {
	s := openSurface(t, "testdata/surface/run.func.gii")
	for _, f := range []int{-1, 3} {
		if _, err := s.Frame(f, nil); err == nil {
			t.Errorf("frame %d is read", f)
		}
	}
	for _, masks := range [][][]bool{{make([]bool, 7)}, {make([]bool, 6)}, {{true, false, true, true, true, true, true}, {false, true, false, false, false, false, false}}} {
		if _, err := s.TimeCourses(masks...); err == nil {
			t.Errorf("masks %v are taken", masks)
		}
	}
	series, err := s.TimeCourses()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][2]int{{-1, 2}, {0, 8}, {3, 3}, {4, 2}} {
		if _, err := series.Block(t.Context(), b[0], b[1]); err == nil {
			t.Errorf("block %v is read", b)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	ctx = analysis.WithProgress(ctx, func(d, _ int) { done = d; cancel() })
	if _, err := series.Block(ctx, 0, 7); !errors.Is(err, context.Canceled) || done != 1 {
		t.Errorf("%v after %d frames", err, done)
	}
	if _, err := dataset.OpenSurface(t.TempDir()); err == nil {
		t.Error("a folder is opened")
	}
}

// TestParcellationAsNibabel: the regions of every kind of file are nibabel's.
func TestParcellationAsNibabel(t *testing.T) {
	for name, want := range readSurfaces(t).Labels {
		p, err := dataset.ReadParcellation(filepath.Join("testdata/surface", name), 7)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want.Regions, p.Regions); diff != "" || p.Vertices() != 7 || p.Hemisphere != name[:2] || len(p.Warnings) > 0 {
			t.Errorf("%s: %s, %d, %s, %v", name, diff, p.Vertices(), p.Hemisphere, p.Warnings)
		}
		all := make([]bool, 7)
		for r, mask := range want.Masks {
			got, err := p.Mask(r)
			if diff := cmp.Diff(mask, got); diff != "" || err != nil {
				t.Errorf("%s: %s: %s, %v", name, r, diff, err)
			}
			for v, in := range mask {
				all[v] = all[v] || in
			}
		}
		if got, err := p.Mask(p.Regions...); err != nil || !slices.Equal(got, all) {
			t.Errorf("%s: all regions: %v, %v", name, got, err)
		}
		if _, err := p.Mask("nowhere"); err == nil {
			t.Errorf("%s: a region that is not there", name)
		}
		if _, err := p.Mask(); err == nil {
			t.Errorf("%s: no region", name)
		}
		if _, err := dataset.ReadParcellation(filepath.Join("testdata/surface", name), 6); err == nil {
			t.Errorf("%s: taken for another mesh", name)
		}
		if _, err := dataset.ReadParcellation(filepath.Join("testdata/surface", name), -1); err == nil {
			t.Errorf("%s: taken for no mesh", name)
		}
	}
}

// Caret's tables call a key Index, and regions of one name are one region.
func TestParcellationTable(t *testing.T) {
	text := strings.Replace(string(gii(attrs("Base64Binary", "ASCII", "FLOAT32", "INT32"), "3 0 5 7")), "<DataArray", `<LabelTable><Label Index="3">a</Label><Label Index="5"> </Label><Label Key="7">a</Label></LabelTable><DataArray`, 1)
	path := filepath.Join(t.TempDir(), "x.gii")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	p, err := dataset.ReadParcellation(path, 4)
	if err != nil || !slices.Equal(p.Regions, []string{"a", "5"}) || len(p.Warnings) > 0 {
		t.Fatal(p, err)
	}
	if mask, err := p.Mask("a"); err != nil || !slices.Equal(mask, []bool{true, false, false, true}) {
		t.Error(mask, err)
	}
}

func TestParcellationNamed(t *testing.T) {
	p, err := dataset.ReadParcellation("testdata/surface/lh.rois.mgz", 7)
	if err != nil {
		t.Fatal(err)
	}
	named, err := p.Named("testdata/surface/rois.mgz.ctab")
	if err != nil || !slices.Equal(named.Regions, []string{"OFA", "FFA-1", "FFA-2"}) || p.Regions[0] != "1" {
		t.Fatal(named, err)
	}
	mask, err := named.Mask("FFA-2", "OFA") // 0, 1, 1, 2, 0, -1, 4
	if err != nil || !slices.Equal(mask, []bool{false, true, true, false, false, false, true}) {
		t.Error(mask, err)
	}
	for _, text := range []string{"1 OFA\n2 FFA\n", "1 OFA\n2 FFA\n4\n", "1 OFA\n1 FFA\n", "OFA 1\n", ""} {
		path := filepath.Join(t.TempDir(), "t.ctab")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		var fault *dataset.ParseError
		if _, err := p.Named(path); !errors.As(err, &fault) {
			t.Errorf("%q: %v", text, err)
		}
	}
	huge := filepath.Join(t.TempDir(), "huge.ctab")
	if err := os.WriteFile(huge, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Skip(err)
	}
	var fault *dataset.FieldError
	if _, err := p.Named(huge); !errors.As(err, &fault) {
		t.Error(err)
	}
	if _, err := p.Named(t.TempDir()); err == nil || !strings.Contains(err.Error(), "a folder or a device") {
		t.Error(err)
	}
	if _, err := p.Mask("a\nb"); err == nil || !strings.Contains(err.Error(), `has no region "a\nb"; there are: `) {
		t.Error(err)
	}
}

// A file that packs very well is read without trust in what it claims.
func TestSurfacePackedWell(t *testing.T) {
	const n = 600_000
	values := make([]byte, 4*n)
	copy(values[4*(n-1):], "\x00\x00\x80\x3f") // the last is 1
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write(values)
	w.Close()
	one := `<DataArray ` + attrs(`"4"`, strconv.Quote(strconv.Itoa(n)), "Base64Binary", "GZipBase64Binary") + `><Data>` + base64.StdEncoding.EncodeToString(z.Bytes()) + `</Data></DataArray>`
	path := filepath.Join(t.TempDir(), "x.gii")
	if err := os.WriteFile(path, []byte("<GIFTI>"+one+one+"</GIFTI>"), 0o666); err != nil {
		t.Fatal(err)
	}
	series, err := openSurface(t, path).TimeCourses()
	if err != nil {
		t.Fatal(err)
	}
	m, err := series.Block(t.Context(), 0, n)
	if err != nil || mat.Sum(m) != 2 || m.At(1, n-1) != 1 {
		t.Error(mat.Sum(m), err)
	}
}
