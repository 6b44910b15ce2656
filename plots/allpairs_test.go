package plots_test

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
	"fusiform/internal/golden"
	"fusiform/internal/realdata"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
)

// fourSystems are two regions of S1, one of S2 and a network.
func fourSystems() []ceiling.System {
	return []ceiling.System{
		{Label: "S1 FFA", Person: "S1", Region: "FFA"}, {Label: "S2 FFA", Person: "S2", Region: "FFA"},
		{Label: "S1 PPA", Person: "S1", Region: "PPA"}, {Label: "net/fc", Region: "face units"},
	}
}

func fourPairs(v ...float64) *ceiling.Pairs {
	return must(ceiling.NewPairs(fourSystems(), analysis.Pearson, mat.NewDense(4, 4, v)))
}

// cellAt reads the colour in the middle of cell i, j of n.
func cellAt(t *testing.T, f plots.AllPairs, n int) func(i, j int) color.RGBA {
	t.Helper()
	img, _ := raster(t, shapes(t, f, 0, 0))
	px := img.Bounds().Dx()
	return func(i, j int) color.RGBA {
		return color.RGBAModel.Convert(img.At(j*px/n+px/(2*n), i*px/n+px/(2*n))).(color.RGBA)
	}
}

// System 0 stands at the top left; 0 is white, positive red, negative blue, and
// what is no similarity is grey: shared noise dark, the unknown and the diagonal
// light.
func TestAllPairsOrientationAndColours(t *testing.T) {
	nan := math.NaN()
	f := plots.AllPairs{Pairs: fourPairs(
		nan, .5, 1.4, 0,
		.5, nan, nan, -.5,
		1.4, nan, nan, -1,
		0, -.5, -1, nan)}
	at := cellAt(t, f, 4)
	grey := func(c color.RGBA) bool { return c.R == c.G && c.G == c.B }
	red := func(c color.RGBA) bool { return c.R > c.B && c.R > c.G }
	blue := func(c color.RGBA) bool { return c.B > c.R }
	if c := at(0, 3); c != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("0 is %v, not white", c)
	}
	if !red(at(0, 1)) || !red(at(1, 0)) || !blue(at(1, 3)) || !blue(at(3, 2)) || at(3, 2).R >= at(1, 3).R {
		t.Errorf(".5 is %v, −.5 %v, −1 %v: not red, blue and deeper blue", at(0, 1), at(1, 3), at(3, 2))
	}
	if c := at(0, 2); !grey(c) || c.R > 100 || at(2, 0) != c {
		t.Errorf("a pair of one person is %v, not dark grey", c)
	}
	for _, ij := range [][2]int{{0, 0}, {3, 3}, {1, 2}, {2, 1}} {
		if c := at(ij[0], ij[1]); !grey(c) || c.R < 180 || c.R > 240 {
			t.Errorf("what is not known at %v is %v, not light grey", ij, c)
		}
	}
	// 1.4 is of one person: it is no reason to point the bar. A value of another
	// pair is.
	pointed := func(f plots.AllPairs) int {
		n := 0
		for _, s := range shapes(t, f, 0, 0) {
			if s.kind == "path" && s.stroke == "" && len(s.points) == 3 {
				n++
			}
		}
		return n
	}
	if n := pointed(f); n != 0 {
		t.Errorf("%d ends of the bar are pointed; only a pair that shares noise is beyond 1", n)
	}
	f.Max = .8
	if n := pointed(f); n != 1 { // −1
		t.Errorf("to ±.8, %d ends are pointed, want the lower one", n)
	}
}

func TestAllPairsBelow(t *testing.T) {
	up := fourPairs(0, .9, 1, .9, .9, 0, .9, .9, 1, .9, 0, .9, .9, .9, .9, 0)
	down := fourPairs(0, -.9, 1, -.9, -.9, 0, -.9, -.9, 1, -.9, 0, -.9, -.9, -.9, -.9, 0)
	f := plots.AllPairs{Pairs: up, Below: down, Names: []string{"tuning", "geometry"}}
	at := cellAt(t, f, 4)
	for i := range 4 {
		for j := range 4 {
			c := at(i, j)
			shared := i != j && i != 1 && j != 1 && i != 3 && j != 3
			switch {
			case i == j || shared:
				if c.R != c.B {
					t.Errorf("cell %d, %d is %v, not grey", i, j, c)
				}
			case i < j && c.R <= c.B, i > j && c.B <= c.R:
				t.Errorf("cell %d, %d is %v: the second matrix does not stand below the diagonal", i, j, c)
			}
		}
	}
	if all := strings.Join(texts(shapes(t, f, 0, 0)), "|"); !strings.Contains(all, "tuning above the diagonal, geometry below") {
		t.Errorf("the figure does not say which triangle is which: %s", all)
	}
	if alt := f.Alt(); !strings.Contains(alt, "tuning, above the diagonal") || !strings.Contains(alt, "geometry, below the diagonal") {
		t.Errorf("Alt: %s", alt)
	}
}

func TestAllPairsBlocksAndLabels(t *testing.T) {
	p := pairsOf(8, []string{"FFA", "PPA"}, 12, .6, 1) // blocks end at 8, 16, 28, 40
	ss := shapes(t, plots.AllPairs{Pairs: p}, 0, 0)
	_, place := raster(t, ss)
	x0, y0, x1, y1 := place.bounds()
	side := x1 - x0
	if math.Abs(side-(y1-y0)) > 1e-3 {
		t.Errorf("the matrix is %v×%v", side, y1-y0)
	}
	var across, down []float64
	for _, s := range ss {
		if s.kind != "path" || s.stroke != "#000000" || len(s.points) != 2 {
			continue
		}
		a0, b0, a1, b1 := s.bounds()
		if math.Abs(a1-a0-side) < .01 {
			across = append(across, (y1-b0)/side*40)
		}
		if math.Abs(b1-b0-side) < .01 {
			down = append(down, (a0-x0)/side*40)
		}
	}
	for _, got := range [][]float64{across, down} {
		if len(got) != 3 || math.Abs(got[0]-8) > .1 || math.Abs(got[1]-16) > .1 || math.Abs(got[2]-28) > .1 {
			t.Errorf("black separators at systems %v, want 8, 16, 28", got)
		}
	}
	for i, b := range []struct {
		name string
		mid  float64
	}{{"FFA", 4}, {"PPA", 12}, {"FFA units", 22}, {"PPA units", 34}} {
		left, above := 0, 0
		for _, s := range ss {
			if s.kind != "text" || s.text != b.name {
				continue
			}
			q := s.points[0]
			if q[0] < x0 && math.Abs(q[1]-(y1-b.mid/40*side)) < 5 {
				left++
			}
			if q[1] > y1 && math.Abs(q[0]-(x0+b.mid/40*side)) < 25 {
				above++
			}
		}
		if left != 1 || above != 1 {
			t.Errorf("block %d, %s, is named %d times at its left and %d times above", i, b.name, left, above)
		}
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"All pairs of 8 people and 12 networks", "noise-corrected Pearson r (−1 to 1)", "8 pairs of one person: shared noise", "people", "networks", "median below 0"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
}

// Who points at a cell is told whose it is and what it holds, or why it holds
// nothing.
func TestAllPairsMarks(t *testing.T) {
	nan := math.NaN()
	f := plots.AllPairs{Pairs: fourPairs(nan, .5, 1.4, 0, .5, nan, nan, -.5, 1.4, nan, nan, -1, 0, -.5, -1, nan)}
	_, cells, err := plots.Marks(f, 0, 0)
	if err != nil || len(cells) != 1 {
		t.Fatal(len(cells), err)
	}
	for ij, want := range map[[2]int]string{
		{0, 1}: "S1 FFA × S2 FFA: 0.500", {0, 2}: "S1 FFA × S1 PPA: 1.400, but they share noise",
		{3, 2}: "net∕fc (face units) × S1 PPA: −1.000", {1, 2}: "S2 FFA × S1 PPA: not known",
	} {
		if got := cells[0].Text(ij[0], ij[1]); got != want {
			t.Errorf("cell %v: %q, want %q", ij, got, want)
		}
	}
	_, place := raster(t, shapes(t, f, 0, 0))
	x0, y0, x1, y1 := place.bounds()
	if a := cells[0].Area; math.Abs(float64(a.Min.X)-x0)+math.Abs(float64(a.Min.Y)-y0)+math.Abs(float64(a.Max.X)-x1)+math.Abs(float64(a.Max.Y)-y1) > .5 {
		t.Errorf("the cells are told at %v, drawn at %v", a, [4]float64{x0, y0, x1, y1})
	}
}

func TestAllPairsAltAndDoubts(t *testing.T) {
	f := plots.AllPairs{Pairs: fourPairs(0, .5, 1.4, .25, .5, 0, -.125, -.5, 1.4, -.125, 0, -1, .25, -.5, -1, 0)}
	// The network with FFA: the mean of .25 and −.5. With PPA: −1. Nobody else has
	// PPA.
	want := "All pairs of 2 people and 1 network: noise-corrected similarities of 4 systems, coloured from −1 to 1. People with people, median: FFA 0.50. " +
		"Networks with people, median: face units with FFA −0.12, PPA −1.00. 1 pair of one person share noise and are greyed, the largest 1.40."
	want = strings.Replace(want, "1 pair of one person share noise and are greyed", "1 pair of one person shares noise and is dark", 1)
	if got := f.Alt(); got != want {
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
	if d := f.Doubts(); len(d) != 1 || !strings.Contains(d[0].Error(), "share noise") {
		t.Errorf("doubts %v", d)
	}
	if d := (plots.AllPairs{}).Doubts(); d != nil {
		t.Errorf("an empty figure doubts %v", d)
	}
}

func TestAllPairsErrors(t *testing.T) {
	good := fourPairs(0, .5, 1.4, .25, .5, 0, -.125, -.5, 1.4, -.125, 0, -1, .25, -.5, -1, 0)
	other := fourSystems()
	other[0], other[1] = other[1], other[0]
	swapped := must(ceiling.NewPairs(other, analysis.Pearson, good.Values))
	broken := fourPairs(0, .5, 1.4, .25, .5, 0, -.125, -.5, 1.4, -.125, 0, -1, .25, -.5, -1, 0)
	broken.Values.Set(0, 3, math.NaN())
	for name, c := range map[string]struct {
		f    plots.AllPairs
		want string
	}{
		"nothing":         {plots.AllPairs{}, "no pairs"},
		"empty":           {plots.AllPairs{Pairs: &ceiling.Pairs{}}, "0 systems make no pair"},
		"a smaller one":   {plots.AllPairs{Pairs: &ceiling.Pairs{Systems: fourSystems(), Values: mat.NewDense(2, 2, nil)}}, "2×2 for 4 systems"},
		"another order":   {plots.AllPairs{Pairs: good, Below: swapped}, "not of the same systems in the same order"},
		"NaN":             {plots.AllPairs{Pairs: broken}, `"S1 FFA" with "net/fc" is NaN`},
		"a negative end":  {plots.AllPairs{Pairs: good, Max: -1}, "Max must be above 0"},
		"an end of NaN":   {plots.AllPairs{Pairs: good, Max: math.NaN()}, "Max must be above 0"},
		"too many names":  {plots.AllPairs{Pairs: good, Names: []string{"a", "b"}}, "2 names for 1 matrices"},
		"an infinite end": {plots.AllPairs{Pairs: good, Max: math.Inf(1)}, "Max must be above 0"},
	} {
		if _, err := plots.PNG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "plots: ") {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if alt := c.f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
}

// One person, one network, people alone, networks alone.
func TestAllPairsFew(t *testing.T) {
	for name, s := range map[string][]ceiling.System{
		"a person and a network": {{Label: "S1 FFA", Person: "S1", Region: "FFA"}, {Label: "net", Region: "face units"}},
		"one person":             {{Label: "S1 FFA", Person: "S1", Region: "FFA"}, {Label: "S1 PPA", Person: "S1", Region: "PPA"}},
		"two networks":           {{Label: "a"}, {Label: "b"}},
		"without labels":         {{Person: "S1"}, {Person: "S2"}},
	} {
		f := plots.AllPairs{Pairs: must(ceiling.NewPairs(s, nil, mat.NewDense(2, 2, []float64{0, .3, .3, 0})))}
		if _, err := plots.PNG(f, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if alt := f.Alt(); strings.HasPrefix(alt, "Empty") {
			t.Errorf("%s: %s", name, alt)
		}
	}
}

func TestAllPairsGolden(t *testing.T) {
	f := plots.AllPairs{
		Pairs: pairsOf(8, []string{"FFA", "EBA", "PPA"}, 12, .62, 1), Below: pairsOf(8, []string{"FFA", "EBA", "PPA"}, 12, .35, 2),
		Names: []string{"univariate", "multivariate"},
	}
	golden.PNG(t, "allpairs.png", must(plots.PNG(f, 0, 0)))
}

// The paper's own matrix: its medians are those of methods.md, said by the
// figures that a notebook makes of the tables.
func TestPaperFigures(t *testing.T) {
	paper := must(dataset.Paper(realdata.Folder(t, "paper")))
	systems := must(ceiling.Systems(paper.Rows()))
	uni := must(ceiling.NewPairs(systems, analysis.Pearson, paper.Univariate))
	multi := must(ceiling.NewPairs(systems, analysis.Pearson, paper.Multivariate))
	f := plots.AllPairs{Pairs: uni, Below: multi, Names: []string{"univariate", "multivariate"}}
	alt := f.Alt()
	for _, want := range []string{
		"All pairs of 8 people and 35 networks: noise-corrected similarities of 153 systems",
		"univariate, above the diagonal: People with people, median: FFA 0.98,", "EBA 0.99,", "PPA 1.01,", "multivariate, below the diagonal: People with people, median: FFA 1.00,", "EBA 1.09,", "PPA 1.02,",
		"120 pairs of one person share noise and are dark, the largest 1.83",
	} {
		if !strings.Contains(alt, want) {
			t.Errorf("Alt does not say %q:\n%s", want, alt)
		}
	}
	ss := shapes(t, f, 0, 0)
	for _, b := range paper.Blocks {
		n := 0
		for _, s := range ss {
			if s.kind == "text" && (s.text == b.Label || strings.HasPrefix(b.Label, s.text+" (")) {
				n++
			}
		}
		if n < 2 {
			t.Errorf("%s is named %d times", b.Label, n)
		}
	}
	if svg := must(plots.SVG(f, 0, 0)); len(svg) > 250_000 {
		t.Errorf("the SVG has %d bytes", len(svg))
	}

	regions := [][2]string{{"ANNs (face-selective)", "FFA"}, {"ANNs (body-selective)", "EBA"}, {"ANNs (scene-selective)", "PPA"}}
	gap := plots.Gap{
		Univariate:   must(uni.Gaps(ctx, analysis.Bootstrap{}, regions...)),
		Multivariate: must(multi.Gaps(ctx, analysis.Bootstrap{}, regions...)),
	}
	for k, want := range [][4]float64{ // people and networks, univariate and multivariate
		{.981, .618, .997, .38345}, {.992, .673, 1.091, .307}, {1.006, .727, 1.022, .368},
	} {
		got := [4]float64{gap.Univariate[k].People.Median(), gap.Univariate[k].Networks.Median(), gap.Multivariate[k].People.Median(), gap.Multivariate[k].Networks.Median()}
		for i := range got {
			if math.Abs(got[i]-want[i]) > .5e-3 {
				t.Errorf("%s: medians %.4f, want %v", regions[k][1], got, want)
			}
		}
	}
	alt = gap.Alt()
	for _, want := range []string{"FFA, univariate: people with people median 0.98", "networks with people median 0.62", "PPA, univariate: people with people median 1.01", "median 0.73", "EBA, multivariate: people with people median 1.09", "median 0.31"} {
		if !strings.Contains(alt, want) {
			t.Errorf("Alt does not say %q:\n%s", want, alt)
		}
	}
	// 8 people and 35 networks in six halves: a dot for each, two in the legend.
	ss = shapes(t, gap, 0, 0)
	if n := len(filled(ss, "#D85A30")); n != 6*8+1 {
		t.Errorf("%d people are drawn, want %d and the legend", n, 6*8)
	}
	if n := len(filled(ss, "#378ADD")); n != 6*35+1 {
		t.Errorf("%d networks are drawn, want %d and the legend", n, 6*35)
	}
	t.Log(fmt.Sprint(len(must(plots.SVG(gap, 0, 0))), " bytes of SVG"))
}
