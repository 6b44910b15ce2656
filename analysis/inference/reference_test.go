package inference

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// reference is what internal/reference/inference.py made with rsatoolbox and
// scipy.
type reference struct {
	Formulas []struct {
		DF              float64
		Interval        [2]float64
		Covariance      [][][]float64 // of both, people, stimuli
		People, Stimuli int
		Means           []float64 // of models, then Lo
		Small, Large    [3]json.RawMessage
		Single          [3]json.RawMessage
		Pairs           [][]float64
		Zero, Ceiling   []float64
	}
	People, Models [][]float64
	Runs           []struct {
		Method       string
		Draws        []struct{ People, Stimuli []float64 }
		Scores       [3][][]float64     // both, people, stimuli; draw; model
		Ceilings     [3][][2]float64    // both, people, stimuli; draw
		ModelVar     []float64          `json:"model_var"`
		PairVar      []float64          `json:"pair_var"`
		CeilingVar   [][2]float64       `json:"ceiling_var"`
		PatternDraws [][]float64        `json:"pattern_draws"`
		PatternVar   [3]json.RawMessage `json:"pattern_var"`
		PeopleDraws  [][]float64        `json:"people_draws"`
		PeopleVar    [3]json.RawMessage `json:"people_var"`
		PerPerson    [][]float64        `json:"per_person"`
		Ceiling      [2]float64
		RankPairs    [][]float64 `json:"rank_pairs"`
		RankZero     []float64   `json:"rank_zero"`
		RankCeiling  []float64   `json:"rank_ceiling"`
		SignPairs    [][]float64 `json:"sign_pairs"`
		SignZero     []float64   `json:"sign_zero"`
		SignCeiling  []float64   `json:"sign_ceiling"`
	}
	SignedRank []struct {
		D []float64
		P float64
	} `json:"signed_rank"`
	Relabel []struct {
		Kind, Measure string
		A, B          []float64
		Value, P      float64
	}
}

func load(t *testing.T) *reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	r := &reference{}
	if err := json.Unmarshal(data, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func parsed[T any](t *testing.T, raw json.RawMessage) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

// variances compares a spread with model, pair and ceiling variances.
func variances(t *testing.T, what string, s *spread, model, pair []float64, ceiling [][2]float64) {
	t.Helper()
	const tol = 1e-13
	at := 0
	square := func(i, less int) float64 {
		e := s.estimate(0, i, less)
		return e.SE * e.SE
	}
	for i := range s.models {
		near(t, fmt.Sprint(what, " model ", i), square(i, -1), model[i], tol)
		for j := range 2 {
			near(t, fmt.Sprint(what, " ceiling ", i, j), square(i, s.models+j), ceiling[i][j], tol)
		}
		for j := i + 1; j < s.models; j++ {
			near(t, fmt.Sprint(what, " pair ", i, j), square(i, j), pair[at], tol)
			at++
		}
	}
}

// TestFormulas: the variances of the dual bootstrap, and the t-tests upon
// them, are rsatoolbox's on the same covariances.
func TestFormulas(t *testing.T) {
	for k, f := range load(t).Formulas {
		s := &spread{models: 3, people: f.People, stimuli: f.Stimuli}
		for kind, c := range f.Covariance {
			cov := &covariance{size: 5}
			for _, row := range c {
				cov.values = append(cov.values, row...)
			}
			s.scores[kind], s.ceiled[kind] = cov, cov
		}
		check := func(what string, raw [3]json.RawMessage) {
			variances(t, fmt.Sprint(k, " ", what), s, parsed[[]float64](t, raw[0]), parsed[[]float64](t, raw[1]), parsed[[][2]float64](t, raw[2]))
		}
		check("small", f.Small)
		r := &Result{Measure: analysis.Pearson, spread: *s}
		estimate := func(value float64, i, less int) analysis.Estimate {
			return r.degrees(TTest, s.estimate(value, i, less))
		}
		for i := range 3 {
			near(t, "zero", upperTail(estimate(f.Means[i], i, -1)), f.Zero[i], 1e-12)
			near(t, "ceiling", bothTails(estimate(f.Means[i]-f.Means[3], i, 3)), f.Ceiling[i], 1e-12)
			for j := range i {
				near(t, "pairs", bothTails(estimate(f.Means[i]-f.Means[j], i, j)), f.Pairs[i][j], 1e-12)
			}
		}
		e := r.estimate(f.Means[0], 0)
		near(t, "degrees of freedom", e.DF, f.DF, 1e-9)
		near(t, "interval", e.Lo, f.Interval[0], 1e-9)
		near(t, "interval", e.Hi, f.Interval[1], 1e-9)
		if lo := r.estimate(f.Means[3], 3); lo.DF != 6 {
			t.Errorf("%v degrees of freedom of the ceiling", lo.DF)
		}
		s.correction = LargeSample
		check("large", f.Large)
		s.correction, s.over = SmallSample, Stimuli
		check("single", f.Single)
	}
}

var methods = map[string]*analysis.Measure{
	"corr": analysis.Pearson, "spearman": analysis.Spearman, "cosine": analysis.Cosine, "tau-a": analysis.TauA, "rho-a": analysis.RhoA,
	"pearson": analysis.Pearson, "tau-b": analysis.TauB, "cosine_cov": rsa.WhitenedCosine, "corr_cov": rsa.WhitenedPearson,
}

func samples(t *testing.T, name string, values [][]float64, n, each int) []*sample {
	out := make([]*sample, len(values))
	s := stimuli(t, n)
	for k, v := range values {
		out[k] = &sample{fmt.Sprint(name, k+1), s, v, each}
	}
	return out
}

// TestRuns: with the same draws, every score and ceiling of a draw, every
// variance and every test is rsatoolbox's.
func TestRuns(t *testing.T) {
	ref := load(t)
	people, models := samples(t, "S", ref.People, 12, 2), samples(t, "m", ref.Models, 12, 2)
	for _, run := range ref.Runs {
		run1 := func(over Over, draws int, stimuli, persons func(k, n int) []float64) (*Result, *drawn) {
			b := Resampling{Draws: draws, Over: over}
			p, r, err := prepare(models, people, methods[run.Method], b)
			if err != nil {
				t.Fatal(err)
			}
			d, err := b.draw(context.Background(), p, stimuli, persons)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.conclude(b, d); err != nil {
				t.Fatal(err)
			}
			return r, d
		}
		r, d := run1(Both, len(run.Draws), func(k, n int) []float64 { return run.Draws[k].Stimuli }, func(k, n int) []float64 { return run.Draws[k].People })
		for kind := range kinds {
			for k := range run.Scores[kind] {
				one := d.draws[kind][k]
				what := fmt.Sprint(run.Method, " kind ", kind, " draw ", k)
				for j, v := range run.Scores[kind][k] {
					near(t, what, one.Scores[j], v, 1e-12)
				}
				near(t, what+" Lo", one.Lo, run.Ceilings[kind][k][0], 1e-12)
				near(t, what+" Hi", one.Hi, run.Ceilings[kind][k][1], 1e-12)
			}
		}
		variances(t, run.Method, &r.spread, run.ModelVar, run.PairVar, run.CeilingVar)
		near(t, run.Method+" Lo", r.Lo.Value, run.Ceiling[0], 1e-12)
		near(t, run.Method+" Hi", r.Hi.Value, run.Ceiling[1], 1e-12)

		zero, ceiling, pairs := verdicts(t, r, SignedRank)
		for j, m := range r.Models {
			for k, v := range run.PerPerson[j] {
				near(t, run.Method+" per person", m.PerPerson[k], v, 1e-12)
			}
			near(t, run.Method+" signed rank", zero[j].P, run.RankZero[j], 1e-12)
			near(t, run.Method+" signed rank, ceiling", ceiling[j].P, run.RankCeiling[j], 1e-12)
		}
		each(len(r.Models), pairs, func(a, b int, p Pair) {
			near(t, run.Method+" signed rank, pair", p.P, run.RankPairs[a][b], 1e-12)
		})
		_, ceiling, pairs = verdicts(t, r, Sign)
		for i := range r.Draws { // so that some are below 0
			for j := range r.Draws[i].Scores {
				r.Draws[i].Scores[j] -= .45
			}
		}
		zero, _, _ = verdicts(t, r, Sign)
		for j := range r.Models {
			near(t, run.Method+" sign", zero[j].P, math.Min(1, run.SignZero[j]), 1e-12)
			near(t, run.Method+" sign, ceiling", ceiling[j].P, math.Min(1, run.SignCeiling[j]), 1e-12)
		}
		each(len(r.Models), pairs, func(a, b int, p Pair) {
			near(t, run.Method+" sign, pair", p.P, run.SignPairs[a][b], 1e-12)
		})

		for _, c := range []struct {
			over  Over
			draws [][]float64
			want  [3]json.RawMessage
		}{{Stimuli, run.PatternDraws, run.PatternVar}, {People, run.PeopleDraws, run.PeopleVar}} {
			f := func(k, n int) []float64 { return c.draws[k] }
			r, _ := run1(c.over, len(c.draws), f, f)
			variances(t, fmt.Sprint(run.Method, " over ", c.over), &r.spread, parsed[[]float64](t, c.want[0]), parsed[[]float64](t, c.want[1]), parsed[[][2]float64](t, c.want[2]))
		}
	}
}

// each calls f with every pair of models and its positions.
func each(models int, pairs []Pair, f func(a, b int, p Pair)) {
	for a := range models {
		for b := a + 1; b < models; b++ {
			f(a, b, pairs[0])
			pairs = pairs[1:]
		}
	}
}

func verdicts(t *testing.T, r *Result, test Test) (zero, ceiling []Verdict, pairs []Pair) {
	t.Helper()
	var errs [3]error
	zero, errs[0] = r.Zero(test)
	ceiling, errs[1] = r.Short(test)
	pairs, errs[2] = r.Pairs(test)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return zero, ceiling, pairs
}

func TestSignedRankReference(t *testing.T) {
	for _, c := range load(t).SignedRank {
		near(t, fmt.Sprint(c.D), signedRank(c.D), c.P, 1e-12)
	}
	near(t, "nothing but zeros", signedRank([]float64{0, 0}), 1, 0)
}

func TestRelabelReference(t *testing.T) {
	for _, c := range load(t).Relabel {
		each := 1
		if c.Kind == "rdm" {
			each = 2
		}
		s := samples(t, "S", [][]float64{c.A, c.B}, 5, each)
		r, err := Related(context.Background(), s[1], s[:1], methods[c.Measure], Permutation{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.Kind+" "+c.Measure, r.Value, c.Value, 1e-12)
		near(t, c.Kind+" "+c.Measure+" p", r.P, c.P, 1e-12)
		if !r.Exact || r.Draws != 120 {
			t.Errorf("%+v", r)
		}
	}
}
