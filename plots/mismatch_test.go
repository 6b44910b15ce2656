package plots_test

import (
	"fmt"
	"log"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

// fourResiduals are ranked: two faces that the network overrates, and two
// bodies.
func fourResiduals() []mismatch.Residual {
	s := withPictures(stimuli(kind{"face", 2}, kind{"body", 2}))
	var out []mismatch.Residual
	for i, v := range [][2]float64{{-1, 1.5}, {2, .5}, {1, 2}, {-2, -1.75}} {
		it := s.At(i)
		out = append(out, mismatch.Residual{ID: it.ID, Category: it.Category, Brain: v[0], Model: v[1], E: v[1] - v[0], Stimulus: it})
	}
	return out
}

func TestMismatchPoints(t *testing.T) {
	f := plots.Mismatch{Ranked: fourResiduals(), Brain: "S1 FFA", Network: "net/pool", Outliers: 2}
	ss := shapes(t, f, 0, 0)
	var dashed []shape
	for _, s := range ss {
		if s.dash != "" {
			dashed = append(dashed, s)
		}
	}
	if len(dashed) != 1 {
		t.Fatalf("%d dashed lines, want the one on which both agree", len(dashed))
	}
	x0, y0, x1, y1 := dashed[0].bounds()
	if math.Abs((x1-x0)-(y1-y0)) > .01 {
		t.Errorf("the axes are %v and %v long, not equal", x1-x0, y1-y0)
	}
	xAt, yAt := axis(t, ss, false, [2]float64{0, y0}), axis(t, ss, true, [2]float64{x0, 0})
	for _, v := range []float64{-2, 0, 2} {
		if math.Abs((xAt(v)-x0)-(yAt(v)-y0)) > .02 {
			t.Errorf("%v stands at %v across and %v up", v, xAt(v)-x0, yAt(v)-y0)
		}
	}
	// The brain across, the network up; then the list of outliers.
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 6 {
		t.Fatalf("%d marks (%v), want 4 points and 2 outliers", len(marks), err)
	}
	for i, r := range f.Ranked {
		a := marks[i].Area
		x, y := float64(a.Min.X+a.Max.X)/2, float64(a.Min.Y+a.Max.Y)/2
		if math.Abs(x-xAt(r.Brain)) > .02 || math.Abs(y-yAt(r.Model)) > .02 || marks[i].Stimuli[0].ID != r.ID {
			t.Errorf("stimulus %d at %v, %v; brain %v network %v would be %v, %v", i, x, y, r.Brain, r.Model, xAt(r.Brain), yAt(r.Model))
		}
	}
	if got := marks[4].Text; got != "set/face-001.png (face): network 1.50, brain −1.00, difference +2.50" {
		t.Errorf("the first outlier is told as %q", got)
	}
	// The numbers 1 and 2 stand by their points and in the list, the pictures
	// in the list.
	numbers := map[string][][2]float64{}
	images := 0
	for _, s := range ss {
		switch {
		case s.kind == "image":
			images++
			if a, _, _, _ := s.bounds(); a < x1 {
				t.Error("a picture stands on the scatter")
			}
		case s.text == "1" || s.text == "2":
			if s.points[0][1] > y0+1 {
				numbers[s.text] = append(numbers[s.text], s.points[0])
			}
		}
	}
	if images != 2 {
		t.Errorf("%d pictures, want 2", images)
	}
	for i, r := range f.Ranked[:2] {
		near := math.Inf(1)
		for _, p := range numbers[fmt.Sprint(i+1)] {
			near = math.Min(near, math.Hypot(p[0]-xAt(r.Brain), p[1]-yAt(r.Model)))
		}
		if near > 20 {
			t.Errorf("number %d stands %v points from its point", i+1, near)
		}
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"net/pool against S1 FFA", "S1 FFA (z)", "net/pool (z)", "4 stimuli", "above the line: answered more by the network", "face-001.png", "+2.50", "face-002.png", "−1.50", "network less brain, in standard deviations"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if alt := f.Alt(); alt != "Responses of net/pool against S1 FFA, z-scored, for 4 stimuli; they differ by 1.55 on average (root mean square). "+ // √((6.25+2.25+1+.0625)/4)
		"They differ most on set/face-001.png (face): network 1.50, brain −1.00, difference +2.50; set/face-002.png (face): network 0.50, brain 2.00, difference −1.50." {
		t.Errorf("Alt says %q", alt)
	}
}

func TestMismatchResiduals(t *testing.T) {
	r := residuals(withPictures(stimuli(kind{"face", 6}, kind{"body", 5}, kind{"scene", 9}, kind{"object", 7})))
	f := plots.Mismatch{Residuals: r, Outliers: 2}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	for _, want := range []string{"mean of 3 networks against mean of 4 people", "mean of 4 people (z)", "q ", "face-001.png", "face-002.png"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if got := f.Doubts(); len(got) != len(r.Warnings) || len(got) == 0 {
		t.Errorf("doubts %v", got)
	}
	// Of one person there is no q.
	people := []*tuning.Profile{must(tuning.New(simulate("S1", r.Stimuli, 9, "face", 1)))}
	nets := []*tuning.Profile{must(tuning.New(simulate("net/a", r.Stimuli, 9, "face", 2)))}
	one := plots.Mismatch{Residuals: must(mismatch.New(people, nets))}
	if alt := one.Alt(); strings.Contains(alt, "q =") || strings.Contains(alt, "q <") || !strings.Contains(alt, "Responses of net/a against S1") {
		t.Errorf("one person: %s", alt)
	}
}

// Wherever outliers lie, their numbers stand apart: TestTextsStayApart looks
// at one; here are many, some in one place.
func TestMismatchNumbersStayApart(t *testing.T) {
	s := stimuli(kind{"face", 30})
	var rows []mismatch.Residual
	for i := range 30 {
		v := [2]float64{float64(i%5) * .1, 2 - float64(i%7)*.1}
		if i%2 == 1 {
			v = [2]float64{-v[1], -v[0]}
		}
		rows = append(rows, mismatch.Residual{Brain: v[0], Model: v[1], E: v[1] - v[0], Stimulus: s.At(i)})
	}
	for _, w := range []vg.Length{0, plots.Column, 4 * vg.Inch} {
		ss := shapes(t, plots.Mismatch{Ranked: rows, Outliers: 9}, w, 0)
		for i, a := range ss {
			for _, b := range ss[i+1:] {
				if a.kind == "text" && b.kind == "text" && a.box != [4]float64{} && b.box != [4]float64{} &&
					a.box[0] < b.box[2]-.1 && b.box[0] < a.box[2]-.1 && a.box[1] < b.box[3]-.1 && b.box[1] < a.box[3]-.1 {
					t.Errorf("width %v: %q stands on %q", w, a.text, b.text)
				}
			}
		}
	}
}

func TestMismatchErrors(t *testing.T) {
	r := residuals(stimuli(kind{"face", 6}, kind{"body", 5}, kind{"scene", 9}, kind{"object", 7}))
	broken := *r
	broken.Model = append([][]float64(nil), r.Model[0][:3])
	nobody := *r
	nobody.Brain = nil
	bad := fourResiduals()
	bad[1].Model = math.NaN()
	for name, c := range map[string]struct {
		f    plots.Mismatch
		want string
	}{
		"nothing": {plots.Mismatch{}, "no residuals"},
		"both":    {plots.Mismatch{Residuals: r, Ranked: fourResiduals()}, "not of both"},
		"lengths": {plots.Mismatch{Residuals: &broken}, "3 values for 27 stimuli"},
		"nobody":  {plots.Mismatch{Residuals: &nobody}, "nobody or no network"},
		"NaN":     {plots.Mismatch{Ranked: bad}, `"set/face-002.png" is 2 of the brain and NaN`},
	} {
		if _, err := plots.PNG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(c.f.Alt(), "Empty figure") {
			t.Errorf("%s: %v, want an error with %q; Alt %q", name, err, c.want, c.f.Alt())
		}
	}
	if (plots.Mismatch{}).Doubts() != nil {
		t.Error("doubts of nothing")
	}
	// Two stimuli, no pictures shown, equal responses.
	for name, f := range map[string]plots.Mismatch{
		"two":     {Ranked: fourResiduals()[:2]},
		"none":    {Ranked: fourResiduals(), Outliers: -1},
		"one":     {Ranked: fourResiduals()[:1]},
		"all the": {Ranked: fourResiduals(), Outliers: 100},
	} {
		if _, err := plots.PNG(f, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMismatchGolden(t *testing.T) {
	golden.PNG(t, "mismatch.png", must(plots.PNG(plots.Mismatch{Residuals: residuals(must(drawings(8).Stimuli()))}, 0, 0)))
}

// On which stimuli do networks and people disagree?
func ExampleMismatch() {
	dir, remove := folder()
	defer remove()
	images := stimuli(kind{"face", 8}, kind{"body", 8}, kind{"scene", 8})
	var people, networks []*tuning.Profile
	for i := range 5 {
		p, err := tuning.New(simulate(fmt.Sprintf("S%d FFA", i+1), images, 40, "face", uint64(20+i)))
		if err != nil {
			log.Fatal(err)
		}
		people = append(people, p)
	}
	for i := range 2 {
		p, err := tuning.New(simulate(fmt.Sprintf("net%d/pool", i+1), images, 6, "face", uint64(40+i)))
		if err != nil {
			log.Fatal(err)
		}
		networks = append(networks, p)
	}
	residuals, err := mismatch.New(people, networks)
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Mismatch{Residuals: residuals, Outliers: 2}
	if err := plots.Save(figure, filepath.Join(dir, "mismatch.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// Responses of mean of 2 networks against mean of 5 people, z-scored, for 24 stimuli; they differ by 0.76 on average (root mean square). They differ most on set/face-002.png (face): network −0.09, brain 2.67, difference −2.76, q < 0.001; set/scene-005.png (scene): network 0.43, brain −0.56, difference +0.99, q < 0.001.
}
