package simulate

import "math"

// Side is the width and the height of a drawing, in pixels.
const Side = 32

// A canvas is a picture being drawn: Side×Side luminances, row by row, about
// 0 (black) to 1 (white).
type canvas [Side * Side]float64

// A point is a place in the picture in pixels: x to the right, y downwards,
// the centre of the first pixel at (0.5, 0.5).
type point struct{ x, y float64 }

func (p point) add(x, y float64) point { return point{p.x + x, p.y + y} }

func between(a, b point, t float64) point {
	return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)}
}

// A frame places a thing drawn in its own coordinates: turned by an angle,
// enlarged, mirrored if flip is −1, and moved.
type frame struct {
	at       point
	scale    float64
	sin, cos float64
	flip     float64
}

func newFrame(at point, scale, angle float64) frame {
	sin, cos := math.Sincos(angle)
	return frame{at, scale, sin, cos, 1}
}

// to maps a point of the thing's own coordinates to the picture.
func (f frame) to(p point) point {
	x, y := f.flip*p.x*f.scale, p.y*f.scale
	return point{f.at.x + f.cos*x - f.sin*y, f.at.y + f.sin*x + f.cos*y}
}

// A shape is the polygon through its points or, where it has radii, the line
// through its points thickened to these radii (a limb, a finger, a handle).
type shape struct {
	points []point
	radii  []float64
}

func (s shape) in(f frame) shape {
	t := shape{points: make([]point, len(s.points))}
	for i, p := range s.points {
		t.points[i] = f.to(p)
	}
	for _, r := range s.radii {
		t.radii = append(t.radii, r*f.scale)
	}
	return t
}

// distance returns the distance of p to the edge of s, negative inside.
func (s shape) distance(p point) float64 {
	if s.radii != nil {
		d := math.Inf(1)
		for i := range s.points {
			if i == 0 && len(s.points) > 1 {
				continue
			}
			a := s.points[max(i-1, 0)]
			d2, t := toSegment(p, a, s.points[i])
			r0, r1 := s.radii[max(i-1, 0)], s.radii[i]
			d = min(d, math.Sqrt(d2)-(r0+t*(r1-r0)))
		}
		return d
	}
	best, inside := math.Inf(1), false
	a := s.points[len(s.points)-1]
	for _, b := range s.points {
		if d2, _ := toSegment(p, a, b); d2 < best {
			best = d2
		}
		if (a.y > p.y) != (b.y > p.y) && p.x < a.x+(p.y-a.y)*(b.x-a.x)/(b.y-a.y) {
			inside = !inside
		}
		a = b
	}
	if inside {
		return -math.Sqrt(best)
	}
	return math.Sqrt(best)
}

// toSegment returns the squared distance of p to the segment from a to b, and
// how far along it (0 … 1) the nearest point lies.
func toSegment(p, a, b point) (squared, t float64) {
	dx, dy := b.x-a.x, b.y-a.y
	if l := dx*dx + dy*dy; l > 0 {
		t = max(0, min(1, ((p.x-a.x)*dx+(p.y-a.y)*dy)/l))
	}
	ex, ey := p.x-a.x-t*dx, p.y-a.y-t*dy
	return ex*ex + ey*ey, t
}

// bounds returns the rectangle around s.
func (s shape) bounds() (lo, hi point) {
	lo, hi = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for i, p := range s.points {
		r := 0.0
		if s.radii != nil {
			r = s.radii[i]
		}
		lo = point{min(lo.x, p.x-r), min(lo.y, p.y-r)}
		hi = point{max(hi.x, p.x+r), max(hi.y, p.y+r)}
	}
	return lo, hi
}

// paint visits every pixel within margin of the union of the shapes with its
// signed distance d to the union's edge, and replaces the luminance there.
func (c *canvas) paint(shapes []shape, margin float64, colour func(at point, d, old float64) float64) {
	type boxed struct {
		s      shape
		lo, hi point
	}
	boxes := make([]boxed, len(shapes))
	all := [4]float64{Side, Side, 0, 0}
	for i, s := range shapes {
		lo, hi := s.bounds()
		boxes[i] = boxed{s, lo.add(-margin, -margin), hi.add(margin, margin)}
		all = [4]float64{min(all[0], boxes[i].lo.x), min(all[1], boxes[i].lo.y), max(all[2], boxes[i].hi.x), max(all[3], boxes[i].hi.y)}
	}
	for y := max(0, int(all[1])); y < Side && float64(y) < all[3]; y++ {
		for x := max(0, int(all[0])); x < Side && float64(x) < all[2]; x++ {
			at, d := point{float64(x) + .5, float64(y) + .5}, math.Inf(1)
			for _, b := range boxes {
				if at.x >= b.lo.x && at.x <= b.hi.x && at.y >= b.lo.y && at.y <= b.hi.y {
					d = min(d, b.s.distance(at))
				}
			}
			if d < margin {
				c[y*Side+x] = colour(at, d, c[y*Side+x])
			}
		}
	}
}

// covered is the share of a pixel that lies within a shape whose edge is at
// signed distance d, blurred over soft pixels.
func covered(d, soft float64) float64 {
	return max(0, min(1, .5-d/soft))
}

func mix(old, new, share float64) float64 { return old + share*(new-old) }

// The shapes that things are made of, in a thing's own coordinates.

func ellipse(cx, cy, rx, ry float64) shape { return arc(cx, cy, rx, ry, 0, 2*math.Pi*23/24, 23) }

// arc is the polygon through n+1 points of an ellipse between two angles,
// measured from the right, clockwise as y points downwards.
func arc(cx, cy, rx, ry, from, to float64, n int) shape {
	var s shape
	for i := 0; i <= n; i++ {
		sin, cos := math.Sincos(from + (to-from)*float64(i)/float64(n))
		s.points = append(s.points, point{cx + rx*cos, cy + ry*sin})
	}
	return s
}

func box(x0, y0, x1, y1 float64) shape { return polygon(x0, y0, x1, y0, x1, y1, x0, y1) }

// polygon takes x, y, x, y, …
func polygon(xy ...float64) shape {
	var s shape
	for i := 0; i+1 < len(xy); i += 2 {
		s.points = append(s.points, point{xy[i], xy[i+1]})
	}
	return s
}

// smooth rounds a closed polygon: a Catmull–Rom curve through its points.
func smooth(xy ...float64) shape {
	p := polygon(xy...).points
	n := len(p)
	var s shape
	for i := range p {
		a, b, c, d := p[(i+n-1)%n], p[i], p[(i+1)%n], p[(i+2)%n]
		for _, t := range [4]float64{0, .25, .5, .75} {
			s.points = append(s.points, point{catmullRom(a.x, b.x, c.x, d.x, t), catmullRom(a.y, b.y, c.y, d.y, t)})
		}
	}
	return s
}

func catmullRom(a, b, c, d, t float64) float64 {
	return .5 * (2*b + t*(c-a) + t*t*(2*a-5*b+4*c-d) + t*t*t*(3*b-a-3*c+d))
}

// limb is a line that is thicker at some ends: x, y, radius, x, y, radius, …
func limb(xyr ...float64) shape {
	var s shape
	for i := 0; i+2 < len(xyr); i += 3 {
		s.points = append(s.points, point{xyr[i], xyr[i+1]})
		s.radii = append(s.radii, xyr[i+2])
	}
	return s
}

// stroke thickens the outline of an open polygon to a radius.
func stroke(s shape, radius float64) shape {
	r := make([]float64, len(s.points))
	for i := range r {
		r[i] = radius
	}
	return shape{s.points, r}
}
