package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fusiform/analysis"
)

// bold returns the time courses of a person, whatever is asked for of them.
func (t *bidsTree) bold(person string) ([]bidsName, error) {
	sub := filepath.Join(t.root(), "sub-"+person)
	sessions, err := t.labelled(sub, "ses")
	if err != nil {
		return nil, err
	}
	dirs := []string{filepath.Join(sub, "func")}
	for _, s := range sessions {
		dirs = append(dirs, filepath.Join(sub, "ses-"+s, "func"))
	}
	var out []bidsName
	for _, dir := range dirs {
		names, err := t.files(dir)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if n.suffix == "bold" && n.get("sub") == person && slices.Contains([]string{".nii", ".nii.gz", ".func.gii", ".dtseries.nii"}, n.ext) {
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// fitting reports whether a run is as asked for, save for one entity.
func (t *bidsTree) fitting(n bidsName, save string) bool {
	for key, label := range t.asked() {
		if key != "sub" && key != save && !n.fits(key, label) {
			return false
		}
	}
	return true
}

// runs returns the runs of a person that are asked for.
func (t *bidsTree) runs(person string) ([]BIDSRun, error) {
	all, err := t.bold(person)
	if err != nil {
		return nil, err
	}
	names := slices.DeleteFunc(slices.Clone(all), func(n bidsName) bool { return !t.fitting(n, "") })
	if t.Description == "" && slices.ContainsFunc(names, func(n bidsName) bool { return n.get("desc") == "preproc" }) {
		names = slices.DeleteFunc(names, func(n bidsName) bool { return n.get("desc") != "preproc" })
	}
	magnitude := func(n bidsName) bool { return n.get("part") == "" || n.get("part") == "mag" }
	if t.Part == "" && slices.ContainsFunc(names, magnitude) {
		names = slices.DeleteFunc(names, func(n bidsName) bool { return !magnitude(n) })
	}
	cifti := func(n bidsName) bool { return n.ext == ".dtseries.nii" }
	if slices.ContainsFunc(names, cifti) && slices.ContainsFunc(names, func(n bidsName) bool { return !cifti(n) }) {
		names = slices.DeleteFunc(names, cifti)
	}
	if len(names) == 0 {
		return nil, t.none(person, all)
	}
	if i := slices.IndexFunc(names, cifti); i >= 0 {
		return nil, fmt.Errorf("dataset: BIDS: %s is CIFTI, which is not read; run fMRIPrep with a surface (--output-spaces fsaverage) or a volume, or take the file apart (wb_command -cifti-separate)", names[i].path)
	}
	if err := t.oneOf(names); err != nil {
		return nil, err
	}
	slices.SortStableFunc(names, func(a, b bidsName) int {
		return cmp.Or(countingOrder(a.get("ses"), b.get("ses")), countingOrder(a.get("run"), b.get("run")), strings.Compare(a.path, b.path))
	})
	var out []BIDSRun
	for _, n := range names {
		r, err := t.beside(n)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// countingOrder compares labels: numbers by what they count, before others.
func countingOrder(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Compare(x, y)
	case errX == nil && b != "":
		return -1
	case errY == nil && a != "":
		return 1
	}
	return strings.Compare(a, b)
}

// none says why no run fits: what there is, and what of it does not fit.
func (t *bidsTree) none(person string, all []bidsName) error {
	where := filepath.Join(t.root(), "sub-"+person, "func")
	if sessions, err := t.labelled(filepath.Dir(where), "ses"); err == nil && len(sessions) > 0 {
		where = filepath.Join(t.root(), "sub-"+person, "ses-"+sessions[0]+"…", "func")
	}
	if len(all) == 0 {
		return fmt.Errorf("dataset: BIDS: there is no …_bold.nii, .nii.gz or .func.gii of sub-%s; looked in %s", person, where)
	}
	asked := t.asked()
	for _, key := range slices.Sorted(maps.Keys(asked)) {
		if key == "sub" || slices.ContainsFunc(all, func(n bidsName) bool { return n.fits(key, asked[key]) }) {
			continue
		}
		field, have := entityFields[key], labelsOf(all, key)
		for _, h := range have {
			if strings.EqualFold(h, asked[key]) {
				return fmt.Errorf("dataset: BIDS: no run of sub-%s has %s %q, but %q; names tell capitals from small letters", person, field, asked[key], h)
			}
		}
		if t.Derivatives == "" && slices.Contains([]string{"space", "res", "den", "desc", "hemi"}, key) {
			return fmt.Errorf("dataset: BIDS: raw runs have no %s; give Derivatives, or leave it empty", field)
		}
		return fmt.Errorf("dataset: BIDS: no run of sub-%s has %s %q; there are %s (looked in %s)", person, field, asked[key], analysis.Few(have, 8), where)
	}
	var what []string
	for _, key := range slices.Sorted(maps.Keys(asked)) {
		if key != "sub" {
			what = append(what, entityFields[key]+" "+asked[key])
		}
	}
	return fmt.Errorf("dataset: BIDS: sub-%s has %d runs, but none with %s together; the first is %s", person, len(all), strings.Join(what, ", "), all[0].path)
}

// labelsOf are the labels of a key, sorted; Without where there is none.
func labelsOf(names []bidsName, key string) []string {
	var out []string
	for _, n := range names {
		v := n.get(key)
		if v == "" {
			v = Without
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// oneOf says what must be asked for: what all runs must have in common, and
// what tells two files of one run apart.
func (t *bidsTree) oneOf(names []bidsName) error {
	for _, key := range []string{"task", "desc", "space", "cohort", "res", "den", "hemi", "echo", "part"} {
		have := labelsOf(names, key)
		if len(have) == 1 {
			continue
		}
		remedy := ""
		switch {
		case key == "echo" && t.Derivatives == "":
			remedy = ": echoes are not combined here; fMRIPrep does it (give Derivatives), or choose one"
		case key == "hemi":
			remedy = ": a model is of one hemisphere's vertices"
		}
		return fmt.Errorf("dataset: BIDS: %d files of sub-%s fit, with %s %s; give %[3]s%[5]s", len(names), names[0].get("sub"), entityFields[key], analysis.Few(have, 8), remedy)
	}
	type run struct{ session, run string }
	seen := map[run]bidsName{}
	for _, n := range names {
		k := run{n.get("ses"), cmp.Or(digitsOnly(n.get("run")), n.get("run"))}
		first, twice := seen[k]
		if !twice {
			seen[k] = n
			continue
		}
		for _, key := range append(slices.Clone(first.keys), n.keys...) {
			if first.get(key) == n.get(key) {
				continue
			}
			if field := entityFields[key]; field != "" {
				return fmt.Errorf("dataset: BIDS: two files of one run fit: %s and %s; give %s: %s", first.path, n.path, field, analysis.Few(labelsOf([]bidsName{first, n}, key), 8))
			}
			return fmt.Errorf("dataset: BIDS: two files of one run fit: %s and %s, which differ in %q; move one of them away", first.path, n.path, key)
		}
		return fmt.Errorf("dataset: BIDS: two files of one run fit: %s and %s; remove one", first.path, n.path)
	}
	return nil
}

// beside finds what lies beside a run.
func (t *bidsTree) beside(n bidsName) (BIDSRun, error) {
	r := BIDSRun{Entities: n.entities(), Name: n.name(), Path: n.path}
	if err := there(n.path); err != nil {
		return r, err
	}
	if t.Folder != "" {
		raw, err := t.inherited(t.Folder, n, "events", ".tsv")
		if err != nil {
			return r, err
		}
		if len(raw) > 0 {
			r.Events = raw[0].path
		}
	}
	if t.Derivatives != "" {
		if err := t.derivatives(n, &r); err != nil {
			return r, err
		}
	}
	return r, t.describe(n, &r)
}

// derivatives finds what preprocessing left beside a run.
func (t *bidsTree) derivatives(n bidsName, r *BIDSRun) error {
	names, err := t.files(filepath.Dir(n.path))
	if err != nil {
		return err
	}
	var masks, confounds []bidsName
	image := func(m bidsName) bool { return m.ext == ".nii" || m.ext == ".nii.gz" }
	for _, m := range names {
		same := m.appliesTo(n, "desc", "seg", "atlas", "label") && n.appliesTo(m, "desc")
		switch {
		case m.suffix == "mask" && image(m) && same && m.get("label") == "" && (m.get("desc") == "brain" || m.get("desc") == ""):
			masks = append(masks, m)
		case m.suffix == "dseg" && image(m) && same:
			r.Segmentations = append(r.Segmentations, m.path)
		case m.ext == ".tsv" && m.appliesTo(n, "desc") && (m.suffix == "confounds" || m.get("desc") == "confounds" && (m.suffix == "timeseries" || m.suffix == "regressors")):
			confounds = append(confounds, m)
		}
	}
	if r.Mask, err = only(masks, "masks"); err != nil {
		return err
	}
	if r.Confounds, err = only(nearest(confounds), "tables of confounds"); err != nil {
		return err
	}
	if t.Folder == "" {
		return nil
	}
	// The raw run has the derivative's entities, but for what preprocessing added.
	dir := filepath.Join(t.Folder, "sub-"+n.get("sub"))
	if s := n.get("ses"); s != "" {
		dir = filepath.Join(dir, "ses-"+s)
	}
	raw, err := t.files(filepath.Join(dir, "func"))
	if err != nil {
		return err
	}
	for _, m := range raw {
		if m.suffix == "bold" && image(m) && m.appliesTo(n) && n.appliesTo(m, "space", "cohort", "res", "den", "desc", "hemi") {
			r.Raw = m.path
		}
	}
	return nil
}

// only is the path of the one that there is; empty without any.
func only(names []bidsName, what string) (string, error) {
	switch len(names) {
	case 0:
		return "", nil
	case 1:
		return names[0].path, nil
	}
	return "", fmt.Errorf("dataset: BIDS: two %s fit a run: %s and %s; move one of them away", what, names[0].path, names[1].path)
}

// nearest keeps those that say most of the run.
func nearest(names []bidsName) []bidsName {
	says := func(n bidsName) int {
		return len(slices.DeleteFunc(slices.Clone(n.keys), func(key string) bool { return key == "desc" }))
	}
	most := 0
	for _, n := range names {
		most = max(most, says(n))
	}
	return slices.DeleteFunc(names, func(n bidsName) bool { return says(n) < most })
}

// there says whether the content of a file is there: data sets that datalad
// keeps have links in its place until it is asked for.
func there(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is a folder or a device, not a file")
	}
	if err == nil {
		return nil
	}
	if link, e := os.Readlink(path); e == nil {
		if strings.Contains(filepath.ToSlash(link), ".git/annex/") {
			return fmt.Errorf("dataset: BIDS: the content of %s is not here; fetch it (datalad get)", path)
		}
		return fmt.Errorf("dataset: BIDS: %s is a link to %s, which cannot be read: %w", path, clip(link), err)
	}
	return fmt.Errorf("dataset: BIDS: %s: %w", path, err)
}
