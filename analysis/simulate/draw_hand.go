package simulate

import (
	"math"
	"math/rand/v2"
)

// A hand draws one picture in one style. Things are described once, as shapes
// with tones; the hand turns them into lines or into lit surfaces.
type hand struct {
	canvas
	*rand.Rand
	style Style

	// Outline
	paper, ink float64 // luminances
	width      float64 // of a line, pixels

	// Shaded
	light point   // unit vector towards the light
	depth float64 // how strongly surfaces turn dark away from it
	back  float64 // mean luminance of the background
}

func newHand(style Style, rng *rand.Rand) *hand {
	h := &hand{Rand: rng, style: style}
	switch style {
	case Outline:
		h.paper, h.ink = h.in(.7, 1), h.in(0, .25)
		h.width = h.in(.9, 1.5)
	case Shaded:
		sin, cos := math.Sincos(h.in(0, 2*math.Pi))
		h.light = point{cos, sin}
		h.depth = h.in(.15, .4)
		h.back = h.in(.15, .85)
	}
	return h
}

// in draws evenly from an interval.
func (h *hand) in(lo, hi float64) float64 { return lo + (hi-lo)*h.Float64() }

func (h *hand) chance(p float64) bool { return h.Float64() < p }

// sign is −1 or 1.
func (h *hand) sign() float64 { return float64(2*h.IntN(2) - 1) }

// figure draws the tone of a thing that must stand out from the background:
// at least .2 away from it.
func (h *hand) figure() float64 {
	for {
		if t := h.in(.08, .95); math.Abs(t-h.back) > .2 {
			return t
		}
	}
}

// near is a tone that differs from t by about d, in the direction where there
// is room.
func (h *hand) near(t, d float64) float64 {
	d *= h.in(.7, 1.3)
	if t+d > 1 || t-d > 0 && h.chance(.5) {
		d = -d
	}
	return t + d
}

// surface draws the union of shapes: an outline filled with paper, or a lit
// surface of the given tone.
func (h *hand) surface(f frame, tone float64, shapes ...shape) {
	placed := make([]shape, len(shapes))
	lo, hi := point{Side, Side}, point{}
	for i, s := range shapes {
		placed[i] = s.in(f)
		a, b := placed[i].bounds()
		lo = point{min(lo.x, a.x), min(lo.y, a.y)}
		hi = point{max(hi.x, b.x), max(hi.y, b.y)}
	}
	if h.style == Outline {
		h.paint(placed, h.width, func(_ point, d, old float64) float64 {
			return mix(mix(old, h.paper, covered(d, 1)), h.ink, covered(math.Abs(d)-h.width/2, 1))
		})
		return
	}
	mid, half := between(lo, hi, .5), max(1, max(hi.x-lo.x, hi.y-lo.y)/2)
	h.paint(placed, 1, func(at point, d, old float64) float64 {
		lit := ((at.x-mid.x)*h.light.x + (at.y-mid.y)*h.light.y) / half
		rim := math.Exp(min(0, d) / 2)
		return mix(old, tone*(1+h.depth*lit-.5*h.depth*rim), covered(d, 1.4))
	})
}

// mark draws a dark or light patch that is ink in an outline drawing.
func (h *hand) mark(f frame, tone float64, shapes ...shape) {
	soft := 1.2
	if h.style == Outline {
		tone, soft = h.ink, 1
	}
	placed := make([]shape, len(shapes))
	for i, s := range shapes {
		placed[i] = s.in(f)
	}
	h.paint(placed, 1, func(_ point, d, old float64) float64 { return mix(old, tone, covered(d, soft)) })
}

// line draws an open line: ink, or a soft line of the given tone.
func (h *hand) line(f frame, tone float64, s shape) {
	width := h.width
	if h.style == Shaded {
		width = 1
	}
	h.mark(f, tone, stroke(s, width/2/f.scale))
}

// tint fills without an edge: a share of ink, or a tone.
func (h *hand) tint(f frame, tone, share float64, shapes ...shape) {
	if h.style == Outline {
		tone = h.ink
	}
	placed := make([]shape, len(shapes))
	for i, s := range shapes {
		placed[i] = s.in(f)
	}
	h.paint(placed, 1, func(_ point, d, old float64) float64 { return mix(old, tone, share*covered(d, 1.2)) })
}

// ground prepares what a face, a body or an object stands before: paper with
// a few faint strokes, or a gradient with blurred clutter and a shadow.
func (h *hand) ground() {
	whole := newFrame(point{Side / 2, Side / 2}, Side/2, 0)
	if h.style == Outline {
		for i := range h.canvas {
			h.canvas[i] = h.paper
		}
		for range h.IntN(5) {
			x, y, a := h.in(-1, 1), h.in(-1, 1), h.in(0, math.Pi)
			l := h.in(.2, .8)
			s := stroke(polygon(x, y, x+l*math.Cos(a), y+l*math.Sin(a)), h.width/Side)
			h.tint(whole, h.ink, h.in(.1, .35), s)
		}
		return
	}
	sin, cos := math.Sincos(h.in(0, 2*math.Pi))
	slope := h.in(0, .2)
	for i := range h.canvas {
		x, y := float64(i%Side)/Side-.5, float64(i/Side)/Side-.5
		h.canvas[i] = h.back + 2*slope*(cos*x+sin*y)
	}
	for range 2 + h.IntN(5) {
		f := newFrame(point{h.in(0, Side), h.in(0, Side)}, h.in(3, 10), h.in(0, math.Pi))
		s := ellipse(0, 0, 1, h.in(.3, 1))
		if h.chance(.5) {
			s = box(-1, -h.in(.2, 1), 1, h.in(.2, 1))
		}
		tone, soft := h.near(h.back, .14), h.in(1, 5)
		h.paint([]shape{s.in(f)}, soft, func(_ point, d, old float64) float64 { return mix(old, tone, covered(d, soft)) })
	}
}
