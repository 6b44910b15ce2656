package nbext

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

// A BIDS opens the runs of people for glm.FirstLevel: what dataset.BIDS finds
// in the folders, read.
//
//	lab := nb.BIDS{Folder: "mylab", Derivatives: "mylab/derivatives/fmriprep", Task: "floc", Space: "T1w", Confounds: dataset.Nuisance{Motion: 6}}
//	one := nb.Must(lab.Person("01"))
//	fit := nb.Must(one.Fit(ctx, glm.FirstLevel{}))
//
// It does what nilearn's first_level_from_bids does: the same runs and, by the
// same confounds, the same designs. Where that one takes its TR and its slice time
// from one file for all, these are each run's; where it takes voxels that are in half of
// the masks, these are in all; and no confounds are taken that are not asked for.
type BIDS struct {
	Folder      string // with the folders sub-…, and the tables of events
	Derivatives string // the folder of fMRIPrep's; empty: the raw runs

	Task, Space, Session string           // empty: the only one; of sessions, all
	More                 dataset.Entities // what else is asked for: Run, Resolution, Hemisphere …

	// Confounds are taken of the tables in Derivatives.
	Confounds dataset.Nuisance
}

// A Person is somebody's runs, open for a first-level model. Voxels of the
// model are those that are in the mask of every run, or all where there is no
// mask; in a run on a surface, voxels are vertices.
type Person struct {
	Name      string            // "sub-01"
	Runs      []glm.Run         // with events and confounds
	Files     []dataset.BIDSRun // where each comes from
	Voxels    []int             // of each voxel of the model where in the image it lies, rising
	SliceTime float64           // when within TR volumes count as measured; see dataset.BIDSRun
	Warnings  []error           // what a reader should know

	// Image is the header of the first run, which all have in common: shape and
	// affine, and what writes maps (WriteMap, WriteMask) and finds Hemispheres. On
	// a surface it has only a Shape, of vertices.
	Image dataset.NIfTIHeader
}

// layout is what is looked for.
func (b BIDS) layout() (dataset.BIDS, error) {
	e := b.More
	for _, f := range []struct {
		name  string
		value string
		to    *string
	}{{"Task", b.Task, &e.Task}, {"Space", b.Space, &e.Space}, {"Session", b.Session, &e.Session}} {
		if f.value != "" && *f.to != "" && f.value != *f.to {
			return dataset.BIDS{}, fmt.Errorf("nbext: BIDS: %s is %q, but More.%s is %q", f.name, f.value, f.name, *f.to)
		}
		*f.to = cmp.Or(f.value, *f.to)
	}
	return dataset.BIDS{Folder: b.Folder, Derivatives: b.Derivatives, Entities: e}, nil
}

// People returns the labels of everybody: "01", "02" …
func (b BIDS) People() ([]string, error) {
	l, err := b.layout()
	if err != nil {
		return nil, err
	}
	return l.People()
}

// Person opens the runs of somebody ("01"; empty: of the only one there is).
// Time courses are read later, when the model is fitted. It fails as
// dataset.BIDS.Runs, OpenNIfTI, ReadMask, ReadEvents and Nuisance.Read do; if
// a run has no events; if the TR of a run's JSON and that of its image differ, or
// neither says it; and with an *analysis.AlignmentError if images of runs
// differ in shape or place.
func (b BIDS) Person(label string) (*Person, error) {
	l, err := b.layout()
	if err != nil {
		return nil, err
	}
	files, err := l.Runs(label)
	if err != nil {
		return nil, err
	}
	p := &Person{Name: "sub-" + files[0].Subject, Files: files, SliceTime: files[0].SliceTime}
	masks, err := p.space()
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		p.Warnings = append(p.Warnings, f.Warnings...)
		if d := f.SliceTime - p.SliceTime; math.Abs(d) > 1e-6 {
			return nil, fmt.Errorf("nbext: BIDS: slices of %s were shifted to %.4g of the TR, those of %s to %.4g; runs of one model are measured alike: fit them apart", f.Path, f.SliceTime, files[0].Path, p.SliceTime)
		}
		run, err := p.run(i, b, masks)
		if err != nil {
			return nil, err
		}
		p.Runs = append(p.Runs, run)
	}
	return p, nil
}

// space finds the voxels that all runs have in common.
func (p *Person) space() (masks [][]bool, err error) {
	without := ""
	for i, f := range p.Files {
		h, err := header(f.Path)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			p.Image = h.NIfTIHeader
			p.Image.Warnings = nil
		}
		if err := alike(p.Image, h.NIfTIHeader); err != nil {
			return nil, err
		}
		if f.Mask == "" {
			without = f.Path
			continue
		}
		m, err := dataset.ReadMask(f.Mask, h)
		if err != nil {
			return nil, err
		}
		if len(masks) == 0 {
			masks = [][]bool{m}
		}
		for v := range m {
			masks[0][v] = masks[0][v] && m[v]
		}
	}
	if len(masks) == 0 && p.Files[0].Hemisphere == "" {
		p.Warnings = append(p.Warnings, fmt.Errorf("nbext: BIDS: no run of %s has a mask of the brain: every voxel of the image is in the model", p.Name))
	} else if without != "" && len(masks) > 0 {
		p.Warnings = append(p.Warnings, fmt.Errorf("nbext: BIDS: %s has no mask of the brain: those of the other runs hold for it", without))
	}
	for v := range p.Image.Voxels() {
		if len(masks) == 0 || masks[0][v] {
			p.Voxels = append(p.Voxels, v)
		}
	}
	if len(p.Voxels) == 0 {
		return nil, fmt.Errorf("nbext: BIDS: no voxel of %s is in the masks of all %d runs", p.Name, len(p.Files))
	}
	return masks, nil
}

// header reads what a run says of itself.
func header(path string) (*dataset.NIfTI, error) {
	if strings.HasSuffix(path, ".gii") {
		s, err := dataset.OpenSurface(path)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		return &dataset.NIfTI{NIfTIHeader: dataset.NIfTIHeader{File: path, Shape: [4]int{s.Vertices, 1, 1, s.Frames}, TR: s.TR, Warnings: s.Warnings}}, nil
	}
	n, err := dataset.OpenNIfTI(path)
	if err != nil {
		return nil, err
	}
	return n, n.Close()
}

// alike says how two runs differ in shape or place.
func alike(a, b dataset.NIfTIHeader) error {
	if [3]int(a.Shape[:3]) != [3]int(b.Shape[:3]) {
		return &analysis.AlignmentError{What: fmt.Sprintf("nbext: BIDS: %s has %v voxels, %s %v; runs of one model must be resampled to one grid", b.File, b.Shape[:3], a.File, a.Shape[:3])}
	}
	for i := range 3 {
		for j := range 4 {
			if math.Abs(a.Affine[i][j]-b.Affine[i][j]) > 0.01 {
				return &analysis.AlignmentError{What: fmt.Sprintf("nbext: BIDS: %s and %s lie in different places (affine, row %d, column %d: %v against %v); align the runs, as fMRIPrep does, and give its folder as Derivatives", b.File, a.File, i, j, b.Affine[i][j], a.Affine[i][j])}
			}
		}
	}
	return nil
}

// run opens run i.
func (p *Person) run(i int, b BIDS, masks [][]bool) (glm.Run, error) {
	f := p.Files[i]
	var none glm.Run
	h, err := header(f.Path)
	if err != nil {
		return none, err
	}
	series, err := openCourses(f.Path, masks...)
	if err != nil {
		return none, err
	}
	run := glm.Run{Name: f.Name, TR: f.TR, Data: series}
	// What the header doubts of its TR does not matter if the JSON says it.
	switch {
	case f.TR == 0 && h.TR == 0:
		return none, fmt.Errorf("nbext: BIDS: neither a JSON beside %s (%s) nor the image says the time between volumes; write RepetitionTime into the JSON", f.Path, cmp.Or(strings.Join(f.Sidecars, ", "), "there is none"))
	case f.TR == 0:
		run.TR = h.TR
		p.Warnings = append(p.Warnings, h.Warnings...)
		p.Warnings = append(p.Warnings, fmt.Errorf("nbext: BIDS: no JSON says the RepetitionTime of %s; the image says %v s", f.Path, h.TR))
	case h.TR > 0 && math.Abs(f.TR-h.TR) > 0.001:
		return none, fmt.Errorf("nbext: BIDS: RepetitionTime is %v s by %s, but the header of %s says %v s (pixdim[4]); find out which is true and mend the other", f.TR, strings.Join(f.Sidecars, ", "), f.Path, h.TR)
	}
	if f.Events == "" {
		if b.Folder == "" {
			return none, errors.New("nbext: BIDS: tables of events lie in the raw data set; give its Folder")
		}
		return none, fmt.Errorf("nbext: BIDS: %s has no table of events: no …_events.tsv whose entities are the run's (%s) is in %s, its folder sub-%s, or below", f.Path, f.Name, b.Folder, f.Subject)
	}
	events, err := dataset.ReadEvents(f.Events, float64(series.volumes)*run.TR)
	if err != nil {
		return none, err
	}
	run.Events = events.Rows
	p.Warnings = append(p.Warnings, events.Warnings...)
	if f.Confounds == "" {
		if b.Confounds != (dataset.Nuisance{}) {
			return none, fmt.Errorf("nbext: BIDS: there is no table of confounds of %s; expected …_desc-confounds_timeseries.tsv beside it: give Derivatives, or no Confounds", f.Path)
		}
		return run, nil
	}
	run.ConfoundNames, run.Confounds, err = b.Confounds.Read(f.Confounds, series.volumes)
	return run, err
}
