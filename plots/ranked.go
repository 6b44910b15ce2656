package plots

import (
	"errors"

	"fusiform/analysis/tuning"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Ranked draws every stimulus of a profile in the order of its response,
// strongest first, in the colour of its category, and the pictures of those
// that are answered most and least. A stimulus without a picture is a box in
// the colour and with the glyph of its category.
type Ranked struct {
	Profile  *tuning.Profile
	Pictures int    // of the strongest and of the weakest, each; 0 means 8, −1 none
	Title    string // default: the source
	Unit     string // of the responses; default: "own unit"
}

// Size suggests the width of a page.
func (f Ranked) Size() (w, h vg.Length) { return Page, 3 * vg.Inch }

// Draw implements Figure.
func (f Ranked) Draw(c draw.Canvas) error { return errors.New("plots: not drawn yet") }

// Alt implements Figure.
func (f Ranked) Alt() string { return "" }
