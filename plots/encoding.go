package plots

import (
	"fmt"
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
	h.categoryLegend(categories, look)
	return pen{c}.panels("encoding figure", h, []panel{
		f.scatter(observed, predicted, look),
		scorePanel([]analysis.Score{r.Score()}, []string{"median of " + count(len(r.Scores), "target")}, []string{r.X}, f.Ceiling),
	})
}

// scatter shows predicted against observed responses.
func (f Encoding) scatter(observed, predicted []float64, looks map[string]look) panel {
	unit := label(f.Unit)
	if unit == "" {
		unit = "own unit"
	}
	return scatter{
		stimuli: itemsOf(f.Result.Stimuli), x: predicted, y: observed, looks: looks,
		xText: "predicted (" + unit + ")", yText: "observed (" + unit + ")",
	}.panel("Stimuli", fmt.Sprintf("%s held out, mean over %s", stimuliCount(len(observed)), count(len(f.Result.Scores), "target")), nil)
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
