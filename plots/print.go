package plots

import (
	"errors"
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Widths of a figure in print and on a screen, for Print.Width.
const (
	Column = 3.5 * vg.Inch        // one column of a journal
	Page   = 7.2 * vg.Inch        // two columns
	Slide  = 40.0 / 3.0 * vg.Inch // a 16:9 slide; with Zoom 2 its text is read from the last row
)

// A Print says how a figure is rendered; the zero value is what the functions
// PNG, SVG and PDF do: the figure's own size, 192 dots per inch.
type Print struct {
	// Width and Height of the page. Where one is 0 it follows from the
	// other by the figure's own aspect ratio, and the height is made larger
	// where that would be too small to be read (panels that stand side by
	// side in their own size stand below each other in a column). Where
	// both are 0 the figure has its own size, enlarged by Zoom. Each side
	// is between half an inch and five feet.
	Width, Height vg.Length

	// DPI is the resolution of PNG, 0 for 192, between 36 and 2400. Text
	// and lines keep their size in inches: the same figure in more pixels.
	DPI int

	// Zoom enlarges text and lines beside the page, 0 for 1: a figure of
	// Slide width with Zoom 2 has the letters of a page seen at twice its
	// size.
	Zoom float64

	// Made is carried in the file; MadeOf reads it back.
	Made []Fact
}

// page is a figure's size as it is drawn, before it is enlarged by zoom.
type page struct {
	w, h vg.Length
	zoom float64
	dpi  float64 // of the enlarged page
}

// maxPixels is the number of pixels that a PNG may have: five feet square at
// 192 dots per inch, half a gigabyte while it is drawn.
const maxPixels = 11520 * 11520

// page fills in what is 0 and refuses what makes no image.
func (p Print) page(f Figure) (page, error) {
	if isNil(f) {
		return page{}, errors.New("plots: no figure")
	}
	out := page{zoom: p.Zoom, dpi: float64(p.DPI)}
	if out.zoom == 0 {
		out.zoom = 1
	}
	if !(out.zoom >= 0.1 && out.zoom <= 20) {
		return page{}, fmt.Errorf("plots: a figure cannot be zoomed %v times, only .1 to 20", p.Zoom)
	}
	if out.dpi == 0 {
		out.dpi = DPI
	}
	if out.dpi < 36 || out.dpi > 2400 {
		return page{}, fmt.Errorf("plots: a figure of %d dots per inch cannot be made, only of 36 to 2400", p.DPI)
	}
	zoom := vg.Length(out.zoom)
	w, h := p.Width/zoom, p.Height/zoom
	if w == 0 || h == 0 {
		fw, fh := 6*vg.Inch, 4*vg.Inch
		if s, ok := f.(Sized); ok {
			fw, fh = s.Size()
		}
		switch {
		case w != 0 && !(w*zoom >= minSize && w*zoom <= maxSize):
			h = w // refused below
		case w != 0:
			h = enough(f, w, w*fh/fw)
		case h != 0:
			w = h * fw / fh
		default:
			w, h = fw, fh
		}
	}
	for _, l := range [2]vg.Length{w * zoom, h * zoom} {
		if !(l >= minSize && l <= maxSize) { // NaN too
			return page{}, fmt.Errorf("plots: a figure of %.3g×%.3g inch cannot be made; each side must be between %g and %g",
				w*zoom/vg.Inch, h*zoom/vg.Inch, minSize/vg.Inch, maxSize/vg.Inch)
		}
	}
	out.w, out.h = w, h
	if px := (w * zoom).Dots(out.dpi) * (h * zoom).Dots(out.dpi); px > maxPixels {
		return page{}, fmt.Errorf("plots: %.3g×%.3g inch at %g dots per inch are %.0f million pixels, more than the %d that one figure may have; use SVG or PDF",
			w*zoom/vg.Inch, h*zoom/vg.Inch, out.dpi, px/1e6, maxPixels/1000000)
	}
	return out, nil
}

func isNil(f Figure) bool {
	v := reflect.ValueOf(f)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// enough returns the height at which f can be drawn in width w: h, or more
// where h is too small.
func enough(f Figure, w, h vg.Length) vg.Length {
	most := min(max(3*w, 3*h), maxSize)
	for k := max(h, minSize); k <= most; k *= 1.08 {
		if _, _, err := listen(f, w, k); !isTooSmall(err) {
			if k > h {
				k *= 1.2 // not only just
			}
			return k
		}
	}
	return h
}

// A tooSmallError says that a canvas is too small for a figure to be read.
type tooSmallError struct {
	what string
	w, h vg.Length
}

func (e *tooSmallError) Error() string {
	return fmt.Sprintf("plots: %.2g×%.2g inch is too small for this %s", e.w/vg.Inch, e.h/vg.Inch, e.what)
}

func tooSmall(what string, w, h vg.Length) error { return &tooSmallError{what, w, h} }

func isTooSmall(err error) bool {
	small := (*tooSmallError)(nil)
	return errors.As(err, &small)
}

// draw draws f on a canvas, in points of the figure before it is enlarged.
func (p page) draw(f Figure, c vg.Canvas) error {
	err := f.Draw(draw.NewCanvas(c, p.w, p.h))
	if !isTooSmall(err) {
		return err
	}
	inch := func(l vg.Length) float64 { return math.Ceil(float64(10*l/vg.Inch*vg.Length(p.zoom))) / 10 }
	for w, h := 1.1*p.w, 1.1*p.h; w <= maxSize && h <= maxSize; w, h = 1.1*w, 1.1*h {
		if _, _, again := listen(f, w, h); !isTooSmall(again) {
			return fmt.Errorf("%w; %g×%g inch would do", err, inch(w), inch(h))
		}
	}
	return err
}

// pixels returns the resolution at which the figure is drawn before it is
// enlarged.
func (p page) pixels() int { return int(math.Round(p.dpi * p.zoom)) }

// perMetre is the resolution as PNG states it.
func (p page) perMetre() uint32 { return uint32(math.Round(float64(p.pixels()) / p.zoom / 0.0254)) }
