package ceiling_test

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
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
)

var exact = cmpopts.EquateApprox(0, 1e-12)

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

func stimuli(t testing.TB, n int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i] = analysis.Stimulus{ID: fmt.Sprintf("test/%03d", i)}
	}
	return must(analysis.NewStimuli(items))(t)
}

func rdm(t testing.TB, source string, s analysis.Stimuli, cells []float64) *rsa.RDM {
	t.Helper()
	v, k := mat.NewSymDense(s.Len(), nil), 0
	for i := range s.Len() {
		for j := i + 1; j < s.Len(); j++ {
			v.SetSym(i, j, cells[k])
			k++
		}
	}
	return &rsa.RDM{Source: source, Stimuli: s, Values: v}
}

func profile(source string, s analysis.Stimuli, values []float64) *tuning.Profile {
	return &tuning.Profile{Source: source, Stimuli: s, Values: values, Channels: 1}
}

type bounds struct {
	Lo, Hi []float64
	MeanLo float64 `json:"mean_lo"`
	MeanHi float64 `json:"mean_hi"`
}

type reference struct {
	Stimuli           int
	RDMs              [][]float64
	Pearson, Spearman bounds
	Nili              map[string][2]float64
	Model             []float64
	Against           struct{ Mean, Lo, Hi float64 }
	Odd, Even         [][]float64
	Halves            []float64
	Reliability       []float64
	Corrected         [][]float64
	MedianOthers      []float64 `json:"median_others"`
}

func load(t testing.TB) *reference {
	t.Helper()
	data := must(os.ReadFile("testdata/reference.json"))(t)
	r := &reference{}
	if err := json.Unmarshal(data, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *reference) subjects(t testing.TB) []*rsa.RDM {
	s := stimuli(t, r.Stimuli)
	out := make([]*rsa.RDM, len(r.RDMs))
	for k := range out {
		out[k] = rdm(t, fmt.Sprintf("S%d", k+1), s, r.RDMs[k])
	}
	return out
}

func TestLeaveOneOutReference(t *testing.T) {
	ref := load(t)
	subjects := ref.subjects(t)
	for _, c := range []struct {
		m    *analysis.Measure
		want bounds
	}{{analysis.Pearson, ref.Pearson}, {analysis.Spearman, ref.Spearman}} {
		got := must(ceiling.LeaveOneOut(subjects, rsa.Mean, rsa.Compare(c.m)))(t)
		if math.Abs(got.Lo-c.want.MeanLo) > 1e-12 || math.Abs(got.Hi-c.want.MeanHi) > 1e-12 || got.Subjects != 6 || got.Measure != c.m {
			t.Errorf("%s: %+v, want %v to %v", c.m.Name, got, c.want.MeanLo, c.want.MeanHi)
		}
		var lo, hi []float64
		for k, p := range must(ceiling.PerPerson(subjects, rsa.Mean, rsa.Compare(c.m)))(t) {
			lo, hi = append(lo, p.Lo.Value), append(hi, p.Hi.Value)
			if p.Label != subjects[k].Source {
				t.Errorf("person %d is %q", k, p.Label)
			}
		}
		if d := cmp.Diff([][]float64{c.want.Lo, c.want.Hi}, [][]float64{lo, hi}, exact); d != "" {
			t.Errorf("%s per person: %s", c.m.Name, d)
		}
	}
}

// With the mean that suits the measure it is the noise ceiling of rsatoolbox.
func TestLeaveOneOutNili(t *testing.T) {
	ref := load(t)
	pool := func(f func([]float64) []float64) func([][]float64) ([]float64, error) {
		return func(xs [][]float64) ([]float64, error) {
			sum := make([]float64, len(xs[0]))
			for _, x := range xs {
				floats.Add(sum, f(x))
			}
			return sum, nil
		}
	}
	cosine := &analysis.Measure{Name: "cosine", Min: -1, Max: 1, Func: func(x, y []float64) float64 {
		return floats.Dot(x, y) / floats.Norm(x, 2) / floats.Norm(y, 2)
	}}
	for _, c := range []struct {
		name string
		m    *analysis.Measure
		f    func([]float64) []float64
	}{
		{"corr", analysis.Pearson, func(x []float64) []float64 {
			m, sd := stat.MeanStdDev(x, nil)
			z := make([]float64, len(x))
			for i := range x {
				z[i] = (x[i] - m) / sd
			}
			return z
		}},
		{"spearman", analysis.Spearman, analysis.Ranks},
		{"cosine", cosine, func(x []float64) []float64 {
			return floats.ScaleTo(make([]float64, len(x)), 1/floats.Norm(x, 2), x)
		}},
	} {
		got := must(ceiling.LeaveOneOut(ref.RDMs, pool(c.f), c.m.Compare))(t)
		if d := cmp.Diff(ref.Nili[c.name], [2]float64{got.Lo, got.Hi}, exact); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestAgainst(t *testing.T) {
	ref := load(t)
	subjects := ref.subjects(t)
	model := rdm(t, "net", subjects[0].Stimuli, ref.Model)
	compare := rsa.Compare(analysis.Pearson)
	got := must(ceiling.Against(model, subjects, compare))(t)
	if d := cmp.Diff([]float64{ref.Against.Mean, ref.Against.Lo, ref.Against.Hi}, []float64{got.Value, got.Lo, got.Hi}, cmpopts.EquateApprox(0, 1e-9)); d != "" {
		t.Error(d)
	}
	if got.N != len(subjects) || got.Measure != analysis.Pearson || len(got.Warnings) != 1 { // few stimuli, once
		t.Errorf("%+v", got)
	}

	// The mean of all people, taken as a model, scores their upper bound.
	all := must(rsa.Mean(subjects))(t)
	c := must(ceiling.LeaveOneOut(subjects, rsa.Mean, compare))(t)
	if s := must(ceiling.Against(all, subjects, compare))(t); math.Abs(s.Value-c.Hi) > 1e-15 {
		t.Errorf("the mean of all scores %v, Hi is %v", s.Value, c.Hi)
	}

	one := must(ceiling.Against(model, subjects[:1], compare))(t)
	if one.Lo != -1 || one.Hi != 1 || len(one.Warnings) != 2 {
		t.Errorf("one person: %+v", one)
	}
	opposed := must(ceiling.Against(model, []*rsa.RDM{rdm(t, "S1", model.Stimuli, ref.RDMs[0]), must(rsa.FromSimilarity("S2", model.Stimuli, subjects[0].Values, analysis.Pearson))(t).RDM()}, compare))(t)
	if opposed.Lo != -1 || opposed.Hi != 1 || math.Abs(opposed.Value) > 1e-12 {
		t.Errorf("two people opposed: %+v", opposed)
	}
	flat := rdm(t, "flat", model.Stimuli, make([]float64, len(ref.Model)))
	if _, err := ceiling.Against(flat, subjects, compare); !errors.Is(err, analysis.ErrConstant) || !strings.Contains(err.Error(), "S1 with the model") {
		t.Errorf("flat model: %v", err)
	}
	if _, err := ceiling.Against(model, nil, compare); err == nil {
		t.Error("nobody: no error")
	}
	if _, err := ceiling.Against(model, []*rsa.RDM{subjects[0], subjects[0]}, compare); err == nil {
		t.Error("one person twice: no error")
	}
	// A person is no model of people who include them, by whatever pointer.
	nameless, again := rdm(t, "", model.Stimuli, ref.RDMs[0]), *subjects[2]
	for _, c := range []struct {
		model  *rsa.RDM
		people []*rsa.RDM
		says   string
	}{{subjects[2], subjects, "the model is S3, one of the people"}, {&again, subjects, "the model is S3"}, {nameless, []*rsa.RDM{subjects[0], nameless}, "the model is person 2"}} {
		if _, err := ceiling.Against(c.model, c.people, compare); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v does not say %q", err, c.says)
		}
	}
}

func TestAcross(t *testing.T) {
	ref := load(t)
	people := ref.subjects(t)
	compare := rsa.Compare(analysis.Pearson)
	self := must(ceiling.Across(people, people, rsa.Mean, compare))(t)
	if c := must(ceiling.LeaveOneOut(people, rsa.Mean, compare))(t); math.Abs(self.Value-c.Lo) > 1e-14 || self.N != len(people) {
		t.Errorf("a thing with itself: %v, its ceiling %v", self, c)
	}
	// Matched by label, not by place.
	turned := append(append([]*rsa.RDM{}, people[3:]...), people[:3]...)
	if got := must(ceiling.Across(people, turned, rsa.Mean, compare))(t); math.Abs(got.Value-self.Value) > 1e-14 {
		t.Errorf("in another order: %v, want %v", got.Value, self.Value)
	}
	var align *analysis.AlignmentError
	_, err := ceiling.Across(people, people[1:], rsa.Mean, compare)
	if !errors.As(err, &align) || cmp.Diff([]string{"S1"}, align.Missing) != "" {
		t.Errorf("one person missing: %v", err)
	}
	if _, err = ceiling.Across(people[1:], people, rsa.Mean, compare); !errors.As(err, &align) || cmp.Diff([]string{"S1"}, align.Missing) != "" {
		t.Errorf("one person more: %v", err)
	}
	if _, err = ceiling.Across(people[:1], people[:1], rsa.Mean, compare); err == nil || !strings.Contains(err.Error(), "at least 2 people") {
		t.Errorf("one person: %v", err)
	}
	if _, err = ceiling.Across(people, append(people[:5:5], people[0]), rsa.Mean, compare); err == nil || !strings.Contains(err.Error(), "both S1") {
		t.Errorf("one person twice: %v", err)
	}
	flat := rdm(t, "S2", people[0].Stimuli, make([]float64, len(ref.Model)))
	if _, err = ceiling.Across([]*rsa.RDM{people[0], flat}, people[:2], rsa.Mean, compare); !errors.Is(err, analysis.ErrConstant) || !strings.Contains(err.Error(), "S2 with the mean of the others") {
		t.Errorf("flat: %v", err)
	}
}

// Laws of LeaveOneOut: the order of people does not matter, people who agree
// have ceiling Max, Pearson's Lo never exceeds Hi, and more noise lowers both.
func TestLeaveOneOutLaws(t *testing.T) {
	s := stimuli(t, 30)
	cohort := func(noise float64) []*tuning.Profile {
		rng := rand.New(rand.NewPCG(1, 2))
		truth, out := make([]float64, s.Len()), make([]*tuning.Profile, 8)
		for i := range truth {
			truth[i] = rng.NormFloat64()
		}
		for k := range out {
			v := make([]float64, len(truth))
			for i := range v {
				v[i] = truth[i] + noise*rng.NormFloat64()
			}
			out[k] = profile(fmt.Sprintf("S%d", k+1), s, v)
		}
		return out
	}
	compare := tuning.Compare(analysis.Pearson)
	last := analysis.Ceiling{Lo: 1, Hi: 1}
	for _, noise := range []float64{0, .3, 1, 3} {
		people := cohort(noise)
		c := must(ceiling.LeaveOneOut(people, tuning.Mean, compare))(t)
		if c.Lo > c.Hi+1e-15 || c.Lo > last.Lo+1e-14 || c.Hi > last.Hi+1e-14 || len(c.Warnings) != 0 {
			t.Errorf("noise %v: %+v after %+v", noise, c, last)
		}
		if noise == 0 && math.Abs(c.Lo-1) > 1e-14 {
			t.Errorf("people who agree: %+v", c)
		}
		last = c
		people[0], people[5], people[7] = people[5], people[7], people[0]
		if d := must(ceiling.LeaveOneOut(people, tuning.Mean, compare))(t); math.Abs(c.Lo-d.Lo) > 1e-14 || math.Abs(c.Hi-d.Hi) > 1e-14 {
			t.Errorf("reordered: %+v, want %+v", d, c)
		}
	}

	two := cohort(1)[:2]
	c := must(ceiling.LeaveOneOut(two, tuning.Mean, compare))(t)
	if r := must(compare(two[0], two[1]))(t); math.Abs(c.Lo-r.Value) > 1e-15 {
		t.Errorf("two people: Lo %v, want their r %v", c.Lo, r.Value)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Error(), "2 people are too few to stand for others: need >= 5") {
		t.Errorf("two people: warnings %v", c.Warnings)
	}
}

// A warning that every comparison gives stands there once.
func TestLeaveOneOutWarnings(t *testing.T) {
	ref := load(t)
	subjects := ref.subjects(t) // 9 stimuli: few
	subjects[2].Warnings = []error{errors.New("S3: moved a lot")}
	c := must(ceiling.LeaveOneOut(subjects, rsa.Mean, rsa.Compare(analysis.Pearson)))(t)
	var got []string
	for _, w := range c.Warnings {
		got = append(got, w.Error())
	}
	want := []string{"S3: moved a lot", "Pearson r between RDMs of 9 stimuli is unreliable: need >= 10"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	worst := func([]*rsa.RDM) (*rsa.RDM, error) { return subjects[0], nil }
	calls := 0
	falling := func(a, b *rsa.RDM) (analysis.Score, error) {
		calls++
		return analysis.Score{Measure: analysis.Pearson, Value: []float64{.9, .1}[(calls-1)%2]}, nil
	}
	c = must(ceiling.LeaveOneOut(subjects, worst, falling))(t)
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Error(), "exceeds") {
		t.Errorf("Lo above Hi: %v", c.Warnings)
	}
}

func TestLeaveOneOutErrors(t *testing.T) {
	s, other := stimuli(t, 12), stimuli(t, 11)
	rng := rand.New(rand.NewPCG(1, 2))
	person := func(name string, s analysis.Stimuli) *tuning.Profile {
		v := make([]float64, s.Len())
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return profile(name, s, v)
	}
	a, b := person("S1", s), person("S2", s)
	flat := profile("flat", s, make([]float64, s.Len()))
	var alignment *analysis.AlignmentError
	for _, c := range []struct {
		name   string
		people []*tuning.Profile
		is     error
		as     any
		says   string
	}{
		{"nobody", nil, nil, nil, "at least 2 people"},
		{"one", []*tuning.Profile{a}, nil, nil, "at least 2 people"},
		{"same label", []*tuning.Profile{a, b, person("S1", s)}, nil, nil, "subjects 1 and 3 are both S1"},
		{"same pointer", []*tuning.Profile{person("", s), b, b}, nil, nil, "subjects 2 and 3 are both S2"},
		{"flat", []*tuning.Profile{a, b, flat}, analysis.ErrConstant, nil, "flat with the mean of the others"},
		{"other stimuli", []*tuning.Profile{a, b, person("S3", other)}, nil, &alignment, "mean of all 3 people"},
	} {
		_, err := ceiling.LeaveOneOut(c.people, tuning.Mean, tuning.Compare(analysis.Pearson))
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
	pair, err := analysis.NewStimuli([]analysis.Stimulus{s.At(0), s.At(1)})
	if err != nil {
		t.Fatal(err)
	}
	var geometry []*rsa.RDM
	for _, name := range []string{"S1", "S2", "S3"} {
		geometry = append(geometry, rdm(t, name, pair, []float64{.112}))
	}
	if _, err := ceiling.LeaveOneOut(geometry, rsa.Pool(analysis.Pearson), rsa.Compare(analysis.Pearson)); err == nil || !strings.Contains(err.Error(), "needs at least 3 stimuli") {
		t.Errorf("RDMs of two stimuli: %v", err)
	}
	nameless := person("", s)
	if _, err := ceiling.LeaveOneOut([]*tuning.Profile{nameless, nameless}, tuning.Mean, tuning.Compare(analysis.Pearson)); err == nil {
		t.Error("one nameless person twice: no error")
	}
}

func TestSplitHalf(t *testing.T) {
	ref := load(t)
	s := stimuli(t, len(ref.Odd[0]))
	compare := tuning.Compare(analysis.Pearson)
	for k := range ref.Odd {
		odd, even := profile("odd", s, ref.Odd[k]), profile("even", s, ref.Even[k])
		got := must(ceiling.SplitHalf(odd, even, compare))(t)
		if math.Abs(got.Value-ref.Reliability[k]) > 1e-12 || math.Abs(got.Halves.Value-ref.Halves[k]) > 1e-12 || len(got.Warnings) != 0 {
			t.Errorf("person %d: %+v, want %v from %v", k, got, ref.Reliability[k], ref.Halves[k])
		}
		if got.Lo != ceiling.SpearmanBrown(got.Halves.Lo) || got.Hi != ceiling.SpearmanBrown(got.Halves.Hi) || got.Lo >= got.Value || got.Hi <= got.Value {
			t.Errorf("person %d: interval %v to %v", k, got.Lo, got.Hi)
		}
		swapped := must(ceiling.SplitHalf(even, odd, compare))(t)
		if swapped.Value != got.Value {
			t.Errorf("person %d: %v, swapped %v", k, got.Value, swapped.Value)
		}
	}

	// A half against its opposite repeats nothing.
	against := make([]float64, s.Len())
	floats.AddScaled(against, -1, ref.Odd[0])
	got := must(ceiling.SplitHalf(profile("odd", s, ref.Odd[0]), profile("even", s, against), compare))(t)
	if got.Value != 0 || got.Lo != 0 || got.Hi != 0 || math.Abs(got.Halves.Value+1) > 1e-12 || len(got.Warnings) != 1 || !errors.Is(got.Warnings[0], ceiling.ErrUnreliable) {
		t.Errorf("opposite halves: %+v", got)
	}
	if _, err := ceiling.SplitHalf(profile("odd", s, ref.Odd[0]), profile("even", s, make([]float64, s.Len())), compare); !errors.Is(err, analysis.ErrConstant) {
		t.Errorf("flat half: %v", err)
	}
	for _, bad := range []float64{math.NaN(), 1.5, -2} {
		distance := func(a, b int) (analysis.Score, error) {
			return analysis.Score{Measure: &analysis.Measure{Name: "distance"}, Value: bad}, nil
		}
		if _, err := ceiling.SplitHalf(1, 2, distance); err == nil || !strings.Contains(err.Error(), "distance") {
			t.Errorf("%v of a measure that is no correlation: %v", bad, err)
		}
	}
}

func TestSpearmanBrown(t *testing.T) {
	for _, c := range [][2]float64{{1, 1}, {.5, 2. / 3}, {1e-300, 2e-300}, {0, 0}, {-.5, 0}, {-1, 0}} {
		if got := ceiling.SpearmanBrown(c[0]); math.Abs(got-c[1]) > 1e-15 {
			t.Errorf("SpearmanBrown(%v) = %v, want %v", c[0], got, c[1])
		}
	}
}

func TestCorrect(t *testing.T) {
	for _, c := range []struct{ r, a, b, want float64 }{
		{.3, 1, 1, .3}, {.3, .25, 1, .6}, {.3, .25, .25, 1.2}, {-.3, .5, .5, -.6}, {0, .1, .1, 0},
	} {
		if got := must(ceiling.Correct(c.r, c.a, c.b))(t); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("Correct(%v, %v, %v) = %v, want %v", c.r, c.a, c.b, got, c.want)
		}
	}
	for _, bad := range []float64{0, -.2, 1.01, math.NaN(), math.Inf(1)} {
		if _, err := ceiling.Correct(.3, 1, bad); !errors.Is(err, ceiling.ErrUnreliable) {
			t.Errorf("reliability %v: %v", bad, err)
		}
		if _, err := ceiling.Correct(.3, bad, 1); !errors.Is(err, ceiling.ErrUnreliable) {
			t.Errorf("reliability %v: %v", bad, err)
		}
	}
}
