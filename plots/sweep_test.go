package plots_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/internal/golden"
	"fusiform/plots"
)

// peopleAndNetwork is a sweep of a person and of a network, of which no unit
// passes the last threshold.
func peopleAndNetwork() plots.Sweep {
	return plots.Sweep{
		Steps:    [][]localizer.Step{stepsOf("S1", []int{160, 90, 50, 22, 9}, []float64{.9, .93, .95, .92, .9}), stepsOf("net/pool", []int{60, 20, 10, 1, 0}, []float64{.5, .55, .6, .52})},
		Ceilings: []analysis.Ceiling{*peopleCeiling()},
	}
}

// inPanel are the points of a fill right of a vertical axis and left of to, from
// the left.
func inPanel(ss []shape, fill string, from, to float64) (out [][2]float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range ss {
		if x0, y0, x1, y1 := s.bounds(); s.stroke == "#444444" && x0 == from && x1 == from && y1-y0 > 30 {
			low, high = y0-1, y1+1
		}
	}
	for _, s := range filled(ss, fill) {
		if x, y := centre(s); x > from && x < to && y > low && y < high {
			out = append(out, [2]float64{x, y})
		}
	}
	slices.SortFunc(out, func(a, b [2]float64) int { return int(math.Copysign(1, a[0]-b[0])) })
	return out
}

func TestSweepCounts(t *testing.T) {
	ss := shapes(t, peopleAndNetwork(), 0, 0)
	axes := verticalAxes(ss)
	if len(axes) != 2 {
		t.Fatalf("%d panels", len(axes))
	}
	// The decades are read from the labels left of the axis: 0, 1, 10, 100.
	decade := map[string]float64{}
	var bottom float64
	for i, s := range ss {
		if s.kind == "path" && s.stroke == "#444444" && len(s.points) == 2 && i+1 < len(ss) && ss[i+1].kind == "text" && math.Abs(s.points[1][0]-axes[0]) < .01 {
			decade[ss[i+1].text] = s.points[0][1]
		}
		if s.kind == "path" && s.stroke == "#444444" && len(s.points) == 2 && s.points[0][0] == axes[0] && s.points[0][1] == s.points[1][1] {
			bottom = s.points[0][1]
		}
	}
	d := decade["100"] - decade["10"]
	if d <= 0 || math.Abs(decade["10"]-decade["1"]-d) > .01 || decade["0"] >= decade["1"] || decade["0"] != bottom {
		t.Fatalf("decades at %v, the axis at %v", decade, bottom)
	}
	var left []shape
	for i, s := range ss {
		if s.kind == "text" && i > 0 || s.points[0][0] < axes[1]-30 {
			left = append(left, s)
		}
	}
	xs := axis(t, left, false, [2]float64{0, bottom})
	people, network := inPanel(ss, "#D85A30", axes[0], axes[1]-30), inPanel(ss, "#378ADD", axes[0], axes[1]-30)
	if len(people) != 5 || len(network) != 4 {
		t.Fatalf("%d and %d filled points, want 5 and 4", len(people), len(network))
	}
	for i, c := range []float64{160, 90, 50, 22, 9} {
		if want := decade["1"] + d*math.Log10(c); math.Abs(people[i][1]-want) > .05 || math.Abs(people[i][0]-xs(float64(3+2*i))) > 3.5 {
			t.Errorf("%v channels at %d: %v, not %v, %v", c, 3+2*i, people[i], xs(float64(3+2*i)), want)
		}
	}
	for i, c := range []float64{60, 20, 10, 1} {
		if want := decade["1"] + d*math.Log10(c); math.Abs(network[i][1]-want) > .05 {
			t.Errorf("%v units: %v, not %v", c, network[i], want)
		}
	}
	// None is an open point at 0.
	open := inPanel(ss, "#FFFFFF", axes[0], axes[1]-30)
	if len(open) != 1 || math.Abs(open[0][1]-decade["0"]) > .05 || math.Abs(open[0][0]-xs(11)) > 1 {
		t.Errorf("open points %v, want one at 11 and 0 (%v, %v)", open, xs(11), decade["0"])
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"Channels selective for faces, by threshold", "logarithmic axis; 0 apart", "threshold (Welch t)", "ceiling 0.71–0.83, n = 8", "Pearson r", "S1", "net/pool"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
}

func TestSweepScores(t *testing.T) {
	f := peopleAndNetwork()
	f.Steps[1][1].Score = nil // the line breaks here
	ss := shapes(t, f, 0, 0)
	axes := verticalAxes(ss)
	at := axis(t, ss, true, [2]float64{axes[1], 0})
	network := inPanel(ss, "#378ADD", axes[1], 1e9)
	if len(network) != 3 {
		t.Fatalf("%d scores of the network, want 3", len(network))
	}
	for i, v := range []float64{.5, .6, .52} {
		if math.Abs(network[i][1]-at(v)) > .05 {
			t.Errorf("score %v stands at %v, not %v", v, network[i][1], at(v))
		}
	}
	// Its one line joins the last two; its intervals are upright.
	var lines [][4]float64
	uprights := 0
	for _, s := range ss {
		if s.kind == "path" && s.stroke == "#378ADD" && len(s.points) == 2 && s.points[0][0] > axes[1] {
			if x0, y0, x1, y1 := s.bounds(); x0 == x1 {
				uprights++
			} else {
				lines = append(lines, [4]float64{x0, y0, x1, y1})
			}
		}
	}
	if len(lines) != 1 || math.Abs(lines[0][0]-network[1][0]) > .1 || math.Abs(lines[0][2]-network[2][0]) > .1 || uprights != 3 {
		t.Errorf("lines %v and %d intervals, want one line from %v to %v, and 3", lines, uprights, network[1], network[2])
	}
	bands := filled(ss, "#D4D4D4")
	if len(bands) != 1 {
		t.Fatalf("%d bands", len(bands))
	}
	if _, y0, _, y1 := bands[0].bounds(); math.Abs(y0-at(.71)) > .02 || math.Abs(y1-at(.83)) > .02 {
		t.Errorf("the ceiling stands from %v to %v", y0, y1)
	}
}

// A ceiling for each threshold is a band through them.
func TestSweepCeilings(t *testing.T) {
	f := peopleAndNetwork()
	f.Ceilings = nil
	for i := range 5 {
		f.Ceilings = append(f.Ceilings, analysis.Ceiling{Measure: analysis.Pearson, Lo: .7 + .02*float64(i), Hi: .8 + .02*float64(i), Subjects: 8})
	}
	ss := shapes(t, f, 0, 0)
	axes := verticalAxes(ss)
	at := axis(t, ss, true, [2]float64{axes[1], 0})
	bands := filled(ss, "#D4D4D4")
	if len(bands) != 1 || len(bands[0].points) != 10 {
		t.Fatalf("%d bands", len(bands))
	}
	for i := range 5 {
		if math.Abs(bands[0].points[i][1]-at(.8+.02*float64(i))) > .02 || math.Abs(bands[0].points[9-i][1]-at(.7+.02*float64(i))) > .02 {
			t.Errorf("the ceiling at threshold %d: %v and %v", 3+2*i, bands[0].points[i], bands[0].points[9-i])
		}
	}
	if alt := f.Alt(); !strings.Contains(alt, "Ceiling at 3: 0.70 to 0.80. Ceiling at 5: 0.72 to 0.82.") {
		t.Errorf("Alt: %s", alt)
	}
}

func TestSweepLinear(t *testing.T) {
	ss := shapes(t, plots.Sweep{Steps: [][]localizer.Step{stepsOf("S1", []int{160, 90, 50, 22, 0}, nil)}, Linear: true}, 0, 0)
	axes := verticalAxes(ss)
	if len(axes) != 1 {
		t.Fatalf("%d panels without scores, want 1", len(axes))
	}
	at := axis(t, ss, true, [2]float64{axes[0], 0})
	points := inPanel(ss, "#D85A30", axes[0], 1e9)
	for i, c := range []float64{160, 90, 50, 22} {
		if len(points) != 4 || math.Abs(points[i][1]-at(c)) > .05 {
			t.Errorf("%v channels stand at %v, want %v", c, points, at(c))
		}
	}
	if !strings.Contains(strings.Join(texts(ss), "|"), "linear axis") {
		t.Error("the figure does not say that its axis is linear")
	}
}

func TestSweepAltMarksDoubts(t *testing.T) {
	f := peopleAndNetwork()
	want := "Channels that pass a threshold (Welch t), and how well they do. S1 at 3: 160, Pearson r 0.90; 5: 90, Pearson r 0.93; 7: 50, Pearson r 0.95; 9: 22, Pearson r 0.92; 11: 9, Pearson r 0.90. " +
		"net/pool at 3: 60, Pearson r 0.50; 5: 20, Pearson r 0.55; 7: 10, Pearson r 0.60; 9: 1, Pearson r 0.52; 11: 0. The noise ceiling is 0.71 to 0.83 from 8 people."
	if got := f.Alt(); got != want {
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 10+9 {
		t.Fatal(len(marks), err)
	}
	if got := marks[9].Text; got != "net/pool, threshold 11: 0 channels (0 % of all)" {
		t.Errorf("a mark says %q", got)
	}
	f.Steps[0][0].Score.Warnings = []error{errors.New("few")}
	f.Ceilings[0].Warnings = []error{errors.New("few"), errors.New("fewer")}
	if d := f.Doubts(); len(d) != 2 {
		t.Errorf("doubts %v", d)
	}
}

func TestSweepErrors(t *testing.T) {
	with := func(change func(f *plots.Sweep)) plots.Sweep {
		f := peopleAndNetwork()
		change(&f)
		return f
	}
	other := *analysis.Pearson
	other.Name = "another"
	for name, c := range map[string]struct {
		f    plots.Sweep
		want string
	}{
		"nothing":          {plots.Sweep{}, "no sweep"},
		"no thresholds":    {plots.Sweep{Steps: [][]localizer.Step{{}}}, "sweep 0 has no thresholds"},
		"falling":          {with(func(f *plots.Sweep) { f.Steps[0][1].Cut = 2 }), "thresholds must rise"},
		"NaN threshold":    {with(func(f *plots.Sweep) { f.Steps[0][1].Cut = math.NaN() }), "thresholds must rise"},
		"a negative count": {with(func(f *plots.Sweep) { f.Steps[0][1].Count = -1 }), "-1 channels"},
		"NaN score":        {with(func(f *plots.Sweep) { f.Steps[0][1].Score.Value = math.NaN() }), "NaN"},
		"two measures":     {with(func(f *plots.Sweep) { f.Steps[0][1].Score.Measure = &other }), "cannot share an axis"},
		"names":            {with(func(f *plots.Sweep) { f.Names = []string{"a"} }), "1 names for 2 sweeps"},
		"ceilings":         {with(func(f *plots.Sweep) { f.Ceilings = make([]analysis.Ceiling, 2) }), "2 ceilings do not fit the 5 thresholds"},
		"other thresholds": {with(func(f *plots.Sweep) {
			f.Ceilings = make([]analysis.Ceiling, 5)
			f.Steps[1][4].Cut = 12
		}), "all share"},
	} {
		if _, err := plots.SVG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "plots: ") {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if alt := c.f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
}

// One threshold, no fROI, nothing that passes, many sources.
func TestSweepFew(t *testing.T) {
	var many [][]localizer.Step
	for range 60 {
		many = append(many, stepsOf("net/pool", []int{60, 20, 10, 1, 0}, []float64{.5, .55, .6, .52}))
	}
	for name, steps := range map[string][][]localizer.Step{
		"one threshold": {{{Cut: 7, Count: 3}}}, "nothing": {{{Cut: 3, Empty: true}, {Cut: 5, Empty: true}}}, "many": many,
		"one of many": {{{Cut: 1, Count: 1}, {Cut: 2, Count: 1000000}}},
	} {
		if _, err := plots.PNG(plots.Sweep{Steps: steps}, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSweepGolden(t *testing.T) {
	golden.PNG(t, "sweep.png", must(plots.PNG(peopleAndNetwork(), 0, 0)))
}
