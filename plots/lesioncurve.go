package plots

import (
	"errors"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A LesionCurve draws what a lesion costs (models.Effects.Rows): of one lesion
// the score of each category before and after it, as a pair of bars; of
// several, a panel for each category with its score against the share of units
// lesioned. Beside it stands what random lesions of the same size leave: their
// mean, and a band that holds 95 of 100.
type LesionCurve struct {
	Effects []analysis.LesionEffect // one lesion's rows, or those of several, one after another
	Task    string                  // which task; default: that of the first row
	Control string                  // which random lesions; default: those of the first row of the task
	Title   string                  // default: the task
}

// Size suggests the width of a page.
func (f LesionCurve) Size() (w, h vg.Length) { return Page, 2.8 * vg.Inch }

// Draw implements Figure.
func (f LesionCurve) Draw(c draw.Canvas) error { return errors.New("plots: not drawn yet") }

// Alt implements Figure.
func (f LesionCurve) Alt() string { return "" }
