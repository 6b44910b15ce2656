package nbext

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// Vertices whose time courses are those of voxels have their t.
func TestBIDSOnASurface(t *testing.T) {
	b, _, _ := smallScan(t)
	p, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	const vertices = 12
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
			for _, v := range y.RawRowView(k) {
				fmt.Fprintf(&x, "%v ", float32(v))
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
	if _, err := s.Save(t.Context(), filepath.Join(t.TempDir(), "x.nii"), "", maps[1].T); err == nil || !strings.Contains(err.Error(), "are on a surface") {
		t.Error(err)
	}
}
