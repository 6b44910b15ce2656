package plots_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
)

// result has two targets over five stimuli; the means over targets are
// observed 1, 2, 3, 4, 5 and predicted 2, 2, 2, 3, 4.
func result() *encoding.Result {
	return &encoding.Result{
		X: "net/layer", Y: "S1 FFA", Features: 7, Stimuli: stimuli(kind{"face", 3}, kind{"body", 2}), Measure: analysis.Pearson,
		Observed:  mat.NewDense(5, 2, []float64{0, 2, 1, 3, 2, 4, 3, 5, 4, 6}),
		Predicted: mat.NewDense(5, 2, []float64{2, 2, 1, 3, 2, 2, 3, 3, 3, 5}),
		Targets:   []int{0, 1},
		Scores:    []float64{.5, .7},
	}
}

func peopleCeiling() *analysis.Ceiling {
	return &analysis.Ceiling{Measure: analysis.Pearson, Lo: .71, Hi: .83, Subjects: 8}
}

func TestEncodingPointsAndAxes(t *testing.T) {
	ss := shapes(t, plots.Encoding{Result: result(), Ceiling: peopleCeiling()}, 0, 0)
	observed, predicted := []float64{1, 2, 3, 4, 5}, []float64{2, 2, 2, 3, 4}

	// The identity line is the only dashed one. It runs from corner to corner
	// of a square.
	var dashed []shape
	for _, s := range ss {
		if s.dash != "" {
			dashed = append(dashed, s)
		}
	}
	if len(dashed) != 1 {
		t.Fatalf("%d dashed lines, want the identity line", len(dashed))
	}
	x0, y0, x1, y1 := dashed[0].bounds()
	if math.Abs((x1-x0)-(y1-y0)) > .01 {
		t.Errorf("the axes are %v and %v long, not equal", x1-x0, y1-y0)
	}
	// Both axes have one scale: same values at the same distance.
	xAt, yAt := axis(t, ss, false, [2]float64{0, y0}), axis(t, ss, true, [2]float64{x0, 0})
	for _, v := range []float64{0, 1, 5} {
		if math.Abs((xAt(v)-x0)-(yAt(v)-y0)) > .02 {
			t.Errorf("%v stands at %v across and %v up", v, xAt(v)-x0, yAt(v)-y0)
		}
	}

	// A point for each stimulus, in the colour and the shape of its category,
	// and one of each in the legend.
	faces, bodies := filled(ss, faceFill), filled(ss, bodyFill)
	if len(faces) != 3+1 || len(bodies) != 2+1 {
		t.Fatalf("%d faces and %d bodies, want 3 and 2 and the legend", len(faces), len(bodies))
	}
	var points []shape
	for _, p := range append(faces, bodies...) {
		if a0, b0, _, _ := p.bounds(); a0 >= x0 && b0 < y1+.1 {
			points = append(points, p)
		}
	}
	if len(points) != 5 {
		t.Fatalf("%d points in the axes, want 5", len(points))
	}
	for i, p := range points {
		if (p.arcs == 2) != (i < 3) {
			t.Errorf("stimulus %d: faces are circles, bodies are not", i)
		}
		a0, b0, a1, b1 := p.bounds()
		x, y := (a0+a1)/2, (b0+b1)/2
		if p.arcs == 2 { // a circle starts at its right
			x, y = p.points[0][0]-2.6, p.points[0][1]
		}
		if math.Abs(x-xAt(predicted[i])) > .02 || math.Abs(y-yAt(observed[i])) > .02 {
			t.Errorf("stimulus %d stands at %v, %v; predicted %v observed %v would be %v, %v", i, x, y, predicted[i], observed[i], xAt(predicted[i]), yAt(observed[i]))
		}
	}

	all := strings.Join(texts(ss), "|")
	s := result().Score()
	for _, want := range []string{
		"S1 FFA predicted from net/layer", "predicted (own unit)", "observed (own unit)", "5 stimuli held out, mean over 2 targets",
		fmt.Sprintf("Pearson r = 0.60 [−%.2f, %.2f], n = 5, median of 2 targets", -s.Lo, s.Hi), "ceiling 0.71–0.83, n = 8", "face", "body",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if len(filled(ss, "#D4D4D4")) != 1 {
		t.Error("the ceiling is not drawn as a band")
	}
}

func TestEncodingAlt(t *testing.T) {
	s := result().Score()
	want := fmt.Sprintf("Responses of S1 FFA predicted from net/layer, 5 stimuli held out, mean over 2 targets: predicted 2 to 4, observed 1 to 5. "+
		"Median over targets: Pearson r 0.60 (95 %% interval −%.2f to %.2f, n = 5). The noise ceiling is 0.71 to 0.83 from 8 people.", -s.Lo, s.Hi)
	if got := (plots.Encoding{Result: result(), Ceiling: peopleCeiling()}).Alt(); got != want {
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
}

func TestEncodingErrors(t *testing.T) {
	with := func(change func(r *encoding.Result)) *encoding.Result {
		r := result()
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		r    *encoding.Result
		c    *analysis.Ceiling
		want string
	}{
		"nil":           {nil, nil, "is nil"},
		"zero":          {&encoding.Result{}, nil, "no responses"},
		"empty":         {with(func(r *encoding.Result) { r.Observed = &mat.Dense{} }), nil, "no responses"},
		"no prediction": {with(func(r *encoding.Result) { r.Predicted = nil }), nil, "no responses"},
		"no measure":    {with(func(r *encoding.Result) { r.Measure = nil }), nil, "no measure"},
		"no scores":     {with(func(r *encoding.Result) { r.Scores = nil }), nil, "no scores"},
		"lengths":       {with(func(r *encoding.Result) { r.Predicted = mat.NewDense(4, 2, nil) }), nil, "5×2 observed and 4×2 predicted"},
		"stimuli":       {with(func(r *encoding.Result) { r.Stimuli = stimuli(kind{"face", 2}) }), nil, "for 2 stimuli"},
		"NaN":           {with(func(r *encoding.Result) { r.Predicted.Set(1, 1, math.NaN()) }), nil, `"set/face-002.png" is 2, predicted NaN`},
		"score":         {with(func(r *encoding.Result) { r.Scores[1] = math.NaN() }), nil, "score 1 of the encoding result is NaN"},
		"ceiling":       {result(), &analysis.Ceiling{Measure: analysis.Spearman}, "cannot share an axis"},
	} {
		f := plots.Encoding{Result: c.r, Ceiling: c.c}
		if _, err := plots.SVG(f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if alt := f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
}

// subsets has the scores .6 (7 features), .55, .2 and random .1, .3, .25.
func subsets() *encoding.SubsetResult {
	of := func(score float64, features int) *encoding.Result {
		r := result()
		r.Scores, r.Features = []float64{score, score}, features
		return r
	}
	return &encoding.SubsetResult{All: of(.6, 7), Without: of(.55, 4), Only: of(.2, 3), Random: []*encoding.Result{of(.1, 3), of(.3, 3), of(.25, 3)}}
}

func TestSubsets(t *testing.T) {
	f := plots.Subsets{Result: subsets(), Ceiling: peopleCeiling()}
	ss := shapes(t, f, 0, 0)
	var band shape
	var dots []shape
	for _, s := range filled(ss, "#D4D4D4") {
		if s.arcs == 2 {
			dots = append(dots, s)
		} else {
			band = s
		}
	}
	x, lo, _, hi := band.bounds()
	at := axis(t, ss, true, [2]float64{x, 0})
	if !near(lo, at(.71)) || !near(hi, at(.83)) {
		t.Errorf("the ceiling lies from %v to %v, want %v to %v", lo, hi, at(.71), at(.83))
	}
	heights := func(ss []shape) (out []float64) {
		for _, s := range ss {
			out = append(out, s.points[0][1])
		}
		return out
	}
	check := func(what string, got []float64, want ...float64) {
		if len(got) != len(want) {
			t.Errorf("%s: %d points, want %d", what, len(got), len(want))
			return
		}
		for i := range got {
			if !near(got[i], at(want[i])) {
				t.Errorf("%s: point %d at %v, want %v", what, i, got[i], at(want[i]))
			}
		}
	}
	check("all, without, only", heights(filled(ss, "#378ADD")), .6, .55, .2)
	check("random", heights(dots), .1, .3, .25)
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"all (7)", "without (4)", "only (3)", "random (3)", "Pearson r, median of 2 targets"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if alt := f.Alt(); !strings.Contains(alt, "As many at random (3): Pearson r 0.10 to 0.30 over 3 draws") || !strings.Contains(alt, "Only the fROI's (3): Pearson r 0.20") {
		t.Errorf("Alt says %q", alt)
	}
	// What is nil is left out.
	if all := strings.Join(texts(shapes(t, plots.Subsets{Result: &encoding.SubsetResult{All: subsets().All}}, 0, 0)), "|"); strings.Contains(all, "only") || !strings.Contains(all, "all (7)") {
		t.Errorf("without the other subsets the figure says %s", all)
	}
	for name, c := range map[string]struct {
		r    *encoding.SubsetResult
		want string
	}{
		"nil":           {nil, "no subset results"},
		"nothing":       {&encoding.SubsetResult{}, "no subset results"},
		"random nil":    {&encoding.SubsetResult{Random: []*encoding.Result{nil}}, "random result 0 is nil"},
		"broken result": {&encoding.SubsetResult{Only: &encoding.Result{}}, `"only" has no responses`},
	} {
		if _, err := plots.PNG(plots.Subsets{Result: c.r}, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestEncodingGolden(t *testing.T) {
	s := stimuli(kind{"face", 12}, kind{"body", 12}, kind{"scene", 12}, kind{"object", 12})
	x, y := simulate("net/layer", s, 30, "face", 2), simulate("S1 FFA", s, 20, "face", 9)
	r := must(encoding.Evaluate(encoding.Ridge{}, x, y, analysis.Pearson))
	golden.PNG(t, "encoding.png", must(plots.PNG(plots.Encoding{Result: r, Ceiling: peopleCeiling()}, 0, 0)))
	golden.PNG(t, "subsets.png", must(plots.PNG(plots.Subsets{Result: subsets(), Ceiling: peopleCeiling()}, 0, 0)))
}

// TestEncodingScoreWithoutInterval: the range of a measure is not drawn as an
// interval, nor said to be one.
func TestEncodingScoreWithoutInterval(t *testing.T) {
	r := result()
	f := plots.Encoding{Result: r}
	read := func(m *analysis.Measure) (coloured int, text string) {
		r.Measure = m
		text = f.Alt()
		for _, s := range shapes(t, f, 0, 0) {
			if s.fill == "#378ADD" || s.stroke == "#378ADD" {
				coloured++
			}
			text += s.text
		}
		return coloured, text
	}
	with, said := read(analysis.Pearson)
	without, silent := read(analysis.Cosine)
	if without != with-1 {
		t.Errorf("%d coloured shapes with an interval, %d without", with, without)
	}
	if !strings.Contains(said, "95 % interval") || strings.Contains(silent, "interval") || strings.Contains(silent, "[") {
		t.Errorf("a score with an interval: %s\nand without: %s", said, silent)
	}
}

// Who points at a stimulus, a score or a draw is told what it is.
func TestEncodingMarks(t *testing.T) {
	marks, _, err := plots.Marks(plots.Encoding{Result: result(), Ceiling: peopleCeiling()}, 0, 0)
	if err != nil || len(marks) != 5+1 {
		t.Fatalf("%d marks (%v), want 5 stimuli and a score", len(marks), err)
	}
	if got := marks[3].Text; got != "set/body-001.png (body): observed (own unit) 4, predicted (own unit) 3" || marks[3].Stimuli[0].ID != "set/body-001.png" {
		t.Errorf("the fourth stimulus is told as %q", got)
	}
	marks, _, err = plots.Marks(plots.Subsets{Result: subsets()}, 0, 0)
	if err != nil || len(marks) != 3+3 {
		t.Fatalf("%d marks (%v), want 3 subsets and 3 draws", len(marks), err)
	}
	if !strings.HasPrefix(marks[1].Text, "without (4): Pearson r 0.55") || marks[4].Text != "draw 2 of 3: 0.300" {
		t.Errorf("a subset is told as %q, a draw as %q", marks[1].Text, marks[4].Text)
	}
}
