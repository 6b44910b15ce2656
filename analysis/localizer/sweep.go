package localizer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
)

// A Sweep asks how much a result depends on where the threshold was set: it
// cuts the statistic of one localizer at several, reads the fROI of each in
// other responses, and scores it. The zero value cuts Welch's t at the
// thresholds of Dipani & Ratan Murty (2026), doi:10.64898/2026.05.29.728609.
type Sweep struct {
	By Localizer // nil means TTest{}; its own cuts hold, too

	// Cuts are what the statistic of By must exceed; rising. Nil means 3, 5,
	// 7, 9, 11 of a t; other statistics have other scales, and need their own.
	Cuts []float64
}

// A Step is one threshold of a sweep, and a row of a table.
type Step struct {
	Cut      float64
	Count    int     // channels that pass
	Fraction float64 // of all channels, dead ones included

	// FROI are the channels that pass, Empty or not.
	FROI  *analysis.FROI
	Empty bool

	// Score is what the caller's function made of the channels that pass;
	// nil where there is none, or no function. The gap at this threshold is
	// what it lacks to its ceiling.
	Score *analysis.Score
}

// Steps finds the region of contrast c by the responses in define, and scores
// it, threshold by threshold, by its responses in measure, which are of the
// same source to other stimuli:
//
//	score(measure.Within(fROI at the cut))
//
// With a nil score it counts only, and measure may be nil. A threshold that no
// channel passes is reported as Empty, without a score.
//
// It fails with analysis.ErrCircular if stimuli of measure defined the region,
// with what score fails with, if the cuts do not rise, if there are none and By
// does not go by t, and like the localizer.
func (s Sweep) Steps(ctx context.Context, c analysis.Contrast, define, measure *analysis.Responses, score func(*analysis.Responses) (analysis.Score, error)) ([]Step, error) {
	by := s.By
	if by == nil {
		by = TTest{}
	}
	cuts := s.Cuts
	if cuts == nil {
		if err := byT(by); err != nil {
			return nil, err
		}
		cuts = []float64{3, 5, 7, 9, 11}
	}
	for i, t := range cuts {
		if math.IsNaN(t) || math.IsInf(t, 0) || i > 0 && t <= cuts[i-1] {
			return nil, fmt.Errorf("localizer: cut %d of the sweep is %v; cuts must be finite, each above the one before", i, t)
		}
	}
	if score != nil && measure == nil {
		return nil, errors.New("localizer: a sweep with a score needs responses to measure it in")
	}
	f, err := by.Localize(define, c)
	if err != nil {
		return nil, err
	}
	steps := make([]Step, len(cuts))
	for i, t := range cuts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g := above(f, t)
		steps[i] = Step{Cut: t, Count: g.Count(), FROI: g, Empty: g.Count() == 0}
		steps[i].Fraction = float64(steps[i].Count) / float64(len(g.Keep))
		if score != nil && !steps[i].Empty {
			in, err := measure.Within(g)
			if err != nil {
				return nil, err
			}
			v, err := score(in)
			if err != nil {
				return nil, fmt.Errorf("localizer: scoring the %d channels of %q above %v: %w", steps[i].Count, g.Source, t, err)
			}
			steps[i].Score = &v
		}
		analysis.ReportProgress(ctx, i+1, len(cuts))
	}
	return steps, nil
}

// All returns the Steps of each source, responses in define beside those of the
// same source in measure: what plots.Sweep draws as a line each. Sources of
// measure are found by their names.
//
// It fails with an *analysis.AlignmentError if measure lacks a source or has
// one twice, without sources, and like Steps.
func (s Sweep) All(ctx context.Context, c analysis.Contrast, define, measure []*analysis.Responses, score func(*analysis.Responses) (analysis.Score, error)) ([][]Step, error) {
	pairs, err := alongside(define, measure, score == nil && measure == nil)
	if err != nil {
		return nil, err
	}
	out := make([][]Step, len(define))
	for i, r := range define {
		if out[i], err = s.Steps(analysis.WithProgress(ctx, func(int, int) {}), c, r, pairs[i], score); err != nil {
			return nil, err
		}
		analysis.ReportProgress(ctx, i+1, len(define))
	}
	return out, nil
}

// byT says, unless the statistic of l is a t, that a sweep needs cuts of its own.
func byT(l Localizer) error {
	var statistic, grid string
	switch l := l.(type) {
	case TTest, *TTest:
		return nil
	case TopFraction:
		return byT(l.by())
	case *TopFraction:
		return byT(l.by())
	case RankSum, *RankSum:
		statistic, grid = "the AUC, which is at most 1,", "{0.6, 0.7, 0.8, 0.9}"
	case DPrime, *DPrime:
		statistic, grid = "d′, which is rarely above 3,", "{0.5, 1, 1.5, 2}"
	case SelectivityIndex, *SelectivityIndex:
		statistic, grid = "the selectivity index, which is at most 1,", "{0.2, 0.33, 0.5, 0.7}"
	case RatioRule, *RatioRule:
		statistic, grid = "the mean ratio", "{1.5, 2, 3, 4}"
	default:
		return fmt.Errorf("localizer: a sweep by %T needs Cuts on the scale of its statistic; only those of t are known", l)
	}
	return fmt.Errorf("localizer: a sweep of %s needs Cuts of its own, such as %s; 3, 5, 7, 9, 11 are for t", statistic, grid)
}

// above is f with the channels whose statistic is above the cut.
func above(f *analysis.FROI, cut float64) *analysis.FROI {
	g := *f
	g.Rule = fmt.Sprintf("%s, cut at %v", f.Rule, cut)
	g.Keep = slices.Clone(f.Keep)
	for j, s := range f.Stat {
		g.Keep[j] = g.Keep[j] && s > cut
	}
	return &g
}
