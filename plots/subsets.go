package plots

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/encoding"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Subsets figure draws what becomes of an encoding model with some of its
// features: with all of them, without the fROI's (were they necessary?), with
// the fROI's alone (are they sufficient?), and, as the standard for the last,
// with as many drawn at random, a dot for each draw. The noise ceiling is a
// band. What is nil is left out.
type Subsets struct {
	Result  *encoding.SubsetResult
	Ceiling *analysis.Ceiling
	Title   string // default: what was predicted from what
}

// A subset is a column of the figure.
type subset struct {
	name   string
	scores []analysis.Score
	many   bool // a dot for each score; otherwise one point with its interval
	result *encoding.Result
}

// check validates the figure and returns its columns.
func (f Subsets) check() ([]subset, error) {
	if f.Result == nil {
		return nil, errors.New("plots: no subset results to draw")
	}
	var out []subset
	var all []analysis.Score
	add := func(name string, many bool, rs ...*encoding.Result) error {
		s := subset{name: name, many: many}
		for i, r := range rs {
			if r == nil && !many {
				return nil
			}
			what, check := fmt.Sprintf("the result %q", name), checkResult
			if many {
				what, check = fmt.Sprintf("random result %d", i), checkDraw
			}
			if err := check(what, r); err != nil {
				return err
			}
			s.scores = append(s.scores, r.Score())
			s.result = r
		}
		if len(s.scores) > 0 {
			out = append(out, s)
			all = append(all, s.scores...)
		}
		return nil
	}
	for _, err := range []error{
		add("all", false, f.Result.All), add("without", false, f.Result.Without),
		add("only", false, f.Result.Only), add("random", true, f.Result.Random...),
	} {
		if err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, errors.New("plots: no subset results to draw")
	}
	return out, checkScores(all, f.Ceiling)
}

// Size suggests half the width of a page.
func (f Subsets) Size() (w, h vg.Length) { return 3.6 * vg.Inch, 3 * vg.Inch }

// Draw implements Figure.
func (f Subsets) Draw(c draw.Canvas) error {
	columns, err := f.check()
	if err != nil {
		return err
	}
	title := label(f.Title)
	if title == "" {
		title = nick(columns[0].result.Y) + " from " + nick(columns[0].result.X)
	}
	return pen{c}.panels("subset figure", heading{title: title}, []panel{f.panel(columns)})
}

// panel shows a column for each subset, its number of features in its name.
func (f Subsets) panel(columns []subset) panel {
	var all, shown []analysis.Score
	names := make([]string, len(columns))
	for i, s := range columns {
		all = append(all, s.scores...)
		names[i] = s.name
		if n := s.result.Features; n > 0 {
			names[i] += fmt.Sprintf(" (%d)", n)
		}
		for _, v := range s.scores {
			if s.many { // the dots have no interval
				v.Lo, v.Hi = v.Value, v.Value
			}
			shown = append(shown, v)
		}
	}
	lo, hi := scoreRange(shown, f.Ceiling)
	values, tickNames := ticks(lo, hi, 5)
	text := scoreLabel(all, nil)
	if n := len(columns[0].result.Scores); n > 1 {
		text += fmt.Sprintf(", median of %d targets", n)
	}
	margin := yMargin(tickNames, text)
	n := vg.Length(len(columns))
	return panel{
		title: "Features used (how many)", note: ceilingNote(f.Ceiling),
		width: margin + 45*n, minWidth: margin + 20*n, minHeight: 40,
		bottom: func(w vg.Length) vg.Length { return namesRoom(names, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			p.ceilingBand(f.Ceiling, x0, x1, y)
			if lo < 0 {
				p.segment(x0, y.at(0), x1, y.at(0), thin, grid)
			}
			step := (x1 - x0) / n
			at := make([]vg.Length, len(columns))
			for i, s := range columns {
				at[i] = x0 + step*(vg.Length(i)+0.5)
				if !s.many {
					p.scorePoint(s.scores[0], at[i], step, y, networkColor)
					p.markAt(at[i], y.at(s.scores[0].Value), 4, altScore(names[i], s.scores[0]))
					continue
				}
				var values []float64
				for _, v := range s.scores {
					values = append(values, v.Value)
				}
				p.dots(at[i], step*0.5, values, y, "draw")
			}
			p.yAxis(x0, y, values, tickNames, text)
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			p.names(names, at, area.Min.Y, step, namesRoom(names, step))
		},
	}
}

// dots draws values about x, one beside the other: they take turns left and
// right within a width, so that near ones stay apart; where they stand across
// means nothing.
func (p pen) dots(x, width vg.Length, values []float64, y scale, what string) {
	dot := look{fill: band, edge: faint}
	for k, v := range values {
		_, turn := math.Modf(float64(k) * 0.618034)
		at := x + width*vg.Length(turn-0.5)
		p.point(at, y.at(v), 1.9, dot)
		p.markAt(at, y.at(v), 1.9, fmt.Sprintf("%s %d of %d: %s", what, k+1, len(values), num(v, 3)))
	}
}

// Alt implements Figure.
func (f Subsets) Alt() string {
	columns, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Responses of %s predicted from parts of %s.", orUnnamed(columns[0].result.Y), orUnnamed(columns[0].result.X))
	for _, s := range columns {
		name := map[string]string{"all": "All features", "without": "Without the fROI's", "only": "Only the fROI's", "random": "As many at random"}[s.name]
		if n := s.result.Features; n > 0 {
			name += fmt.Sprintf(" (%d)", n)
		}
		if !s.many {
			fmt.Fprintf(&b, " %s.", altScore(name, s.scores[0]))
			continue
		}
		var v []float64
		for _, x := range s.scores {
			v = append(v, x.Value)
		}
		fmt.Fprintf(&b, " %s: %s %s to %s over %s.", name, label(s.scores[0].Measure.Name), num(least(v), 2), num(most(v), 2), count(len(v), "draw"))
	}
	fmt.Fprintf(&b, " %s.", altCeiling(f.Ceiling))
	return b.String()
}
