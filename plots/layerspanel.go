package plots

import (
	"math"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// panel shows the lines over the layers on the axis, or over relative depth.
func (f Layers) panel(cs []curve, axis []string) panel {
	lo, hi := 0.0, 0.0
	intervals := false
	for _, c := range cs {
		for _, p := range c.points {
			lo, hi = math.Min(lo, p.y), math.Max(hi, p.y)
			if p.interval {
				intervals = true
				lo, hi = math.Min(lo, p.lo), math.Max(hi, p.hi)
			}
		}
	}
	own := vg.Length(0) // lines with a ceiling of their own
	for i, c := range append(f.ceilings(), f.Ceiling) {
		if c == nil {
			continue
		}
		lo, hi = math.Min(lo, c.Lo), math.Max(hi, c.Hi)
		if i < len(f.Curves) {
			own++
		}
	}
	lo, hi = round(lo, hi)
	values, tickNames := ticks(lo, hi, 6)
	text := f.text()
	margin := yMargin(tickNames, text)
	labels := make([]string, len(axis))
	for i, s := range axis {
		labels[i] = label(s)
	}
	n := vg.Length(max(len(axis), 1))
	note := "95 % intervals; "
	switch {
	case !intervals:
		note = ""
	case f.SEM:
		note = "± SEM; "
	}
	switch {
	case f.counted():
		note = "counts"
	case own == 0:
		note += ceilingNote(f.Ceiling)
	case f.Ceiling != nil:
		note += ceilingNote(f.Ceiling) + "; those of lines at the right"
	default:
		note += "ceilings of the lines at the right"
	}
	edge := vg.Length(0)
	if own > 0 {
		edge = own*ownCeiling + 3
	}
	title := count(len(axis), f.along())
	if axis == nil {
		title = "By depth"
		if f.Along == "" {
			title = "Layers by depth"
		}
	}
	depth := "relative depth (first to last " + f.along() + ")"
	return panel{
		title: title, note: note,
		width: margin + max(180, 10*n), minWidth: margin + edge + 80, minHeight: 50,
		bottom: func(w vg.Length) vg.Length {
			if axis == nil {
				return xMargin(depth)
			}
			return namesRoom(labels, (w-margin-edge)/n)
		},
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X-edge
			step := (x1 - x0) / n
			x := scale{-0.04, 1.04, x0, x1}
			if axis != nil {
				x = scale{-0.5, float64(len(axis)) - 0.5, x0, x1}
			}
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			p.ceilingBand(f.Ceiling, x0, x1, y)
			if lo < 0 {
				p.segment(x0, y.at(0), x1, y.at(0), thin, grid)
			}
			left := x1 + 3
			for i, c := range f.ceilings() {
				if c != nil {
					p.ownCeiling(c, cs[i], left, y)
					left += ownCeiling
				}
			}
			p.curves(cs, x, y)
			p.yAxis(x0, y, values, tickNames, text)
			if axis == nil {
				v, names := ticks(0, 1, 5)
				p.xAxis(area.Min.Y, x, v, names, depth)
				return
			}
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			at := make([]vg.Length, len(axis))
			for i := range axis {
				at[i] = x.at(float64(i))
				p.segment(at[i], area.Min.Y, at[i], area.Min.Y-tickGap, thin, line)
			}
			p.names(labels, at, area.Min.Y, step, namesRoom(labels, step))
		},
	}
}

// ownCeiling is the room of the ceiling of one line.
const ownCeiling = vg.Length(8)

// ownCeiling draws the ceiling of one line from x on.
func (p pen) ownCeiling(c *analysis.Ceiling, of curve, x vg.Length, y scale) {
	lo, hi := y.at(c.Lo), y.at(c.Hi)
	if hi-lo < 1.5 {
		lo, hi = (lo+hi)/2-0.75, (lo+hi)/2+0.75
	}
	x0, x1 := x+0.5, x+ownCeiling-1.5
	p.box(x0, lo, x1, hi, mix(toLab(of.look.fill), white, 0.6).rgba())
	p.frame(x0, lo, x1, hi, thin, of.look.edge)
	p.point((x0+x1)/2, (lo+hi)/2, 1.8, of.look)
	p.mark(vg.Rectangle{Min: vg.Point{X: x0, Y: lo}, Max: vg.Point{X: x1, Y: hi}}, of.name+": "+ceilingNote(c))
}
