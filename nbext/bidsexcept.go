package nbext

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

// without returns the files that no entry of Except names, and which entries
// name one.
func (b BIDS) without(files []dataset.BIDSRun) (kept []dataset.BIDSRun, names []bool, err error) {
	names = make([]bool, len(b.Except))
	var called []string
	for _, f := range files {
		base := strings.Split(filepath.Base(f.Path), "_")
		out := false
		for i, e := range b.Except {
			names[i] = names[i] || hasParts(base, e)
			out = out || hasParts(base, e)
		}
		if !out {
			kept = append(kept, f)
		}
		called = append(called, "sub-"+f.Subject+"_"+f.Name)
	}
	for i, e := range b.Except {
		if !names[i] && slices.Contains(strings.Split(e, "_"), "sub-"+files[0].Subject) {
			return nil, nil, fmt.Errorf("nbext: BIDS: Except has %q, but no run has all of that in its name; there are: %s", e, analysis.Few(called, 8))
		}
	}
	return kept, names, nil
}

// hasParts reports whether a file name has all parts of an entry.
func hasParts(base []string, entry string) bool {
	for part := range strings.SplitSeq(entry, "_") {
		if !slices.ContainsFunc(base, func(has string) bool { return sameEntity(part, has) }) {
			return false
		}
	}
	return true
}

// sameEntity reports whether two parts of names, "run-1" and "run-01", are the
// same: what one asks for and what a file has.
func sameEntity(a, b string) bool {
	ka, la, _ := strings.Cut(a, "-")
	kb, lb, _ := strings.Cut(b, "-")
	if ka == kb && (ka == "run" || ka == "echo") {
		la, lb = strings.TrimLeft(la, "0"), strings.TrimLeft(lb, "0")
	}
	return ka == kb && la == lb
}
