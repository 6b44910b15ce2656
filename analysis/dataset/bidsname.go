package dataset

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Entities are what a BIDS file name says of its file, label by label:
// sub-01_task-floc_run-2_space-T1w_desc-preproc_bold.nii.gz is of Subject "01",
// Task "floc", Run "2", Space "T1w", Description "preproc". Asked for in BIDS,
// an empty one stands for all, or for the only one; Without asks for the files
// that have none.
//
// The entities: https://bids-specification.readthedocs.io, "Entities".
type Entities struct {
	Subject        string `bids:"sub"`
	Session        string `bids:"ses"`
	Task           string `bids:"task"`
	Acquisition    string `bids:"acq"`
	Agent          string `bids:"ce"` // the contrast agent
	Reconstruction string `bids:"rec"`
	Direction      string `bids:"dir"`
	Run            string `bids:"run"`
	Echo           string `bids:"echo"`
	Part           string `bids:"part"`
	Hemisphere     string `bids:"hemi"`
	Space          string `bids:"space"`
	Cohort         string `bids:"cohort"` // of a template of several ages
	Resolution     string `bids:"res"`
	Density        string `bids:"den"`
	Description    string `bids:"desc"`
}

// Without asks for files whose names do not have the entity at all: the runs
// of fMRIPrep in the scanner's own space are those of Space Without. No label
// can be called so.
const Without = "-"

// entityFields are the names of the fields of Entities, by their key.
var entityFields = func() map[string]string {
	m := map[string]string{}
	for f := range reflect.TypeFor[Entities]().Fields() {
		m[f.Tag.Get("bids")] = f.Name
	}
	return m
}()

// asked are the entities that are not empty, by their key.
func (e Entities) asked() map[string]string {
	m := map[string]string{}
	v := reflect.ValueOf(e)
	for f := range v.Type().Fields() {
		if s := v.FieldByIndex(f.Index).String(); s != "" {
			m[f.Tag.Get("bids")] = s
		}
	}
	return m
}

// check says what is wrong with what is asked for.
func (e Entities) check() error {
	for key, s := range e.asked() {
		if rest, ok := strings.CutPrefix(s, key+"-"); ok {
			return fmt.Errorf("dataset: BIDS: %s is %q; give the label without its key: %q", entityFields[key], s, rest)
		}
		if s != Without && !isLabel(s) {
			return fmt.Errorf("dataset: BIDS: %s is %q, which cannot be a label: labels are letters and digits", entityFields[key], clip(s))
		}
	}
	return nil
}

// A bidsName is a file name in its parts.
type bidsName struct {
	path   string
	keys   []string // in the order of the name, one for each label
	labels []string
	suffix string // "bold"
	ext    string // ".nii.gz"
}

// parseBIDSName takes a file name apart. It is false of a name that BIDS does
// not have.
func parseBIDSName(base string) (n bidsName, ok bool) {
	if len(base) > 255 {
		return n, false // more than file systems have
	}
	stem, ext, dotted := strings.Cut(base, ".")
	if !dotted || ext == "" {
		return n, false
	}
	n.ext = "." + ext
	if rest, old := strings.CutSuffix(stem, "_bold_confounds"); old { // fMRIPrep before 1.2
		stem = rest + "_confounds"
	}
	parts := strings.Split(stem, "_")
	n.suffix = parts[len(parts)-1]
	if !isLabel(n.suffix) {
		return n, false
	}
	for _, p := range parts[:len(parts)-1] {
		key, label, ok := strings.Cut(p, "-")
		if !ok || !isLabel(key) || !isLabel(label) || slices.Contains(n.keys, key) {
			return n, false
		}
		n.keys, n.labels = append(n.keys, key), append(n.labels, label)
	}
	return n, true
}

// isLabel reports whether s is letters and digits, or a plus, which newer
// versions allow.
func isLabel(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '+' {
			return false
		}
	}
	return s != ""
}

// get returns the label of a key; empty if the name has none.
func (n bidsName) get(key string) string {
	if i := slices.Index(n.keys, key); i >= 0 {
		return n.labels[i]
	}
	return ""
}

// entities are those that have a field.
func (n bidsName) entities() Entities {
	var e Entities
	v := reflect.ValueOf(&e).Elem()
	for f := range v.Type().Fields() {
		v.FieldByIndex(f.Index).SetString(n.get(f.Tag.Get("bids")))
	}
	return e
}

// fits reports whether the name has the label asked for.
func (n bidsName) fits(key, label string) bool {
	if label == Without {
		return n.get(key) == ""
	}
	return sameLabel(key, n.get(key), label)
}

// appliesTo reports whether every entity of n, but those of except, is one of
// m: then what n says holds for m.
func (n bidsName) appliesTo(m bidsName, except ...string) bool {
	for i, key := range n.keys {
		if !slices.Contains(except, key) && !sameLabel(key, m.get(key), n.labels[i]) {
			return false
		}
	}
	return true
}

// sameLabel compares two labels. Those of run and echo are numbers: 1 is 01.
func sameLabel(key, a, b string) bool {
	if a == b {
		return true
	}
	if key != "run" && key != "echo" || a == "" || b == "" || digitsOnly(a) == "" || digitsOnly(b) == "" {
		return false
	}
	return digitsOnly(a) == digitsOnly(b)
}

// digitsOnly returns a number without leading zeros ("0" if it is zero), and
// nothing if s is no number.
func digitsOnly(s string) string {
	if strings.Trim(s, "0123456789") != "" || s == "" {
		return ""
	}
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}

// name is what the run is called without what preprocessing added and without
// the person: "ses-1_task-floc_run-2".
func (n bidsName) name() string {
	var parts []string
	for i, key := range n.keys {
		if !slices.Contains([]string{"sub", "space", "cohort", "res", "den", "desc", "hemi"}, key) {
			parts = append(parts, key+"-"+n.labels[i])
		}
	}
	if len(parts) == 0 {
		return n.suffix
	}
	return strings.Join(parts, "_")
}

// clip shortens what is shown of a name of unknown length.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
