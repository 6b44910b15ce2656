package nbext

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

// Runs opens the runs of a person's localizer for glm.FirstLevel: the NIfTI
// files that a pattern finds, in the order of their names (run-2 before run-10), each
// with the table of events beside it, which BIDS calls the same but for the end,
//
//	sub-01_task-floc_run-1_bold.nii.gz
//	sub-01_task-floc_run-1_events.tsv
//
// A run goes by what both names share. Time courses are read when they are
// needed, within the masks, if there are any (dataset.ReadMask). Confounds are
// left out: glm.Run has a place for those that dataset.Confounds reads. What is
// to be doubted of headers and events is shown. Runs in folders as BIDS has
// them, with masks and confounds, are BIDS's.
//
// It fails if the pattern finds nothing, if a run has no table of events, and
// as dataset.OpenNIfTI and ReadEvents do.
func Runs(pattern string, masks ...[]bool) ([]glm.Run, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("nbext: the pattern %q of the runs: %w", pattern, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("nbext: no file is called %q; give a pattern such as sub-01/func/*_bold.nii.gz", pattern)
	}
	slices.SortStableFunc(files, natural)
	var runs []glm.Run
	var notes []string
	for _, path := range files {
		stem, ok := strings.CutSuffix(strings.TrimSuffix(path, ".gz"), "_bold.nii")
		if !ok {
			return nil, fmt.Errorf("nbext: %s is not called …_bold.nii or …_bold.nii.gz, so its table of events is not known", path)
		}
		table := stem + "_events.tsv"
		if _, err := os.Stat(table); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("nbext: %s has no table of events: expected %s", path, table)
		}
		n, err := dataset.OpenNIfTI(path)
		if err != nil {
			return nil, err
		}
		n.Close()
		series, err := openCourses(path, masks...)
		if err != nil {
			return nil, err
		}
		events, err := dataset.ReadEvents(table, float64(series.volumes)*n.TR)
		if err != nil {
			return nil, err
		}
		for _, w := range slices.Concat(n.Warnings, events.Warnings) {
			notes = append(notes, "Note: "+w.Error())
		}
		runs = append(runs, glm.Run{Name: filepath.Base(stem), TR: n.TR, Data: series, Events: events.Rows})
	}
	if len(notes) > 0 {
		say(told, strings.Join(notes, "\n"))
	}
	return runs, nil
}

// natural compares names as people count: digits that stand together are a number.
func natural(a, b string) int {
	for a != "" && b != "" {
		if x, y := digits(a), digits(b); x > 0 && y > 0 {
			m, n := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits returns how many digits a text begins with.
func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}
