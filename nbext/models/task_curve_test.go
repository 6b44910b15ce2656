package models

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/simulate"
)

// Lesions of drawnet's face units that grow: the most selective go first, the
// last is Measure's, and faces suffer more with every step.
func TestLesionCurveOfDrawnet(t *testing.T) {
	m := drawnet(t)
	f := faceUnits(t, m)
	s := drawings(t, simulate.Drawings{Name: "new", Seed: 303, PerCategory: 24})
	e := LesionEffects{Layer: "relu_fc", Output: "logits", Tasks: []*Task{Accuracy(drawnetCategories...)}, Draws: 19}
	var last, of int
	ctx := analysis.WithProgress(context.Background(), func(done, total int) {
		if done < last {
			t.Errorf("progress falls from %d to %d", last, done)
		}
		last, of = done, total
	})
	got, err := e.Curve(ctx, m, f, s, 1, .25, .5, .25)
	if err != nil {
		t.Fatal(err)
	}
	if last != of || of == 0 {
		t.Errorf("progress ends at %d of %d", last, of)
	}
	n := f.Count()
	whole, err := e.Measure(context.Background(), m, f, s)
	if err != nil {
		t.Fatal(err)
	}
	per := len(whole.Rows)
	if len(got.Rows) != 3*per {
		t.Fatalf("%d rows, want %d for each of 3 sizes", len(got.Rows), per)
	}
	if d := cmp.Diff(whole.Rows, got.Rows[2*per:]); d != "" || !slices.Equal(whole.Draws(0), got.Draws(2*per)) {
		t.Errorf("the whole lesion differs from Measure: %s", d)
	}
	face := 2.
	for k, want := range []int{int(math.Round(.25 * float64(n))), int(math.Round(.5 * float64(n))), n} {
		r := got.Rows[k*per]
		if r.Units != want || r.Of != len(f.Keep) || r.Category != "face" {
			t.Errorf("lesion %d: %+v, want %d units", k, r, want)
		}
		if r.Lesioned > face {
			t.Errorf("faces: %v after %v with fewer units lesioned", r.Lesioned, face)
		}
		face = r.Lesioned
		t.Logf("%d of %d units: %.2f, random %.2f", r.Units, n, r.Lesioned, r.Random)
	}
	// A second route: the fROI of a higher threshold is the most selective part.
	stats := []float64{}
	for _, u := range f.Channels() {
		stats = append(stats, f.Stat[u])
	}
	slices.Sort(stats)
	slices.Reverse(stats)
	part := *f
	part.Keep = make([]bool, len(f.Keep))
	for u, v := range f.Stat {
		part.Keep[u] = f.Keep[u] && v >= stats[int(math.Round(.25*float64(n)))-1]
	}
	quarter, err := e.Measure(context.Background(), m, &part, s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(quarter.Rows, got.Rows[:per]); d != "" {
		t.Errorf("the first quarter: %s", d)
	}
}

func TestLesionCurveErrors(t *testing.T) {
	m := drawnet(t)
	f := faceUnits(t, m)
	s := drawings(t, simulate.Drawings{Name: "new", Seed: 303, PerCategory: 2})
	bare, none := *f, *f
	bare.Stat, none.Keep = nil, make([]bool, len(f.Keep))
	e := LesionEffects{Layer: "relu_fc", Output: "logits", Draws: 2}
	for name, c := range map[string]struct {
		f      *analysis.FROI
		shares []float64
		want   string
	}{
		"nil":      {nil, nil, "no fROI"},
		"empty":    {&none, nil, "no units to lesion"},
		"no stat":  {&bare, nil, "0 statistics for"},
		"none":     {f, []float64{0}, "a lesion of 0"},
		"more":     {f, []float64{1.1}, "a lesion of 1.1"},
		"not any":  {f, []float64{math.NaN()}, "a lesion of NaN"},
		"no layer": {f, []float64{1}, "nowhere"},
	} {
		g := e
		if name == "no layer" {
			g.Layer = "nowhere"
		}
		if _, err := g.Curve(context.Background(), m, c.f, s, c.shares...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Curve(ctx, m, f, s); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
