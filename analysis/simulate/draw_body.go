package simulate

import "math"

// body draws a person without a head, as fLoc shows bodies, standing,
// walking, sitting or with arms raised; or, as a limb, a single arm with its
// hand or leg with its foot.
func (h *hand) body(subcategory string) {
	h.ground()
	if subcategory == "limb" {
		if h.chance(.5) {
			h.arm()
		} else {
			h.leg()
		}
		return
	}
	// In its own coordinates the neck is at y = −1, the hip at 0 and the
	// feet of someone who stands at 1.1.
	skin := h.figure()
	shirt, trousers := skin, skin
	if h.chance(.75) {
		shirt, trousers = h.figure(), h.figure()
	}
	f := newFrame(point{Side/2 + h.in(-2.5, 2.5), Side/2 + h.in(-1, 1)}, h.in(11, 13.5), h.in(-.2, .2))
	f.flip = h.sign()
	fat := h.in(.8, 1.35)
	shoulder, hip, waist := h.in(.27, .4)*math.Sqrt(fat), h.in(.2, .28)*fat, h.in(.16, .24)*fat
	arm, leg := .115*math.Sqrt(fat), .15*math.Sqrt(fat)

	var knees, feet [2]point
	// Angles from straight down, towards the right.
	thigh, shin := [2]float64{h.in(-.25, -.02), h.in(.02, .25)}, [2]float64{h.in(-.2, .05), h.in(-.05, .2)}
	upper, lower := [2]float64{h.in(-.6, -.15), h.in(.15, .6)}, [2]float64{h.in(-.5, .3), h.in(-.3, .5)}
	up := 0.0
	switch h.IntN(4) {
	case 0: // stands
	case 1: // walks or runs
		s := h.in(.35, .8)
		thigh, shin = [2]float64{-s, s}, [2]float64{-s - h.in(.1, .8), s - h.in(.1, .6)}
		upper, lower = [2]float64{-s, s}, [2]float64{h.in(-.2, .6), s + h.in(.6, 1.4)}
	case 2: // sits, seen from the side
		thigh, shin = [2]float64{h.in(1.2, 1.5), h.in(1.3, 1.6)}, [2]float64{h.in(-.2, .2), h.in(0, .4)}
		upper, lower = [2]float64{h.in(.1, .5), h.in(.3, .7)}, [2]float64{h.in(.8, 1.6), h.in(.9, 1.7)}
		up = .25
	case 3: // arms up or out
		a := h.in(1.4, 2.7)
		upper = [2]float64{-a, a + h.in(-.5, .3)}
		lower = [2]float64{-a - h.in(-.6, .5), a + h.in(-.5, .6)}
	}
	ends := func(from point, a, b, la, lb float64) (point, point) {
		mid := from.add(la*math.Sin(a), la*math.Cos(a))
		return mid, mid.add(lb*math.Sin(b), lb*math.Cos(b))
	}
	var legs []shape
	for i, s := range [2]float64{-1, 1} {
		top := point{s * hip * .55, up}
		knees[i], feet[i] = ends(top, thigh[i], shin[i], .54, .54)
		k, e := knees[i], feet[i]
		legs = append(legs, limb(top.x, top.y, leg*1.15, k.x, k.y, leg*.85, e.x, e.y, leg*.62))
	}
	var arms, hands []shape
	for i, s := range [2]float64{-1, 1} {
		top := point{s * shoulder, -.86 + up}
		k, e := ends(top, upper[i], lower[i], .42, .4)
		arms = append(arms, limb(top.x, top.y, arm*1.1, k.x, k.y, arm*.85, e.x, e.y, arm*.7))
		hands = append(hands, limb(e.x, e.y, arm*.85, e.x+.1*math.Sin(lower[i]), e.y+.1*math.Cos(lower[i]), arm*.9))
	}
	torso := smooth(-shoulder-.04, -.86+up, -.1, -.98+up, .1, -.98+up, shoulder+.04, -.86+up, shoulder*.85, -.55+up, waist, -.3+up, hip, up, hip*.8, .1+up, -hip*.8, .1+up, -hip, up, -waist, -.3+up, -shoulder*.85, -.55+up)

	if h.style == Shaded && h.chance(.6) { // the shadow on the floor
		low := max(feet[0].y, feet[1].y) + .08
		h.tint(f, h.back*.5, .6, ellipse((feet[0].x+feet[1].x)/2, low, h.in(.3, .6), .1))
	}
	bare, sleeves := h.chance(.4), h.chance(.5)
	lower2 := trousers
	if bare {
		lower2 = skin
	}
	h.surface(f, skin, hands...)
	behind := h.chance(.5)
	sleeve := skin
	if sleeves {
		sleeve = shirt
	}
	if behind {
		h.surface(f, sleeve, arms...)
	}
	for i, e := range feet {
		h.surface(f, h.near(h.back, .35), limb(e.x-.02, e.y+.03, .07, e.x+.16*math.Copysign(1, .3+float64(i)), e.y+.06, .06))
	}
	h.surface(f, lower2, legs...)
	if h.chance(.25) { // a skirt
		l := h.in(.3, .7)
		h.surface(f, trousers, smooth(-hip, -.05+up, hip, -.05+up, hip+l*.6, l+up, -hip-l*.6, l+up))
	} else if bare {
		h.surface(f, trousers, smooth(-hip, -.05+up, hip, -.05+up, hip, .25+up, 0, .2+up, -hip, .25+up))
	}
	h.surface(f, skin, limb(0, -1.12+up, .09, 0, -.95+up, .1)) // the neck
	h.surface(f, shirt, torso)
	if !behind {
		h.surface(f, sleeve, arms...)
	}
}

// arm draws a forearm and an open or closed hand.
func (h *hand) arm() {
	tone := h.figure()
	f := newFrame(point{Side/2 + h.in(-2, 2), Side/2 + h.in(-2, 2)}, h.in(10.5, 14), h.in(-math.Pi, math.Pi))
	f.flip = h.sign()
	thick, bend := h.in(.17, .25), h.in(-.25, .25)
	parts := []shape{
		limb(-1.2, bend, thick*1.3, -.5, bend*.3, thick*1.1, .15, 0, thick*.75),
		ellipse(.38, 0, .3, .26),
	}
	length, spread := h.in(.36, .52), h.in(.08, .24)
	if h.chance(.1) { // a fist
		length = .12
	}
	for i := range 4 {
		if h.chance(.1) {
			continue // a finger that is folded in
		}
		y := -.19 + .125*float64(i)
		a := spread * (float64(i) - 1.5)
		l := length * (1 - .12*math.Abs(float64(i)-1.3))
		parts = append(parts, limb(.52, y, .07, .52+l*math.Cos(a), y+l*math.Sin(a), .06))
	}
	a := h.in(-1.3, -.5)
	parts = append(parts, limb(.25, -.12, .08, .25+.35*math.Cos(a), -.12+.35*math.Sin(a), .06))
	h.surface(f, tone, parts...)
	if h.chance(.5) { // the sleeve
		e := h.in(-.7, -.2)
		h.surface(f, h.figure(), limb(-1.35, bend*1.1, thick*1.6, e, bend*.4, thick*1.4))
	}
}

// leg draws a knee, a shin and a foot.
func (h *hand) leg() {
	tone := h.figure()
	f := newFrame(point{Side/2 + h.in(-2, 2), Side/2 + h.in(-2, 2)}, h.in(10.5, 14), h.in(-.9, .9))
	f.flip = h.sign()
	thick, bend := h.in(.2, .3), h.in(-.35, .35)
	ankle, foot := h.in(.5, .7), h.in(.4, .65)
	toe := h.in(-.3, .5)
	parts := []shape{
		limb(bend, -1.3, thick*1.4, bend*.2-.02, -.5, thick, -.08, -.1, thick*1.02, 0, ankle, thick*.55),
		limb(-.06, ankle+.1, thick*.62, foot*.6, ankle+.18+toe*.3, thick*.5, foot, ankle+.2+toe*.5, thick*.34),
	}
	if h.chance(.4) { // toes
		for i := range 3 {
			parts = append(parts, ellipse(foot+.05-.09*float64(i), ankle+.3+toe*.5-.02*float64(i), .07, .06))
		}
	}
	h.surface(f, tone, parts...)
	switch h.IntN(3) {
	case 0: // a shoe
		h.surface(f, h.figure(), limb(-.08, ankle+.12, thick*.75, foot*.6, ankle+.2+toe*.3, thick*.62, foot+.05, ankle+.22+toe*.5, thick*.45))
	case 1: // a trouser leg
		h.surface(f, h.figure(), limb(bend, -1.3, thick*1.6, bend*.2-.02, -.5, thick*1.3, -.05, h.in(-.3, .3), thick*1.25))
	}
}
