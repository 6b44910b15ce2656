package plots

import (
	"image"
	"image/color"

	"fusiform/analysis"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Mark is what a reader who points at an area of a figure is told: the name
// of a stimulus, a value, a category. Area is in points from the figure's
// lower left. Where marks overlap, the later one lies above.
type Mark struct {
	Area    vg.Rectangle
	Text    string              // one line, cleaned, not escaped
	Stimuli []analysis.Stimulus // whose pictures belong to it; often none
}

// Cells stand for the marks of a matrix without being n² of them. Cell (i, j)
// is row i from the top, column j from the left, all of equal size. A row or
// column that is no stimulus (a person, a region) has a name as its ID.
type Cells struct {
	Area          vg.Rectangle
	Rows, Columns []analysis.Stimulus
	Value         func(i, j int) string // "Pearson r −0.12"
}

// Cell returns where cell (i, j) stands.
func (c Cells) Cell(i, j int) vg.Rectangle {
	w, h := (c.Area.Max.X-c.Area.Min.X)/vg.Length(len(c.Columns)), (c.Area.Max.Y-c.Area.Min.Y)/vg.Length(len(c.Rows))
	x, y := c.Area.Min.X+w*vg.Length(j), c.Area.Max.Y-h*vg.Length(i)
	return vg.Rectangle{Min: vg.Point{X: x, Y: y - h}, Max: vg.Point{X: x + w, Y: y}}
}

// Text returns what is told of cell (i, j), in one line that is not escaped:
// "face-001 (face) × body-003 (body): Pearson r −0.12".
func (c Cells) Text(i, j int) string {
	return told(naming(c.Rows[i]) + " × " + naming(c.Columns[j]) + ": " + c.Value(i, j))
}

// naming names a stimulus and its category.
func naming(s analysis.Stimulus) string {
	name := nick(shortName(s.ID))
	if c := nick(s.Category); c != "" {
		name += " (" + c + ")"
	}
	return name
}

// Marks returns what there is to be told of the parts of a figure of w×h,
// sized like PNG. It draws f on a canvas that only listens: nothing is
// rendered. It fails where f cannot be drawn.
func Marks(f Figure, w, h vg.Length) ([]Mark, []Cells, error) {
	pg, err := Print{Width: w, Height: h}.page(f)
	if err != nil {
		return nil, nil, err
	}
	return listen(f, pg.w, pg.h)
}

func listen(f Figure, w, h vg.Length) ([]Mark, []Cells, error) {
	var e ears
	if err := f.Draw(draw.NewCanvas(&deaf{ears: &e}, w, h)); err != nil {
		return nil, nil, err
	}
	return e.marks, e.cells, nil
}

// ears collect marks; canvases that listen embed them.
type ears struct {
	marks []Mark
	cells []Cells
}

func (e *ears) heard() *ears { return e }

// A deaf canvas hears marks and draws nothing.
type deaf struct{ *ears }

func (deaf) SetLineWidth(vg.Length)                 {}
func (deaf) SetLineDash([]vg.Length, vg.Length)     {}
func (deaf) SetColor(color.Color)                   {}
func (deaf) Rotate(float64)                         {}
func (deaf) Translate(vg.Point)                     {}
func (deaf) Scale(float64, float64)                 {}
func (deaf) Push()                                  {}
func (deaf) Pop()                                   {}
func (deaf) Stroke(vg.Path)                         {}
func (deaf) Fill(vg.Path)                           {}
func (deaf) FillString(font.Face, vg.Point, string) {}
func (deaf) DrawImage(vg.Rectangle, image.Image)    {}

// canvas returns what the pen draws on in the end, below all cropped parts.
func (p pen) canvas() vg.Canvas {
	var c vg.Canvas = p.Canvas
	for {
		switch d := c.(type) {
		case draw.Canvas: // a cropped canvas
			c = d.Canvas
		case *draw.Canvas:
			c = d.Canvas
		default:
			return c
		}
	}
}

// ears returns what listens to marks, or nil.
func (p pen) ears() *ears {
	if c, ok := p.canvas().(interface{ heard() *ears }); ok {
		return c.heard()
	}
	return nil
}

// mark tells who points at an area what is there, and shows the stimuli: on a
// canvas that listens; on others it does nothing. The text is cleaned and
// shortened.
func (p pen) mark(area vg.Rectangle, text string, s ...analysis.Stimulus) {
	if e := p.ears(); e != nil {
		e.marks = append(e.marks, Mark{Area: area, Text: told(text), Stimuli: s})
	}
}

// markAt marks the square about a point, r its half side.
func (p pen) markAt(x, y, r vg.Length, text string, s ...analysis.Stimulus) {
	p.mark(vg.Rectangle{Min: vg.Point{X: x - r, Y: y - r}, Max: vg.Point{X: x + r, Y: y + r}}, text, s...)
}

// cells marks the cells of a matrix that fills the area, row 0 at the top.
func (p pen) cells(area vg.Rectangle, rows, columns []analysis.Stimulus, value func(i, j int) string) {
	if e := p.ears(); e != nil {
		e.cells = append(e.cells, Cells{Area: area, Rows: rows, Columns: columns, Value: value})
	}
}

// toldMost is the number of letters of a mark.
const toldMost = 200

// told cleans and shortens a mark's text.
func told(s string) string {
	if len(s) > 8*toldMost {
		s = s[:8*toldMost]
	}
	s = cleanSentence(s)
	if r := []rune(s); len(r) > toldMost {
		return cut(r, toldMost-1)
	}
	return s
}
