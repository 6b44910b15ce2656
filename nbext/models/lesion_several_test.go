package models

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/simulate"
)

// first draws the first units of a layer, and remembers what it was asked.
type first struct{ asked *[]string }

func (first) String() string { return "first" }

func (c first) Draw(x *analysis.Responses, f *analysis.FROI, _ *rand.Rand) ([]int, error) {
	*c.asked = append(*c.asked, x.Source()+" for "+f.Source)
	out := make([]int, f.Count())
	for i := range out {
		out[i] = i
	}
	return out, nil
}

// Lesions of two layers at once are those of LesionedAt; controls are drawn
// from each layer by itself, in number as there.
func TestLesionEffectsOfSeveralLayers(t *testing.T) {
	ctx := context.Background()
	m := drawnet(t)
	s := drawings(t, simulate.Drawings{Name: "new", Seed: 303, PerCategory: 4})
	other := drawings(t, simulate.Drawings{Name: "other", Seed: 7, PerCategory: 3})
	shape := at(t, m, other, "relu3")["relu3"]
	_, n := shape.Dims()
	var many []int
	for j := 0; j < n; j += 3 {
		many = append(many, j)
	}
	early, late := units(m, "relu3", n, many...), units(m, "relu_fc", drawnetUnits, 5, 6, 7, 40, 41, 90)
	top0 := func(m *Model) float64 { // the mean, over faces, of the output that was the largest
		was, now := at(t, drawnet(t), s, "logits")["logits"], at(t, m, s, "logits")["logits"]
		sum, count := 0., 0.
		for i := range s.Len() {
			if s.At(i).Category == "face" {
				sum, count = sum+now.Row(i)[top(was.Row(i))], count+1
			}
		}
		return sum / count
	}
	for what, mean := range map[string]analysis.Stimuli{"silent": {}, "mean": other} {
		lesions := []Lesion{{Layer: "relu_fc", FROI: late, MeanOver: mean}, {Layer: "relu3", FROI: early, MeanOver: mean}}
		var asked []string
		e := LesionEffects{Output: "logits", Tasks: []*Task{TopResponse}, Draws: 2, Controls: []encoding.Control{first{&asked}}}
		got, err := e.MeasureAt(ctx, m, s, lesions...)
		if err != nil {
			t.Fatal(err)
		}
		pair := []string{"drawnet/relu3 for drawnet/relu3", "drawnet/relu_fc for drawnet/relu_fc"}
		if want := append(pair, pair...); !slices.Equal(asked, want) {
			t.Errorf("%s: the control was asked for %q", what, asked)
		}
		l, err := LesionedAt(ctx, m, lesions...)
		if err != nil {
			t.Fatal(err)
		}
		drawn := slices.Clone(lesions)
		for i, d := range drawn {
			_, k := at(t, m, other, d.Layer)[d.Layer].Dims()
			cut := make([]int, d.FROI.Count())
			for j := range cut {
				cut[j] = j
			}
			drawn[i].FROI = units(m, d.Layer, k, cut...)
		}
		control, err := LesionedAt(ctx, m, drawn...)
		if err != nil {
			t.Fatal(err)
		}
		r := got.Rows[0]
		for _, c := range []struct {
			of        string
			got, want float64
		}{{"intact", r.Intact, top0(m)}, {"lesioned", r.Lesioned, top0(l)}, {"random", r.Random, top0(control)}} {
			if math.Abs(c.got-c.want) > 1e-4*max(1, math.Abs(c.want)) {
				t.Errorf("%s, %s: %v, of networks by themselves %v", what, c.of, c.got, c.want)
			}
		}
		if r.Category != "face" || r.Units != len(many)+6 || r.Of != n+drawnetUnits {
			t.Errorf("%+v", r)
		}
		slices.Reverse(lesions)
		again, err := e.MeasureAt(ctx, m, s, lesions...)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got.Rows, again.Rows); d != "" {
			t.Errorf("%s: the order of the lesions makes a difference: %s", what, d)
		}
	}
	// One lesion is what Measure does.
	e := LesionEffects{Output: "logits", Draws: 3}
	one, err := e.MeasureAt(ctx, m, s, Lesion{Layer: "relu_fc", FROI: late})
	if err != nil {
		t.Fatal(err)
	}
	e.Layer = "relu_fc"
	same, err := e.Measure(ctx, m, late, s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(same.Rows, one.Rows); d != "" {
		t.Error(d)
	}
	for what, f := range map[string]func() (*Effects, error){
		"MeasureAt has layers": func() (*Effects, error) { return e.MeasureAt(ctx, m, s, Lesion{Layer: "relu_fc", FROI: late}) },
		"no lesion":            func() (*Effects, error) { return LesionEffects{}.MeasureAt(ctx, m, s) },
		"two lesions": func() (*Effects, error) {
			return LesionEffects{}.MeasureAt(ctx, m, s, Lesion{Layer: "relu_fc", FROI: late}, Lesion{Layer: "relu_fc", FROI: late})
		},
		"does not reach": func() (*Effects, error) {
			return LesionEffects{Output: "relu3"}.MeasureAt(ctx, m, s, Lesion{Layer: "relu3", FROI: early}, Lesion{Layer: "relu_fc", FROI: late})
		},
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
