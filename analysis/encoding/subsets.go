package encoding

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"fusiform/analysis"
)

// Subsets asks what a fROI's channels contribute to predicting y from x. It
// evaluates, on the same folds,
//
//	All      all features
//	Without  the fROI's removed before fitting: were they necessary?
//	Only     the fROI's alone: are they sufficient?
//	Random   as many as the fROI has, drawn without replacement from all
//	         features that vary, the fROI's among them, Draws times
//
// Only is to be compared with Random, not with All: few features predict less
// than many, whatever they are.
type Subsets struct {
	Fitter  Fitter            // nil means Ridge{}
	Measure *analysis.Measure // nil means Pearson
	Folds   int               // as in Evaluation
	Group   func(analysis.Stimulus) string
	Draws   int    // how many random subsets; 0 means 20
	Seed    uint64 // of the folds and of the draws
}

// A SubsetResult holds one result for each set of features.
type SubsetResult struct {
	All, Without, Only *Result
	Random             []*Result
}

// RandomScores returns the score of each random subset, in order of drawing:
// what the score of Only is to be compared with.
func (r *SubsetResult) RandomScores() []float64 {
	out := make([]float64, len(r.Random))
	for i, d := range r.Random {
		out[i] = d.Score().Value
	}
	return out
}

// Evaluate runs the evaluations on the stimuli of y, which x must have
// answered too.
//
// It fails as Evaluation.Run does; with analysis.ErrEmpty if the fROI holds
// no channel or every one; with analysis.ErrCircular if these stimuli defined
// it; and with an *analysis.AlignmentError if it was defined in another source
// than x.
func (s Subsets) Evaluate(x, y *analysis.Responses, f *analysis.FROI) (*SubsetResult, error) {
	return s.Run(context.Background(), x, y, f)
}

// Run is Evaluate that stops with ctx.Err() when ctx ends, and reports its
// folds by analysis.ReportProgress.
//
// With Ridge, the Gram matrix of all features is the sum of the fROI's and the
// others', so it is not computed again. The results are those of separate
// evaluations on the columns, up to rounding.
func (s Subsets) Run(ctx context.Context, x, y *analysis.Responses, f *analysis.FROI) (*SubsetResult, error) {
	if s.Draws < 0 {
		return nil, fmt.Errorf("encoding: %d draws; 0 means 20", s.Draws)
	}
	e, err := Evaluation{Fitter: s.Fitter, Folds: s.Folds, Seed: s.Seed, Group: s.Group}.prepare(x, y, s.Measure)
	if err != nil {
		return nil, err
	}
	only, err := e.x.Within(f)
	if err != nil {
		return nil, err
	}
	without, err := e.x.Without(f)
	if err != nil {
		return nil, err
	}
	random, err := s.draw(e.x, f.Count())
	if err != nil {
		return nil, err
	}
	done, total := 0, (3+len(random))*len(e.folds)
	tick := func() { done++; analysis.ReportProgress(ctx, done, total) }

	var all, some, rest *design
	if _, ok := e.fitter.(Ridge); ok {
		some, rest = newDesign(only.Matrix()), newDesign(without.Matrix())
		all = joined(some, rest)
	}
	out := &SubsetResult{}
	if out.All, err = e.run(ctx, e.x, all, tick); err != nil {
		return nil, err
	}
	if out.Without, err = e.run(ctx, without, rest, tick); err != nil {
		return nil, err
	}
	if out.Only, err = e.run(ctx, only, some, tick); err != nil {
		return nil, err
	}
	for _, r := range random {
		res, err := e.run(ctx, r, nil, tick)
		if err != nil {
			return nil, err
		}
		out.Random = append(out.Random, res)
	}
	return out, nil
}

// draw returns Draws random sets of m features; draw i depends on the seed
// and i alone.
func (s Subsets) draw(x *analysis.Responses, m int) ([]*analysis.Responses, error) {
	draws := s.Draws
	if draws == 0 {
		draws = 20
	}
	var live []int
	for j, dead := range x.Dead() {
		if !dead {
			live = append(live, j)
		}
	}
	if len(live) < m {
		return nil, fmt.Errorf("encoding: cannot draw %d features at random: only %d of %q vary over these stimuli", m, len(live), x.Source())
	}
	out := make([]*analysis.Responses, draws)
	for i := range out {
		rng := rand.New(rand.NewPCG(s.Seed, uint64(i)))
		cols := make([]int, m)
		for k, at := range rng.Perm(len(live))[:m] {
			cols[k] = live[at]
		}
		slices.Sort(cols)
		var err error
		if out[i], err = x.Columns(fmt.Sprintf("%s, %d at random (%d)", x.Source(), m, i+1), cols); err != nil {
			return nil, err
		}
	}
	return out, nil
}
