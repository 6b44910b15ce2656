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

// A SubsetLines draws what becomes of encoding models of several networks with
// some of their features, a line for each network: with all of them, lesioned
// (without the fROI's), with the selective ones alone, and with as many drawn
// at random (the median over the draws of the first control). Short bars are
// medians over the networks. The noise ceiling is a band.
//
// Of one network each draw is a dot: at "random" those of as many features
// alone, at "lesioned" those of as many removed, beside which the lesion is to
// be seen.
type SubsetLines struct {
	Results []*encoding.SubsetResult // a network each, of the same targets
	Names   []string                 // of the networks; default: the sources of the features
	Ceiling *analysis.Ceiling
	Title   string // default: what was predicted
}

// subsetNames are the columns, by their names in Subsets.
var subsetNames = [][2]string{{"all", "all"}, {"without", "lesioned"}, {"only", "selective only"}, {"random", "random"}}

// check validates the figure and returns a line for each network, a point for
// each column that it has, and the scores.
func (f SubsetLines) check() ([]curve, []analysis.Score, error) {
	if len(f.Results) == 0 {
		return nil, nil, errors.New("plots: no subset results to draw")
	}
	if f.Names != nil && len(f.Names) != len(f.Results) {
		return nil, nil, fmt.Errorf("plots: %d names for %d networks", len(f.Names), len(f.Results))
	}
	var all []analysis.Score
	out := make([]curve, len(f.Results))
	names := make([]string, len(f.Results))
	first := ""
	for i, r := range f.Results {
		columns, err := Subsets{Result: r}.check()
		if err != nil {
			return nil, nil, fmt.Errorf("%w (network %d)", err, i)
		}
		names[i] = label(columns[0].result.X)
		if f.Names != nil {
			names[i] = label(f.Names[i])
		}
		if y := columns[0].result.Y; i == 0 {
			first = y
		} else if y != first {
			return nil, nil, fmt.Errorf("plots: %q predicts %q, network %d %q; networks that predict others need a figure of their own", names[0], first, i, y)
		}
		last := -1
		for _, c := range columns {
			at, score := subsetColumn(c)
			all = append(all, score)
			text := fmt.Sprintf("%s, %s: %s", names[i], subsetNames[at][1], num(score.Value, 3))
			if n := c.result.Features; n > 0 {
				text += " with " + count(n, "feature")
			}
			out[i].points = append(out[i].points, curvePoint{x: float64(at), y: score.Value, broken: at != last+1, text: text})
			last = at
		}
	}
	looks, dashes := curveLooks(names)
	for i := range out {
		out[i].name, out[i].look, out[i].dashes = names[i], looks[i], dashes[i]
	}
	return out, all, checkScores(all, f.Ceiling)
}

// subsetColumn returns where a column of Subsets stands, and its score: of
// draws, the median.
func subsetColumn(c subset) (at int, score analysis.Score) {
	for k, n := range subsetNames {
		if n[0] == c.name {
			at = k
		}
	}
	score = c.scores[0]
	if c.many {
		score.Value = analysis.Median(scoreValues(c.scores))
	}
	score.Lo, score.Hi = score.Value, score.Value
	return at, score
}

func scoreValues(ss []analysis.Score) []float64 {
	out := make([]float64, len(ss))
	for i, s := range ss {
		out[i] = s.Value
	}
	return out
}

// draws returns, of one network, the scores of each draw, by column.
func (f SubsetLines) draws() [4][]float64 {
	var out [4][]float64
	if len(f.Results) != 1 {
		return out
	}
	out[3] = f.Results[0].RandomScores()
	if c := f.Results[0].Controls; len(c) > 0 {
		for _, r := range c[0].Without {
			if checkDraw("", r) == nil {
				out[1] = append(out[1], r.Score().Value)
			}
		}
	}
	return out
}

// sources counts the lines: networks, or layers where all are of one network.
func sources(cs []curve, n int) string {
	if len(cs) < 2 {
		return count(n, "network")
	}
	network, _, is := strings.Cut(cs[0].name, "/")
	for _, c := range cs {
		if other, _, _ := strings.Cut(c.name, "/"); !is || other != network {
			return count(n, "network")
		}
	}
	return count(n, "layer")
}

// medians returns that of each column over the networks, those that have it.
func medians(cs []curve) (value [4]float64, n [4]int) {
	var by [4][]float64
	for _, c := range cs {
		for _, q := range c.points {
			by[int(q.x)] = append(by[int(q.x)], q.y)
		}
	}
	for k, v := range by {
		if n[k] = len(v); n[k] > 0 {
			value[k] = analysis.Median(v)
		}
	}
	return value, n
}

// Size suggests half the width of a page.
func (f SubsetLines) Size() (w, h vg.Length) { return 3.6 * vg.Inch, 3.2 * vg.Inch }

// Draw implements Figure.
func (f SubsetLines) Draw(c draw.Canvas) error {
	cs, scores, err := f.check()
	if err != nil {
		return err
	}
	h := heading{title: label(f.Title)}
	if h.title == "" {
		h.title = orUnnamed(f.target())
		if len(cs) == 1 {
			h.title += " from " + nick(cs[0].name)
		}
	}
	if len(cs) <= 8 {
		h.names, h.key = curveNames(cs), curveKey(cs)
	}
	return pen{c}.panels("subset figure", h, []panel{f.panel(cs, scores)})
}

// target is what was predicted.
func (f SubsetLines) target() string {
	for _, r := range []*encoding.Result{f.Results[0].All, f.Results[0].Without, f.Results[0].Only} {
		if r != nil {
			return r.Y
		}
	}
	return f.Results[0].Random[0].Y
}

func (f SubsetLines) panel(cs []curve, scores []analysis.Score) panel {
	draws := f.draws()
	shown := scores
	for _, d := range draws {
		for _, v := range d {
			s := scores[0]
			s.Value, s.Lo, s.Hi = v, v, v
			shown = append(shown, s)
		}
	}
	lo, hi := scoreRange(shown, f.Ceiling)
	values, tickNames := ticks(lo, hi, 5)
	text := scoreLabel(scores, nil) + ", median over targets"
	margin := yMargin(tickNames, text)
	names := make([]string, len(subsetNames))
	for k, n := range subsetNames {
		names[k] = n[1]
	}
	title := "1 network, dots: draws"
	if len(cs) > 1 {
		title = sources(cs, len(cs)) + ", bars: median"
	} else if draws[1] == nil && draws[3] == nil {
		title = "1 network"
	}
	return panel{
		title: title, note: ceilingNote(f.Ceiling),
		width: margin + 200, minWidth: margin + 90, minHeight: 60,
		bottom: func(w vg.Length) vg.Length { return namesRoom(names, (w-margin)/4) },
		draw: func(p pen, area vg.Rectangle) {
			x0 := area.Min.X + margin
			step := (area.Max.X - x0) / 4
			x := scale{-0.5, 3.5, x0, area.Max.X}
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			p.ceilingBand(f.Ceiling, x.lo, x.hi, y)
			if lo < 0 {
				p.segment(x.lo, y.at(0), x.hi, y.at(0), thin, grid)
			}
			at := make([]vg.Length, 4)
			for k := range at {
				at[k] = x.at(float64(k))
				p.dots(at[k], step*0.55, draws[k], y, [4]string{1: "as many removed at random, draw", 3: "as many at random, draw"}[k])
			}
			many := len(cs) > 8 // lines would hide the bars
			if many {
				p.curves(cs, x, y)
			}
			if len(cs) > 1 {
				value, n := medians(cs)
				for k := range value {
					if n[k] > 0 {
						p.segment(at[k]-step*0.28, y.at(value[k]), at[k]+step*0.28, y.at(value[k]), 2, ink)
						p.mark(vg.Rectangle{Min: vg.Point{X: at[k] - step*0.28, Y: y.at(value[k]) - 1.5}, Max: vg.Point{X: at[k] + step*0.28, Y: y.at(value[k]) + 1.5}},
							fmt.Sprintf("median over %s, %s: %s", sources(cs, n[k]), names[k], num(value[k], 3)))
					}
				}
			}
			if !many {
				p.curves(cs, x, y)
			}
			p.yAxis(x0, y, values, tickNames, text)
			p.segment(x0, area.Min.Y, area.Max.X, area.Min.Y, plain, line)
			p.names(names, at, area.Min.Y, step, namesRoom(names, step))
		},
	}
}

// Alt implements Figure.
func (f SubsetLines) Alt() string {
	cs, scores, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Responses of %s predicted from parts of %s, %s, median over targets.", orUnnamed(f.target()), sources(cs, len(cs)), scoreLabel(scores, nil))
	value, n := medians(cs)
	for k, name := range subsetNames {
		if n[k] == 0 {
			continue
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, c := range cs {
			for _, q := range c.points {
				if int(q.x) == k {
					lo, hi = math.Min(lo, q.y), math.Max(hi, q.y)
				}
			}
		}
		what := [4]string{"With all features", "Lesioned", "With the selective features alone", "With as many at random"}[k]
		fmt.Fprintf(&b, " %s: %s", what, num(value[k], 2))
		if n[k] > 1 {
			fmt.Fprintf(&b, " (median; %s to %s)", num(lo, 2), num(hi, 2))
		}
		if d := f.draws()[k]; len(d) > 0 {
			fmt.Fprintf(&b, " (%s%s: %s to %s)", count(len(d), "draw"), map[string]string{"lesioned": " of as many removed at random"}[name[1]], num(least(d), 2), num(most(d), 2))
		}
		b.WriteString(".")
	}
	fmt.Fprintf(&b, " %s.", altCeiling(f.Ceiling))
	return b.String()
}

// Doubts returns the warnings of the named subsets of all networks and of the
// ceiling.
func (f SubsetLines) Doubts() []error {
	var all [][]error
	for _, r := range f.Results {
		all = append(all, Subsets{Result: r}.Doubts())
	}
	return once(append(all, ofCeiling(f.Ceiling))...)
}
