package ceiling_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/tuning"
)

// Ceilings are Ceiling, OverPeople and OverStimuli side by side.
func TestCeilings(t *testing.T) {
	b := analysis.Bootstrap{Draws: 100, Seed: 4}
	p := must(ceiling.Matrix(t.Context(), recorded(t, loadRepeats(t)), tuning.New, tuning.Compare(analysis.Pearson)))(t)
	rows := must(p.Ceilings(t.Context(), b))(t)
	people, stimuli := must(p.OverPeople(t.Context(), b, "FFA", "FFA"))(t), must(p.OverStimuli(t.Context(), b, "FFA", "FFA"))(t)
	want := must(p.Ceiling("FFA"))(t)
	if len(rows) != 1 || rows[0].Region != "FFA" || rows[0].People != 3 || rows[0].Value != want.Lo ||
		rows[0].OverPeople.Lo != people.Ceiling.Lo || rows[0].OverPeople.Hi != people.Ceiling.Hi || rows[0].OverStimuli.Lo != stimuli.Ceiling.Lo {
		t.Errorf("%+v", rows)
	}
	if len(rows[0].Warnings) == 0 {
		t.Error("three people, and no warning")
	}
	if _, err := p.Ceilings(t.Context(), b, "EBA"); err == nil {
		t.Error("a region that nobody has: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Ceilings(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Published pairs have no stimuli to draw, and two people no interval over people.
	published := must(ceiling.NewPairs(p.Systems, analysis.Pearson, p.Values))(t)
	if rows := must(published.Ceilings(t.Context(), b, "FFA"))(t); rows[0].OverStimuli != nil || rows[0].OverPeople == nil || rows[0].Value != want.Lo {
		t.Errorf("published: %+v", rows)
	}
	two := must(ceiling.Matrix(t.Context(), recorded(t, loadRepeats(t))[:2], tuning.New, tuning.Compare(analysis.Pearson)))(t)
	if rows := must(two.Ceilings(t.Context(), b))(t); rows[0].OverPeople != nil || rows[0].OverStimuli == nil {
		t.Errorf("two people: %+v", rows)
	}
}

// The mean of LeftOut is the lower bound of the ceiling.
func TestLeftOut(t *testing.T) {
	s := stimuli(t, 5)
	people := []*tuning.Profile{profile("S1", s, []float64{1, 2, 3, 4, 6}), profile("S2", s, []float64{2, 1, 4, 3, 5}), profile("S3", s, []float64{0, 3, 1, 4, 2})}
	pearson := tuning.Compare(analysis.Pearson)
	scores := must(ceiling.LeftOut(people, tuning.Pool(analysis.Pearson), pearson))(t)
	bound := must(ceiling.LeaveOneOut(people, tuning.Pool(analysis.Pearson), pearson))(t)
	values := []float64{scores[0].Value, scores[1].Value, scores[2].Value}
	if math.Abs(stat.Mean(values, nil)-bound.Lo) > 1e-15 {
		t.Errorf("%v, mean should be %v", values, bound.Lo)
	}
	if _, err := ceiling.LeftOut(people[:1], tuning.Pool(analysis.Pearson), pearson); err == nil {
		t.Error("one person: no error")
	}
}
