package plots_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/plots"
)

func TestReplicated(t *testing.T) {
	rows := []localizer.Replication{
		{Source: "a", Region: "faces", Replicated: 3}, {Source: "a", Region: "scenes", Replicated: 0},
		{Source: "b", Region: "faces", Replicated: 7}, {Source: "b", Region: "scenes", Replicated: 2},
	}
	count := func(v ...float64) (out []analysis.Estimate) {
		for _, x := range v {
			out = append(out, analysis.Estimate{Value: x, Lo: x, Hi: x})
		}
		return out
	}
	want := []plots.LayerCurve{
		{Name: "faces", Layers: []string{"0", "10"}, Estimates: count(3, 7)},
		{Name: "scenes", Layers: []string{"0", "10"}, Estimates: count(0, 2)},
	}
	got, err := plots.Replicated(rows, []string{"0", "10"})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	// Counts have no ceiling and no decimals, and what they are counted over may be no layers.
	f := plots.Layers{Curves: got, Label: "units", Along: "step"}
	alt := "units, step by step. faces, 2 steps: from 3 at 0 to 7 at 10; highest 7 at 10. scenes, 2 steps: from 0 at 0 to 2 at 10; highest 2 at 10."
	if f.Alt() != alt {
		t.Errorf("Alt:\n%s\nwant\n%s", f.Alt(), alt)
	}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	for _, want := range []string{"faces, scenes, step by step", "2 steps", "counts"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if strings.Contains(all, "ceiling") || strings.Contains(all, "layer") {
		t.Errorf("a figure of counts over steps speaks of ceilings or layers: %s", all)
	}
	for _, c := range []struct {
		rows  []localizer.Replication
		names []string
		want  string
	}{
		{rows[:3], nil, `no count of "scenes" in "b"`},
		{append(rows[:4:4], rows[0]), nil, "stands twice"},
		{rows, []string{"one"}, "1 names for 2 sources"},
	} {
		if _, err := plots.Replicated(c.rows, c.names); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want an error with %q", err, c.want)
		}
	}
}
