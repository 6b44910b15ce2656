package plots_test

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
	"fusiform/internal/golden"
	"fusiform/plots"
)

const faceFill, bodyFill = "#F09678", "#A7D6A1"

func profile(source string, s analysis.Stimuli, values ...float64) *tuning.Profile {
	return &tuning.Profile{Source: source, Stimuli: s, Values: values, Channels: 3}
}

// score is a Pearson correlation with its interval.
func score(value, lo, hi float64) analysis.Score {
	return analysis.Score{Measure: analysis.Pearson, Value: value, Lo: lo, Hi: hi, N: 40}
}

func TestTuningBarsAndRanks(t *testing.T) {
	s := stimuli(kind{"face", 3}, kind{"body", 2})
	p := profile("S1", s, 4, 5, 6, 1, 2.5) // face 5 ± .577, body 1.75 ± .75
	ss := shapes(t, plots.Tuning{Profiles: []*tuning.Profile{p}}, 0, 0)
	faces, bodies := filled(ss, faceFill), filled(ss, bodyFill)
	if len(faces) != 1+3 || len(bodies) != 1+2 {
		t.Fatalf("%d bars of faces and %d of bodies, want one per category and one per stimulus", len(faces), len(bodies))
	}

	// The bars of the categories are as high as their means, from 0.
	x0, _, _, top := faces[0].bounds()
	_, bottom, _, bodyTop := bodies[0].bounds()
	at := axis(t, ss, true, [2]float64{axisLeftOf(ss, x0), 0})
	for _, c := range []struct{ got, want float64 }{{top, at(5)}, {bottom, at(0)}, {bodyTop, at(1.75)}} {
		if math.Abs(c.got-c.want) > 0.02 {
			t.Errorf("a bar ends at %v, its value stands at %v", c.got, c.want)
		}
	}
	// And their whiskers reach one standard error either way.
	found := 0
	for _, w := range ss {
		a0, b0, a1, b1 := w.bounds()
		if w.kind == "path" && a0 == a1 && (near(b0, at(5-1/math.Sqrt(3))) && near(b1, at(5+1/math.Sqrt(3))) || near(b0, at(1)) && near(b1, at(2.5))) {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d whiskers of mean ± SEM, want 2", found)
	}

	// Ranked: 6, 5, 4 (faces), 2.5, 1 (bodies), left to right, as high as
	// their values.
	var last float64
	rank := axis(t, ss, true, [2]float64{axisLeftOf(ss, leftOf(faces[1])), 0})
	for i, b := range append(faces[1:4:4], bodies[1:]...) {
		left, _, _, top := b.bounds()
		if left <= last {
			t.Errorf("bar %d stands left of the one before", i)
		}
		last = left
		if want := rank([]float64{6, 5, 4, 2.5, 1}[i]); !near(top, want) {
			t.Errorf("ranked bar %d is %v high, want %v", i, top, want)
		}
	}
	if p.Values[0] != 4 || p.Values[4] != 2.5 {
		t.Error("the figure modified its profile")
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"S1", "response (own unit)", "5 stimuli", "mean ± SEM"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
}

// A negative mean hangs from 0, wherever 0 stands.
func TestTuningNegativeMeans(t *testing.T) {
	s := stimuli(kind{"face", 2}, kind{"body", 2})
	ss := shapes(t, plots.Tuning{Profiles: []*tuning.Profile{profile("S1", s, 2, 4, -1, -3)}}, 0, 0)
	faces, bodies := filled(ss, faceFill), filled(ss, bodyFill)
	x, faceBottom, _, faceTop := faces[0].bounds()
	_, bodyBottom, _, bodyTop := bodies[0].bounds()
	at := axis(t, ss, true, [2]float64{axisLeftOf(ss, x), 0})
	for _, c := range []struct{ got, want float64 }{{faceTop, at(3)}, {faceBottom, at(0)}, {bodyTop, at(0)}, {bodyBottom, at(-2)}} {
		if !near(c.got, c.want) {
			t.Errorf("a bar ends at %v, want %v", c.got, c.want)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 0.02 }

func leftOf(s shape) float64 { x, _, _, _ := s.bounds(); return x }

// axisLeftOf returns the place of the nearest vertical axis left of x: the
// longest vertical strokes of the figure are its axes.
func axisLeftOf(ss []shape, x float64) float64 {
	best := -1.0
	for _, s := range ss {
		a0, b0, a1, b1 := s.bounds()
		if s.kind == "path" && s.stroke == "#444444" && a0 == a1 && b1-b0 > 30 && a0 <= x+.01 && a0 > best {
			best = a0
		}
	}
	return best
}

func TestTuningScoreBesideCeiling(t *testing.T) {
	s := stimuli(kind{"face", 3}, kind{"body", 2})
	f := plots.Tuning{
		Profiles: []*tuning.Profile{profile("S1", s, 4, 5, 6, 1, 2), profile("net/layer", s, 40, 10, 20, 1, 2)},
		Scores:   []analysis.Score{score(.5, .3, .65)},
		Ceiling:  &analysis.Ceiling{Measure: analysis.Pearson, Lo: .71, Hi: .83, Subjects: 8},
	}
	ss := shapes(t, f, 0, 0)
	bands := filled(ss, "#D4D4D4")
	if len(bands) != 1 {
		t.Fatalf("%d bands, want the ceiling", len(bands))
	}
	x, lo, _, hi := bands[0].bounds()
	at := axis(t, ss, true, [2]float64{axisLeftOf(ss, x), 0})
	if !near(lo, at(.71)) || !near(hi, at(.83)) {
		t.Errorf("the ceiling lies from %v to %v, want %v to %v", lo, hi, at(.71), at(.83))
	}
	point, interval := 0, 0
	for _, q := range filled(ss, "#378ADD") {
		if q.arcs == 2 && near(q.points[0][1], at(.5)) { // a circle starts at its right
			point++
		}
	}
	for _, q := range ss {
		if a0, b0, a1, b1 := q.bounds(); q.stroke == "#378ADD" && a0 == a1 && near(b0, at(.3)) && near(b1, at(.65)) {
			interval++
		}
	}
	if point != 1 || interval != 1 {
		t.Errorf("%d points at .5 and %d intervals from .3 to .65, want one of each", point, interval)
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"ceiling 0.71–0.83, n = 8", "response (z)", "0.50", "Pearson r"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	// Without scores and ceiling there is no panel for them; a score without
	// its ceiling says so.
	f.Ceiling = nil
	if all := strings.Join(texts(shapes(t, f, 0, 0)), "|"); !strings.Contains(all, "no ceiling given") {
		t.Error("a score without its ceiling stands without a word")
	}
	f.Scores = nil
	if all := strings.Join(texts(shapes(t, f, 0, 0)), "|"); strings.Contains(all, "ceiling") {
		t.Error("a panel without content is drawn")
	}
}

// Several profiles are z-scored, each by its own mean and deviation, unless
// they have a unit in common.
func TestTuningUnits(t *testing.T) {
	s := stimuli(kind{"face", 1}, kind{"body", 1})
	a, b := profile("S1", s, 3, 1), profile("S2", s, 300, 100)
	for _, c := range []struct{ unit, axis, s1, s2 string }{
		{"", "response (z)", "S1, 2 stimuli: strongest for face (mean 1.00)", "S2, 2 stimuli: strongest for face (mean 1.00)"},
		{"t", "response (t)", "S1, 2 stimuli: strongest for face (mean 3.00)", "S2, 2 stimuli: strongest for face (mean 300.00)"},
	} {
		f := plots.Tuning{Profiles: []*tuning.Profile{a, b}, Unit: c.unit}
		ss := shapes(t, f, 0, 0)
		if all := strings.Join(texts(ss), "|"); !strings.Contains(all, c.axis) {
			t.Errorf("unit %q: the axis does not say %q: %s", c.unit, c.axis, all)
		}
		if alt := f.Alt(); !strings.Contains(alt, c.s1) || !strings.Contains(alt, c.s2) {
			t.Errorf("unit %q: Alt says %q", c.unit, alt)
		}
		// The ranked bars of faces, one per source, are as high as each
		// other if z-scored, and a hundredth if not.
		bars := filled(ss, faceFill)
		if len(bars) != 2 {
			t.Fatalf("%d ranked bars of faces", len(bars))
		}
		_, b0, _, t0 := bars[0].bounds()
		_, b1, _, t1 := bars[1].bounds()
		if ratio, want := (t0-b0)/(t1-b1), map[string]float64{"": 1, "t": .01}[c.unit]; math.Abs(ratio-want) > .01*want+1e-3 {
			t.Errorf("unit %q: heights in the ratio %v, want %v", c.unit, ratio, want)
		}
	}
}

func TestTuningAlt(t *testing.T) {
	s := stimuli(kind{"body", 2}, kind{"face", 3})
	f := plots.Tuning{
		Profiles: []*tuning.Profile{profile("S1", s, 1, 2, 4, 5, 6)},
		Scores:   []analysis.Score{score(.5, .3, .65)},
		Ceiling:  &analysis.Ceiling{Measure: analysis.Pearson, Lo: .71, Hi: .83, Subjects: 8},
	}
	want := "1 response profile, in its own unit. S1, 5 stimuli: strongest for face (mean 5.00 ± 0.58); body 1.50. " +
		"S1: Pearson r 0.50 (95 % interval 0.30 to 0.65, n = 40). The noise ceiling is 0.71 to 0.83 from 8 people."
	if got := f.Alt(); got != want {
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
}

func TestTuningErrors(t *testing.T) {
	s := stimuli(kind{"face", 2})
	good := profile("S1", s, 1, 2)
	one := []*tuning.Profile{good}
	for name, c := range map[string]struct {
		f    plots.Tuning
		want string
	}{
		"nothing":            {plots.Tuning{}, "no profiles"},
		"nil":                {plots.Tuning{Profiles: []*tuning.Profile{nil}}, "profile 0 is nil"},
		"empty":              {plots.Tuning{Profiles: []*tuning.Profile{profile("S1", s)}}, "no values"},
		"zero":               {plots.Tuning{Profiles: []*tuning.Profile{{}}}, "no values"},
		"lengths":            {plots.Tuning{Profiles: []*tuning.Profile{profile("S1", s, 1, 2, 3)}}, "3 values for 2 stimuli"},
		"NaN":                {plots.Tuning{Profiles: []*tuning.Profile{profile("S1", s, 1, math.NaN())}}, `"set/face-002.png" is NaN`},
		"huge":               {plots.Tuning{Profiles: []*tuning.Profile{profile("S1", s, 1, 1e300)}}, "1e+300"},
		"constant, z-scored": {plots.Tuning{Profiles: []*tuning.Profile{good, profile("S2", s, 1, 1)}}, "constant"},
		"no measure":         {plots.Tuning{Profiles: one, Scores: []analysis.Score{{Value: .5}}}, "no measure"},
		"score NaN":          {plots.Tuning{Profiles: one, Scores: []analysis.Score{score(math.NaN(), 0, 1)}}, "NaN"},
		"ceiling NaN":        {plots.Tuning{Profiles: one, Ceiling: &analysis.Ceiling{Lo: math.NaN()}}, "ceiling"},
		"ceiling reversed":   {plots.Tuning{Profiles: one, Ceiling: &analysis.Ceiling{Lo: 1, Hi: .5}}, "ceiling is [1, 0.5]"},
		"two measures":       {plots.Tuning{Profiles: one, Scores: []analysis.Score{score(.5, .4, .6)}, Ceiling: &analysis.Ceiling{Measure: analysis.Spearman}}, "cannot share an axis"},
		"names":              {plots.Tuning{Profiles: one, Scores: []analysis.Score{score(.5, .4, .6)}, Names: []string{"a", "b"}}, "2 names for 1 scores"},
	} {
		if _, err := plots.PNG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if alt := c.f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
}

func TestTuningOfManySources(t *testing.T) {
	s := stimuli(murty...)
	var ps []*tuning.Profile
	for i := range 9 {
		ps = append(ps, must(tuning.New(simulate(fmt.Sprintf("S%d", i+1), s, 12, "face", uint64(i)))))
	}
	ss := shapes(t, plots.Tuning{Profiles: ps}, 0, 0)
	rows := 0
	for _, q := range ss {
		if q.kind == "image" {
			rows++
		}
	}
	if rows != 9 {
		t.Errorf("%d rows of ranked stimuli, want 9", rows)
	}
	all := texts(ss)
	for _, name := range []string{"S1", "S9", "face", "scene"} {
		n := 0
		for _, s := range all {
			if s == name {
				n++
			}
		}
		if n != 2 { // a source in the legend and at its row, a category below its bars and in the legend
			t.Errorf("%s is named %d times, want 2", name, n)
		}
	}
}

func TestTuningRowsAreRanked(t *testing.T) {
	s := stimuli(kind{"face", 2}, kind{"body", 2})
	p := profile("S1", s, 1, 4, 3, 2) // face-002, body-001, body-002, face-001
	ss := shapes(t, plots.Tuning{Profiles: []*tuning.Profile{p, p, p, profile("S4", s, 4, 3, 2, 1)}}, 0, 0)
	want := map[int]string{0: "fbbf", 3: "ffbb"}
	row := 0
	for _, q := range ss {
		if q.kind != "image" {
			continue
		}
		img, _ := raster(t, []shape{q})
		got := ""
		for k := range 4 {
			n := img.Bounds().Dx()
			switch c := color.RGBAModel.Convert(img.At(k*n/4+n/8, 0)); c {
			case color.RGBA{0xf0, 0x96, 0x78, 255}:
				got += "f"
			case color.RGBA{0xa7, 0xd6, 0xa1, 255}:
				got += "b"
			default:
				t.Errorf("row %d has the colour %v", row, c)
			}
		}
		if w, ok := want[row]; ok && got != w {
			t.Errorf("row %d is %s, want %s", row, got, w)
		}
		row++
	}
	if row != 4 {
		t.Errorf("%d rows, want 4", row)
	}
}

func TestTuningGolden(t *testing.T) {
	s := stimuli(kind{"face", 12}, kind{"body", 12}, kind{"scene", 12}, kind{"object", 12})
	f := plots.Tuning{
		Profiles: []*tuning.Profile{
			must(tuning.New(simulate("S1 FFA", s, 30, "face", 1))),
			must(tuning.New(simulate("net/layer faces", s, 30, "face", 2))),
		},
		Scores:  []analysis.Score{score(.52, .4, .62)},
		Ceiling: &analysis.Ceiling{Measure: analysis.Pearson, Lo: .71, Hi: .8, Subjects: 8},
	}
	golden.PNG(t, "tuning.png", must(plots.PNG(f, 0, 0)))
}

// Who points at a bar, a stimulus or a score is told what it is.
func TestTuningMarks(t *testing.T) {
	s := stimuli(kind{"face", 2}, kind{"body", 2})
	a := &tuning.Profile{Source: "S1 FFA", Stimuli: s, Values: []float64{4, 2, 1, 1}, Channels: 3}
	b := &tuning.Profile{Source: "net/layer", Stimuli: s, Values: []float64{1, 2, 3, 4}, Channels: 3}
	marks, cells, err := plots.Marks(plots.Tuning{Profiles: []*tuning.Profile{a, b}, Unit: "%", Scores: []analysis.Score{score(.5, .3, .65)}, Ceiling: peopleCeiling()}, 0, 0)
	if err != nil || len(cells) != 0 || len(marks) != 4+8+1 {
		t.Fatalf("%d marks and %d matrices (%v), want 4 bars, 8 stimuli and a score", len(marks), len(cells), err)
	}
	for i, want := range map[int]string{
		0: "S1 FFA, face: 3.00 ± 1.00 (SEM, n = 2)", 3: "net/layer, body: 3.50 ± 0.50 (SEM, n = 2)",
		4: "set/face-001.png (face): 4, rank 1 of 4", 6: "set/body-001.png (body): 1, rank 3 of 4", 8: "set/body-002.png (body): 4, rank 1 of 4",
		12: "net/layer: Pearson r 0.50 (95 % interval 0.30 to 0.65, n = 40)",
	} {
		if marks[i].Text != want {
			t.Errorf("mark %d is %q, want %q", i, marks[i].Text, want)
		}
	}
	// Profiles in rows are a matrix of one row each, its stimuli in their order.
	_, cells, err = plots.Marks(plots.Tuning{Profiles: []*tuning.Profile{a, b, a, b}, Unit: "%"}, 0, 0)
	if err != nil || len(cells) != 4 {
		t.Fatalf("%d rows (%v), want 4", len(cells), err)
	}
	if c := cells[1]; c.Rows[0].ID != "net/layer" || c.Columns[0].ID != "set/body-002.png" || c.Value(0, 0) != "4, rank 1 of 4" || c.Area.Max.Y > cells[0].Area.Min.Y {
		t.Errorf("the second row: %q, first %q: %q", c.Rows[0].ID, c.Columns[0].ID, c.Value(0, 0))
	}
}
