package dataset_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis/dataset"
)

// What Inspect says of surfaces is what nibabel reads in them.
func TestInspectSurfaces(t *testing.T) {
	for name, want := range readSurfaces(t).Surfaces {
		if name == "lh.rois.mgz" {
			continue // read below
		}
		in, err := dataset.Inspect(t.Context(), filepath.Join("testdata/surface", name))
		if err != nil {
			t.Error(err)
			continue
		}
		p := dataset.Part{Type: want.Type, Shape: []int{len(want.Values[0]), len(want.Values)}}
		for _, row := range want.Values {
			for _, n := range row {
				switch v := float64(n); {
				case math.IsNaN(v):
					p.NaN++
				case math.IsInf(v, 0):
					p.Inf++
				default:
					if p.Finite == 0 {
						p.Min, p.Max = v, v
					}
					p.Min, p.Max, p.Finite = min(p.Min, v), max(p.Max, v), p.Finite+1
				}
			}
		}
		got := in.Parts[0]
		if !slices.Equal(got.Shape, p.Shape) || got.Type != p.Type || got.Min != p.Min || got.Max != p.Max || got.NaN != p.NaN || got.Inf != p.Inf || got.Finite != p.Finite {
			t.Errorf("%s: %+v, want %+v", name, got, p)
		}
		if want := `s, err := dataset.OpenSurface("testdata/surface/` + name + `")`; got.Go != want {
			t.Errorf("%s: %s", name, got.Go)
		}
	}
	for name, want := range map[string][]string{
		"run.func.gii":                      {"GIfTI surface", "7 vertices × 3 frames", "hemisphere rh", "one frame each 2.5 s"},
		"lh.f4.mgz":                         {"MGZ surface", "hemisphere lh", "one frame each 1.333 s"},
		"hemi-L_ASCII_little.func.gii":      {"frames u1, i1, u2, i2, u4, i4, u8, i8, f4, f8"},
		"lh.areas.label.gii":                {"regions of a surface", "7 vertices", "hemisphere lh", "FFA <1>: region; 3 vertices", `p, err := dataset.ReadParcellation("testdata/surface/lh.areas.label.gii", 7)`},
		"rh.areas.annot":                    {"regions of a surface", "lingual: region; 3 vertices", `p, err := dataset.ReadParcellation("testdata/surface/rh.areas.annot", 7)`},
		"lh.FFA.label":                      {"FFA: region; 3 vertices", "the last vertex is 6", `p, err := dataset.ReadParcellation("testdata/surface/lh.FFA.label", vertices)`},
		"wide_Base64Binary_big_F.shape.gii": {"7 vertices × 5 frames"},
	} {
		in, err := dataset.Inspect(t.Context(), filepath.Join("testdata/surface", name))
		if err != nil {
			t.Error(err)
			continue
		}
		told := in.Format + "\n" + in.Go + "\n" + strings.Join(in.Notes, "\n")
		for _, p := range in.Parts {
			told += "\n" + p.String()
		}
		for _, w := range want {
			if !strings.Contains(told, w) {
				t.Errorf("%s: nothing says %q:\n%s", name, w, told)
			}
		}
	}
	dir := write(t, "x", map[string]string{"odd": string(gii(attrs(), zeros(16))), "packed": string(packed(mghFile(t, "lh.f4.mgh", func(b []byte) []byte { return b }))), "a.annot": "", "b.gii": "<GIFTI>", "c.label": "x"})
	for name, ok := range map[string]bool{"odd": true, "packed": true, "a.annot": false, "b.gii": false, "c.label": false} {
		_, err := dataset.Inspect(t.Context(), filepath.Join(dir, name))
		if ok != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), "dataset: "+filepath.Join(dir, name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A parquet file is told from a table by its bytes.
func TestParquetSaysWhatToDo(t *testing.T) {
	path := filepath.Join(write(t, "x", map[string]string{"r.csv": "PAR1\x15\x04"}), "r.csv")
	var fault *dataset.ParquetError
	if _, err := dataset.CSV(path); !errors.As(err, &fault) || !strings.Contains(err.Error(), `pandas.read_parquet("r.csv").to_csv(`) {
		t.Error(err)
	}
	if _, err := dataset.Inspect(t.Context(), path); !errors.As(err, &fault) {
		t.Error(err)
	}
}
