package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/localizer"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Sweep figure draws how much a result hangs on the threshold of the
// localizer, a line for each source: left, how many channels pass, on a
// logarithmic axis on which 0 stands apart, below 1; right, how well those that
// pass do, with 95 % intervals, beside the ceiling. Without scores the right
// panel is left out. A threshold that no channel passes is an open point left
// and a break in the line right.
type Sweep struct {
	Steps [][]localizer.Step // of each source, as localizer.Sweep.Steps returns them
	Names []string           // of the sources; default: those of the fROIs
	Title string             // default: the contrast

	// Ceilings hold one for all thresholds, or one for each: then all sources
	// have the same thresholds. None: no band.
	Ceilings []analysis.Ceiling

	Linear bool // count on a linear axis
}

// check validates the figure and returns the names of the sources.
func (f Sweep) check() ([]string, error) {
	if len(f.Steps) == 0 {
		return nil, errors.New("plots: no sweep to draw")
	}
	if f.Names != nil && len(f.Names) != len(f.Steps) {
		return nil, fmt.Errorf("plots: %d names for %d sweeps", len(f.Names), len(f.Steps))
	}
	var scores []analysis.Score
	names := make([]string, len(f.Steps))
	for i, steps := range f.Steps {
		names[i] = fmt.Sprintf("source %d", i+1)
		if len(steps) == 0 {
			return nil, fmt.Errorf("plots: sweep %d has no thresholds", i)
		}
		if r := steps[0].FROI; r != nil && label(r.Source) != "" {
			names[i] = label(r.Source)
		}
		if f.Names != nil {
			names[i] = label(f.Names[i])
		}
		for k, s := range steps {
			if !drawable(s.Cut) || k > 0 && s.Cut <= steps[k-1].Cut {
				return nil, fmt.Errorf("plots: threshold %d of %q is %v; thresholds must rise", k, names[i], s.Cut)
			}
			if s.Count < 0 {
				return nil, fmt.Errorf("plots: %d channels of %q pass %v", s.Count, names[i], s.Cut)
			}
			if s.Score != nil {
				scores = append(scores, *s.Score)
			}
		}
		if n := len(f.Ceilings); n > 1 && (n != len(steps) || !slices.EqualFunc(steps, f.Steps[0], func(a, b localizer.Step) bool { return a.Cut == b.Cut })) {
			return nil, fmt.Errorf("plots: %d ceilings do not fit the %d thresholds of %q; give one ceiling, or one for each threshold that all share", n, len(steps), names[i])
		}
	}
	if err := checkScores(scores, nil); err != nil {
		return nil, err
	}
	for i := range f.Ceilings {
		if err := checkScores(scores, &f.Ceilings[i]); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// statistic names what is cut, if all sources go by the same.
func (f Sweep) statistic() string {
	name := ""
	for _, steps := range f.Steps {
		if steps[0].FROI == nil {
			return ""
		}
		s := steps[0].FROI.Rule
		for _, sign := range [3]string{" > ", " ≥ ", ","} {
			s, _, _ = strings.Cut(s, sign)
		}
		if name != "" && s != name {
			return ""
		}
		name = s
	}
	return nick(name)
}

// cuts are all thresholds, rising.
func (f Sweep) cuts() []float64 {
	var out []float64
	for _, steps := range f.Steps {
		for _, s := range steps {
			out = append(out, s.Cut)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// curves are the lines of the two panels.
func (f Sweep) curves(names []string) (counts, scores []curve) {
	looks, dashes := curveLooks(names)
	for i, steps := range f.Steps {
		c := curve{name: names[i], look: looks[i], dashes: dashes[i]}
		s := c
		gap := false
		for _, t := range steps {
			at := names[i] + ", threshold " + short(t.Cut) + ": "
			y := float64(t.Count)
			if !f.Linear {
				y = logScale{}.at(t.Count)
			}
			c.points = append(c.points, curvePoint{x: t.Cut, y: y, hollow: t.Count == 0,
				text: at + fmt.Sprintf("%s (%s %% of all)", count(t.Count, "channel"), brief(100*t.Fraction))})
			if t.Score == nil {
				gap = true
				continue
			}
			v := *t.Score
			s.points = append(s.points, curvePoint{x: t.Cut, y: v.Value, lo: v.Lo, hi: v.Hi, interval: v.HasInterval(), broken: gap, text: at + altScore("", v)})
			gap = false
		}
		counts = append(counts, c)
		if len(s.points) > 0 {
			scores = append(scores, s)
		}
	}
	return counts, scores
}

// Size suggests the width of a page, or of a column for counts alone.
func (f Sweep) Size() (w, h vg.Length) {
	for _, steps := range f.Steps {
		for _, s := range steps {
			if s.Score != nil {
				return 7.2 * vg.Inch, 2.9 * vg.Inch
			}
		}
	}
	return 3.6 * vg.Inch, 2.9 * vg.Inch
}

// Draw implements Figure.
func (f Sweep) Draw(c draw.Canvas) error {
	names, err := f.check()
	if err != nil {
		return err
	}
	counts, scores := f.curves(names)
	h := heading{title: label(f.Title), names: curveNames(counts), key: curveKey(counts)}
	if h.title == "" {
		h.title = names[0]
		if r := f.Steps[0][0].FROI; r != nil && label(r.Contrast.Name) != "" {
			h.title = "Channels selective for " + nick(r.Contrast.Name) + ", by threshold"
		}
	}
	panels := []panel{f.countPanel(counts)}
	if len(scores) > 0 || len(f.Ceilings) > 0 {
		panels = append(panels, f.scorePanel(scores))
	}
	return pen{c}.panels("sweep", h, panels)
}

// xAxisOf returns the axis of the thresholds.
func (f Sweep) xAxisOf() (lo, hi float64, values []float64, names []string, text string) {
	values = f.cuts()
	lo, hi = values[0], values[len(values)-1]
	air := math.Max((hi-lo)*0.05, 1e-9)
	if lo == hi {
		air = math.Max(math.Abs(lo)*0.1, 0.5)
	}
	if len(values) > 9 {
		values, names = ticks(lo, hi, 6)
	} else {
		for _, v := range values {
			names = append(names, short(v))
		}
	}
	text = "threshold"
	if s := f.statistic(); s != "" {
		text += " (" + s + ")"
	}
	return lo - air, hi + air, values, names, text
}

func (f Sweep) countPanel(cs []curve) panel {
	largest, zero := 1, false
	for _, steps := range f.Steps {
		for _, s := range steps {
			largest, zero = max(largest, s.Count), zero || s.Count == 0
		}
	}
	note := "logarithmic axis"
	values, names, lo, hi := logScale{zero}.ticks(largest)
	if f.Linear {
		note = "linear axis"
		lo, hi = round(0, float64(largest))
		values, names = ticks(lo, hi, 5)
	} else if zero {
		note += "; 0 apart"
	}
	q := f.panel("Channels that pass", note, "channels", cs, lo, hi, values, names, nil)
	if !f.Linear {
		axes := q.draw
		q.draw = func(p pen, area vg.Rectangle) {
			axes(p, area)
			logScale{zero}.apart(p, area.Min.X+yMargin(names, "channels"), scale{lo, hi, area.Min.Y, area.Max.Y})
		}
	}
	return q
}

func (f Sweep) scorePanel(cs []curve) panel {
	var scores []analysis.Score
	for _, steps := range f.Steps {
		for _, s := range steps {
			if s.Score != nil {
				scores = append(scores, *s.Score)
			}
		}
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	if len(f.Ceilings) == 0 {
		lo, hi = scoreRange(scores, nil)
	}
	for i := range f.Ceilings {
		a, b := scoreRange(scores, &f.Ceilings[i])
		lo, hi = math.Min(lo, a), math.Max(hi, b)
	}
	var first *analysis.Ceiling
	note := "no ceiling given"
	switch len(f.Ceilings) {
	case 0:
	case 1:
		first = &f.Ceilings[0]
		note = ceilingNote(first)
	default:
		first = &f.Ceilings[0]
		note = "grey: ceiling at each threshold"
	}
	values, names := ticks(lo, hi, 5)
	return f.panel("Score of those that pass", note, scoreLabel(scores, first), cs, lo, hi, values, names, f.Ceilings)
}

func (f Sweep) panel(title, note, text string, cs []curve, lo, hi float64, values []float64, names []string, ceilings []analysis.Ceiling) panel {
	margin := yMargin(names, text)
	x0, x1, xValues, xNames, xText := f.xAxisOf()
	return panel{
		title: title, note: note, width: margin + 180, minWidth: margin + 70, minHeight: 50,
		bottom: func(vg.Length) vg.Length { return xMargin(xText) },
		draw: func(p pen, area vg.Rectangle) {
			x := scale{x0, x1, area.Min.X + margin, area.Max.X}
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			p.ceilingBands(ceilings, f.cuts(), x, y)
			if lo < 0 && hi > 0 && values[0] != zeroAt {
				p.segment(x.lo, y.at(0), x.hi, y.at(0), thin, grid)
			}
			p.curves(cs, x, y)
			p.yAxis(x.lo, y, values, names, text)
			p.xAxis(area.Min.Y, x, xValues, xNames, xText)
		},
	}
}

// Doubts returns the warnings of the scores and the ceilings.
func (f Sweep) Doubts() []error {
	var all [][]error
	for _, steps := range f.Steps {
		for _, s := range steps {
			if s.Score != nil {
				all = append(all, s.Score.Warnings)
			}
		}
	}
	for _, c := range f.Ceilings {
		all = append(all, c.Warnings)
	}
	return once(all...)
}

// Alt implements Figure: of each source the count and the score at every
// threshold, and the ceiling.
func (f Sweep) Alt() string {
	names, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	_, _, _, _, text := f.xAxisOf()
	fmt.Fprintf(&b, "Channels that pass a %s, and how well they do.", text)
	const most = 10
	for i, steps := range f.Steps {
		if i == most {
			fmt.Fprintf(&b, " And %d more sources.", len(f.Steps)-most)
			break
		}
		var parts []string
		for _, s := range steps {
			t := fmt.Sprintf("%s: %d", short(s.Cut), s.Count)
			if s.Score != nil {
				t += fmt.Sprintf(", %s %s", label(s.Score.Measure.Name), num(s.Score.Value, 2))
			}
			parts = append(parts, t)
		}
		fmt.Fprintf(&b, " %s at %s.", orUnnamed(names[i]), strings.Join(analysisFew(parts, 12), "; "))
	}
	for i := range f.Ceilings {
		if i == 0 && len(f.Ceilings) == 1 {
			fmt.Fprintf(&b, " %s.", altCeiling(&f.Ceilings[0]))
		} else {
			fmt.Fprintf(&b, " Ceiling at %s: %s.", short(f.Steps[0][i].Cut), bounds(&f.Ceilings[i], " to "))
		}
	}
	return b.String()
}

// analysisFew shortens a list; the last that is left counts the others.
func analysisFew(s []string, most int) []string {
	if len(s) <= most {
		return s
	}
	return append(slices.Clone(s[:most]), fmt.Sprintf("and %d more", len(s)-most))
}
