package encoding

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

func evaluate(t *testing.T, f Fitter, x, y *analysis.Responses) *Result {
	t.Helper()
	r, err := Evaluate(f, x, y, analysis.Pearson)
	return must(t, r, err)
}

// TestHugeLambdaPredictsMean: the prediction of each fold is the mean of the
// other folds.
func TestHugeLambdaPredictsMean(t *testing.T) {
	for _, p := range []int{6, 60} {
		x, y := linear(t, 3, 30, p, 4, 1)
		r := evaluate(t, Ridge{Lambdas: []float64{1e18}}, x, y)
		want := mat.NewDense(30, 4, nil)
		for i := 0; i < 30; i++ {
			n := 0.0
			for k := 0; k < 30; k++ {
				if r.Fold[k] != r.Fold[i] {
					n++
				}
			}
			for k := 0; k < 30; k++ {
				if r.Fold[k] != r.Fold[i] {
					for j := 0; j < 4; j++ {
						want.Set(i, j, want.At(i, j)+y.Row(k)[j]/n)
					}
				}
			}
		}
		near(t, "prediction", r.Predicted, want, 1e-12)
	}
}

func TestOrderOfFeaturesIsNothing(t *testing.T) {
	for _, p := range []int{6, 60} {
		x, y := linear(t, 4, 30, p, 4, 1)
		turned, err := x.Columns(x.Source(), rand.New(rand.NewPCG(1, 1)).Perm(p))
		must(t, turned, err)
		near(t, "prediction", evaluate(t, nil, turned, y).Predicted, evaluate(t, nil, x, y).Predicted, 1e-10)
	}
}

func TestOrderOfStimuliIsNothing(t *testing.T) {
	x, y := linear(t, 5, 30, 12, 4, 1)
	perm := rand.New(rand.NewPCG(1, 1)).Perm(30)
	s, err := pick(y.Stimuli(), perm)
	must(t, s, err)
	turned, err := y.On(s)
	must(t, turned, err)
	a, b := evaluate(t, nil, x, y), evaluate(t, nil, x, turned)
	near(t, "prediction", b.Predicted, rows(a.Predicted, perm), 1e-10)
	near(t, "scores", row(b.Scores), row(a.Scores), 1e-10)
}

func TestUnitsAreNothing(t *testing.T) {
	for _, p := range []int{6, 60} {
		x, y := linear(t, 6, 30, p, 4, 1)
		xs, ys := mat.DenseCopyOf(x.Matrix()), mat.DenseCopyOf(y.Matrix())
		xs.Scale(1e-4, xs)
		ys.Apply(func(_, j int, v float64) float64 { return 1e3*v + 1e4*float64(j) }, ys)
		a := evaluate(t, nil, x, y)
		b := evaluate(t, nil, responses(t, "net/pool", x.Stimuli(), xs), responses(t, "S1 FFA", y.Stimuli(), ys))
		near(t, "scores", row(b.Scores), row(a.Scores), 1e-9)
	}
}

// TestHeldOutIsHeldOut: what a stimulus evoked has no part in its own
// prediction, nor in the λ behind it.
func TestHeldOutIsHeldOut(t *testing.T) {
	x, y := linear(t, 7, 30, 40, 3, 1)
	for _, f := range []Fitter{Ridge{}, plain{Ridge{}}} {
		a := evaluate(t, f, x, y)
		for i := 0; i < 30; i++ {
			other := mat.DenseCopyOf(y.Matrix())
			for j := 0; j < 3; j++ {
				other.Set(i, j, other.At(i, j)*-50+10)
			}
			b := evaluate(t, f, x, responses(t, y.Source(), y.Stimuli(), other))
			near(t, fmt.Sprintf("prediction of stimulus %d", i), b.Predicted.Slice(i, i+1, 0, 3), a.Predicted.Slice(i, i+1, 0, 3), 1e-10)
		}
	}
}

// TestProcessorsAreNothing: the same bits on one processor as on several.
func TestProcessorsAreNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, p := range []int{40, 200} {
		x, y := linear(t, 12, 90, p, 600, 1)
		for _, r := range []Ridge{{}, {LeaveOneOut: true}} {
			runtime.GOMAXPROCS(1)
			one, err := r.Fit(x, y)
			must(t, one, err)
			runtime.GOMAXPROCS(3)
			three, err := r.Fit(x, y)
			must(t, three, err)
			if d := cmp.Diff(one.Lambda, three.Lambda); d != "" || !mat.Equal(one.Weights, three.Weights) || !cmp.Equal(one.CVError, three.CVError) {
				t.Errorf("p = %d, %+v: one and three processors differ", p, r)
			}
		}
	}
}

func TestFoldsAreBalanced(t *testing.T) {
	for _, n := range []int{5, 17, 31, 100} {
		s := shown(t, n)
		for k := 2; k <= 5; k++ {
			folds, err := deal(s, upTo(n), k, uint64(n))
			must(t, folds, err)
			var all []int
			count := map[string][]int{}
			for f, rows := range folds {
				all = append(all, rows...)
				if len(rows) < n/k || len(rows) > n/k+1 {
					t.Errorf("n = %d, k = %d: fold %d has %d stimuli", n, k, f, len(rows))
				}
				for _, r := range rows {
					c := s.At(r).Category
					if count[c] == nil {
						count[c] = make([]int, k)
					}
					count[c][f]++
				}
			}
			for c, per := range count {
				if slices.Max(per)-slices.Min(per) > 1 {
					t.Errorf("n = %d, k = %d: %s is dealt as %v", n, k, c, per)
				}
			}
			slices.Sort(all)
			if d := cmp.Diff(upTo(n), all); d != "" {
				t.Errorf("n = %d, k = %d: not every stimulus is held out once:\n%s", n, k, d)
			}
		}
	}
	a, _ := deal(shown(t, 60), upTo(60), 5, 1)
	b, _ := deal(shown(t, 60), upTo(60), 5, 2)
	if cmp.Equal(a, b) {
		t.Error("two seeds deal the same folds")
	}
}

func TestGroups(t *testing.T) {
	x, y := linear(t, 8, 30, 12, 3, 1)
	r, err := Evaluation{Group: func(s analysis.Stimulus) string { return s.Category }}.Run(context.Background(), x, y, nil)
	must(t, r, err)
	for i, f := range r.Fold {
		if f != i%3 {
			t.Errorf("stimulus %d of category %s is in fold %d", i, y.Stimuli().At(i).Category, f)
		}
	}
	if _, err := (Evaluation{Group: func(analysis.Stimulus) string { return "" }}).Run(context.Background(), x, y, nil); err == nil {
		t.Error("one group holds nothing out, and no error")
	}
}

func TestProgressAndCancellation(t *testing.T) {
	x, y := linear(t, 9, 30, 40, 3, 1)
	f := &analysis.FROI{Source: x.Source(), Keep: make([]bool, 40)}
	f.Keep[3], f.Keep[5] = true, true
	for name, run := range map[string]func(context.Context) error{
		"Fit":        func(ctx context.Context) error { _, err := Ridge{}.FitContext(ctx, x, y); return err },
		"Evaluation": func(ctx context.Context) error { _, err := Evaluation{}.Run(ctx, x, y, nil); return err },
		"plain fitter": func(ctx context.Context) error {
			_, err := Evaluation{Fitter: plain{}}.Run(ctx, x, y, nil)
			return err
		},
		"context fitter": func(ctx context.Context) error {
			_, err := Evaluation{Fitter: contextual{}}.Run(ctx, x, y, nil)
			return err
		},
		"Subsets": func(ctx context.Context) error { _, err := Subsets{Draws: 2}.Run(ctx, x, y, f); return err },
	} {
		last, total := 0, 0
		ctx := analysis.WithProgress(context.Background(), func(d, n int) {
			if d < last || n != total && total != 0 {
				t.Errorf("%s: progress %d of %d after %d of %d", name, d, n, last, total)
			}
			last, total = d, n
		})
		if err := run(ctx); err != nil {
			t.Fatal(name, err)
		}
		if last != total || total == 0 {
			t.Errorf("%s: progress ends at %d of %d", name, last, total)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: cancelled run gives %v", name, err)
		}
	}
}

type contextual struct{ Ridge }

func TestPredictNewStimuli(t *testing.T) {
	x, y := linear(t, 10, 30, 50, 2, 0.5)
	m, err := Ridge{}.Fit(x, y)
	must(t, m, err)
	halves, err := x.Stimuli().Halves()
	half := must(t, halves, err)[0]
	part, err := x.On(half)
	must(t, part, err)
	all, err := m.Predict(x)
	must(t, all, err)
	some, err := m.Predict(part)
	must(t, some, err)
	same, err := all.On(half)
	near(t, "prediction of half of the stimuli", some.Matrix(), must(t, same, err).Matrix(), 1e-12)
	if want := "S1 FFA from net/pool"; all.Source() != want {
		t.Errorf("source %q, want %q", all.Source(), want)
	}
	narrow, err := x.Columns("net/pool", []int{0, 1})
	must(t, narrow, err)
	var align *analysis.AlignmentError
	if _, err := m.Predict(narrow); !errors.As(err, &align) {
		t.Errorf("two channels for a model of 50: %v", err)
	}
}

func TestResult(t *testing.T) {
	x, y := linear(t, 11, 40, 8, 4, 1)
	r := evaluate(t, nil, x, y)
	sorted := slices.Sorted(slices.Values(r.Scores))
	s := r.Score()
	if want := (sorted[1] + sorted[2]) / 2; s.Value != want || s.N != 40 || !(s.Lo < want && want < s.Hi) {
		t.Errorf("score %v, want the median %v", s, want)
	}
	obs, pred := r.PerStimulus()
	for i := range obs {
		var o, p float64
		for j := 0; j < 4; j++ {
			o, p = o+y.Row(i)[j]/4, p+r.Predicted.At(i, j)/4
		}
		if math.Abs(o-obs[i]) > 1e-12 || math.Abs(p-pred[i]) > 1e-12 {
			t.Fatalf("stimulus %d: means %v and %v, want %v and %v", i, obs[i], pred[i], o, p)
		}
	}
	got, err := r.NoiseNormalized([]float64{1, .25, .64, .81})
	want := []float64{r.Scores[0], r.Scores[1] / .5, r.Scores[2] / .8, r.Scores[3] / .9}
	near(t, "normalised", row(must(t, got, err).Scores), row(want), 1e-15)
	for _, bad := range [][]float64{{1, 1, 1}, {0, 0, 0, 0}, {1, -.2, 1, 1}, {1, 1.1, 1, 1}, {1, math.NaN(), 1, 1}} {
		if _, err := r.NoiseNormalized(bad); err == nil {
			t.Errorf("reliabilities %v are accepted", bad)
		}
	}
}
