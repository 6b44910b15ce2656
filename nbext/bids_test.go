package nbext

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
	"fusiform/analysis/simulate"
)

// smallScan is a data set of two people, two runs and ten drawings. Where
// FUSIFORM_SCANS names a folder it is kept there, for internal/reference/bids.py.
func smallScan(t *testing.T) (BIDS, simulate.Scanner, analysis.Stimuli) {
	t.Helper()
	shown, err := simulate.Drawings{Name: "shown", Style: simulate.Shaded, PerCategory: 2, Seed: 606}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv("FUSIFORM_SCANS")
	if dir == "" {
		dir = t.TempDir()
	}
	s := simulate.Scanner{Cohort: simulate.Cohort{People: 2}, Runs: 2, Seed: 7, Noise: .3, Lacks: map[string]string{"S2": "body"}}
	if err := WriteScans(t.Context(), dir, s, shown); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	return BIDS{Folder: dir, Derivatives: filepath.Join(dir, "derivatives", "fmriprep"), Confounds: dataset.Nuisance{Motion: 6, WMCSF: 2}}, s, shown
}

// Runs, designs and t are those of nilearn's first_level_from_bids with
// load_confounds and its sample_masks, on the same files
// (internal/reference/bids.py; versions in bids.json). The means that values are
// in percent of are theirs over the volumes that are kept and ours over all,
// which tells where runs are combined.
func TestBIDSAsNilearn(t *testing.T) {
	b, _, _ := smallScan(t)
	var want struct {
		People map[string]struct {
			Runs      []string   `json:"runs"`
			TR        float64    `json:"tr"`
			SliceTime float64    `json:"slice_time"`
			Voxels    int        `json:"voxels"`
			Kept      [][]int    `json:"kept"`
			Columns   [][]string `json:"columns"`
		} `json:"people"`
		Designs [][][]float64        `json:"designs"` // of 01
		T       map[string][]float64 `json:"t"`
	}
	data, err := os.ReadFile("testdata/bids.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	people, err := b.People()
	if err != nil || !slices.Equal(people, []string{"01", "02"}) || len(want.People) != 2 {
		t.Fatal(people, err)
	}
	tolerance := 1e-10
	if runtime.GOARCH != "amd64" {
		tolerance = 1e-6 // the files are written to eight digits, and other processors may round them differently
	}
	for _, who := range people {
		w := want.People[who]
		p, err := b.Person(who)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range p.Files {
			names = append(names, filepath.Base(f.Path))
		}
		if !slices.Equal(names, w.Runs) || p.Runs[0].TR != w.TR || p.SliceTime != w.SliceTime || len(p.Voxels) != w.Voxels {
			t.Errorf("%s: runs %q every %v s, measured at %v, %d voxels; nilearn has %+v", who, names, p.Runs[0].TR, p.SliceTime, len(p.Voxels), w)
		}
		if len(p.Warnings) > 0 {
			t.Error(p.Warnings)
		}
		for _, noise := range []glm.Noise{glm.White, glm.AR1} {
			fit, err := p.Fit(t.Context(), glm.FirstLevel{Noise: noise})
			if err != nil {
				t.Fatal(err)
			}
			for k, d := range fit.Designs() {
				sameDesign(t, d, w.Columns[k], want.Designs, k, w.Kept[k], who, tolerance)
			}
			contrast := analysis.Contrast{Name: "faces", Prefer: []string{"shown/face-001", "shown/face-002"}}
			m, err := fit.Contrast(contrast)
			if err != nil {
				t.Fatal(err)
			}
			var ours []float64
			for v := 0; v < len(m.T); v += 5 {
				ours = append(ours, m.T[v])
			}
			theirs := want.T[who+map[glm.Noise]string{glm.White: " ols", glm.AR1: " ar1"}[noise]]
			r, err := analysis.Pearson.Compare(ours, theirs)
			if err != nil {
				t.Fatal(err)
			}
			most := 0.
			for i := range ours {
				most = max(most, math.Abs(ours[i]-theirs[i]))
			}
			t.Logf("sub-%s, noise %d: r(t, nilearn's t) = %.6f, largest difference %.2g", who, noise, r.Value, most)
			if r.Value < .9999 || noise == glm.White && most > .02 {
				t.Errorf("sub-%s, noise %d: r(t, nilearn's t) = %v, largest difference %v", who, noise, r.Value, most)
			}
		}
	}
}

// sameDesign compares a design with nilearn's: all columns of theirs are ours,
// and those that we have more stand for the volumes that they do not keep.
func sameDesign(t *testing.T, d *glm.Design, columns []string, designs [][][]float64, run int, kept []int, who string, tolerance float64) {
	t.Helper()
	n, _ := d.X.Dims()
	var rest []string
	for _, c := range d.Columns {
		if !slices.Contains(columns, c) {
			rest = append(rest, c)
		}
	}
	var left []string
	for v := range n {
		if !slices.Contains(kept, v) {
			left = append(left, fmt.Sprintf("left_out_volume_%d", v))
		}
	}
	if !slices.Equal(rest, left) || len(d.Columns) != len(columns)+len(left) {
		t.Errorf("sub-%s: columns %q, nilearn has %q and keeps all volumes but %q", who, d.Columns, columns, left)
		return
	}
	if who != "01" {
		return
	}
	for j, c := range columns {
		at := slices.Index(d.Columns, c)
		for row, i := range kept { // nilearn's design has these rows
			if x := designs[run][row][j]; math.Abs(d.X.At(i, at)-x) > tolerance {
				t.Errorf("run %d: %s in volume %d is %v, nilearn has %v", run, c, i, d.X.At(i, at), x)
				return
			}
		}
	}
}

// The model finds what the simulated people have, and the maps that are saved
// can be read.
func TestBIDSFindsTheTruth(t *testing.T) {
	b, s, shown := smallScan(t)
	scans, err := s.Scan(shown)
	if err != nil {
		t.Fatal(err)
	}
	study, err := b.Fit(t.Context(), glm.FirstLevel{})
	if err != nil {
		t.Fatal(err)
	}
	if rows := study.Table(); len(rows) != 4 || rows[0].Conditions != 10 || rows[0].Confounds != 8 || rows[0].LeftOut != 1 || rows[0].Voxels != len(study.People[0].Voxels) {
		t.Errorf("%+v", rows)
	}
	for i, p := range study.People {
		r, err := study.Results[i].Responses()
		if err != nil {
			t.Fatal(err)
		}
		place := map[int]int{} // of a voxel of the head, that of the model
		for k, v := range p.Voxels {
			place[v] = k
		}
		truth := scans[i].Truth
		var xy, xx, x1, y1, n float64
		for j, v := range scans[i].Voxels {
			k, in := place[v]
			if v < 0 || !in {
				if lacking := s.Lacks[truth.Person] == truth.Group[j]; !lacking {
					t.Errorf("%s: voxel %d of group %q is not in the model", p.Name, j, truth.Group[j])
				}
				continue
			}
			for q := range shown.Len() {
				x, y := truth.Signal.Matrix().At(q, j), 0.
				for row := range r.Stimuli().Len() {
					if r.Stimuli().At(row).Category == shown.At(q).ID {
						y += r.Matrix().At(row, k) / 2 // two runs
					}
				}
				xy, xx, x1, y1, n = xy+x*y, xx+x*x, x1+x, y1+y, n+1
			}
		}
		slope := (xy - x1*y1/n) / (xx - x1*x1/n)
		t.Logf("%s: what is measured is %.3f of what is true, and %.3f more (%v voxels and stimuli)", p.Name, slope, (y1-slope*x1)/n, n)
		if math.Abs(slope-1) > .1 {
			t.Errorf("%s: what is measured is %.3f of what is true", p.Name, slope)
		}
	}

	// A region lies where it was planted, in both hemispheres and more in the right.
	p := study.People[0]
	faces := analysis.Contrast{Name: "faces", Prefer: []string{"shown/face-001", "shown/face-002"}}
	froi, err := glm.Localizer{MinT: 6, MinCluster: 3, Grid: p.Grid()}.Localize(study.Results[0], faces)
	if err != nil {
		t.Fatal(err)
	}
	planted := scans[0].Planted("face", p.Voxels)
	left, right := p.Hemispheres()
	var hits, lefts, rights int
	for k, in := range froi.Keep {
		if !in {
			continue
		}
		if planted[k] {
			hits++
		}
		if left[k] {
			lefts++
		}
		if right[k] {
			rights++
		}
	}
	t.Logf("%d voxels of the face region, %d of them planted, %d left, %d right", froi.Count(), hits, lefts, rights)
	if froi.Count() < 10 || hits < froi.Count()*9/10 || lefts == 0 || rights <= lefts || lefts+rights != froi.Count() {
		t.Errorf("%d voxels of the face region, %d of them planted, %d left, %d right", froi.Count(), hits, lefts, rights)
	}

	// Maps are written where the voxels lie.
	dir := t.TempDir()
	file := filepath.Join(dir, "t.nii.gz")
	if _, err := p.Save(t.Context(), file, "t of faces", froi.Stat); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SaveRegion(t.Context(), filepath.Join(dir, "faces.nii"), froi); err != nil {
		t.Fatal(err)
	}
	n, err := dataset.OpenNIfTI(file)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	values, err := n.Volume(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range p.Voxels {
		if math.Abs(values[v]-froi.Stat[k]) > 1e-5 || n.World(v) != p.Image.World(v) {
			t.Fatalf("voxel %d at %v is %v, was %v", v, n.World(v), values[v], froi.Stat[k])
		}
	}
	again, err := p.Mask(filepath.Join(dir, "faces.nii"))
	if err != nil || !slices.Equal(again, froi.Keep) {
		t.Error("the region read is not the region written", err)
	}
	if _, err := p.Save(t.Context(), file, "", froi.Stat); !errors.Is(err, os.ErrExist) {
		t.Error("a map is written over another:", err)
	}
	var alignment *analysis.AlignmentError
	if _, err := p.Save(t.Context(), filepath.Join(dir, "x.nii"), "", froi.Stat[1:]); !errors.As(err, &alignment) {
		t.Error(err)
	}
	mean, err := p.Mean(t.Context())
	if err != nil || len(mean) != p.Image.Voxels() || mean[p.Voxels[0]] < 500 || mean[0] != 0 {
		t.Error(len(mean), err)
	}
}

// What is wrong with a data set is told with its files.
func TestBIDSFaults(t *testing.T) {
	whole, _, _ := smallScan(t)
	for name, c := range map[string]struct {
		spoil func(t *testing.T, b *BIDS, stem, made string)
		want  string
	}{
		"another TR": {func(t *testing.T, b *BIDS, stem, made string) {
			put(t, made+"_space-T1w_desc-preproc_bold.json", `{"RepetitionTime": 2.5, "StartTime": 1.25}`)
		}, "RepetitionTime is 2.5 s by"},
		"no TR at all": {func(t *testing.T, b *BIDS, stem, made string) {
			remove(t, made+"_space-T1w_desc-preproc_bold.json")
			remove(t, filepath.Join(b.Folder, "task-drawings_bold.json"))
		}, ""},
		"another slice time": {func(t *testing.T, b *BIDS, stem, made string) {
			put(t, made+"_space-T1w_desc-preproc_bold.json", `{"RepetitionTime": 2, "StartTime": 0}`)
		}, "were shifted to 0 of the TR"},
		"no events": {func(t *testing.T, b *BIDS, stem, made string) { remove(t, stem+"_events.tsv") }, "has no table of events: no …_events.tsv"},
		"events of another run": {func(t *testing.T, b *BIDS, stem, made string) {
			put(t, stem+"_events.tsv", "onset\tduration\ttrial_type\n4000\t1\tface\n")
		}, "but the run ends at"},
		"no raw data set": {func(t *testing.T, b *BIDS, stem, made string) { b.Folder = "" }, "give its Folder"},
		"no confounds":    {func(t *testing.T, b *BIDS, stem, made string) { remove(t, made+"_desc-confounds_timeseries.tsv") }, "there is no table of confounds"},
		"confounds not read": {func(t *testing.T, b *BIDS, stem, made string) {
			put(t, made+"_desc-confounds_timeseries.tsv", "a\n1\n")
		}, `there is no column "csf"`},
		"broken image": {func(t *testing.T, b *BIDS, stem, made string) {
			put(t, made+"_space-T1w_desc-preproc_bold.nii.gz", "\x1f\x8b")
		}, "breaks off"},
		"mask of another shape": {func(t *testing.T, b *BIDS, stem, made string) {
			remove(t, made+"_space-T1w_desc-brain_mask.nii.gz")
			h := dataset.NIfTIHeader{Shape: [4]int{2, 2, 2, 1}, Affine: [4][4]float64{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}, From: "sform"}
			if err := h.WriteMask(t.Context(), made+"_space-T1w_desc-brain_mask.nii.gz", "", nil, make([]bool, 8)); err != nil {
				t.Fatal(err)
			}
		}, "resample the mask"},
		"run of another shape": {func(t *testing.T, b *BIDS, stem, made string) {
			remove(t, made+"_space-T1w_desc-preproc_bold.nii.gz")
			h := dataset.NIfTIHeader{Shape: [4]int{2, 2, 2, 1}, Affine: [4][4]float64{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}, From: "sform"}
			if err := h.WriteMap(t.Context(), made+"_space-T1w_desc-preproc_bold.nii.gz", dataset.VoxelMap{Values: [][]float64{make([]float64, 8), make([]float64, 8)}}); err != nil {
				t.Fatal(err)
			}
		}, "must be resampled to one grid"},
		"asked twice": {func(t *testing.T, b *BIDS, stem, made string) { b.Task, b.More.Task = "a", "b" }, `Task is "a", but More.Task is "b"`},
	} {
		t.Run(name, func(t *testing.T) {
			b := whole
			b.Folder = t.TempDir()
			b.Derivatives = filepath.Join(b.Folder, "derivatives", "fmriprep")
			if err := os.CopyFS(b.Folder, os.DirFS(whole.Folder)); err != nil {
				t.Fatal(err)
			}
			stem := "sub-01/func/sub-01_task-drawings_run-2"
			c.spoil(t, &b, filepath.Join(b.Folder, filepath.FromSlash(stem)), filepath.Join(b.Derivatives, filepath.FromSlash(stem)))
			p, err := b.Person("01")
			if c.want == "" {
				if err == nil || !strings.Contains(err.Error(), "slices of") {
					t.Errorf("%v, %v", p, err) // run 2 says nothing of its slices, run 1 does
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// Raw runs have no mask, and an image may say what no JSON says.
func TestBIDSOfRawRuns(t *testing.T) {
	b, _, _ := smallScan(t)
	raw := BIDS{Folder: b.Folder}
	remove(t, filepath.Join(b.Folder, "task-drawings_bold.json"))
	p, err := raw.Person("sub-02")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "sub-02" || len(p.Voxels) != p.Image.Voxels() || p.Runs[0].TR != 2 || p.SliceTime != 0 || p.Runs[0].Confounds != nil || len(p.Warnings) != 3 {
		t.Errorf("%s: %d voxels, TR %v, %v", p.Name, len(p.Voxels), p.Runs[0].TR, p.Warnings)
	}
	if _, err := p.Fit(t.Context(), glm.FirstLevel{}); err != nil {
		t.Error(err)
	}
	raw.Confounds.Motion = 6
	if _, err := raw.Person("02"); err == nil || !strings.Contains(err.Error(), "give Derivatives, or no Confounds") {
		t.Error(err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
