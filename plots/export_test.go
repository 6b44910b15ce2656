package plots

import "gonum.org/v1/plot/vg"

// TextWidth is how wide a text is that stands in an SVG.
func TextWidth(s string, size float64, bold bool) float64 {
	return float64(fnt{vg.Length(size), bold}.width(s))
}
