package encoding

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// Evaluate predicts y from x by cross-validation over stimuli and scores each
// target by m: the zero Evaluation with the fitter f.
func Evaluate(f Fitter, x, y *analysis.Responses, m *analysis.Measure) (*Result, error) {
	return Evaluation{Fitter: f}.Run(context.Background(), x, y, m)
}

// An Evaluation is nested cross-validation. Every stimulus is held out once;
// the model that predicts it, and all choices within that model such as
// Ridge's λ, come from the stimuli of the other folds.
type Evaluation struct {
	Fitter Fitter // nil means Ridge{}

	// Folds is the number of folds of held-out stimuli; 0 means 5. The
	// folds are of equal size and category mixture, up to one stimulus.
	Folds int

	// Seed decides which stimuli share a fold, together with their IDs.
	Seed uint64

	// Group, where it is not nil, makes a fold of each group of stimuli
	// instead: those of a session, or of a category that the model is to
	// generalise to. Folds and Seed then decide nothing.
	Group func(analysis.Stimulus) string
}

// Run evaluates on the stimuli of y, which x must have answered too; m nil
// means Pearson. It stops with ctx.Err() when ctx ends, and reports its folds
// by analysis.ReportProgress.
//
// Targets that give all stimuli the same response have no score: they are
// dropped, counted and warned of. Run fails with an *analysis.AlignmentError
// if x lacks a stimulus of y, with analysis.ErrDead if no target varies, if x
// and y are the same responses of one source, which predict themselves, if there are fewer stimuli than folds, where the fitter fails, and if it would
// take more than 4 GiB of memory besides x and y. A category that the models of
// a fold must predict and have not seen gives a warning, unless Group makes it
// a fold of its own.
func (e Evaluation) Run(ctx context.Context, x, y *analysis.Responses, m *analysis.Measure) (*Result, error) {
	s, err := e.prepare(x, y, m)
	if err != nil {
		return nil, err
	}
	if err := s.room(1); err != nil {
		return nil, err
	}
	done := 0
	return s.run(ctx, subset{source: s.x.Source()}, nil, func() { done++; analysis.ReportProgress(ctx, done, len(s.folds)) })
}

// A session is what the evaluations of several sets of features on the same
// targets share.
type session struct {
	fitter  Fitter
	measure *analysis.Measure
	folds   [][]int
	x, y    *analysis.Responses // aligned; y without dead targets
	targets []int               // which channels of the caller's y are left
	dead    int
	doubts  []error
}

func (e Evaluation) prepare(x, y *analysis.Responses, m *analysis.Measure) (*session, error) {
	s := &session{fitter: e.Fitter, measure: m}
	if s.fitter == nil {
		s.fitter = Ridge{}
	}
	if r, ok := s.fitter.(*Ridge); ok {
		s.fitter = *r
	}
	if m == nil {
		s.measure = analysis.Pearson
	}
	var err error
	if s.x, err = x.On(y.Stimuli()); err != nil {
		return nil, err
	}
	if s.x.Source() == y.Source() && mat.Equal(s.x.Matrix(), y.Matrix()) {
		return nil, fmt.Errorf("encoding: features and targets are the same responses of %q to the same stimuli, and predict themselves; predict another source from it, or another measurement of it (other runs), or name one of them otherwise (Responses.Named) if you mean it", y.Source())
	}
	for j, dead := range y.Dead() {
		if !dead {
			s.targets = append(s.targets, j)
		}
	}
	_, t := y.Dims()
	s.dead = t - len(s.targets)
	if len(s.targets) == 0 {
		return nil, fmt.Errorf("encoding: %w: none of the %d channels of %q varies over these %d stimuli", analysis.ErrDead, t, y.Source(), y.Stimuli().Len())
	}
	if s.y = y; s.dead > 0 {
		if s.y, err = y.Columns(y.Source(), s.targets); err != nil {
			return nil, err
		}
	}
	if e.Group != nil {
		s.folds, err = grouped(y.Stimuli(), e.Group)
	} else {
		k := e.Folds
		if k == 0 {
			k = defaultFolds
		}
		s.folds, err = deal(y.Stimuli(), upTo(y.Stimuli().Len()), k, e.Seed)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding: predicting %q from %q: %w", y.Source(), x.Source(), err)
	}
	s.doubts = unseen(y.Stimuli(), s.folds, e.Group != nil)
	return s, nil
}

// room fails if evaluations that keep so many matrices of predictions would
// take more memory than allowed. What fitters other than Ridge need, they say.
func (s *session) room(predictions int) error {
	n, t := s.y.Dims()
	_, p := s.x.Dims()
	numbers := float64(predictions) * float64(n) * float64(t)
	if r, ok := s.fitter.(Ridge); ok {
		numbers += ridgeNumbers(n, p, t, r.penalties())
	}
	if s.dead > 0 { // the targets left are a copy
		numbers += float64(n) * float64(t)
	}
	if err := roomFor(numbers, p, t); err != nil {
		return fmt.Errorf("encoding: predicting %q from %q: %w", s.y.Source(), s.x.Source(), err)
	}
	return nil
}

// A subset is some of the features.
type subset struct {
	source   string
	channels []int      // nil: all
	into     *mat.Dense // where the predictions go; nil: a new matrix
}

// run evaluates a subset of the features. d may hold their design already; it
// is made where it is needed and nil. What each fold has learnt is kept if
// learnt is not nil.
func (s *session) run(ctx context.Context, sub subset, d *design, tick func(), learnt ...*[]readout) (*Result, error) {
	n, t := s.y.Dims()
	_, p := s.x.Dims()
	x := s.x
	if sub.channels != nil {
		p = len(sub.channels)
	}
	res := &Result{
		X: sub.source, Y: s.y.Source(), Stimuli: s.y.Stimuli(), Measure: s.measure, Features: p,
		Observed: s.y.Matrix(), Predicted: sub.into,
		Targets: s.targets, Fold: make([]int, n), Dead: s.dead, Warnings: slices.Clone(s.doubts),
	}
	if res.Predicted == nil {
		res.Predicted = mat.NewDense(n, t, nil)
	}
	if _, ok := s.fitter.(Ridge); ok {
		if d == nil {
			d = newDesign(x.Matrix(), sub.channels)
		}
	} else if sub.channels != nil {
		var err error
		if x, err = x.Columns(sub.source, sub.channels); err != nil {
			return nil, err
		}
	}
	var logLambda []float64
	for k, test := range s.folds {
		r, err := s.fold(ctx, x, d, test, res.Predicted)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("encoding: predicting %q from %q, fold %d of %d: %w", s.y.Source(), sub.source, k+1, len(s.folds), err)
		}
		for _, i := range test {
			res.Fold[i] = k
		}
		if r.lambda != nil && logLambda == nil {
			logLambda = make([]float64, t)
		}
		for j, l := range r.lambda {
			logLambda[j] += math.Log(l) / float64(len(s.folds))
		}
		for _, to := range learnt {
			*to = append(*to, r)
		}
		tick()
	}
	for _, l := range logLambda {
		res.Lambda = append(res.Lambda, math.Exp(l))
	}
	return res, res.score()
}

// A readout is what a fold has learnt: the weights, or with Ridge no more than
// the penalties, from which they follow.
type readout struct {
	lambda  []float64
	weights *mat.Dense
}

// fold predicts the rows test of pred from all others.
func (s *session) fold(ctx context.Context, x *analysis.Responses, d *design, test []int, pred *mat.Dense) (readout, error) {
	st := s.y.Stimuli()
	train := others(upTo(st.Len()), test)
	if r, ok := s.fitter.(Ridge); ok {
		lambda, err := r.heldOut(ctx, d, s.y.Matrix(), st, train, test, pred)
		return readout{lambda: lambda}, err
	}
	seen, err := pick(st, train)
	if err != nil {
		return readout{}, err
	}
	unseen, err := pick(st, test)
	if err != nil {
		return readout{}, err
	}
	var parts [3]*analysis.Responses // features and targets to fit on, features to predict from
	for i, want := range []struct {
		r *analysis.Responses
		s analysis.Stimuli
	}{{x, seen}, {s.y, seen}, {x, unseen}} {
		if parts[i], err = want.r.On(want.s); err != nil {
			return readout{}, err
		}
	}
	m, err := fit(ctx, s.fitter, parts[0], parts[1])
	if err != nil {
		return readout{}, err
	}
	p, err := m.Predict(parts[2])
	if err != nil {
		return readout{}, err
	}
	if _, got := p.Dims(); got != len(s.targets) {
		return readout{}, fmt.Errorf("the model predicts %d targets, %d were to be learnt", got, len(s.targets))
	}
	for i, r := range test {
		pred.SetRow(r, p.Row(i))
	}
	return readout{m.Lambda, m.Weights}, nil
}

// score compares each target's predictions with its responses.
func (r *Result) score() error {
	silent, err := r.scoreBlock(r.Predicted, 0)
	r.doubtScores(silent)
	return err
}

// scoreBlock scores the targets from the given one on, whose predictions are
// the columns of pred, and returns how many of these are all the same.
func (r *Result) scoreBlock(pred *mat.Dense, from int) (silent int, err error) {
	_, t := r.Observed.Dims()
	if r.Scores == nil {
		r.Scores = make([]float64, t)
	}
	n, c := pred.Dims()
	scores, errs := make([]analysis.Score, c), make([]error, c)
	simd.Parallel(c, simd.Grain(50*n), func(lo, hi int) {
		observed, predicted := make([]float64, n), make([]float64, n)
		for j := lo; j < hi; j++ {
			scores[j], errs[j] = r.Measure.Compare(mat.Col(observed, from+j, r.Observed), mat.Col(predicted, j, pred))
		}
	})
	for j, err := range errs {
		switch {
		case errors.Is(err, analysis.ErrConstant):
			silent++
		case err != nil:
			return silent, fmt.Errorf("encoding: predicting channel %d of %q from %q: %w", r.Targets[from+j], r.Y, r.X, err)
		}
		r.Scores[from+j] = scores[j].Value
	}
	if from == 0 {
		r.Warnings = append(r.Warnings, scores[0].Warnings...)
	}
	return silent, nil
}

// doubtScores adds the warnings about the scores.
func (r *Result) doubtScores(silent int) {
	n, t := r.Observed.Dims()
	if r.Dead > 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d of %d channels of %s dropped: they do not vary over the %d stimuli", r.Dead, r.Dead+t, r.Y, n))
	}
	if silent > 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d of %d targets are predicted the same for every stimulus; their score is set to 0", silent, t))
	}
}

func pick(s analysis.Stimuli, rows []int) (analysis.Stimuli, error) {
	items := make([]analysis.Stimulus, len(rows))
	for i, r := range rows {
		items[i] = s.At(r)
	}
	return analysis.NewStimuli(items)
}
