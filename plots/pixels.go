package plots

import (
	"image"
	"image/draw"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// A pixelCanvas is a vgimg canvas that copies images pixel by pixel where they
// fit, in a tenth of the time that resampling takes, and fills the outlines of
// turned text, which resampling would blur.
type pixelCanvas struct {
	*vgimg.Canvas
	moved []bool // per level of Push: the coordinates are not those of the page
}

func newPixelCanvas(w, h vg.Length, dpi int) *pixelCanvas {
	return &pixelCanvas{vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi)), make([]bool, 1)}
}

func (c *pixelCanvas) move() { c.moved[len(c.moved)-1] = true }

func (c *pixelCanvas) Push() {
	c.moved = append(c.moved, c.moved[len(c.moved)-1])
	c.Canvas.Push()
}

func (c *pixelCanvas) Pop() {
	c.moved = c.moved[:len(c.moved)-1]
	c.Canvas.Pop()
}

func (c *pixelCanvas) Translate(p vg.Point)  { c.move(); c.Canvas.Translate(p) }
func (c *pixelCanvas) Rotate(a float64)      { c.move(); c.Canvas.Rotate(a) }
func (c *pixelCanvas) Scale(x, y float64)    { c.move(); c.Canvas.Scale(x, y) }
func (c *pixelCanvas) isMoved() bool         { return c.moved[len(c.moved)-1] }
func (c *pixelCanvas) pixel(l vg.Length) int { return int(math.Round(l.Dots(c.DPI()))) }

// DrawImage copies img if it has one pixel for each pixel of the rectangle.
func (c *pixelCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	size, b := r.Size(), img.Bounds()
	if c.isMoved() || c.pixel(size.X) != b.Dx() || c.pixel(size.Y) != b.Dy() {
		c.Canvas.DrawImage(r, img)
		return
	}
	dst := c.pixels()
	at := image.Pt(c.pixel(r.Min.X), dst.Bounds().Dy()-c.pixel(r.Min.Y)-b.Dy())
	to := image.Rectangle{at, at.Add(b.Size())}
	if pal, ok := img.(*image.Paletted); ok && opaque(pal.Palette) && to.In(dst.Bounds()) {
		paint(dst, at, pal)
		return
	}
	draw.Draw(dst, to, img, b.Min, draw.Over)
}

// pixels returns the image that is drawn on.
func (c *pixelCanvas) pixels() *image.RGBA { return c.Image().(*image.RGBA) }

// paint copies an opaque image with a palette to at.
func paint(dst *image.RGBA, at image.Point, src *image.Paletted) {
	var colors [256][4]byte
	for i, c := range src.Palette {
		r, g, b, _ := c.RGBA()
		colors[i] = [4]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8), 255}
	}
	b := src.Bounds()
	for y := range b.Dy() {
		to := dst.Pix[dst.PixOffset(at.X, at.Y+y):]
		from := src.PixOffset(b.Min.X, b.Min.Y+y)
		for x, v := range src.Pix[from : from+b.Dx()] {
			copy(to[4*x:4*x+4], colors[v][:])
		}
	}
}

// FillString draws text as it stands; where it is turned, as outlines.
func (c *pixelCanvas) FillString(f font.Face, pt vg.Point, s string) {
	if !c.isMoved() {
		c.Canvas.FillString(f, pt, s)
		return
	}
	if path, ok := outlines(f, pt, s); ok {
		c.Fill(path)
		return
	}
	c.Canvas.FillString(f, pt, s)
}

// outlines returns the outlines of s with its baseline starting at pt.
func outlines(f font.Face, pt vg.Point, s string) (vg.Path, bool) {
	var (
		path  vg.Path
		buf   sfnt.Buffer
		units = fixed.Int26_6(f.Face.UnitsPerEm()) // so that coordinates are in font units
		scale = f.Font.Size / vg.Length(units)
		pen   fixed.Int26_6
		last  sfnt.GlyphIndex
	)
	at := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: pt.X + vg.Length(pen+p.X)*scale, Y: pt.Y - vg.Length(p.Y)*scale}
	}
	for i, r := range s {
		g, err := f.Face.GlyphIndex(&buf, r)
		if err != nil {
			return nil, false
		}
		if i > 0 {
			if k, err := f.Face.Kern(&buf, last, g, units, 0); err == nil {
				pen += k
			}
		}
		segments, err := f.Face.LoadGlyph(&buf, g, units, nil)
		if err != nil {
			return nil, false
		}
		for j, q := range segments {
			switch q.Op {
			case sfnt.SegmentOpMoveTo:
				if j > 0 {
					path.Close()
				}
				path.Move(at(q.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(at(q.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(at(q.Args[0]), at(q.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(at(q.Args[0]), at(q.Args[1]), at(q.Args[2]))
			}
		}
		if len(segments) > 0 {
			path.Close()
		}
		advance, err := f.Face.GlyphAdvance(&buf, g, units, 0)
		if err != nil {
			return nil, false
		}
		pen += advance
		last = g
	}
	return path, true
}
