package glm_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// warned reports whether a warning says so.
func warned(all []error, part string) bool {
	return slices.ContainsFunc(all, func(err error) bool {
		return strings.HasPrefix(err.Error(), "glm: ") && strings.Contains(err.Error(), part)
	})
}

// TestAbsentCondition: a contrast is taken over the runs that have its
// conditions, as if the others were not there, and says so.
func TestAbsentCondition(t *testing.T) {
	runs := []glm.Run{simulated("a", 1, 90, 5), simulated("b", 2, 90, 5), simulated("c", 3, 90, 5)}
	runs[1].Events = slices.DeleteFunc(slices.Clone(runs[1].Events), func(e analysis.Event) bool { return e.Type == "house" })
	runs[2].Events = append(slices.Clone(runs[2].Events), analysis.Event{Onset: 150, Duration: 4, Type: "car"})
	res, err := glm.FirstLevel{}.Fit(t.Context(), "S1", runs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`run "a" of "S1" has no car`, `run "b" of "S1" has no car, house`} {
		if !warned(res.Warnings, part) {
			t.Errorf("no warning %q in %v", part, res.Warnings)
		}
	}
	got, err := res.Contrast(preferFace)
	if err != nil {
		t.Fatal(err)
	}
	only, err := res.Only("a", "c")
	if err != nil {
		t.Fatal(err)
	}
	want, err := only.Contrast(preferFace)
	if err != nil {
		t.Fatal(err)
	}
	if got.Runs != 2 || got.DF != want.DF || !slices.Equal(got.T, want.T) || !slices.Equal(got.P, want.P) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !warned(got.Warnings, `run "b" of "S1"`) || len(want.Warnings) != 0 {
		t.Errorf("%v, %v", got.Warnings, want.Warnings)
	}
	f, err := glm.Localizer{MinT: 3}.Localize(res, preferFace)
	if err != nil || f.Rule != "first-level t > 3 in the 2 of 3 runs that have the conditions" || f.DefinedOn.Len() != 6 {
		t.Errorf("%+v, %v", f, err)
	}
	// Over all others: of run b there is nothing to compare with, run c has one more.
	all, err := res.Contrast(analysis.Contrast{Name: "faces", Prefer: []string{"face"}})
	if err != nil || all.Runs != 2 || !warned(all.Warnings, `run "c" of "S1" compares with car, house, other runs with house`) {
		t.Errorf("%v, %v", all, err)
	}
	any, err := res.Any("any", "face", "house")
	if err != nil || any.Runs != 2 || !warned(any.Warnings, `run "b" of "S1" has no "house"`) {
		t.Errorf("%v, %v", any, err)
	}
	test, err := res.F("differ", preferFace)
	if err != nil || test.Runs != 2 || math.Abs(test.R2()[0]-.9) > .1 || test.P[4] != 1 || test.F[4] != 0 {
		t.Errorf("%+v, %v", test, err)
	}
	cars := analysis.Contrast{Name: "cars", Prefer: []string{"car"}, Over: []string{"face"}}
	if test, err := res.F("all three", preferFace, cars); err != nil || test.Runs != 1 || test.DFNum != 2 || len(test.Warnings) != 2 {
		t.Errorf("%+v, %v", test, err)
	}
	var category *analysis.CategoryError
	if _, err := res.Contrast(analysis.Contrast{Name: "cats", Prefer: []string{"cat"}}); !errors.As(err, &category) {
		t.Error(err)
	}
}

func TestOverlapIsWarnedOf(t *testing.T) {
	run := simulated("a", 1, 60, 3)
	if d, err := (glm.FirstLevel{}).Design(run, 60); err != nil || len(d.Warnings) != 0 {
		t.Errorf("%v, %v", d.Warnings, err)
	}
	before := slices.Clone(run.Events)
	run.Events = append(slices.Clone(run.Events), run.Events[0], analysis.Event{Onset: 50, Duration: 3, Type: "face"}, analysis.Event{Onset: -6, Duration: 2, Type: "house"})
	res, err := glm.FirstLevel{}.Fit(t.Context(), "S1", run)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Warnings) != 1 || !warned(res.Warnings, `run "a": 2 events of type "face" begin before`) {
		t.Error(res.Warnings)
	}
	if !slices.Equal(before, run.Events[:len(before)]) {
		t.Error("the events were sorted in place")
	}
	// Two contiguous blocks do not overlap, and an event before the run counts.
	run.Events = []analysis.Event{{Onset: -6, Duration: 2, Type: "house"}, {Onset: 10, Duration: 10, Type: "face"}, {Onset: 20, Duration: 10, Type: "face"}}
	d, err := glm.FirstLevel{}.Design(run, 60)
	if err != nil || len(d.Warnings) != 0 || d.X.At(1, 1) < .01 {
		t.Errorf("%+v, %v", d, err)
	}
}
