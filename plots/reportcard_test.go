package plots_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

func TestReportCard(t *testing.T) {
	r := report()
	f := plots.ReportCard{Report: r}
	for _, w := range []vg.Length{0, plots.Column} {
		ss := shapes(t, f, w, 0)
		// People are discs, networks diamonds, each at its effect, in the order
		// of the lines from the top; the band is about the effect in people.
		people, networks := filled(ss, "#D85A30"), filled(ss, "#95C0EF")
		if len(people) != 7 || len(networks) != 6 {
			t.Fatalf("%d people and %d networks, want 6 and 5 and the legend", len(people), len(networks))
		}
		_, low := bottomTicks(ss)
		at := axis(t, ss, false, [2]float64{0, low})
		row := func(s shape) float64 { _, y0, _, y1 := s.bounds(); return (y0 + y1) / 2 }
		var bands []shape
		for _, s := range filled(ss, "#D4D4D4") {
			if s.arcs == 0 {
				bands = append(bands, s)
			}
		}
		k := 0
		last := math.Inf(1)
		for i, l := range r.Lines {
			x := people[i].points[0][0] - 2.8 // a circle starts at its right
			if math.Abs(x-at(l.Human.Value)) > .05 {
				t.Errorf("people of %q at %v, want %v", l.Entry, x, at(l.Human.Value))
			}
			x0, y0, x1, y1 := bands[i].bounds()
			if math.Abs(x0-at(l.Human.Value-l.Band)) > .05 || math.Abs(x1-at(l.Human.Value+l.Band)) > .05 || people[i].points[0][1] < y0 || people[i].points[0][1] > y1 {
				t.Errorf("the band of %q lies from %v to %v", l.Entry, x0, x1)
			}
			if y := people[i].points[0][1]; y >= last {
				t.Errorf("%q stands above the entry before it", l.Entry)
			} else {
				last = y
			}
			if l.Verdict == mismatch.Untested {
				continue
			}
			a, _, b, _ := networks[k].bounds()
			if math.Abs((a+b)/2-at(l.Network.Value)) > .05 || row(networks[k]) > people[i].points[0][1] {
				t.Errorf("the network of %q at %v, want %v", l.Entry, (a+b)/2, at(l.Network.Value))
			}
			k++
		}
		// Intervals: a thick line from Lo to Hi in the edge's colour.
		n := 0
		for _, s := range ss {
			x0, y0, x1, y1 := s.bounds()
			for _, l := range r.Lines {
				for _, e := range []mismatch.Effect{l.Human, l.Network} {
					if s.stroke != "" && y0 == y1 && e.Hi > e.Lo && math.Abs(x0-at(e.Lo)) < .05 && math.Abs(x1-at(e.Hi)) < .05 {
						n++
					}
				}
			}
		}
		if n < 11 {
			t.Errorf("%d intervals, want 11", n)
		}
	}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	for _, want := range []string{"resnet50: three mismatches and more", "1 matches, 1 undecided, 1 opposite, 1 too weak, 1 too strong, 1 untested (of 6)", "A less B (standard deviations)",
		"animal faces|FFA|too strong|q < 0.001", "covered bodies|EBA|matches|q = 0.43", "people in scenes|PPA|too weak|q = 0.012", "opposite", "words|VWFA|untested|", "people", "network", "band within which a network matches"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if alt := f.Alt(); !strings.Contains(alt, "Report card of resnet50 by the battery three mismatches and more: 1 matches") ||
		!strings.Contains(alt, "animal faces (FFA): too strong; people +0.10 [−0.20, +0.40], network +1.40 [+1.00, +1.80], band ± 0.35, q < 0.001; answers human face over animal face by 1.30 SD more than people.") ||
		!strings.Contains(alt, "words (VWFA): untested; people +1.60 [+1.40, +1.80].") {
		t.Errorf("Alt says %q", alt)
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 6 || !strings.HasPrefix(marks[4].Text, "hands (EBA): opposite") || marks[4].Area.Max.Y > marks[3].Area.Min.Y+.01 {
		t.Errorf("marks %v, %v", marks, err)
	}
}

// bottomTicks returns where the axis at the bottom is.
func bottomTicks(ss []shape) (x, y float64) {
	for i, s := range ss {
		if s.kind == "path" && len(s.points) == 2 && i+1 < len(ss) && ss[i+1].kind == "text" && s.points[0][0] == s.points[1][0] {
			_, _, _, y1 := s.bounds()
			if _, err := fmt.Sscanf(strings.ReplaceAll(ss[i+1].text, "−", "-"), "%g", new(float64)); err == nil {
				return s.points[0][0], y1
			}
		}
	}
	return 0, 0
}

// Every verdict has a sign of its own.
func TestReportCardVerdicts(t *testing.T) {
	seen := map[string]mismatch.Verdict{}
	for v := mismatch.Untested; v <= mismatch.TooStrong; v++ {
		r := report()
		r.Lines = r.Lines[:1]
		r.Lines[0].Verdict = v
		ss := shapes(t, plots.ReportCard{Report: r}, 0, 0)
		sign := ""
		for i, s := range ss {
			if s.text == v.String() { // the sign is drawn before its word: fill and outline, or a line
				for _, b := range ss[i-2 : i] {
					if b.kind == "path" && (b.fill == "#222222" || b.fill == "#FFFFFF" || b.stroke == "#222222") {
						sign += fmt.Sprint(b.fill, len(b.points), b.arcs, b.points[0][1] > b.points[len(b.points)-1][1], "|")
					}
				}
			}
		}
		if sign == "" {
			t.Errorf("%v has no sign", v)
		}
		if o, twice := seen[sign]; twice {
			t.Errorf("%v and %v have the same sign %q", v, o, sign)
		}
		seen[sign] = v
	}
}

func TestReportCardEdges(t *testing.T) {
	with := func(change func(r *mismatch.Report)) plots.ReportCard {
		r := report()
		change(r)
		return plots.ReportCard{Report: r}
	}
	for name, f := range map[string]plots.ReportCard{
		"one":          with(func(r *mismatch.Report) { r.Lines = r.Lines[:1] }),
		"all untested": with(func(r *mismatch.Report) { r.Lines = r.Lines[5:] }),
		"no interval":  with(func(r *mismatch.Report) { r.Lines[0].Network = mismatch.Effect{} }),
		"many": with(func(r *mismatch.Report) {
			for len(r.Lines) < 40 {
				r.Lines = append(r.Lines, r.Lines[len(r.Lines)%6])
			}
		}),
	} {
		if _, err := plots.PNG(f, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, f := range map[string]plots.ReportCard{
		"nil":     {},
		"empty":   {Report: &mismatch.Report{}},
		"NaN":     with(func(r *mismatch.Report) { r.Lines[2].Network.Lo = math.NaN() }),
		"no band": with(func(r *mismatch.Report) { r.Lines[2].Band = -1 }),
	} {
		if _, err := plots.PNG(f, 0, 0); err == nil || !strings.HasPrefix(err.Error(), "plots: ") || !strings.HasPrefix(f.Alt(), "Empty figure") {
			t.Errorf("%s: %v, Alt %q", name, err, f.Alt())
		}
	}
	a, b := errors.New("few people"), errors.New("found with this network")
	if d := with(func(r *mismatch.Report) { r.Warnings, r.Lines[1].Warnings = []error{a}, []error{b, a} }).Doubts(); len(d) != 2 || (plots.ReportCard{}).Doubts() != nil {
		t.Errorf("doubts %v", d)
	}
}

func TestReportCardGolden(t *testing.T) {
	golden.PNG(t, "reportcard.png", must(plots.PNG(plots.ReportCard{Report: report()}, 0, 0)))
}

// A new network is put to a battery of stimuli on which others and people
// disagree.
func ExampleReportCard() {
	dir, remove := folder()
	defer remove()
	images := stimuli(kind{"human face", 12}, kind{"animal face", 12}, kind{"object", 12})
	var people []*tuning.Profile
	for i := range 5 {
		p, err := tuning.New(simulate(fmt.Sprintf("S%d FFA", i+1), images, 40, "human face", uint64(20+i)))
		if err != nil {
			log.Fatal(err)
		}
		people = append(people, p)
	}
	ctx := context.Background()
	battery, err := mismatch.Test{Draws: 200, Permutations: 199}.Battery(ctx, "faces", mismatch.Question{
		Definition: mismatch.Definition{Name: "animal faces", Region: "FFA", A: "human face", B: "animal face"},
		People:     people,
		Contrast:   mismatch.Contrast{A: mismatch.Group{Name: "human face", IDs: ids(images, "human face")}, B: mismatch.Group{Name: "animal face", IDs: ids(images, "animal face")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	units, err := tuning.New(simulate("resnet50/pool faces", images, 42, "animal face", 3))
	if err != nil {
		log.Fatal(err)
	}
	report, err := battery.Report(ctx, "resnet50", map[string]*tuning.Profile{"FFA": units})
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.ReportCard{Report: report}
	if err := plots.Save(figure, filepath.Join(dir, "report.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	// Output:
	// resnet50: 1 opposite (of 1)
}

func ids(s analysis.Stimuli, category string) []string {
	var out []string
	for i := range s.Len() {
		if s.At(i).Category == category {
			out = append(out, s.At(i).ID)
		}
	}
	return out
}
