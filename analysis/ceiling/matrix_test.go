package ceiling_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
)

// recorded are the three people and the network of the reference.
func recorded(t testing.TB, ref *repeatsReference) []ceiling.Recording {
	var out []ceiling.Recording
	for k, values := range ref.Matrix.People {
		name := fmt.Sprintf("S%d", k+1)
		r := ceiling.Recording{System: ceiling.System{Label: name + " FFA", Person: name, Region: "FFA"}}
		for _, x := range all(t, values) {
			r.Repeats = append(r.Repeats, x.Named(name))
		}
		out = append(out, r)
	}
	return append(out, ceiling.Recording{System: ceiling.System{Label: "net", Region: "units"},
		Repeats: []*analysis.Responses{answers(t, nil, ref.Matrix.Network).Named("net")}})
}

func TestMatrix(t *testing.T) {
	ref := loadRepeats(t)
	uni := must(ceiling.Matrix(recorded(t, ref), tuning.New, tuning.Compare(analysis.Pearson)))(t)
	multi := must(ceiling.Matrix(recorded(t, ref), rdms, rsa.Compare(analysis.Pearson)))(t)
	for i := range 4 {
		for j := range 4 {
			if i == j {
				continue
			}
			for what, c := range map[string][2]float64{"univariate": {uni.Values.At(i, j), ref.Matrix.Univariate[i][j]}, "multivariate": {multi.Values.At(i, j), ref.Matrix.Multivariate[i][j]}} {
				if math.Abs(c[0]-c[1]) > 1e-11 {
					t.Errorf("%s (%d, %d): %v, want %v", what, i, j, c[0], c[1])
				}
			}
		}
	}
	if uni.Measure != analysis.Pearson || len(uni.Warnings) != 0 {
		t.Errorf("%v", uni.Warnings)
	}
}

// Aligned by ID: a person who saw the stimuli in another order changes
// nothing, in no draw either.
func TestMatrixAligns(t *testing.T) {
	ref := loadRepeats(t)
	ctx, b := context.Background(), analysis.Bootstrap{Draws: 50, Seed: 2}
	for _, of := range []string{"profile", "RDM"} {
		build := func(r []ceiling.Recording) *ceiling.Pairs {
			if of == "RDM" {
				return must(ceiling.Matrix(r, rdms, rsa.Compare(analysis.Pearson)))(t)
			}
			return must(ceiling.Matrix(r, tuning.New, tuning.Compare(analysis.Pearson)))(t)
		}
		plain, turned := recorded(t, ref), recorded(t, ref)
		for k, r := range turned[1].Repeats {
			s := r.Stimuli()
			items := make([]analysis.Stimulus, s.Len())
			for i := range items {
				items[i] = s.At(s.Len() - 1 - i)
			}
			turned[1].Repeats[k] = must(r.On(must(analysis.NewStimuli(items))(t)))(t)
		}
		p, q := build(plain), build(turned)
		if !mat.EqualApprox(p.Values, q.Values, 1e-12) {
			t.Errorf("%s: another order of stimuli gives other values", of)
		}
		a, c := must(p.OverStimuli(ctx, b, "units", "FFA"))(t), must(q.OverStimuli(ctx, b, "units", "FFA"))(t)
		near(t, of+": intervals", []float64{a.Gap.Lo, a.Gap.Hi, a.Ceiling.SE}, []float64{c.Gap.Lo, c.Gap.Hi, c.Ceiling.SE})
	}
}

// The numbers of Intervals are those of Medians and Ceiling, the same on any
// number of processors, and all draws at once are the draws one by one.
func TestIntervals(t *testing.T) {
	ref := loadRepeats(t)
	ctx, b := context.Background(), analysis.Bootstrap{Draws: 200, Seed: 3}
	p := must(ceiling.Matrix(recorded(t, ref), rdms, rsa.Compare(analysis.Pearson)))(t)
	for _, over := range []func(context.Context, analysis.Bootstrap, string, string) (*ceiling.Intervals, error){p.OverStimuli, p.OverPeople} {
		in, m, c := must(over(ctx, b, "units", "FFA"))(t), must(p.Medians("units", "FFA"))(t), must(p.Ceiling("FFA"))(t)
		if in.Median.Value != m.Median() || in.Values[0].Value != m.Values[0] || in.Ceiling.Value != c.Lo || in.Gap.Value != m.Median()-c.Lo || in.Gaps[0].Value != in.Gap.Value {
			t.Errorf("%+v, want %v under %v", in, m.Values, c.Lo)
		}
		if d := cmp.Diff(fmt.Sprint(in.Gap), fmt.Sprint(in.Gaps[0])); d != "" || in.Gap.SE != in.Gaps[0].SE { // of one network
			t.Errorf("the gap of the median and of the one: %s", d)
		}
		for _, e := range []analysis.Estimate{in.Median, in.Values[0], in.Ceiling, in.Gap, in.Gaps[0]} {
			if !(e.Lo <= e.Value && e.Value <= e.Hi) || e.SE <= 0 || e.Draws < 100 {
				t.Errorf("%+v", e)
			}
		}
		people := must(over(ctx, b, "FFA", "FFA"))(t)
		if len(people.Values) != 3 || people.Gaps != nil || people.Median.Value != people.Ceiling.Value || people.Median.Lo != people.Ceiling.Lo {
			t.Errorf("people: %+v", people)
		}
		if !strings.Contains(fmt.Sprint(in.Warnings), "3 people are too few") {
			t.Errorf("warnings %v", in.Warnings)
		}
		again := must(over(ctx, b, "units", "FFA"))(t)
		if d := cmp.Diff(fmt.Sprint(in), fmt.Sprint(again)); d != "" {
			t.Errorf("the same seed: %s", d)
		}
	}
	// Regions of one person are in no median, of a draw either.
	regions, _ := small(t)
	for _, c := range [][2]string{{"OFA", "FFA"}, {"FFA", "FFA"}, {"face units", "FFA"}} {
		in, m := must(regions.OverPeople(ctx, b, c[0], c[1]))(t), must(regions.Medians(c[0], c[1]))(t)
		var got []float64
		for _, e := range in.Values {
			got = append(got, e.Value)
		}
		near(t, c[0]+" to "+c[1], m.Values, got)
	}
	if _, err := regions.OverPeople(ctx, b, "FFA", "OFA"); !errors.Is(err, analysis.ErrConstant) || !strings.Contains(err.Error(), "the ceiling of OFA: ") {
		t.Errorf("two people have an OFA: %v", err)
	}
	slow := *analysis.Pearson // another measure: draw by draw
	q := must(ceiling.Matrix(recorded(t, ref), rdms, rsa.Compare(&slow)))(t)
	a, c := must(p.OverStimuli(ctx, b, "units", "FFA"))(t), must(q.OverStimuli(ctx, b, "units", "FFA"))(t)
	near(t, "draw by draw", []float64{a.Gap.Lo, a.Gap.Hi, a.Gap.SE, a.Values[0].Lo}, []float64{c.Gap.Lo, c.Gap.Hi, c.Gap.SE, c.Values[0].Lo})
	x, y := must(p.Pair(ctx, b, 0, 3))(t), must(q.Pair(ctx, b, 3, 0))(t)
	near(t, "pair", []float64{x.Value, x.Lo, x.Hi}, []float64{y.Value, y.Lo, y.Hi})

	rank := must(ceiling.Matrix(recorded(t, ref), tuning.New, tuning.Compare(analysis.Spearman)))(t)
	if in := must(rank.OverStimuli(ctx, b, "units", "FFA"))(t); in.Gap.SE <= 0 {
		t.Errorf("Spearman: %+v", in)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := p.OverStimuli(stopped, b, "units", "FFA"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := p.OverPeople(stopped, b, "units", "FFA"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestOverStimuliOfReliability(t *testing.T) {
	ref := loadRepeats(t)
	ctx, b := context.Background(), analysis.Bootstrap{Draws: 200, Seed: 3}
	compare := tuning.Compare(analysis.Pearson)
	repeats := all(t, ref.Splits[2].Values) // four repeats of 20 stimuli, 3 channels
	s := ceiling.Splits{Random: 3}
	e := must(ceiling.ReliabilityOverStimuli(ctx, b, s, repeats, tuning.New, compare))(t)
	if want := must(ceiling.SplitHalves(s, repeats, tuning.New, compare))(t); e.Value != want.Value || !(e.Lo < e.Value && e.Value < e.Hi) {
		t.Errorf("%v, want %v", e, want.Value)
	}
	e = must(ceiling.ChannelsOverStimuli(ctx, b, s, repeats, analysis.Pearson))(t)
	want := must(ceiling.OfChannels(must(s.Channels(repeats, analysis.Pearson))(t), analysis.Pearson))(t)
	if e.Value != want.Lo || !(e.Lo < e.Value && e.Value < e.Hi) {
		t.Errorf("%v, want %v", e, want.Lo)
	}
	slow := *analysis.Pearson
	f := must(ceiling.ChannelsOverStimuli(ctx, b, s, repeats, &slow))(t)
	near(t, "channel by channel", []float64{e.Lo, e.Hi, e.SE}, []float64{f.Lo, f.Hi, f.SE})
	two := all(t, [][][]float64{{{1, 2}, {2, 1}}, {{1, 2}, {2, 1}}})
	for what, err := range map[string]error{
		"reliability": second(ceiling.ReliabilityOverStimuli(ctx, b, ceiling.Splits{}, all(t, [][][]float64{{{1}, {2}}, {{1}, {2}}}), tuning.New, compare)),
		"channels":    second(ceiling.ChannelsOverStimuli(ctx, b, ceiling.Splits{}, two, analysis.Pearson)),
	} {
		if err == nil || !strings.Contains(err.Error(), "2 stimuli say nothing about others") {
			t.Errorf("%s of two stimuli: %v", what, err)
		}
	}
}

func TestMatrixEdges(t *testing.T) {
	ref := loadRepeats(t)
	compare := tuning.Compare(analysis.Pearson)
	ctx, b := context.Background(), analysis.Bootstrap{Draws: 50}
	edit := func(f func(r []ceiling.Recording)) error {
		r := recorded(t, ref)
		f(r)
		return second(ceiling.Matrix(r, tuning.New, compare))
	}
	flat := answers(t, nil, [][]float64{{1}, {1}, {1}})
	given := must(ceiling.NewPairs([]ceiling.System{{Label: "a", Person: "S1", Region: "FFA"}, {Label: "b", Person: "S2", Region: "FFA"}}, analysis.Pearson, mat.NewDense(2, 2, nil)))(t)
	p := must(ceiling.Matrix(recorded(t, ref), tuning.New, compare))(t)
	alone := must(ceiling.Matrix(recorded(t, ref)[2:], tuning.New, compare))(t)
	for _, c := range []struct {
		name string
		err  error
		says string
	}{
		{"nothing", second(ceiling.Matrix(nil, tuning.New, compare)), "at least 2 systems"},
		{"no responses", edit(func(r []ceiling.Recording) { r[1].Repeats = nil }), "S2 FFA has no responses"},
		{"one repeat", edit(func(r []ceiling.Recording) { r[1].Repeats = r[1].Repeats[:1] }), "S2 FFA has one repeat"},
		{"a network twice", edit(func(r []ceiling.Recording) { r[3].Repeats = append(r[3].Repeats, r[3].Repeats...) }), "it answers the same each time"},
		{"flat", edit(func(r []ceiling.Recording) { r[0].Repeats = []*analysis.Responses{flat, flat} }), "S1 FFA"},
		{"other stimuli", edit(func(r []ceiling.Recording) {
			r[3].Repeats = []*analysis.Responses{answers(t, []int{1, 2, 99}, [][]float64{{1}, {2}, {3}})}
		}), "On the shared stimuli"},
		{"shown once", edit(func(r []ceiling.Recording) {
			r[0].Repeats = append(r[0].Repeats, answers(t, []int{77}, [][]float64{make([]float64, 8)}).Named("S1"))
		}), "S1 FFA was shown 1 of 17 stimuli once (test/077)"},
		{"published", second(given.OverStimuli(ctx, b, "FFA", "FFA")), "make them by Matrix"},
		{"published pair", second(given.Pair(ctx, b, 0, 1)), "make them by Matrix"},
		{"a pair with itself", second(p.Pair(ctx, b, 1, 1)), "is not known"},
		{"unknown region", second(p.OverPeople(ctx, b, "units", "EBA")), "there is no"},
		{"one person over people", second(alone.OverPeople(ctx, b, "units", "FFA")), "it takes two"},
		{"one person over stimuli", second(alone.OverStimuli(ctx, b, "units", "FFA")), "it takes two"},
		{"one draw", second(p.OverPeople(ctx, analysis.Bootstrap{Draws: 1}, "units", "FFA")), "at least 2"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.name, c.err, c.says)
		}
	}

	// A person whose repeats do not agree is left out by name, not silently.
	rng := rand.New(rand.NewPCG(8, 8))
	r := recorded(t, ref)
	for k := range r[1].Repeats {
		noise := mat.NewDense(16, 1, nil)
		for i := range 16 {
			noise.Set(i, 0, float64(k%2*2-1)*float64(i)+rng.NormFloat64())
		}
		r[1].Repeats[k] = must(analysis.NewResponses("S2", r[0].Repeats[0].Stimuli(), noise))(t)
	}
	q := must(ceiling.Matrix(r, tuning.New, compare))(t)
	in := must(q.OverStimuli(ctx, b, "FFA", "FFA"))(t)
	if q.Known(0, 1) || !errors.Is(q.Warnings[0], ceiling.ErrUnreliable) || len(in.Systems) != 2 || !strings.Contains(fmt.Sprint(in.Warnings), "S2 FFA is left out") {
		t.Errorf("pairs warn %v; intervals of %v warn %v", q.Warnings, in.Systems, in.Warnings)
	}
	// Regions of one person share noise, which a pair's interval says.
	r = recorded(t, ref)
	r[1].System = ceiling.System{Label: "S1 OFA", Person: "S1", Region: "OFA"}
	e := must(must(ceiling.Matrix(r, tuning.New, compare))(t).Pair(ctx, b, 0, 1))(t)
	if !strings.Contains(fmt.Sprint(e.Warnings), "of one person and share noise") {
		t.Errorf("%v", e.Warnings)
	}
}
