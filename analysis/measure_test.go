package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// TestSciPy compares with scipy.stats.pearsonr, spearmanr and rankdata: see
// internal/reference/analysis.py.
func TestSciPy(t *testing.T) {
	b, err := os.ReadFile("testdata/measures.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Pairs []struct {
			Name              string
			X, Y, Ranks       []float64
			Pearson, Spearman float64
			PearsonCI         []float64 `json:"pearson_ci"`
			SpearmanCI        []float64 `json:"spearman_ci"`
		}
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	if len(ref.Pairs) == 0 {
		t.Fatal("no pairs")
	}
	for _, p := range ref.Pairs {
		t.Run(p.Name, func(t *testing.T) {
			tol := 1e-14
			if p.Name == "large mean" {
				tol = 1e-10 // 1e6 standard deviations: the data say no more
			}
			for j, r := range Ranks(p.X) {
				if r != p.Ranks[j] {
					t.Errorf("rank %d is %v, scipy %v", j, r, p.Ranks[j])
				}
			}
			for _, c := range []struct {
				m    *Measure
				want float64
				ci   []float64
			}{{Pearson, p.Pearson, p.PearsonCI}, {Spearman, p.Spearman, p.SpearmanCI}} {
				s, err := c.m.Compare(p.X, p.Y)
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(s.Value-c.want) > tol {
					t.Errorf("%s = %v, scipy %v", c.m.Name, s.Value, c.want)
				}
				if c.ci == nil {
					c.ci = []float64{-1, 1}
				}
				if math.Abs(s.Lo-c.ci[0]) > 100*tol || math.Abs(s.Hi-c.ci[1]) > 100*tol {
					t.Errorf("%s: interval [%v, %v], scipy %v", c.m.Name, s.Lo, s.Hi, c.ci)
				}
				if s.N != len(p.X) || s.Measure != c.m || (len(s.Warnings) > 0) != (len(p.X) < 10) {
					t.Errorf("%s: n %d, warnings %v", c.m.Name, s.N, s.Warnings)
				}
			}
		})
	}
}

// TestMeasureLaws: range, symmetry, self = Max, opposite = Min, no change
// under positive scaling and, but for cosine, shift (of ranks: under any
// increasing map).
func TestMeasureLaws(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	value := func(m *Measure, x, y []float64) float64 {
		t.Helper()
		s, err := m.Compare(x, y)
		if err != nil {
			t.Fatal(err)
		}
		return s.Value
	}
	apply := func(x []float64, f func(float64) float64) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = f(v)
		}
		return y
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-13 }
	for n := 2; n < 60; n++ {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
			if n%3 == 0 { // ties
				x[i], y[i] = float64(i%3), math.Round(y[i])+float64(i%2)
			}
		}
		if Constant(x) || Constant(y) {
			continue
		}
		ties := n%3 == 0 && n > 3
		for _, m := range all {
			r := value(m, x, y)
			if !(r >= m.Min && r <= m.Max) || r != value(m, y, x) {
				t.Errorf("%s, n %d: %v and, exchanged, %v", m.Name, n, r, value(m, y, x))
			}
			neg := apply(x, func(v float64) float64 { return -v })
			short := ties && (m == TauA || m == RhoA) // of Max, with itself
			if !short && (!near(value(m, x, x), m.Max) || !near(value(m, x, neg), m.Min)) || !near(value(m, neg, y), -r) {
				t.Errorf("%s, n %d: self %v, opposite %v", m.Name, n, value(m, x, x), value(m, x, neg))
			}
			if short && value(m, x, x) >= m.Max {
				t.Errorf("%s, n %d: %v of ties with themselves", m.Name, n, value(m, x, x))
			}
			shift := 7.0
			if m == Cosine {
				shift = 0
			}
			if v := value(m, apply(x, func(v float64) float64 { return 3*v - shift }), y); !near(v, r) {
				t.Errorf("%s, n %d: %v, scaled and shifted %v", m.Name, n, r, v)
			}
		}
		for _, m := range []*Measure{Spearman, RhoA, TauA, TauB} {
			if r, v := value(m, x, y), value(m, apply(x, math.Exp), y); r != v {
				t.Errorf("%s, n %d: %v, after exp %v", m.Name, n, r, v)
			}
		}
	}
}

// TestMeasureScale: what can be correlated at one scale can be at another,
// even where squares under- or overflow.
func TestMeasureScale(t *testing.T) {
	x, y := []float64{1, 2, 3, 4, 5}, []float64{2, 1, 4, 3, 7}
	for _, scale := range []float64{1e-300, 1e-200, 1e-160, 1, 1e160, 1e200, 1e307} {
		z := make([]float64, len(x))
		for i, v := range x {
			z[i] = v * scale
		}
		for _, m := range all {
			want, err := m.Compare(x, y)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := m.Compare(z, y); err != nil || math.Abs(got.Value-want.Value) > 1e-14 {
				t.Errorf("%s at scale %v: %v, %v; want %v", m.Name, scale, got, err, want)
			}
		}
	}
}

func TestMeasureFaults(t *testing.T) {
	nan := math.NaN()
	for want, p := range map[string][2][]float64{
		"Pearson r of 2 values with 3":                               {{1, 2}, {1, 2, 3}},
		"Pearson r needs at least 2 values, got 1":                   {{1}, {2}},
		"Pearson r needs at least 2 values, got 0":                   {nil, nil},
		"the first of the two: value 1 is NaN":                       {{1, nan}, {1, 2}},
		"the second of the two: value 0 is -Inf":                     {{1, 2}, {math.Inf(-1), 2}},
		"the first of the two: constant values: all 3 values are 4":  {{4, 4, 4}, {1, 2, 3}},
		"the second of the two: constant values: all 2 values are 0": {{4, 5}, {0, 0}},
	} {
		s, err := Pearson.Compare(p[0], p[1])
		fails(t, err, want)
		if s.Measure != nil {
			t.Errorf("%s: a score beside the error", want)
		}
	}
	if _, err := Spearman.Compare([]float64{1, 1}, []float64{1, 2}); !errors.Is(err, ErrConstant) {
		t.Errorf("constant: %v", err)
	}
	var align *AlignmentError
	if _, err := Spearman.Compare([]float64{1}, []float64{1, 2}); !errors.As(err, &align) {
		t.Errorf("lengths: %v", err)
	}
	// Values that differ by one rounding error are not constant.
	if s, err := Pearson.Compare([]float64{1, 1, 1 + 0x1p-52}, []float64{0, 0, 1}); err != nil || !(s.Value > 0 && s.Value <= 1) {
		t.Errorf("one rounding error: %v, %v", s, err)
	}
}

// TestScoreWithoutInterval: the range of a measure is no interval.
func TestScoreWithoutInterval(t *testing.T) {
	x, y := []float64{1, 2, 3, 4, 5}, []float64{2, 1, 4, 3, 5}
	for _, c := range []struct {
		m    *Measure
		n    int
		want string
	}{
		{Pearson, 5, "r = 0.800 [-0.280, 0.986], n = 5"}, // tanh(atanh .8 ∓ 1.96/√2)
		{Pearson, 3, "r = 0.655, n = 3"},                 // √3/√7
		{Cosine, 5, "cos = 0.964, n = 5"},                // 53/55
	} {
		s, err := c.m.Compare(x[:c.n], y[:c.n])
		if err != nil {
			t.Fatal(err)
		}
		if got := s.String(); got != c.want {
			t.Errorf("%s over %d values: %s, want %s", c.m.Name, c.n, got, c.want)
		}
		if got := strings.Contains(s.String(), "["); got != s.HasInterval() {
			t.Errorf("%s: HasInterval = %v", s, s.HasInterval())
		}
	}
	if got := fmt.Sprint(Spearman, (*Measure)(nil)); got != "ρ " {
		t.Errorf("measures as text: %q", got)
	}
}

// TestAlignmentErrorPrefix: one package's name, not two.
func TestAlignmentErrorPrefix(t *testing.T) {
	for what, want := range map[string]string{
		"localizer: 3 sources": "localizer: 3 sources: 1 missing: a",
		`"net" lacks some`:     `analysis: "net" lacks some: 1 missing: a`,
	} {
		if got := (&AlignmentError{What: what, Missing: []string{"a"}}).Error(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
