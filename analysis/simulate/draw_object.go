package simulate

import "math"

// object draws one made thing: a car, a string instrument, a piece of
// furniture or a vessel. In its own coordinates it fills −1 to 1.
func (h *hand) object(subcategory string) {
	h.ground()
	f := newFrame(point{Side/2 + h.in(-2.5, 2.5), Side/2 + h.in(-2.5, 2.5)}, h.in(9.5, 13.5), h.in(-.25, .25))
	f.flip = h.sign()
	tone := h.figure()
	switch subcategory {
	case "car":
		h.car(f, tone)
	case "instrument":
		h.instrument(f, tone)
	case "furniture":
		h.furniture(f, tone)
	default:
		h.vessel(f, tone)
	}
}

func (h *hand) car(f frame, tone float64) {
	dark := tone * h.in(.15, .4)
	low, deck, roof := .3, h.in(-.12, .02), -h.in(.4, .62)
	if h.style == Shaded {
		h.tint(f, h.back*.5, .6, ellipse(0, .55, 1, .12))
	}
	front, rear := h.in(.45, .65), -h.in(.6, .9)
	top0, top1 := rear+h.in(.05, .3), front-h.in(.3, .5)
	hull := polygon(-1, low, -1, deck+.1, rear-.05, deck, top0, roof, top1, roof, front, deck, .95, deck+.12, 1.02, low)
	if h.chance(.25) { // a lorry
		h.surface(f, h.near(tone, .2), box(-1, -.6, .3, low))
		hull = polygon(.3, low, .3, -.4, .7, -.4, .85, -.05, 1, 0, 1, low)
		top0, top1, front, rear, roof = .4, .68, .82, .4, -.36
	}
	h.surface(f, tone, hull)
	pane := h.near(tone, .4)
	mid := (top0 + top1) / 2
	h.surface(f, pane, polygon(rear+.12, deck-.02, top0+.04, roof+.09, mid-.03, roof+.09, mid-.03, deck-.02))
	h.surface(f, pane, polygon(mid+.05, deck-.02, mid+.05, roof+.09, top1-.03, roof+.09, front-.12, deck-.02))
	r := h.in(.17, .24)
	for _, x := range [2]float64{-h.in(.5, .65), h.in(.5, .65)} {
		h.surface(f, dark*.5, ellipse(x, low+.05, r, r))
		h.mark(f, min(1, tone+.3), ellipse(x, low+.05, r*.4, r*.4))
	}
}

func (h *hand) instrument(f frame, tone float64) {
	f = newFrame(f.at, f.scale, h.in(-math.Pi, math.Pi))
	waist, big, small := h.in(.14, .2), h.in(.42, .54), h.in(.32, .4)
	dark := tone * .35
	length := h.in(.85, 1.05)
	h.surface(f, h.near(tone, .2), box(-.05, -length, .05, .1))
	h.surface(f, dark, polygon(-.08, -length, .08, -length, .11, -length-.22, -.11, -length-.22))
	switch h.IntN(3) {
	case 0, 1: // a guitar or a violin
		h.surface(f, tone, smooth(0, .98, big*.8, .88, big, .6, big*.7, .36, small*.75, .22, small, 0, small*.6, -.2, 0, -.22, -small*.6, -.2, -small, 0, -small*.75, .22, -big*.7, .36, -big, .6, -big*.8, .88))
		h.mark(f, dark, ellipse(0, .22, waist, waist))
	case 2: // a banjo
		h.surface(f, tone, ellipse(0, .5, big*1.1, big*1.1))
		h.line(f, dark, ellipse(0, .5, big*.75, big*.75))
	}
	h.line(f, dark, polygon(0, -length, 0, .65))
	h.mark(f, dark, box(-.16, .62, .16, .7))
}

func (h *hand) furniture(f frame, tone float64) {
	leg := h.in(.05, .09)
	dark := tone * .7
	switch h.IntN(3) {
	case 0: // a chair
		seat, w, lean := h.in(-.05, .15), h.in(.4, .6), h.in(0, .15)
		h.surface(f, dark, limb(-w*.6, seat, leg, -w*.7, .8, leg), limb(w*.9, seat-.1, leg, w*.9, .7, leg))
		h.surface(f, tone, limb(-w, seat, leg, -w-.05, .95, leg), limb(w*.6, seat+.05, leg, w*.65, .95, leg))
		h.surface(f, tone, polygon(-w, seat+.08, w*.65, seat+.08, w, seat-.12, -w*.55, seat-.12))
		if h.chance(.5) {
			h.surface(f, tone, polygon(-w, seat, -w-lean, -.95, -w*.5-lean, -1, -w*.55, seat-.12))
		} else {
			h.surface(f, tone, limb(-w, seat, leg, -w-lean, -.95, leg), limb(-w*.55, seat-.1, leg, -w*.5-lean, -1, leg), limb(-w-lean, -.9, leg, -w*.5-lean, -.95, leg), limb(-w-lean/2, -.5, leg, -w*.5-lean/2, -.55, leg))
		}
	case 1: // a table
		y, w, d := h.in(-.35, .05), h.in(.7, 1), h.in(.15, .35)
		for _, x := range [2]float64{-w + .35, w - .12} {
			h.surface(f, dark, limb(x, y-d, leg, x, .55, leg))
		}
		for _, x := range [2]float64{-w + .12, w - .35} {
			h.surface(f, tone, limb(x, y, leg, x, .85, leg))
		}
		h.surface(f, tone, polygon(-w, y, w-.22, y, w, y-d, -w+.28, y-d))
	case 2: // a lamp
		top, w0, w1 := -h.in(.8, 1), h.in(.15, .4), h.in(.45, .75)
		low := h.in(-.25, .05)
		h.surface(f, dark, limb(0, low, leg*.8, 0, .85, leg*.8))
		h.surface(f, dark, ellipse(0, .9, h.in(.3, .5), .1))
		h.surface(f, tone, polygon(-w0, top, w0, top, w1, low, -w1, low))
	}
}

func (h *hand) vessel(f frame, tone float64) {
	dark := tone * h.in(.3, .6)
	if h.style == Shaded {
		h.tint(f, h.back*.5, .6, ellipse(.1, .85, .7, .12))
	}
	switch h.IntN(3) {
	case 0: // a cup
		w, foot, top, low := h.in(.45, .65), h.in(.28, .5), -h.in(.4, .65), h.in(.5, .8)
		h.surface(f, tone, stroke(arc(w, (top+low)/2, .35, (low-top)*.32, -1.4, 1.4, 8), .07))
		h.surface(f, tone, smooth(-w, top, w, top, w*.95, 0, foot, low, -foot, low, -w*.95, 0))
		h.surface(f, dark, ellipse(0, top, w, .13))
	case 1: // a bottle
		w, neck, s := h.in(.26, .42), h.in(.09, .14), h.in(-.35, 0)
		h.surface(f, tone, polygon(-neck, -1, neck, -1, neck, s-.2, w*.8, s, w, s+.2, w, .9, -w, .9, -w, s+.2, -w*.8, s, -neck, s-.2))
		h.surface(f, h.near(tone, .3), box(-w, .2, w, .6))
		h.mark(f, dark, box(-neck, -1.05, neck, -.9))
	case 2: // a teapot
		r := h.in(.5, .62)
		h.surface(f, tone, limb(r*.7, .25, .14, r+.3, -.1, .09, r+.4, -.3, .07))
		h.surface(f, tone, stroke(arc(-r, .1, .34, .33, 1.6, 4.7, 8), .06))
		h.surface(f, tone, ellipse(0, .15, r, r*h.in(.8, 1)))
		h.surface(f, dark, ellipse(0, -r*.75+.15, r*.55, .1))
		h.surface(f, tone, ellipse(0, -r*.75, .1, .1))
	}
}
