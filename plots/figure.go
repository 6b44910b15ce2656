package plots

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Figure can be drawn on a canvas of any size, and can be told to somebody
// who does not see it.
type Figure interface {
	// Draw draws the figure so that it fills c. It fails, and never
	// panics, if the data cannot be drawn (nothing there, lengths that do
	// not match, NaN) or if c is too small to be read.
	Draw(c draw.Canvas) error

	// Alt says in plain text what the figure shows, with its numbers: what
	// a blind reader is told. It is one paragraph, not escaped.
	Alt() string
}

// Sized is implemented by figures that know which size suits them. PNG, SVG
// and Save use it where width and height are 0.
type Sized interface {
	Size() (w, h vg.Length)
}
