package rsa_test

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
	"fusiform/analysis/rsa"
)

var exact = cmpopts.EquateApprox(0, 1e-12)

func stimuli(t testing.TB, categories ...string) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, len(categories))
	for i, c := range categories {
		items[i] = analysis.Stimulus{ID: fmt.Sprintf("test/%03d", i), Category: c}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func responses(t testing.TB, source string, s analysis.Stimuli, rows [][]float64) *analysis.Responses {
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

// random returns n×c responses with a category structure of four.
func random(t testing.TB, source string, seed uint64, n, c int) *analysis.Responses {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	names := []string{"face", "body", "scene", "object"}
	categories, rows := make([]string, n), make([][]float64, n)
	for i := range rows {
		categories[i] = names[i%len(names)]
		rows[i] = make([]float64, c)
		for j := range rows[i] {
			rows[i][j] = 3 + rng.NormFloat64()
			if j%len(names) == i%len(names) {
				rows[i][j]++
			}
		}
	}
	return responses(t, source, stimuli(t, categories...), rows)
}

// must turns an error into the end of the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func square(m mat.Matrix) [][]float64 {
	n, _ := m.Dims()
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
		for j := range out[i] {
			out[i][j] = m.At(i, j)
		}
	}
	return out
}

// far returns the largest difference between cells of a and b.
func far(a, b *mat.SymDense) float64 {
	d := 0.0
	for i := range a.SymmetricDim() {
		for j := range a.SymmetricDim() {
			d = math.Max(d, math.Abs(a.At(i, j)-b.At(i, j)))
		}
	}
	return d
}

func TestReference(t *testing.T) {
	var want struct {
		A, B     [][]float64
		Pearson  [][]float64 `json:"pearson_a"`
		Spearman [][]float64 `json:"spearman_b"`
		RDMA     []float64   `json:"rdm_a"`
		RDMB     []float64   `json:"rdm_b"`
		Mean     []float64   `json:"rdm_mean"`
		P        float64     `json:"compare_pearson"`
		S        float64     `json:"compare_spearman"`
		Scipy    float64     `json:"compare_scipy"`
	}
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	s := stimuli(t, make([]string, len(want.A))...)
	a, b := responses(t, "A", s, want.A), responses(t, "B", s, want.B)
	pearson := must(rsa.New(a, analysis.Pearson))(t)
	if d := cmp.Diff(want.Pearson, square(pearson.Values), exact); d != "" {
		t.Error("Pearson RSM:", d)
	}
	spearman := must(rsa.New(b, analysis.Spearman))(t)
	if d := cmp.Diff(want.Spearman, square(spearman.Values), exact); d != "" {
		t.Error("Spearman RSM:", d)
	}
	ds := must(rsa.RDMs([]*analysis.Responses{a, b}, analysis.Pearson))(t)
	if d := cmp.Diff([][]float64{want.RDMA, want.RDMB}, [][]float64{ds[0].Upper(), ds[1].Upper()}, exact); d != "" {
		t.Error("RDMs of rsatoolbox:", d)
	}
	mean := must(rsa.Mean(ds))(t)
	if d := cmp.Diff(want.Mean, mean.Upper(), exact); d != "" {
		t.Error("mean RDM:", d)
	}
	if mean.Source != "mean of 2" || mean.Measure != analysis.Pearson {
		t.Errorf("mean is %q of %v", mean.Source, mean.Measure)
	}
	for _, c := range []struct {
		m    *analysis.Measure
		want float64
	}{{analysis.Pearson, want.P}, {analysis.Pearson, want.Scipy}, {analysis.Spearman, want.S}} {
		got := must(rsa.Compare(c.m)(ds[0], ds[1]))(t)
		if math.Abs(got.Value-c.want) > 1e-12 || got.N != len(want.RDMA) {
			t.Errorf("%s: got %v, want %v over %d cells", c.m.Name, got, c.want, len(want.RDMA))
		}
	}
}

// The product route and the pairwise route give the same matrix, across tile
// borders too.
func TestRoutes(t *testing.T) {
	for _, c := range []struct {
		m *analysis.Measure
		n []int
	}{{analysis.Pearson, []int{2, 3, 127, 128, 129, 260}}, {analysis.Spearman, []int{2, 40}}} {
		copied := *c.m // another pointer takes the pairwise route
		for _, n := range c.n {
			r := random(t, "r", uint64(n), n, 17)
			fast, slow := must(rsa.New(r, c.m))(t), must(rsa.New(r, &copied))(t)
			if d := far(slow.Values, fast.Values); d > 1e-13 {
				t.Errorf("%s, n = %d: the routes differ by %g", c.m.Name, n, d)
			}
		}
	}
}

func TestLaws(t *testing.T) {
	const n = 150 // more than one tile
	r, other := random(t, "r", 1, n, 20), random(t, "other", 2, n, 30)
	s := r.Stimuli()
	base := must(rsa.New(r, analysis.Pearson))(t)
	d, o := base.RDM(), must(rsa.New(other, analysis.Pearson))(t).RDM()
	order := rand.New(rand.NewPCG(3, 4)).Perm(n)
	items := make([]analysis.Stimulus, n)
	for i, p := range order {
		items[i] = s.At(p)
	}
	shuffled := must(analysis.NewStimuli(items))(t)
	compare := rsa.Compare(analysis.Pearson)

	t.Run("shape", func(t *testing.T) {
		for i := range n {
			if base.Values.At(i, i) != 1 || d.Values.At(i, i) != 0 {
				t.Fatalf("diagonal %d: %v, %v", i, base.Values.At(i, i), d.Values.At(i, i))
			}
			for j := range n {
				v := base.Values.At(i, j)
				if v != base.Values.At(j, i) || v < -1 || v > 1 {
					t.Fatalf("cell (%d, %d) is %v, (%d, %d) is %v", i, j, v, j, i, base.Values.At(j, i))
				}
			}
		}
		if len(d.Upper()) != n*(n-1)/2 || d.Upper()[n-1] != d.Values.At(1, 2) {
			t.Error("Upper is not row by row")
		}
	})
	t.Run("permuting stimuli permutes the RSM", func(t *testing.T) {
		want := must(base.On(shuffled))(t).Values
		got := must(rsa.New(must(r.On(shuffled))(t), analysis.Pearson))(t)
		if d := far(want, got.Values); d > 1e-14 {
			t.Errorf("differs by %g", d)
		}
		for i, p := range order {
			if want.At(0, i) != base.Values.At(order[0], p) {
				t.Fatalf("On did not follow the stimuli at %d", i)
			}
		}
		moved := must(d.On(shuffled))(t)
		if a, b := must(compare(d, o))(t), must(compare(moved, o))(t); math.Abs(a.Value-b.Value) > 1e-13 {
			t.Errorf("comparison: %v, reordered %v", a, b)
		}
		if d := far(must(rsa.Mean([]*rsa.RDM{d, o}))(t).Values, must(rsa.Mean([]*rsa.RDM{d, must(o.On(shuffled))(t)}))(t).Values); d != 0 {
			t.Errorf("mean differs by %g", d)
		}
	})
	t.Run("shift and scale of a row", func(t *testing.T) {
		rows := make([][]float64, n)
		for i := range rows {
			rows[i] = append([]float64(nil), r.Row(i)...)
			for j := range rows[i] {
				rows[i][j] = rows[i][j]*float64(i+1) - float64(7*i)
			}
		}
		got := must(rsa.New(responses(t, "r", s, rows), analysis.Pearson))(t)
		if d := far(base.Values, got.Values); d > 1e-11 {
			t.Errorf("differs by %g", d)
		}
	})
	t.Run("self", func(t *testing.T) {
		for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman} {
			if got := must(rsa.Compare(m)(d, d))(t); math.Abs(got.Value-m.Max) > 1e-15 {
				t.Errorf("%s with itself: %v", m.Name, got)
			}
			if a, b := must(rsa.Compare(m)(d, o))(t), must(rsa.Compare(m)(o, d))(t); a.Value != b.Value {
				t.Errorf("%s is not symmetric: %v, %v", m.Name, a, b)
			}
		}
		back := must(d.RSM())(t)
		if d := far(base.Values, back.Values); d > 1e-15 {
			t.Errorf("RSM of the RDM differs by %g", d)
		}
	})
	t.Run("grouped", func(t *testing.T) {
		g := base.Grouped()
		if diff := cmp.Diff([]string{"face", "body", "scene", "object"}, g.Stimuli.Categories()); diff != "" {
			t.Error(diff)
		}
		runs := 1
		for i := 1; i < n; i++ {
			if g.Stimuli.At(i).Category != g.Stimuli.At(i-1).Category {
				runs++
			}
		}
		if runs != 4 {
			t.Errorf("%d runs of categories, want 4", runs)
		}
		if d := far(must(base.On(g.Stimuli))(t).Values, g.Values); d != 0 {
			t.Errorf("differs by %g from On", d)
		}
	})
	t.Run("the diagonal is not compared", func(t *testing.T) {
		v := mat.NewSymDense(n, nil)
		v.CopySym(base.Values)
		for i := range n {
			v.SetSym(i, i, 0.3)
		}
		m := must(rsa.FromSimilarity("table", s, v, analysis.Pearson))(t)
		v.SetSym(0, 1, 9) // the RSM holds a copy
		if m.Values.At(5, 5) != 0.3 || m.Values.At(0, 1) != base.Values.At(0, 1) {
			t.Error("FromSimilarity did not keep the values")
		}
		if a, b := must(compare(d, o))(t), must(compare(m.RDM(), o))(t); a.Value != b.Value {
			t.Errorf("r = %v, with another diagonal %v", a.Value, b.Value)
		}
	})
}

// The interval is that of n values.
func TestInterval(t *testing.T) {
	for _, n := range []int{3, 4, 9, 10, 40} {
		a, b := random(t, "a", 1, n, 20), random(t, "b", 2, n, 20)
		ds := must(rsa.RDMs([]*analysis.Responses{a, b}, analysis.Pearson))(t)
		got := must(rsa.Compare(analysis.Pearson)(ds[0], ds[1]))(t)
		lo, hi := -1.0, 1.0
		if n > 3 {
			se := 1.959963984540054 / math.Sqrt(float64(n-3))
			lo, hi = math.Tanh(math.Atanh(got.Value)-se), math.Tanh(math.Atanh(got.Value)+se)
		}
		if math.Abs(got.Lo-lo) > 1e-12 || math.Abs(got.Hi-hi) > 1e-12 || got.N != n*(n-1)/2 {
			t.Errorf("n = %d: %v, want [%v, %v]", n, got, lo, hi)
		}
		if warned := len(got.Warnings) == 1; warned != (n < 10) {
			t.Errorf("n = %d: warnings %v", n, got.Warnings)
		}
	}
}

func TestWarnings(t *testing.T) {
	s := stimuli(t, "face", "body", "scene")
	m := must(rsa.New(responses(t, "r", s, [][]float64{{1, 5, 3}, {2, 5, 3}, {4, 5, 0}}), analysis.Pearson))(t)
	want := []string{
		"r: 1 of 3 channels give every stimulus the same response; they are kept as part of the pattern",
		"r: similarities over 3 channels are unreliable: need >= 10",
	}
	if d := cmp.Diff(want, texts(m.Warnings)); d != "" {
		t.Error(d)
	}
	// Dropping the dead channel would have given ±1 everywhere.
	if v := m.Values.At(0, 2); math.Abs(v) > 0.999 {
		t.Errorf("the dead channel was dropped: r = %v", v)
	}
	score := must(rsa.Compare(analysis.Pearson)(m.RDM(), m.RDM()))(t)
	if len(score.Warnings) != 5 { // two of each, and few stimuli
		t.Errorf("score carries %q", texts(score.Warnings))
	}
	v := mat.NewSymDense(3, []float64{0, 1.2, .5, 0, 0, .1, 0, 0, 3})
	over := must(rsa.FromSimilarity("table", s, v, analysis.Pearson))(t)
	if d := cmp.Diff([]string{"table: 1 of 3 similarities lie beyond the range of Pearson r, [-1, 1]"}, texts(over.Warnings)); d != "" {
		t.Error(d)
	}
}

func texts(errs []error) []string {
	out := make([]string, len(errs))
	for i, e := range errs {
		out[i] = e.Error()
	}
	return out
}

// Extreme scales neither overflow nor vanish.
func TestScale(t *testing.T) {
	s := stimuli(t, "face", "body", "scene")
	rows := [][]float64{{1, 2, 4, 3}, {2, 1, 1, 5}, {0, 1, 5, 2}}
	want := must(rsa.New(responses(t, "r", s, rows), analysis.Pearson))(t)
	for _, k := range []float64{1e-300, 1e-200, 1e200, 3e307} {
		scaled := make([][]float64, len(rows))
		for i := range rows {
			for _, v := range rows[i] {
				scaled[i] = append(scaled[i], v*k)
			}
		}
		got := must(rsa.New(responses(t, "r", s, scaled), analysis.Pearson))(t)
		if d := cmp.Diff(square(want.Values), square(got.Values), exact); d != "" {
			t.Errorf("scale %g: %s", k, d)
		}
	}
}

type table struct {
	who string
	s   analysis.Stimuli
	v   *mat.SymDense
}

func (t table) Similarity() (string, analysis.Stimuli, *mat.SymDense) { return t.who, t.s, t.v }

func TestRDMsFrom(t *testing.T) {
	s := stimuli(t, "face", "body", "scene")
	v := mat.NewSymDense(3, []float64{.4, .5, -.25, 0, .3, 0, 0, 0, .2})
	ds := must(rsa.RDMsFrom([]table{{"S1", s, v}, {"S2", s, v}}, analysis.Pearson))(t)
	if d := cmp.Diff([]float64{.5, 1.25, 1}, ds[1].Upper()); d != "" || ds[1].Source != "S2" || ds[1].Label() != "S2" {
		t.Errorf("%q: %s", ds[1].Source, d)
	}
	bad := mat.NewSymDense(3, nil)
	bad.SetSym(0, 2, math.NaN())
	if _, err := rsa.RDMsFrom([]table{{"S1", s, v}, {"S2", s, bad}}, analysis.Pearson); err == nil || !strings.Contains(err.Error(), `"S2" between "test/000" and "test/002" is NaN`) {
		t.Errorf("NaN: %v", err)
	}
}

func TestErrors(t *testing.T) {
	s := stimuli(t, "face", "body", "scene")
	r := responses(t, "r", s, [][]float64{{1, 2, 3}, {2, 1, 3}, {0, 2, 1}})
	fewer := must(s.Only("face", "body"))(t)
	one := must(s.Only("face"))(t)
	m := must(rsa.New(r, analysis.Pearson))(t)
	short := must(m.On(fewer))(t)
	flat := must(rsa.FromSimilarity("flat", s, mat.NewSymDense(3, nil), analysis.Pearson))(t)
	broken := &analysis.Measure{Name: "broken", Min: -1, Max: 1, Func: func(x, y []float64) float64 { return math.NaN() }}
	compare := rsa.Compare(analysis.Pearson)
	var alignment *analysis.AlignmentError
	infinite := mat.NewSymDense(3, nil)
	infinite.SetSym(1, 1, math.Inf(1))
	build := func(rows [][]float64) error {
		_, err := rsa.New(responses(t, "r", stimuli(t, make([]string, len(rows))...), rows), analysis.Pearson)
		return err
	}

	for _, c := range []struct {
		name string
		call func() error
		is   error
		as   any
		says string
	}{
		{"one stimulus", func() error { return build([][]float64{{1, 2}}) }, nil, nil, "at least 2"},
		{"one channel", func() error { return build([][]float64{{1}, {2}, {3}}) }, nil, nil, "1 channel"},
		{"dead", func() error { return build([][]float64{{1, 2}, {1, 2}}) }, analysis.ErrDead, nil, `2 channels of "r"`},
		{"constant rows", func() error { return build([][]float64{{0, 0}, {1, 2}, {3, 3}}) }, analysis.ErrConstant, nil, "test/000, test/002"},
		{"constant row, all", func() error {
			_, err := rsa.RDMs([]*analysis.Responses{responses(t, "z", s, [][]float64{{0, 0}, {1, 2}, {2, 3}})}, analysis.Spearman)
			return err
		}, analysis.ErrConstant, nil, `"z"`},
		{"broken measure", func() error { _, err := rsa.New(r, broken); return err }, nil, nil, `broken of "r" between "test/000" and "test/001" is NaN`},
		{"empty table", func() error { _, err := rsa.FromSimilarity("t", s, nil, analysis.Pearson); return err }, nil, nil, "no values"},
		{"table of another size", func() error {
			_, err := rsa.FromSimilarity("t", fewer, mat.NewSymDense(3, nil), analysis.Pearson)
			return err
		}, nil, &alignment, "3×3 for 2"},
		{"table of one", func() error {
			_, err := rsa.FromSimilarity("t", one, mat.NewSymDense(1, nil), analysis.Pearson)
			return err
		}, nil, nil, "at least 2"},
		{"infinite", func() error { _, err := rsa.FromSimilarity("t", s, infinite, analysis.Pearson); return err }, nil, nil, "+Inf"},
		{"RSM on missing", func() error { _, err := short.On(s); return err }, nil, &alignment, "test/002"},
		{"RDM on missing", func() error { _, err := short.RDM().On(s); return err }, nil, &alignment, "test/002"},
		{"on one", func() error { _, err := m.On(one); return err }, nil, nil, "at least 2"},
		{"two stimuli", func() error { _, err := compare(short.RDM(), short.RDM()); return err }, nil, nil, "at least 3 stimuli"},
		{"compare with fewer", func() error { _, err := compare(m.RDM(), short.RDM()); return err }, nil, &alignment, "test/002"},
		{"compare fewer with", func() error { _, err := compare(short.RDM(), m.RDM()); return err }, nil, &alignment, "shared"},
		{"flat", func() error { _, err := compare(m.RDM(), flat.RDM()); return err }, analysis.ErrConstant, nil, `"flat"`},
		{"no RDMs", func() error { _, err := rsa.Mean(nil); return err }, nil, nil, "no RDMs"},
		{"mean of different stimuli", func() error { _, err := rsa.Mean([]*rsa.RDM{short.RDM(), m.RDM()}); return err }, nil, &alignment, "test/002"},
		{"mean of different measures", func() error {
			_, err := rsa.Mean([]*rsa.RDM{m.RDM(), must(rsa.New(r, analysis.Spearman))(t).RDM()})
			return err
		}, nil, nil, "different measures"},
		{"RSM of no measure", func() error { _, err := (&rsa.RDM{Source: "x"}).RSM(); return err }, nil, nil, "measure"},
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
	r := random(t, "r", 1, 20, 12)
	before := mat.DenseCopyOf(r.Matrix())
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman} {
		s := must(rsa.New(r, m))(t)
		want := square(s.Values)
		must(rsa.Mean([]*rsa.RDM{s.RDM(), s.RDM()}))(t)
		s.Grouped()
		if d := cmp.Diff(want, square(s.Values)); d != "" {
			t.Error(d)
		}
	}
	if !mat.Equal(before, r.Matrix()) {
		t.Error("New modified the responses")
	}
}

func BenchmarkNew(b *testing.B) {
	r := random(b, "r", 1, 1000, 4096)
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman} {
		b.Run(strings.Fields(m.Name)[0]+"/1000x4096", func(b *testing.B) {
			for b.Loop() {
				if _, err := rsa.New(r, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompare(b *testing.B) {
	ds, err := rsa.RDMs([]*analysis.Responses{random(b, "a", 1, 185, 50), random(b, "b", 2, 185, 50)}, analysis.Pearson)
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman} {
		b.Run(strings.Fields(m.Name)[0]+"/185", func(b *testing.B) {
			for b.Loop() {
				if _, err := rsa.Compare(m)(ds[0], ds[1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
