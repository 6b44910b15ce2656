package encoding

import (
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// A Result is how well held-out responses were predicted: n stimuli, t
// targets. Show it beside the ceiling of the targets.
type Result struct {
	X, Y                string           // the sources of features and targets
	Features            int              // how many features there were
	Stimuli             analysis.Stimuli // the n rows
	Measure             *analysis.Measure
	Observed, Predicted *mat.Dense // n×t, in target units; every prediction is of a stimulus that its fit had not seen
	Targets             []int      // per target: its channel in Y; dead channels are left out
	Fold                []int      // per stimulus: the fold in which it was held out

	// Scores holds, per target, the measure between the n observed and the
	// n predicted responses, folds pooled. Where nothing can be predicted a
	// correlation falls below 0 rather than to 0: each fold is predicted
	// near the mean of the others, which is low when the fold is high.
	Scores []float64

	Lambda   []float64 // per target: geometric mean over folds of the λ chosen; nil where the fitter has none
	Dead     int       // how many channels of Y are no targets: they do not vary, or were left out later
	Warnings []error
}

// Score returns the median of the targets' scores. N is the number of
// stimuli, and Lo and Hi are the measure's interval for one target of that
// score over N stimuli; a median over many targets is steadier than that.
func (r *Result) Score() analysis.Score {
	n := r.Stimuli.Len()
	s := analysis.Score{Measure: r.Measure, Value: analysis.Median(r.Scores), Lo: r.Measure.Min, Hi: r.Measure.Max, N: n, Warnings: r.Warnings}
	if r.Measure.Interval != nil && n >= 4 {
		s.Lo, s.Hi = r.Measure.Interval(s.Value, n)
	}
	return s
}

// PerStimulus returns the mean over targets for each stimulus: the response
// profile of the region, observed and predicted.
func (r *Result) PerStimulus() (observed, predicted []float64) {
	return rowMeans(r.Observed), rowMeans(r.Predicted)
}

// NoiseNormalized returns the result with each target's score divided by what a
// perfect model would reach,
//
//	score / √reliability
//
// given the reliability of each channel of Y (dead ones included, so that
// positions agree), 0 ≤ reliability ≤ 1: the correlation expected between two
// measurements of the same averaging, as split-half reliability after
// Spearman–Brown. It holds for correlations, and may exceed 1 by chance. The
// Measure is named accordingly and has no interval. Show it beside the raw
// scores, never instead.
//
// Channels of reliability 0, which ceiling.Channels gives those without any,
// have no such score: they are left out, counted by Dead, and a Warning says how
// many. Targets says which channels are left; what has one value per channel of
// Y, as for ByRegion, still fits.
//
// It fails with an *analysis.AlignmentError if there is not one reliability for
// each channel of Y, if that of a target is outside the range, and if all
// are 0. Spearman (1904), doi:10.2307/1412159.
func (r *Result) NoiseNormalized(reliability []float64) (*Result, error) {
	return r.normalized(reliability, overReliability(r.Measure, reliability))
}

// overReliability is the measure of scores over √reliability.
func overReliability(of *analysis.Measure, reliability []float64) *analysis.Measure {
	least := 1.
	for _, v := range reliability {
		if v > 0 {
			least = min(least, v)
		}
	}
	m := *of
	m.Name, m.Symbol = m.Name+" / √reliability", m.Symbol+"/√rel"
	m.Min, m.Max, m.Interval = m.Min/math.Sqrt(least), m.Max/math.Sqrt(least), nil
	return &m
}

func (r *Result) normalized(reliability []float64, m *analysis.Measure) (*Result, error) {
	if want := len(r.Targets) + r.Dead; len(reliability) != want {
		return nil, r.notOnePerChannel("reliabilities", len(reliability))
	}
	var reliable []int
	for j, ch := range r.Targets {
		rel := reliability[ch]
		if !(rel >= 0 && rel <= 1) {
			return nil, fmt.Errorf("encoding: reliability %.3g of channel %d of %q; noise normalisation needs 0 <= reliability <= 1, and leaves out channels of 0", rel, ch, r.Y)
		}
		if rel > 0 {
			reliable = append(reliable, j)
		}
	}
	n := len(r.Targets)
	if len(reliable) == 0 {
		return nil, fmt.Errorf("encoding: none of the %d targets of %q has a reliability above 0, so no score can be noise-normalised; average more repeats, or predict channels that have some", n, r.Y)
	}
	out := r.in(r.Y, reliable)
	out.Measure = m
	for k, ch := range out.Targets {
		out.Scores[k] /= math.Sqrt(reliability[ch])
	}
	if left := n - len(reliable); left > 0 {
		out.Warnings = append(slices.Clip(out.Warnings), fmt.Errorf("%d of %d targets of %s left out: their reliability is 0, so there is no noise-normalised score", left, n, r.Y))
	}
	return out, nil
}

// notOnePerChannel is the error of a list that has not one value for each
// channel of Y.
func (r *Result) notOnePerChannel(what string, n int) error {
	return &analysis.AlignmentError{What: fmt.Sprintf("encoding: %d %s for the %d channels of %q; give one for each channel, those that were dropped included", n, what, len(r.Targets)+r.Dead, r.Y)}
}

func rowMeans(x *mat.Dense) []float64 {
	n, c := x.Dims()
	out := make([]float64, n)
	for i := range out {
		for _, v := range x.RawRowView(i) {
			out[i] += v / float64(c)
		}
	}
	return out
}
