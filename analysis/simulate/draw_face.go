package simulate

import "math"

// face draws a head from the front or half turned, upright but for a tilt: of
// an adult or of a child (rounder, larger and lower eyes, small nose), with
// one of seven kinds of hair, and now and then ears, glasses, a beard or
// shoulders. In its own coordinates the head reaches from −1 to 1.
func (h *hand) face(subcategory string) {
	child := subcategory == "child"
	h.ground()
	f := newFrame(point{Side/2 + h.in(-3, 3), Side/2 + h.in(-2, 3)}, h.in(8.5, 12.5), h.in(-.3, .3))
	skin := h.figure()
	hairTone := h.near(skin, .35)
	dark := skin * h.in(.15, .4)

	wide, jaw, eyes, eye := h.in(.66, .82), h.in(.18, .42), h.in(-.16, 0), h.in(.11, .15)
	if child {
		wide, jaw, eyes, eye = h.in(.84, .98), h.in(.1, .25), h.in(.06, .22), h.in(.16, .21)
	}
	turn := h.in(-.4, .4)
	// A feature at x on a head that turns moves and narrows as on a cylinder.
	turned := func(x float64) float64 { return wide * math.Sin(math.Asin(x/wide)+turn) }
	narrow := func(x float64) float64 { return max(.35, math.Cos(math.Asin(x/wide)+turn)) }

	head := shape{}
	for i := range 32 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 32)
		x := wide * sin
		if cos < 0 {
			x *= 1 - jaw*cos*cos
		}
		head.points = append(head.points, point{x, -cos})
	}

	hair := h.IntN(7)
	if child && hair == bald {
		hair = short
	}
	if hair == long {
		l := h.in(.5, 1.2)
		h.surface(f, hairTone, smooth(-wide-.12, -.4, -.5, -1.12, .5, -1.12, wide+.12, -.4, wide+.2, l, wide*.5, l+.1, -wide*.5, l+.1, -wide-.2, l))
	}
	if hair == bun {
		h.surface(f, hairTone, ellipse(h.in(-.3, .3), -1.15, .32, .3))
		if h.chance(.5) {
			h.surface(f, hairTone, ellipse(-wide-.1, -.5, .3, .35), ellipse(wide+.1, -.5, .3, .35))
		}
	}
	if h.chance(.6) { // neck and shoulders
		neck := h.in(.28, .4)
		h.surface(f, h.near(h.back, .25), smooth(-neck, 1.15, neck, 1.15, 1.1, 1.5, 1.4, 2.4, -1.4, 2.4, -1.1, 1.5))
		h.surface(f, skin*.85, polygon(-neck, .6, neck, .6, neck, 1.3, 0, 1.5, -neck, 1.3))
	}
	if hair != long && h.chance(.7) {
		y, r := eyes+h.in(.05, .2), h.in(.12, .2)
		h.surface(f, skin*.92, ellipse(-wide*.99, y, r*.7, r*1.3), ellipse(wide*.99, y, r*.7, r*1.3))
	}
	h.surface(f, skin, head)

	if !child && h.chance(.25) { // beard
		h.tint(f, hairTone, h.in(.45, .9), smooth(-wide*.95, .1, -wide*.72, .42, -.2, .42, 0, .36, .2, .42, wide*.72, .42, wide*.95, .1, wide*.72, .8, 0, 1.08, -wide*.72, .8))
	}
	for _, x := range [2]float64{-.37, .37} {
		x *= wide / .75
		cx, n := turned(x), narrow(x)
		h.eye(f, cx, eyes, eye*n*1.3, eye, skin, dark)
		up, slant := eye+h.in(.08, .16), h.in(-.05, .05)
		if child {
			up += .02
		}
		inner, outer := cx-math.Copysign(.17*n, x), cx+math.Copysign(.19*n, x)
		h.line(f, mix(hairTone, dark, .5), polygon(inner, eyes-up-slant, cx, eyes-up-.04, outer, eyes-up+slant))
	}
	if h.chance(.15) { // glasses
		r := eye + h.in(.09, .14)
		for _, x := range [2]float64{-.37, .37} {
			x *= wide / .75
			h.line(f, dark, ellipse(turned(x), eyes, r*1.15*narrow(x), r))
		}
		h.line(f, dark, polygon(turned(-.1), eyes, turned(.1), eyes))
	}
	h.nose(f, turned, eyes, child, skin, dark)

	mouth, half, curve := h.in(.5, .62), h.in(.2, .34), h.in(-.06, .16)
	mid := turned(0) * .85
	if child {
		half *= .8
	}
	lips := polygon(mid-half*narrow(-half), mouth-curve, mid, mouth+curve*.6, mid+half*narrow(half), mouth-curve)
	if h.chance(.3) {
		h.mark(f, dark, ellipse(mid, mouth, half*.8, h.in(.07, .14))) // open
	} else {
		h.line(f, dark, lips)
		if h.style == Shaded {
			h.tint(f, dark, .5, ellipse(mid, mouth+.02, half*.7, .07))
		}
	}
	h.cap(f, hair, hairTone, wide)
}

// Kinds of hair.
const (
	bald = iota
	short
	long
	parted
	curly
	bun
	hat
)

// cap draws the hair that lies over the head.
func (h *hand) cap(f frame, hair int, tone, wide float64) {
	w := wide + h.in(.04, .12)
	line := -h.in(.42, .66) // the hairline
	filled := h.chance(.6)
	var shapes []shape
	switch hair {
	case bald:
		return
	case short, bun:
		shapes = []shape{polygon(append(over(w, -.15), w*.8, line*.7, w*.5, line, 0, line-.05, -w*.5, line, -w*.8, line*.7)...)}
	case long:
		p := h.in(-.3, .3)
		shapes = []shape{polygon(append(over(w+.06, .1), w*.78, line*.4, w*.5, line, p, line-.3, -w*.5, line, -w*.78, line*.4)...)}
	case parted:
		s := h.sign()
		p := polygon(append(over(w, -.2), w*.85, line*.5, w*.4, line+.12, -w*.2, line-.06, -w*.6, line-.25, -w*.9, line*.6)...)
		for i := range p.points {
			p.points[i].x *= s
		}
		shapes = []shape{p}
	case curly:
		for i := range 9 {
			sin, cos := math.Sincos(math.Pi * (1.02 + .12*float64(i)))
			shapes = append(shapes, ellipse(w*.95*cos, .92*sin-.08, .26, .26))
		}
	case hat:
		crown := h.in(1.05, 1.5)
		shapes = []shape{smooth(-w*.95, line, -w*.8, -crown, w*.8, -crown, w*.95, line)}
		h.surface(f, tone, shapes...)
		brim := h.in(.2, .55)
		if h.chance(.5) {
			h.surface(f, tone*.9, limb(-w-brim, line, .07, w+brim, line, .07))
		} else {
			s := h.sign()
			h.surface(f, tone*.9, limb(-s*w, line, .06, s*(w+brim), line+.05, .08))
		}
		return
	}
	h.surface(f, tone, shapes...)
	if h.style == Outline && filled {
		h.tint(f, h.ink, h.in(.4, 1), shapes...)
	}
}

// over is the outer edge of hair of half width w: from ear to ear over the
// top of the head.
func over(w, down float64) []float64 {
	var xy []float64
	for i := range 13 {
		sin, cos := math.Sincos(math.Pi * float64(i) / 12)
		x, y := -w*cos, -1.1*sin
		if i == 0 || i == 12 {
			y = down + .12
		}
		xy = append(xy, x, y)
	}
	return xy
}

func (h *hand) eye(f frame, x, y, rx, ry, skin, dark float64) {
	if h.style == Outline {
		if h.chance(.5) {
			h.mark(f, h.ink, ellipse(x, y, rx*.62, ry*.75))
			return
		}
		h.surface(f, h.paper, ellipse(x, y, rx, ry*.9))
		h.mark(f, h.ink, ellipse(x, y, rx*.4, ry*.5))
		return
	}
	h.tint(f, skin*.7, .6, ellipse(x, y, rx*1.35, ry*1.25)) // the socket
	h.mark(f, min(1, skin+.35), ellipse(x, y, rx, ry*.72))
	h.mark(f, dark*.5, ellipse(x, y, rx*.55, ry*.75))
}

func (h *hand) nose(f frame, turned func(float64) float64, eyes float64, child bool, skin, dark float64) {
	tip, wing := eyes+h.in(.36, .46), h.in(.09, .15)
	if child {
		tip, wing = eyes+h.in(.22, .3), .08
	}
	x := turned(.0) * 1.25
	side := math.Copysign(1, turned(0))
	if h.style == Outline {
		if child || h.chance(.3) {
			h.line(f, h.ink, polygon(x-wing, tip, x, tip+.05, x+wing, tip))
			return
		}
		h.line(f, h.ink, polygon(turned(0), eyes+.1, x+side*.06, tip-.04, x-side*wing, tip+.02))
		return
	}
	h.tint(f, dark, .3, polygon(turned(0)-side*.02, eyes, x+side*.02, tip, x-side*wing, tip))
	h.tint(f, dark, .75, ellipse(x-wing*.7, tip+.03, .07, .05), ellipse(x+wing*.7, tip+.03, .07, .05))
	h.tint(f, min(1, skin+.25), .6, ellipse(x, tip-.1, .06, .12))
}
