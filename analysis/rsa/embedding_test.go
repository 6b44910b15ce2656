package rsa_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// mapped returns an RDM of plain distances, given above the diagonal.
func mapped(t testing.TB, n int, upper []float64) *rsa.RDM {
	t.Helper()
	v := mat.NewSymDense(n, nil)
	k := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			v.SetSym(i, j, upper[k])
			k++
		}
	}
	cats := make([]string, n)
	for i := range cats {
		cats[i] = []string{"face", "body"}[i%2]
	}
	return must(rsa.FromDistances("net/layer", stimuli(t, cats...), v, &rsa.Distance{Name: "distance", Symbol: "d"}))(t)
}

// between returns the distances of points, above the diagonal.
func between(x *mat.Dense) []float64 {
	n, _ := x.Dims()
	var out []float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			out = append(out, math.Hypot(x.At(i, 0)-x.At(j, 0), x.At(i, 1)-x.At(j, 1)))
		}
	}
	return out
}

// TestMDSReference: scikit-learn 1.9.1 from the same start, and classical
// scaling by numpy; see internal/reference/mds.py.
func TestMDSReference(t *testing.T) {
	data, err := os.ReadFile("testdata/mds.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Cases []struct {
			Name                    string
			N                       int
			D, Classical, Distances []float64
			Stress, R, Best         float64
		}
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for _, c := range want.Cases {
		d := mapped(t, c.N, c.D)
		classical := must(rsa.MDS{}.Classical(d))(t)
		if a := apart(t, between(classical), c.Classical); a > 1e-12 {
			t.Errorf("%s: classical scaling is %g apart from numpy's", c.Name, a)
		}
		fine := must(rsa.MDS{Steps: 50_000, Tolerance: 1e-15}.Embed(t.Context(), d))(t)
		usual := must(rsa.MDS{}.Embed(t.Context(), d))(t)
		t.Logf("%s: stress %.9f, scikit-learn %.9f, best of 200 starts %.9f; %d steps, usually %d (stress %.9f)", c.Name, fine.Stress, c.Stress, c.Best, fine.Steps, usual.Steps, usual.Stress)
		for name, e := range map[string]*rsa.Embedding{"fine": fine, "usual": usual} {
			if math.Abs(e.Stress-c.Stress) > 1e-6 || math.Abs(e.R-c.R) > 1e-4 {
				t.Errorf("%s, %s: stress %.9f, r %.6f; scikit-learn has %.9f and %.6f", c.Name, name, e.Stress, e.R, c.Stress, c.R)
			}
		}
		if a := apart(t, between(fine.Points), c.Distances); a > 1e-5 {
			t.Errorf("%s: distances on the map are %g apart", c.Name, a)
		}
		if fine.Stress > 1.02*c.Best+1e-9 {
			t.Errorf("%s: stress %.4f, the best of 200 starts has %.4f", c.Name, fine.Stress, c.Best)
		}
		// Stress and r are those of the points, by their definitions.
		var raw, squares float64
		for k, v := range between(fine.Points) {
			raw, squares = raw+(v-c.D[k])*(v-c.D[k]), squares+v*v
		}
		if s := math.Sqrt(raw / squares); math.Abs(s-fine.Stress) > 1e-12 {
			t.Errorf("%s: the points have stress %v, not %v", c.Name, s, fine.Stress)
		}
	}
}

func TestMDSLaws(t *testing.T) {
	r := random(t, "net/layer", 4, 20, 15)
	d := must(rsa.New(r, analysis.Pearson))(t).RDM()
	e := must(rsa.MDS{}.Embed(t.Context(), d))(t)

	// The same map for the same RDM, bit by bit; d is not changed.
	again := must(rsa.MDS{}.Embed(t.Context(), d))(t)
	if !mat.Equal(e.Points, again.Points) || e.Kind != "1 − Pearson r" {
		t.Errorf("another map of the same RDM, of %q", e.Kind)
	}
	// Permuting stimuli permutes points.
	order := rand.New(rand.NewPCG(1, 2)).Perm(20)
	items := make([]analysis.Stimulus, 20)
	for i, j := range order {
		items[i] = d.Stimuli.At(j)
	}
	p := must(rsa.MDS{}.Embed(t.Context(), must(d.On(must(analysis.NewStimuli(items))(t)))(t)))(t)
	for i, j := range order {
		for k := range 2 {
			if math.Abs(p.Points.At(i, k)-e.Points.At(j, k)) > 1e-3 {
				t.Fatalf("stimulus %d moves from %v to %v when stimuli are permuted", j, e.Points.RawRowView(j), p.Points.RawRowView(i))
			}
		}
	}
	// Steps lower the stress, and the start is no better than the end.
	last := math.Inf(1)
	for _, steps := range []int{1, 2, 5, 20, 100, 1000} {
		s := must(rsa.MDS{Steps: steps}.Embed(t.Context(), d))(t)
		if s.Stress > last {
			t.Errorf("stress %v after %d steps, %v before", s.Stress, steps, last)
		}
		if last = s.Stress; (s.Steps == steps) != strings.Contains(strings.Join(texts(s.Warnings), "|"), "still moved") {
			t.Errorf("%d of %d steps: %v", s.Steps, steps, s.Warnings)
		}
	}
	// The centre is 0, the first axis the wider, the farthest points positive.
	var mean, spread [2]float64
	far := [2]float64{}
	for i := range 20 {
		for k := range 2 {
			v := e.Points.At(i, k)
			mean[k] += v / 20
			spread[k] += v * v
			if math.Abs(v) > math.Abs(far[k]) {
				far[k] = v
			}
		}
	}
	if math.Abs(mean[0])+math.Abs(mean[1]) > 1e-12 || spread[0] < spread[1] || far[0] < 0 || far[1] < 0 {
		t.Errorf("centre %v, spread %v, farthest %v", mean, spread, far)
	}
	// Twice the dissimilarities, twice the map.
	twice := mapped(t, 20, scaled(d.Upper(), 2))
	if f := must(rsa.MDS{}.Embed(t.Context(), twice))(t); math.Abs(f.Stress-e.Stress) > 1e-9 || apart(t, between(f.Points), scaled(between(e.Points), 2)) > 1e-6 {
		t.Errorf("stress %v of twice the dissimilarities, %v", f.Stress, e.Stress)
	}
}

func scaled(x []float64, by float64) []float64 {
	out := slices.Clone(x)
	for i := range out {
		out[i] *= by
	}
	return out
}

func TestMDSEdges(t *testing.T) {
	// Two stimuli, three on a line, a triangle: exact.
	for name, upper := range map[string][]float64{"two": {3}, "line": {1, 3, 2}, "triangle": {1, 1, 1}, "two of three alike": {0, 2, 2}} {
		n := map[int]int{1: 2, 3: 3}[len(upper)]
		e := must(rsa.MDS{}.Embed(t.Context(), mapped(t, n, upper)))(t)
		if apart(t, between(e.Points), upper) > 1e-6 || e.Stress > 1e-6 {
			t.Errorf("%s: distances %v, stress %v", name, between(e.Points), e.Stress)
		}
		if name == "two" && (e.R != 0 || e.Points.At(0, 1) != 0) {
			t.Errorf("two stimuli: r %v, points %v", e.R, mat.Formatted(e.Points))
		}
	}
	// All unlike alike: no two points in one place, however many.
	for _, n := range []int{4, 5, 9} {
		upper := make([]float64, n*(n-1)/2)
		for k := range upper {
			upper[k] = 1
		}
		e := must(rsa.MDS{}.Embed(t.Context(), mapped(t, n, upper)))(t)
		if slices.Min(between(e.Points)) < .2 || e.R != 0 || !(e.Stress > .1) {
			t.Errorf("%d stimuli, all unlike: distances %v, r %v, stress %v", n, between(e.Points), e.R, e.Stress)
		}
	}
	// Classical scaling has the nearer pair in one place, where the other pair
	// is farther apart than they; steps alone would not part them.
	pairs := mapped(t, 4, []float64{.1, 1, 1, 1, 1, .2})
	if start := between(must(rsa.MDS{}.Classical(pairs))(t)); start[0] > 1e-9 {
		t.Errorf("the start has distances %v", start)
	}
	if e := must(rsa.MDS{}.Embed(t.Context(), pairs))(t); between(e.Points)[0] < .08 {
		t.Errorf("stuck in one place: distances %v", between(e.Points))
	}
	// Squares are mapped by their roots, exactly where they are of a plane;
	// values below 0 count as 0.
	x := mat.NewDense(5, 2, []float64{0, 0, 3, 0, 0, 4, 1, 1, -2, 5})
	v := mat.NewSymDense(5, nil)
	for i := range 5 {
		for j := i + 1; j < 5; j++ {
			v.SetSym(i, j, math.Pow(x.At(i, 0)-x.At(j, 0), 2)+math.Pow(x.At(i, 1)-x.At(j, 1), 2))
		}
	}
	s := stimuli(t, "face", "face", "body", "body", "body")
	e := must(rsa.MDS{}.Embed(t.Context(), must(rsa.FromDistances("S1", s, v, rsa.CrossnobisDistance))(t)))(t)
	if a := apart(t, between(e.Points), between(x)); a > 1e-9 || e.Kind != "√ crossnobis distance" || len(e.Warnings) != 0 {
		t.Errorf("squares of a plane: %g apart, of %q, warnings %v", a, e.Kind, e.Warnings)
	}
	v.SetSym(0, 3, -.5)
	e = must(rsa.MDS{}.Embed(t.Context(), must(rsa.FromDistances("S1", s, v, rsa.CrossnobisDistance))(t)))(t)
	if got := strings.Join(texts(e.Warnings), "|"); !strings.Contains(got, "1 of 10 dissimilarities are below 0") {
		t.Errorf("warnings %q", got)
	}
	if v.At(0, 3) != -.5 {
		t.Error("the RDM was changed")
	}
	// Poor maps say so.
	poor := must(rsa.MDS{}.Embed(t.Context(), must(rsa.New(random(t, "net", 1, 30, 40), analysis.Pearson))(t).RDM()))(t)
	if !strings.Contains(strings.Join(texts(poor.Warnings), "|"), "a plane shows these dissimilarities poorly") {
		t.Errorf("stress %v without a warning: %v", poor.Stress, poor.Warnings)
	}
}

func TestMDSErrors(t *testing.T) {
	ok := mapped(t, 3, []float64{1, 2, 2})
	broken := func(change func(d *rsa.RDM)) *rsa.RDM {
		d := *ok
		d.Values = mat.NewSymDense(3, nil)
		d.Values.CopySym(ok.Values)
		change(&d)
		return &d
	}
	for name, c := range map[string]struct {
		m    rsa.MDS
		d    *rsa.RDM
		want string
	}{
		"nil":       {rsa.MDS{}, nil, "no RDM"},
		"no values": {rsa.MDS{}, broken(func(d *rsa.RDM) { d.Values = nil }), "no RDM"},
		"size":      {rsa.MDS{}, broken(func(d *rsa.RDM) { d.Values = mat.NewSymDense(4, nil) }), "4×4 for 3 stimuli"},
		"NaN":       {rsa.MDS{}, broken(func(d *rsa.RDM) { d.Values.SetSym(0, 2, math.NaN()) }), "is NaN; there is no map"},
		"Inf":       {rsa.MDS{}, broken(func(d *rsa.RDM) { d.Values.SetSym(0, 2, math.Inf(1)) }), "is +Inf; there is no map"},
		"huge":      {rsa.MDS{}, broken(func(d *rsa.RDM) { d.Values.SetSym(0, 2, 1e200) }), "rescale"},
		"steps":     {rsa.MDS{Steps: -1}, ok, "-1 steps"},
		"tolerance": {rsa.MDS{Tolerance: math.NaN()}, ok, "tolerance of NaN"},
	} {
		if _, err := c.m.Embed(t.Context(), c.d); err == nil || !strings.HasPrefix(err.Error(), "rsa: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	if _, err := (rsa.MDS{}).Embed(t.Context(), mapped(t, 3, []float64{0, 0, 0})); !errors.Is(err, analysis.ErrConstant) {
		t.Errorf("all alike: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (rsa.MDS{}).Embed(ctx, ok); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A map of five stimuli, two of them alike.
func ExampleMDS() {
	var items []analysis.Stimulus
	for _, id := range []string{"face 1", "face 2", "house 1", "house 2", "car"} {
		items = append(items, analysis.Stimulus{ID: id})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		panic(err)
	}
	d, err := rsa.FromDistances("S1 FFA", s, mat.NewSymDense(5, []float64{
		0, .1, .9, .8, .7,
		.1, 0, .9, .8, .8,
		.9, .9, 0, .1, .5,
		.8, .8, .1, 0, .4,
		.7, .8, .5, .4, 0,
	}), &rsa.Distance{Name: "dissimilarity"})
	if err != nil {
		panic(err)
	}
	m, err := rsa.MDS{}.Embed(context.Background(), d)
	if err != nil {
		panic(err)
	}
	for i := range s.Len() {
		fmt.Printf("%-8s %5.2f %5.2f\n", s.At(i).ID, m.Points.At(i, 0), m.Points.At(i, 1))
	}
	fmt.Printf("stress %.2f\n", m.Stress)
	// Output:
	// face 1    0.46  0.02
	// face 2    0.48 -0.08
	// house 1  -0.42 -0.15
	// house 2  -0.33 -0.09
	// car      -0.20  0.30
	// stress 0.01
}

func BenchmarkMDS185(b *testing.B) {
	d := must(rsa.New(random(b, "net", 1, 185, 40), analysis.Pearson))(b).RDM()
	for b.Loop() {
		if _, err := (rsa.MDS{}).Embed(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}
