package models

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
)

func TestOpenAllAndReadOut(t *testing.T) {
	all, err := OpenAll("drawnet", "drawnet")
	if err != nil || len(all) != 2 || all[0].Name() != "drawnet" || all[0].Key() != all[1].Key() {
		t.Fatalf("%v, %v", all, err)
	}
	if _, err := OpenAll("drawnet", "drawnot"); err == nil || !strings.Contains(err.Error(), "drawnot") {
		t.Errorf("a name that nobody has: %v", err)
	}
	if _, err := OpenAll(); err == nil {
		t.Error("no names: no error")
	}
	networks, err := Twins{Seeds: []uint64{7}}.Networks(all[0])
	if err != nil {
		t.Fatal(err)
	}
	cut, err := Lesioned(networks[1], "relu_fc", &analysis.FROI{Source: networks[1].Name() + "/relu_fc", Contrast: localizer.Faces, Keep: append(make([]bool, drawnetUnits-1), true)})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Model{networks[0], networks[1], cut} {
		if layer, err := m.ReadOut(); err != nil || layer != "relu_fc" {
			t.Errorf("%s: %q, %v", m.Name(), layer, err)
		}
	}
	if _, err := open(t, smallNet()).ReadOut(); err == nil {
		t.Error("a network of no catalog says which layer to read")
	}
	if _, err := (Twins{}).Networks(networks[1]); err == nil || !strings.Contains(err.Error(), "untrained itself") {
		t.Errorf("twins of a twin: %v", err)
	}
	if _, err := (Twins{Seeds: []uint64{1, 1}}).Networks(all[0]); err == nil {
		t.Error("a seed twice: no error")
	}
}

// A survey counts what Replicate counts of each network and layer, and the
// second reads the sums that the first kept.
func TestTwinsSurvey(t *testing.T) {
	t.Setenv("FUSIFORM_CACHE", t.TempDir())
	m := drawnet(t)
	a := drawings(t, simulate.Drawings{Name: "a", PerCategory: 30, Seed: 1})
	b := drawings(t, simulate.Drawings{Name: "b", Style: simulate.Shaded, PerCategory: 30, Seed: 2})
	tw := Twins{Seeds: []uint64{4, 2}, MinT: 4, Contrasts: []analysis.Contrast{localizer.Faces, localizer.Scenes}}
	layers := []string{"relu_fc", "pool2"}
	ctx := context.Background()
	got, err := tw.Survey(ctx, m, layers, a, b)
	if err != nil {
		t.Fatal(err)
	}
	var want []localizer.Replication
	networks, err := tw.Networks(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		for _, layer := range layers {
			var r [2]*analysis.Responses
			for k, s := range []analysis.Stimuli{a, b} {
				if r[k], err = n.Responses(ctx, layer, s); err != nil {
					t.Fatal(err)
				}
			}
			rows, err := localizer.TTest{MinT: 4}.Replicate(r[0], r[1], tw.Contrasts...)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, rows...)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	again, err := tw.Survey(ctx, m, layers, a, b)
	if d := cmp.Diff(got, again); d != "" || err != nil {
		t.Error(d, err)
	}
	tw.Layer = "relu_fc"
	one, err := tw.Survey(ctx, m, nil, a, b)
	if d := cmp.Diff(got[:2], one[:2]); d != "" || err != nil || len(one) != 6 {
		t.Error(d, err)
	}
	if _, err := tw.Survey(ctx, m, layers, a, a); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("the same images: %v", err)
	}
	var unknown *UnknownLayerError
	if _, err := tw.Survey(ctx, m, []string{"pool9"}, a, b); !errors.As(err, &unknown) {
		t.Errorf("no such layer: %v", err)
	}
}

// TwinCounts of a survey are Count, and rows that do not belong together are
// refused.
func TestTwinCounts(t *testing.T) {
	t.Setenv("FUSIFORM_CACHE", t.TempDir())
	m := drawnet(t)
	a := drawings(t, simulate.Drawings{Name: "a", PerCategory: 20, Seed: 1})
	b := drawings(t, simulate.Drawings{Name: "b", Style: simulate.Shaded, PerCategory: 20, Seed: 2})
	tw := Twins{Layer: "relu_fc", Seeds: []uint64{4, 2, 11}, MinT: 2}
	rows, err := tw.Survey(context.Background(), m, []string{"pool3", "relu_fc"}, a, b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := TwinCounts(rows)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tw.Count(context.Background(), m, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 6 || got[0].Layer != "pool3" || got[0].Units != 512 {
		t.Errorf("%+v", got)
	}
	if d := cmp.Diff(want, got[3:]); d != "" {
		t.Error(d)
	}
	for what, rows := range map[string][]localizer.Replication{
		"no twins":        rows[:6],
		"one twin":        rows[:12],
		"no trained":      rows[6:],
		"a row less":      rows[:len(rows)-1],
		"another network": append(rows[:len(rows):len(rows)], localizer.Replication{Source: "other/fc", Region: "faces"}),
		"none":            nil,
	} {
		if got, err := TwinCounts(rows); err == nil {
			t.Errorf("%s: %+v", what, got)
		}
	}
}
