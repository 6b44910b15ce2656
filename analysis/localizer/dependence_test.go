package localizer

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// chosen is a fROI of 12 channels, the last two of them dead.
func chosen(name string, channels ...int) *analysis.FROI {
	f := &analysis.FROI{Source: "net/fc", Rule: "by hand", Contrast: analysis.Contrast{Name: name},
		Keep: make([]bool, 12), Stat: make([]float64, 12), P: make([]float64, 12), Q: make([]float64, 12), Dead: 2}
	for j := range 12 {
		f.Stat[j], f.P[j], f.Q[j] = 0.1*float64(j+1), 0.5, 0.5
		if j >= 10 {
			f.Stat[j], f.P[j], f.Q[j] = 0, 1, 1
		}
	}
	for _, j := range channels {
		f.Keep[j] = true
	}
	return f
}

func TestCompare(t *testing.T) {
	a, b := chosen("A", 0, 1, 2, 3), chosen("B", 2, 3, 4)
	b.Rule = "by eye"
	got, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	// Of 10 living channels 4 and 3: two or more in common in
	// (6·6 + 4·1)/120 of the draws.
	want := Overlap{Source: "net/fc", RuleA: "by hand", RuleB: "by eye", Channels: 10, A: 4, B: 3, Both: 2, Jaccard: 0.4, Dice: 4.0 / 7, Coefficient: 2.0 / 3, Expected: 1.2, P: 40.0 / 120}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-14, 0)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	back, err := Compare(b, a)
	if err != nil {
		t.Fatal(err)
	}
	back.A, back.B, back.RuleA, back.RuleB = back.B, back.A, back.RuleB, back.RuleA
	if diff := cmp.Diff(got, back, cmpopts.EquateApprox(1e-14, 0)); diff != "" {
		t.Errorf("the other way round (-there +back)\n%s", diff)
	}
	self, err := Compare(a, a)
	if err != nil {
		t.Fatal(err)
	}
	if self.Jaccard != 1 || self.Dice != 1 || self.Coefficient != 1 || relative(self.P, 1.0/210) > 1e-14 {
		t.Errorf("with itself: %+v", self)
	}
	within, err := Compare(a, chosen("C", 1))
	if err != nil {
		t.Fatal(err)
	}
	if within.Coefficient != 1 || within.Jaccard != 0.25 || relative(within.P, 0.4) > 1e-14 {
		t.Errorf("one within the other: %+v", within)
	}
	apart, err := Compare(a, chosen("D", 7, 8))
	if err != nil {
		t.Fatal(err)
	}
	if apart.Both != 0 || apart.Jaccard != 0 || apart.Dice != 0 || apart.Coefficient != 0 || apart.P != 1 || apart.Warnings != nil {
		t.Errorf("apart: %+v", apart)
	}
}

func TestCompareEdges(t *testing.T) {
	none := chosen("none")
	for _, x := range [][2]*analysis.FROI{{none, chosen("A", 1)}, {chosen("A", 1), none}, {none, none}} {
		o, err := Compare(x[0], x[1])
		if err != nil {
			t.Fatal(err)
		}
		if o.Jaccard != 0 || o.Dice != 0 || o.Coefficient != 0 || o.Expected != 0 || o.P != 1 || len(o.Warnings) == 0 {
			t.Errorf("empty: %+v", o)
		}
		for _, w := range o.Warnings {
			if !errors.Is(w, analysis.ErrEmpty) {
				t.Errorf("warning %v", w)
			}
		}
	}
	// A fROI without statistics, as from an atlas, has no dead channels.
	atlas := &analysis.FROI{Source: "net/fc", Keep: chosen("", 0, 1).Keep}
	if o, err := Compare(atlas, chosen("A", 1)); err != nil || o.Channels != 12 {
		t.Errorf("an atlas: %+v, %v", o, err)
	}
	var align *analysis.AlignmentError
	other, short := chosen("A", 1), chosen("A", 1)
	other.Source = "net/pool"
	short.Keep = short.Keep[:11]
	for _, f := range []*analysis.FROI{other, short} {
		_, err := Compare(chosen("B", 1), f)
		if !errors.As(err, &align) {
			t.Errorf("other channels: %v", err)
		}
		want := `localizer: fROI "B" of "net/fc" has 12 channels, "A" has 11; define both in the same channels`
		if f == other {
			want = `localizer: fROI "B" is of source "net/fc", "A" is of another, "net/pool"; compare fROIs that were defined in one source`
		}
		if err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// second is noise of which channels 0 to 9 prefer faces more and more, to
// images of its own.
func second(t *testing.T, n, channels int, step float64) *analysis.Responses {
	t.Helper()
	r := noise(t, n, channels)
	it := items44(r)
	v := mat.DenseCopyOf(r.Matrix())
	for i := range it {
		it[i].ID = "second/" + it[i].ID
		for j := range 10 {
			if it[i].Category == "face" {
				v.Set(i, j, v.At(i, j)+step*float64(j))
			}
		}
	}
	return responses(t, it, v)
}

func TestAgreement(t *testing.T) {
	define, measure := noise(t, 50, 60), second(t, 40, 60, 1)
	a, err := DPrime{}.Localize(define, Faces)
	if err != nil {
		t.Fatal(err)
	}
	b, err := RankSum{MinAUC: 0.6}.Localize(define, Faces)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Agreement(analysis.Pearson, measure, a, b)
	if err != nil {
		t.Fatal(err)
	}
	var x, y []float64 // by the definition
	for i := range 40 {
		sum, other := 0.0, 0.0
		for _, j := range a.Channels() {
			sum += measure.Row(i)[j]
		}
		for _, j := range b.Channels() {
			other += measure.Row(i)[j]
		}
		x, y = append(x, sum/float64(a.Count())), append(y, other/float64(b.Count()))
	}
	want, err := analysis.Pearson.Compare(x, y)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Value-want.Value) > 1e-12 || s.N != 40 {
		t.Errorf("%v, want %v", s, want)
	}
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].Error(), "are the same and agree with themselves") {
		t.Errorf("warnings %v", s.Warnings)
	}
	if _, err := Agreement(analysis.Pearson, define, a, b); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("on the stimuli that defined them: %v", err)
	}
	none, err := TTest{MinT: 1e9}.Localize(define, Faces)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Agreement(analysis.Pearson, measure, a, none); !errors.Is(err, analysis.ErrEmpty) {
		t.Errorf("with an empty fROI: %v", err)
	}
	// Apart, nothing agrees with itself.
	c, d := *a, *a
	c.Keep, d.Keep = make([]bool, 60), make([]bool, 60)
	c.Keep[8], d.Keep[9] = true, true
	if s, err := Agreement(analysis.Pearson, measure, &c, &d); err != nil || s.Value < 0.8 || s.Warnings != nil {
		t.Errorf("two face channels: %v, %v, %v", s, s.Warnings, err)
	}
}

func TestSweep(t *testing.T) {
	define, measure := second(t, 60, 80, 0.3), noise(t, 40, 80)
	calls := 0
	score := func(r *analysis.Responses) (analysis.Score, error) {
		calls++
		_, c := r.Dims()
		return analysis.Score{Measure: analysis.Pearson, Value: float64(c)}, nil
	}
	reports := 0
	ctx := analysis.WithProgress(context.Background(), func(done, total int) {
		if reports++; done != reports || total != 5 {
			t.Errorf("%d of %d after %d", done, total, reports)
		}
	})
	steps, err := Sweep{}.Steps(ctx, Faces, define, measure, score)
	if err != nil {
		t.Fatal(err)
	}
	empty := 0
	for i, cut := range []float64{3, 5, 7, 9, 11} {
		f, err := TTest{MinT: cut}.Localize(define, Faces) // the definition
		if err != nil {
			t.Fatal(err)
		}
		s := steps[i]
		if s.Cut != cut || s.Count != f.Count() || s.Fraction != float64(f.Count())/80 || s.Empty != (f.Count() == 0) || !cmp.Equal(s.FROI.Keep, f.Keep) {
			t.Errorf("cut %v: %d channels, empty %v; TTest has %d", cut, s.Count, s.Empty, f.Count())
		}
		switch {
		case s.Empty:
			empty++
			if s.Score != nil {
				t.Errorf("cut %v: an empty fROI has a score", cut)
			}
		case s.Score == nil || s.Score.Value != float64(s.Count):
			t.Errorf("cut %v: score %v of %d channels", cut, s.Score, s.Count)
		}
	}
	if want := "Welch t > 0 (n = 12 against 48), cut at 5"; steps[1].FROI.Rule != want {
		t.Errorf("rule %q, want %q", steps[1].FROI.Rule, want)
	}
	if empty == 0 || empty == 5 || calls != 5-empty {
		t.Errorf("%d of 5 empty, %d calls: the test says little", empty, calls)
	}
	// Any localizer, any grid, without a score; the localizer's own cut holds.
	counts, err := Sweep{By: RankSum{MinAUC: 0.7}, Cuts: []float64{0.5, 0.6, 0.8}}.Steps(context.Background(), Faces, define, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if counts[0].Count != counts[1].Count || counts[2].Count >= counts[1].Count || counts[2].Score != nil {
		t.Errorf("AUC: %d, %d, %d channels", counts[0].Count, counts[1].Count, counts[2].Count)
	}
	for name, err := range map[string]error{
		"cuts must be finite, each above": failure(Sweep{Cuts: []float64{3, 3}}.Steps(ctx, Faces, define, measure, nil)),
		"cut 0 of the sweep is NaN":       failure(Sweep{Cuts: []float64{math.NaN()}}.Steps(ctx, Faces, define, measure, nil)),
		"needs responses to measure":      failure(Sweep{}.Steps(context.Background(), Faces, define, nil, score)),
		"circular analysis":               failure(Sweep{}.Steps(context.Background(), Faces, define, define, score)),
		"above 3: no luck": failure(Sweep{}.Steps(context.Background(), Faces, define, measure, func(*analysis.Responses) (analysis.Score, error) {
			return analysis.Score{}, errors.New("no luck")
		})),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
	// 3 to 11 are thresholds of t.
	for want, by := range map[string]Localizer{
		"AUC, which is at most 1, needs Cuts of its own, such as {0.6,": RankSum{MinAUC: .7},
		"AUC, which is at most 1, needs Cuts":                           TopFraction{By: &RankSum{}},
		"d′, which is rarely above 3, needs Cuts":                       DPrime{},
		"selectivity index, which is at most 1, needs Cuts":             SelectivityIndex{},
		"mean ratio needs Cuts of its own, such as {1.5,":               RatioRule{},
		"a sweep by localizer.other needs Cuts":                         other{},
	} {
		if err := failure(Sweep{By: by}.Steps(context.Background(), Faces, define, nil, nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no cuts of %T: error %v, want %q", by, err, want)
		}
	}
	for _, by := range []Localizer{&TTest{}, TopFraction{Count: 5}, &TopFraction{By: TTest{Pooled: true}}} {
		if steps, err := (Sweep{By: by}).Steps(context.Background(), Faces, define, nil, nil); err != nil || len(steps) != 5 {
			t.Errorf("no cuts of t by %T: %d steps, %v", by, len(steps), err)
		}
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Sweep{}).Steps(stopped, Faces, define, measure, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func failure(_ []Step, err error) error { return err }

// other is a localizer of somebody else.
type other struct{ TTest }
