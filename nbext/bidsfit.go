package nbext

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

// Fit fits the model to the runs, with the SliceTime of the data set unless the
// model has its own. The result goes by Name. It fails as m.Fit does, and on
// Nuisance.Cosines beside the model's drift.
func (p *Person) Fit(ctx context.Context, m glm.FirstLevel) (*glm.Result, error) {
	if m.SliceTime == 0 {
		m.SliceTime = p.SliceTime
	}
	for _, r := range p.Runs {
		if m.HighPass >= 0 && slices.ContainsFunc(r.ConfoundNames, func(n string) bool { return strings.HasPrefix(n, "cosine") }) {
			return nil, fmt.Errorf("nbext: BIDS: the confounds of %s hold fMRIPrep's cosines, which stand in for the model's own drift: give glm.FirstLevel{HighPass: -1}", r.Name)
		}
	}
	return m.Fit(ctx, p.Name, p.Runs...)
}

// Grid says where the voxels of the model lie, for glm.Localizer.MinCluster.
func (p *Person) Grid() glm.Grid {
	return glm.Grid{Shape: [3]int(p.Image.Shape[:3]), Voxels: p.Voxels}
}

// Hemispheres marks the voxels of the model that lie left and right of x = 0:
// see dataset.NIfTIHeader.Hemispheres. On a surface, a run is of one hemisphere.
func (p *Person) Hemispheres() (left, right []bool) {
	if h := p.Files[0].Hemisphere; h != "" {
		left, right = make([]bool, len(p.Voxels)), make([]bool, len(p.Voxels))
		for v := range left {
			left[v], right[v] = h == "L", h == "R"
		}
		return left, right
	}
	l, r := p.Image.Hemispheres()
	return p.among(l), p.among(r)
}

// Mask reads an image in the space of the runs as a mask over the voxels of the
// model: a parcel, for glm.Localizer.Within. On a surface, the file is a
// parcellation (.annot, .label, .label.gii …), and the mask has the regions that are
// named, or all. It fails as dataset.ReadMask and ReadParcellation do.
func (p *Person) Mask(path string, regions ...string) ([]bool, error) {
	m, err := p.mask(path, regions...)
	if err != nil {
		return nil, err
	}
	return p.among(m), nil
}

// mask reads a mask over all voxels of the image, or vertices of the surface; of a
// parcellation without regions all of them.
func (p *Person) mask(path string, regions ...string) ([]bool, error) {
	if p.Files[0].Hemisphere == "" {
		if len(regions) > 0 {
			return nil, fmt.Errorf("nbext: %s: regions by name (%s) are those of surfaces; an image is one mask", path, analysis.Few(regions, 4))
		}
		return dataset.ReadMask(path, &dataset.NIfTI{NIfTIHeader: p.Image})
	}
	all, err := dataset.ReadParcellation(path, p.Image.Shape[0])
	if err != nil {
		return nil, err
	}
	if len(regions) == 0 {
		regions = all.Regions
	}
	return all.Mask(regions...)
}

func (p *Person) among(of []bool) []bool {
	out := make([]bool, len(p.Voxels))
	for k, v := range p.Voxels {
		out[k] = of[v]
	}
	return out
}

// Save writes a map over the voxels of the model, a t-map say, as an image in
// the space of the runs (.nii or .nii.gz), for any viewer, and returns the path, so
// that Must takes it. On a surface it writes the hemisphere of the runs, for freeview
// or wb_view (.mgh, .mgz, .func.gii, .shape.gii): each hemisphere is a
// model of its own, and so a file of its own, lh.faces.mgz or
// faces_hemi-L.func.gii. It fails as the WriteMap of dataset.NIfTIHeader and of
// dataset.SurfaceHeader do.
func (p *Person) Save(ctx context.Context, path, description string, values []float64) (string, error) {
	if err := p.savable(path, len(values)); err != nil {
		return "", err
	}
	return path, p.writer().WriteMap(ctx, path, dataset.VoxelMap{Voxels: p.Voxels, Values: [][]float64{values}, Description: description})
}

// SaveRegion writes which voxels of the model are in a fROI, as Save does; Mask
// reads it.
func (p *Person) SaveRegion(ctx context.Context, path string, f *analysis.FROI) (string, error) {
	if err := p.savable(path, len(f.Keep)); err != nil {
		return "", err
	}
	return path, p.writer().WriteMask(ctx, path, f.Contrast.Name+", "+f.Rule, p.Voxels, f.Keep)
}

// A mapWriter is what the runs lie on: an image or a surface.
type mapWriter interface {
	WriteMap(ctx context.Context, path string, m dataset.VoxelMap) error
	WriteMask(ctx context.Context, path, description string, voxels []int, kept []bool) error
}

func (p *Person) writer() mapWriter {
	h := p.Files[0].Hemisphere
	if h == "" {
		return &p.Image
	}
	return &dataset.SurfaceHeader{Vertices: p.Image.Shape[0], Hemisphere: map[string]string{"L": "lh", "R": "rh"}[h]}
}

func (p *Person) savable(path string, values int) error {
	if values != len(p.Voxels) {
		return &analysis.AlignmentError{What: fmt.Sprintf("nbext: %d values for the %d voxels of %s are to be written to %s", values, len(p.Voxels), p.Name, path)}
	}
	return nil
}

// Mean returns the mean of the first run in each voxel of the image, what lies
// behind a plots.StatMap.
func (p *Person) Mean(ctx context.Context) ([]float64, error) {
	y, err := p.Runs[0].Data.Block(ctx, 0, len(p.Voxels))
	if err != nil {
		return nil, err
	}
	n, _ := y.Dims()
	out := make([]float64, p.Image.Voxels())
	for i := range n {
		for k, x := range y.RawRowView(i) {
			out[p.Voxels[k]] += x / float64(n)
		}
	}
	return out, nil
}

// A Study is everybody's first-level model.
type Study struct {
	People   []*Person
	Results  []*glm.Result       // in the same order: what glm.Regions.Find takes
	Grids    map[string]glm.Grid // by name: glm.Regions.Grids
	Warnings []error             // each once, of whomever
}

// Fit fits the model to everybody. It reports progress in people and ends early
// with ctx. It fails as Person and glm.FirstLevel.Fit do, naming who it is.
func (b BIDS) Fit(ctx context.Context, m glm.FirstLevel) (*Study, error) {
	labels, err := b.People()
	if err != nil {
		return nil, err
	}
	s := &Study{Grids: map[string]glm.Grid{}}
	silent := analysis.WithProgress(ctx, func(int, int) {})
	excepted := make([]bool, len(b.Except))
	for i, label := range labels {
		if k := slices.Index(b.Except, "sub-"+label); k >= 0 {
			excepted[k] = true
			continue // who may have no runs at all
		}
		p, err := b.Person(label)
		if err != nil {
			return nil, err
		}
		for k, yes := range p.excepted {
			excepted[k] = excepted[k] || yes
		}
		r, err := p.Fit(silent, m)
		if err != nil {
			return nil, fmt.Errorf("nbext: %s: %w", p.Name, err)
		}
		s.People, s.Results = append(s.People, p), append(s.Results, r)
		s.Grids[p.Name] = p.Grid()
		s.Warnings = append(append(s.Warnings, p.Warnings...), r.Warnings...)
		analysis.ReportProgress(ctx, i+1, len(labels))
	}
	if k := slices.Index(excepted, false); k >= 0 {
		return nil, fmt.Errorf("nbext: BIDS: Except has %q, but no run has all of that in its name; the people are: %s", b.Except[k], analysis.Few(labels, 8))
	}
	if len(s.People) == 0 {
		return nil, errors.New("nbext: BIDS: Except leaves nobody")
	}
	return s, nil
}

// A RunRow is a run as a table shows it.
type RunRow struct {
	Person, Run string
	Volumes     int
	TR          float64
	Voxels      int
	Events      int
	Conditions  int
	Confounds   int
	LeftOut     int // volumes that have a regressor of their own
}

// Table lists the runs, for nb.Table.
func (s *Study) Table() []RunRow {
	var out []RunRow
	for _, p := range s.People {
		out = append(out, p.Table()...)
	}
	return out
}

// Table lists the runs, for nb.Table.
func (p *Person) Table() []RunRow {
	var out []RunRow
	for _, r := range p.Runs {
		volumes, voxels := r.Data.Dims()
		row := RunRow{Person: p.Name, Run: r.Name, Volumes: volumes, TR: math.Round(r.TR*1e6) / 1e6, Voxels: voxels, Events: len(r.Events)}
		types := map[string]bool{}
		for _, e := range r.Events {
			types[e.Type] = true
		}
		row.Conditions = len(types)
		for _, n := range r.ConfoundNames {
			if len(n) > 15 && n[:15] == "left_out_volume" {
				row.LeftOut++
			} else {
				row.Confounds++
			}
		}
		out = append(out, row)
	}
	return out
}
