package localizer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// cellsOf are responses to five domains of two subcategories and to scrambled
// images.
func cellsOf(t *testing.T) *analysis.Responses {
	t.Helper()
	var items []analysis.Stimulus
	for i := range 220 {
		k := i % 11
		domain := []string{"face", "body", "scene", "object", "character", analysis.Scrambled}[k/2]
		items = append(items, analysis.Stimulus{ID: fmt.Sprint(i), Category: domain, Subcategory: fmt.Sprint("kind", k)})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 5))
	v := mat.NewDense(len(items), 1500, nil)
	v.Apply(func(i, j int, _ float64) float64 {
		if j%100 == 0 {
			return 3
		}
		return 5 + rng.NormFloat64() + float64((i*j)%11)/5
	}, v)
	r, err := analysis.NewResponses("net/layer", s, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCells: as few cells as contrasts tell apart, and fROIs from their
// moments as from the responses.
func TestCells(t *testing.T) {
	r := cellsOf(t)
	s := r.Stimuli()
	kind := analysis.Contrast{Name: "kind0", Prefer: []string{"kind0"}, Over: []string{"kind1", "body"}}
	for _, c := range []struct {
		l         MomentLocalizer
		contrasts []analysis.Contrast
		cells     int
		left      int // stimuli in no cell
	}{
		{TTest{}, []analysis.Contrast{Faces}, 2, 20},
		{TTest{}, []analysis.Contrast{Faces, Scenes}, 3, 20},
		{DPrime{}, []analysis.Contrast{Faces, Bodies, Scenes, Objects, Characters}, 5, 20},
		{TTest{Conjunction: true}, []analysis.Contrast{Faces}, 5, 20},
		{RatioRule{Min: 1.01}, []analysis.Contrast{Faces, Scenes}, 5, 20},
		{TopFraction{By: TTest{Conjunction: true}}, []analysis.Contrast{Faces}, 5, 20},
		{TTest{}, []analysis.Contrast{kind}, 2, 140},
		{TTest{Conjunction: true}, []analysis.Contrast{kind}, 3, 140},
		{TTest{}, []analysis.Contrast{kind, Faces}, 4, 20},
	} {
		cell, n, err := Cells(c.l, s, c.contrasts...)
		if err != nil {
			t.Fatal(err)
		}
		left := 0
		for _, k := range cell {
			if k < 0 {
				left++
			}
		}
		if n != c.cells || left != c.left || cell[0] != 0 {
			t.Errorf("%+v: %d cells, %d stimuli in none; want %d, %d", c.l, n, left, c.cells, c.left)
		}
		of := make([]moments, n)
		for k := range of {
			of[k] = newMoments(1500)
			for i, x := range cell {
				if x == k {
					update(&of[k], r.Row(i))
				}
			}
		}
		got, err := LocalizeCells(c.l, "net/layer", 1500, s, cell, func(k, lo, hi int, mean, m2 []float64) {
			copy(mean, of[k].mean[lo:hi])
			copy(m2, of[k].m2[lo:hi])
		}, c.contrasts...)
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.l.LocalizeAll(r, c.contrasts...)
		if err != nil {
			t.Fatal(err)
		}
		counted, err := SurveyCells(c.l, "net/layer", 1500, s, cell, func(k, lo, hi int, mean, m2 []float64) {
			copy(mean, of[k].mean[lo:hi])
			copy(m2, of[k].m2[lo:hi])
		}, c.contrasts...)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range got {
			if g := counted[i]; f.Dead != g.Dead || f.Rule != g.Rule || !slices.Equal(f.Keep, g.Keep) || !slices.Equal(f.Stat, g.Stat) {
				t.Errorf("counted: %q, %d dead, %d kept; want %q, %d, %d", g.Rule, g.Dead, g.Count(), f.Rule, f.Dead, f.Count())
			}
		}
		for i, f := range want {
			g := got[i]
			if f.Source != g.Source || f.Rule != g.Rule || f.Dead != g.Dead || !f.DefinedOn.Same(g.DefinedOn) || !slices.Equal(f.Keep, g.Keep) {
				t.Errorf("%q, %d dead, %d kept; want %q, %d, %d", g.Rule, g.Dead, g.Count(), f.Rule, f.Dead, f.Count())
			}
			for j, x := range f.Stat {
				if relative(x, g.Stat[j]) > 1e-10 {
					t.Fatalf("%s, channel %d: %v, want %v", f.Rule, j, g.Stat[j], x)
				}
			}
		}
	}
	if _, _, err := Cells(TTest{}, s, analysis.Contrast{Name: "cars", Prefer: []string{"car"}}); err == nil {
		t.Error("an unknown category: no error")
	}
	if _, _, err := Cells(TopFraction{By: RankSum{}}, s, Faces); err == nil {
		t.Error("ranks: no error")
	}
	if _, err := LocalizeCells(TTest{}, "net", 3, s, nil, nil, Faces); err == nil {
		t.Error("no cells: no error")
	}
}
