package plots

import (
	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// picture draws the thumbnail of a stimulus inside r, in the middle, its
// aspect ratio kept. A stimulus without an image, or one that does not decode,
// is a box with the glyph of its category.
func (p pen) picture(s analysis.Stimulus, r vg.Rectangle, l look) {
	p.box(r.Min.X, r.Min.Y, r.Max.X, r.Max.Y, l.fill)
	p.frame(r.Min.X, r.Min.Y, r.Max.X, r.Max.Y, thin, l.edge)
}
