package plots_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/internal/golden"
	"fusiform/plots"
)

// estimates rise by .05 from a value on, each with its own interval.
func estimates(n int, from float64) []analysis.Estimate {
	var out []analysis.Estimate
	for i := range n {
		v := from + .05*float64(i)
		out = append(out, analysis.Estimate{Value: v, Lo: v - .08, Hi: v + .1, SE: .03})
	}
	return out
}

func layerNames(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("conv%d", i+1))
	}
	return out
}

func twoRegions() plots.Layers {
	return plots.Layers{
		Layers: layerNames(6), Label: "Pearson r with people", Ceiling: peopleCeiling(),
		Curves: []plots.LayerCurve{
			{Name: "FFA", Estimates: estimates(6, .2)},
			// Without conv3: the line breaks.
			{Name: "PPA", Layers: []string{"conv1", "conv2", "conv4", "conv6"}, Estimates: estimates(4, .1)},
		},
	}
}

// Each value stands at its layer and height, aligned by name; lines break where
// layers are missing.
func TestLayersPoints(t *testing.T) {
	ss := shapes(t, twoRegions(), 0, 0)
	left := verticalAxes(ss)[0]
	at := axis(t, ss, true, [2]float64{left, 0})
	// Layers are named in their order, one below each place; places by the ticks.
	var places []float64
	for _, s := range ss {
		if s.kind != "path" || s.stroke != "#444444" || len(s.points) != 2 {
			continue
		}
		if x0, y0, x1, y1 := s.bounds(); x0 == x1 && math.Abs(y1-y0-2.5) < .01 && x0 > left {
			places = append(places, x0)
		}
	}
	if len(places) != 6 {
		t.Fatalf("%d layers on the axis", len(places))
	}
	for i, name := range layerNames(6) {
		found := false
		for _, s := range ss {
			found = found || s.kind == "text" && s.text == name && math.Abs(s.points[0][0]-places[i]) < 20
		}
		if !found {
			t.Errorf("%s is not named below its place", name)
		}
	}
	faces, scenes := "", ""
	colours := map[string]int{}
	for _, s := range ss {
		if s.kind == "path" && s.fill != "none" && s.arcs > 0 {
			faces = s.fill
		}
		colours[s.fill]++
	}
	points := inPanel(ss, faces, left, 1e9)
	for i := range 6 {
		want := .2 + .05*float64(i)
		if len(points) < 6 || math.Abs(points[i][1]-at(want)) > .05 || math.Abs(points[i][0]-places[i]) > 3.5 {
			t.Fatalf("FFA at conv%d stands at %v, want %v, %v", i+1, points, places[i], at(want))
		}
	}
	for fill := range colours {
		if n := len(inPanel(ss, fill, left, 1e9)); fill != "none" && fill != faces && n == 4 {
			scenes = fill
		}
	}
	squares := inPanel(ss, scenes, left, 1e9)
	for i, k := range []int{0, 1, 3, 5} {
		if want := .1 + .05*float64(i); len(squares) != 4 || math.Abs(squares[i][1]-at(want)) > .05 || math.Abs(squares[i][0]-places[k]) > 1.5 {
			t.Fatalf("PPA at conv%d stands at %v, want %v, %v", k+1, squares, places[k], at(want))
		}
	}
	joins, intervals := 0, 0
	for _, s := range ss {
		if s.kind == "path" && s.stroke == scenes && len(s.points) == 2 && s.points[0][0] > left {
			if x0, y0, x1, y1 := s.bounds(); x0 == x1 {
				intervals++
				if i := intervals - 1; math.Abs(y0-at(.02+.05*float64(i))) > .05 || math.Abs(y1-at(.2+.05*float64(i))) > .05 {
					t.Errorf("interval %d from %v to %v", i, y0, y1)
				}
			} else if y1 != y0 { // but for the key
				joins++
			}
		}
	}
	if joins != 1 || intervals != 4 {
		t.Errorf("PPA has %d lines and %d intervals, want 1 (conv1 to conv2) and 4", joins, intervals)
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"FFA, PPA, layer by layer", "6 layers", "95 % intervals; ceiling 0.71–0.83, n = 8", "Pearson r with people"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
}

// Networks with layers of their own run over relative depth.
func TestLayersDepth(t *testing.T) {
	f := plots.Layers{Curves: []plots.LayerCurve{
		{Name: "a/x", Layers: layerNames(5), Estimates: estimates(5, .2)},
		{Name: "b/y", Layers: []string{"in", "mid", "out"}, Scores: []analysis.Score{score(.1, 0, .2), score(.2, .1, .3), score(.3, .2, .4)}},
	}}
	ss := shapes(t, f, 0, 0)
	left := verticalAxes(ss)[0]
	var bottom float64
	for _, s := range ss {
		if s.kind == "path" && s.stroke == "#444444" && len(s.points) == 2 && s.points[0][0] == left && s.points[0][1] == s.points[1][1] {
			bottom = s.points[0][1]
		}
	}
	xs := axis(t, ss, false, [2]float64{0, bottom})
	var squares []float64
	for _, s := range ss {
		x0, _, x1, _ := s.bounds()
		if s.kind == "path" && s.fill != "none" && s.arcs == 0 && len(s.points) == 4 && x1-x0 < 6 && x0 > left {
			squares = append(squares, (x0+x1)/2)
		}
	}
	if len(squares) < 3 || math.Abs(squares[0]-xs(0)) > 1 || math.Abs(squares[1]-xs(.5)) > 1 || math.Abs(squares[2]-xs(1)) > 1 {
		t.Errorf("three layers stand at %v, want %v, %v, %v", squares, xs(0), xs(.5), xs(1))
	}
	if all := strings.Join(texts(ss), "|"); !strings.Contains(all, "relative depth") || !strings.Contains(all, "Pearson r") {
		t.Errorf("the figure does not say that layers stand by depth: %s", all)
	}
}

func TestLayersSEM(t *testing.T) {
	f := plots.Layers{Layers: layerNames(3), SEM: true, Curves: []plots.LayerCurve{{Name: "face", Estimates: estimates(3, .2)}}}
	ss := shapes(t, f, 0, 0)
	left := verticalAxes(ss)[0]
	at := axis(t, ss, true, [2]float64{left, 0})
	n := 0
	for _, s := range ss {
		if x0, y0, x1, y1 := s.bounds(); s.kind == "path" && len(s.points) == 2 && x0 == x1 && math.Abs(y1-y0-(at(.06)-at(0))) < .05 {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d lines are ± .03 long, want 3", n)
	}
	if all := strings.Join(texts(ss), "|"); !strings.Contains(all, "± SEM") {
		t.Errorf("the figure does not say ± SEM: %s", all)
	}
	if got := f.Alt(); !strings.Contains(got, "layer by layer (± one standard error)") {
		t.Errorf("Alt does not say what stands in brackets: %s", got)
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if want := "face, conv1: 0.200 ± 0.030 (SEM)"; err != nil || marks[0].Text != want {
		t.Errorf("told %v, %v, want %q", marks, err, want)
	}
}

// Lines with ceilings of their own have them at the right edge, in their colour.
func TestLayersOwnCeilings(t *testing.T) {
	f := twoRegions()
	f.Ceiling = nil
	f.Curves[0].Ceiling = &analysis.Ceiling{Lo: .6, Hi: .7, Subjects: 8, Warnings: []error{errors.New("few people")}}
	f.Curves[1].Ceiling = &analysis.Ceiling{Lo: .8, Hi: .9}
	ss := shapes(t, f, 0, 0)
	left := verticalAxes(ss)[0]
	at := axis(t, ss, true, [2]float64{left, 0})
	right, found := 0., [2]float64{}
	for _, s := range ss {
		x0, y0, x1, y1 := s.bounds()
		if s.kind == "path" && s.stroke == "#444444" && len(s.points) == 2 && y0 == y1 && x1-x0 > 100 {
			right = x1
		}
		for k, c := range []*analysis.Ceiling{f.Curves[0].Ceiling, f.Curves[1].Ceiling} {
			if s.kind == "path" && s.fill != "none" && len(s.points) == 4 && math.Abs(y0-at(c.Lo)) < .02 && math.Abs(y1-at(c.Hi)) < .02 {
				found[k] = x0
			}
		}
	}
	if found[0] <= right || found[1] <= found[0] {
		t.Errorf("ceilings at %v; the axis ends at %v", found, right)
	}
	all := strings.Join(texts(ss), "|")
	if !strings.Contains(all, "95 % intervals; ceilings of the lines at the right") || strings.Contains(all, "no ceiling") {
		t.Errorf("the figure says %s", all)
	}
	alt := f.Alt()
	if !strings.Contains(alt, "its ceiling is 0.60 to 0.70 from 8 people. PPA") || !strings.HasSuffix(alt, "its ceiling is 0.80 to 0.90.") {
		t.Errorf("Alt: %s", alt)
	}
	if d := f.Doubts(); len(d) != 1 {
		t.Errorf("doubts %v", d)
	}
	f.Curves[1].Ceiling.Hi = math.NaN()
	if _, err := plots.SVG(f, 0, 0); err == nil || !strings.Contains(err.Error(), "ceiling is") {
		t.Errorf("a NaN ceiling: %v", err)
	}
}

func TestLayersThinned(t *testing.T) {
	n := 120
	f := plots.Layers{Layers: layerNames(n), Curves: []plots.LayerCurve{{Name: "a", Estimates: estimates(n, .2)}}}
	ss := shapes(t, f, 0, 0)
	named := 0
	for _, s := range ss {
		if s.kind == "text" && strings.HasPrefix(s.text, "conv") {
			named++
		}
	}
	if named < 10 || named > 60 {
		t.Errorf("%d of %d layers are named", named, n)
	}
}

func TestLayersAltMarksDoubts(t *testing.T) {
	f := twoRegions()
	want := "Pearson r with people, layer by layer (95 % intervals). FFA, 6 layers: from 0.20 (0.12 to 0.30) at conv1 to 0.45 (0.37 to 0.55) at conv6; highest 0.45 (0.37 to 0.55) at conv6. " +
		"PPA, 4 layers: from 0.10 (0.02 to 0.20) at conv1 to 0.25 (0.17 to 0.35) at conv6; highest 0.25 (0.17 to 0.35) at conv6. The noise ceiling is 0.71 to 0.83 from 8 people."
	if got := f.Alt(); got != want {
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 10 || marks[8].Text != "PPA, conv4: 0.200 [0.120, 0.300]" {
		t.Errorf("%d marks, %v, %v", len(marks), marks, err)
	}
	f.Curves[0].Estimates[1].Warnings = []error{errors.New("few draws")}
	f.Ceiling.Warnings = []error{errors.New("few people")}
	if d := f.Doubts(); len(d) != 2 {
		t.Errorf("doubts %v", d)
	}
}

func TestLayersErrors(t *testing.T) {
	with := func(change func(f *plots.Layers)) plots.Layers {
		f := twoRegions()
		change(&f)
		return f
	}
	for name, c := range map[string]struct {
		f    plots.Layers
		want string
	}{
		"nothing":           {plots.Layers{}, "no curves"},
		"no values":         {plots.Layers{Curves: []plots.LayerCurve{{Name: "a"}}}, "a has no values"},
		"both":              {with(func(f *plots.Layers) { f.Curves[0].Scores = []analysis.Score{score(.5, .4, .6)} }), "scores and estimates"},
		"SEM of scores":     {plots.Layers{SEM: true, Curves: []plots.LayerCurve{{Name: "a", Scores: []analysis.Score{score(.5, .4, .6)}}}}, "no standard error"},
		"lengths":           {with(func(f *plots.Layers) { f.Curves[0].Estimates = f.Curves[0].Estimates[:5] }), "5 values for 6 layers"},
		"another layer":     {with(func(f *plots.Layers) { f.Curves[1].Layers[1] = "fc" }), `layer "fc" of PPA is none of the 6`},
		"out of order":      {with(func(f *plots.Layers) { f.Curves[1].Layers[0] = "conv3" }), "out of order"},
		"twice":             {with(func(f *plots.Layers) { f.Layers[1] = "conv1" }), "stands twice"},
		"NaN":               {with(func(f *plots.Layers) { f.Curves[0].Estimates[2].Value = math.NaN() }), "value 2 of FFA is NaN"},
		"infinite bound":    {with(func(f *plots.Layers) { f.Curves[0].Estimates[2].Hi = math.Inf(1) }), "Inf"},
		"an upside ceiling": {with(func(f *plots.Layers) { f.Ceiling.Lo = 2 }), "the ceiling is"},
	} {
		if _, err := plots.SVG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "plots: ") {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if alt := c.f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
	one := plots.Layers{Curves: []plots.LayerCurve{{Name: "a", Layers: []string{"fc"}, Estimates: []analysis.Estimate{{Value: .3, Lo: .3, Hi: .3}}}}}
	if _, err := plots.PNG(one, 0, 0); err != nil {
		t.Errorf("one layer: %v", err)
	}
}

func TestLayersGolden(t *testing.T) {
	f := twoRegions()
	f.Layers = layerNames(14)
	f.Curves = []plots.LayerCurve{{Name: "FFA", Estimates: estimates(14, .02)}, {Name: "EBA", Estimates: estimates(14, -.05)}, {Name: "PPA", Layers: layerNames(10), Estimates: estimates(10, .12)}}
	f.Ceiling = nil
	for i := range f.Curves {
		f.Curves[i].Ceiling = &analysis.Ceiling{Lo: .75 + .05*float64(i), Hi: .85 + .05*float64(i), Subjects: 8}
	}
	golden.PNG(t, "layers.png", must(plots.PNG(f, 0, 0)))
}
