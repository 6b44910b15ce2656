package models

import (
	"context"
	"os"
	"strconv"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/localizer"
	"fusiform/internal/realdata"
	"fusiform/nbext/catalog"
)

func logEffects(t *testing.T, rows []analysis.LesionEffect) {
	t.Helper()
	for _, r := range rows {
		t.Logf("%s | %s | n %d | units %d | chance %.3f | intact %.3f | lesioned %.3f | %s %.3f [%.3f, %.3f] | p %.3f q %.3f",
			r.Task, r.Category, r.Images, r.Units, r.Chance, r.Intact, r.Lesioned, r.Control, r.Random, r.RandomLo, r.RandomHi, r.P, r.Q)
	}
}

// halves are the two halves of fLoc, of the second only some categories.
func halves(t *testing.T, names ...string) (a, b analysis.Stimuli) {
	t.Helper()
	realdata.Folder(t, "models")
	s, err := catalog.Stimuli("floc")
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Halves()
	if err != nil {
		t.Fatal(err)
	}
	if b = h[1]; names != nil {
		if b, err = b.Only(names...); err != nil {
			t.Fatal(err)
		}
	}
	return h[0], b
}

// Of a classifier that never learnt faces as such (ImageNet has no class for
// them), the units for faces are needed most for what it says of people:
// adults, children and bodies are hurt in both tasks, against both controls; cars,
// houses, corridors, instruments, words and numbers in none.
func TestLesionEffectsOfAClassifier(t *testing.T) {
	a, b := halves(t)
	m, err := Open("mobilenet_v2")
	if err != nil {
		t.Fatal(err)
	}
	f, err := localizer.TTest{MinT: 7}.Localize(at(t, m, a, "pool62")["pool62"], localizer.Faces)
	if err != nil {
		t.Fatal(err)
	}
	got, err := LesionEffects{Layer: "pool62", Tasks: []*Task{TopResponse, Resemblance}, Draws: 99, Subcategories: true}.Measure(context.Background(), m, f, b)
	if err != nil {
		t.Fatal(err)
	}
	logEffects(t, got.Rows)
	hurt := map[string]int{}
	for _, r := range got.Hurt(.05) {
		hurt[r.Category]++
	}
	for _, c := range []string{"adult", "child"} {
		if hurt[c] != 4 {
			t.Errorf("%s are hurt in %d of 2 tasks × 2 controls", c, hurt[c])
		}
	}
	for _, c := range []string{"car", "house", "corridor", "instrument", "word"} {
		if hurt[c] > 0 {
			t.Errorf("%s are hurt in %d of 2 tasks × 2 controls", c, hurt[c])
		}
	}
}

// The face network, one layer lesioned. Its units for faces are not those by which it tells faces
// apart: without them (37 of 256), it identifies other faces no worse than
// without random ones, rather better (77 % against 74 %). Without as many
// units that individuate faces, 4 of them the same, it identifies faces worse
// (71 %): p = .05 against lesions matched in number, .01 against those matched
// in effect size. Measured once with 48 houses and 48 cars beside them, these
// lose no more than by random lesions (p from .15), but the difference
// between faces and them is not significant (p = .14 and .06).
//
// fLoc in an oval, so that only the face can tell who it is. Units are found in
// one half of the images, their lesion is tried on the other. That face units
// do not help holds without the oval, too, and was seen in a quarter of the
// images for eleven layers and t > 3, 5, 7.
func TestFaceUnitsOfTheFaceNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("some 2100 images through face_resnet")
	}
	a, b := halves(t, "face")
	a, err := a.Only("face", "body", "scene", "object")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Open("face_resnet")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*analysis.Stimuli{&a, &b} {
		if *s, err = Oval(*s); err != nil {
			t.Fatal(err)
		}
	}
	selective, err := localizer.TTest{MinT: 5}.Localize(at(t, m, a, "gap")["gap"], localizer.Faces)
	if err != nil {
		t.Fatal(err)
	}
	faces, err := a.Only("face")
	if err != nil {
		t.Fatal(err)
	}
	individuating, err := Individuating{Layer: "gap", Units: selective.Count()}.Localize(context.Background(), m, faces)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*analysis.FROI{selective, individuating} {
		got, err := LesionEffects{Layer: "gap", Tasks: []*Task{Identify}}.Measure(context.Background(), m, f, b)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d units; %v", f.Contrast.Name, f.Count(), got.Warnings)
		logEffects(t, got.Rows)
		for _, r := range got.Rows {
			switch {
			case r.Category != "face":
			case f == selective && (r.P < .5 || r.Lesioned < r.Intact):
				t.Errorf("without its face units it is worse: %+v", r)
			case f == individuating && (r.P > .1 || r.Control == (encoding.MatchedEffect{}).String() && r.P > .02):
				t.Errorf("without individuating units it is no worse: %+v", r)
			}
		}
	}
}

// The face network, all layers lesioned at once: every unit after a ReLU whose
// t for faces against all else in fLoc is above 7, a rule that was fixed before
// the result was seen. Without these 3862 of 622 272 units it identifies 65.8 %
// of the faces; intact 74.6 %, without as many random units of each layer 71.0 %
// (39 draws: 65.8 to 75.2 % in 95 of 100), p = .05: one draw did as badly; with 99
// draws 71.3 % (67.1 to 75.3), p = .02. A draw takes some four seconds on two idle
// cores, so FUSIFORM_LESION_DRAWS says how many.
func TestAllFaceUnitsOfTheFaceNetwork(t *testing.T) {
	draws, err := strconv.Atoi(os.Getenv("FUSIFORM_LESION_DRAWS"))
	if err != nil {
		t.Skip("FUSIFORM_LESION_DRAWS gives no number of random lesions, of some ten seconds each")
	}
	a, b := halves(t, "face")
	m, err := Open("face_resnet")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*analysis.Stimuli{&a, &b} {
		if *s, err = Oval(*s); err != nil {
			t.Fatal(err)
		}
	}
	all, err := m.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var lesions []Lesion
	for _, l := range all {
		if l.Op != "Relu" {
			continue
		}
		f, err := localizer.TTest{MinT: 7}.Localize(at(t, m, a, l.Name)[l.Name], localizer.Faces)
		if err != nil {
			t.Fatal(err)
		}
		if f.Count() > 0 {
			lesions = append(lesions, Lesion{Layer: l.Name, FROI: f})
		}
	}
	e := LesionEffects{Tasks: []*Task{Identify}, Draws: draws, Controls: []encoding.Control{encoding.MatchedNumber{}}}
	got, err := e.MeasureAt(context.Background(), m, b, lesions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d layers", len(lesions))
	logEffects(t, got.Rows)
	if r := got.Rows[0]; r.Lesioned > r.Intact-.05 || r.Lesioned > r.Random-.02 {
		t.Errorf("without its face units it is no worse: %+v", r)
	}
}
