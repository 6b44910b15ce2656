package plots

import (
	"fmt"
	"math"

	"fusiform/analysis"
	"fusiform/analysis/tuning"

	"gonum.org/v1/plot/vg"
)

// dots is the pattern of lines of chance.
var dots = []vg.Length{1.2, 1.5}

// chanceLeast is the distance of layers from which each has a line of chance of
// its own; closer ones share a line through them.
const chanceLeast = vg.Length(22)

// chance draws a line of chance about x, for cells a step apart.
func (p pen) chance(x, step, y vg.Length) {
	p.segment(x-step*0.18, y, x+step*0.18, y, plain, ink, dots...)
}

// sharePanel shows cells side by side, joined by lines where they are layers.
func sharePanel(cells []selectiveCell, names []string, top float64, joined bool) panel {
	values, tickNames := ticks(0, top, 5)
	const text = "found again (% of units)"
	const shorter = "% of units" // never without the unit: numbers beside the squares are counts
	margin := yMargin(tickNames, text)
	labels := make([]string, len(names))
	for i, s := range names {
		labels[i] = label(s)
	}
	n := vg.Length(len(cells))
	return panel{
		width: margin + max(min(46*n, 260), 90), minWidth: margin + max(min(24*n, 140), 90), minHeight: 50,
		bottom: func(w vg.Length) vg.Length { return namesRoom(labels, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			step := (x1 - x0) / n
			y := scale{0, top, area.Min.Y, area.Max.Y}
			shift := vg.Length(0)
			if len(cells[0].twins) > 0 {
				shift = step * 0.2
			}
			at := make([]vg.Length, len(cells))
			for i, c := range cells {
				at[i] = x0 + step*(vg.Length(i)+0.5)
				// Chance of each stands where its points are.
				if !joined || step >= chanceLeast {
					p.chance(at[i]-shift, step, y.at(chancePercent(c.trained)))
				}
				if len(c.twins) > 0 {
					if !joined || step >= chanceLeast {
						p.chance(at[i]+shift, step, y.at(c.meanTwins(chancePercent)))
					}
					mean := y.at(c.meanTwins(percent))
					p.segment(at[i]+shift-step*0.18, mean, at[i]+shift+step*0.18, mean, thick, twinColor)
				}
				if joined && i > 0 {
					b := cells[i-1]
					p.segment(at[i-1]-shift, y.at(percent(b.trained)), at[i]-shift, y.at(percent(c.trained)), thick, networkColor)
					if step < chanceLeast { // the single lines are too short to be seen
						p.segment(at[i-1]-shift, y.at(chancePercent(b.trained)), at[i]-shift, y.at(chancePercent(c.trained)), plain, ink, dots...)
					}
					if len(c.twins) > 0 {
						p.segment(at[i-1]+shift, y.at(b.meanTwins(percent)), at[i]+shift, y.at(c.meanTwins(percent)), plain, twinColor, 4, 1.5)
					}
				}
			}
			each := 1 // so many cells from one number to the next
			for _, c := range cells {
				each = max(each, int(math.Ceil(float64((noteFont.width(fmt.Sprint(c.trained.Replicated))+2)/step))))
			}
			for i, c := range cells {
				for k, r := range c.twins {
					_, turn := math.Modf((float64(k) + 0.5) * 0.618034)
					q := vg.Point{X: at[i] + shift + step*0.3*vg.Length(turn-0.5), Y: y.at(percent(r))}
					p.point(q.X, q.Y, 1.8, twinLook)
					p.markAt(q.X, q.Y, 2.4, altReplication(r))
				}
				q := vg.Point{X: at[i] - shift, Y: y.at(percent(c.trained))}
				p.point(q.X, q.Y, 3, trainedLook)
				p.markAt(q.X, q.Y, 3.4, altReplication(c.trained))
				if s := fmt.Sprint(c.trained.Replicated); (len(cells)-1-i)%each == 0 { // the last has one
					p.text(s, noteFont, ink, max(q.X, x0+noteFont.width(s)/2+1), q.Y+5, middle, start, 0)
				}
			}
			name := text
			if labelFont.width(text) > area.Size().Y {
				name = shorter
			}
			p.yAxis(x0, y, values, tickNames, name)
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			p.names(labels, at, area.Min.Y, step, namesRoom(labels, step))
		},
	}
}

// responseNote says whose responses are shown.
func responseNote(ps []*tuning.Profile) string {
	if len(ps) == 1 {
		return nick(ps[0].Source)
	}
	others := make([]string, len(ps)-1)
	for i, p := range ps[1:] {
		others[i] = nick(p.Source)
	}
	return "squares: " + nick(ps[0].Source) + "; circles: " + analysis.Few(others, 2)
}

// responsePanel shows a box for each category and profile.
func responsePanel(ps []*tuning.Profile) panel {
	categories := categoriesOf(ps)
	lo, hi := 0.0, 0.0
	type box struct {
		v       []float64
		stimuli []int
	}
	boxes := make([]map[string]*box, len(ps))
	for i, q := range ps {
		boxes[i] = map[string]*box{}
		for s, v := range q.Values {
			c := q.Stimuli.At(s).Category
			if boxes[i][c] == nil {
				boxes[i][c] = &box{}
			}
			boxes[i][c].v, boxes[i][c].stimuli = append(boxes[i][c].v, v), append(boxes[i][c].stimuli, s)
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if len(categories) == 0 {
		categories = []string{""}
	}
	lo, hi = round(lo, hi)
	values, tickNames := ticks(lo, hi, 5)
	text := Tuning{Profiles: ps}.axis()
	margin := yMargin(tickNames, text)
	labels := make([]string, len(categories))
	for i, c := range categories {
		labels[i] = orNone(c)
	}
	n := vg.Length(len(categories))
	each := vg.Length(len(ps))
	return panel{
		title: "Independent images", note: responseNote(ps),
		width: margin + max(n*(16*each+8), 120), minWidth: margin + min(n*(14*each+6), 200), minHeight: 50,
		bottom: func(w vg.Length) vg.Length { return namesRoom(labels, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			step := (x1 - x0) / n
			wide := step * 0.84 / each
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			if lo < 0 {
				p.segment(x0, y.at(0), x1, y.at(0), thin, grid)
			}
			at := make([]vg.Length, len(categories))
			for k, c := range categories {
				at[k] = x0 + step*(vg.Length(k)+0.5)
				for i, q := range ps {
					b := boxes[i][c]
					if b == nil {
						continue
					}
					l := trainedLook
					if i > 0 {
						l = look{fill: twinColor, edge: twinLook.edge}
					}
					x := at[k] + wide*(vg.Length(i)+0.5-each/2)
					for j, pt := range p.boxPlot(b.v, x, min(wide*0.8, 30), y, l) {
						s := q.Stimuli.At(b.stimuli[j])
						p.markAt(pt.X, pt.Y, 2, naming(s)+", "+nick(q.Source)+": "+num(b.v[j], 2), s)
					}
				}
			}
			p.yAxis(x0, y, values, tickNames, text)
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			p.names(labels, at, area.Min.Y, step, namesRoom(labels, step))
		},
	}
}
