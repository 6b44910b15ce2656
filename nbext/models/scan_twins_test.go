package models

import (
	"context"
	"math"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// Twins are scanned as the network is: without training, and with units
// silenced, which everything after them feels and nothing before.
func TestScanTwins(t *testing.T) {
	m, s := drawnet(t), drawings(t, drawn)
	sc := Scan{Localizer: localizer.TTest{MinT: 3}, Contrasts: scanContrasts, Tensors: true, Folder: t.TempDir(), Keep: true}
	whole := scanned(t, sc, m, s)

	untrained, err := Untrained(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := scanned(t, sc, untrained, s)
	likeMemory(t, untrained, sc, r, r.Layers, s, 1e-9)
	if r.Resumed != 0 || r.Model == whole.Model {
		t.Errorf("%q took %d images of %q", r.Model, r.Resumed, whole.Model)
	}

	f, err := whole.FROI("relu2", localizer.Faces.Name)
	if err != nil {
		t.Fatal(err)
	}
	lesioned, err := Lesioned(m, "relu2", f)
	if err != nil {
		t.Fatal(err)
	}
	r = scanned(t, sc, lesioned, s)
	likeMemory(t, lesioned, sc, r, r.Layers, s, 1e-9)
	if r.Resumed != 0 {
		t.Errorf("the lesioned twin took %d images of the whole network", r.Resumed)
	}
	for _, c := range scanContrasts {
		g, h := froiOf(t, whole, Layer{Name: "pool1"}, c), froiOf(t, r, Layer{Name: "pool1"}, c)
		for j, x := range g.Stat {
			if y := h.Stat[j]; math.Abs(x-y) > 1e-4*max(1, math.Abs(x)) {
				t.Fatalf("before the lesion, unit %d: t %v, %v without", j, y, x)
			}
		}
	}
	silent, err := r.FROI("relu2", localizer.Faces.Name)
	if err != nil {
		t.Fatal(err)
	}
	for j, keep := range f.Keep {
		if keep && silent.Stat[j] != 0 {
			t.Fatalf("the silenced unit %d has t %v", j, silent.Stat[j])
		}
	}
	later := froiOf(t, r, Layer{Name: "relu_fc"}, localizer.Faces)
	if before := froiOf(t, whole, Layer{Name: "relu_fc"}, localizer.Faces); later.Count() >= before.Count() {
		t.Errorf("%d face units after the lesion, %d before", later.Count(), before.Count())
	}
}

// What a layer answers depends, in its last digits, on which layers are asked
// for beside it: the engine begins a product with the bias where nobody asks
// for the product by itself, and adds it at the end where somebody does, and
// float32 rounds each step. So the same layers asked for give the same t to
// the rounding of float64, and others, where later layers subtract large
// numbers from each other, a few 1e-4.
func TestScanCompany(t *testing.T) {
	m, err := Open("vit_s14_dinov2")
	if err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("several seconds of a large network")
	}
	s := flocFew(t, 1)
	sc := Scan{Localizer: localizer.TTest{}, Contrasts: []analysis.Contrast{{Name: "people", Prefer: []string{"face", "body"}}}}
	all, err := m.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var key []Layer
	for _, name := range []string{"block05.key.mm", "block05.key", "block05.key.t"} {
		l, err := m.find(all, name)
		if err != nil {
			t.Fatal(err)
		}
		key = append(key, l)
	}
	last := key[2:]
	sc.Layers = []string{last[0].Name}
	likeMemory(t, m, sc, scanned(t, sc, m, s), last, s, 1e-9)
	sc.Layers = []string{key[0].Name, key[1].Name, key[2].Name}
	together := scanned(t, sc, m, s)
	likeMemory(t, m, sc, together, key, s, 1e-9)
	alone, err := m.Responses(context.Background(), last[0].Name, s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := sc.Localizer.Localize(alone, sc.Contrasts[0])
	if err != nil {
		t.Fatal(err)
	}
	g, worst := froiOf(t, together, last[0], sc.Contrasts[0]), 0.0
	for j, x := range f.Stat {
		worst = max(worst, math.Abs(x-g.Stat[j])/max(1, math.Abs(x)))
	}
	t.Logf("in other company t differs by %.2g", worst)
	if worst == 0 || worst > 1e-3 {
		t.Errorf("in other company t differs by %.2g, expected some 1e-4", worst)
	}
}
