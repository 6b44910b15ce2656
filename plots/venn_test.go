package plots_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"log"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

// pixelsOf counts the pixels of each colour of a figure, the most frequent
// first; white is left out.
func pixelsOf(t *testing.T, f plots.Figure, w vg.Length) (colors []color.Color, n []int) {
	t.Helper()
	img := must(png.Decode(bytes.NewReader(must(plots.PNG(f, w, 0)))))
	count := map[color.Color]int{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.RGBAModel.Convert(img.At(x, y))
			count[c]++
		}
	}
	delete(count, color.RGBA{255, 255, 255, 255})
	for c := range count {
		colors = append(colors, c)
	}
	slices.SortFunc(colors, func(a, b color.Color) int { return count[b] - count[a] })
	for _, c := range colors {
		n = append(n, count[c])
	}
	return colors, n
}

// Areas are in proportion to the numbers: their pixels are counted.
func TestVennAreas(t *testing.T) {
	for _, c := range [][3]int{{42, 71, 30}, {71, 42, 30}, {100, 100, 50}, {900, 40, 20}, {300, 280, 270}, {142, 12, 12}, {42, 71, 0}, {60, 60, 60}} {
		a, b, both := c[0], c[1], c[2]
		parts := []int{a - both, b - both, both}
		slices.Sort(parts)
		slices.Reverse(parts)
		_, n := pixelsOf(t, plots.Venn{Overlap: overlap(a, b, both)}, 5*vg.Inch)
		total, sum := 0, a+b-both
		for k, want := range parts {
			if want > 0 {
				total += n[k]
			}
		}
		for k, want := range parts {
			if want == 0 {
				continue
			}
			if got := float64(n[k]) / float64(total); math.Abs(got-float64(want)/float64(sum)) > .02 { // outlines and numbers take the rest
				t.Errorf("%v: part %d has %.3f of the area, want %.3f", c, k, got, float64(want)/float64(sum))
			}
		}
	}
}

func TestVennSays(t *testing.T) {
	f := plots.Venn{Overlap: overlap(42, 71, 30)}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	for _, want := range []string{"mobilenet_v2/pool62", "Welch t > 7 (42)", "conjunction, q < 0.05 (71)", "Jaccard 0.36, Dice 0.53", "30 of 1280 channels in both; 2.3 by chance, p < 0.001", "|12|", "|30|", "41"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if alt := f.Alt(); !strings.Contains(alt, "Welch t > 7 selects 42, conjunction, q < 0.05 selects 71, both select 30. Jaccard 0.36, Dice 0.53; 2.3 would be shared by chance, p < 0.001") {
		t.Errorf("Alt says %q", alt)
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 3 {
		t.Fatalf("%d marks (%v), want 3", len(marks), err)
	}
	for i, want := range []string{"only Welch t > 7: 12 channels", "both: 30 channels", "only conjunction, q < 0.05: 41 channels"} {
		if marks[i].Text != want || i > 0 && marks[i].Area.Min.X < marks[i-1].Area.Min.X {
			t.Errorf("mark %d is %q at %v", i, marks[i].Text, marks[i].Area)
		}
	}
	// The same rule on two sets of images; names of one's own.
	o := overlap(42, 71, 30)
	o.RuleB = o.RuleA
	if all := strings.Join(texts(shapes(t, plots.Venn{Overlap: o}, 0, 0)), "|"); !strings.Contains(all, "first: Welch t > 7 (42)|second: Welch t > 7 (71)") {
		t.Errorf("one rule twice: %s", all)
	}
	if all := strings.Join(texts(shapes(t, plots.Venn{Overlap: o, A: "fLoc", B: "Pitcher", Title: "Two sets"}, 0, 0)), "|"); !strings.Contains(all, "fLoc (42)|Pitcher (71)") || !strings.Contains(all, "Two sets") {
		t.Errorf("named: %s", all)
	}
}

// Two thin parts are two numbers: 1 and 1 do not read 11.
func TestVennNumbersApart(t *testing.T) {
	var left []float64
	for _, s := range shapes(t, plots.Venn{Overlap: overlap(500, 2, 1)}, 0, 0) {
		if s.kind == "text" && s.text == "1" {
			left = append(left, leftOf(s))
		}
	}
	if len(left) != 2 || left[1]-left[0] < plots.TextWidth("1", 9, true)+4 {
		t.Errorf("the numbers of two channels stand at %v", left)
	}
}

func TestVennEdges(t *testing.T) {
	for name, c := range map[string]struct {
		o    localizer.Overlap
		want string
	}{
		"one empty":  {overlap(5, 0, 0), "an overlap with nothing is 0"},
		"both empty": {overlap(0, 0, 0), "no channel is selected by either"},
		"thin":       {overlap(640, 639, 638), "638"},
		"one in all": {overlap(1000, 1, 1), "999"},
		"one apart":  {overlap(1000, 1, 0), "1000"},
	} {
		f := plots.Venn{Overlap: c.o}
		if all := strings.Join(texts(shapes(t, f, 0, 0)), "|"); !strings.Contains(all, c.want) {
			t.Errorf("%s: does not say %q: %s", name, c.want, all)
		}
	}
	empty := plots.Venn{Overlap: overlap(5, 0, 0)}
	if d := empty.Doubts(); len(d) != 1 || !errors.Is(d[0], analysis.ErrEmpty) {
		t.Errorf("doubts %v", d)
	}
	with := func(change func(o *localizer.Overlap)) localizer.Overlap {
		o := overlap(5, 6, 2)
		change(&o)
		return o
	}
	for name, o := range map[string]localizer.Overlap{
		"more in both":  with(func(o *localizer.Overlap) { o.Both = 6 }),
		"below 0":       with(func(o *localizer.Overlap) { o.A = -1 }),
		"more than all": with(func(o *localizer.Overlap) { o.Channels = 3 }),
		"NaN":           with(func(o *localizer.Overlap) { o.P = math.NaN() }),
	} {
		f := plots.Venn{Overlap: o}
		if _, err := plots.PNG(f, 0, 0); err == nil || !strings.HasPrefix(err.Error(), "plots: ") || !strings.HasPrefix(f.Alt(), "Empty figure") {
			t.Errorf("%s: %v, Alt %q", name, err, f.Alt())
		}
	}
}

func TestVennGolden(t *testing.T) {
	golden.PNG(t, "venn.png", must(plots.PNG(plots.Venn{Overlap: overlap(42, 71, 30)}, 0, 0)))
}

// Do two localizers find the same units?
func ExampleVenn() {
	dir, remove := folder()
	defer remove()
	units := simulate("mobilenet_v2/pool62", stimuli(murty...), 200, "face", 2)
	var found []*analysis.FROI
	for _, l := range []interface {
		Localize(*analysis.Responses, analysis.Contrast) (*analysis.FROI, error)
	}{localizer.TTest{MinT: 7}, localizer.DPrime{Min: 1}} {
		f, err := l.Localize(units, localizer.Faces)
		if err != nil {
			log.Fatal(err)
		}
		found = append(found, f)
	}
	overlap, err := localizer.Compare(found[0], found[1])
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Venn{Overlap: overlap}
	if err := plots.Save(figure, filepath.Join(dir, "venn.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// Venn diagram of 200 channels of mobilenet_v2/pool62: Welch t > 7 (n = 25 against 160) selects 65, d′ > 1 (n = 25 against 160) selects 137, both select 65. Jaccard 0.47, Dice 0.64; 44.5 would be shared by chance, p < 0.001.
}

// 1 of 501 channels is little, and not nothing.
func TestVennSmallIndices(t *testing.T) {
	f := plots.Venn{Overlap: localizer.Overlap{Source: "net/layer", Channels: 1000, A: 251, B: 251, Both: 1, Jaccard: 1. / 501, Dice: 2. / 502, Expected: 63, P: 1}}
	if said := strings.Join(texts(shapes(t, f, 0, 0)), "|"); !strings.Contains(said, "Jaccard 0.002, Dice 0.004|") {
		t.Errorf("the figure says %q", said)
	}
	f.Overlap.Both, f.Overlap.Jaccard, f.Overlap.Dice = 0, 0, 0
	if !strings.Contains(f.Alt(), "Jaccard 0.00, Dice 0.00;") {
		t.Errorf("nothing shared: %q", f.Alt())
	}
}
