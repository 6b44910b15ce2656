package simulate

import "math"

// scene draws a place that fills the picture: a corridor in perspective, a
// house among trees, or a landscape with hills and a road.
func (h *hand) scene(subcategory string) {
	f := newFrame(point{Side / 2, Side / 2}, Side/2, h.in(-.06, .06))
	f.flip = h.sign()
	switch subcategory {
	case "corridor":
		h.corridor(f)
	case "house":
		h.house(f)
	default:
		h.landscape(f)
	}
}

// corridor: the room's cross-section is 2a wide and 2b high; depth z ≥ 1 is
// seen at 1/z of its size around the vanishing point v.
func (h *hand) corridor(f frame) {
	v := point{h.in(-.35, .35), h.in(-.3, .3)}
	a, b := h.in(1.1, 1.7), h.in(1.1, 1.6)
	far := h.in(3, 7)
	at := func(x, y, z float64) point { return point{v.x + a*x/z, v.y + b*y/z} }
	quad := func(p ...point) shape { return shape{points: p} }
	wall := h.in(.35, .8)
	left, right := wall*h.in(.75, 1), wall*h.in(.75, 1)
	floor, ceiling, end := h.in(.15, .75), h.in(.5, 1), h.in(.2, .95)
	const near = .6
	h.surface(f, floor, quad(at(-1, 1, near), at(1, 1, near), at(1, 1, far), at(-1, 1, far)))
	h.surface(f, ceiling, quad(at(-1, -1, near), at(1, -1, near), at(1, -1, far), at(-1, -1, far)))
	h.surface(f, left, quad(at(-1, -1, near), at(-1, 1, near), at(-1, 1, far), at(-1, -1, far)))
	h.surface(f, right, quad(at(1, -1, near), at(1, 1, near), at(1, 1, far), at(1, -1, far)))
	h.surface(f, end, quad(at(-1, -1, far), at(1, -1, far), at(1, 1, far), at(-1, 1, far)))
	if h.chance(.6) { // a door or a window at the end
		w, top := h.in(.25, .5), h.in(-.6, .1)
		h.surface(f, h.near(end, .4), quad(at(-w, top, far), at(w, top, far), at(w, 1, far), at(-w, 1, far)))
	}
	if h.chance(.5) { // tiles
		for z := h.in(1, 1.3); z < far; z *= h.in(1.25, 1.45) {
			h.line(f, h.near(floor, .25), quad(at(-1, 1, z), at(1, 1, z)))
		}
		for _, x := range [3]float64{-.4, 0, .4} {
			h.line(f, h.near(floor, .2), quad(at(x, 1, near), at(x, 1, far)))
		}
	}
	if h.chance(.5) { // lamps
		w := h.in(.1, .3)
		for z := h.in(1, 1.4); z < far*.8; z *= 1.6 {
			h.surface(f, 1, quad(at(-w, -1, z), at(w, -1, z), at(w, -1, z*1.25), at(-w, -1, z*1.25)))
		}
	}
	for _, s := range [2]float64{-1, 1} { // doors or pictures along the walls
		if h.chance(.2) {
			continue
		}
		tone, top, low := h.near([2]float64{left, right}[int(s+1)/2], .35), h.in(-.6, -.1), 1.0
		if h.chance(.4) {
			low = h.in(.1, .4)
		}
		for z := h.in(1, 1.5); z*1.3 < far; z *= 1.75 {
			h.surface(f, tone, quad(at(s, top, z), at(s, top, z*1.3), at(s, low, z*1.3), at(s, low, z)))
		}
	}
}

// sky draws what lies above and below the horizon.
func (h *hand) sky(f frame, horizon float64) (sky, land float64) {
	sky, land = h.in(.55, 1), h.in(.15, .6)
	h.surface(f, sky, box(-1.4, -1.4, 1.4, horizon+.1))
	h.surface(f, land, box(-1.4, horizon, 1.4, 1.5))
	for range h.IntN(3) { // clouds
		x, y, r := h.in(-1, 1), h.in(-.95, horizon-.5), h.in(.12, .25)
		h.surface(f, min(1, sky+.25), ellipse(x, y, r*1.6, r*.8), ellipse(x+r, y-r*.4, r, r*.8))
	}
	return sky, land
}

func (h *hand) house(f frame) {
	ground := h.in(.45, .75)
	_, land := h.sky(f, ground-h.in(.1, .5))
	if h.chance(.7) {
		h.tree(f, h.sign()*h.in(.7, 1), ground+.05, h.in(.5, 1.1))
	}
	wall := h.in(.2, .95)
	roof, dark := h.near(wall, .35), wall*h.in(.2, .45)
	x, w, top := h.in(-.25, .15), h.in(.42, .75), ground-h.in(.55, .95)
	peak := top - h.in(.25, .6)
	side := 0.0
	if h.chance(.55) { // a second wall is seen
		side = h.in(.2, .4)
		rise := h.in(.03, .12)
		h.surface(f, wall*.7, polygon(x+w, top, x+w+side, top+rise*.4, x+w+side, ground-rise, x+w, ground))
		h.surface(f, roof*.85, polygon(x+.1, peak, x+w+side*.8, peak+.02, x+w+side+.08, top+rise*.4, x+w, top))
	}
	if h.chance(.5) { // chimney
		c := x + w*h.in(-.5, .5)
		h.surface(f, roof*.9, box(c-.07, peak-.15, c+.07, top))
	}
	h.surface(f, wall, box(x-w, top, x+w, ground))
	if side == 0 && h.chance(.4) {
		in := h.in(.1, .35)
		h.surface(f, roof, polygon(x-w-.1, top, x-w+in, peak, x+w-in, peak, x+w+.1, top))
	} else {
		h.surface(f, roof, polygon(x-w-.1, top+.02, x, peak, x+w+.1, top+.02))
	}
	door, half := x+w*h.in(-.6, .6), h.in(.08, .13)
	high := min(h.in(.32, .45), (ground-top)*.75)
	h.surface(f, dark, box(door-half, ground-high, door+half, ground))
	rows, columns := 1+h.IntN(2), 2+h.IntN(2)
	pane := h.in(.07, .12)
	for r := range rows {
		for c := range columns {
			wx := x + w*(2*(float64(c)+.5)/float64(columns)-1)
			wy := top + (ground-top)*(float64(r)+.4)/float64(rows)
			if math.Abs(wx-door) < half+pane && wy+pane > ground-high-.04 {
				continue
			}
			h.surface(f, dark, box(wx-pane, wy-pane, wx+pane, wy+pane))
		}
	}
	if h.chance(.5) { // the path to the door
		bottom := door + h.in(-.4, .4)
		h.surface(f, min(1, land+.3), polygon(door-half, ground, door+half, ground, bottom+.35, 1.3, bottom-.35, 1.3))
	}
	if h.chance(.4) {
		h.tree(f, h.sign()*h.in(.75, 1.05), ground+h.in(.15, .3), h.in(.4, .8))
	}
}

func (h *hand) landscape(f frame) {
	horizon := h.in(-.25, .3)
	sky, land := h.sky(f, horizon)
	if h.chance(.5) {
		h.surface(f, 1, ellipse(h.in(-.8, .8), h.in(-.9, horizon-.35), .17, .17))
	}
	for i := range 1 + h.IntN(3) { // ridges, the nearer the darker
		tone := mix(sky, land, .35+.25*float64(i))
		s := polygon(-1.4, horizon+.05)
		peaked := h.chance(.5)
		for x := -1.4; x <= 1.4; x += h.in(.25, .55) {
			y := horizon - h.in(.02, .65-.15*float64(i))
			s.points = append(s.points, point{x, y})
			if peaked {
				x += h.in(.2, .4)
				s.points = append(s.points, point{x, horizon - h.in(0, .15)})
			}
		}
		s.points = append(s.points, point{1.4, horizon + .05})
		h.surface(f, tone, s)
	}
	h.surface(f, land, box(-1.4, horizon, 1.4, 1.5))
	if h.chance(.7) { // a road or a river
		end, mid, low := h.in(-.5, .5), h.in(-.5, .5), h.in(-.6, .6)
		half := h.in(.15, .4)
		m := (horizon + 1) / 2
		h.surface(f, h.near(land, .4), polygon(end-.03, horizon, end+.03, horizon, mid+half*.5, m, low+half*1.6, 1.4, low-half*1.6, 1.4, mid-half*.5, m))
	}
	for range h.IntN(6) {
		y := horizon + h.in(0, .6)
		h.tree(f, h.in(-1, 1), y, .35+.8*(y-horizon))
	}
	if h.chance(.25) { // a fence
		y := h.in(horizon+.3, .9)
		for x := -1.2; x < 1.2; x += .25 {
			h.line(f, land*.4, polygon(x, y-.15, x, y+.12))
		}
		h.line(f, land*.4, polygon(-1.3, y-.05, 1.3, y-.05))
	}
}

// tree draws a fir or a leafy tree of a height, its foot at (x, y).
func (h *hand) tree(f frame, x, y, high float64) {
	tone := h.in(.1, .45)
	h.surface(f, tone*.6, box(x-.04*high, y-high*.4, x+.04*high, y))
	if h.chance(.5) {
		w := high * h.in(.2, .3)
		h.surface(f, tone, polygon(x-w, y-high*.2, x, y-high, x+w, y-high*.2))
		return
	}
	r := high * h.in(.25, .35)
	h.surface(f, tone, ellipse(x, y-high*.65, r, r*1.1), ellipse(x-r*.5, y-high*.5, r*.7, r*.7), ellipse(x+r*.5, y-high*.5, r*.7, r*.7))
}
