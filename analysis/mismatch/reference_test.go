package mismatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

// reference is what internal/reference/mismatch.py computed.
type reference struct {
	People, Models [][]float64
	A, B           []int
	Agreement      float64
	Ranked         []int
	E              []float64
	Items          struct {
		E, SE, P, Q []float64
		Wrong, Same []int
	}
	Effect struct {
		People                 []float64
		Brain, Model, Mismatch float64
		D                      [3]float64
		P                      float64
		Count                  int
		OneP                   float64 `json:"one_p"`
		Spread, Band           float64
	}
	SE    [3]float64
	Scipy struct {
		Profile []float64
		SE      float64
	}
	Pairs struct {
		T        float64
		Interval [2]float64
	}
	Between struct {
		P, DF    float64
		Interval [2]float64
	}
	Flips struct {
		Holds int
		P     float64
	}
	Property   []float64
	Regression struct{ R, Slope, P float64 }
	Orders     struct {
		X, Y []float64
		P    float64
	}
}

func load(t testing.TB) (r reference, people, models []*tuning.Profile) {
	t.Helper()
	if err := json.Unmarshal(must(os.ReadFile("testdata/reference.json"))(t), &r); err != nil {
		t.Fatal(err)
	}
	s := stimuli(t, len(r.People[0]))
	for k, v := range r.People {
		people = append(people, profile(fmt.Sprintf("S%d", k+1), s, v...))
	}
	for k, v := range r.Models {
		models = append(models, profile(fmt.Sprintf("net%d", k+1), s, v...))
	}
	return r, people, models
}

// group returns the stimuli at the positions.
func group(s analysis.Stimuli, at ...int) mismatch.Group {
	g := mismatch.Group{Name: fmt.Sprint(len(at), " stimuli")}
	for _, i := range at {
		g.IDs = append(g.IDs, s.At(i).ID)
	}
	return g
}

func TestResidualsReference(t *testing.T) {
	ref, people, models := load(t)
	ranked := must(mismatch.Rank(people[0], models[0]))(t)
	for k, x := range ranked {
		if want := people[0].Stimuli.At(ref.Ranked[k]).ID; x.ID != want || math.Abs(x.E-ref.E[ref.Ranked[k]]) > 1e-12 {
			t.Errorf("rank %d: %s with %v, want %s with %v", k, x.ID, x.E, want, ref.E[ref.Ranked[k]])
		}
	}
	r := must(mismatch.New(people, models))(t)
	if d := cmp.Diff(ref.Agreement, r.Agreement, nearly); d != "" {
		t.Error("agreement:", d)
	}
	items := r.Ranked()
	slices.SortFunc(items, func(a, b mismatch.Item) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	got := ref.Items
	got.E, got.SE, got.P, got.Q, got.Wrong, got.Same = nil, nil, nil, nil, nil, nil
	for _, x := range items {
		got.E, got.SE, got.P, got.Q = append(got.E, x.E), append(got.SE, x.SE), append(got.P, x.P), append(got.Q, x.Q)
		got.Wrong, got.Same = append(got.Wrong, x.Wrong), append(got.Same, x.SamePeople)
	}
	if d := cmp.Diff(ref.Items, got, cmpopts.EquateApprox(1e-9, 1e-12)); d != "" {
		t.Error("items (-want +got):", d)
	}
}

func TestCompareReference(t *testing.T) {
	ref, people, models := load(t)
	s := people[0].Stimuli
	c := mismatch.Contrast{Name: "c", A: group(s, ref.A...), B: group(s, ref.B...)}
	test := mismatch.Test{Draws: 30000, Seed: 1}
	r := must(test.Compare(context.Background(), people, models[:1], c))(t)[0]
	want := ref.Effect
	if d := cmp.Diff(want.People, r.Sources.People, nearly); d != "" {
		t.Error("people:", d)
	}
	for k, x := range []struct {
		e    mismatch.Effect
		want float64
	}{{r.Brain, want.Brain}, {r.Model, want.Model}, {r.Mismatch, want.Mismatch}} {
		if d := cmp.Diff([]float64{x.want, want.D[k]}, []float64{x.e.Value, x.e.D}, nearly); d != "" {
			t.Errorf("effect %d: %s", k, d)
		}
		// 30000 draws on either side: the SE has a relative error of about .6 %.
		if math.Abs(x.e.SE/ref.SE[k]-1) > .03 {
			t.Errorf("SE %d: %v, numpy %v", k, x.e.SE, ref.SE[k])
		}
	}
	if math.Abs(r.P-want.P) > 1e-15 || r.Relabellings != want.Count || !r.Exact {
		t.Errorf("p = %v of %d, want %v of %d", r.P, r.Relabellings, want.P, want.Count)
	}
	if larger := math.Max(r.P, r.Mismatch.P); r.Q != larger || r.P == r.Mismatch.P {
		t.Errorf("q of one contrast = %v; P = %v and Mismatch.P = %v", r.Q, r.P, r.Mismatch.P)
	}
	if math.Abs(r.Spread-want.Spread) > 1e-12 {
		t.Errorf("spread %v, want %v", r.Spread, want.Spread)
	}

	// Random relabellings come near the exact p.
	test.Permutations, test.Draws = 700, 2
	random := must(test.Compare(context.Background(), people, models[:1], c))(t)[0]
	if random.Exact || random.Relabellings != 700 || math.Abs(random.P-want.P) > .03 {
		t.Errorf("random p = %v of %d (exact %v), exact p = %v", random.P, random.Relabellings, random.Exact, want.P)
	}

	c.A = group(s, ref.A[0])
	alone := must(mismatch.Test{Draws: 10}.Compare(context.Background(), people, models[:1], c))(t)[0]
	if math.Abs(alone.P-want.OneP) > 1e-15 {
		t.Errorf("p of a single stimulus = %v, want %v", alone.P, want.OneP)
	}
}

// With stimuli as they are, what remains is a t-test over people.
func TestPeopleReference(t *testing.T) {
	ref, people, models := load(t)
	s := people[0].Stimuli
	c := mismatch.Contrast{Name: "c", A: group(s, ref.A[0]), B: group(s, ref.B[0])}
	r := must(mismatch.Test{Draws: 30000, Seed: 3, Uncorrected: true}.Compare(context.Background(), people, models[:1], c))(t)[0]
	half := (ref.Pairs.Interval[1] - ref.Pairs.Interval[0]) / 2
	if got := r.Mismatch; math.Abs(got.Lo-ref.Pairs.Interval[0]) > .02*half || math.Abs(got.Hi-ref.Pairs.Interval[1]) > .02*half {
		t.Errorf("%v, scipy %v", got, ref.Pairs.Interval)
	}
	if math.Abs(r.Mismatch.P/ref.Pairs.T-1) > .1 || r.Mismatch.DF != 5 {
		t.Errorf("p = %v with %v df, scipy %v with 5", r.Mismatch.P, r.Mismatch.DF, ref.Pairs.T)
	}
}

// And a sample of networks against a sample of people is Welch's t-test.
func TestNetworksReference(t *testing.T) {
	ref, people, models := load(t)
	s := people[0].Stimuli
	c := mismatch.Contrast{Name: "c", A: group(s, ref.A[0]), B: group(s, ref.B[0])}
	r := must(mismatch.Test{Draws: 30000, Seed: 3, Uncorrected: true}.Compare(context.Background(), people, models, c))(t)[0]
	want := ref.Between
	half := (want.Interval[1] - want.Interval[0]) / 2
	if got := r.Mismatch; math.Abs(got.Lo-want.Interval[0]) > .02*half || math.Abs(got.Hi-want.Interval[1]) > .02*half || math.Abs(got.DF/want.DF-1) > .03 {
		t.Errorf("%v with %v df, scipy %v with %v", got, got.DF, want.Interval, want.DF)
	}
}

// scipy.stats.bootstrap of one profile, corrected for drawing n of n.
func TestScipyBootstrap(t *testing.T) {
	ref, _, _ := load(t)
	s := stimuli(t, len(ref.Scipy.Profile))
	at := make([]int, s.Len())
	for i := range at {
		at[i] = i
	}
	c := mismatch.Contrast{Name: "c", A: group(s, at[:12]...), B: group(s, at[12:24]...)}
	people := []*tuning.Profile{profile("S1", s, ref.Scipy.Profile...)}
	other := slices.Clone(ref.Scipy.Profile)
	slices.Reverse(other)
	r := must(mismatch.Test{Draws: 30000, Seed: 2}.Compare(context.Background(), people, tp(profile("net", s, other...)), c))(t)[0]
	if math.Abs(r.Brain.SE/ref.Scipy.SE-1) > .03 {
		t.Errorf("SE %v, scipy %v", r.Brain.SE, ref.Scipy.SE)
	}
}

func TestReplicateReference(t *testing.T) {
	ref, people, models := load(t)
	s := people[0].Stimuli
	c := mismatch.Contrast{Name: "c", A: group(s, ref.A...), B: group(s, ref.B...)}
	r := must(mismatch.Test{}.Replicate(context.Background(), people, models, c))(t)
	if d := cmp.Diff(mismatch.Held{Over: "people", Holds: ref.Flips.Holds, Of: len(people), P: ref.Flips.P}, r.Held[0], nearly); d != "" {
		t.Error(d)
	}
}

func TestExplainReference(t *testing.T) {
	ref, people, models := load(t)
	r := must(mismatch.New(people, models))(t)
	p := mismatch.Property{Name: "size", Values: map[string]float64{}}
	for i, v := range ref.Property {
		p.Values[r.Stimuli.At(i).ID] = v
	}
	got := must(mismatch.Test{Permutations: 20000}.Explain(context.Background(), r, p))(t)[0]
	want := ref.Regression
	if d := cmp.Diff([]float64{want.R, want.R * want.R, want.Slope}, []float64{got.R, got.R2, got.Slope}, nearly); d != "" {
		t.Error(d)
	}
	if math.Abs(got.P-want.P) > .02 {
		t.Errorf("p = %v by permutation, %v by t", got.P, want.P)
	}

	// All 5040 orders of seven values.
	s := stimuli(t, 7)
	zero := profile("S1", s, ref.Orders.Y...)
	small := must(mismatch.New(tp(zero), tp(profile("net", s, ref.Orders.X...))))(t)
	small.Brain[0], small.Model[0] = make([]float64, 7), ref.Orders.X
	q := mismatch.Property{Name: "q", Values: map[string]float64{}}
	for i, v := range ref.Orders.Y {
		q.Values[s.At(i).ID] = v
	}
	if got := must(mismatch.Test{}.Explain(context.Background(), small, q))(t)[0].P; math.Abs(got-ref.Orders.P) > 1e-12 {
		t.Errorf("p over all orders = %v, scipy %v", got, ref.Orders.P)
	}
}
