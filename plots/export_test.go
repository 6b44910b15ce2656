package plots

import (
	"image"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TextWidth is how wide a text is that stands in an SVG.
func TextWidth(s string, size float64, bold bool) float64 {
	return float64(fnt{vg.Length(size), bold}.width(s))
}

// PDFString is how a text stands in a PDF.
func PDFString(s string) string { return pdfString(s) }

// Visual is the order in which a text is drawn, Label what becomes of one
// from a file.
func Visual(s string) string { return visual(s) }

// Label is as Visual says.
func Label(s string) string { return label(s) }

// MarkOn marks an area of a canvas.
func MarkOn(c draw.Canvas, area vg.Rectangle, text string, s ...analysis.Stimulus) {
	pen{c}.mark(area, text, s...)
}

// PictureOn draws the picture of a stimulus.
func PictureOn(c draw.Canvas, s analysis.Stimulus, r vg.Rectangle) vg.Rectangle {
	return pen{c}.picture(s, r, looks([]string{s.Category})[s.Category])
}

// Reduce fits a picture into w×h pixels.
func Reduce(img image.Image, w, h int) *image.RGBA { return reduce(img, w, h) }
