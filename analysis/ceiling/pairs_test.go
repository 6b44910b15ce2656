package ceiling_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/tuning"
)

func TestPairwiseReference(t *testing.T) {
	ref := load(t)
	s := stimuli(t, len(ref.Odd[0]))
	n := len(ref.Odd)
	systems, items := make([]ceiling.System, n), make([]*tuning.Profile, n)
	for k := range items {
		name := fmt.Sprintf("S%d", k+1)
		systems[k] = ceiling.System{Label: name + " FFA", Person: name, Region: "FFA"}
		whole := must(tuning.Mean([]*tuning.Profile{profile("odd", s, ref.Odd[k]), profile("even", s, ref.Even[k])}))(t)
		items[k] = whole
	}
	p := must(ceiling.Pairwise(systems, items, ref.Reliability, tuning.Compare(analysis.Pearson)))(t)
	for i := range n {
		for j := range n {
			if p.Known(i, j) != (i != j) {
				t.Errorf("known(%d, %d) is %v", i, j, p.Known(i, j))
			}
			if i != j && math.Abs(p.Values.At(i, j)-ref.Corrected[i][j]) > 1e-12 {
				t.Errorf("pair (%d, %d) is %v, want %v", i, j, p.Values.At(i, j), ref.Corrected[i][j])
			}
		}
	}
	m := must(p.Medians("FFA", "FFA"))(t)
	if d := cmp.Diff(ref.MedianOthers, m.Values, exact); d != "" {
		t.Error("medians over the others:", d)
	}
	for k, want := range ref.MedianOthers {
		if got := must(p.PersonMedian(systems[k].Person, "FFA"))(t); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", systems[k].Label, got, want)
		}
	}
	c := must(p.Ceiling("FFA"))(t)
	if c.Lo != m.Median() || c.Hi != c.Lo || c.Subjects != n || c.Measure != analysis.Pearson || len(c.Warnings) != 0 || len(p.Warnings) != 0 {
		t.Errorf("ceiling %+v, pairs warn %v", c, p.Warnings)
	}

	t.Run("unreliable", func(t *testing.T) {
		reliability := append([]float64(nil), ref.Reliability...)
		reliability[2] = 0
		p := must(ceiling.Pairwise(systems, items, reliability, tuning.Compare(analysis.Pearson)))(t)
		if len(p.Warnings) != 1 || !errors.Is(p.Warnings[0], ceiling.ErrUnreliable) || !strings.Contains(p.Warnings[0].Error(), "S3 FFA") {
			t.Errorf("warnings %v", p.Warnings)
		}
		if p.Known(2, 3) || p.Known(3, 2) || !p.Known(3, 4) || p.Values.At(2, 3) != 0 {
			t.Error("the pairs of S3 should be missing, and no others")
		}
		// The ceiling is that of the five others alone.
		five := must(ceiling.Pairwise(slices.Delete(slices.Clone(systems), 2, 3), slices.Delete(slices.Clone(items), 2, 3),
			slices.Delete(slices.Clone(reliability), 2, 3), tuning.Compare(analysis.Pearson)))(t)
		c, want := must(p.Ceiling("FFA"))(t), must(five.Ceiling("FFA"))(t)
		if c.Lo != want.Lo || c.Subjects != 5 || len(c.Warnings) != 2 || !strings.Contains(c.Warnings[0].Error(), "S3 FFA is left out") || c.Warnings[1].Error() != "5 pairs of FFA with FFA are missing" {
			t.Errorf("ceiling %+v, want %+v", c, want)
		}
		if _, err := p.PersonMedian("S3", "FFA"); err == nil {
			t.Error("S3 has a ceiling")
		}
		if _, err := ceiling.Pairwise(systems, items, make([]float64, n), tuning.Compare(analysis.Pearson)); !errors.Is(err, ceiling.ErrUnreliable) {
			t.Errorf("nobody reliable: %v", err)
		}
	})
}

// pairs of three people with two regions and one network, in which each value
// tells where it stands: row + column/10.
func small(t *testing.T) (*ceiling.Pairs, []ceiling.System) {
	t.Helper()
	systems := []ceiling.System{
		{Label: "S1 FFA", Person: "S1", Region: "FFA"}, {Label: "S2 FFA", Person: "S2", Region: "FFA"}, {Label: "S3 FFA", Person: "S3", Region: "FFA"},
		{Label: "S1 OFA", Person: "S1", Region: "OFA"}, {Label: "S2 OFA", Person: "S2", Region: "OFA"},
		{Label: "net", Region: "face units"}, {Label: "net", Region: "body units"},
	}
	v := mat.NewDense(len(systems), len(systems), nil)
	for i := range systems {
		for j := range systems {
			v.Set(i, j, float64(i)+float64(j)/10)
		}
		v.Set(i, i, math.NaN())
	}
	v.Set(5, 1, math.NaN())
	return must(ceiling.NewPairs(systems, analysis.Pearson, v))(t), systems
}

func TestPairs(t *testing.T) {
	p, _ := small(t)
	for i := range p.Systems {
		for j := range p.Systems {
			if want := i == 0 && j == 3 || i == 3 && j == 0 || i == 1 && j == 4 || i == 4 && j == 1; p.SharesNoise(i, j) != want {
				t.Errorf("SharesNoise(%d, %d) is %v", i, j, !want)
			}
		}
	}
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Error(), "2 pairs lie within one person and share noise (largest: S2 FFA with S2 OFA, 1.400)") {
		t.Errorf("warnings %v", p.Warnings)
	}
	for _, c := range []struct {
		from, to string
		want     []float64
		missing  bool
	}{
		{"FFA", "FFA", []float64{.15, 1.1, 2.05}, false}, // rows, not columns
		{"OFA", "OFA", []float64{3.4, 4.3}, false},
		{"FFA", "OFA", []float64{.4, 1.3, 2.35}, false}, // S1 against S2's OFA alone, S3 against both
		{"OFA", "FFA", []float64{3.15, 4.1}, false},
		{"face units", "FFA", []float64{5.1}, true}, // S2 is missing
		{"body units", "OFA", []float64{6.35}, false},
	} {
		m := must(p.Medians(c.from, c.to))(t)
		if d := cmp.Diff(c.want, m.Values, exact); d != "" {
			t.Errorf("%s to %s: %s", c.from, c.to, d)
		}
		missing := false
		for _, w := range m.Warnings {
			missing = missing || w.Error() == "1 pairs of face units with FFA are missing"
		}
		if missing != c.missing {
			t.Errorf("%s to %s: warnings %v", c.from, c.to, m.Warnings)
		}
	}
	c := must(p.Ceiling("FFA"))(t)
	if math.Abs(c.Lo-1.1) > 1e-15 || c.Subjects != 3 || len(c.Warnings) != 1 {
		t.Errorf("%+v", c)
	}
}

// The pairs are compared side by side, and what comes of it is the same on any
// number of processors: values, warnings and the error of the first pair.
func TestPairwiseByProcessors(t *testing.T) {
	n := 40
	s, rng := stimuli(t, 12), rand.New(rand.NewPCG(3, 3))
	systems, items, reliability := make([]ceiling.System, n), make([]*tuning.Profile, n), make([]float64, n)
	for i := range items {
		v := make([]float64, s.Len())
		for k := range v {
			v[k] = rng.NormFloat64()
		}
		name := fmt.Sprintf("S%d", i+1)
		systems[i], items[i], reliability[i] = ceiling.System{Label: name, Person: name, Region: "FFA"}, profile(name, s, v), .5
		items[i].Warnings = []error{errors.New(name + " moved")}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want *ceiling.Pairs
	for _, procs := range []int{1, 4} {
		runtime.GOMAXPROCS(procs)
		p := must(ceiling.Pairwise(systems, items, reliability, tuning.Compare(analysis.TauA)))(t)
		if want == nil {
			want = p
		}
		if !mat.Equal(p.Values, want.Values) || fmt.Sprint(p.Warnings) != fmt.Sprint(want.Warnings) {
			t.Errorf("%d processors give other pairs", procs)
		}
		_, err := ceiling.Pairwise(systems, items, reliability, func(a, b *tuning.Profile) (analysis.Score, error) {
			if b.Label() == "S9" || b.Label() == "S7" || b.Label() == "S40" {
				return analysis.Score{}, errors.New("no")
			}
			return tuning.Compare(analysis.Pearson)(a, b)
		})
		if err == nil || err.Error() != "ceiling: S1 with S7: no" {
			t.Errorf("%d processors: %v", procs, err)
		}
	}
	if len(want.Warnings) != n {
		t.Errorf("%d warnings, should be one per person", len(want.Warnings))
	}
}

// Of two people, half of all draws hold one alone: an interval would be a point.
func TestOverTwoPeople(t *testing.T) {
	p, _ := small(t)
	two := must(ceiling.NewPairs(append(slices.Clone(p.Systems[:2]), p.Systems[5]), analysis.Pearson, mat.NewDense(3, 3, []float64{0, .9, .8, .9, 0, .7, .8, .7, 0})))(t)
	for _, from := range []string{"FFA", "face units"} {
		if _, err := two.OverPeople(t.Context(), analysis.Bootstrap{Draws: 50}, from, "FFA"); err == nil || !strings.Contains(err.Error(), "of 2 people") || !strings.Contains(err.Error(), "OverStimuli") {
			t.Errorf("%s: %v", from, err)
		}
	}
}

func TestPairsErrors(t *testing.T) {
	p, systems := small(t)
	n := len(systems)
	items := make([]*tuning.Profile, n)
	inf := mat.NewDense(2, 2, []float64{0, math.Inf(1), 0, 0})
	alone := must(ceiling.NewPairs([]ceiling.System{systems[0], systems[3], systems[5]}, analysis.Pearson, mat.NewDense(3, 3, nil)))(t)
	networks := must(ceiling.NewPairs([]ceiling.System{{Label: "n", Region: "a"}, {Label: "m", Region: "b"}}, analysis.Pearson, mat.NewDense(2, 2, nil)))(t)
	nan := math.NaN()
	partly := must(ceiling.NewPairs(systems[:3], analysis.Pearson, mat.NewDense(3, 3, []float64{0, 1, nan, 1, 0, nan, nan, nan, 0})))(t)
	gaps := must(ceiling.NewPairs(systems[:2], analysis.Pearson, mat.NewDense(2, 2, []float64{0, math.NaN(), math.NaN(), 0})))(t)
	for _, c := range []struct {
		name string
		call func() error
		says string
	}{
		{"lengths", func() error {
			_, err := ceiling.Pairwise(systems, items, nil, tuning.Compare(analysis.Pearson))
			return err
		}, "7 systems with 7 items and 0 reliabilities"},
		{"one system", func() error {
			_, err := ceiling.Pairwise(systems[:1], items[:1], []float64{1}, tuning.Compare(analysis.Pearson))
			return err
		}, "at least 2 systems"},
		{"not square", func() error {
			_, err := ceiling.NewPairs(systems, analysis.Pearson, mat.NewDense(n, n-1, nil))
			return err
		}, "7×6 matrix for 7"},
		{"infinite", func() error { _, err := ceiling.NewPairs(systems[:2], analysis.Pearson, inf); return err }, "S1 FFA with S2 FFA is +Inf"},
		{"twice", func() error {
			_, err := ceiling.NewPairs([]ceiling.System{systems[0], {Label: "again", Person: "S1", Region: "FFA"}}, analysis.Pearson, mat.NewDense(2, 2, nil))
			return err
		}, "systems 1 and 2 are both again"},
		{"unknown region", func() error { _, err := p.Ceiling("EBA"); return err }, "FFA, OFA, face units, body units"},
		{"network as a person", func() error { _, err := p.Medians("FFA", "face units"); return err }, `a network has it, so perhaps from and to are exchanged; those of people are: FFA, OFA`},
		{"nobody's region", func() error { _, err := p.Medians("FFA", "EBA"); return err }, `no person of region "EBA"; those of people are: FFA, OFA`},
		{"networks alone", func() error { _, err := networks.Medians("a", "b"); return err }, "no system has a Person"},
		{"left out", func() error { _, err := partly.PersonMedian("S3", "FFA"); return err }, `the FFA of person "S3" is left out`},
		{"no label", func() error {
			_, err := ceiling.NewPairs([]ceiling.System{{Person: "S1", Region: "FFA"}, {}}, analysis.Pearson, mat.NewDense(2, 2, []float64{0, math.Inf(1), 0, 0}))
			return err
		}, "S1 FFA with a system without Label, Person or Region is +Inf"},
		{"unknown units", func() error { _, err := p.Medians("scene units", "FFA"); return err }, "no system of region"},
		{"unknown person", func() error { _, err := p.PersonMedian("S9", "FFA"); return err }, `no FFA of person "S9"; it is known of: S1, S2, S3`},
		{"unnamed person", func() error { _, err := p.PersonMedian("", "FFA"); return err }, `person ""`},
		{"one person", func() error { _, err := alone.Ceiling("FFA"); return err }, "it takes two"},
		{"no one else", func() error { _, err := alone.Medians("OFA", "FFA"); return err }, "no similarity between OFA and the FFA of anybody else"},
		{"all missing", func() error { _, err := gaps.Ceiling("FFA"); return err }, "it takes two"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.name, err, c.says)
		}
	}
}
