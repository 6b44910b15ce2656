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
	uni := must(ceiling.Matrix(t.Context(), recorded(t, ref), tuning.New, tuning.Compare(analysis.Pearson)))(t)
	multi := must(ceiling.Matrix(t.Context(), recorded(t, ref), rdms, rsa.Compare(analysis.Pearson)))(t)
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
				return must(ceiling.Matrix(t.Context(), r, rdms, rsa.Compare(analysis.Pearson)))(t)
			}
			return must(ceiling.Matrix(t.Context(), r, tuning.New, tuning.Compare(analysis.Pearson)))(t)
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
	p := must(ceiling.Matrix(t.Context(), recorded(t, ref), rdms, rsa.Compare(analysis.Pearson)))(t)
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
		if d := cmp.Diff([]ceiling.Row{{Label: "net", Region: "units", Value: in.Values[0].Value, Lo: in.Values[0].Lo, Hi: in.Values[0].Hi, Gap: &in.Gaps[0]}}, in.Rows(), cmp.Comparer(func(a, b error) bool { return a.Error() == b.Error() })); d != "" {
			t.Error(d)
		}
		people := must(over(ctx, b, "FFA", "FFA"))(t)
		if rows := people.Rows(); len(rows) != 3 || rows[1].Label != "S2 FFA" || rows[1].Person != "S2" || rows[1].Hi != people.Values[1].Hi || rows[1].Gap != nil {
			t.Errorf("%+v", rows)
		}
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
	q := must(ceiling.Matrix(t.Context(), recorded(t, ref), rdms, rsa.Compare(&slow)))(t)
	a, c := must(p.OverStimuli(ctx, b, "units", "FFA"))(t), must(q.OverStimuli(ctx, b, "units", "FFA"))(t)
	near(t, "draw by draw", []float64{a.Gap.Lo, a.Gap.Hi, a.Gap.SE, a.Values[0].Lo}, []float64{c.Gap.Lo, c.Gap.Hi, c.Gap.SE, c.Values[0].Lo})
	x, y := must(p.Pair(ctx, b, 0, 3))(t), must(q.Pair(ctx, b, 3, 0))(t)
	near(t, "pair", []float64{x.Value, x.Lo, x.Hi}, []float64{y.Value, y.Lo, y.Hi})

	rank := must(ceiling.Matrix(t.Context(), recorded(t, ref), tuning.New, tuning.Compare(analysis.Spearman)))(t)
	if in := must(rank.OverStimuli(ctx, b, "units", "FFA"))(t); in.Gap.SE <= 0 {
		t.Errorf("Spearman: %+v", in)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ceiling.Matrix(stopped, recorded(t, ref), tuning.New, tuning.Compare(analysis.Pearson)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := p.OverStimuli(stopped, b, "units", "FFA"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := p.OverPeople(stopped, b, "units", "FFA"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRecord(t *testing.T) {
	ref := loadRepeats(t)
	var repeats []*analysis.Responses
	for _, x := range all(t, ref.Splits[2].Values) {
		repeats = append(repeats, x.Named("S1"))
	}
	f := &analysis.FROI{Source: "S1", Contrast: analysis.Contrast{Name: "faces"}, Keep: []bool{true, false, true}}
	r := must(ceiling.Record("S1", "FFA", f, repeats))(t)
	if d := cmp.Diff(ceiling.System{Label: "S1 FFA", Person: "S1", Region: "FFA"}, r.System); d != "" || len(r.Repeats) != len(repeats) {
		t.Errorf("%d repeats; %s", len(r.Repeats), d)
	}
	for k, in := range r.Repeats {
		if want := must(repeats[k].Within(f))(t); in.Source() != want.Source() || !mat.Equal(in.Matrix(), want.Matrix()) {
			t.Errorf("repeat %d is of %q", k+1, in.Source())
		}
	}
	net := *f
	net.Source = "net"
	if r := must(ceiling.Record("", "face units", &net, []*analysis.Responses{repeats[0].Named("net")}))(t); r.System != (ceiling.System{Label: "net", Region: "face units"}) {
		t.Errorf("network: %+v", r.System)
	}
	if _, err := ceiling.Record("S1", "FFA", f, nil); err == nil || !strings.Contains(err.Error(), "no repeats of S1 FFA") {
		t.Errorf("no repeats: %v", err)
	}
	circular := *f
	circular.DefinedOn = repeats[1].Stimuli()
	if _, err := ceiling.Record("S1", "FFA", &circular, repeats); !errors.Is(err, analysis.ErrCircular) || !strings.Contains(err.Error(), "repeat 1 of S1 FFA") {
		t.Errorf("circular: %v", err)
	}
	repeats[2] = repeats[2].Named("S2")
	var alignment *analysis.AlignmentError
	if _, err := ceiling.Record("S1", "FFA", f, repeats); !errors.As(err, &alignment) || !strings.Contains(err.Error(), "repeat 3 of S1 FFA") {
		t.Errorf("of another: %v", err)
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
		return second(ceiling.Matrix(t.Context(), r, tuning.New, compare))
	}
	flat := answers(t, nil, [][]float64{{1}, {1}, {1}})
	given := must(ceiling.NewPairs([]ceiling.System{{Label: "a", Person: "S1", Region: "FFA"}, {Label: "b", Person: "S2", Region: "FFA"}}, analysis.Pearson, mat.NewDense(2, 2, nil)))(t)
	p := must(ceiling.Matrix(t.Context(), recorded(t, ref), tuning.New, compare))(t)
	alone := must(ceiling.Matrix(t.Context(), recorded(t, ref)[2:], tuning.New, compare))(t)
	for _, c := range []struct {
		name string
		err  error
		says string
	}{
		{"nothing", second(ceiling.Matrix(t.Context(), nil, tuning.New, compare)), "at least 2 systems"},
		{"no responses", edit(func(r []ceiling.Recording) { r[1].Repeats = nil }), "S2 FFA has no responses"},
		{"one repeat", edit(func(r []ceiling.Recording) { r[1].Repeats = r[1].Repeats[:1] }), "S2 FFA has one repeat"},
		{"a network twice", edit(func(r []ceiling.Recording) { r[3].Repeats = append(r[3].Repeats, r[3].Repeats...) }), "so give one, or set Person"},
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
	q := must(ceiling.Matrix(t.Context(), r, tuning.New, compare))(t)
	in := must(q.OverStimuli(ctx, b, "FFA", "FFA"))(t)
	if q.Known(0, 1) || !errors.Is(q.Warnings[0], ceiling.ErrUnreliable) || len(in.Systems) != 2 || !strings.Contains(fmt.Sprint(in.Warnings), "S2 FFA is left out") {
		t.Errorf("pairs warn %v; intervals of %v warn %v", q.Warnings, in.Systems, in.Warnings)
	}
	// Regions of one person share noise, which a pair's interval says.
	r = recorded(t, ref)
	r[1].System = ceiling.System{Label: "S1 OFA", Person: "S1", Region: "OFA"}
	e := must(must(ceiling.Matrix(t.Context(), r, tuning.New, compare))(t).Pair(ctx, b, 0, 1))(t)
	if !strings.Contains(fmt.Sprint(e.Warnings), "of one person and share noise") {
		t.Errorf("%v", e.Warnings)
	}
}
