package plots

import (
	"fmt"
	"image/color"
	"math"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// checkScores validates scores and their ceiling: all of one measure, finite.
func checkScores(scores []analysis.Score, c *analysis.Ceiling) error {
	name := ""
	same := func(what string, m *analysis.Measure) error {
		switch {
		case m == nil:
			return fmt.Errorf("plots: the %s has no measure", what)
		case name == "":
			name = m.Name
		case m.Name != name:
			return fmt.Errorf("plots: the %s is %s, others are %s; they cannot share an axis", what, m.Name, name)
		}
		return nil
	}
	for i, s := range scores {
		if err := same(fmt.Sprintf("score %d", i), s.Measure); err != nil {
			return err
		}
		if !drawable(s.Value) || !drawable(s.Lo) || !drawable(s.Hi) {
			return fmt.Errorf("plots: score %d is %v [%v, %v]", i, s.Value, s.Lo, s.Hi)
		}
	}
	if c == nil {
		return nil
	}
	if c.Measure != nil {
		if err := same("ceiling", c.Measure); err != nil {
			return err
		}
	}
	if !drawable(c.Lo) || !drawable(c.Hi) || c.Lo > c.Hi {
		return fmt.Errorf("plots: the ceiling is [%v, %v]", c.Lo, c.Hi)
	}
	return nil
}

// scoreRange returns the range of an axis for scores: from 0, or below the
// least, to the largest value that the measure can have.
func scoreRange(scores []analysis.Score, c *analysis.Ceiling) (lo, hi float64) {
	add := func(v float64) { lo, hi = math.Min(lo, v), math.Max(hi, v) }
	var m *analysis.Measure
	for _, s := range scores {
		m = s.Measure
		add(s.Value)
		if s.HasInterval() {
			add(s.Lo)
			add(s.Hi)
		}
	}
	if c != nil {
		add(c.Lo)
		add(c.Hi)
		if m == nil {
			m = c.Measure
		}
	}
	if m != nil && m.Max > 0 && m.Max <= 1 { // a correlation, an accuracy
		add(m.Max)
	}
	return round(lo, hi)
}

func scoreLabel(scores []analysis.Score, c *analysis.Ceiling) string {
	if len(scores) > 0 {
		return label(scores[0].Measure.Name)
	}
	if c != nil && c.Measure != nil {
		return label(c.Measure.Name)
	}
	return "score"
}

// ceilingNote writes a ceiling for a panel of limited width.
func ceilingNote(c *analysis.Ceiling) string {
	if c == nil {
		return "no ceiling given"
	}
	s := "ceiling " + bounds(c, "–")
	if c.Subjects > 0 {
		s += fmt.Sprintf(", n = %d", c.Subjects)
	}
	return s
}

// bounds writes a ceiling's bounds, or one number where they are the same.
func bounds(c *analysis.Ceiling, to string) string {
	lo, hi := num(c.Lo, 2), num(c.Hi, 2)
	if lo == hi {
		return lo
	}
	return lo + to + hi
}

// ceilingBand draws the ceiling as a band across [x0, x1].
func (p pen) ceilingBand(c *analysis.Ceiling, x0, x1 vg.Length, y scale) {
	if c == nil {
		return
	}
	p.spanBand(c.Lo, c.Hi, x0, x1, y, band)
}

// scorePoint draws a score and its interval, if it has one, and its value if
// there is room.
func (p pen) scorePoint(s analysis.Score, x, step vg.Length, y scale, c color.RGBA) {
	if s.HasInterval() {
		p.segment(x, y.at(s.Lo), x, y.at(s.Hi), thick, c)
	}
	p.point(x, y.at(s.Value), 3.2, look{fill: c, edge: mix(toLab(c), lab{}, 0.4).rgba()})
	if text := num(s.Value, 2); step >= 2*noteFont.width(text)+14 {
		p.text(text, noteFont, ink, x+5.5, y.at(s.Value), start, middle, 0)
	}
}

// scorePanel shows scores against their ceiling, each in the colour of its
// source.
func scorePanel(scores []analysis.Score, names, sources []string, c *analysis.Ceiling) panel {
	lo, hi := scoreRange(scores, c)
	values, ticksNames := ticks(lo, hi, 5)
	text := scoreLabel(scores, c)
	margin := yMargin(ticksNames, text)
	n := vg.Length(max(len(scores), 1))
	step := min(max(30, 6+tickFont.widest(names)), 56)
	return panel{
		title: "Score and ceiling", note: ceilingNote(c),
		width: max(margin+n*step, noteFont.width(ceilingNote(c))), minWidth: max(margin+min(n*11, 120), 84), minHeight: 40,
		bottom: func(w vg.Length) vg.Length { return namesRoom(names, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			p.ceilingBand(c, x0, x1, y)
			if lo < 0 {
				p.segment(x0, y.at(0), x1, y.at(0), thin, grid)
			}
			step := (x1 - x0) / n
			var at []vg.Length
			for i, s := range scores {
				x := x0 + step*(vg.Length(i)+0.5)
				col := brainColor
				if i < len(sources) && isNetwork(sources[i]) {
					col = networkColor
				}
				p.scorePoint(s, x, step, y, col)
				name := ""
				if i < len(names) {
					name = names[i]
				}
				p.markAt(x, y.at(s.Value), 4, altScore(name, s))
				at = append(at, x)
			}
			p.yAxis(x0, y, values, ticksNames, text)
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			p.names(names, at, area.Min.Y, step, namesRoom(names, step))
		},
	}
}

// altScore says a score and its ceiling in words.
func altScore(name string, s analysis.Score) string {
	t := fmt.Sprintf("%s %s (n = %d)", label(s.Measure.Name), num(s.Value, 2), s.N)
	if s.HasInterval() {
		t = fmt.Sprintf("%s %s (95 %% interval %s to %s, n = %d)", label(s.Measure.Name), num(s.Value, 2), num(s.Lo, 2), num(s.Hi, 2), s.N)
	}
	if name = label(name); name != "" {
		t = name + ": " + t
	}
	return t
}

func altCeiling(c *analysis.Ceiling) string {
	if c == nil {
		return "No ceiling is given"
	}
	s := "The noise ceiling is " + bounds(c, " to ")
	if c.Subjects > 0 {
		s += " from " + people(c.Subjects)
	}
	return s
}
