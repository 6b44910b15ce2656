package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Layers figure draws how a number changes from layer to layer, a line for
// each region or network, with 95 % intervals and the ceiling as a band, or the
// ceilings of single lines at the right edge. Layers
// stand in their order, as many named as there is room for. Where networks
// have different layers, each line runs over relative depth, from 0, the first
// of its layers, to 1, the last.
type Layers struct {
	Curves  []LayerCurve
	Layers  []string // those on the axis, in order; default: the layers of the curves, if all have the same
	Ceiling *analysis.Ceiling
	Title   string // default: the names of the curves
	Label   string // of the numbers; default: the measure of the scores
	Along   string // what one place on the axis is, "step" of a training, say; default: "layer"
	SEM     bool   // draw ± one standard error (Estimate.SE) instead of the 95 % interval
}

// A LayerCurve holds a number for each of some layers: Scores or Estimates, one
// of the two.
type LayerCurve struct {
	Name      string   // region or network
	Layers    []string // in order; default: Layers of the figure
	Scores    []analysis.Score
	Estimates []analysis.Estimate

	// Ceiling is that of this line alone, where regions have ceilings of their
	// own: it stands at the right edge, in the line's colour.
	Ceiling *analysis.Ceiling
}

// values returns the points of the curve, but for their places.
func (c LayerCurve) values(sem bool) ([]curvePoint, error) {
	name := orUnnamed(c.Name)
	var out []curvePoint
	switch {
	case len(c.Scores) > 0 && len(c.Estimates) > 0:
		return nil, fmt.Errorf("plots: %s has scores and estimates; give one of the two", name)
	case len(c.Scores) > 0 && sem:
		return nil, fmt.Errorf("plots: %s has scores, which have no standard error; give estimates", name)
	}
	for _, s := range c.Scores {
		out = append(out, curvePoint{y: s.Value, lo: s.Lo, hi: s.Hi, interval: s.HasInterval()})
	}
	for _, e := range c.Estimates {
		p := curvePoint{y: e.Value, lo: e.Lo, hi: e.Hi, interval: e.Lo != e.Hi}
		if sem {
			p.lo, p.hi, p.interval = e.Value-e.SE, e.Value+e.SE, e.SE > 0
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("plots: %s has no values", name)
	}
	for i, p := range out {
		if !drawable(p.y) || !drawable(p.lo) || !drawable(p.hi) {
			return nil, fmt.Errorf("plots: value %d of %s is %v [%v, %v]", i, name, p.y, p.lo, p.hi)
		}
		if p.lo > p.y || p.hi < p.y {
			out[i].lo, out[i].hi = math.Min(p.lo, p.y), math.Max(p.hi, p.y)
		}
	}
	return out, nil
}

// check validates the figure and returns its lines, and the layers on the axis;
// none where lines run over relative depth.
func (f Layers) check() ([]curve, []string, error) {
	if len(f.Curves) == 0 {
		return nil, nil, errors.New("plots: no curves over layers to draw")
	}
	var scores []analysis.Score
	names := make([]string, len(f.Curves))
	for i, c := range f.Curves {
		names[i] = label(c.Name)
		scores = append(scores, c.Scores...)
	}
	for _, c := range append([]*analysis.Ceiling{f.Ceiling}, f.ceilings()...) {
		if err := checkScores(scores, c); err != nil {
			return nil, nil, err
		}
	}
	axis := f.Layers
	if axis == nil {
		axis = f.Curves[0].Layers
		for _, c := range f.Curves {
			if !slices.Equal(c.Layers, axis) {
				axis = nil
			}
		}
	}
	place := map[string]int{}
	for i, l := range axis {
		if _, twice := place[l]; twice {
			return nil, nil, fmt.Errorf("plots: layer %q stands twice", l)
		}
		place[l] = i
	}
	sources := names
	if regionColors(names) == nil { // what has layers is a network
		sources = make([]string, len(names))
		for i, s := range names {
			sources[i] = s + "/"
		}
	}
	looks, dashes := curveLooks(sources)
	out := make([]curve, len(f.Curves))
	for i, c := range f.Curves {
		points, err := c.values(f.SEM)
		if err != nil {
			return nil, nil, err
		}
		own := c.Layers
		if own == nil {
			own = axis
		}
		if len(own) != len(points) {
			return nil, nil, fmt.Errorf("plots: %s has %d values for %d layers", orUnnamed(c.Name), len(points), len(own))
		}
		last := -1
		for k := range points {
			p := &points[k]
			p.x = 0.5
			if len(points) > 1 {
				p.x = float64(k) / float64(len(points)-1)
			}
			if axis != nil {
				at, there := place[own[k]]
				if !there {
					return nil, nil, fmt.Errorf("plots: layer %q of %s is none of the %d on the axis", own[k], orUnnamed(c.Name), len(axis))
				}
				if at <= last {
					return nil, nil, fmt.Errorf("plots: layer %q of %s stands out of order", own[k], orUnnamed(c.Name))
				}
				p.x, p.broken = float64(at), at != last+1
				last = at
			}
			p.text = fmt.Sprintf("%s, %s: %s", names[i], label(own[k]), num(p.y, 3))
			switch {
			case p.interval && f.SEM:
				p.text += fmt.Sprintf(" ± %s (SEM)", num(p.hi-p.y, 3))
			case p.interval:
				p.text += fmt.Sprintf(" [%s, %s]", num(p.lo, 3), num(p.hi, 3))
			}
		}
		points[0].broken = false
		out[i] = curve{name: names[i], look: looks[i], dashes: dashes[i], points: points}
	}
	return out, axis, nil
}

// ceilings are those of single lines, nil where a line has none.
func (f Layers) ceilings() []*analysis.Ceiling {
	out := make([]*analysis.Ceiling, len(f.Curves))
	for i, c := range f.Curves {
		out[i] = c.Ceiling
	}
	return out
}

// along says what one place on the axis is.
func (f Layers) along() string {
	if s := label(f.Along); s != "" {
		return s
	}
	return "layer"
}

// counted says whether the numbers are counts, which have no ceiling.
func (f Layers) counted() bool {
	for _, c := range f.Curves {
		for _, e := range c.Estimates {
			if e.Value != math.Trunc(e.Value) || e.Lo != e.Hi || e.SE != 0 {
				return false
			}
		}
		if len(c.Scores) > 0 || c.Ceiling != nil {
			return false
		}
	}
	return f.Ceiling == nil
}

// text names the numbers.
func (f Layers) text() string {
	if s := label(f.Label); s != "" {
		return s
	}
	for _, c := range f.Curves {
		if len(c.Scores) > 0 {
			return scoreLabel(c.Scores, nil)
		}
	}
	if f.Ceiling != nil && f.Ceiling.Measure != nil {
		return scoreLabel(nil, f.Ceiling)
	}
	return "value"
}

// Size suggests the width of a column, or of a page for many layers.
func (f Layers) Size() (w, h vg.Length) {
	if _, axis, err := f.check(); err == nil && len(axis) > 16 {
		return 7.2 * vg.Inch, 3 * vg.Inch
	}
	return 4.6 * vg.Inch, 3 * vg.Inch
}

// Draw implements Figure.
func (f Layers) Draw(c draw.Canvas) error {
	cs, axis, err := f.check()
	if err != nil {
		return err
	}
	h := heading{title: label(f.Title), names: curveNames(cs), key: curveKey(cs)}
	if h.title == "" {
		var names []string
		for _, c := range cs {
			names = append(names, orUnnamed(c.name))
		}
		h.title = analysis.Few(names, 3) + ", " + f.along() + " by " + f.along()
	}
	return pen{c}.panels("figure of layers", h, []panel{f.panel(cs, axis)})
}

// Doubts returns the warnings of the numbers and the ceilings.
func (f Layers) Doubts() []error {
	var all [][]error
	for _, c := range f.Curves {
		for _, s := range c.Scores {
			all = append(all, s.Warnings)
		}
		for _, e := range c.Estimates {
			all = append(all, e.Warnings)
		}
		all = append(all, ofCeiling(c.Ceiling))
	}
	return once(append(all, ofCeiling(f.Ceiling))...)
}

// brackets says what the numbers in brackets are that Alt gives.
func (f Layers) brackets(cs []curve) string {
	for _, c := range cs {
		for _, p := range c.points {
			switch {
			case p.interval && f.SEM:
				return " (± one standard error)"
			case p.interval:
				return " (95 % intervals)"
			}
		}
	}
	return ""
}

// Alt implements Figure: of each line the first, the last and the largest
// value, and the ceiling.
func (f Layers) Alt() string {
	cs, axis, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s by %s%s.", f.text(), f.along(), f.along(), f.brackets(cs))
	decimals := 2
	if f.counted() {
		decimals = 0
	}
	const most = 10
	single := false
	for i, c := range cs {
		if i == most {
			fmt.Fprintf(&b, " And %d more lines.", len(cs)-most)
			break
		}
		own := f.Curves[i].Layers
		if own == nil {
			own = axis
		}
		say := func(k int) string {
			s := fmt.Sprintf("%s at %s", num(c.points[k].y, decimals), nick(own[k]))
			if p := c.points[k]; p.interval {
				s = fmt.Sprintf("%s (%s to %s) at %s", num(p.y, 2), num(p.lo, 2), num(p.hi, 2), nick(own[k]))
			}
			return s
		}
		top := 0
		for k, p := range c.points {
			if p.y > c.points[top].y {
				top = k
			}
		}
		n := len(c.points)
		fmt.Fprintf(&b, " %s, %s: from %s to %s; highest %s", orUnnamed(c.name), count(n, f.along()), say(0), say(n-1), say(top))
		if own := f.Curves[i].Ceiling; own != nil {
			single = true
			fmt.Fprintf(&b, "; its ceiling is %s", bounds(own, " to "))
			if own.Subjects > 0 {
				fmt.Fprintf(&b, " from %s", people(own.Subjects))
			}
		}
		b.WriteString(".")
	}
	if f.Ceiling != nil || !single && !f.counted() {
		fmt.Fprintf(&b, " %s.", altCeiling(f.Ceiling))
	}
	return b.String()
}
