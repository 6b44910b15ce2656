package encoding

import (
	"errors"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// with returns r with column j set to v.
func with(t *testing.T, r *analysis.Responses, j int, v float64) *analysis.Responses {
	m := mat.DenseCopyOf(r.Matrix())
	n, _ := m.Dims()
	for i := 0; i < n; i++ {
		m.Set(i, j, v)
	}
	return responses(t, r.Source(), r.Stimuli(), m)
}

func TestConstantTarget(t *testing.T) {
	x, y := linear(t, 1, 20, 6, 3, .5)
	y = with(t, y, 1, .1) // .1 has no exact mean
	m, err := Ridge{}.Fit(x, y)
	must(t, m, err)
	if b := m.Intercept[1]; b != .1 || mat.Norm(m.Weights.ColView(1), 1) != 0 {
		t.Errorf("a constant target gets intercept %v and weights %v", b, mat.Col(nil, 1, m.Weights))
	}
	r := evaluate(t, nil, x, y)
	if r.Dead != 1 || len(r.Scores) != 2 || r.Targets[1] != 2 || len(r.Warnings) != 1 {
		t.Errorf("dead %d, scores %v of targets %v, warnings %v", r.Dead, r.Scores, r.Targets, r.Warnings)
	}
	if got, err := r.NoiseNormalized([]float64{1, 0, .25}); err != nil || got.Scores[1] != 2*r.Scores[1] {
		t.Errorf("normalised %v, %v", got, err)
	}
	for j := range 3 {
		y = with(t, y, j, 7)
	}
	if _, err := Evaluate(nil, x, y, nil); !errors.Is(err, analysis.ErrDead) {
		t.Errorf("all targets dead: %v", err)
	}
}

func TestConstantFeature(t *testing.T) {
	for _, p := range []int{6, 40} {
		x, y := linear(t, 1, 20, p, 3, .5)
		x = with(t, x, 2, .1)
		m, err := Ridge{}.Fit(x, y)
		if got := mat.Norm(must(t, m, err).Weights.RowView(2), 1); got != 0 {
			t.Errorf("p = %d: a constant feature has weights of norm %v", p, got)
		}
		less, err := x.Columns("", append([]int{0, 1}, upTo(p)[3:]...))
		must(t, less, err)
		near(t, "prediction", evaluate(t, nil, x, y).Predicted, evaluate(t, nil, less, y).Predicted, 1e-10)

		for j := range p {
			x = with(t, x, j, .1*float64(j))
		}
		if _, err := (Ridge{}).Fit(x, y); !errors.Is(err, analysis.ErrDead) {
			t.Errorf("p = %d, no feature varies: %v", p, err)
		}
		// A penalty in absolute terms is still well defined: predict the mean.
		r := evaluate(t, Ridge{Lambdas: []float64{1}}, x, y)
		for i, v := range r.Scores {
			if v > 0 {
				t.Errorf("p = %d: constant features score %v on target %d", p, v, i)
			}
		}
	}
}

// TestRankDeficient repeats every feature: the fit is that of one copy with
// the penalty halved, and each copy gets half of the weight.
func TestRankDeficient(t *testing.T) {
	for _, p := range []int{5, 30} {
		x, y := linear(t, 1, 20, p, 3, .5)
		twice, err := x.Columns("", append(upTo(p), upTo(p)...))
		must(t, twice, err)
		one, err := Ridge{Lambdas: []float64{1}}.Fit(x, y)
		must(t, one, err)
		two, err := Ridge{Lambdas: []float64{2}}.Fit(twice, y)
		must(t, two, err)
		var half mat.Dense
		half.Scale(.5, one.Weights)
		near(t, "first copy", two.Weights.Slice(0, p, 0, 3), &half, 1e-10)
		near(t, "second copy", two.Weights.Slice(p, 2*p, 0, 3), &half, 1e-10)
		if _, err := (Ridge{Lambdas: []float64{0}}).Fit(twice, y); err == nil || !strings.Contains(err.Error(), "λ = 0 is too small") {
			t.Errorf("p = %d: repeated features without a penalty: %v", p, err)
		}
	}
}

func TestTooSmallLambda(t *testing.T) {
	for _, p := range []int{20, 21, 60} {
		x, y := linear(t, 1, 20, p, 3, .5)
		for _, l := range []float64{0, 1e-20} {
			if _, err := (Ridge{Lambdas: []float64{l}}).Fit(x, y); err == nil || !strings.Contains(err.Error(), "too small") {
				t.Errorf("p = %d, λ = %v: %v", p, l, err)
			}
		}
	}
	x, y := linear(t, 1, 20, 5, 3, .5)
	for _, l := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := (Ridge{Lambdas: []float64{1, l}}).Fit(x, y); err == nil {
			t.Errorf("λ = %v is accepted", l)
		}
	}
	if _, err := (Ridge{Lambdas: []float64{}}).Fit(x, y); err == nil {
		t.Error("no λ at all is accepted")
	}
}

func TestFewStimuli(t *testing.T) {
	x, y := linear(t, 1, 2, 3, 2, .5)
	if _, err := (Ridge{}).Fit(x, y); err == nil || !strings.Contains(err.Error(), "set Folds to at most 2") {
		t.Errorf("2 stimuli, 5 folds: %v", err)
	}
	if _, err := Evaluate(nil, x, y, nil); err == nil || !strings.Contains(err.Error(), "set Folds to at most 2") {
		t.Errorf("2 stimuli, 5 folds: %v", err)
	}
	if _, err := (Ridge{Folds: 1}).Fit(x, y); err == nil {
		t.Error("1 fold is accepted")
	}
	if _, err := (Ridge{Folds: -3}).Fit(x, y); err == nil {
		t.Error("-3 folds are accepted")
	}
	// Two folds of one: each is predicted by the other, whatever the λ.
	m, err := Ridge{Folds: 2}.Fit(x, y)
	must(t, m, err)
	r, err := Evaluation{Fitter: Ridge{Lambdas: []float64{1}}, Folds: 2}.Run(t.Context(), x, y, nil)
	must(t, r, err)
	near(t, "prediction", r.Predicted, rows(y.Matrix(), []int{1, 0}), 1e-15)
	if r.Scores[0] > -.999 || len(r.Warnings) == 0 {
		t.Errorf("scores %v, warnings %v", r.Scores, r.Warnings)
	}
}

func TestMissingStimulus(t *testing.T) {
	x, y := linear(t, 1, 20, 3, 2, .5)
	halves, err := x.Stimuli().Halves()
	half := must(t, halves, err)[0]
	less, err := x.On(half)
	must(t, less, err)
	var align *analysis.AlignmentError
	if _, err := (Ridge{}).Fit(less, y); !errors.As(err, &align) {
		t.Errorf("Fit: %v", err)
	}
	if _, err := Evaluate(nil, less, y, nil); !errors.As(err, &align) {
		t.Errorf("Evaluate: %v", err)
	}
	few, err := y.On(half)
	must(t, few, err)
	if r := evaluate(t, nil, x, few); !r.Stimuli.Same(half) {
		t.Error("features of more stimuli than needed: the result is not on the targets' stimuli")
	}
}

// wrong predicts one target too few.
type wrong struct{}

func (wrong) Fit(x, y *analysis.Responses) (*Model, error) {
	_, p := x.Dims()
	return &Model{Weights: mat.NewDense(p, 1, nil), Intercept: []float64{0}}, nil
}

func TestFitterThatMisbehaves(t *testing.T) {
	x, y := linear(t, 1, 20, 3, 2, .5)
	if _, err := Evaluate(wrong{}, x, y, nil); err == nil {
		t.Error("a model of one target for two is accepted")
	}
	one, err := y.Columns("", []int{0})
	must(t, one, err)
	r := evaluate(t, wrong{}, x, one)
	if r.Scores[0] != 0 || r.Lambda != nil || len(r.Warnings) != 1 {
		t.Errorf("constant predictions: scores %v, λ %v, warnings %v", r.Scores, r.Lambda, r.Warnings)
	}
}

// TestInputsStay: nothing that goes in is modified.
func TestInputsStay(t *testing.T) {
	x, y := linear(t, 1, 20, 30, 2, .5)
	xc, yc := mat.DenseCopyOf(x.Matrix()), mat.DenseCopyOf(y.Matrix())
	if _, err := (Subsets{Draws: 1}).Evaluate(x, y, region(x, 4)); err != nil {
		t.Fatal(err)
	}
	if _, err := (Ridge{}).Fit(x, y); err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(x.Matrix(), xc) || !mat.Equal(y.Matrix(), yc) {
		t.Error("the responses have changed")
	}
}

// TestConstantWithinFold: features that vary over all stimuli, but not over
// those to fit on.
func TestConstantWithinFold(t *testing.T) {
	x, y := linear(t, 1, 12, 40, 2, .5)
	m := mat.DenseCopyOf(x.Matrix())
	for i := range 12 {
		if x.Stimuli().At(i).Category != "face" {
			m.SetRow(i, x.Row(1))
		}
	}
	x = responses(t, x.Source(), x.Stimuli(), m)
	e := Evaluation{Group: func(s analysis.Stimulus) string { return map[bool]string{true: "face"}[s.Category == "face"] }}
	if _, err := e.Run(t.Context(), x, y, nil); !errors.Is(err, analysis.ErrDead) {
		t.Errorf("got %v, want ErrDead", err)
	}
}
