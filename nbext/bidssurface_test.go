package nbext

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

// onSurface writes the first voxels of a person's runs as runs on a surface, after
// edit has had them by volume and vertex.
func onSurface(t *testing.T, p *Person, vertices int, edit func(volume, vertex int, x float64) float64) {
	t.Helper()
	for i, f := range p.Files {
		y, err := p.Runs[i].Data.Block(t.Context(), 0, vertices)
		if err != nil {
			t.Fatal(err)
		}
		volumes, _ := y.Dims()
		var x strings.Builder
		fmt.Fprintf(&x, `<?xml version="1.0" encoding="UTF-8"?><GIFTI Version="1.0" NumberOfDataArrays="%d">`, volumes)
		for k := range volumes {
			fmt.Fprintf(&x, `<DataArray Intent="NIFTI_INTENT_TIME_SERIES" DataType="NIFTI_TYPE_FLOAT32" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="%d" Encoding="ASCII" Endian="LittleEndian"><Data>`, vertices)
			for v, value := range y.RawRowView(k) {
				fmt.Fprintf(&x, "%v ", float32(edit(k, v, value)))
			}
			x.WriteString("</Data></DataArray>")
		}
		x.WriteString("</GIFTI>")
		stem := strings.TrimSuffix(f.Path, "_space-T1w_desc-preproc_bold.nii.gz")
		for _, hemi := range []string{"L", "R"} {
			put(t, stem+"_hemi-"+hemi+"_space-fsaverage5_bold.func.gii", x.String())
			put(t, stem+"_hemi-"+hemi+"_space-fsaverage5_bold.json", `{"RepetitionTime": 2, "StartTime": 1}`)
		}
	}
}

// Vertices whose time courses are those of voxels have their t.
func TestBIDSOnASurface(t *testing.T) {
	b, _, _ := smallScan(t)
	p, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	const vertices = 12
	onSurface(t, p, vertices, func(_, _ int, x float64) float64 { return x })
	b.Space, b.More.Hemisphere = "fsaverage5", "L"
	s, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Voxels) != vertices || len(s.Warnings) != 0 || s.Runs[0].Confounds == nil {
		t.Errorf("%d vertices, %v", len(s.Voxels), s.Warnings)
	}
	faces := analysis.Contrast{Name: "faces", Prefer: []string{"shown/face-001", "shown/face-002"}}
	var maps []*glm.Map
	for _, one := range []*Person{p, s} {
		fit, err := one.Fit(t.Context(), glm.FirstLevel{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := fit.Contrast(faces)
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	for v := range vertices {
		if d := maps[0].T[v] - maps[1].T[v]; math.Abs(d) > 1e-4 {
			t.Errorf("t of vertex %d is %v, of the voxel %v", v, maps[1].T[v], maps[0].T[v])
		}
	}
	if left, right := s.Hemispheres(); !left[0] || right[0] {
		t.Error("the left hemisphere is not left")
	}
	if _, err := s.Save(t.Context(), filepath.Join(t.TempDir(), "x.nii"), "", maps[1].T); err == nil || !strings.Contains(err.Error(), "ends in .mgh, .mgz, .func.gii or .shape.gii") {
		t.Error(err)
	}
}

// fMRIPrep writes the medial wall as NaN (--medial-surface-nan): these vertices
// are left out, and the others have the t that they have without. Parcels are
// still called by their vertices.
func TestBIDSMedialWall(t *testing.T) {
	b, _, _ := smallScan(t)
	whole, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	const vertices = 12
	var ts [2][]float64
	for i, wall := range []bool{false, true} {
		onSurface(t, whole, vertices, func(_, v int, x float64) float64 {
			if wall && (v == 3 || v == 7) {
				return math.NaN()
			}
			return x
		})
		s := b
		s.Space, s.More.Hemisphere = "fsaverage5", "L"
		p, err := s.Person("01")
		if err != nil {
			t.Fatal(err)
		}
		if !wall && len(p.Warnings) > 0 || wall && (len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Error(), "2 of 12 voxels of sub-01 have no number in the first volume")) {
			t.Error(p.Warnings)
		}
		fit, err := p.Fit(t.Context(), glm.FirstLevel{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := fit.Contrast(analysis.Contrast{Name: "faces", Prefer: []string{"shown/face-001", "shown/face-002"}})
		if err != nil {
			t.Fatal(err)
		}
		ts[i] = m.T
		if !wall {
			continue
		}
		if want := []int{0, 1, 2, 4, 5, 6, 8, 9, 10, 11}; !slices.Equal(p.Voxels, want) {
			t.Fatalf("vertices %v, want %v", p.Voxels, want)
		}
		for k, v := range p.Voxels {
			if ts[1][k] != ts[0][v] {
				t.Errorf("t of vertex %d is %v, without the wall %v", v, ts[1][k], ts[0][v])
			}
		}
		savedOnSurface(t, p, m.T)
		label := filepath.Join(t.TempDir(), "lh.FFA.label")
		put(t, label, "#!ascii label\n3\n2 0 0 0 0\n3 0 0 0 0\n4 0 0 0 0\n")
		mask, err := p.Mask(label, "FFA")
		if want := []bool{false, false, true, true, false, false, false, false, false, false}; err != nil || !slices.Equal(mask, want) {
			t.Error(mask, err)
		}
		s.Within = []string{label}
		if q, err := s.Person("01"); err != nil || !slices.Equal(q.Voxels, []int{2, 4}) {
			t.Error(q, err)
		}
		if _, err := p.Mask(label, "V1"); err == nil || !strings.Contains(err.Error(), `has no region "V1"; there are: FFA`) {
			t.Error(err)
		}
	}
	if _, err := whole.Mask("x.nii", "FFA"); err == nil || !strings.Contains(err.Error(), "an image is one mask") {
		t.Error(err)
	}
	onSurface(t, whole, vertices, func(k, v int, x float64) float64 {
		if k == 5 && v == 7 {
			return math.NaN()
		}
		return x
	})
	b.Space, b.More.Hemisphere = "fsaverage5", "L"
	p, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Fit(t.Context(), glm.FirstLevel{}); err == nil || !strings.Contains(err.Error(), "voxel 7 is NaN in volume 5") {
		t.Error(err)
	}
}

// Maps and regions lie where the vertices do, the medial wall is 0, and the file
// is of the hemisphere that the runs are.
func savedOnSurface(t *testing.T, p *Person, values []float64) {
	t.Helper()
	dir := t.TempDir()
	froi := &analysis.FROI{Contrast: analysis.Contrast{Name: "faces"}, Rule: "t > 3", Keep: make([]bool, len(values))}
	froi.Keep[1], froi.Keep[8] = true, true
	for _, name := range []string{"lh.t.mgz", "t_hemi-L.func.gii", "t.shape.gii"} {
		path, err := p.Save(t.Context(), filepath.Join(dir, name), "t of faces", values)
		if err != nil {
			t.Fatal(err)
		}
		s, err := dataset.OpenSurface(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		got, err := s.Frame(0, nil)
		if err != nil || s.Hemisphere != "lh" || len(got) != p.Image.Shape[0] {
			t.Fatal(s.SurfaceHeader, err)
		}
		want := make([]float64, len(got))
		for k, v := range p.Voxels {
			want[v] = float64(float32(values[k]))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		region, err := p.SaveRegion(t.Context(), filepath.Join(dir, strings.Replace(name, "t", "faces", 1)), froi)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := p.Mask(region); err != nil || !slices.Equal(again, froi.Keep) {
			t.Error("the region read is not the region written", again, err)
		}
	}
	if _, err := p.Save(t.Context(), filepath.Join(dir, "rh.t.mgz"), "", values); err == nil || !strings.Contains(err.Error(), "called as if it were rh, but the map is lh") {
		t.Error(err)
	}
	if _, err := p.Save(t.Context(), filepath.Join(dir, "lh.t.mgz"), "", values); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	var alignment *analysis.AlignmentError
	if _, err := p.Save(t.Context(), filepath.Join(dir, "lh.u.mgz"), "", values[1:]); !errors.As(err, &alignment) {
		t.Error(err)
	}
}
