package plots_test

import (
	"errors"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/plots"

	"github.com/google/go-cmp/cmp"
)

func TestDoubts(t *testing.T) {
	a, b, c := errors.New("few stimuli"), errors.New("few people"), errors.New("few stimuli")
	bound := &analysis.Ceiling{Warnings: []error{b}}
	result := &encoding.Result{Warnings: []error{a}}
	for name, f := range map[string]plots.Doubtful{
		"rsm":      plots.RSM{Matrix: &rsa.RSM{Warnings: []error{a, b, c}}},
		"tuning":   plots.Tuning{Profiles: []*tuning.Profile{nil, {Warnings: []error{a}}}, Scores: []analysis.Score{{Warnings: []error{c}}}, Ceiling: bound},
		"encoding": plots.Encoding{Result: result, Ceiling: bound},
		"subsets":  plots.Subsets{Result: &encoding.SubsetResult{All: result, Only: result}, Ceiling: bound},
	} {
		var got []string
		for _, err := range f.Doubts() {
			got = append(got, err.Error())
		}
		if diff := cmp.Diff([]string{"few stimuli", "few people"}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, f := range map[string]plots.Doubtful{"rsm": plots.RSM{}, "tuning": plots.Tuning{}, "encoding": plots.Encoding{}, "subsets": plots.Subsets{}} {
		if got := f.Doubts(); got != nil {
			t.Errorf("empty %s: %v", name, got)
		}
	}
}
