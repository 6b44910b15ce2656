package localizer

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// others is testdata/localizers.json: see internal/reference/localizers.py.
type others struct {
	RankSum []struct {
		Contrast       string
		AUC, P, BH, BY []float64
	}
	Exact   [][4]float64 // n₁, n₀, the smaller U, p
	Effects []struct {
		Contrast     string
		D, SI, Ratio []float64
	}
	Prince []struct {
		Contrast string
		Keep     []int
	}
	Tails          [][3]float64 // t, df, p
	Hypergeometric [][5]float64 // k, N, K, n, p
}

func loadOthers(t *testing.T) (o others) {
	t.Helper()
	b, err := os.ReadFile("testdata/localizers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// against compares values with their reference, relative to it.
func against(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	worst := 0.0
	for j := range want {
		e := relative(got[j], want[j])
		if j == 16 { // a mean of 10⁴ standard deviations: the reference is known less well
			e *= 1e-3
		}
		if worst = max(worst, e); !(e <= tolerance) {
			t.Errorf("%s, channel %d: %v, want %v", what, j, got[j], want[j])
		}
	}
	t.Logf("%s: largest relative difference %.1e", what, worst)
}

// TestRankSumSciPy compares with scipy.stats.mannwhitneyu, "auto".
func TestRankSumSciPy(t *testing.T) {
	_, r := load(t)
	for _, c := range loadOthers(t).RankSum {
		contrast, err := Named(c.Contrast, r.Stimuli())
		if err != nil {
			t.Fatal(err)
		}
		for _, yekutieli := range []bool{false, true} {
			f, err := RankSum{Yekutieli: yekutieli}.Localize(r, contrast)
			if err != nil {
				t.Fatal(err)
			}
			against(t, c.Contrast+" AUC", f.Stat, c.AUC, 0)
			against(t, c.Contrast+" p", f.P, c.P, 1e-12)
			q := c.BH
			if yekutieli {
				q = c.BY
			}
			against(t, c.Contrast+" q", f.Q, q, 1e-12)
		}
	}
}

func TestExactU(t *testing.T) {
	for _, e := range loadOthers(t).Exact {
		n1, n0, k := int(e[0]), int(e[1]), int(e[2])
		k = min(k, n1*n0-k)
		if p := exactU(n1, n0)[k]; relative(p, e[3]) > 1e-13 || exactU(n0, n1)[k] != p {
			t.Errorf("n = %d and %d, U = %d: p %v, scipy %v", n1, n0, k, p, e[3])
		}
	}
}

func TestEffects(t *testing.T) {
	_, r := load(t)
	v := mat.DenseCopyOf(r.Matrix())
	v.Apply(func(_, _ int, x float64) float64 { return max(0, x) }, v)
	relu := responses(t, items44(r), v)
	for _, c := range loadOthers(t).Effects {
		contrast, err := Named(c.Contrast, r.Stimuli())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			l    Localizer
			r    *analysis.Responses
			want []float64
		}{{DPrime{}, r, c.D}, {SelectivityIndex{}, relu, c.SI}, {SelectivityIndex{Rectify: true}, relu, c.SI}, {RatioRule{}, relu, c.Ratio}} {
			f, err := x.l.Localize(x.r, contrast)
			if err != nil {
				t.Fatal(err)
			}
			against(t, f.Rule, f.Stat, x.want, 1e-12)
			g, err := TTest{Conjunction: x.l == Localizer(RatioRule{})}.Localize(x.r, contrast)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(f.P, g.P) || !slices.Equal(f.Q, g.Q) {
				t.Errorf("%s: p and q are not those of Welch's test", f.Rule)
			}
		}
	}
}

func items44(r *analysis.Responses) []analysis.Stimulus {
	out := make([]analysis.Stimulus, r.Stimuli().Len())
	for i := range out {
		out[i] = r.Stimuli().At(i)
	}
	return out
}

// TestPrince is the rule of Prince et al. (2024), computed another way.
func TestPrince(t *testing.T) {
	_, r := load(t)
	for _, c := range loadOthers(t).Prince {
		contrast, err := Named(c.Contrast, r.Stimuli())
		if err != nil {
			t.Fatal(err)
		}
		f, err := TTest{Conjunction: true, Pooled: true, Yekutieli: true, FDR: 0.05}.Localize(r, contrast)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(f.Channels(), c.Keep) || len(c.Keep) == 0 {
			t.Errorf("%s: channels %v, want %v", c.Contrast, f.Channels(), c.Keep)
		}
	}
}

// TestTails: p of t against mpmath, to 1e-300 and for 10⁷ degrees of freedom.
func TestTails(t *testing.T) {
	worst := 0.0
	for _, s := range loadOthers(t).Tails {
		p := twoSided(s[0], s[1])
		e := relative(p, s[2])
		if worst = max(worst, e); e > 1e-12 {
			t.Errorf("t %v, df %v: p %v, mpmath %v (%.1e)", s[0], s[1], p, s[2], e)
		}
	}
	t.Logf("largest relative difference %.1e", worst)
}

// TestStudentRoutes: the expansion and the continued fraction agree where
// both hold, at the border of the former above all.
func TestStudentRoutes(t *testing.T) {
	for _, df := range []float64{32, 32.7, 50, 99.9, 420, 998} {
		for u := 1.0 / 64; u <= 1.7; u += 1.0 / 64 {
			x := math.Sqrt(u * df)
			if p, q := nearNormal(x*x, df), byFraction(x, x*x, df); relative(p, q) > 1e-12 && q > 1e-300 {
				t.Errorf("t %v, df %v: p %v, by the fraction %v", x, df, p, q)
			}
		}
	}
}

func TestHypergeometric(t *testing.T) {
	worst := 0.0
	for _, s := range loadOthers(t).Hypergeometric {
		p := atLeast(int(s[0]), int(s[1]), int(s[2]), int(s[3]))
		e := relative(p, s[4])
		if worst = max(worst, e); e > 1e-11 {
			t.Errorf("P(X ≥ %v) of N %v, K %v, n %v: %v, exactly %v", s[0], s[1], s[2], s[3], p, s[4])
		}
	}
	t.Logf("largest relative difference %.1e", worst)
	// A small one by counting: N 5, K 2, n 3.
	for k, want := range []float64{1, 0.9, 0.3, 0} {
		if p := atLeast(k, 5, 2, 3); math.Abs(p-want) > 1e-15 {
			t.Errorf("P(X ≥ %d) = %v, want %v", k, p, want)
		}
	}
	if p := atLeast(5, 5, 5, 5); p != 1 {
		t.Errorf("all of all: %v", p)
	}
}
