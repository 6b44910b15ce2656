package encoding

import (
	"fmt"
	"math"

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
	Dead     int       // how many channels of Y were dropped
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

// NoiseNormalized returns the scores per target divided by what a perfect
// model would reach,
//
//	score / √reliability
//
// given the reliability of each channel of Y (dead ones included, so that
// positions agree), 0 < reliability ≤ 1: the correlation expected between two
// measurements of the same averaging, as split-half reliability after
// Spearman–Brown. It holds for correlations, and may exceed 1 by chance. Show
// it beside Scores, never instead.
//
// It fails if a scored channel has a reliability outside that range; leave
// such channels out by Responses.Columns beforehand.
// Spearman (1904), doi:10.2307/1412159.
func (r *Result) NoiseNormalized(reliability []float64) ([]float64, error) {
	if want := len(r.Targets) + r.Dead; len(reliability) != want {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("%d reliabilities for the %d channels of %q", len(reliability), want, r.Y)}
	}
	out := make([]float64, len(r.Scores))
	for j, ch := range r.Targets {
		rel := reliability[ch]
		if !(rel > 0 && rel <= 1) {
			return nil, fmt.Errorf("encoding: reliability %.3g of channel %d of %q; noise normalisation needs 0 < reliability <= 1, leave out channels that have none (Responses.Columns)", rel, ch, r.Y)
		}
		out[j] = r.Scores[j] / math.Sqrt(rel)
	}
	return out, nil
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
