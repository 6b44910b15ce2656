package plots_test

import (
	"errors"
	"fmt"
	"log"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

func TestLesionBars(t *testing.T) {
	f := plots.LesionCurve{Effects: lesions(39)}
	ss := shapes(t, f, 0, 0)
	at := axis(t, ss, true, [2]float64{yAxisOf(ss), 0})
	// Of each category the intact bar, the lesioned beside it, and the band of
	// random lesions with its mean, left to right.
	for k, c := range []struct {
		fill           string
		intact, lesion float64
	}{{faceFill, 1, .85}, {bodyFill, .95, .85}, {"#A6D2E5", .9, .8}} {
		bars := filled(ss, c.fill)
		if len(bars) != 1 {
			t.Fatalf("%d intact bars of category %d", len(bars), k)
		}
		left, lo, right, hi := bars[0].bounds()
		if !near(lo, at(0)) || !near(hi, at(c.intact)) {
			t.Errorf("category %d: intact from %v to %v, want %v", k, lo, hi, at(c.intact))
		}
		found := 0
		for _, s := range ss {
			a, b, _, d := s.bounds()
			if s.kind == "path" && s.fill != "" && s.fill != c.fill && near(b, at(0)) && near(d, at(c.lesion)) && a > left && a < right+8 {
				found++
			}
		}
		if found != 1 {
			t.Errorf("category %d: %d lesioned bars of %v", k, found, c.lesion)
		}
		band := filled(ss, "#D4D4D4")
		if len(band) != 3+1 {
			t.Fatalf("%d bands, want 3 and the legend", len(band))
		}
		if a, lo, _, hi := band[k].bounds(); !near(lo, at(.8-.05*float64(k))) || !near(hi, at(.95-.05*float64(k))) || a < right {
			t.Errorf("category %d: random lesions from %v to %v at %v", k, lo, hi, a)
		}
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"accuracy", "39 of 128 units lesioned", "as many at random (mean, 95 %)", "beside random lesions matched in number; * q ≤ 0.05; dotted: chance", "|*|", "face", "body", "scene"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if strings.Count(all, "|*|") != 1 || strings.Contains(all, "less the others") {
		t.Errorf("one category is marked, and no contrast shown: %s", all)
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 3 || marks[0].Text != "face: 1.00 intact, 0.85 without 39 of 128 units, 0.90 without others matched in number (95 % 0.80 to 0.95), q = 0.03" {
		t.Errorf("marks %v, %v", marks, err)
	}
	if alt := f.Alt(); !strings.HasPrefix(alt, "What a lesion costs: accuracy by category. face: 1.00 intact, 0.85 without 39 of 128 units") || !strings.HasSuffix(alt, "Chance is 0.20.") {
		t.Errorf("Alt says %q", alt)
	}
	// Another task of the same rows.
	if all := strings.Join(texts(shapes(t, plots.LesionCurve{Effects: lesions(39), Task: "resemblance"}, 0, 0)), "|"); !strings.Contains(all, "resemblance") || strings.Contains(all, "accuracy") {
		t.Errorf("the other task: %s", all)
	}
}

func TestLesionCurves(t *testing.T) {
	f := plots.LesionCurve{Effects: lesions(39, 5, 20)} // in any order
	for _, w := range []vg.Length{0, plots.Column} {
		marks, _, err := plots.Marks(f, w, 0)
		if err != nil || len(marks) != 3*4 {
			t.Fatalf("%d marks (%v), want intact and three lesions of three categories", len(marks), err)
		}
		for k, name := range []string{"face", "body", "scene"} {
			own := marks[4*k : 4*k+4]
			if own[0].Text != fmt.Sprintf("%s, intact: %.3f", name, 1-.05*float64(k)) {
				t.Errorf("%s begins with %q", name, own[0].Text)
			}
			x := func(i int) float64 { return float64(own[i].Area.Min.X+own[i].Area.Max.X) / 2 }
			y := func(i int) float64 { return float64(own[i].Area.Min.Y+own[i].Area.Max.Y) / 2 }
			unit := (x(1) - x(0)) / 5
			for i, units := range []float64{0, 5, 20, 39} {
				if math.Abs(x(i)-x(0)-unit*units) > .05 {
					t.Errorf("%s: a lesion of %v units stands at %v, the intact network at %v", name, units, x(i), x(0))
				}
			}
			if name == "face" {
				high := (y(0) - y(2)) / (1 - .65) // .85, .75, .65 in the order given: 39, 5, 20
				if math.Abs(y(0)-y(1)-high*.25) > .05 || math.Abs(y(0)-y(3)-high*.15) > .05 {
					t.Errorf("face: scores stand at %v %v %v %v", y(0), y(1), y(2), y(3))
				}
			}
		}
	}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	for _, want := range []string{"units lesioned (%)", "least q = 0.03", "none lower than random", "random lesions, matched in number (mean, 95 %)", "chance"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	plain := lesions(5, 20)
	for i := range plain {
		plain[i].Of, plain[i].Chance = 0, 0
	}
	if all := strings.Join(texts(shapes(t, plots.LesionCurve{Effects: plain}, 0, 0)), "|"); strings.Contains(all, "%)|") || strings.Contains(all, "chance") || !strings.Contains(all, "units lesioned") {
		t.Errorf("numbers of units, no chance: %s", all)
	}
}

func TestLesionEdges(t *testing.T) {
	with := func(change func(e []analysis.LesionEffect)) []analysis.LesionEffect {
		e := lesions(39)
		change(e)
		return e
	}
	for name, c := range map[string]struct {
		f    plots.LesionCurve
		want string
	}{
		"nothing": {plots.LesionCurve{}, "no effects"},
		"task":    {plots.LesionCurve{Effects: lesions(39), Task: "naming"}, `no effects on the task "naming"`},
		"control": {plots.LesionCurve{Effects: lesions(39), Control: "matched in effect size"}, "matched in number"},
		"twice":   {plots.LesionCurve{Effects: append(lesions(39), lesions(39)...)}, "two effects on"},
		"layers":  {plots.LesionCurve{Effects: append(lesions(39), func() []analysis.LesionEffect { e := lesions(20); e[0].Of = 256; return e }()...)}, "of 256 units and of 128"},
		"NaN":     {plots.LesionCurve{Effects: with(func(e []analysis.LesionEffect) { e[0].Random = math.NaN() })}, "NaN"},
		"units":   {plots.LesionCurve{Effects: with(func(e []analysis.LesionEffect) { e[0].Units = 200 })}, "200 units of 128"},
		"band":    {plots.LesionCurve{Effects: with(func(e []analysis.LesionEffect) { e[0].RandomLo = 2 })}, "from 2 to 0.95"},
	} {
		if _, err := plots.PNG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(c.f.Alt(), "Empty figure") {
			t.Errorf("%s: %v, want an error with %q; Alt %q", name, err, c.want, c.f.Alt())
		}
	}
	var many []analysis.LesionEffect
	for i := range 14 {
		for _, u := range []int{1, 2} {
			e := lesions(u)[0]
			e.Category = fmt.Sprintf("category %d", i)
			many = append(many, e)
		}
	}
	for name, e := range map[string][]analysis.LesionEffect{
		"one category": lesions(39)[:1], "no category": with(func(e []analysis.LesionEffect) { e[0].Category = "" }),
		"negative scores": with(func(e []analysis.LesionEffect) { e[0].Lesioned, e[0].RandomLo = -3, -1 }),
		"nothing lost":    with(func(e []analysis.LesionEffect) { e[0].Lesioned, e[0].RandomLo, e[0].RandomHi = 1, .9, .9 }),
		"many":            many,
	} {
		if _, err := plots.PNG(plots.LesionCurve{Effects: e}, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := (plots.LesionCurve{Warnings: []error{errors.New("few draws")}}).Doubts(); len(d) != 1 {
		t.Errorf("doubts %v", d)
	}
}

func TestLesionGolden(t *testing.T) {
	golden.PNG(t, "lesion.png", must(plots.PNG(plots.LesionCurve{Effects: lesions(39)}, 0, 0)))
	golden.PNG(t, "lesions.png", must(plots.PNG(plots.LesionCurve{Effects: lesions(5, 20, 39)}, 0, 0)))
}

// What it costs a network to lose its face units (models.LesionEffects measures
// it).
func ExampleLesionCurve() {
	dir, remove := folder()
	defer remove()
	figure := plots.LesionCurve{Effects: []analysis.LesionEffect{
		{Task: "accuracy", Category: "face", Images: 24, Units: 39, Of: 128, Chance: .2, Intact: 1, Lesioned: .46, Control: "matched in number", Random: .99, RandomLo: .95, RandomHi: 1, P: .01, Q: .02},
		{Task: "accuracy", Category: "scene", Images: 24, Units: 39, Of: 128, Chance: .2, Intact: .96, Lesioned: .95, Control: "matched in number", Random: .95, RandomLo: .9, RandomHi: 1, P: .5, Q: .5},
	}}
	if err := plots.Save(figure, filepath.Join(dir, "lesion.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// What a lesion costs: accuracy by category. face: 1.00 intact, 0.46 without 39 of 128 units, 0.99 without others matched in number (95 % 0.95 to 1.00), q = 0.02. scene: 0.96 intact, 0.95 without 39 of 128 units, 0.95 without others matched in number (95 % 0.90 to 1.00), q = 0.50. Chance is 0.20.
}
