package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
	"fusiform/nbext/catalog"
)

// glmTasks are first-level models of a person: from files of runs to the t-map of
// house − face, and the designs alone. The answers are the whole t-map (0 where a
// voxel is dead or outside the mask) and every column of every design.
//
// nilearn works on one processor but for its linear algebra; n_jobs is the
// other way it has, which gives the groups of voxels of one ρ to
// processes.
func glmTasks() []Task {
	haxby := func(*bench) (glmFiles, error) {
		dir := filepath.Join(catalog.DataDir(), "brain", "haxby2001_sub001_1slice")
		f := glmFiles{Runs: 12, Bold: filepath.Join(dir, "run%02d_bold.nii.gz"), Events: filepath.Join(dir, "run%02d_events.tsv")}
		_, err := os.Stat(fmt.Sprintf(f.Bold, 1))
		return f, err
	}
	brain := func(name string, pack bool) func(b *bench) (glmFiles, error) {
		return func(b *bench) (glmFiles, error) {
			return wholeBrain{shape: [3]int{64, 64, 30}, volumes: 200, runs: 4, pack: pack}.write(filepath.Join(b.dir, name))
		}
	}
	return []Task{
		glmTask("glm/haxby/design", "design", haxby),
		glmTask("glm/haxby/ar1", "ar1", haxby),
		glmTask("glm/haxby/ols", "ols", haxby),
		glmTask("glm/wholebrain/ar1", "ar1", brain("plain", false)),
		glmTask("glm/wholebrain/ols", "ols", brain("plain", false)),
		glmTask("glm/wholebrain/gz/ar1", "ar1", brain("packed", true)),
	}
}

// glmFiles are the files of a person's runs: formats of names, which take the
// number of the run from 1 on.
type glmFiles struct {
	Runs      int    `json:"runs"`
	Bold      string `json:"bold"`
	Events    string `json:"events"`
	Confounds string `json:"confounds"` // "": none
	Mask      string `json:"mask"`      // "": the voxels that vary in every run
}

func glmTask(name, what string, files func(b *bench) (glmFiles, error)) Task {
	t := Task{Name: name, Peers: []Peer{{Name: "nilearn", Script: "glm"}}, Args: map[string]any{"what": what, "jobs": 1}}
	if what == "ar1" {
		t.Peers = append(t.Peers, Peer{Name: "nilearn n_jobs", Script: "glm"})
	}
	t.Before = func(ctx context.Context, b *bench) (err error) {
		t.Args["files"], err = files(b)
		return err
	}
	t.Prepare = func() (func() error, func() []float64, error) {
		var args struct{ Files glmFiles }
		if err := told(&args); err != nil {
			return nil, nil, err
		}
		f := args.Files
		m := glm.FirstLevel{Raw: true}
		if what == "ols" {
			m.Noise = glm.White
		}
		var answer []float64
		work := func() error {
			runs, close, err := f.open()
			defer close()
			if err != nil {
				return err
			}
			if what == "design" {
				answer, err = designs(m, runs)
				return err
			}
			r, err := m.Fit(context.Background(), "person", runs...)
			if err != nil {
				return err
			}
			c, err := r.Contrast(analysis.Contrast{Name: "houses", Prefer: []string{"house"}, Over: []string{"face"}})
			if err != nil {
				return err
			}
			answer = c.T
			return nil
		}
		return work, func() []float64 { return answer }, nil
	}
	return t
}

// open returns the runs, and what closes their files.
func (f glmFiles) open() (runs []glm.Run, close func(), err error) {
	var images []*dataset.NIfTI
	close = func() {
		for _, n := range images {
			n.Close()
		}
	}
	var masks [][]bool
	for r := 1; r <= f.Runs; r++ {
		n, err := dataset.OpenNIfTI(fmt.Sprintf(f.Bold, r))
		if err != nil {
			return nil, close, err
		}
		images = append(images, n)
		if r == 1 && f.Mask != "" {
			mask, err := dataset.ReadMask(f.Mask, n)
			if err != nil {
				return nil, close, err
			}
			masks = append(masks, mask)
		}
		run := glm.Run{Name: fmt.Sprintf("run-%02d", r), TR: n.TR}
		if run.Data, err = n.TimeCourses(masks...); err != nil {
			return nil, close, err
		}
		e, err := dataset.ReadEvents(fmt.Sprintf(f.Events, r), float64(n.Shape[3])*n.TR)
		if err != nil {
			return nil, close, err
		}
		run.Events = e.Rows
		if f.Confounds != "" {
			if run.ConfoundNames, run.Confounds, err = (dataset.Confounds{}).Read(fmt.Sprintf(f.Confounds, r), n.Shape[3]); err != nil {
				return nil, close, err
			}
		}
		runs = append(runs, run)
	}
	return runs, close, nil
}

// designs are the columns of the designs, in alphabetical order, run after run.
func designs(m glm.FirstLevel, runs []glm.Run) ([]float64, error) {
	var out []float64
	for _, r := range runs {
		n, _ := r.Data.Dims()
		d, err := m.Design(r, n)
		if err != nil {
			return nil, err
		}
		names := slices.Sorted(slices.Values(d.Columns))
		for _, name := range names {
			out = append(out, mat.Col(nil, slices.Index(d.Columns, name), d.X)...)
		}
	}
	return out, nil
}
