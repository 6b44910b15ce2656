package models

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
)

// Scores of answers so few that they can be counted by hand.
func TestTasks(t *testing.T) {
	intact := mat.NewDense(4, 3, []float64{3, 1, 0, 0, 2, 1, 0, 0, 5, 1, 4, 2})
	now := mat.NewDense(4, 3, []float64{1, 3, 0, 0, 2, 1, 5, 0, 0, 0, 0, 0})
	a := Answers{Category: "b", Intact: []*mat.Dense{intact}, Now: []*mat.Dense{now}}
	gallery := mat.NewDense(3, 2, []float64{0, 0, 1, 0, 5, 5})
	same := mat.NewDense(3, 2, nil)
	views := func(v ...[]float64) (out []*mat.Dense) {
		out = append(out, gallery)
		for _, x := range v {
			out = append(out, mat.NewDense(3, 2, x))
		}
		return out
	}
	for _, c := range []struct {
		what string
		task *Task
		a    Answers
		want float64
	}{
		{"the first of the equal counts as the largest", SameTop, a, 1. / 4},
		{"1 + 2 + 0 + 0", TopResponse, a, 3. / 4},
		{"6/10, 1, 0, 0", Resemblance, a, (.6 + 1) / 4},
		{"the second output is largest in two", Accuracy("a", "b", "c"), a, 2. / 4},
		{"all found", Identify, Answers{Now: views([]float64{.1, 0, .9, 0, 4, 9})}, 1},
		{"two found of each", Identify, Answers{Now: views([]float64{.9, 0, .9, 0, 4, 9}, []float64{.4, 0, 4, 4, 9, 9})}, 4. / 6},
		{"half-way between two", Identify, Answers{Now: views([]float64{.5, 0, .5, 0, 5, 5})}, 2. / 3},
		{"all the same", Identify, Answers{Now: []*mat.Dense{same, same}}, 1. / 3},
	} {
		got, err := c.task.Score(c.a)
		if err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s, %s: %v (%v), want %v", c.task.Name, c.what, got, err, c.want)
		}
	}
	for what, f := range map[string]func() (float64, error){
		"another category": func() (float64, error) { return Accuracy("a", "c", "d").Score(a) },
		"fewer outputs":    func() (float64, error) { return Accuracy("a", "b").Score(a) },
		"no views":         func() (float64, error) { return Identify.Score(a) },
	} {
		if _, err := f(); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestViews(t *testing.T) {
	rng := func() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }
	whole := image.NewNRGBA(image.Rect(0, 0, 50, 40))
	for i := range whole.Pix {
		whole.Pix[i] = uint8(i * i / 7)
		if i%4 == 3 {
			whole.Pix[i] = 255
		}
	}
	img := whole.SubImage(image.Rect(7, 5, 47, 35)) // bounds that do not begin at 0
	grey := image.NewGray(image.Rect(3, 3, 23, 23))
	for i := range grey.Pix {
		grey.Pix[i] = uint8(13 * i)
	}
	for _, v := range Views {
		a, b := v.Change(img, rng()), v.Change(img, rng())
		if a.Bounds() != image.Rect(0, 0, 40, 30) {
			t.Errorf("%s: bounds %v", v.Name, a.Bounds())
		}
		if !cmp.Equal(a, b) {
			t.Errorf("%s: the same draws give two images", v.Name)
		}
		g := v.Change(grey, rng())
		for x := range 20 {
			if r, gr, bl, _ := g.At(x, x).RGBA(); r != gr || gr != bl {
				t.Errorf("%s: a grey picture has colours", v.Name)
				break
			}
		}
	}
	pixel := func(v int, x, y int) color.Color { return Views[v].Change(img, rng()).At(x, y) }
	if pixel(0, 3, 4) != img.At(7+39-3, 5+4) {
		t.Error("not mirrored")
	}
	if pixel(1, 10, 10) != img.At(7+10-4, 5+10-3) || pixel(1, 0, 0) != img.At(7, 5) {
		t.Error("not shifted by a tenth")
	}
	was, is := img.At(20, 20).(color.NRGBA), pixel(3, 13, 15).(color.NRGBA)
	if want := (int(was.R) - 128) / 2; math.Abs(float64(int(is.R)-128-want)) > 1 {
		t.Errorf("contrast: %d became %d", was.R, is.R)
	}
}

func faceUnits(t *testing.T, m *Model) *analysis.FROI {
	t.Helper()
	f, err := localizer.TTest{MinT: 7}.Localize(answers(t, m, drawn, "relu_fc")["relu_fc"], localizer.Faces)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// drawnet needs its face units to tell faces, and only those: measured, 100 %
// of new faces are right, 46 % without its 39 face units, 100 % without as
// many others; all else stays within what random lesions do.
func TestLesionEffectsOfDrawnet(t *testing.T) {
	m := drawnet(t)
	f := faceUnits(t, m)
	s := drawings(t, simulate.Drawings{Name: "new", Seed: 303, PerCategory: 24})
	var shown []int
	ctx := analysis.WithProgress(context.Background(), func(done, total int) { shown = append(shown, done, total) })
	e := LesionEffects{Layer: "relu_fc", Output: "logits", Tasks: []*Task{Accuracy(drawnetCategories...), Resemblance}}
	got, err := e.Measure(ctx, m, f, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 2*2*6 || len(got.Warnings) > 0 {
		t.Errorf("%d rows, warnings %v", len(got.Rows), got.Warnings)
	}
	if !slices.IsSorted(evens(shown)) || shown[len(shown)-2] != 2+2*99 || shown[len(shown)-1] != 2+2*99 {
		t.Errorf("progress %v", shown[max(0, len(shown)-6):])
	}
	for i, r := range got.Rows {
		switch {
		case r.Units != f.Count() || r.Of != len(f.Keep) || r.Contrast != (i%6 == 5) || len(got.Draws(i)) != 99 || r.RandomLo > r.RandomHi || r.Q < r.P:
			t.Errorf("%+v", r)
		case r.Task != "accuracy":
		case r.Category == "face":
			if r.Intact < .9 || r.Lesioned > .7 || r.RandomLo < .9 || r.P != .01 || r.Chance != .2 || r.Images != 24 {
				t.Errorf("faces: %+v", r)
			}
		case r.Category == "faces less the others":
			if r.P != .01 || r.Images != 120 {
				t.Errorf("%+v", r)
			}
		case r.Lesioned < r.RandomLo-.1:
			t.Errorf("%s: intact %.2f, lesioned %.2f, random %.2f", r.Category, r.Intact, r.Lesioned, r.Random)
		}
	}
	if hurt := got.Hurt(.05); len(hurt) == 0 || hurt[0].Task != "accuracy" || hurt[0].Category != "face" {
		t.Errorf("hurt: %+v", hurt)
	}

	// The second route: the lesioned network by itself.
	logits := at(t, lesioned(t, m, "relu_fc", f), s, "logits")["logits"]
	for k, c := range drawnetCategories {
		right, n := 0., 0.
		for i := range s.Len() {
			if s.At(i).Category == c {
				n++
				if top(logits.Row(i)) == k {
					right++
				}
			}
		}
		at := slices.IndexFunc(got.Rows, func(r analysis.LesionEffect) bool { return r.Category == c })
		if r := got.Rows[at]; math.Abs(r.Lesioned-right/n) > 1e-12 {
			t.Errorf("%s: %v, of the lesioned network by itself %v", c, r.Lesioned, right/n)
		}
	}

	// Fewer draws are the first of more.
	e.Draws = 5
	few, err := e.Measure(context.Background(), m, f, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range few.Rows {
		if !slices.Equal(few.Draws(i), got.Draws(i)[:5]) {
			t.Errorf("%s, %s: the draws depend on their number", r.Task, r.Category)
		}
	}

	// At their mean, as LesionedAt has it; the views of a task are shown.
	other := drawings(t, simulate.Drawings{Name: "other", Seed: 7, PerCategory: 5})
	e = LesionEffects{Layer: "relu_fc", Output: "logits", Tasks: []*Task{TopResponse, Identify}, Draws: 2, MeanOver: other, Controls: []encoding.Control{encoding.MatchedNumber{}}}
	means, err := e.Measure(context.Background(), m, f, s)
	if err != nil {
		t.Fatal(err)
	}
	l, err := LesionedAt(context.Background(), m, Lesion{Layer: "relu_fc", FROI: f, MeanOver: other})
	if err != nil {
		t.Fatal(err)
	}
	now, was := at(t, l, s, "logits")["logits"], at(t, m, s, "logits")["logits"]
	want, n := 0., 0.
	for i := range s.Len() {
		if s.At(i).Category == "face" {
			want, n = want+now.Row(i)[top(was.Row(i))], n+1
		}
	}
	if r := means.Rows[0]; r.Category != "face" || math.Abs(r.Lesioned-want/n) > 1e-4*math.Abs(want/n) {
		t.Errorf("at their mean: %+v, want %v", r, want/n)
	}
	for _, r := range means.Rows[6:11] {
		if r.Task != "identification" || r.Chance != 1./24 || r.Intact < r.Chance || r.Intact > 1 {
			t.Errorf("%+v", r)
		}
	}
}

func evens(x []int) (out []int) {
	for i := 0; i < len(x); i += 2 {
		out = append(out, x[i])
	}
	return out
}

type wrongDraws struct{ units []int }

func (wrongDraws) String() string { return "wrong" }
func (w wrongDraws) Draw(*analysis.Responses, *analysis.FROI, *rand.Rand) ([]int, error) {
	if w.units == nil {
		return nil, errors.New("nothing to draw")
	}
	return w.units, nil
}

func TestLesionEffectErrors(t *testing.T) {
	m := drawnet(t)
	f := faceUnits(t, m)
	s := drawings(t, simulate.Drawings{Name: "new", Seed: 303, PerCategory: 3})
	first := drawings(t, drawn)
	elsewhere := *f
	elsewhere.Source = "other/relu_fc"
	ok := LesionEffects{Layer: "relu_fc", Draws: 2}
	with := func(change func(*LesionEffects)) LesionEffects {
		e := ok
		change(&e)
		return e
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for what, c := range map[string]struct {
		ctx context.Context
		e   LesionEffects
		f   *analysis.FROI
		s   analysis.Stimuli
		is  error
		has string
	}{
		"circular":         {context.Background(), ok, f, first, analysis.ErrCircular, "measure on others"},
		"no fROI":          {context.Background(), ok, nil, s, nil, "no fROI"},
		"another network":  {context.Background(), ok, &elsewhere, s, nil, "cannot lesion"},
		"empty":            {context.Background(), ok, units(m, "relu_fc", drawnetUnits), s, analysis.ErrEmpty, ""},
		"draws":            {context.Background(), with(func(e *LesionEffects) { e.Draws = -1 }), f, s, nil, "-1 draws"},
		"output before":    {context.Background(), with(func(e *LesionEffects) { e.Output = "relu1" }), f, s, nil, "does not reach"},
		"no such output":   {context.Background(), with(func(e *LesionEffects) { e.Output = "relu9" }), f, s, nil, "no layer"},
		"twice":            {context.Background(), with(func(e *LesionEffects) { e.Controls = []encoding.Control{wrongDraws{[]int{1, 1}}} }), f, s, nil, "twice"},
		"a failing draw":   {context.Background(), with(func(e *LesionEffects) { e.Controls = []encoding.Control{wrongDraws{}} }), f, s, nil, "nothing to draw"},
		"an unsuited task": {context.Background(), with(func(e *LesionEffects) { e.Tasks = []*Task{Accuracy("face")} }), f, s, nil, "accuracy"},
		"cancelled":        {ctx, ok, f, s, context.Canceled, ""},
	} {
		_, err := c.e.Measure(c.ctx, m, c.f, c.s)
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.has) {
			t.Errorf("%s: %v", what, err)
		}
	}
	meant := *f
	meant.AllowCircular = true
	if _, err := ok.Measure(context.Background(), m, &meant, first); err != nil {
		t.Errorf("meant to be circular: %v", err)
	}
	// A fROI of most units leaves none to match: said, not done.
	most := units(m, "relu_fc", drawnetUnits)
	for j := range most.Keep {
		most.Keep[j] = j > 20
	}
	got, err := LesionEffects{Layer: "relu_fc", Draws: 2, Controls: nil}.Measure(context.Background(), m, most, s)
	if err == nil && (len(got.Warnings) == 0 || !strings.Contains(fmt.Sprint(got.Warnings), "effect size")) {
		t.Errorf("a fROI of most units: %v, %v", got.Warnings, err)
	}
}

// Individuating is a one-way analysis of variance: unit by unit, its F is that
// computed here from sums of squares.
func TestIndividuating(t *testing.T) {
	m := drawnet(t)
	s := drawings(t, simulate.Drawings{Name: "new", Seed: 5, PerCategory: 2})
	f, err := Individuating{Layer: "relu_fc", Units: 9}.Localize(context.Background(), m, s)
	if err != nil {
		t.Fatal(err)
	}
	all, err := viewed(s, Views)
	if err != nil {
		t.Fatal(err)
	}
	r := at(t, m, all, "relu_fc")["relu_fc"]
	n, v := s.Len(), 6
	least, most := math.Inf(1), 0.
	for j := range drawnetUnits {
		var grand, between, within float64
		for i := range n * v {
			grand += r.Row(i)[j] / float64(n*v)
		}
		for i := range n {
			mean := 0.
			for k := range v {
				mean += r.Row(k*n + i)[j] / float64(v)
			}
			between += float64(v) * (mean - grand) * (mean - grand)
			for k := range v {
				within += math.Pow(r.Row(k*n + i)[j]-mean, 2)
			}
		}
		want := between / float64(n-1) / (within / float64(n*(v-1)))
		if within == 0 {
			want = 0
		}
		if math.Abs(f.Stat[j]-want) > 1e-9*max(1, want) {
			t.Errorf("unit %d: F %v, want %v", j, f.Stat[j], want)
		}
		if f.Keep[j] {
			least = min(least, f.Stat[j])
		} else {
			most = max(most, f.Stat[j])
		}
	}
	if f.Count() != 9 || least < most || f.Source != "drawnet/relu_fc" || f.DefinedOn.Len() != n {
		t.Errorf("%d units, F from %v, others to %v", f.Count(), least, most)
	}
	for what, l := range map[string]Individuating{"no units": {Layer: "relu_fc"}, "more than there are": {Layer: "relu_fc", Units: drawnetUnits + 1}, "no layer": {Layer: "x", Units: 1}} {
		if _, err := l.Localize(context.Background(), m, s); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
