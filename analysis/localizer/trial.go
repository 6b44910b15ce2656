package localizer

import (
	"context"
	"errors"
	"fmt"

	"fusiform/analysis"
)

// A Trial is one rule among several, and a row of a table: what it selects,
// how that overlaps with what the first rule selects, and its score.
type Trial struct {
	Rule     string // FROI.Rule: "Welch t > 7"
	Count    int    // channels that pass
	Fraction float64
	Both     int     // of them, those that the first rule selects too
	Jaccard  float64 // with the first rule; see Overlap

	// FROI are the channels that pass, Empty or not.
	FROI  *analysis.FROI
	Empty bool

	// Score is what the caller's function made of the channels that pass;
	// nil where there is none, or no function.
	Score *analysis.Score
}

// Try asks how much a result depends on which rule chose the channels: it
// finds the region of contrast c by the responses in define with each
// localizer, and scores it by its responses in measure, which are of the same
// source to other stimuli. A Sweep does the same for the thresholds of one.
//
//	score(measure.Within(rules[k].Localize(define, c)))
//
// With a nil score it counts only, and measure may be nil. A rule that no
// channel passes is reported as Empty, without a score.
//
// It fails without rules, with analysis.ErrCircular if stimuli of measure
// defined the region, with what score fails with, and like the localizers.
func Try(ctx context.Context, rules []Localizer, c analysis.Contrast, define, measure *analysis.Responses, score func(*analysis.Responses) (analysis.Score, error)) ([]Trial, error) {
	switch {
	case len(rules) == 0:
		return nil, errors.New("localizer: no rules to try")
	case score != nil && measure == nil:
		return nil, errors.New("localizer: trials with a score need responses to measure it in")
	}
	trials := make([]Trial, len(rules))
	for i, l := range rules {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, err := l.Localize(define, c)
		if err != nil {
			return nil, fmt.Errorf("localizer: rule %d (%T): %w", i+1, l, err)
		}
		t := Trial{Rule: f.Rule, Count: f.Count(), FROI: f, Empty: f.Count() == 0}
		t.Fraction = float64(t.Count) / float64(len(f.Keep))
		first := f
		if i > 0 {
			first = trials[0].FROI
		}
		o, err := Compare(first, f)
		if err != nil {
			return nil, err
		}
		t.Both, t.Jaccard = o.Both, o.Jaccard
		if score != nil && !t.Empty {
			in, err := measure.Within(f)
			if err != nil {
				return nil, err
			}
			v, err := score(in)
			if err != nil {
				return nil, fmt.Errorf("localizer: scoring the %d channels of %q that pass %s: %w", t.Count, f.Source, f.Rule, err)
			}
			t.Score = &v
		}
		trials[i] = t
		analysis.ReportProgress(ctx, i+1, len(rules))
	}
	return trials, nil
}
