package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A pen draws on a canvas with the theme's fonts and line widths.
type pen struct{ draw.Canvas }

// Widths of lines.
const (
	thin  = vg.Length(0.5)
	plain = vg.Length(0.75)
	thick = vg.Length(1.25)
)

// Where a text stands at its point, in either direction: the point is at the
// text's left, middle or right, and at its baseline, half the height of its
// capitals, or its top.
type anchor float64

const (
	start  anchor = 0
	middle anchor = 0.5
	end    anchor = 1
)

// orders tells canvases whose readers put letters into their visual order.
func (p pen) orders() bool {
	switch p.canvas().(type) {
	case *svgCanvas, *vgsvg.Canvas:
		return true
	}
	return false
}

// text draws s at (x, y), turned anticlockwise by so many degrees about it.
func (p pen) text(s string, f fnt, c color.Color, x, y vg.Length, ax, ay anchor, degrees float64) {
	if s == "" {
		return
	}
	if !p.orders() {
		s = visual(s)
	}
	face := f.face()
	dx := -vg.Length(ax) * f.width(s)
	dy := -vg.Length(ay) * capHeight * f.size
	p.SetColor(c)
	if degrees == 0 {
		p.FillString(face, vg.Point{X: x + dx, Y: y + dy}, s)
		return
	}
	p.Push()
	p.Translate(vg.Point{X: x, Y: y})
	p.Rotate(degrees * math.Pi / 180)
	p.FillString(face, vg.Point{X: dx, Y: dy}, s)
	p.Pop()
}

func (p pen) stroke(w vg.Length, c color.Color, dashes []vg.Length) {
	p.SetLineWidth(w)
	p.SetColor(c)
	p.SetLineDash(dashes, 0)
}

// segment draws a straight line.
func (p pen) segment(x0, y0, x1, y1, w vg.Length, c color.Color, dashes ...vg.Length) {
	p.stroke(w, c, dashes)
	var path vg.Path
	path.Move(vg.Point{X: x0, Y: y0})
	path.Line(vg.Point{X: x1, Y: y1})
	p.Stroke(path)
}

func polygon(points ...vg.Point) vg.Path {
	var path vg.Path
	path.Move(points[0])
	for _, q := range points[1:] {
		path.Line(q)
	}
	path.Close()
	return path
}

func corners(x0, y0, x1, y1 vg.Length) vg.Path {
	return polygon(vg.Point{X: x0, Y: y0}, vg.Point{X: x1, Y: y0}, vg.Point{X: x1, Y: y1}, vg.Point{X: x0, Y: y1})
}

// box fills a rectangle.
func (p pen) box(x0, y0, x1, y1 vg.Length, c color.Color) {
	p.SetColor(c)
	p.Fill(corners(x0, y0, x1, y1))
}

// frame draws the outline of a rectangle.
func (p pen) frame(x0, y0, x1, y1, w vg.Length, c color.Color) {
	p.stroke(w, c, nil)
	p.Stroke(corners(x0, y0, x1, y1))
}

// point draws a point of a category, r its radius.
func (p pen) point(x, y, r vg.Length, l look) {
	at := func(dx, dy vg.Length) vg.Point { return vg.Point{X: x + dx*r, Y: y + dy*r} }
	var path vg.Path
	switch l.shape {
	case circle:
		path.Move(at(1, 0))
		path.Arc(vg.Point{X: x, Y: y}, r, 0, 2*math.Pi)
		path.Close()
	case square:
		path = corners(x-.86*r, y-.86*r, x+.86*r, y+.86*r)
	case triangle:
		path = polygon(at(0, 1.15), at(-1, -.7), at(1, -.7))
	case wedge:
		path = polygon(at(0, -1.15), at(-1, .7), at(1, .7))
	case diamond:
		path = polygon(at(0, 1.2), at(-1, 0), at(0, -1.2), at(1, 0))
	case star:
		var pts []vg.Point
		for i := range 10 {
			d := 1.25
			if i%2 == 1 {
				d = 0.52
			}
			sin, cos := math.Sincos(float64(i) * math.Pi / 5)
			pts = append(pts, at(vg.Length(d*sin), vg.Length(d*cos)))
		}
		path = polygon(pts...)
	case plus, cross:
		sin, cos := 0.0, 1.0
		if l.shape == cross {
			sin, cos = math.Sqrt2/2, math.Sqrt2/2
		}
		var pts []vg.Point
		for _, q := range [12][2]float64{{.36, .36}, {.36, 1.1}, {-.36, 1.1}, {-.36, .36}, {-1.1, .36}, {-1.1, -.36},
			{-.36, -.36}, {-.36, -1.1}, {.36, -1.1}, {.36, -.36}, {1.1, -.36}, {1.1, .36}} {
			pts = append(pts, at(vg.Length(cos*q[0]-sin*q[1]), vg.Length(sin*q[0]+cos*q[1])))
		}
		path = polygon(pts...)
	}
	p.SetColor(l.fill)
	p.Fill(path)
	p.stroke(thin, l.edge, nil)
	p.Stroke(path)
}
