package plots_test

import (
	"errors"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/mismatch"
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

// Fourteen categories that the field has no colours for are more than there
// are: each figure that tells categories apart by colour says which share one.
func TestSharedColoursAreDoubted(t *testing.T) {
	of := func(n int) map[string]plots.Doubtful {
		var kinds []kind
		var effects []analysis.LesionEffect
		for i := range n {
			name := string(rune('a' + i))
			kinds = append(kinds, kind{name, 2})
			effects = append(effects, analysis.LesionEffect{Task: "task", Category: name, Control: "random", Units: 3, Intact: 0.9, Lesioned: 0.5, Random: 0.8, RandomLo: 0.7, RandomHi: 0.9, P: 0.5, Q: 0.5})
		}
		s := stimuli(kinds...)
		p := &tuning.Profile{Source: "V4", Stimuli: s, Values: make([]float64, s.Len())}
		var ranked []mismatch.Residual
		for i := range s.Len() {
			ranked = append(ranked, mismatch.Residual{Stimulus: s.At(i)})
		}
		return map[string]plots.Doubtful{
			"rsm":      plots.RSM{Matrix: &rsa.RSM{Stimuli: s}},
			"ranked":   plots.Ranked{Profile: p},
			"tuning":   plots.Tuning{Profiles: []*tuning.Profile{p}},
			"encoding": plots.Encoding{Result: &encoding.Result{Stimuli: s}},
			"mds":      plots.MDS{Embedding: &rsa.Embedding{Stimuli: s}},
			"mismatch": plots.Mismatch{Ranked: ranked},
			"lesions":  plots.LesionCurve{Effects: effects},
		}
	}
	for name, f := range of(8) {
		if got := f.Doubts(); len(got) != 0 {
			t.Errorf("%s of 8 categories: %v", name, got)
		}
	}
	for name, f := range of(14) {
		got := f.Doubts()
		if len(got) != 1 || !strings.Contains(got[0].Error(), "the 14 categories") || !strings.Contains(got[0].Error(), "i that of a, j that of b") {
			t.Errorf("%s of 14 categories: %v", name, got)
		}
	}
}
