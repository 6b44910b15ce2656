package tuning_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

var exact = cmpopts.EquateApprox(0, 1e-12)

func stimuli(t *testing.T, categories ...string) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, len(categories))
	for i, c := range categories {
		items[i] = analysis.Stimulus{ID: fmt.Sprintf("test/%02d", i), Category: c}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func responses(t *testing.T, source string, s analysis.Stimuli, rows [][]float64) *analysis.Responses {
	t.Helper()
	v := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		v.SetRow(i, r)
	}
	r, err := analysis.NewResponses(source, s, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func profile(t *testing.T, source string, s analysis.Stimuli, values ...float64) *tuning.Profile {
	t.Helper()
	rows := make([][]float64, len(values))
	for i, v := range values {
		rows[i] = []float64{v}
	}
	p, err := tuning.New(responses(t, source, s, rows))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// reversed returns the stimuli in the opposite order.
func reversed(t *testing.T, s analysis.Stimuli) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, s.Len())
	for i := range items {
		items[i] = s.At(s.Len() - 1 - i)
	}
	r, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReference(t *testing.T) {
	var want struct {
		Categories       []string
		A, B             [][]float64
		Profile, ZScored []float64
		Ranked           []int
		Bars             []tuning.Bar
		Mean             []float64
		Pearson          float64
		PearsonCI        [2]float64 `json:"pearson_ci"`
		Spearman         float64
	}
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	s := stimuli(t, want.Categories...)
	ps, err := tuning.All([]*analysis.Responses{responses(t, "A", s, want.A), responses(t, "B", s, want.B)})
	if err != nil {
		t.Fatal(err)
	}
	a, b := ps[0], ps[1]
	if d := cmp.Diff(want.Profile, a.Values, exact); d != "" {
		t.Error("profile:", d)
	}
	z, err := a.ZScored()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.ZScored, z.Values, exact); d != "" {
		t.Error("z-scored:", d)
	}
	if d := cmp.Diff(want.Ranked, a.Ranked()); d != "" {
		t.Error("ranked:", d)
	}
	if d := cmp.Diff(want.Bars, a.ByCategory(), exact); d != "" {
		t.Error("bars:", d)
	}
	mean, err := tuning.Mean(ps)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Mean, mean.Values, exact); d != "" {
		t.Error("mean:", d)
	}
	if mean.Source != "mean of 2" || mean.Channels != 12 {
		t.Errorf("mean is %q over %d channels", mean.Source, mean.Channels)
	}
	for _, c := range []struct {
		m    *analysis.Measure
		want float64
	}{{analysis.Pearson, want.Pearson}, {analysis.Spearman, want.Spearman}} {
		got, err := tuning.Compare(c.m)(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Value-c.want) > 1e-12 || got.N != s.Len() || got.Measure != c.m {
			t.Errorf("%s: got %v, want %v over %d", c.m.Name, got, c.want, s.Len())
		}
		if c.m == analysis.Pearson {
			if d := cmp.Diff(want.PearsonCI, [2]float64{got.Lo, got.Hi}, cmpopts.EquateApprox(0, 1e-9)); d != "" {
				t.Error("interval:", d)
			}
		}
	}
}

// Laws: order does not matter, a profile is like itself, and channels that say
// nothing change no correlation.
func TestLaws(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := stimuli(t, strings.Split(strings.Repeat("face,body,scene,", 8)+"face", ",")...)
	random := func(c int) [][]float64 {
		rows := make([][]float64, s.Len())
		for i := range rows {
			rows[i] = make([]float64, c)
			for j := range rows[i] {
				rows[i][j] = rng.NormFloat64()
			}
		}
		return rows
	}
	rows := random(6)
	r, other := responses(t, "r", s, rows), responses(t, "other", s, random(4))
	p, q := must(tuning.New(r))(t), must(tuning.New(other))(t)
	compare := tuning.Compare(analysis.Pearson)
	base := must(compare(p, q))(t)

	t.Run("permutation", func(t *testing.T) {
		back := reversed(t, s)
		moved := must(tuning.New(must(r.On(back))(t)))(t)
		if d := cmp.Diff(must(p.On(back))(t).Values, moved.Values); d != "" {
			t.Error("the profile of reordered responses is not the reordered profile:", d)
		}
		if d := cmp.Diff(p.Values, must(moved.On(s))(t).Values); d != "" {
			t.Error("reordering twice:", d)
		}
		if got := must(compare(moved, q))(t); math.Abs(got.Value-base.Value) > 1e-14 {
			t.Errorf("comparison after reordering: %v, want %v", got, base)
		}
		if d := cmp.Diff(must(tuning.Mean([]*tuning.Profile{p, q}))(t).Values, must(tuning.Mean([]*tuning.Profile{p, must(q.On(back))(t)}))(t).Values); d != "" {
			t.Error("mean after reordering:", d)
		}
	})
	t.Run("self", func(t *testing.T) {
		for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman} {
			if got := must(tuning.Compare(m)(p, p))(t); math.Abs(got.Value-m.Max) > 1e-15 {
				t.Errorf("%s with itself: %v", m.Name, got)
			}
		}
		if got := must(compare(q, p))(t); got.Value != base.Value {
			t.Errorf("not symmetric: %v and %v", got, base)
		}
	})
	t.Run("dead channels", func(t *testing.T) {
		for i := range rows {
			rows[i] = append(rows[i], 5, 0)
		}
		more := must(tuning.New(responses(t, "r", s, rows)))(t)
		if got := must(compare(more, q))(t); math.Abs(got.Value-base.Value) > 1e-13 {
			t.Errorf("with two dead channels r = %v, want %v", got.Value, base.Value)
		}
		if len(more.Warnings) != 1 || more.Warnings[0].Error() != "r: 2 of 8 channels give every stimulus the same response" {
			t.Errorf("warnings: %v", more.Warnings)
		}
		if s := must(compare(q, more))(t); len(s.Warnings) != 1 {
			t.Errorf("the score does not carry the warning of the profile: %v", s.Warnings)
		}
	})
	t.Run("z-score", func(t *testing.T) {
		z := must(p.ZScored())(t)
		if got := must(compare(z, q))(t); math.Abs(got.Value-base.Value) > 1e-14 {
			t.Errorf("z-scoring changed r from %v to %v", base.Value, got.Value)
		}
		if d := cmp.Diff(z.Values, must(z.ZScored())(t).Values, exact); d != "" {
			t.Error("z-scoring twice:", d)
		}
		if d := cmp.Diff(p.Ranked(), z.Ranked()); d != "" {
			t.Error("z-scoring changed the ranking:", d)
		}
	})
	t.Run("bars", func(t *testing.T) {
		sum, n := 0.0, 0
		for _, b := range p.ByCategory() {
			sum += b.Mean * float64(b.N)
			n += b.N
		}
		total := 0.0
		for _, v := range p.Values {
			total += v
		}
		if n != s.Len() || math.Abs(sum-total) > 1e-12 {
			t.Errorf("bars hold %v over %d stimuli, the profile %v over %d", sum, n, total, s.Len())
		}
	})
}

func TestEdges(t *testing.T) {
	s := stimuli(t, "face", "", "body", "face")
	p := profile(t, "p", s, 3, 100, 1, 3)
	if d := cmp.Diff([]int{1, 0, 3, 2}, p.Ranked()); d != "" {
		t.Error("ties keep their order:", d)
	}
	want := []tuning.Bar{{Category: "face", Mean: 3, N: 2}, {Category: "body", Mean: 1, N: 1}}
	if d := cmp.Diff(want, p.ByCategory()); d != "" {
		t.Error("bars:", d)
	}
	if b := p.BySubcategory(); len(b) != 0 {
		t.Errorf("bars of subcategories that are not there: %v", b)
	}
	if _, err := tuning.All(nil); err != nil {
		t.Errorf("no responses: %v", err)
	}
}

func TestErrors(t *testing.T) {
	s := stimuli(t, "face", "body", "scene")
	flat := profile(t, "flat", s, 1, 2, 3)
	flat.Values = []float64{0.1, 0.1, 0.1}
	p := profile(t, "p", s, 1, 2, 4)
	fewer, err := s.Only("face", "body")
	if err != nil {
		t.Fatal(err)
	}
	short := must(p.On(fewer))(t)
	compare := tuning.Compare(analysis.Pearson)
	var alignment *analysis.AlignmentError

	for _, c := range []struct {
		name string
		call func() error
		is   error
		as   any
		says string
	}{
		{"one stimulus", func() error {
			_, err := tuning.New(responses(t, "one", stimuli(t, "face"), [][]float64{{1, 2}}))
			return err
		}, nil, nil, "at least 2"},
		{"dead", func() error {
			_, err := tuning.New(responses(t, "dead", s, [][]float64{{1, 2}, {1, 2}, {1, 2}}))
			return err
		}, analysis.ErrDead, nil, `2 channels of "dead"`},
		{"overflow", func() error {
			_, err := tuning.New(responses(t, "big", s, [][]float64{{1, 2}, {1.7e308, 1.7e308}, {1, 2}}))
			return err
		}, nil, nil, "test/01"},
		{"all", func() error {
			_, err := tuning.All([]*analysis.Responses{responses(t, "dead", s, [][]float64{{1}, {1}, {1}})})
			return err
		}, analysis.ErrDead, nil, "dead"},
		{"flat z-score", func() error { _, err := flat.ZScored(); return err }, analysis.ErrConstant, nil, `"flat"`},
		{"flat comparison", func() error { _, err := compare(p, flat); return err }, analysis.ErrConstant, nil, `"p" and "flat"`},
		{"no profiles", func() error { _, err := tuning.Mean(nil); return err }, nil, nil, "no profiles"},
		{"missing", func() error { _, err := short.On(s); return err }, nil, &alignment, "test/02"},
		{"no stimuli", func() error { _, err := p.On(analysis.Stimuli{}); return err }, nil, nil, "no stimuli"},
		{"compare with fewer", func() error { _, err := compare(p, short); return err }, nil, &alignment, "test/02"},
		{"compare fewer with", func() error { _, err := compare(short, p); return err }, nil, &alignment, "shared"},
		{"mean", func() error { _, err := tuning.Mean([]*tuning.Profile{short, p}); return err }, nil, &alignment, "test/02"},
	} {
		err := c.call()
		switch {
		case err == nil:
			t.Errorf("%s: no error", c.name)
		case c.is != nil && !errors.Is(err, c.is):
			t.Errorf("%s: %v is not %v", c.name, err, c.is)
		case c.as != nil && !errors.As(err, c.as):
			t.Errorf("%s: %v is not a %T", c.name, err, c.as)
		case !strings.Contains(err.Error(), c.says):
			t.Errorf("%s: %q does not say %q", c.name, err, c.says)
		}
	}
}

// Inputs are never modified.
func TestPure(t *testing.T) {
	s := stimuli(t, "face", "body", "scene")
	p, q := profile(t, "p", s, 1, 2, 4), profile(t, "q", s, 3, 1, 2)
	before := append([]float64(nil), p.Values...)
	must(p.ZScored())(t)
	must(tuning.Mean([]*tuning.Profile{p, q}))(t)
	must(tuning.Compare(analysis.Spearman)(p, q))(t)
	p.Ranked()
	if d := cmp.Diff(before, p.Values); d != "" {
		t.Error(d)
	}
}

// must turns an error into the end of the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAllAveraged(t *testing.T) {
	s := stimuli(t, "face", "face", "body", "body")
	conditions := must(analysis.NewStimuli([]analysis.Stimulus{{ID: "bodies", Category: "body"}, {ID: "faces", Category: "face"}}))(t)
	r := responses(t, "net/fc", s, [][]float64{{1, 3}, {3, 5}, {0, 2}, {2, 0}})
	got := must(tuning.AllAveraged([]*analysis.Responses{r}, conditions))(t)
	if d := cmp.Diff([]float64{1, 3}, got[0].Values); d != "" || got[0].Source != "net/fc" || got[0].Channels != 2 {
		t.Error(d, got[0].Source)
	}
	var alignment *analysis.AlignmentError
	none := must(analysis.NewStimuli([]analysis.Stimulus{{ID: "scenes", Category: "scene"}, {ID: "faces", Category: "face"}}))(t)
	if _, err := tuning.AllAveraged([]*analysis.Responses{r}, none); !errors.As(err, &alignment) {
		t.Errorf("a condition without stimuli: %v", err)
	}
}
