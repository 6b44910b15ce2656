package encoding

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
)

func region(x *analysis.Responses, count int) *analysis.FROI {
	_, p := x.Dims()
	f := &analysis.FROI{Source: x.Source(), Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, p), Stat: make([]float64, p)}
	for _, j := range rand.New(rand.NewPCG(3, 3)).Perm(p)[:count] {
		f.Keep[j] = true
	}
	return f
}

// TestSubsetsAreRefits compares sums of Gram matrices with separate
// evaluations on the columns, for each combination of primal and dual, and
// with a fitter for which there is no short cut.
func TestSubsetsAreRefits(t *testing.T) {
	for _, c := range []struct{ p, selected int }{{12, 3}, {35, 10}, {60, 10}, {60, 50}, {80, 40}} {
		x, y := linear(t, uint64(c.p), 30, c.p, 3, .5)
		f := region(x, c.selected)
		for _, fitter := range []Fitter{nil, &Ridge{}, plain{}} {
			got, err := Subsets{Fitter: fitter, Draws: 3, Seed: 9}.Evaluate(x, y, f)
			must(t, got, err)
			only, err := x.Within(f)
			must(t, only, err)
			without, err := x.Without(f)
			must(t, without, err)
			e := Evaluation{Seed: 9}
			for what, pair := range map[string]struct {
				got *Result
				x   *analysis.Responses
			}{"all": {got.All, x}, "without": {got.Without, without}, "only": {got.Only, only}} {
				want, err := e.Run(context.Background(), pair.x, y, nil)
				must(t, want, err)
				near(t, what, pair.got.Predicted, want.Predicted, 1e-9)
				near(t, what+" λ", row(pair.got.Lambda), row(want.Lambda), 1e-12)
				if pair.got.X != pair.x.Source() || pair.got.Features != want.Features {
					t.Errorf("%s is %q with %d features, want %q with %d", what, pair.got.X, pair.got.Features, pair.x.Source(), want.Features)
				}
			}
			for _, r := range got.Random {
				if r.Features != c.selected {
					t.Errorf("a random subset has %d features, want %d", r.Features, c.selected)
				}
			}
		}
	}
}

func TestRandomSubsetsAreSeeded(t *testing.T) {
	x, y := linear(t, 1, 30, 40, 2, .5)
	f := region(x, 5)
	scores := func(s Subsets) []float64 {
		r, err := s.Evaluate(x, y, f)
		return must(t, r, err).RandomScores()
	}
	a := scores(Subsets{Draws: 3})
	if d := cmp.Diff(a, scores(Subsets{Draws: 3})); d != "" {
		t.Errorf("two runs differ:\n%s", d)
	}
	if d := cmp.Diff(a, scores(Subsets{})[:3]); d != "" {
		t.Errorf("the first draws depend on their number:\n%s", d)
	}
	if len(scores(Subsets{})) != 20 {
		t.Error("the default is not 20 draws")
	}
	if cmp.Equal(a, scores(Subsets{Draws: 3, Seed: 1})) {
		t.Error("the seed changes nothing")
	}
}

// TestNecessaryAndSufficient plants targets that follow from the region's
// features alone.
func TestNecessaryAndSufficient(t *testing.T) {
	x, _ := linear(t, 2, 90, 40, 1, 0)
	f := region(x, 6)
	in, err := x.Within(f)
	must(t, in, err)
	m, err := Ridge{Lambdas: []float64{1e-6}}.Fit(in, must(t, in, nil))
	must(t, m, err)
	y, err := m.Predict(in) // the region itself, as targets
	must(t, y, err)
	r, err := Subsets{Draws: 5}.Evaluate(x, y, f)
	must(t, r, err)
	if got := r.Only.Score().Value; got < .999 {
		t.Errorf("the region predicts itself with r = %.3f", got)
	}
	if got := r.Without.Score().Value; got > .3 {
		t.Errorf("independent features predict it with r = %.3f", got)
	}
	for _, s := range r.RandomScores() {
		if s > r.Only.Score().Value {
			t.Errorf("random features predict better: r = %.3f", s)
		}
	}
}

func TestSubsetsErrors(t *testing.T) {
	x, y := linear(t, 1, 30, 10, 2, .5)
	circular := region(x, 3)
	circular.DefinedOn = x.Stimuli()
	elsewhere := region(x, 3)
	elsewhere.Source = "another net/pool"
	var align *analysis.AlignmentError
	if _, err := (Subsets{}).Evaluate(x, y, circular); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("a region defined on these stimuli: %v", err)
	}
	if _, err := (Subsets{}).Evaluate(x, y, elsewhere); !errors.As(err, &align) {
		t.Errorf("a region of another source: %v", err)
	}
	if _, err := (Subsets{}).Evaluate(x, y, region(x, 0)); !errors.Is(err, analysis.ErrEmpty) {
		t.Errorf("an empty region: %v", err)
	}
	if _, err := (Subsets{}).Evaluate(x, y, region(x, 10)); !errors.Is(err, analysis.ErrEmpty) {
		t.Errorf("a region of everything: %v", err)
	}
	if _, err := (Subsets{Draws: -1}).Evaluate(x, y, region(x, 3)); err == nil {
		t.Error("-1 draws are accepted")
	}
}
