package plots

import "gonum.org/v1/plot/vg/vgsvg"

// An svgCanvas draws and listens.
type svgCanvas struct {
	*vgsvg.Canvas
	ears
}
