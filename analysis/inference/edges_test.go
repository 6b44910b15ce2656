package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
)

func run(t testing.TB, models, people []*sample, m *analysis.Measure, b Resampling) *Result {
	t.Helper()
	r, err := Run(context.Background(), people, models, m, b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFaults(t *testing.T) {
	people, models := cohort(t, "S", 1, 6, 20, 1, false), cohort(t, "m", 2, 2, 20, 1, false)
	other := func(change func(s *sample)) []*sample {
		s := *people[5]
		s.values = append([]float64(nil), s.values...)
		change(&s)
		return append(append([]*sample(nil), people[:5]...), &s)
	}
	var alignment *analysis.AlignmentError
	for _, c := range []struct {
		name           string
		models, people []*sample
		b              Resampling
		is             error
		as             any
		says           string
	}{
		{name: "nobody", says: "0 people; needs at least 2"},
		{name: "one person", people: people[:1], says: "1 people; needs at least 2"},
		{name: "two people, both", people: people[:2], says: "resample Stimuli"},
		{name: "two people", people: people[:2], b: Resampling{Over: People}, says: "resample Stimuli"},
		{name: "one person twice", people: append(people[:5:5], people[2]), says: `people 3 and 6 are both "S3"`},
		{name: "a person as a model", models: people[1:2], people: people, says: `"S2" is both a person and a model`},
		{name: "two models of one name", models: append(models[:1:1], models[0]), people: people, says: `two models are called "m1"`},
		{name: "two stimuli", people: cohort(t, "S", 1, 4, 2, 1, false), says: "2 stimuli say nothing about others"},
		{name: "three stimuli", people: cohort(t, "S", 1, 4, 3, 2, false), is: analysis.ErrConstant, says: "draws of 3 stimuli and 4 people have a value; take more of them"},
		{name: "flat profile", people: other(func(s *sample) { clear(s.values) }), is: analysis.ErrConstant, says: `person "S6"`},
		{name: "flat model", models: []*sample{{"m", people[0].stimuli, make([]float64, 20), 1}}, people: people, is: analysis.ErrConstant, says: `model "m"`},
		{name: "NaN", people: other(func(s *sample) { s.values[3] = math.NaN() }), says: `person "S6": value 3 is NaN`},
		{name: "other stimuli", people: other(func(s *sample) { s.stimuli, s.values = stimuli(t, 19), s.values[:19] }), as: &alignment, says: "On the shared stimuli"},
		{name: "more stimuli", people: other(func(s *sample) { s.stimuli, s.values = stimuli(t, 21), append(s.values, 1) }), as: &alignment, says: "On the shared stimuli"},
		{name: "too few values", people: other(func(s *sample) { s.values = s.values[:7] }), says: "has 7 values for 20 stimuli, should have 20"},
		{name: "an RDM among profiles", people: other(func(s *sample) { s.each = 2 }), says: "values of 2 stimuli each, others of 1"},
		{name: "triples", people: other(func(s *sample) { s.each = 3 })[5:], b: Resampling{Over: Stimuli}, says: "needs at least 2"},
		{name: "draws", people: people, b: Resampling{Draws: -1}, says: "-1 draws; 0 means 1000"},
		{name: "one draw", people: people, b: Resampling{Draws: 1}, says: "1 draw has no variance"},
		{name: "over", people: people, b: Resampling{Over: 7}, says: "unknown Over 7"},
	} {
		r, err := Run(context.Background(), c.people, c.models, analysis.Pearson, c.b)
		switch {
		case err == nil:
			t.Errorf("%s: no error", c.name)
		case r != nil:
			t.Errorf("%s: a result beside %v", c.name, err)
		case c.is != nil && !errors.Is(err, c.is):
			t.Errorf("%s: %v is not %v", c.name, err, c.is)
		case c.as != nil && !errors.As(err, c.as):
			t.Errorf("%s: %v is not a %T", c.name, err, c.as)
		case !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "inference: "):
			t.Errorf("%s: %q does not say %q", c.name, err, c.says)
		}
	}
	if _, err := Run(context.Background(), people, models, nil, Resampling{}); err == nil {
		t.Error("no measure: no error")
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.TauA} {
		if _, err := Run(stopped, people, models, m, Resampling{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", m.Name, err)
		}
	}
	r := run(t, models, people, analysis.Pearson, Resampling{})
	if _, err := r.Zero(9); err == nil {
		t.Error("unknown test: no error")
	}
}

// Five stimuli give draws of one or two different ones, which have no value;
// rsatoolbox #334. They are counted, and nothing is NaN.
func TestFewStimuli(t *testing.T) {
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine, analysis.TauB} {
		for _, each := range []int{1, 2} {
			people, models := cohort(t, "S", 1, 4, 5, each, false), cohort(t, "m", 2, 2, 5, each, false)
			r := run(t, models, people, m, Resampling{Draws: 500})
			// One stimulus in 5/5⁵ draws, two in 10·30/5⁵: 9.8 %.
			if n := 500 - len(r.Draws); n < 30 || n > 70 {
				t.Errorf("%s, each %d: %d of 500 draws left out, expected 49", m.Name, each, n)
			}
			var got []string
			for _, w := range r.Warnings {
				got = append(got, w.Error())
			}
			if s := strings.Join(got, "\n"); !strings.Contains(s, "of 500 draws of 5 stimuli have no value") || !strings.Contains(s, "4 people are too few") || !strings.Contains(s, "5 stimuli are too few") || !strings.Contains(s, "hold one person alone") {
				t.Errorf("%s, each %d: warnings %s", m.Name, each, s)
			}
			for _, e := range []analysis.Estimate{r.Models[0].Score, r.Models[1].Score, r.Lo, r.Hi} {
				if !(e.Lo <= e.Value && e.Value <= e.Hi && e.SE > 0 && e.DF >= 3 && e.Lo >= m.Min && e.Hi <= m.Max) {
					t.Errorf("%s, each %d: %+v", m.Name, each, e)
				}
			}
		}
	}
}

// The order of stimuli, of people and of models changes nothing but their
// order; nor does the number of processors change a bit.
func TestOrder(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.TauA} {
		for _, each := range []int{1, 2} {
			people, models := cohort(t, "S", 1, 6, 15, each, false), cohort(t, "m", 2, 3, 15, each, false)
			b := Resampling{Draws: 120, Seed: 4}
			runtime.GOMAXPROCS(1)
			want := run(t, models, people, m, b)
			runtime.GOMAXPROCS(4)
			got := run(t, models, people, m, b)
			if fmt.Sprint(got.Draws, got.Lo, got.Hi, got.Models) != fmt.Sprint(want.Draws, want.Lo, want.Hi, want.Models) {
				t.Errorf("%s, each %d: another number of processors, other numbers", m.Name, each)
			}

			// The second model is of the same stimuli in another order.
			rows := []int{14, 3, 0, 1, 2, 13, 12, 4, 5, 11, 10, 6, 7, 9, 8}
			l := layout{models[1].stimuli, each}
			moved := *models[1]
			moved.values = make([]float64, l.cells())
			l.relabel(moved.values, models[1].values, rows)
			var items []analysis.Stimulus
			for _, r := range rows {
				items = append(items, l.stimuli.At(r))
			}
			var err error
			if moved.stimuli, err = analysis.NewStimuli(items); err != nil {
				t.Fatal(err)
			}
			again := run(t, []*sample{models[2], &moved, models[0]}, people, m, b)
			for j := range 3 {
				if d := cmp.Diff(want.Models[j], again.Models[2-j], cmpopts.EquateApprox(0, 1e-12)); d != "" {
					t.Errorf("%s, each %d, model %d: %s", m.Name, each, j, d)
				}
			}
		}
	}
}

// A draw does not depend on how many there are, and another Seed gives others.
func TestSeed(t *testing.T) {
	people, models := cohort(t, "S", 1, 6, 15, 2, false), cohort(t, "m", 2, 2, 15, 2, false)
	a := run(t, models, people, analysis.Spearman, Resampling{Draws: 50, Seed: 1})
	b := run(t, models, people, analysis.Spearman, Resampling{Draws: 80, Seed: 1})
	c := run(t, models, people, analysis.Spearman, Resampling{Draws: 50, Seed: 2})
	if d := cmp.Diff(a.Draws, b.Draws[:50]); d != "" {
		t.Error(d)
	}
	if cmp.Equal(a.Draws, c.Draws) {
		t.Error("another Seed, the same draws")
	}
	// Eight stimuli and eight people are not drawn alike.
	same := 0
	for k := range 100 {
		if slices.Equal(Resampling{}.stimuli(k, 8), Resampling{}.persons(k, 8)) {
			same++
		}
	}
	if same > 5 {
		t.Errorf("%d of 100 draws of people are those of stimuli", same)
	}
	if len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0].Error(), "50 draws are uncertain") {
		t.Errorf("%v", a.Warnings)
	}
}

// People who agree have a ceiling of 1 without doubt, and the model that they
// agree on reaches it.
func TestAgreement(t *testing.T) {
	one := cohort(t, "m", 1, 1, 12, 2, false)
	var people []*sample
	for k := range 5 {
		p := *one[0]
		p.label = fmt.Sprint("S", k)
		people = append(people, &p)
	}
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine, analysis.TauB} {
		r := run(t, one, people, m, Resampling{Draws: 100})
		for _, e := range []analysis.Estimate{r.Models[0].Score, r.Lo, r.Hi} {
			if math.Abs(e.Value-1) > 1e-12 || math.Abs(e.Lo-1) > 1e-6 || math.Abs(e.Hi-1) > 1e-6 || e.SE > 1e-9 {
				t.Errorf("%s: %+v", m.Name, e)
			}
		}
		zero, ceiling, _ := verdicts(t, r, TTest)
		if zero[0].P > 1e-9 || !(ceiling[0].P > .99) {
			t.Errorf("%s: against 0 p = %v, against the ceiling %v", m.Name, zero[0].P, ceiling[0].P)
		}
	}
}

// Two people, or two monkeys, are enough for what is said of these two.
func TestTwoPeople(t *testing.T) {
	people, models := cohort(t, "S", 1, 2, 30, 2, false), cohort(t, "m", 2, 2, 30, 2, false)
	r := run(t, models, people, analysis.Spearman, Resampling{Over: Stimuli})
	if len(r.Warnings) != 1 || r.Lo.DF != 29 || !(r.Lo.SE > 0 && r.Models[0].Score.SE > 0) {
		t.Errorf("%+v, %+v, %v", r.Lo, r.Models[0], r.Warnings)
	}
	one, err := analysis.Spearman.Compare(people[0].values, people[1].values)
	if err != nil || math.Abs(one.Value-r.Lo.Value) > 1e-12 {
		t.Errorf("Lo is %v, the correlation of the two %v, %v", r.Lo, one.Value, err)
	}
	zero, _, pairs := verdicts(t, r, SignedRank)
	if zero[0].P != .5 || pairs[0].P < .5 { // two people can give no smaller one
		t.Errorf("%v, %v", zero, pairs)
	}
}

func TestProgress(t *testing.T) {
	people := cohort(t, "S", 1, 6, 15, 2, false)
	var seen []int
	ctx := analysis.WithProgress(context.Background(), func(done, total int) {
		if total != 2500 {
			t.Errorf("of %d", total)
		}
		seen = append(seen, done)
	})
	if _, err := Run(ctx, people, nil, analysis.Pearson, Resampling{Draws: 2500}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{1000, 2000, 2500}, seen); d != "" {
		t.Error(d)
	}
}

// A value far from all others takes the variance of whatever draw holds it;
// the sums of the fast route would lose digits in draws that do not.
func TestOutlier(t *testing.T) {
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Cosine} {
		people, models := cohort(t, "S", 1, 5, 14, 2, false), cohort(t, "m", 2, 2, 14, 2, false)
		for _, s := range append(people, models...) {
			for i := range 13 {
				s.values[i] *= 1e3 // all that hold the first stimulus
			}
		}
		p, _, err := prepare(models, people, m, Resampling{})
		if err != nil {
			t.Fatal(err)
		}
		var counts [][]float64
		for k := range 50 {
			counts = append(counts, Resampling{}.stimuli(k, 14))
		}
		var slow []*Draw
		persons := func(k int) []float64 { return Resampling{}.persons(k, 5) }
		for k := range counts {
			v, err := newExplicit(p).at(counts[k], make([]float64, p.cells()))
			if err != nil {
				t.Fatal(err)
			}
			d, err := p.lookOr(v, persons(k))
			if err != nil {
				t.Fatal(err)
			}
			slow = append(slow, d)
		}
		err = routeOf(p).visit(context.Background(), counts, func(k int, v view) error {
			got, err := p.lookOr(v, persons(k))
			if d := cmp.Diff(slow[k], got, cmpopts.EquateApprox(0, 1e-12)); d != "" {
				t.Errorf("%s, draw %d: %s", m.Name, k, d)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRelatedFaults(t *testing.T) {
	ctx := context.Background()
	s := cohort(t, "S", 1, 3, 12, 2, false)
	if _, err := Related(ctx, s[0], nil, analysis.Pearson, Permutation{}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("nobody: %v", err)
	}
	if _, err := Related(ctx, s[0], s[:1], analysis.Pearson, Permutation{}); err == nil || !strings.Contains(err.Error(), "would predict itself") {
		t.Errorf("itself: %v", err)
	}
	if _, err := Related(ctx, s[0], s[1:], analysis.Pearson, Permutation{Draws: -2}); err == nil {
		t.Error("-2 relabellings: no error")
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Related(stopped, s[0], s[1:], analysis.Pearson, Permutation{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	few := cohort(t, "S", 1, 2, 3, 1, false)
	r, err := Related(ctx, few[0], few[1:], analysis.Pearson, Permutation{})
	if err != nil || !r.Exact || r.Draws != 6 || r.P < 1./6-1e-12 || len(r.Warnings) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestRelatedRoutes: a sum over permuted vectors is the measure of permuted
// samples.
func TestRelatedRoutes(t *testing.T) {
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine} {
		for _, each := range []int{1, 2} {
			s := cohort(t, "S", 1, 4, 20, each, true)
			fast, err := Related(context.Background(), s[0], s[1:], m, Permutation{Draws: 300, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			if fast.P < 1./301-1e-15 || each == 2 && math.Abs(fast.P-1./301) > 1e-15 {
				t.Errorf("%s, each %d: p = %v, at least 1/301; two people have much in common", m.Name, each, fast.P)
			}
			plain := *m // no longer one that a route knows
			slow, err := Related(context.Background(), s[0], s[1:], &plain, Permutation{Draws: 300, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(fast.Value-slow.Value) > 1e-12 || fast.P != slow.P || fast.Exact || fast.Draws != 300 {
				t.Errorf("%s, each %d: %+v, want %+v", m.Name, each, fast, slow)
			}
		}
	}
}
