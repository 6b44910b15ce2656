package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// A colorBar explains the colours of a matrix.
type colorBar struct {
	ramp         ramp
	below, above bool // values lie beyond the range: the end is pointed
	values       []float64
	names        []string
	labels       []string      // the first that fits beside the bar is written
	palette      color.Palette // of all levels; nil: the ramp's
}

func newColorBar(r ramp, below, above bool, labels ...string) colorBar {
	b := colorBar{ramp: r, below: below, above: above, labels: labels}
	b.values, b.names = barTicks(r)
	return b
}

// width is the room that the bar takes right of a matrix.
func (b colorBar) width() vg.Length {
	return barGap + barSize + tickLength + tickGap + tickFont.widest(b.names) + labelGap + labelFont.size
}

// draw draws the bar with its left edge at x, from y0 to y1.
func (b colorBar) draw(p pen, x, y0, y1 vg.Length) {
	x = p.snap(x)
	w := p.snap(x+barSize) - x
	pal := b.palette
	if pal == nil {
		pal = b.ramp.palette()
	}
	p.raster(vg.Rectangle{Min: vg.Point{X: x, Y: y0}, Max: vg.Point{X: x + w, Y: y1}}, levels, 1, pal,
		func(r0, _, _, _ int) uint8 { return uint8(levels - 1 - r0) })
	p.frame(x, y0, x+w, y1, thin, line)
	for _, e := range []struct {
		is    bool
		y, dy vg.Length
		c     color.Color
	}{{b.below, y0, -barSize * 0.7, pal[0]}, {b.above, y1, barSize * 0.7, pal[levels-1]}} {
		if e.is {
			tip := polygon(vg.Point{X: x, Y: e.y}, vg.Point{X: x + w, Y: e.y}, vg.Point{X: x + w/2, Y: e.y + e.dy})
			p.SetColor(e.c)
			p.Fill(tip)
			p.stroke(thin, line, nil)
			p.Stroke(tip)
		}
	}
	s := scale{b.ramp.min, b.ramp.max, y0, y1}
	for i, v := range b.values {
		y := s.at(v)
		p.segment(x+w, y, x+w+tickLength, y, plain, line)
		p.text(b.names[i], tickFont, ink, x+w+tickLength+tickGap, y, start, middle, 0)
	}
	lx := x + w + tickLength + tickGap + tickFont.widest(b.names) + labelGap + labelFont.size*capHeight
	text := ""
	for _, t := range b.labels {
		if text = t; labelFont.width(t) <= y1-y0 {
			break
		}
	}
	p.text(labelFont.fit(text, y1-y0), labelFont, ink, lx, (y0+y1)/2, middle, start, 90)
}
