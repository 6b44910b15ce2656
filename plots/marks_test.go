package plots_test

import (
	"html"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// What is told of a cell is what the matrix holds there, and it stands where
// the cell is drawn: row 0 at the top.
func TestRSMCells(t *testing.T) {
	m := stepped()
	_, cells, err := plots.Marks(plots.RSM{Matrix: m}, 0, 0)
	if err != nil || len(cells) != 1 {
		t.Fatal(cells, err)
	}
	c := cells[0]
	if len(c.Rows) != 4 || len(c.Columns) != 4 {
		t.Fatalf("%d×%d cells", len(c.Rows), len(c.Columns))
	}
	for _, want := range []struct {
		i, j int
		text string
	}{
		{0, 3, "face-001 (face) × body-002 (body): Pearson r −1.00"},
		{3, 0, "body-002 (body) × face-001 (face): Pearson r −1.00"},
		{1, 2, "face-002 (face) × body-001 (body): Pearson r −0.50"},
		{2, 3, "body-001 (body) × body-002 (body): Pearson r 0.25"},
	} {
		if got := c.Text(want.i, want.j); got != want.text {
			t.Errorf("cell %d, %d: %q, want %q", want.i, want.j, got, want.text)
		}
		r := c.Cell(want.i, want.j)
		w, h := (c.Area.Max.X-c.Area.Min.X)/4, (c.Area.Max.Y-c.Area.Min.Y)/4
		x, y := c.Area.Min.X+w*(vg.Length(want.j)+.5), c.Area.Max.Y-h*(vg.Length(want.i)+.5)
		if !(r.Min.X < x && x < r.Max.X && r.Min.Y < y && y < r.Max.Y) || math.Abs(float64(r.Max.X-r.Min.X-w)) > 1e-6 {
			t.Errorf("cell %d, %d is at %v, its middle is %v, %v", want.i, want.j, r, x, y)
		}
	}
}

// A browser shows what a small matrix's cells are; a large one would make the
// file too large, and stays without.
func TestSVGTitles(t *testing.T) {
	small := string(must(plots.SVG(plots.RSM{Matrix: stepped()}, 0, 0)))
	if n := strings.Count(small, "<title>"); n != 1+16 {
		t.Errorf("%d titles, want that of the figure and 16 cells", n)
	}
	if !strings.Contains(small, "<title>face-001 (face) × body-002 (body): Pearson r −1.00</title></rect>") {
		t.Error("a cell does not say what it is")
	}
	m := must(rsa.New(simulate("net/layer", stimuli(murty...), 20, "face", 1), analysis.Pearson))
	large := must(plots.SVG(plots.RSM{Matrix: m}, 0, 0))
	if n := strings.Count(string(large), "<title>"); n != 1 || len(large) > 250_000 {
		t.Errorf("185 stimuli: %d titles, %d bytes", n, len(large))
	}
}

// A rectangle of a title lies where the mark does, y downwards.
func TestSVGTitlesStandWhereMarksDo(t *testing.T) {
	f := marked{vg.Rectangle{Min: vg.Point{X: 10, Y: 20}, Max: vg.Point{X: 40, Y: 50}}, `a "b" <c>`}
	s := string(must(plots.SVG(f, 200, 100)))
	want := `<rect x="10" y="50" width="30" height="30"><title>` + html.EscapeString(f.text) + `</title></rect>`
	if !strings.Contains(s, want) {
		t.Errorf("no %s in %s", want, s)
	}
}

type marked struct {
	area vg.Rectangle
	text string
}

func (f marked) Draw(c draw.Canvas) error {
	plots.MarkOn(c, f.area, f.text)
	return nil
}
func (f marked) Alt() string { return "marked" }

// A mark's text is one line without what controls text, and short.
func TestMarkTextIsCleaned(t *testing.T) {
	marks, _, err := plots.Marks(marked{text: "a\n\x00\u202eb" + strings.Repeat("x", 10_000)}, 200, 100)
	if err != nil || len(marks) != 1 {
		t.Fatal(marks, err)
	}
	if got := marks[0].Text; !strings.HasPrefix(got, "a b") || len([]rune(got)) > 200 {
		t.Errorf("%d letters: %.20q", len([]rune(got)), got)
	}
	if _, _, err := plots.Marks(plots.RSM{}, 0, 0); err == nil {
		t.Error("an empty figure has marks")
	}
	if _, _, err := plots.Marks(nil, 0, 0); err == nil {
		t.Error("no figure has marks")
	}
}
