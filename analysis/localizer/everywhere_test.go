package localizer_test

import (
	"context"
	"errors"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/localizer"

	"github.com/google/go-cmp/cmp"
)

func TestEverywhere(t *testing.T) {
	l := localizer.TTest{MinT: 3}
	people := []*analysis.Responses{person(t, "S1", "a", 3), person(t, "S2", "a", 2)}
	got, err := localizer.Everywhere(l, people, localizer.Faces, localizer.Objects)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Source, Region string
		Count          int
	}
	var rows []row
	for _, f := range got {
		rows = append(rows, row{f.Source, f.Contrast.Name, f.Count()})
	}
	if d := cmp.Diff([]row{{"S1", "faces", 3}, {"S1", "objects", 0}, {"S2", "faces", 2}, {"S2", "objects", 0}}, rows); d != "" {
		t.Error(d)
	}
	var category *analysis.CategoryError
	if _, err := localizer.Everywhere(l, people, localizer.Scenes); !errors.As(err, &category) {
		t.Errorf("no such category: %v", err)
	}
	for _, f := range []func() ([]*analysis.FROI, error){
		func() ([]*analysis.FROI, error) { return localizer.Everywhere(l, nil, localizer.Faces) },
		func() ([]*analysis.FROI, error) { return localizer.Everywhere(l, people) },
	} {
		if _, err := f(); err == nil {
			t.Error("nothing to do, and no error")
		}
	}
}

// Sources are found by name: their order does not matter.
func TestReplicateAll(t *testing.T) {
	l := localizer.TTest{MinT: 3}
	a, b := person(t, "A", "a", 3), person(t, "B", "a", 1)
	a2, b2, c2 := person(t, "A", "b", 2), person(t, "B", "b", 1), person(t, "C", "b", 1)
	got, err := localizer.ReplicateAll(l, []*analysis.Responses{a, b}, []*analysis.Responses{c2, b2, a2}, localizer.Faces)
	if err != nil {
		t.Fatal(err)
	}
	want := []localizer.Replication{
		{Source: "A", Region: "faces", Channels: 4, First: 3, Second: 2, Replicated: 2, Chance: 1.5},
		{Source: "B", Region: "faces", Channels: 4, First: 1, Second: 1, Replicated: 1, Chance: .25},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var align *analysis.AlignmentError
	for what, second := range map[string][]*analysis.Responses{"missing": {a2}, "twice": {a2, b2, a2}} {
		if _, err := localizer.ReplicateAll(l, []*analysis.Responses{a, b}, second, localizer.Faces); !errors.As(err, &align) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := localizer.ReplicateAll(l, []*analysis.Responses{a}, []*analysis.Responses{a}, localizer.Faces); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("the same images: %v", err)
	}
	if _, err := localizer.ReplicateAll(l, nil, nil, localizer.Faces); err == nil {
		t.Error("no source: no error")
	}
}

// A trial is what its rule finds; the score is the caller's.
func TestTry(t *testing.T) {
	define, measure := person(t, "net", "a", 3), person(t, "net", "b", 3)
	rules := []localizer.Localizer{localizer.TTest{MinT: 3}, localizer.RankSum{MinAUC: .9}, localizer.TopFraction{Count: 1}, localizer.TTest{MinT: 1e9}}
	asked := 0
	score := func(r *analysis.Responses) (analysis.Score, error) {
		asked++
		_, channels := r.Dims()
		return analysis.Score{Measure: analysis.Pearson, Value: float64(channels)}, nil
	}
	got, err := localizer.Try(t.Context(), rules, localizer.Faces, define, measure, score)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range rules {
		f, err := l.Localize(define, localizer.Faces)
		if err != nil {
			t.Fatal(err)
		}
		g := got[i]
		o, err := localizer.Compare(got[0].FROI, f)
		if err != nil {
			t.Fatal(err)
		}
		if g.Rule != f.Rule || g.Count != f.Count() || g.Empty != (f.Count() == 0) || g.Fraction != float64(f.Count())/4 || g.Both != o.Both || g.Jaccard != o.Jaccard {
			t.Errorf("%s: %+v", f.Rule, g)
		}
		if d := cmp.Diff(f.Keep, g.FROI.Keep); d != "" {
			t.Error(d)
		}
		if g.Empty != (g.Score == nil) || g.Score != nil && g.Score.Value != float64(g.Count) {
			t.Errorf("%s: score %v of %d channels", g.Rule, g.Score, g.Count)
		}
	}
	if got[0].Jaccard != 1 || got[3].Count != 0 || asked != 3 {
		t.Errorf("%+v, %d scores", got, asked)
	}
	if _, err := localizer.Try(t.Context(), rules, localizer.Faces, define, define, score); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("the same images: %v", err)
	}
	refused := errors.New("refused")
	if _, err := localizer.Try(t.Context(), rules, localizer.Faces, define, measure, func(*analysis.Responses) (analysis.Score, error) { return analysis.Score{}, refused }); !errors.Is(err, refused) {
		t.Errorf("a score that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := localizer.Try(ctx, rules, localizer.Faces, define, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := localizer.Try(t.Context(), nil, localizer.Faces, define, nil, nil); err == nil {
		t.Error("no rules: no error")
	}
	if _, err := localizer.Try(t.Context(), rules, localizer.Faces, define, nil, score); err == nil {
		t.Error("nothing to score: no error")
	}
	if counts, err := localizer.Try(t.Context(), rules, localizer.Faces, define, nil, nil); err != nil || counts[0].Count != got[0].Count || counts[0].Score != nil {
		t.Errorf("%+v, %v", counts, err)
	}
}

// A sweep of several sources is that of each, whatever the order of the others.
func TestSweepAll(t *testing.T) {
	a, b := person(t, "A", "a", 3), person(t, "B", "a", 1)
	a2, b2 := person(t, "A", "b", 3), person(t, "B", "b", 1)
	score := func(r *analysis.Responses) (analysis.Score, error) {
		return analysis.Score{Measure: analysis.Pearson, Value: r.Matrix().At(0, 0)}, nil
	}
	got, err := localizer.Sweep{}.All(t.Context(), localizer.Faces, []*analysis.Responses{a, b}, []*analysis.Responses{b2, a2}, score)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range [][2]*analysis.Responses{{a, a2}, {b, b2}} {
		want, err := localizer.Sweep{}.Steps(t.Context(), localizer.Faces, p[0], p[1], score)
		if err != nil {
			t.Fatal(err)
		}
		for k, w := range want {
			g := got[i][k]
			if g.Cut != w.Cut || g.Count != w.Count || (g.Score == nil) != (w.Score == nil) || w.Score != nil && g.Score.Value != w.Score.Value || g.FROI.Source != w.FROI.Source {
				t.Errorf("source %d, step %d: %+v, want %+v", i, k, g, w)
			}
		}
	}
	if counts, err := (localizer.Sweep{}).All(t.Context(), localizer.Faces, []*analysis.Responses{a}, nil, nil); err != nil || counts[0][0].Count != got[0][0].Count {
		t.Errorf("counts alone: %v", err)
	}
	var align *analysis.AlignmentError
	if _, err := (localizer.Sweep{}).All(t.Context(), localizer.Faces, []*analysis.Responses{a, b}, []*analysis.Responses{a2}, score); !errors.As(err, &align) {
		t.Errorf("a source is missing: %v", err)
	}
	if _, err := (localizer.Sweep{}).All(t.Context(), localizer.Faces, nil, nil, nil); err == nil {
		t.Error("no source: no error")
	}
}

func TestCounts(t *testing.T) {
	f, err := localizer.TTest{MinT: 3}.LocalizeAll(person(t, "S1", "a", 3), localizer.Faces, localizer.Objects)
	if err != nil {
		t.Fatal(err)
	}
	want := []localizer.Count{
		{Source: "S1", Region: "faces", Rule: f[0].Rule, Channels: 4, Selected: 3, Percent: 75},
		{Source: "S1", Region: "objects", Rule: f[1].Rule, Channels: 4},
	}
	if d := cmp.Diff(want, localizer.Counts(f)); d != "" {
		t.Error(d)
	}
	if got := localizer.Counts([]*analysis.FROI{{}}); got[0].Percent != 0 {
		t.Errorf("%+v", got)
	}
}
