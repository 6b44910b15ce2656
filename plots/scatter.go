package plots

import (
	"fmt"
	"math"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// A scatter is a square of points, a stimulus each, on two axes of one scale,
// with the line on which both are equal.
type scatter struct {
	stimuli      []analysis.Stimulus
	x, y         []float64
	xText, yText string
	looks        map[string]look
}

// limits returns the range of both axes.
func (s scatter) limits() (lo, hi float64) {
	lo, hi = math.Min(least(s.x), least(s.y)), math.Max(most(s.x), most(s.y))
	air := (hi - lo) * 0.04
	return round(lo-air, hi+air)
}

// radius is that of a point.
func (s scatter) radius() vg.Length {
	if len(s.x) > 400 {
		return 1.6
	}
	return 2.6
}

// panel draws the scatter; after, where it is not nil, draws on it.
func (s scatter) panel(title, note string, after func(p pen, x, y scale)) panel {
	lo, hi := s.limits()
	values, names := ticks(lo, hi, 5)
	margin := yMargin(names, s.yText)
	return panel{
		title: title, note: note,
		width: margin + 210, minWidth: margin + 60, minHeight: 50,
		bottom: func(vg.Length) vg.Length { return xMargin(s.xText) },
		draw: func(p pen, area vg.Rectangle) {
			side := min(area.Max.X-area.Min.X-margin, area.Max.Y-area.Min.Y)
			x := scale{lo, hi, area.Min.X + margin, area.Min.X + margin + side}
			y := scale{lo, hi, area.Min.Y, area.Min.Y + side}
			p.segment(x.lo, y.lo, x.hi, y.hi, plain, grid, 3, 2)
			r := s.radius()
			for i, st := range s.stimuli {
				p.point(x.at(s.x[i]), y.at(s.y[i]), r, lookOf(s.looks, st))
				p.markAt(x.at(s.x[i]), y.at(s.y[i]), r, fmt.Sprintf("%s: %s %s, %s %s", stimulusName(st.ID, st.Category),
					s.yText, brief(s.y[i]), s.xText, brief(s.x[i])), st)
			}
			p.yAxis(x.lo, y, values, names, s.yText)
			p.xAxis(y.lo, x, values, names, s.xText)
			if after != nil {
				after(p, x, y)
			}
		},
	}
}

// lookOf is how a stimulus looks.
func lookOf(looks map[string]look, s analysis.Stimulus) look {
	if l, ok := looks[s.Category]; ok {
		return l
	}
	return uncategorised
}

// uncategorised is how a stimulus without a category looks.
var uncategorised = look{fill: grid, edge: line}

// categoryLegend puts the categories into a heading, each with its point.
func (h *heading) categoryLegend(categories []string, looks map[string]look) {
	if len(categories) < 2 {
		return
	}
	for _, c := range categories {
		h.names = append(h.names, tickFont.fit(label(c), 110))
	}
	h.key = func(p pen, i int, x, y vg.Length) vg.Length {
		p.point(x+3, y, 2.8, looks[categories[i]])
		return 6
	}
}

// itemsOf lists stimuli.
func itemsOf(s analysis.Stimuli) []analysis.Stimulus {
	out := make([]analysis.Stimulus, s.Len())
	for i := range out {
		out[i] = s.At(i)
	}
	return out
}
