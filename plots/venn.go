package plots

import (
	"errors"

	"fusiform/analysis/localizer"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Venn draws on which channels two localizers agree: two circles whose areas
// are in proportion to how many channels each selects, and what they share to
// how many both do, with the numbers, the indices of overlap and p.
type Venn struct {
	Overlap localizer.Overlap
	A, B    string // names of the two; default: their rules
	Title   string // default: the source
}

// Size suggests half the width of a page.
func (f Venn) Size() (w, h vg.Length) { return Column, 2.6 * vg.Inch }

// Draw implements Figure.
func (f Venn) Draw(c draw.Canvas) error { return errors.New("plots: not drawn yet") }

// Alt implements Figure.
func (f Venn) Alt() string { return "" }
