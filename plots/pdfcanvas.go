package plots

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// A pdfCanvas is a vg.Canvas that writes the content of a PDF page.
type pdfCanvas struct {
	page   page
	b      bytes.Buffer
	fonts  [2]pdfFont
	images []pdfImage
	known  map[[32]byte]int // images by content
	alphas []float64
	alpha  []float64 // the current one, per level of Push
}

// A pdfImage is an image object.
type pdfImage struct {
	dict string
	data []byte
}

func newPDFCanvas(pg page) *pdfCanvas {
	c := &pdfCanvas{page: pg, known: map[[32]byte]int{}, alpha: []float64{1}}
	for i, f := range typefaces() {
		c.fonts[i] = pdfFont{font: f, bold: i == 1, used: map[uint16]rune{}}
	}
	vg.Initialize(c)
	return c
}

// dec writes a number with at most four decimals.
func dec(v vg.Length) string {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return "0"
	}
	s := strconv.FormatFloat(float64(v), 'f', 4, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

// op writes an operator behind its operands.
func (c *pdfCanvas) op(name string, operands ...vg.Length) {
	for _, v := range operands {
		c.b.WriteString(dec(v))
		c.b.WriteByte(' ')
	}
	c.b.WriteString(name)
	c.b.WriteByte('\n')
}

// Size is that of the page in points of the figure.
func (c *pdfCanvas) Size() (w, h vg.Length) { return c.page.w, c.page.h }

// SetLineWidth implements vg.Canvas, as do the methods below.
func (c *pdfCanvas) SetLineWidth(w vg.Length) { c.op("w", max(w, 0)) }

func (c *pdfCanvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	c.b.WriteByte('[')
	for i, l := range pattern {
		if i > 0 {
			c.b.WriteByte(' ')
		}
		c.b.WriteString(dec(l))
	}
	c.b.WriteString("] ")
	c.op("d", offset)
}

func (c *pdfCanvas) SetColor(col color.Color) {
	if col == nil {
		col = color.Black
	}
	n := color.NRGBAModel.Convert(col).(color.NRGBA)
	r, g, b := vg.Length(n.R)/255, vg.Length(n.G)/255, vg.Length(n.B)/255
	c.op("rg", r, g, b)
	c.op("RG", r, g, b)
	if a := float64(n.A) / 255; a != c.alpha[len(c.alpha)-1] {
		c.alpha[len(c.alpha)-1] = a
		i := slices.Index(c.alphas, a)
		if i < 0 {
			i = len(c.alphas)
			c.alphas = append(c.alphas, a)
		}
		fmt.Fprintf(&c.b, "/A%d gs\n", i)
	}
}

func (c *pdfCanvas) Rotate(a float64) {
	sin, cos := math.Sincos(a)
	c.op("cm", vg.Length(cos), vg.Length(sin), vg.Length(-sin), vg.Length(cos), 0, 0)
}

func (c *pdfCanvas) Translate(p vg.Point) { c.op("cm", 1, 0, 0, 1, p.X, p.Y) }
func (c *pdfCanvas) Scale(x, y float64)   { c.op("cm", vg.Length(x), 0, 0, vg.Length(y), 0, 0) }

func (c *pdfCanvas) Push() {
	c.alpha = append(c.alpha, c.alpha[len(c.alpha)-1])
	c.op("q")
}

func (c *pdfCanvas) Pop() {
	c.alpha = c.alpha[:len(c.alpha)-1]
	c.op("Q")
}

func (c *pdfCanvas) Stroke(p vg.Path) { c.path(p); c.op("S") }
func (c *pdfCanvas) Fill(p vg.Path)   { c.path(p); c.op("f") }

func (c *pdfCanvas) path(p vg.Path) {
	var at vg.Point
	open := false
	for _, q := range p {
		switch q.Type {
		case vg.MoveComp:
			c.op("m", q.Pos.X, q.Pos.Y)
			at, open = q.Pos, true
		case vg.LineComp:
			c.op("l", q.Pos.X, q.Pos.Y)
			at = q.Pos
		case vg.ArcComp:
			at = c.arc(q, at, open)
			open = true
		case vg.CurveComp:
			a, b := q.Control[0], q.Control[len(q.Control)-1]
			if len(q.Control) == 1 { // quadratic
				a = vg.Point{X: at.X + 2*(a.X-at.X)/3, Y: at.Y + 2*(a.Y-at.Y)/3}
				b = vg.Point{X: q.Pos.X + 2*(b.X-q.Pos.X)/3, Y: q.Pos.Y + 2*(b.Y-q.Pos.Y)/3}
			}
			c.op("c", a.X, a.Y, b.X, b.Y, q.Pos.X, q.Pos.Y)
			at = q.Pos
		case vg.CloseComp:
			c.op("h")
		}
	}
}

// arc draws a circular arc as cubic curves of at most a quarter turn, whose
// distance from the circle is below 0.03 % of the radius. It returns its end.
func (c *pdfCanvas) arc(q vg.PathComp, at vg.Point, open bool) vg.Point {
	n := int(math.Ceil(math.Abs(q.Angle)/(math.Pi/2) - 1e-9))
	on := func(a float64) (vg.Point, vg.Point) { // the point, and a step along
		sin, cos := math.Sincos(a)
		return vg.Point{X: q.Pos.X + q.Radius*vg.Length(cos), Y: q.Pos.Y + q.Radius*vg.Length(sin)},
			vg.Point{X: -q.Radius * vg.Length(sin), Y: q.Radius * vg.Length(cos)}
	}
	p, d := on(q.Start)
	switch {
	case !open:
		c.op("m", p.X, p.Y)
	case p != at:
		c.op("l", p.X, p.Y)
	}
	step := q.Angle / float64(max(n, 1))
	k := vg.Length(4.0 / 3 * math.Tan(step/4))
	for i := range n {
		e, de := on(q.Start + step*float64(i+1))
		c.op("c", p.X+k*d.X, p.Y+k*d.Y, e.X-k*de.X, e.Y-k*de.Y, e.X, e.Y)
		p, d = e, de
	}
	return p
}

func (c *pdfCanvas) FillString(f font.Face, pt vg.Point, s string) {
	i := 0
	if f.Font.Weight >= stdfont.WeightBold {
		i = 1
	}
	if f.Font.Size <= 0 || s == "" {
		return
	}
	fmt.Fprintf(&c.b, "BT /F%d ", i)
	c.op("Tf", f.Font.Size)
	c.op("Td", pt.X, pt.Y)
	c.b.WriteString(c.fonts[i].show(s))
	c.b.WriteString(" TJ\nET\n")
}

// DrawImage draws an image, each distinct one stored once.
func (c *pdfCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	b := img.Bounds()
	if b.Empty() {
		return
	}
	var m pdfImage
	dict := fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /Interpolate false", b.Dx(), b.Dy())
	if pal, ok := img.(*image.Paletted); ok && opaque(pal.Palette) {
		table := make([]byte, 0, 3*len(pal.Palette))
		for _, col := range pal.Palette {
			n := color.NRGBAModel.Convert(col).(color.NRGBA)
			table = append(table, n.R, n.G, n.B)
		}
		m.dict = fmt.Sprintf("%s /ColorSpace [/Indexed /DeviceRGB %d <%X>]", dict, len(pal.Palette)-1, table)
		for y := range b.Dy() {
			at := pal.PixOffset(b.Min.X, b.Min.Y+y)
			m.data = append(m.data, pal.Pix[at:at+b.Dx()]...)
		}
	} else {
		m.dict = dict + " /ColorSpace /DeviceRGB"
		for y := range b.Dy() {
			for x := range b.Dx() {
				n := color.NRGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
				a := uint32(n.A) // on white
				over := func(v uint8) byte { return byte((uint32(v)*a + 255*(255-a) + 127) / 255) }
				m.data = append(m.data, over(n.R), over(n.G), over(n.B))
			}
		}
	}
	key := sha256.Sum256(append([]byte(m.dict+"\x00"), m.data...))
	i, ok := c.known[key]
	if !ok {
		i = len(c.images)
		c.known[key] = i
		c.images = append(c.images, m)
	}
	c.op("q")
	size := r.Size()
	c.op("cm", size.X, 0, 0, size.Y, r.Min.X, r.Min.Y)
	fmt.Fprintf(&c.b, "/I%d Do\nQ\n", i)
}

func opaque(p color.Palette) bool {
	for _, c := range p {
		if _, _, _, a := c.RGBA(); a != 0xffff {
			return false
		}
	}
	return len(p) > 0
}
