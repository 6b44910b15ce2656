package models

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
	"fusiform/internal/realdata"
	"fusiform/nbext/catalog"
)

// Over five seeds the units of untrained drawnets that a second set of
// controlled drawings, in another style, finds again are as many as chance has
// it for faces and bodies; in the trained one they are many times more. Not so
// for scenes: some 7 units of 256 prefer them in both styles, chance is 2,
// since equal amplitudes leave a horizon a horizon. Without shapes, the phases
// scrambled, all is chance, in the trained network as well.
func TestTwinsOfDrawnet(t *testing.T) {
	m := drawnet(t)
	halves := [2]analysis.Stimuli{drawings(t, drawn), drawings(t, drawn2)}
	rows, err := Twins{Layer: "relu_fc"}.Count(context.Background(), m, halves[0], halves[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		logTwins(t, r)
		if r.Region != "scenes" && !r.LikeChance() {
			t.Errorf("%s: untrained, %.1f units are found again [%.1f, %.1f], chance %.2f", r.Region, r.TwinReplicated, r.TwinLo, r.TwinHi, r.TwinChance)
		}
		if float64(r.Replicated) < 3*r.TwinHi || float64(r.Replicated) < 2*r.Chance {
			t.Errorf("%s: trained, %d units are found again; chance %.1f, untrained up to %.1f", r.Region, r.Replicated, r.Chance, r.TwinHi)
		}
		if r.Twins != 5 || len(r.TwinCounts) != 5 || r.Network != "drawnet" || r.Layer != "relu_fc" || r.Units != drawnetUnits {
			t.Errorf("%+v", r)
		}
	}
	scrambled, scrambled2 := drawn, drawn2
	scrambled.PhaseScrambled, scrambled2.PhaseScrambled = true, true
	nothing, err := Twins{Layer: "relu_fc"}.Count(context.Background(), m, drawings(t, scrambled), drawings(t, scrambled2))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range nothing {
		logTwins(t, r)
		if !r.LikeChance() || float64(r.Replicated) > 3+3*r.Chance {
			t.Errorf("%s: nothing is depicted, trained %d are found again (chance %.1f), untrained %.1f [%.1f, %.1f], chance %.2f", r.Region, r.Replicated, r.Chance, r.TwinReplicated, r.TwinLo, r.TwinHi, r.TwinChance)
		}
	}
	// The same by hand.
	u, err := Untrained(m, 3)
	if err != nil {
		t.Fatal(err)
	}
	a, b := at(t, u, halves[0], "relu_fc")["relu_fc"], at(t, u, halves[1], "relu_fc")["relu_fc"]
	want, err := localizer.TTest{MinT: 3}.Replicate(a, b, localizer.Domains...)
	if err != nil {
		t.Fatal(err)
	}
	for k, w := range want {
		if got := rows[k].TwinCounts[3]; got != w.Replicated {
			t.Errorf("%s, seed 3: %d, by hand %d", w.Region, got, w.Replicated)
		}
	}
}

func logTwins(t *testing.T, r TwinCount) {
	t.Helper()
	t.Logf("%s: trained %d found, %d again (chance %.1f); twins %.1f found, %.2f again [%.2f, %.2f] %v (chance %.2f)",
		r.Region, r.First, r.Replicated, r.Chance, r.TwinFirst, r.TwinReplicated, r.TwinLo, r.TwinHi, r.TwinCounts, r.TwinChance)
}

// Means and Student's interval from scipy 1.17.1 (stats.t.interval(.95, 4,
// mean, sem)), Garwood's from stats.chi2.ppf.
func TestCountInterval(t *testing.T) {
	for _, c := range []struct {
		counts       []int
		mean, lo, hi float64
	}{
		{[]int{0, 0, 0, 0, 0}, 0, 0, .737776},              // Garwood: chi2.ppf(.975, 2)/2/5
		{[]int{7, 0, 1, 0, 0}, 1.6, 0, 5.386566},           // Student
		{[]int{4, 4, 4, 4, 4}, 4, 2.443309, 6.177682},      // Garwood: 20 in all
		{[]int{10, 30, 20, 25, 15}, 20, 10.184, 29.816216}, // Student
	} {
		mean, lo, hi := countInterval(c.counts)
		if math.Abs(mean-c.mean) > 1e-9 || math.Abs(lo-c.lo) > 1e-3 || math.Abs(hi-c.hi) > 1e-3 {
			t.Errorf("%v: %v [%v, %v], want %v [%v, %v]", c.counts, mean, lo, hi, c.mean, c.lo, c.hi)
		}
	}
}

func TestTwinErrors(t *testing.T) {
	m := drawnet(t)
	u, err := Untrained(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := drawings(t, simulate.Drawings{Name: "a", PerCategory: 3, Seed: 1})
	b := drawings(t, simulate.Drawings{Name: "b", PerCategory: 3, Seed: 2})
	ctx := context.Background()
	ok := Twins{Layer: "relu_fc", Seeds: []uint64{1, 2}}
	for what, c := range map[string]struct {
		tw   Twins
		m    *Model
		b    analysis.Stimuli
		want string
	}{
		"one seed":     {Twins{Layer: "relu_fc", Seeds: []uint64{1}}, m, b, "at least two"},
		"a seed twice": {Twins{Layer: "relu_fc", Seeds: []uint64{1, 2, 1}}, m, b, "each once"},
		"untrained":    {ok, u, b, "untrained itself"},
		"no layer":     {Twins{Layer: "relu9"}, m, b, "no layer"},
		"bad cut":      {Twins{Layer: "relu_fc", MinT: -1}, m, b, "MinT"},
	} {
		if _, err := c.tw.Count(ctx, c.m, a, c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := ok.Count(ctx, m, a, a); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("the same images: %v", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ok.Count(ctx, m, a, b); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A real network, with a quarter of the images of fLoc, controlled.
func TestTwinsOfMobileNet(t *testing.T) {
	if testing.Short() {
		t.Skip("six networks on 264 photographs")
	}
	realdata.Folder(t, "models")
	s, err := catalog.Stimuli("floc")
	if err != nil {
		t.Fatal(err)
	}
	items := []analysis.Stimulus{}
	for i := 0; i < s.Len(); i += 4 {
		items = append(items, s.At(i))
	}
	if s, err = analysis.NewStimuli(items); err != nil {
		t.Fatal(err)
	}
	if s, err = (Controlled{}).Stimuli(s); err != nil {
		t.Fatal(err)
	}
	h, err := s.Halves()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Open("mobilenet_v2")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := Twins{Layer: "pool62"}.Count(context.Background(), m, h[0], h[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Logf("%+v", r)
		if !r.LikeChance() || float64(r.Replicated) < 10*max(1, r.TwinHi) || float64(r.Replicated) < 2*r.Chance {
			t.Errorf("%s: trained %d (chance %.1f), untrained %.2f [%.2f, %.2f] (chance %.2f)", r.Region, r.Replicated, r.Chance, r.TwinReplicated, r.TwinLo, r.TwinHi, r.TwinChance)
		}
	}
	if diff := cmp.Diff([]int{1280, 1280, 1280}, []int{rows[0].Units, rows[1].Units, rows[2].Units}); diff != "" {
		t.Error(diff)
	}
}
