package plots

import (
	"errors"

	"fusiform/analysis"
	"fusiform/analysis/encoding"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A SubsetLines draws what becomes of encoding models of several networks with
// some of their features, a line for each network: with all of them, lesioned
// (without the fROI's), with the selective ones alone, and with as many drawn
// at random (the median over the draws of the first control). Short bars are
// medians over the networks. The noise ceiling is a band. Of one network the
// draws are shown too; Subsets says more of it.
type SubsetLines struct {
	Results []*encoding.SubsetResult // a network each, of the same targets
	Names   []string                 // of the networks; default: the sources of the features
	Ceiling *analysis.Ceiling
	Title   string // default: what was predicted
}

// Size suggests half the width of a page.
func (f SubsetLines) Size() (w, h vg.Length) { return 3.6 * vg.Inch, 3 * vg.Inch }

// Draw implements Figure.
func (f SubsetLines) Draw(c draw.Canvas) error { return errors.New("plots: not drawn yet") }

// Alt implements Figure.
func (f SubsetLines) Alt() string { return "" }
