package plots

import (
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Grid draws figures beside and below each other, as the panels of one
// figure, lettered A, B, C … in bold. A panel may be a grid itself. What is
// told of it (Alt), what is to be doubted (Doubts) and its marks are those of
// its panels.
type Grid struct {
	Figures []Figure
	Columns int    // default: about a square
	Title   string // default: none
}

func (f Grid) check() error {
	if len(f.Figures) == 0 {
		return errors.New("plots: the grid has no figures")
	}
	for i, g := range f.Figures {
		if _, err := (Print{}).page(g); err != nil {
			return fmt.Errorf("plots: panel %s of the grid: %w", letter(i), err)
		}
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

// Draw implements Figure.
func (f Grid) Draw(c draw.Canvas) error { return f.check() }

// Alt implements Figure: what the panels say, one after another.
func (f Grid) Alt() string {
	if err := f.check(); err != nil {
		return "Empty figure: " + err.Error()
	}
	var parts []string
	for i, g := range f.Figures {
		parts = append(parts, "Panel "+letter(i)+": "+g.Alt())
	}
	return strings.Join(parts, " ")
}

// Doubts returns the warnings of all panels, each once.
func (f Grid) Doubts() []error {
	var all [][]error
	for _, g := range f.Figures {
		if d, ok := g.(Doubtful); ok {
			all = append(all, d.Doubts())
		}
	}
	return once(all...)
}

// Size suggests the room that the panels take in their own sizes.
func (f Grid) Size() (w, h vg.Length) { return 7.2 * vg.Inch, 5 * vg.Inch }
