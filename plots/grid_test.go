package plots_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/plots"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A tiny figure draws one mark and a frame, and wants 2×1 inches.
type tiny struct {
	name  string
	doubt error
	fails error
}

func (f tiny) Draw(c draw.Canvas) error {
	if f.fails != nil {
		return f.fails
	}
	c.SetLineWidth(1)
	c.SetLineDash(nil, 0)
	var p vg.Path
	p.Move(c.Min)
	p.Line(c.Max)
	c.Stroke(p)
	plots.MarkOn(c, c.Rectangle, f.name)
	return nil
}
func (f tiny) Alt() string            { return "Tiny " + f.name + "." }
func (f tiny) Size() (w, h vg.Length) { return 2 * vg.Inch, 1 * vg.Inch }
func (f tiny) Doubts() []error        { return []error{f.doubt} }

func TestGridPlacesPanels(t *testing.T) {
	doubt := errors.New("few people")
	g := plots.Grid{Title: "All of it", Columns: 2, Figures: []plots.Figure{
		tiny{name: "a", doubt: doubt},
		plots.Grid{Columns: 1, Figures: []plots.Figure{tiny{name: "b", doubt: errors.New("few people")}, tiny{name: "c"}}},
		tiny{name: "d"},
	}}
	w, h := g.Size()
	marks, _, err := plots.Marks(g, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]vg.Rectangle{}
	for _, m := range marks {
		at[m.Text] = m.Area
	}
	if len(at) != 4 {
		t.Fatalf("marks of %d panels, want 4", len(at))
	}
	a, b, c, d := at["a"], at["b"], at["c"], at["d"]
	const margin = 11 + 6 // of the letter, and the gap
	switch {
	case !(a.Max.X+margin-.01 < b.Min.X && math.Abs(float64(a.Max.Y-b.Max.Y)) < 1e-6):
		t.Errorf("b is not right of a: %v, %v", a, b)
	case !(c.Max.Y < b.Min.Y && c.Min.X == b.Min.X):
		t.Errorf("c is not below b: %v, %v", b, c)
	case !(d.Max.Y < min(a.Min.Y, c.Min.Y) && d.Min.X == a.Min.X):
		t.Errorf("d does not start the second row: %v", d)
	}
	for name, r := range at {
		if r.Min.X < 0 || r.Min.Y < 0 || r.Max.X > w || r.Max.Y > h {
			t.Errorf("%s leaves the page of %v×%v: %v", name, w, h, r)
		}
	}

	// Letters: bold, in order, each at its panel's upper left.
	ss := shapes(t, g, 0, 0)
	if got := texts(ss); !slices.Equal(got, []string{"All of it", "A", "B", "C", "D"}) {
		t.Errorf("texts %q", got)
	}
	for _, s := range ss {
		if s.kind == "text" && len(s.text) == 1 {
			r := at[strings.ToLower(s.text)]
			if x, y := s.points[0][0], s.points[0][1]; x > float64(r.Min.X) || x < float64(r.Min.X)-12 || y > float64(r.Max.Y) || y < float64(r.Max.Y)-20 {
				t.Errorf("letter %s stands at %v, %v of panel %v", s.text, x, y, r)
			}
		}
	}
	if got, want := g.Alt(), "All of it. Panel A: Tiny a. Panel B: Tiny b. Panel C: Tiny c. Panel D: Tiny d."; got != want {
		t.Errorf("Alt: %q, want %q", got, want)
	}
	if got := g.Doubts(); len(got) != 1 || got[0] != doubt {
		t.Errorf("Doubts: %v", got)
	}
}

// Panels are drawn at the size at which they can be read, and in their part.
func TestGridOfRealFigures(t *testing.T) {
	fs := figures()
	g := plots.Grid{Figures: []plots.Figure{fs["rsm"], fs["tuning"], fs["encoding"], &plots.Grid{Figures: []plots.Figure{fs["subsets"], fs["rsm"]}, Columns: 1}}}
	w, _ := g.Size()
	if w > plots.Page*1.35 {
		t.Errorf("the grid asks for %.1f inches", w/vg.Inch)
	}
	for _, width := range []vg.Length{0, plots.Page, plots.Page * 2} {
		ss := must(parse(string(must(plots.Print{Width: width}.SVG(g)))))
		for i, a := range ss {
			for _, b := range ss[i+1:] {
				if a.kind == "text" && b.kind == "text" && a.box != [4]float64{} && b.box != [4]float64{} &&
					a.box[0] < b.box[2]-.1 && b.box[0] < a.box[2]-.1 && a.box[1] < b.box[3]-.1 && b.box[1] < a.box[3]-.1 {
					t.Errorf("width %v: %q stands on %q", width, a.text, b.text)
				}
			}
		}
		letters := 0
		for _, s := range texts(ss) {
			if slices.Contains([]string{"A", "B", "C", "D", "E"}, s) {
				letters++
			}
		}
		if letters != 5 {
			t.Errorf("width %v: %d letters of 5", width, letters)
		}
	}
	if _, cells, err := plots.Marks(g, 0, 0); err != nil || len(cells) != 2 {
		t.Errorf("%d matrices have marks, want 2 (%v)", len(cells), err)
	}
}

func TestGridErrors(t *testing.T) {
	bad := errors.New("plots: nothing there")
	for _, c := range []struct {
		g    plots.Grid
		want string
	}{
		{plots.Grid{}, "no figures"},
		{plots.Grid{Figures: []plots.Figure{tiny{}, plots.Grid{}}}, "no figures"},
		{plots.Grid{Figures: []plots.Figure{tiny{}, nil}}, "panel B of the grid: no figure"},
		{plots.Grid{Figures: []plots.Figure{tiny{}, (*plots.RSM)(nil)}}, "panel B of the grid: no figure"},
		{plots.Grid{Figures: []plots.Figure{tiny{}}, Columns: -1}, "-1 columns"},
		{plots.Grid{Figures: []plots.Figure{plots.Grid{Figures: []plots.Figure{tiny{}, tiny{}}}, tiny{fails: bad}}}, "panel C of the grid: plots: nothing there"},
	} {
		if _, err := plots.SVG(c.g, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want an error with %q", err, c.want)
		}
		c.g.Alt()
		c.g.Doubts()
	}
	_, err := plots.SVG(plots.Grid{Figures: []plots.Figure{tiny{}, tiny{fails: bad}}}, 0, 0)
	if !errors.Is(err, bad) {
		t.Errorf("the panel's error is lost: %v", err)
	}
	// Thirty panels have letters to the end.
	many := plots.Grid{}
	for range 30 {
		many.Figures = append(many.Figures, tiny{})
	}
	got := texts(shapes(t, many, 0, 0))
	if len(got) != 30 || got[25] != "Z" || got[26] != "AA" || got[29] != "AD" {
		t.Errorf("letters %q", got)
	}
}

// Beyond Z letters are two: they keep clear of the titles of their panels, in
// grids of grids too.
func TestGridBeyondZ(t *testing.T) {
	few := overlap(9, 12, 6)
	var inner, all []plots.Figure
	for range 14 {
		inner = append(inner, plots.Venn{Overlap: few, Title: "Title"})
	}
	for range 28 {
		all = append(all, plots.Venn{Overlap: few, Title: "Title"})
	}
	for name, g := range map[string]plots.Grid{
		"flat":   {Figures: all},
		"nested": {Columns: 2, Figures: []plots.Figure{plots.Grid{Figures: inner}, plots.Grid{Figures: inner}}},
	} {
		ss := shapes(t, g, 0, 0)
		double := 0
		for _, l := range ss {
			if l.kind != "text" || l.text != "AA" && l.text != "AB" {
				continue
			}
			double++
			for _, s := range ss {
				if s.kind == "text" && s.text == "Title" && s.box[0] > l.box[0] && s.box[0] < l.box[2]+4 && s.box[1] < l.box[3] && s.box[3] > l.box[1] {
					t.Errorf("%s: letter %s ends at %v, the title begins at %v", name, l.text, l.box[2], s.box[0])
				}
			}
		}
		if double != 2 {
			t.Errorf("%s: %d letters beyond Z, want 2", name, double)
		}
	}
}
