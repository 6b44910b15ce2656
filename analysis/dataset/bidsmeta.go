package dataset

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// inherited returns the files with a suffix and an extension that hold for a
// run, the nearest first: those in the folder of the run, in that of the
// session, of the person, and of the data set. Two in one folder of which
// neither says more than the other are an error.
func (t *bidsTree) inherited(root string, n bidsName, suffix, ext string) ([]bidsName, error) {
	person := filepath.Join(root, "sub-"+n.get("sub"))
	dirs := []string{filepath.Join(person, "func"), person, root}
	if s := n.get("ses"); s != "" {
		session := filepath.Join(person, "ses-"+s)
		dirs = append([]string{filepath.Join(session, "func"), session}, dirs...)
	}
	var out []bidsName
	for _, dir := range dirs {
		names, err := t.files(dir)
		if err != nil {
			return nil, err
		}
		var here []bidsName
		for _, m := range names {
			if m.suffix == suffix && m.ext == ext && m.appliesTo(n) {
				here = append(here, m)
			}
		}
		slices.SortStableFunc(here, func(a, b bidsName) int { return cmp.Compare(len(b.keys), len(a.keys)) })
		for i := 1; i < len(here); i++ {
			if !here[i].appliesTo(here[i-1]) || len(here[i].keys) == len(here[i-1].keys) {
				return nil, fmt.Errorf("dataset: BIDS: both %s and %s hold for %s, and neither says more of it; move one of them away", here[i-1].path, here[i].path, n.path)
			}
		}
		out = append(out, here...)
	}
	return out, nil
}

// maxSidecar is the largest JSON file beside a run that is read: the largest
// of fMRIPrep's, with hundreds of components, have a few hundred kB.
const maxSidecar = 4 << 20

// A sidecar is what is read of the JSON file beside a run.
type sidecar struct {
	RepetitionTime, StartTime *float64
	VolumeTiming              json.RawMessage
	SliceTimingCorrected      *bool
}

// readSidecar reads a JSON file, of a stated size at most.
func readSidecar(path string) (s sidecar, err error) {
	if err := there(path); err != nil {
		return s, err
	}
	f, err := os.Open(path)
	if err != nil {
		return s, fmt.Errorf("dataset: BIDS: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSidecar+1))
	if err != nil {
		return s, fmt.Errorf("dataset: BIDS: %w", err)
	}
	return parseSidecar(path, b)
}

func parseSidecar(path string, b []byte) (s sidecar, err error) {
	if len(b) > maxSidecar {
		return s, &FieldError{File: path, Err: fmt.Errorf("has more than %d bytes, too many for what stands beside a run", maxSidecar)}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return s, &FieldError{File: path, Err: fmt.Errorf("is not JSON as BIDS has it, an object: %w", err)}
	}
	for _, f := range []struct {
		name string
		to   any
		want string
	}{
		{"RepetitionTime", &s.RepetitionTime, "a number of seconds"}, {"StartTime", &s.StartTime, "a number of seconds"}, {"SliceTimingCorrected", &s.SliceTimingCorrected, "true or false"},
	} {
		if raw, ok := fields[f.name]; ok {
			if err := json.Unmarshal(raw, f.to); err != nil {
				return s, &FieldError{path, f.name, fmt.Errorf("is %s, must be %s", clip(string(raw)), f.want)}
			}
		}
	}
	s.VolumeTiming = fields["VolumeTiming"]
	if x := s.RepetitionTime; x != nil && !(*x > 0 && *x <= 60) {
		return s, &FieldError{path, "RepetitionTime", fmt.Errorf("is %v, must be above 0 and at most 60: the time between volumes in seconds", *x)}
	}
	if x := s.StartTime; x != nil && (!(*x >= 0) || math.IsInf(*x, 0)) {
		return s, &FieldError{path, "StartTime", fmt.Errorf("is %v, must be at least 0: seconds within the repetition time", *x)}
	}
	return s, nil
}

// describe takes what the JSON files say of a run, the nearest first, those of
// the derivatives before the raw ones.
func (t *bidsTree) describe(n bidsName, r *BIDSRun) error {
	var files []bidsName
	for _, root := range []string{t.Derivatives, t.Folder} {
		if root == "" {
			continue
		}
		found, err := t.inherited(root, n, "bold", ".json")
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	var all sidecar
	for _, f := range files {
		s, err := readSidecar(f.path)
		if err != nil {
			return err
		}
		r.Sidecars = append(r.Sidecars, f.path)
		all.RepetitionTime = cmp.Or(all.RepetitionTime, s.RepetitionTime)
		all.StartTime = cmp.Or(all.StartTime, s.StartTime)
		all.SliceTimingCorrected = cmp.Or(all.SliceTimingCorrected, s.SliceTimingCorrected)
		if all.VolumeTiming == nil {
			all.VolumeTiming = s.VolumeTiming
		}
	}
	switch {
	case all.RepetitionTime != nil:
		r.TR = *all.RepetitionTime
	case all.VolumeTiming != nil:
		return &FieldError{r.Sidecars[0], "VolumeTiming", errors.New("says that volumes are not evenly spaced, which the model does not have; there is no RepetitionTime")}
	}
	if all.StartTime == nil {
		if c := all.SliceTimingCorrected; t.Derivatives != "" && (c == nil || *c) {
			r.Warnings = append(r.Warnings, fmt.Errorf("dataset: BIDS: %s: no JSON says to which moment slices were shifted (StartTime); volumes count as measured at the beginning of their TR", n.path))
		}
		return nil
	}
	r.StartTime, r.Shifted = *all.StartTime, true
	if r.TR > 0 {
		if r.StartTime > r.TR {
			return &FieldError{r.Sidecars[0], "StartTime", fmt.Errorf("is %v s, after the end of the repetition time of %v s", r.StartTime, r.TR)}
		}
		r.SliceTime = r.StartTime / r.TR
	}
	return nil
}
