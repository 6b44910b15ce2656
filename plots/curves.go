package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// A curve is a line through points, in their order.
type curve struct {
	name   string
	look   look
	dashes []vg.Length
	points []curvePoint
}

// A curvePoint is a value with its interval, if it has one.
type curvePoint struct {
	x, y     float64
	lo, hi   float64
	interval bool
	hollow   bool   // there is nothing: 0 channels
	broken   bool   // no line leads here from the point before
	text     string // what a reader who points at it is told
}

// curveLooks gives each line a colour by what its source is, or by its category
// where all are categories or regions of the brain, and a shape and a pattern of
// its own, so that lines are told apart in grey too.
func curveLooks(sources []string) (looks []look, dashes [][]vg.Length) {
	patterns := [][]vg.Length{nil, {4, 1.5}, {1.2, 1.5}, {5, 1.5, 1.2, 1.5}}
	colors := sourceColors(sources)
	if c := regionColors(sources); c != nil {
		colors = c
	}
	for i, c := range colors {
		if o := toLab(c); o.l > 0.7 { // a pale line is not seen
			c = mix(o, lab{0, o.a, o.b}, 1-0.7/o.l).rgba()
		}
		looks = append(looks, look{fill: c, edge: darker(c), shape: glyph(i) % glyphs})
		dashes = append(dashes, patterns[i%len(patterns)])
	}
	return looks, dashes
}

// regionsOf are the categories that regions of the brain prefer.
var regionsOf = map[string]string{"FFA": "face", "OFA": "face", "EBA": "body", "FBA": "body", "PPA": "scene", "OPA": "scene", "RSC": "scene", "VWFA": "word", "LOC": "object"}

// regionColors are the colours of lines that each are a category or a region of
// the brain, darker than areas so that they are seen; nil if one is neither.
func regionColors(names []string) []color.RGBA {
	kinds := make([]string, len(names))
	for i, s := range names {
		kinds[i] = s
		for region, kind := range regionsOf {
			if strings.HasPrefix(strings.ToUpper(s), region) {
				kinds[i] = kind
			}
		}
		if isNetwork(s) || kindOf(kinds[i]) < 0 {
			return nil
		}
	}
	seen := map[int]int{}
	out := make([]color.RGBA, len(names))
	for i, k := range kinds {
		n := kindOf(k)
		out[i] = mix(toLab(field[n].fill), lab{}, math.Min(0.25+0.2*float64(seen[n]), 0.7)).rgba()
		seen[n]++
	}
	return out
}

// curves draws lines and points; those of several lines stand a little apart,
// so that intervals do not hide each other.
func (p pen) curves(cs []curve, x, y scale) {
	apart := vg.Length(0)
	if len(cs) > 1 && len(cs) <= 6 {
		apart = 1.6
	}
	for i, c := range cs {
		shift := apart * (vg.Length(i) - vg.Length(len(cs)-1)/2)
		at := make([]vg.Point, len(c.points))
		for k, q := range c.points {
			at[k] = vg.Point{X: x.at(q.x) + shift, Y: y.at(q.y)}
			if q.interval {
				p.segment(at[k].X, y.at(q.lo), at[k].X, y.at(q.hi), plain, c.look.fill)
			}
		}
		for k := 1; k < len(at); k++ {
			if !c.points[k].broken {
				p.segment(at[k-1].X, at[k-1].Y, at[k].X, at[k].Y, thick, c.look.fill, c.dashes...)
			}
		}
		r := vg.Length(2.4)
		if len(c.points) > 40 || len(cs) > 12 {
			r = 1.4
		}
		for k, q := range c.points {
			l := c.look
			if q.hollow {
				l.fill = color.RGBA{255, 255, 255, 255}
			}
			p.point(at[k].X, at[k].Y, r, l)
			p.markAt(at[k].X, at[k].Y, 3, q.text)
		}
	}
}

// curveKey draws the key of a line in a legend.
func curveKey(cs []curve) func(p pen, i int, x, y vg.Length) vg.Length {
	return func(p pen, i int, x, y vg.Length) vg.Length {
		p.segment(x, y, x+12, y, thick, cs[i].look.fill, cs[i].dashes...)
		p.point(x+6, y, 2.2, cs[i].look)
		return 12
	}
}

// curveNames are the names of lines for a legend; of one line, none.
func curveNames(cs []curve) []string {
	if len(cs) < 2 {
		return nil
	}
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = tickFont.fit(c.name, 130)
	}
	return out
}

// ceilingBands draws one ceiling across [x0, x1], or one at each of xs as a
// band that joins them.
func (p pen) ceilingBands(cs []analysis.Ceiling, xs []float64, x, y scale) {
	switch {
	case len(cs) == 1:
		p.ceilingBand(&cs[0], x.lo, x.hi, y)
	case len(cs) > 1:
		var pts []vg.Point
		for i, c := range cs {
			pts = append(pts, vg.Point{X: x.at(xs[i]), Y: max(y.at(c.Hi), y.at(c.Lo)+1.5)})
		}
		for i := range slices.Backward(cs) {
			pts = append(pts, vg.Point{X: x.at(xs[i]), Y: y.at(cs[i].Lo)})
		}
		p.SetColor(band)
		p.Fill(polygon(pts...))
		for i := 1; i < len(pts); i++ { // its edges, as those of spanBand
			if a, b := pts[i-1], pts[i]; i != len(cs) {
				p.segment(a.X, a.Y, b.X, b.Y, thin, grid)
			}
		}
		for _, edge := range [2][]vg.Point{pts[:len(cs)], pts[len(cs):]} {
			for i := range edge[1:] {
				p.segment(edge[i].X, edge[i].Y, edge[i+1].X, edge[i+1].Y, thin, grid)
			}
		}
	}
}

// A logScale maps counts to places: decades are equally far apart, and 0 has a
// place of its own below 1.
type logScale struct{ zero bool }

// zeroAt is where 0 stands, in decades.
const zeroAt = -0.7

func (logScale) at(n int) float64 {
	if n <= 0 {
		return zeroAt
	}
	return math.Log10(float64(n))
}

// apart draws, across the axis at x, that 0 stands apart.
func (s logScale) apart(p pen, x vg.Length, y scale) {
	if !s.zero {
		return
	}
	mid := y.at(zeroAt / 2)
	p.box(x-1.5, mid-1.5, x+1.5, mid+1.5, color.RGBA{255, 255, 255, 255})
	for _, d := range [2]vg.Length{-1.5, 1.5} {
		p.segment(x-2.5, mid+d-1.2, x+2.5, mid+d+1.2, plain, line)
	}
}

// ticks returns the ticks up to a count, and the ends of the axis.
func (s logScale) ticks(most int) (values []float64, names []string, lo, hi float64) {
	hi = math.Max(0.5, math.Ceil(2*math.Log10(float64(max(most, 2)))-1e-9)/2)
	if s.zero {
		lo, values, names = zeroAt, append(values, zeroAt), append(names, "0")
	}
	step := math.Ceil(hi / 6)
	for d := 0.0; d <= hi; d += step {
		values, names = append(values, d), append(names, fmt.Sprintf("%.0f", math.Pow(10, d)))
	}
	return values, names, lo, hi
}
