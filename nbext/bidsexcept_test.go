package nbext

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

// Runs and people are left out by parts of their names; what is no run's is an
// error, since a run that was to be left out would be in.
func TestBIDSExcept(t *testing.T) {
	b, _, _ := smallScan(t)
	for _, c := range []struct {
		except []string
		runs   string // of 01 and of 02
		err    string
	}{
		{nil, "sub-01_task-drawings_run-1 sub-01_task-drawings_run-2 sub-02_task-drawings_run-1 sub-02_task-drawings_run-2", ""},
		{[]string{"sub-01_run-01"}, "sub-01_task-drawings_run-2 sub-02_task-drawings_run-1 sub-02_task-drawings_run-2", ""},
		{[]string{"run-2"}, "sub-01_task-drawings_run-1 sub-02_task-drawings_run-1", ""},
		{[]string{"sub-01", "sub-02_task-drawings_run-2"}, "sub-02_task-drawings_run-1", ""},
		{[]string{"sub-01_run-3"}, "", `Except has "sub-01_run-3", but no run has all of that in its name; there are: sub-01_task-drawings_run-1, sub-01_task-drawings_run-2`},
		{[]string{"sub-1"}, "", `Except has "sub-1", but no run has all of that in its name; the people are: 01, 02`},
		{[]string{"run-2", ""}, "", `Except has ""`},
		{[]string{"task-drawings"}, "", "Except leaves no run of sub-01"},
		{[]string{"sub-01", "sub-02"}, "", "Except leaves nobody"},
	} {
		b.Except = c.except
		s, err := b.Fit(t.Context(), glm.FirstLevel{Noise: glm.White})
		if c.err != "" || err != nil {
			if c.err == "" || err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: %v, want %q", c.except, err, c.err)
			}
			continue
		}
		var runs []string
		for i, p := range s.People {
			for k, r := range p.Runs {
				if r.Name != p.Files[k].Name || s.Results[i].Runs()[k] != r.Name {
					t.Errorf("%q: run %q of file %q, fitted as %q", c.except, r.Name, p.Files[k].Name, s.Results[i].Runs()[k])
				}
				runs = append(runs, p.Name+"_"+r.Name)
			}
		}
		if got := strings.Join(runs, " "); got != c.runs {
			t.Errorf("%q: %s, want %s", c.except, got, c.runs)
		}
	}

	// One run without events no longer stops the study.
	b.Except = nil
	p, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	remove(t, p.Files[1].Events)
	const want = `leave the run out: Except: []string{"sub-01_task-drawings_run-2"}`
	if _, err := b.Fit(t.Context(), glm.FirstLevel{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Fatal(err)
	}
	b.Except = []string{"sub-01_task-drawings_run-2"}
	if _, err := b.Fit(t.Context(), glm.FirstLevel{Noise: glm.White}); err != nil {
		t.Error(err)
	}
}

// fMRIPrep's cosines and the model's own drift are the same columns, nearly: the
// error says which to give up.
func TestBIDSCosinesTwice(t *testing.T) {
	b, _, _ := smallScan(t)
	b.Confounds = dataset.Nuisance{Cosines: true}
	p, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Fit(t.Context(), glm.FirstLevel{}); err == nil || !strings.Contains(err.Error(), "give glm.FirstLevel{HighPass: -1}") {
		t.Error(err)
	}
	if _, err := p.Fit(t.Context(), glm.FirstLevel{HighPass: -1}); err != nil {
		t.Error(err)
	}
}

// Within leaves voxels out of the model, everybody's or a person's own, and the
// others keep their t; so a voxel that is NaN now and then can be left out.
func TestBIDSWithin(t *testing.T) {
	b, _, _ := smallScan(t)
	whole, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	left, _ := whole.Hemispheres()
	dir := t.TempDir()
	if err := whole.Image.WriteMask(t.Context(), filepath.Join(dir, "sub-01_left.nii.gz"), "left", whole.Voxels, left); err != nil {
		t.Fatal(err)
	}
	b.Within = []string{filepath.Join(dir, "sub-*_left.nii.gz")}
	part, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	var ts [2][]float64
	for i, p := range []*Person{whole, part} {
		fit, err := p.Fit(t.Context(), glm.FirstLevel{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := fit.Contrast(analysis.Contrast{Name: "faces", Prefer: []string{"shown/face-001", "shown/face-002"}})
		if err != nil {
			t.Fatal(err)
		}
		ts[i] = m.T
	}
	var voxels []int
	var want []float64
	for k, v := range whole.Voxels {
		if left[k] {
			voxels, want = append(voxels, v), append(want, ts[0][k])
		}
	}
	if len(voxels) == 0 || len(voxels) == len(whole.Voxels) || !slices.Equal(part.Voxels, voxels) {
		t.Errorf("%d voxels, want %d of %d", len(part.Voxels), len(voxels), len(whole.Voxels))
	}
	if diff := cmp.Diff(want, ts[1], cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error(diff)
	}
	if _, err := b.Person("02"); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "sub-02_left.nii.gz") {
		t.Error(err)
	}
	none := make([]bool, len(whole.Voxels))
	if err := whole.Image.WriteMask(t.Context(), filepath.Join(dir, "none.nii"), "none", whole.Voxels, none); err != nil {
		t.Fatal(err)
	}
	b.Within = append(b.Within, filepath.Join(dir, "none.nii"))
	if _, err := b.Person("01"); err == nil || !strings.Contains(err.Error(), "no voxel of sub-01 is in the masks of all 2 runs and in Within") {
		t.Error(err)
	}
}
