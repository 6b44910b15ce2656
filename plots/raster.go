package plots

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// dpi returns the resolution of the canvas, or 0 if it has none (SVG).
func (p pen) dpi() float64 {
	if c, ok := p.canvas().(interface{ DPI() float64 }); ok {
		return c.DPI()
	}
	return 0
}

// snap moves a coordinate to the nearest edge between pixels, where there are
// any, so that edges are sharp.
func (p pen) snap(x vg.Length) vg.Length {
	if dpi := p.dpi(); dpi > 0 {
		return vg.Length(math.Round(x.Dots(dpi)) * 72 / dpi)
	}
	return x
}

// whole shortens a length so that each of n cells takes the same whole number
// of pixels of 1/192 inch, if that costs no more than an eighth of it. The
// resolution of the canvas does not count: a figure has the same layout at
// each and in vector formats.
func (p pen) whole(l vg.Length, n int) vg.Length {
	px := math.Floor(l.Dots(DPI) + 1e-6)
	if k := math.Floor(px / float64(n)); k >= 1 && k*float64(n) >= 0.875*px {
		px = k * float64(n)
	}
	return vg.Length(px) * pixel
}

// vectorPixels is the number of pixels along a raster in a format without
// pixels of its own: enlarged that far, cells keep their edges even where a
// viewer smooths images.
const vectorPixels = 600

// raster fills the rectangle with rows×cols cells, row 0 at the top. The level
// of a pixel is that of the cells [r0, r1) × [c0, c1) that it covers: one cell
// if cells are larger than pixels. There are no seams between cells.
func (p pen) raster(area vg.Rectangle, rows, cols int, pal color.Palette, level func(r0, r1, c0, c1 int) uint8) {
	if _, ok := p.canvas().(*deaf); ok {
		return
	}
	var w, h int
	if dpi := p.dpi(); dpi > 0 {
		size := area.Size()
		w = max(1, int(math.Round(size.X.Dots(dpi))))
		h = max(1, int(math.Round(size.Y.Dots(dpi))))
	} else {
		k := max(1, int(math.Round(vectorPixels/float64(max(rows, cols)))))
		w, h = cols, rows
		if cols > 1 {
			w *= k
		}
		if rows > 1 {
			h *= k
		}
	}
	img := image.NewPaletted(image.Rect(0, 0, w, h), pal)
	xs := spans(w, cols)
	for y, r := range spans(h, rows) {
		row := img.Pix[y*img.Stride : y*img.Stride+w]
		if y > 0 && r == spanAt(h, rows, y-1) {
			copy(row, img.Pix[(y-1)*img.Stride:])
			continue
		}
		for x, c := range xs {
			row[x] = level(r[0], r[1], c[0], c[1])
		}
	}
	p.DrawImage(area, img)
}

// spans returns for each of px pixels which of n cells it shows.
func spans(px, n int) [][2]int {
	s := make([][2]int, px)
	for i := range s {
		s[i] = spanAt(px, n, i)
	}
	return s
}

func spanAt(px, n, i int) [2]int {
	if px >= n { // the cell under the middle of the pixel
		c := (2*i + 1) * n / (2 * px)
		return [2]int{c, c + 1}
	}
	return [2]int{i * n / px, max((i+1)*n/px, i*n/px+1)}
}
