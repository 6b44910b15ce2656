package plots

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Grid draws figures beside and below each other, as the panels of one
// figure, lettered A, B, C … in bold. Columns are as wide, and rows as high,
// as their panels ask for. A panel may be a grid itself: it arranges, and its
// panels take the next letters. What is told of a grid (Alt), what is to be
// doubted (Doubts) and its marks are those of its panels.
type Grid struct {
	Figures []Figure
	Columns int    // default: about as many as rows
	Title   string // default: none
}

const (
	letterRoom = vg.Length(11) // left of each panel, for one letter
	gridGap    = vg.Length(6)  // between panels, which have margins of their own
)

var letterFont = fnt{11, true}

// asGrid returns a panel that is a grid.
func asGrid(f Figure) (Grid, bool) {
	switch g := f.(type) {
	case Grid:
		return g, true
	case *Grid:
		if g != nil {
			return *g, true
		}
	}
	return Grid{}, false
}

// leaves returns how many panels have a letter.
func (f Grid) leaves() int {
	n := 0
	for _, g := range f.Figures {
		if sub, ok := asGrid(g); ok {
			n += sub.leaves()
		} else {
			n++
		}
	}
	return n
}

// check validates the grid, whose panels are lettered from first on.
func (f Grid) check(first int) error {
	if len(f.Figures) == 0 {
		return errors.New("plots: the grid has no figures")
	}
	if f.Columns < 0 {
		return fmt.Errorf("plots: a grid cannot have %d columns", f.Columns)
	}
	for _, g := range f.Figures {
		if sub, ok := asGrid(g); ok {
			if err := sub.check(first); err != nil {
				return err
			}
			first += sub.leaves()
			continue
		}
		if isNil(g) {
			return fmt.Errorf("plots: panel %s of the grid: no figure", letter(first))
		}
		first++
	}
	return nil
}

// letter returns the name of panel i: A to Z, then AA, AB …
func letter(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

func (f Grid) columns() int {
	if f.Columns > 0 {
		return min(f.Columns, len(f.Figures))
	}
	return int(math.Ceil(math.Sqrt(float64(len(f.Figures)))))
}

// room is what letters from the first on take left of their panels.
func (f Grid) room(first int) vg.Length {
	names := make([]string, f.leaves())
	for i := range names {
		names[i] = letter(first + i)
	}
	return max(letterRoom, letterFont.widest(names)+0.5)
}

// indent is the room left of a panel for its letter.
func indent(f Figure, room vg.Length) vg.Length {
	if _, ok := asGrid(f); ok {
		return 0 // its panels have their own
	}
	return room
}

// own returns the size that suits a panel.
func own(f Figure) (w, h vg.Length) {
	if s, ok := f.(Sized); ok {
		return s.Size()
	}
	return 6 * vg.Inch, 4 * vg.Inch
}

// natural returns how wide the columns are where each panel has its own size.
func (f Grid) natural(letters vg.Length) []vg.Length {
	widths := make([]vg.Length, f.columns())
	for i, g := range f.Figures {
		w, _ := own(g)
		k := i % len(widths)
		widths[k] = max(widths[k], w+indent(g, letters))
	}
	return widths
}

func (f Grid) head() vg.Length {
	if label(f.Title) == "" {
		return 0
	}
	return pad + titleFont.size*1.2
}

// layout divides a width among the columns in the proportion that they ask
// for, and returns how high each row and each panel then is.
func (f Grid) layout(w, letters vg.Length) (widths, heights, panels []vg.Length) {
	widths = f.natural(letters)
	cols := len(widths)
	var sum vg.Length
	for _, v := range widths {
		sum += v
	}
	w -= gridGap * vg.Length(cols-1)
	for k := range widths {
		widths[k] *= w / sum
	}
	heights = make([]vg.Length, (len(f.Figures)+cols-1)/cols)
	for i, g := range f.Figures {
		ow, oh := own(g)
		room := widths[i%cols] - indent(g, letters)
		h := oh // more room than it asks for does not make it higher
		if room < ow {
			h = enough(g, room, room*oh/ow)
		}
		panels = append(panels, h)
		heights[i/cols] = max(heights[i/cols], h)
	}
	return widths, heights, panels
}

// Size suggests the width of a page, or less where the panels ask for less,
// and the height that they take in it; more than a page where each would have
// to do with little more than half of what it asks for.
func (f Grid) Size() (w, h vg.Length) {
	if f.check(0) != nil {
		return 6 * vg.Inch, 4 * vg.Inch
	}
	most := gridGap * vg.Length(f.columns()-1)
	for _, v := range f.natural(f.room(0)) {
		most += v
	}
	for w = min(most, max(Page, 0.55*most)); ; w = min(w*1.2, most) {
		h = f.height(w)
		if _, _, err := listen(f, w, h); err == nil || w >= most {
			return w, h
		}
	}
}

func (f Grid) height(w vg.Length) vg.Length {
	_, heights, _ := f.layout(w, f.room(0))
	h := f.head() + gridGap*vg.Length(len(heights)-1)
	for _, v := range heights {
		h += v
	}
	return h
}

// Draw implements Figure.
func (f Grid) Draw(c draw.Canvas) error {
	if err := f.check(0); err != nil {
		return err
	}
	return f.draw(c, 0, f.room(0))
}

// draw draws the panels, lettered from first on, with so much room for letters.
func (f Grid) draw(c draw.Canvas, first int, letters vg.Length) error {
	p := pen{c}
	w, h := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	widths, heights, panels := f.layout(w, letters)
	free := h - f.head() - gridGap*vg.Length(len(heights)-1)
	var sum vg.Length
	for _, v := range heights {
		sum += v
	}
	if free < vg.Length(len(heights))*minSize {
		return tooSmall("grid", w, h)
	}
	y := c.Max.Y
	if head := f.head(); head > 0 {
		p.text(titleFont.fit(label(f.Title), w-2*pad), titleFont, ink, c.Min.X+pad, y-pad-titleFont.size*capHeight, start, start, 0)
		y -= head
	}
	zoom := free / sum
	for row, v := range heights {
		v *= zoom
		x := c.Min.X
		for k, width := range widths {
			i := row*len(widths) + k
			if i >= len(f.Figures) {
				break
			}
			g := f.Figures[i]
			high := v
			if own := panels[i] * zoom; own*1.3 < v {
				high = own // rather than stretched to its neighbour's height
			}
			part := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x + indent(g, letters), Y: y - high}, Max: vg.Point{X: x + width, Y: y}}}
			if sub, ok := asGrid(g); ok {
				if err := sub.draw(part, first, letters); err != nil {
					return err
				}
				first += sub.leaves()
			} else {
				if err := g.Draw(part); err != nil {
					return fmt.Errorf("plots: panel %s of the grid: %w", letter(first), err)
				}
				p.text(letter(first), letterFont, ink, x+pad/2, y-pad-titleFont.size*capHeight, start, start, 0)
				first++
			}
			x += width + gridGap
		}
		y -= v + gridGap
	}
	return nil
}

// Alt implements Figure: the title, and what each panel says.
func (f Grid) Alt() string {
	if err := f.check(0); err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	f.tell(&b, 0)
	return strings.TrimSpace(b.String())
}

func (f Grid) tell(b *strings.Builder, first int) {
	if t := label(f.Title); t != "" {
		b.WriteString(strings.TrimRight(t, ". ") + ". ")
	}
	for _, g := range f.Figures {
		if sub, ok := asGrid(g); ok {
			sub.tell(b, first)
			first += sub.leaves()
			continue
		}
		fmt.Fprintf(b, "Panel %s: %s ", letter(first), g.Alt())
		first++
	}
}

// Doubts returns the warnings of all panels, each once.
func (f Grid) Doubts() []error {
	var all [][]error
	for _, g := range f.Figures {
		if d, ok := g.(Doubtful); ok && !isNil(g) {
			all = append(all, d.Doubts())
		}
	}
	return once(all...)
}
