package plots

import (
	"errors"

	"fusiform/analysis/rsa"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// An MDS draws a map of stimuli (rsa.MDS): near each other where a source
// answers them alike. Where stimuli have pictures and are not too many, each
// is its picture, framed in the colour of its category; otherwise a point in
// the colour and shape of its category. Only distances mean something, so both
// axes have one scale and no numbers; the stress says how far to believe them.
type MDS struct {
	Embedding *rsa.Embedding
	Title     string // default: the source
}

// Size suggests about a square.
func (f MDS) Size() (w, h vg.Length) { return 4.4 * vg.Inch, 4.6 * vg.Inch }

// Draw implements Figure.
func (f MDS) Draw(c draw.Canvas) error { return errors.New("plots: not drawn yet") }

// Alt implements Figure.
func (f MDS) Alt() string { return "" }
