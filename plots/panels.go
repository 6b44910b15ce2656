package plots

import (
	"strings"

	"gonum.org/v1/plot/vg"
)

// A panel is a part of a figure with axes of its own.
type panel struct {
	title, note string
	width       vg.Length // preferred
	minWidth    vg.Length
	minHeight   vg.Length                   // of the axes
	bottom      func(w vg.Length) vg.Length // room needed below the axes of a panel so wide
	draw        func(p pen, area vg.Rectangle)
}

const (
	panelGap  = vg.Length(18) // between panels side by side
	rowGap    = vg.Length(10) // between panels below each other
	panelHead = vg.Length(24) // the title of a panel, its note, and air
)

// A heading is what stands above the panels: a title, a note, a legend.
type heading struct {
	title string
	note  string   // a line below the title
	names []string // of the legend
	key   func(p pen, i int, x, y vg.Length) vg.Length
}

func (h heading) height(w vg.Length) vg.Length {
	var t vg.Length
	if h.title != "" {
		t += titleFont.size*1.2 + 4
	}
	if h.note != "" {
		t += noteFont.size + 5
	}
	if len(h.names) > 0 {
		t += vg.Length(len(legendRows(h.names, w)))*legendLine + 7
	}
	return t
}

// panels draws the heading and the panels: side by side, with their axes
// aligned, if the canvas is wide enough, otherwise below each other.
func (p pen) panels(what string, h heading, ps []panel) error {
	w, ht := p.Max.X-p.Min.X-2*pad, p.Max.Y-p.Min.Y-2*pad
	h.names = shorten(h.names, w)
	head := h.height(w)
	top := p.Max.Y - pad - head
	if widths := share(ps, w); widths != nil {
		var bottom, tallest vg.Length
		for i, q := range ps {
			bottom = max(bottom, q.bottom(widths[i]))
			tallest = max(tallest, q.minHeight)
		}
		if ht-head-panelHead-bottom < tallest {
			return tooSmall(what, w+2*pad, ht+2*pad)
		}
		x := p.Min.X + pad
		for i, q := range ps {
			p.panel(q, x, x+widths[i], p.Min.Y+pad+bottom, top)
			x += widths[i] + panelGap
		}
	} else {
		free := ht - head - rowGap*vg.Length(len(ps)-1) // for axes
		weights := vg.Length(0)
		for _, q := range ps {
			if q.minWidth > w {
				return tooSmall(what, w+2*pad, ht+2*pad)
			}
			free -= panelHead + q.bottom(w)
			weights += q.minHeight
		}
		if free < weights {
			return tooSmall(what, w+2*pad, ht+2*pad)
		}
		y := top
		for _, q := range ps {
			axes := free * q.minHeight / weights
			p.panel(q, p.Min.X+pad, p.Max.X-pad, y-panelHead-axes, y)
			y -= panelHead + axes + q.bottom(w) + rowGap
		}
	}
	y := p.Max.Y - pad
	if h.title != "" {
		y -= titleFont.size * capHeight
		p.text(titleFont.fit(h.title, w), titleFont, ink, p.Min.X+pad, y, start, start, 0)
		y -= titleFont.size*(1.2-capHeight) + 4
	}
	if h.note != "" {
		p.text(noteFont.fit(h.note, w), noteFont, faint, p.Min.X+pad, y+2-noteFont.size*capHeight, start, start, 0)
		y -= noteFont.size + 5
	}
	if len(h.names) > 0 {
		p.legend(p.Min.X+pad, y, w, h.names, func(i int, x, y vg.Length) vg.Length { return h.key(p, i, x, y) })
	}
	return nil
}

// share divides a width among panels side by side: what is more or less than
// they prefer in all is shared in proportion. It returns nil if they do not
// fit.
func share(ps []panel, w vg.Length) []vg.Length {
	w -= panelGap * vg.Length(len(ps)-1)
	var least, prefer vg.Length
	for _, q := range ps {
		least += q.minWidth
		prefer += max(q.width, q.minWidth)
	}
	if least > w {
		return nil
	}
	out := make([]vg.Length, len(ps))
	for i, q := range ps {
		switch d := max(q.width, q.minWidth); {
		case w >= prefer:
			out[i] = d * w / prefer
		default:
			out[i] = q.minWidth + (d-q.minWidth)*(w-least)/(prefer-least)
		}
	}
	return out
}

// panel draws one panel with its axes between y0 and, below the title, y1.
func (p pen) panel(q panel, x0, x1, y0, y1 vg.Length) {
	y := y1 - headFont.size*capHeight
	p.text(headFont.fit(q.title, x1-x0), headFont, ink, x0, y, start, start, 0)
	p.text(noteFont.fit(q.note, x1-x0), noteFont, faint, x0, y-4-noteFont.size*capHeight, start, start, 0)
	q.draw(p, vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1 - panelHead}})
}

// wrap breaks s at spaces and behind slashes into at most most lines no wider
// than w; it returns nil if that cannot be done.
func (f fnt) wrap(s string, w vg.Length, most int) []string {
	var lines []string
	for _, word := range strings.Fields(strings.ReplaceAll(s, "/", "/ ")) {
		if n := len(lines); n > 0 {
			space := " "
			if strings.HasSuffix(lines[n-1], "/") {
				space = ""
			}
			if t := lines[n-1] + space + word; f.width(t) <= w {
				lines[n-1] = t
				continue
			}
		}
		if lines = append(lines, word); len(lines) > most || f.width(word) > w {
			return nil
		}
	}
	return lines
}

// flat returns the lines of all names if each fits in its step, else nil.
func flat(names []string, step vg.Length) [][]string {
	lines := make([][]string, len(names))
	for i, s := range names {
		if lines[i] = tickFont.wrap(s, step-4, 3); lines[i] == nil && s != "" {
			return nil
		}
	}
	return lines
}

// names writes a name below each place x[i], a step apart: flat, in up to
// three lines, if all fit, otherwise slanted and shortened to the room below,
// as many as there is room for.
func (p pen) names(names []string, x []vg.Length, y, step, room vg.Length) {
	if lines := flat(names, step); lines != nil {
		for i := range names {
			for k, s := range lines[i] {
				p.text(s, tickFont, ink, x[i], y-tickGap-2-vg.Length(k)*tickFont.size*1.1, middle, end, 0)
			}
		}
		return
	}
	free := vg.Length(-1e9)
	for i, s := range names {
		if x[i] >= free {
			long := min((room-tickFont.size/2)*1.4, (x[i]-p.Min.X-2)*1.4)
			p.text(tickFont.fit(s, long), tickFont, ink, x[i]+tickFont.size*0.3, y-tickGap-1, end, end, 45)
			free = x[i] + tickFont.size*1.3
		}
	}
}

// namesRoom returns the room that names need below the axis.
func namesRoom(names []string, step vg.Length) vg.Length {
	lines := flat(names, step)
	if lines == nil {
		return min(tickFont.widest(names), 70)/1.4 + tickFont.size + tickGap
	}
	most := 1
	for _, l := range lines {
		most = max(most, len(l))
	}
	return vg.Length(most)*tickFont.size*1.1 + tickGap + 2
}
