package nbext

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
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

	// Except are runs that are left out, each by some parts of its name:
	// "sub-03_run-3", "sub-07_ses-post", "sub-09" (all of this person's), "acq-old".
	// One that is no run's is an error.
	Except []string

	// Within are masks in the space of the runs: only voxels in all of them are in the
	// model. In a path, "sub-*" stands for the person. On a surface they are the files
	// of Person.Mask, all of whose regions are meant.
	Within []string

	// Confounds are taken of the tables in Derivatives.
	Confounds dataset.Nuisance
}

// A Person is somebody's runs, open for a first-level model. Voxels of the
// model are those that are in the mask of every run, or all where there is no
// mask; in a run on a surface, voxels are vertices. Those that are NaN or infinite in
// the first volume of a run, as fMRIPrep's medial wall may be, are left out, with a
// warning; one that becomes so later is an error of Fit.
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

	excepted []bool // which entries of BIDS.Except were runs of this person
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
	found, err := l.Runs(label)
	if err != nil {
		return nil, err
	}
	files, excepted, err := b.without(found)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("nbext: BIDS: Except leaves no run of sub-%s", found[0].Subject)
	}
	p := &Person{Name: "sub-" + files[0].Subject, Files: files, SliceTime: files[0].SliceTime, excepted: excepted}
	headers, masks, err := p.space(b.Within)
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		p.Warnings = append(p.Warnings, f.Warnings...)
		if d := f.SliceTime - p.SliceTime; math.Abs(d) > 1e-6 {
			return nil, fmt.Errorf("nbext: BIDS: slices of %s were shifted to %.4g of the TR, those of %s to %.4g; runs of one model are measured alike: fit them apart", f.Path, f.SliceTime, files[0].Path, p.SliceTime)
		}
		run, err := p.run(i, b, headers[i], masks)
		if err != nil {
			return nil, err
		}
		p.Runs = append(p.Runs, run)
	}
	return p, nil
}

// space finds the voxels that all runs have in common, and what the runs say of
// themselves.
func (p *Person) space(wanted []string) (headers []*dataset.NIfTI, masks [][]bool, err error) {
	without := ""
	var within, missing []bool // in the masks, without a number in some first volume
	nowhere := ""              // a run with such
	for i, f := range p.Files {
		h, first, err := begin(f.Path)
		if err != nil {
			return nil, nil, err
		}
		headers = append(headers, h)
		if i == 0 {
			p.Image = h.NIfTIHeader
			p.Image.Warnings = nil
			missing = make([]bool, len(first))
		}
		if err := alike(p.Image, h.NIfTIHeader); err != nil {
			return nil, nil, err
		}
		for v, x := range first {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				missing[v] = true
			}
		}
		if f.Mask == "" {
			without = f.Path
		} else {
			m, err := dataset.ReadMask(f.Mask, h)
			if err != nil {
				return nil, nil, err
			}
			if within == nil {
				within = m
			}
			for v := range m {
				within[v] = within[v] && m[v]
			}
		}
		if nowhere == "" && slices.Contains(missing, true) {
			nowhere = f.Path
		}
	}
	if within == nil && p.Files[0].Hemisphere == "" {
		p.Warnings = append(p.Warnings, fmt.Errorf("nbext: BIDS: no run of %s has a mask of the brain: every voxel of the image is in the model", p.Name))
	} else if without != "" && within != nil {
		p.Warnings = append(p.Warnings, fmt.Errorf("nbext: BIDS: %s has no mask of the brain: those of the other runs hold for it", without))
	}
	left := 0
	keep := make([]bool, len(missing))
	for v := range keep {
		keep[v] = within == nil || within[v]
	}
	for _, path := range wanted {
		m, err := p.mask(strings.ReplaceAll(path, "sub-*", p.Name))
		if err != nil {
			return nil, nil, err
		}
		for v := range keep {
			keep[v] = keep[v] && m[v]
		}
	}
	for v := range keep {
		if keep[v] && missing[v] {
			keep[v] = false
			left++
		}
		if keep[v] {
			p.Voxels = append(p.Voxels, v)
		}
	}
	if left > 0 {
		p.Warnings = append(p.Warnings, fmt.Errorf("nbext: BIDS: %d of %d voxels of %s have no number in the first volume of a run (%s, perhaps others) and are left out", left, left+len(p.Voxels), p.Name, nowhere))
	}
	if len(p.Voxels) == 0 {
		return nil, nil, fmt.Errorf("nbext: BIDS: no voxel of %s is in the masks of all %d runs%s and has a number in each", p.Name, len(p.Files), map[bool]string{true: " and in Within"}[len(wanted) > 0])
	}
	if len(p.Voxels) < len(keep) {
		masks = [][]bool{keep}
	}
	return headers, masks, nil
}

// begin reads what a run says of itself, and its first volume.
func begin(path string) (*dataset.NIfTI, []float64, error) {
	if strings.HasSuffix(path, ".gii") {
		s, err := dataset.OpenSurface(path)
		if err != nil {
			return nil, nil, err
		}
		defer s.Close()
		first, err := s.Frame(0, nil)
		return &dataset.NIfTI{NIfTIHeader: dataset.NIfTIHeader{File: path, Shape: [4]int{s.Vertices, 1, 1, s.Frames}, TR: s.TR, Warnings: s.Warnings}}, first, err
	}
	n, err := dataset.OpenNIfTI(path)
	if err != nil {
		return nil, nil, err
	}
	first, err := n.Volume(0, nil)
	return n, first, errors.Join(err, n.Close())
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
func (p *Person) run(i int, b BIDS, h *dataset.NIfTI, masks [][]bool) (glm.Run, error) {
	f := p.Files[i]
	var none glm.Run
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
		return none, fmt.Errorf("nbext: BIDS: %s has no table of events: no …_events.tsv whose entities are the run's (%s) is in %s, its folder sub-%s, or below; write it, or leave the run out: Except: []string{%q}", f.Path, f.Name, b.Folder, f.Subject, "sub-"+f.Subject+"_"+f.Name)
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
