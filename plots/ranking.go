package plots

import (
	"fmt"
	"image/color"

	"fusiform/analysis/tuning"

	"gonum.org/v1/plot/vg"
)

const (
	rugRow    = vg.Length(7) // a row of marks below a ranked profile
	rugGap    = vg.Length(6) // above the marks
	rankLabel = "stimuli, strongest response first"
)

// A ranking draws profiles in the order of their values, and below each, in a
// row per category, where the stimuli of the category stand: the marks say
// without colour what the bars say with it. Of many categories there are no
// marks but a key of colours.
type ranking struct {
	categories []string
	look       map[string]look
	labels     []string // of the rows; none without marks
	key        colorKey
	below      vg.Length // room for the marks
}

func newRanking(categories []string) ranking {
	r := ranking{categories: categories, look: looks(categories), below: rugGap}
	r.key = categoryKey(categories, r.look)
	if len(categories) > 1 && len(categories) <= rugMost {
		for _, c := range categories {
			r.labels = append(r.labels, noteFont.fit(label(c), 60))
		}
		r.below += rugRow * vg.Length(len(categories))
		r.key.names = nil
	}
	return r
}

// margin returns the room left of the axis, which needs so much itself.
func (r ranking) margin(axis vg.Length) vg.Length { return max(axis, noteFont.widest(r.labels)+5) }

// bottom returns the room below the axes.
func (r ranking) bottom(w vg.Length) vg.Length {
	return r.below + labelGap + labelFont.size + r.key.height(w)
}

// foot writes what the axis is and the key, below an area whose axis begins at
// x0.
func (r ranking) foot(p pen, area vg.Rectangle, x0 vg.Length) {
	w := area.Max.X - area.Min.X
	y := area.Min.Y - r.below - labelGap
	p.rankLabel(area, x0, y)
	r.key.draw(p, area.Min.X, y-labelFont.size, w)
}

// draw draws one profile from x0 on, no farther than x1, and its marks. It
// returns where the n stimuli stand: the left edge of rank k from 0, and of
// rank n the right end.
func (r ranking) draw(p pen, prof *tuning.Profile, x0, x1 vg.Length, y scale, other color.RGBA) (at func(rank int) vg.Length) {
	n := len(prof.Values)
	x1 = x0 + p.whole(x1-x0, n)
	at = func(k int) vg.Length { return p.snap(x0 + (x1-x0)*vg.Length(k)/vg.Length(n)) }
	row := map[string]int{}
	for k, c := range r.categories {
		row[c] = k
	}
	var top vg.Path // a line along the ends of the bars, whose colours may be pale
	for rank, s := range prof.Ranked() {
		st := prof.Stimuli.At(s)
		fill := other
		l, ok := r.look[st.Category]
		if ok {
			fill = l.fill
		}
		left, right := at(rank), at(rank+1)
		p.box(left, y.at(0), max(right, left+0.2), y.at(prof.Values[s]), fill)
		if rank == 0 {
			top.Move(vg.Point{X: left, Y: y.at(0)})
		}
		top.Line(vg.Point{X: left, Y: y.at(prof.Values[s])})
		top.Line(vg.Point{X: right, Y: y.at(prof.Values[s])})
		if k, ok := row[st.Category]; ok && len(r.labels) > 0 {
			top := y.lo - rugGap - rugRow*vg.Length(k)
			p.box(left, top-rugRow+1.5, max(right, left+0.5), top, l.edge)
		}
		p.mark(vg.Rectangle{Min: vg.Point{X: left, Y: y.lo - r.below}, Max: vg.Point{X: max(right, left+0.5), Y: y.hi}}, ranked(prof, rank, s), st)
	}
	top.Line(vg.Point{X: x1, Y: y.at(0)})
	p.stroke(thin, grid, nil)
	p.Stroke(top)
	p.segment(x0, y.at(0), x1, y.at(0), thin, line)
	for k, s := range r.labels {
		p.text(s, noteFont, ink, x0-3, y.lo-rugGap-rugRow*(vg.Length(k)+0.5)+0.75, end, middle, 0)
	}
	return at
}

// ranked is what a reader who points at stimulus s is told.
func ranked(p *tuning.Profile, rank, s int) string {
	st := p.Stimuli.At(s)
	return fmt.Sprintf("%s: %s, rank %d of %d", stimulusName(st.ID, st.Category), short(p.Values[s]), rank+1, len(p.Values))
}

// stimulusName is a stimulus in words: "floc/adult-001.jpg (face)".
func stimulusName(id, category string) string {
	s := label(id)
	if c := label(category); c != "" {
		s += " (" + c + ")"
	}
	return s
}

// rankLabel writes below a panel, whose axis starts at x0, how stimuli are
// ordered: in the middle of the axis, or as far left as it takes to end with
// the panel.
func (p pen) rankLabel(area vg.Rectangle, x0, y vg.Length) {
	s := labelFont.fit(rankLabel, area.Max.X-area.Min.X)
	x := min((x0+area.Max.X)/2, area.Max.X-labelFont.width(s)/2)
	p.text(s, labelFont, ink, x, y, middle, end, 0)
}
