package encoding

import (
	"context"
	"fmt"

	"fusiform/analysis"
)

// Subsets asks what a fROI's channels contribute to predicting y from x. It
// evaluates, on the same folds,
//
//	All      all features
//	Without  the fROI's removed before fitting: were they necessary?
//	Only     the fROI's alone: are they sufficient?
//	Cut      fitted on all, then the fROI's held at their mean: does the
//	         read-out that was learnt rely on them?
//
// and the same three with random features in place of the fROI's, Draws times
// for each of the Controls: the fROI is to be compared with these, not with
// All. Few features predict less than many, and removing some costs something,
// whatever they are.
type Subsets struct {
	Fitter  Fitter            // nil means Ridge{}
	Measure *analysis.Measure // nil means Pearson
	Folds   int               // as in Evaluation
	Group   func(analysis.Stimulus) string
	Draws   int    // how many random subsets of each control; 0 means 20
	Seed    uint64 // of the folds and of the draws

	// Controls say in what the random subsets resemble the fROI. Nil means
	// MatchedNumber{} alone; an empty slice means none.
	Controls []Control
}

// A SubsetResult holds one result for each set of features.
type SubsetResult struct {
	All, Without, Only *Result

	// Cut is predicted by the read-out of All, refitted nowhere, with the
	// fROI's features held at their mean over the training stimuli.
	Cut *Result

	Random   []*Result // Only of the first control
	Controls []*ControlResult
}

// A ControlResult holds what became of random subsets in place of the fROI,
// draw by draw. Observed and Predicted of these results are nil, since those of
// many draws would not fit into memory; their Scores are there.
type ControlResult struct {
	Control  Control
	Channels [][]int // per draw: the channels of x drawn, ascending

	Without, Only, Cut []*Result // per draw, as in SubsetResult

	// Warnings say where the draws differ from the fROI in what should be
	// matched, or have too little choice.
	Warnings []error
}

const defaultSubsetDraws = 20

// RandomScores returns the score of each random subset, in order of drawing:
// what the score of Only is to be compared with.
func (r *SubsetResult) RandomScores() []float64 { return medians(r.Random) }

// Evaluate runs the evaluations on the stimuli of y, which x must have
// answered too.
//
// It fails as Evaluation.Run does; with analysis.ErrEmpty if the fROI holds
// no channel or every one; with analysis.ErrCircular if these stimuli defined
// it; with an *analysis.AlignmentError if it was defined in another source
// than x; and if a control cannot be drawn.
func (s Subsets) Evaluate(x, y *analysis.Responses, f *analysis.FROI) (*SubsetResult, error) {
	return s.Run(context.Background(), x, y, f)
}

// Run is Evaluate that stops with ctx.Err() when ctx ends, and reports its
// folds by analysis.ReportProgress.
//
// With Ridge, nothing that subsets share is computed again. Gram matrices are
// additive over features, so that of the features left is that of all less
// that of the features removed,
//
//	K_without = K_all − K_removed
//
// The difference has an error of about the rounding of K_all. Where less than
// a thousandth of the variance is left, it is computed from the features left
// instead, so that at most 3 of 16 digits are lost. The results are those of
// separate evaluations on the columns, up to rounding.
func (s Subsets) Run(ctx context.Context, x, y *analysis.Responses, f *analysis.FROI) (*SubsetResult, error) {
	draws := s.Draws
	if draws == 0 {
		draws = defaultSubsetDraws
	}
	if draws < 0 {
		return nil, fmt.Errorf("encoding: %d draws; 0 means %d", s.Draws, defaultSubsetDraws)
	}
	e, err := Evaluation{Fitter: s.Fitter, Folds: s.Folds, Seed: s.Seed, Group: s.Group}.prepare(x, y, s.Measure)
	if err != nil {
		return nil, err
	}
	if _, err := e.x.Within(f); err != nil {
		return nil, err
	}
	if _, p := e.x.Dims(); f.Count() == p {
		_, err := e.x.Without(f)
		return nil, err
	}
	if err := e.room(5); err != nil { // the four that are kept, and a draw's
		return nil, err
	}
	controls := s.Controls
	if controls == nil {
		controls = []Control{MatchedNumber{}}
	}
	out := &SubsetResult{}
	for _, c := range controls {
		drawn, err := drawAll(c, e.x, f, draws, s.Seed)
		if err != nil {
			return nil, err
		}
		out.Controls = append(out.Controls, drawn)
	}
	done, total := 0, (4+3*draws*len(controls))*len(e.folds)
	run := &lesions{session: e, tick: func() { done++; analysis.ReportProgress(ctx, done, total) }}
	name := f.Contrast.Name
	if out.All, err = run.whole(ctx); err != nil {
		return nil, err
	}
	if out.Without, out.Only, err = run.both(ctx, f.Channels(), e.x.Source()+" without "+name, e.x.Source()+" "+name, false); err != nil {
		return nil, err
	}
	for _, c := range out.Controls {
		for i, channels := range c.Channels {
			what := fmt.Sprintf("%d %s (%d)", len(channels), c.Control, i+1)
			w, o, err := run.both(ctx, channels, e.x.Source()+" without "+what, e.x.Source()+", "+what, true)
			if err != nil {
				return nil, err
			}
			c.Without, c.Only = append(c.Without, w), append(c.Only, o)
		}
	}
	if err := run.cut(ctx, out, f); err != nil {
		return nil, err
	}
	if len(out.Controls) > 0 {
		out.Random = out.Controls[0].Only
	}
	return out, nil
}

// medians returns the score of each result.
func medians(rs []*Result) []float64 {
	out := make([]float64, len(rs))
	for i, r := range rs {
		out[i] = r.Score().Value
	}
	return out
}
