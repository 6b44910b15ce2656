package plots

import (
	"fmt"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/encoding"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// An Encoding draws how well responses were predicted: a point for each
// stimulus, at its predicted and its observed response, each the mean over
// targets, in the colour and shape of its category. Both axes have one scale,
// and the line is where prediction equals observation. Beside it stands the
// score of the result, the median over targets, and the ceiling.
type Encoding struct {
	Result  *encoding.Result
	Ceiling *analysis.Ceiling
	Title   string // default: what was predicted from what
	Unit    string // of the responses; default: "own unit"
}

// checkResult validates a result so far as figures use it.
func checkResult(what string, r *encoding.Result) error {
	if r == nil {
		return fmt.Errorf("plots: %s is nil", what)
	}
	if r.Observed == nil || r.Predicted == nil || r.Observed.IsEmpty() || r.Predicted.IsEmpty() {
		return fmt.Errorf("plots: %s has no responses", what)
	}
	if err := checkDraw(what, r); err != nil {
		return err
	}
	n, t := r.Observed.Dims()
	if pn, pt := r.Predicted.Dims(); n != pn || t != pt || n != r.Stimuli.Len() || t != len(r.Scores) {
		return fmt.Errorf("plots: %s has %d×%d observed and %d×%d predicted responses and %d scores for %d stimuli",
			what, n, t, pn, pt, len(r.Scores), r.Stimuli.Len())
	}
	return nil
}

// checkDraw validates the scores of a result, which is all that a random draw
// has.
func checkDraw(what string, r *encoding.Result) error {
	switch {
	case r == nil:
		return fmt.Errorf("plots: %s is nil", what)
	case r.Measure == nil:
		return fmt.Errorf("plots: %s has no measure", what)
	case len(r.Scores) == 0:
		return fmt.Errorf("plots: %s has no scores", what)
	}
	for j, v := range r.Scores {
		if !drawable(v) {
			return fmt.Errorf("plots: score %d of %s is %v", j, what, v)
		}
	}
	return nil
}

// check validates the figure and returns the mean responses over targets.
func (f Encoding) check() (observed, predicted []float64, err error) {
	if err := checkResult("the encoding result", f.Result); err != nil {
		return nil, nil, err
	}
	observed, predicted = f.Result.PerStimulus()
	for i := range observed {
		if !drawable(observed[i]) || !drawable(predicted[i]) {
			return nil, nil, fmt.Errorf("plots: the response to %q is %v, predicted %v", f.Result.Stimuli.At(i).ID, observed[i], predicted[i])
		}
	}
	if err := checkScores([]analysis.Score{f.Result.Score()}, f.Ceiling); err != nil {
		return nil, nil, err
	}
	return observed, predicted, nil
}

// Size suggests a square scatter with room for the score.
func (f Encoding) Size() (w, h vg.Length) { return 4.7 * vg.Inch, 3.8 * vg.Inch }

// Draw implements Figure.
func (f Encoding) Draw(c draw.Canvas) error {
	observed, predicted, err := f.check()
	if err != nil {
		return err
	}
	r := f.Result
	title := label(f.Title)
	if title == "" {
		title = nick(r.Y) + " predicted from " + nick(r.X)
	}
	categories := r.Stimuli.Categories()
	look := looks(categories)
	score := r.Score()
	interval := ""
	if score.HasInterval() {
		interval = fmt.Sprintf(" [%s, %s]", num(score.Lo, 2), num(score.Hi, 2))
	}
	h := heading{title: title, note: fmt.Sprintf("%s = %s%s, n = %d, median of %s", label(score.Measure.Name),
		num(score.Value, 2), interval, score.N, count(len(r.Scores), "target"))}
	if len(categories) > 1 {
		for _, c := range categories {
			h.names = append(h.names, tickFont.fit(label(c), 110))
		}
		h.key = func(p pen, i int, x, y vg.Length) vg.Length {
			p.point(x+3, y, 2.8, look[categories[i]])
			return 6
		}
	}
	return pen{c}.panels("encoding figure", h, []panel{
		f.scatter(observed, predicted, look),
		scorePanel([]analysis.Score{r.Score()}, []string{"median of " + count(len(r.Scores), "target")}, []string{r.X}, f.Ceiling),
	})
}

// scatter shows predicted against observed responses.
func (f Encoding) scatter(observed, predicted []float64, looks map[string]look) panel {
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range observed {
		lo = math.Min(lo, math.Min(observed[i], predicted[i]))
		hi = math.Max(hi, math.Max(observed[i], predicted[i]))
	}
	air := (hi - lo) * 0.04
	lo, hi = round(lo-air, hi+air)
	values, names := ticks(lo, hi, 5)
	unit := label(f.Unit)
	if unit == "" {
		unit = "own unit"
	}
	yText, xText := "observed ("+unit+")", "predicted ("+unit+")"
	margin := yMargin(names, yText)
	return panel{
		title: "Stimuli", note: fmt.Sprintf("%s held out, mean over %s", stimuliCount(len(observed)), count(len(f.Result.Scores), "target")),
		width: margin + 210, minWidth: margin + 60, minHeight: 50,
		bottom: func(vg.Length) vg.Length { return xMargin(xText) },
		draw: func(p pen, area vg.Rectangle) {
			side := min(area.Max.X-area.Min.X-margin, area.Max.Y-area.Min.Y)
			x := scale{lo, hi, area.Min.X + margin, area.Min.X + margin + side}
			y := scale{lo, hi, area.Min.Y, area.Min.Y + side}
			p.segment(x.lo, y.lo, x.hi, y.hi, plain, grid, 3, 2)
			radius := vg.Length(2.6)
			if len(observed) > 400 {
				radius = 1.6
			}
			for i := range observed {
				l, ok := looks[f.Result.Stimuli.At(i).Category]
				if !ok {
					l = look{fill: grid, edge: line}
				}
				p.point(x.at(predicted[i]), y.at(observed[i]), radius, l)
			}
			p.yAxis(x.lo, y, values, names, yText)
			p.xAxis(y.lo, x, values, names, xText)
		},
	}
}

// Alt implements Figure.
func (f Encoding) Alt() string {
	observed, predicted, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	r := f.Result
	var b strings.Builder
	fmt.Fprintf(&b, "Responses of %s predicted from %s, %s held out, mean over %s: predicted %s to %s, observed %s to %s.",
		orUnnamed(r.Y), orUnnamed(r.X), stimuliCount(len(observed)), count(len(r.Scores), "target"),
		brief(least(predicted)), brief(most(predicted)), brief(least(observed)), brief(most(observed)))
	fmt.Fprintf(&b, " %s.", altScore("Median over targets", r.Score()))
	fmt.Fprintf(&b, " %s.", altCeiling(f.Ceiling))
	return b.String()
}
