package plots

import (
	"errors"

	"fusiform/analysis/mismatch"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Mismatch draws on which stimuli networks and brains disagree: each stimulus
// at the brain's z-scored response, across, and the network's, up, in the
// colour and shape of its category, with the line on which both agree. The
// stimuli farthest from it are shown by picture and name.
type Mismatch struct {
	Residuals *mismatch.Residuals // means of people and of networks; or
	Ranked    []mismatch.Residual // one of each (mismatch.Rank)

	Outliers       int    // how many are shown by picture and name; 0 means 6, −1 none
	Brain, Network string // names of the axes; default: those of Residuals
	Title          string
}

// Size suggests a square scatter with room for pictures at its side.
func (f Mismatch) Size() (w, h vg.Length) { return 5 * vg.Inch, 4.2 * vg.Inch }

// Draw implements Figure.
func (f Mismatch) Draw(c draw.Canvas) error { return errors.New("plots: not drawn yet") }

// Alt implements Figure.
func (f Mismatch) Alt() string { return "" }
