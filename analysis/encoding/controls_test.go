package encoding

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// layers returns the layer of each of p channels: three, of unequal width.
func layers(p int) []string {
	out := make([]string, p)
	for j := range out {
		out[j] = []string{"conv1", "conv1", "conv1", "conv2", "conv2", "pool"}[j%6]
	}
	return out
}

func TestControlsMatch(t *testing.T) {
	x, _ := linear(t, 1, 30, 300, 1, 0)
	x = with(t, x, 7, .5) // dead
	f := region(x, 24)
	f.Keep[7] = false
	names, size := layers(300), variances(x)
	for _, c := range []Control{
		MatchedNumber{}, MatchedNumber{Outside: true}, MatchedLayer{Layer: names}, MatchedLayer{Layer: names, Outside: true}, MatchedEffect{}, MatchedEffect{Size: f.Stat},
	} {
		drawn, err := drawAll(c, x, f, 40, 5)
		must(t, drawn, err)
		count := map[string]int{}
		for _, j := range f.Channels() {
			count[names[j]]++
		}
		shared := 0
		for _, d := range drawn.Channels {
			if len(d) != f.Count() || !slices.IsSorted(d) || len(slices.Compact(slices.Clone(d))) != len(d) || slices.Contains(d, 7) {
				t.Fatalf("%s: drew %v", c, d)
			}
			per := map[string]int{}
			for _, j := range d {
				per[names[j]]++
				if f.Keep[j] {
					shared++
				}
			}
			if _, ok := c.(MatchedLayer); ok && !cmp.Equal(per, count) {
				t.Errorf("%s: %v per layer, the fROI has %v", c, per, count)
			}
		}
		_, effect := c.(MatchedEffect)
		if inside := c == (MatchedNumber{}) || cmp.Equal(c, MatchedLayer{Layer: names}); inside == (shared == 0) {
			t.Errorf("%#v: %d channels of the fROI drawn", c, shared)
		}
		if effect && cmp.Equal(drawn.Channels[0], drawn.Channels[1]) {
			t.Errorf("%s: two draws are the same", c)
		}
		again, err := drawAll(c, x, f, 3, 5)
		if d := cmp.Diff(drawn.Channels[:3], must(t, again, err).Channels); d != "" {
			t.Errorf("%s: draws depend on their number: %s", c, d)
		}
		if len(drawn.Warnings) > 0 {
			t.Errorf("%s: %v", c, drawn.Warnings)
		}
	}
	// The fROI's channels are the most variable, as selective ones are.
	order := upTo(300)
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, size[b]-size[a])) })
	for k, j := range order {
		f.Keep[j] = k < 120 && k%4 == 0
	}
	own, number, effect := 0., 0., 0.
	one, err := drawAll(MatchedNumber{}, x, f, 40, 1)
	must(t, one, err)
	two, err := drawAll(MatchedEffect{}, x, f, 40, 1)
	must(t, two, err)
	for _, j := range f.Channels() {
		own += 40 * math.Log(size[j])
	}
	for i := range 40 {
		for k := range one.Channels[i] {
			number += math.Log(size[one.Channels[i][k]])
			effect += math.Log(size[two.Channels[i][k]])
		}
	}
	n := 40 * float64(f.Count())
	if math.Abs(effect-own)/n > .1 || math.Abs(number-own)/n < .5 {
		t.Errorf("mean log variance: fROI %.2f, matched in effect %.2f, in number %.2f", own/n, effect/n, number/n)
	}
	// With nothing like it outside, the control says so.
	for k, j := range order {
		f.Keep[j] = k < 30
	}
	far, err := drawAll(MatchedEffect{}, x, f, 3, 1)
	if must(t, far, err); len(far.Warnings) != 1 || !strings.Contains(far.Warnings[0].Error(), "Kolmogorov") {
		t.Errorf("a fROI of the most variable channels: %v", far.Warnings)
	}
}

func TestControlErrors(t *testing.T) {
	x, _ := linear(t, 1, 30, 20, 1, 0)
	f := region(x, 12)
	for _, c := range []Control{
		MatchedNumber{Outside: true}, MatchedEffect{}, MatchedEffect{Size: make([]float64, 3)}, MatchedLayer{Layer: make([]string, 3)},
		MatchedLayer{Layer: layers(20), Outside: true}, MatchedEffect{Size: slices.Repeat([]float64{math.NaN()}, 20)}, twice{}, nothing{},
	} {
		if _, err := drawAll(c, x, f, 2, 0); err == nil {
			t.Errorf("%#v: no error", c)
		} else if !strings.HasPrefix(err.Error(), "encoding: ") && !errors.As(err, new(*analysis.AlignmentError)) {
			t.Errorf("%#v: %v", c, err)
		}
	}
}

type twice struct{ MatchedNumber }

func (twice) Draw(*analysis.Responses, *analysis.FROI, *rand.Rand) ([]int, error) {
	return []int{1, 1}, nil
}

type nothing struct{ MatchedNumber }

func (nothing) Draw(*analysis.Responses, *analysis.FROI, *rand.Rand) ([]int, error) { return nil, nil }

// TestControlsAreRefits: every draw scores as separate evaluations of its
// channels and of all others do, whatever is shared between them.
func TestControlsAreRefits(t *testing.T) {
	for _, c := range []struct{ p, selected int }{{15, 4}, {60, 8}, {90, 40}} {
		x, y := linear(t, uint64(c.p), 36, c.p, 3, .5)
		f := region(x, c.selected)
		for _, fitter := range []Fitter{Ridge{}, Ridge{LeaveOneOut: true}, plain{}} {
			s := Subsets{Fitter: fitter, Draws: 2, Seed: 4, Controls: []Control{MatchedLayer{Layer: layers(c.p)}, MatchedEffect{}}}
			if c.p < 2*c.selected {
				s.Controls = s.Controls[:1]
			}
			r, err := s.Evaluate(x, y, f)
			must(t, r, err)
			for _, control := range r.Controls {
				for i, channels := range control.Channels {
					for what, pair := range map[string]struct {
						got  *Result
						cols []int
					}{"without": {control.Without[i], others(upTo(c.p), channels)}, "only": {control.Only[i], channels}} {
						part, err := x.Columns("", pair.cols)
						must(t, part, err)
						want, err := Evaluation{Fitter: fitter, Seed: 4}.Run(t.Context(), part, y, nil)
						must(t, want, err)
						near(t, fmt.Sprintf("p = %d, %T, %s, %s %d", c.p, fitter, control.Control, what, i), row(pair.got.Scores), row(want.Scores), 1e-8)
						if pair.got.Predicted != nil || pair.got.Features != len(pair.cols) {
							t.Errorf("a draw keeps predictions, or has %d features instead of %d", pair.got.Features, len(pair.cols))
						}
					}
				}
			}
			if &r.Random[0] != &r.Controls[0].Only[0] {
				t.Error("Random is not Only of the first control")
			}
		}
	}
}

// TestCutReadout: the read-out fitted on all features, applied to features of
// which some are at their training mean.
func TestCutReadout(t *testing.T) {
	for _, p := range []int{12, 70} {
		x, y := linear(t, uint64(p), 36, p, 5, .5)
		f := region(x, 5)
		for _, fitter := range []Fitter{Ridge{}, plain{}} {
			r, err := Subsets{Fitter: fitter, Draws: 2, Seed: 2}.Evaluate(x, y, f)
			must(t, r, err)
			check := func(what string, got *Result, channels []int) {
				want := mat.NewDense(36, 5, nil)
				for k := range 5 {
					var train, test []int
					for i, fold := range got.Fold {
						if fold == k {
							test = append(test, i)
						} else {
							train = append(train, i)
						}
					}
					s, err := pick(x.Stimuli(), train)
					must(t, s, err)
					xs, err := x.On(s)
					must(t, xs, err)
					ys, err := y.On(s)
					must(t, ys, err)
					m, err := Ridge{}.Fit(xs, ys)
					must(t, m, err)
					held := rows(x.Matrix(), test)
					mean := meanOf(x.Matrix(), train)
					for i := range test {
						for _, c := range channels {
							held.Set(i, c, mean[c])
						}
					}
					var pred mat.Dense
					pred.Mul(held, m.Weights)
					add(&pred, m.Intercept)
					for i, at := range test {
						want.SetRow(at, pred.RawRowView(i))
					}
				}
				if got.Predicted != nil {
					near(t, what, got.Predicted, want, 1e-9)
				}
				scores := make([]float64, 5)
				for j := range scores {
					s, err := analysis.Pearson.Compare(mat.Col(nil, j, y.Matrix()), mat.Col(nil, j, want))
					must(t, s, err)
					scores[j] = s.Value
				}
				near(t, what+" scores", row(got.Scores), row(scores), 1e-8)
			}
			// The inner folds of Ridge follow from Seed 0, as in Subsets.
			check("cut", r.Cut, f.Channels())
			for i, channels := range r.Controls[0].Channels {
				check("random cut", r.Controls[0].Cut[i], channels)
			}
			if r.Cut.Features != p-5 || r.Cut.Lambda == nil && p == 12 && fitter == (Fitter)(Ridge{}) {
				t.Errorf("cut: %d features, λ %v", r.Cut.Features, r.Cut.Lambda)
			}
		}
	}
}

// TestHeavyRegion removes features with nearly all of the variance, where the
// difference of Gram matrices would be rounding.
func TestHeavyRegion(t *testing.T) {
	for _, weight := range []float64{1, 10, 1e3, 1e6} {
		x, y := linear(t, 5, 30, 90, 3, .5)
		f := region(x, 20)
		m := mat.DenseCopyOf(x.Matrix())
		for i := range 30 {
			for _, j := range f.Channels() {
				m.Set(i, j, weight*m.At(i, j))
			}
		}
		x = responses(t, x.Source(), x.Stimuli(), m)
		r, err := Subsets{Draws: 1}.Evaluate(x, y, f)
		must(t, r, err)
		without, err := x.Without(f)
		must(t, without, err)
		want, err := Evaluation{}.Run(context.Background(), without, y, nil)
		must(t, want, err)
		near(t, fmt.Sprintf("a region of %g times the size", weight), r.Without.Predicted, want.Predicted, 1e-8)
	}
}

func TestComparison(t *testing.T) {
	result := func(score float64) *Result {
		return &Result{Measure: analysis.Pearson, Scores: []float64{score, score, -1, 1}, Stimuli: shown(t, 12)}
	}
	many := func(scores ...float64) (out []*Result) {
		for _, s := range scores {
			out = append(out, result(s))
		}
		return out
	}
	c := &ControlResult{Without: many(.5, .4, .45, .3), Only: many(.1, .2, .3, .35), Cut: many(.1, .1, .1, .1)}
	r := &SubsetResult{Without: result(.4), Only: result(.3), Cut: result(0)}
	for what, v := range map[string]struct {
		got                  Comparison
		value, p, both, mean float64
	}{
		"necessity":   {r.Necessity(c), .4, 3. / 5, 1, -.0125},
		"sufficiency": {r.Sufficiency(c), .3, 3. / 5, 1, .0625},
		"reliance":    {r.Reliance(c), 0, 1. / 5, 2. / 5, -.1},
	} {
		if v.got.FROI != v.value || math.Abs(v.got.P-v.p) > 1e-15 || math.Abs(v.got.TwoSided-v.both) > 1e-15 || math.Abs(v.got.Difference.Value-v.mean) > 1e-15 || v.got.Difference.Draws != 4 {
			t.Errorf("%s: %+v, want %v", what, v.got, v)
		}
		if d := v.got.Difference; d.Lo > d.Value || d.Hi < d.Value {
			t.Errorf("%s: interval %v", what, d)
		}
	}
}

// TestPIsUniform: a fROI that is itself drawn at random is as often extreme as
// its p says.
func TestPIsUniform(t *testing.T) {
	const runs, draws = 100, 9
	count := make([]int, draws+2)
	x, y := linear(t, 3, 24, 30, 1, 2)
	for i := range runs {
		f := &analysis.FROI{Source: x.Source(), Keep: make([]bool, 30)}
		for _, j := range rand.New(rand.NewPCG(uint64(i), 77)).Perm(30)[:6] {
			f.Keep[j] = true
		}
		r, err := Subsets{Fitter: Ridge{Lambdas: []float64{30}}, Draws: draws, Seed: uint64(1000 + i)}.Evaluate(x, y, f)
		must(t, r, err)
		count[int(math.Round(r.Sufficiency(r.Controls[0]).P*(draws+1)))]++
	}
	for k, c := range count[1:] {
		if c < 2 || c > 24 { // of a binomial with 100 and .1: p < 1e-4 together
			t.Errorf("p = .%d in %d of %d runs: %v", k+1, c, runs, count)
		}
	}
}

func TestRegionsAndReliability(t *testing.T) {
	x, y := linear(t, 2, 40, 30, 6, 1)
	y = with(t, y, 2, 3) // dead
	names := []string{"FFA", "PPA", "FFA", "", "FFA", "PPA"}
	r, err := Subsets{Draws: 3}.Evaluate(x, y, region(x, 6))
	must(t, r, err)
	parts, err := r.ByRegion(names)
	must(t, parts, err)
	var order []string
	for _, part := range parts {
		order = append(order, part.Name)
		var want []float64
		for j, ch := range r.Only.Targets {
			if names[ch] == part.Name {
				want = append(want, r.Only.Scores[j])
			}
		}
		if got := part.Result.Only.Score().Value; got != analysis.Median(want) {
			t.Errorf("%s: median %v, want %v", part.Name, got, analysis.Median(want))
		}
		if c := part.Result.Necessity(part.Result.Controls[0]); len(c.Random) != 3 || c.FROI != part.Result.Without.Score().Value {
			t.Errorf("%s: %+v", part.Name, c)
		}
		if n, c := part.Result.All.Predicted.Dims(); n != 40 || c != len(want) {
			t.Errorf("%s: %d×%d predictions", part.Name, n, c)
		}
	}
	if d := cmp.Diff([]string{"FFA", "PPA"}, order); d != "" {
		t.Error(d)
	}
	reliability := []float64{1, .25, .01, .64, .81, .36}
	for _, of := range []*SubsetResult{r, parts[1].Result} {
		n, err := of.NoiseNormalized(reliability)
		must(t, n, err)
		for j, ch := range of.Only.Targets {
			if want := of.Only.Scores[j] / math.Sqrt(reliability[ch]); math.Abs(n.Only.Scores[j]-want) > 1e-15 {
				t.Errorf("channel %d: %v, want %v", ch, n.Only.Scores[j], want)
			}
			if want := of.Controls[0].Cut[1].Scores[j] / math.Sqrt(reliability[ch]); math.Abs(n.Controls[0].Cut[1].Scores[j]-want) > 1e-15 {
				t.Errorf("channel %d of a draw: %v, want %v", ch, n.Controls[0].Cut[1].Scores[j], want)
			}
		}
		if s := n.All.Score(); s.Measure.Name != "Pearson r / √reliability" || s.Measure == of.All.Measure {
			t.Errorf("the measure is %q", s.Measure.Name)
		}
	}
	whole, err := r.All.ByRegion(names)
	must(t, whole, err)
	if whole[0].Result.Y != "S1 FFA FFA" || len(whole[0].Result.Scores) != 2 {
		t.Errorf("%q with %d targets", whole[0].Result.Y, len(whole[0].Result.Scores))
	}
	if _, err := r.ByRegion(names[:4]); err == nil {
		t.Error("4 names for 6 channels")
	}
	if _, err := r.NoiseNormalized(reliability[:4]); err == nil {
		t.Error("4 reliabilities for 6 channels")
	}
}

// TestCategoryHeldOutWhole: a fold without a category is warned of.
func TestCategoryHeldOutWhole(t *testing.T) {
	ids, cats := make([]string, 20), make([]string, 20)
	for i := range ids {
		ids[i], cats[i] = fmt.Sprint("s", i), []string{"face", "body"}[i%2]
	}
	cats[13] = "tool"
	s := stimuli(t, ids, cats)
	x, y := linear(t, 1, 20, 6, 2, .5)
	x, y = responses(t, "x", s, x.Matrix()), responses(t, "y", s, y.Matrix())
	r := evaluate(t, nil, x, y)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Error(), `category "tool" is held out whole`) {
		t.Errorf("warnings %v", r.Warnings)
	}
	r, err := Evaluation{Group: func(s analysis.Stimulus) string { return s.Category }}.Run(t.Context(), x, y, nil)
	if must(t, r, err); len(r.Warnings) != 0 {
		t.Errorf("a fold for each category is meant so: %v", r.Warnings)
	}
}

// TestTooMuchMemory: what would not fit is not begun.
func TestTooMuchMemory(t *testing.T) {
	s := shown(t, 4)
	x := responses(t, "x", s, normal(rand.New(rand.NewPCG(1, 1)), 4, 500_000))
	y := responses(t, "y", s, normal(rand.New(rand.NewPCG(1, 2)), 4, 2000))
	_, err := Ridge{Folds: 2}.Fit(x, y)
	if err == nil || !strings.Contains(err.Error(), "GiB of memory, more than 4 GiB") || !strings.Contains(err.Error(), "Responses.Columns") {
		t.Errorf("weights of 7.5 GiB: %v", err)
	}
	if _, err := (Evaluation{Fitter: Ridge{Folds: 2}, Folds: 2}).Run(t.Context(), x, y, nil); err != nil {
		t.Errorf("predictions need no weights: %v", err)
	}
}
