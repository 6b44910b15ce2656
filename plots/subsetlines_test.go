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
	"fusiform/analysis/encoding"
	"fusiform/internal/golden"
	"fusiform/plots"
)

func TestSubsetLines(t *testing.T) {
	f := plots.SubsetLines{Results: threeNetworks(), Ceiling: peopleCeiling()}
	ss := shapes(t, f, 0, 0)
	at := axis(t, ss, true, [2]float64{yAxisOf(ss), 0})

	// The points are marked, network by network.
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 4+3*4 {
		t.Fatalf("%d marks (%v), want 4 medians and 12 points", len(marks), err)
	}
	want := [][4]float64{{.6, .55, .2, .25}, {.5, .45, .25, .3}, {.4, .4, .1, .15}}
	names := []string{"all", "lesioned", "selective only", "random"}
	for i, row := range want {
		for k, v := range row {
			m := marks[4+4*i+k]
			if y := float64(m.Area.Min.Y+m.Area.Max.Y) / 2; math.Abs(y-at(v)) > .02 {
				t.Errorf("network %d, %s stands at %v, want %v", i, names[k], y, at(v))
			}
			if !strings.Contains(m.Text, fmt.Sprintf(", %s: %.3f with ", names[k], v)) {
				t.Errorf("network %d, %s is told as %q", i, names[k], m.Text)
			}
		}
	}
	// Medians: thick bars over all, lesioned, only, random.
	for k, v := range []float64{.5, .45, .2, .25} {
		y := float64(marks[k].Area.Min.Y+marks[k].Area.Max.Y) / 2
		if math.Abs(y-at(v)) > .02 || marks[k].Text != fmt.Sprintf("median over 3 networks, %s: %.3f", names[k], v) {
			t.Errorf("the median of %s is told as %q at %v, want %v", names[k], marks[k].Text, y, at(v))
		}
	}
	// Lines are told apart by colour, shape and pattern; the ceiling is a band.
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"S1 FFA", "alexnet/fc6", "resnet50/pool", "vit_b/head", "3 networks, bars: median", "ceiling 0.71–0.83, n = 8", "Pearson r, median over targets", "selective only"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	band := filled(ss, "#D4D4D4")
	if len(band) != 1 {
		t.Fatalf("%d bands", len(band))
	}
	if _, lo, _, hi := band[0].bounds(); !near(lo, at(.71)) || !near(hi, at(.83)) {
		t.Errorf("the ceiling lies from %v to %v", lo, hi)
	}
	if alt := f.Alt(); alt != "Responses of S1 FFA predicted from parts of 3 networks, Pearson r, median over targets. With all features: 0.50 (median; 0.40 to 0.60). Lesioned: 0.45 (median; 0.40 to 0.55). "+
		"With the selective features alone: 0.20 (median; 0.10 to 0.25). With as many at random: 0.25 (median; 0.15 to 0.30). The noise ceiling is 0.71 to 0.83 from 8 people." {
		t.Errorf("Alt says %q", alt)
	}
}

// yAxisOf is where the first vertical axis stands: the right end of its ticks.
func yAxisOf(ss []shape) float64 {
	for i, s := range ss {
		if s.kind == "path" && len(s.points) == 2 && s.points[0][1] == s.points[1][1] && i+1 < len(ss) && ss[i+1].kind == "text" {
			if _, err := fmt.Sscanf(strings.ReplaceAll(ss[i+1].text, "−", "-"), "%g", new(float64)); err == nil {
				_, _, x1, _ := s.bounds()
				return x1
			}
		}
	}
	return 0
}

// Layers of one network are not counted as networks, and of many lines none
// hides a median.
func TestSubsetLinesOfLayers(t *testing.T) {
	f := plots.SubsetLines{Results: threeNetworks(), Names: []string{"alexnet/fc6", "alexnet/fc7", "alexnet/fc8"}}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || marks[0].Text != "median over 3 layers, all: 0.500" {
		t.Errorf("%v, %v", marks, err)
	}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	if !strings.Contains(all, "3 layers, bars: median") || !strings.Contains(f.Alt(), "from parts of 3 layers,") {
		t.Errorf("the figure says %s, Alt %q", all, f.Alt())
	}
	var many []*encoding.SubsetResult
	for range 3 {
		many = append(many, threeNetworks()...)
	}
	marks, _, err = plots.Marks(plots.SubsetLines{Results: many}, 0, 0)
	if last := len(marks) - 1; err != nil || !strings.HasPrefix(marks[last].Text, "median over 9 networks, random") {
		t.Errorf("%v, %v: the medians do not lie on top", marks, err)
	}
}

// Of one network the draws are shown: alone, and removed.
func TestSubsetLinesOfOne(t *testing.T) {
	f := plots.SubsetLines{Results: threeNetworks()[:1], Names: []string{"AlexNet"}}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 3+3+4 {
		t.Fatalf("%d marks (%v), want 3 draws twice and 4 points", len(marks), err)
	}
	for i, want := range []string{"as many removed at random, draw 1 of 3: 0.580", "as many removed at random, draw 2 of 3: 0.570", "as many removed at random, draw 3 of 3: 0.590", "as many at random, draw 1 of 3: 0.100"} {
		if marks[i].Text != want {
			t.Errorf("mark %d is %q, want %q", i, marks[i].Text, want)
		}
	}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	if !strings.Contains(all, "S1 FFA from AlexNet") || !strings.Contains(all, "1 network, dots: draws") {
		t.Errorf("the figure says %s", all)
	}
	if alt := f.Alt(); !strings.Contains(alt, "Lesioned: 0.55 (3 draws of as many removed at random: 0.57 to 0.59)") || !strings.Contains(alt, "With as many at random: 0.25 (3 draws: 0.10 to 0.30)") {
		t.Errorf("Alt says %q", alt)
	}
}

func TestSubsetLinesEdges(t *testing.T) {
	// A network without a column has no point there, and its line a gap.
	r := threeNetworks()
	r[1].Without, r[1].Random, r[1].Controls = nil, nil, nil
	marks, _, err := plots.Marks(plots.SubsetLines{Results: r}, 0, 0)
	if err != nil || len(marks) != 4+4+2+4 || marks[1].Text != "median over 2 networks, lesioned: 0.475" {
		t.Errorf("%d marks (%v): %v", len(marks), err, marks[1].Text)
	}
	other := threeNetworks()
	for _, x := range []*encoding.Result{other[2].All, other[2].Without, other[2].Only} {
		x.Y = "S2 FFA"
	}
	nan := threeNetworks()
	nan[0].Only.Scores[0] = math.NaN()
	measure := threeNetworks()
	measure[1].All.Measure = analysis.Spearman
	for name, c := range map[string]struct {
		f    plots.SubsetLines
		want string
	}{
		"nothing": {plots.SubsetLines{}, "no subset results"},
		"nil":     {plots.SubsetLines{Results: []*encoding.SubsetResult{nil}}, "no subset results to draw (network 0)"},
		"names":   {plots.SubsetLines{Results: threeNetworks(), Names: []string{"a"}}, "1 names for 3 networks"},
		"target":  {plots.SubsetLines{Results: other}, `network 2 "S2 FFA"`},
		"NaN":     {plots.SubsetLines{Results: nan}, "is NaN"},
		"measure": {plots.SubsetLines{Results: measure}, "cannot share an axis"},
	} {
		if _, err := plots.PNG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(c.f.Alt(), "Empty figure") {
			t.Errorf("%s: %v, want an error with %q; Alt %q", name, err, c.want, c.f.Alt())
		}
	}
	// Many networks have no legend, but are told to who points at them.
	var many []*encoding.SubsetResult
	for range 5 {
		many = append(many, threeNetworks()...)
	}
	if all := strings.Join(texts(shapes(t, plots.SubsetLines{Results: many}, 0, 0)), "|"); strings.Contains(all, "alexnet") {
		t.Errorf("15 networks are in the legend: %s", all)
	}
	doubted := threeNetworks()
	doubted[0].All.Warnings = []error{errors.New("few stimuli")}
	if d := (plots.SubsetLines{Results: doubted}).Doubts(); len(d) != 1 {
		t.Errorf("doubts %v", d)
	}
}

func TestSubsetLinesGolden(t *testing.T) {
	golden.PNG(t, "subsetlines.png", must(plots.PNG(plots.SubsetLines{Results: threeNetworks(), Ceiling: peopleCeiling()}, 0, 0)))
}

// Are the face units of several networks necessary and sufficient?
func ExampleSubsetLines() {
	dir, remove := folder()
	defer remove()
	images := stimuli(kind{"face", 15}, kind{"body", 15}, kind{"scene", 15})
	voxels := simulate("S1 FFA", images, 20, "face", 9)
	var results []*encoding.SubsetResult
	for i, name := range []string{"alexnet/fc6", "resnet50/pool"} {
		units := simulate(name, images, 40, "face", uint64(2+i))
		faces := &analysis.FROI{Source: name, Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, 40)}
		for j := range 8 {
			faces.Keep[5*j] = true
		}
		r, err := encoding.Subsets{Draws: 9}.Evaluate(units, voxels, faces)
		if err != nil {
			log.Fatal(err)
		}
		results = append(results, r)
	}
	figure := plots.SubsetLines{Results: results, Ceiling: &analysis.Ceiling{Measure: analysis.Pearson, Lo: 0.55, Hi: 0.62, Subjects: 8}}
	if err := plots.Save(figure, filepath.Join(dir, "lines.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// Responses of S1 FFA predicted from parts of 2 networks, Pearson r, median over targets. With all features: 0.24 (median; 0.24 to 0.24). Lesioned: 0.27 (median; 0.26 to 0.29). With the selective features alone: 0.20 (median; 0.19 to 0.22). With as many at random: 0.23 (median; 0.20 to 0.26). The noise ceiling is 0.55 to 0.62 from 8 people.
}
