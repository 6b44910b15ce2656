package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/analysis"
)

// A BIDS is a data set in the layout of the Brain Imaging Data Structure: where
// it is, and which of its runs are wanted. It is read by names alone, and no
// file is opened but the JSON beside a run.
//
//	dataset.BIDS{Folder: "mylab", Derivatives: "mylab/derivatives/fmriprep", Entities: dataset.Entities{Task: "floc", Space: "T1w"}}
//
// Without Derivatives the runs are raw. Of the entities that are not asked
// for, Subject, Session and Run stand for all there are; each other must have
// one value among the runs, or it must be given. Two have a default: the
// Description is "preproc" where there is one, and the magnitude stands for a run
// that has phase, too (Part).
//
// What lies beside a run is found by the principle of inheritance: a table of
// events or a JSON file holds for a run if its folder is the run's or one above,
// and each of its entities is one of the run's. Nearer folders come first,
// within a folder the name with more entities.
//
// The layout: https://bids-specification.readthedocs.io (1.10), fMRIPrep's
// outputs: https://fmriprep.org/en/stable/outputs.html.
type BIDS struct {
	Folder      string // with the folders sub-…
	Derivatives string // the folder of what fMRIPrep, or another, made of it; empty: raw runs
	Entities
}

// A BIDSRun is a run and what lies beside it. Paths that are empty have not
// been found.
type BIDSRun struct {
	Entities        // of the file
	Name     string // what its name says of the run: "ses-1_task-floc_run-2"
	Path     string // the time course: .nii, .nii.gz or, of a hemisphere, .func.gii
	Raw      string // where Path is preprocessed, the raw run

	Events        string   // events.tsv
	Mask          string   // desc-brain_mask
	Confounds     string   // desc-confounds_timeseries.tsv, or as older versions call it
	Segmentations []string // …_dseg, in the run's space

	Sidecars []string // the JSON files that hold for it, nearest first

	// TR is the RepetitionTime in seconds, 0 where no JSON says it, and
	// StartTime the moment within it to which slices were shifted, as fMRIPrep
	// notes it; Shifted is false where nothing says so. SliceTime, for
	// glm.FirstLevel, is StartTime/TR, and 0 where nothing is said, as nilearn
	// has it.
	TR, StartTime, SliceTime float64
	Shifted                  bool

	Warnings []error
}

// People returns who is there, by their labels ("01"), in the order of the
// names: who has a folder in Derivatives, or in Folder where there are none.
func (b BIDS) People() ([]string, error) {
	t, err := b.open()
	if err != nil {
		return nil, err
	}
	return t.people()
}

// Runs returns the runs of a person ("01"; empty stands for Subject, or for the
// only one there is) by session and run. It fails if there is none, if several
// files fit and something must be asked for (the error names what), if a file
// that is found is a link to nowhere, and if a JSON file cannot be read.
func (b BIDS) Runs(person string) ([]BIDSRun, error) {
	t, err := b.open()
	if err != nil {
		return nil, err
	}
	if person, err = t.person(person); err != nil {
		return nil, err
	}
	return t.runs(person)
}

// Found returns the values that an entity takes among the runs of everybody,
// in the order of their names, whatever is asked for of that entity. Files that
// do not have it are "-" (Without). entity is the field: "Task", "Space",
// "Session", "Description".
func (b BIDS) Found(entity string) ([]string, error) {
	key := ""
	for k, f := range entityFields {
		if f == entity {
			key = k
		}
	}
	if key == "" {
		return nil, fmt.Errorf("dataset: BIDS: there is no entity %q; it is a field of Entities such as Task or Space", clip(entity))
	}
	t, err := b.open()
	if err != nil {
		return nil, err
	}
	people, err := t.people()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range people {
		names, err := t.bold(p)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			v := n.get(key)
			if v == "" {
				v = Without
			}
			if t.fitting(n, key) && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// bidsMost is how many names a data set may have in the folders that are read;
// 10⁶ are some 1000 people with 100 runs each.
const bidsMost = 1 << 20

// A bidsTree is a data set that is being read. It keeps the names of the
// folders that it has read. None is deeper than sub-…/ses-…/func, so that
// links that lead in circles lead nowhere.
type bidsTree struct {
	BIDS
	folders map[string][]bidsName
	names   int
}

func (b BIDS) open() (*bidsTree, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	if b.Folder == "" && b.Derivatives == "" {
		return nil, errors.New("dataset: BIDS: give the Folder with the folders sub-…")
	}
	for _, dir := range []string{b.Folder, b.Derivatives} {
		if dir == "" {
			continue
		}
		info, err := os.Stat(dir)
		if err != nil {
			if inside := filepath.Join(b.Folder, dir); dir == b.Derivatives && isFolder(inside) {
				return nil, fmt.Errorf("dataset: BIDS: Derivatives is %s, which is not there, but %s is; give that", clip(dir), clip(inside))
			}
			return nil, fmt.Errorf("dataset: BIDS: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("dataset: BIDS: %s is not a folder", clip(dir))
		}
	}
	return &bidsTree{BIDS: b, folders: map[string][]bidsName{}}, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// root is where the runs are.
func (t *bidsTree) root() string {
	if t.Derivatives != "" {
		return t.Derivatives
	}
	return t.Folder
}

// people are the labels of the folders sub-….
func (t *bidsTree) people() ([]string, error) {
	out, err := t.labelled(t.root(), "sub")
	if err != nil {
		return nil, err
	}
	if want := t.Subject; want != "" {
		if !slices.Contains(out, want) {
			return nil, t.nobody(want, out)
		}
		return []string{want}, nil
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("dataset: BIDS: %s has no folder sub-…; give the folder that has them%s", t.root(), t.below())
	}
	return out, nil
}

// below names folders with people one level down: the usual slip is to give
// derivatives for derivatives/fmriprep.
func (t *bidsTree) below() string {
	entries, _ := os.ReadDir(t.root())
	for _, e := range entries[:min(len(entries), 100)] {
		dir := filepath.Join(t.root(), e.Name())
		if found, err := t.labelled(dir, "sub"); err == nil && len(found) > 0 {
			return fmt.Sprintf(", such as %s", clip(dir))
		}
	}
	return ""
}

func (t *bidsTree) nobody(want string, have []string) error {
	for _, h := range have {
		if strings.EqualFold(h, want) || "sub-"+h == want {
			return fmt.Errorf("dataset: BIDS: %s has no sub-%s, but sub-%s; give %q: names tell capitals from small letters", t.root(), clip(want), h, h)
		}
	}
	if len(have) == 0 {
		return fmt.Errorf("dataset: BIDS: %s has no folder sub-%s, nor anybody's; give the folder that has them%s", t.root(), clip(want), t.below())
	}
	return fmt.Errorf("dataset: BIDS: %s has no folder sub-%s; there are %s", t.root(), clip(want), analysis.Few(have, 8))
}

// person is the one that is asked for.
func (t *bidsTree) person(label string) (string, error) {
	if label != "" {
		if t.Subject != "" && t.Subject != label {
			return "", fmt.Errorf("dataset: BIDS: the runs of %q are asked for, but Subject is %q", clip(label), t.Subject)
		}
		t.Subject = strings.TrimPrefix(label, "sub-")
	}
	have, err := t.people()
	if err != nil {
		return "", err
	}
	if len(have) > 1 {
		return "", fmt.Errorf("dataset: BIDS: %s has %d people; say whose runs: %s", t.root(), len(have), analysis.Few(have, 8))
	}
	return have[0], nil
}

// labelled returns the labels of the folders key-… in a folder, sorted.
func (t *bidsTree) labelled(dir, key string) ([]string, error) {
	var out []string
	err := t.read(dir, func(e fs.DirEntry) {
		label, ok := strings.CutPrefix(e.Name(), key+"-")
		if ok && isLabel(label) && (e.IsDir() || e.Type()&fs.ModeSymlink != 0 && isFolder(filepath.Join(dir, e.Name()))) {
			out = append(out, label)
		}
	})
	slices.Sort(out)
	return out, err
}

// read shows the entries of a folder; nothing if it is not there.
func (t *bidsTree) read(dir string, show func(fs.DirEntry)) error {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dataset: BIDS: %w", err)
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(1024)
		if t.names += len(entries); t.names > bidsMost {
			return fmt.Errorf("dataset: BIDS: %s has more than %d names in its folders; is it a data set?", t.root(), bidsMost)
		}
		for _, e := range entries {
			show(e)
		}
		if len(entries) == 0 || err != nil {
			return nil
		}
	}
}

// files are the names in a folder that BIDS knows, in their order.
func (t *bidsTree) files(dir string) ([]bidsName, error) {
	if names, ok := t.folders[dir]; ok {
		return names, nil
	}
	var names []bidsName
	err := t.read(dir, func(e fs.DirEntry) {
		if n, ok := parseBIDSName(e.Name()); ok && !e.IsDir() {
			n.path = filepath.Join(dir, e.Name())
			names = append(names, n)
		}
	})
	slices.SortFunc(names, func(a, b bidsName) int { return strings.Compare(a.path, b.path) })
	t.folders[dir] = names
	return names, err
}
