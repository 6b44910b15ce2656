package rsa_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/internal/simd"
)

// planted returns runs of n×c responses: a signal that all share and noise
// that correlates between channels, and r residuals of the same noise.
func planted(t testing.TB, seed uint64, runs, n, c, r int, signal float64) ([]*analysis.Responses, *mat.Dense) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	s := stimuli(t, make([]string, n)...)
	draw := func(row []float64) {
		common := rng.NormFloat64()
		for j := range row {
			row[j] += (1 + float64(j%3)) * (rng.NormFloat64() + .7*common)
		}
	}
	truth := mat.NewDense(n, c, nil)
	truth.Apply(func(int, int, float64) float64 { return 4 + signal*rng.NormFloat64() }, truth)
	out := make([]*analysis.Responses, runs)
	for k := range out {
		x := mat.DenseCopyOf(truth)
		for i := range n {
			draw(x.RawRowView(i))
		}
		out[k] = must(analysis.NewResponses("S1", s, x))(t)
	}
	residuals := mat.NewDense(r, c, nil)
	for i := range r {
		draw(residuals.RawRowView(i))
	}
	return out, residuals
}

// slowCrossnobis is the definition, pair by pair; of one run, Mahalanobis.
func slowCrossnobis(t testing.TB, runs []*analysis.Responses, precision *mat.SymDense) *mat.SymDense {
	t.Helper()
	n, c := runs[0].Dims()
	out := mat.NewSymDense(n, nil)
	difference := func(r *analysis.Responses, i, j int) *mat.VecDense {
		d := mat.NewVecDense(c, nil)
		d.SubVec(mat.NewVecDense(c, r.Row(i)), mat.NewVecDense(c, r.Row(j)))
		return d
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			sum, pairs := 0., 0.
			for k := range runs {
				for l := range runs {
					if k == l && len(runs) > 1 {
						continue
					}
					sum += mat.Inner(difference(runs[k], i, j), precision, difference(runs[l], i, j))
					pairs++
				}
			}
			out.SetSym(i, j, sum/pairs/float64(c))
		}
	}
	return out
}

// The fast routes are the definition, over blocks of channels, with fewer and
// with more residuals than channels, at each instruction set.
func TestDistanceRoutes(t *testing.T) {
	ctx := t.Context()
	for _, level := range simd.Levels() {
		restore := simd.Use(level)
		for _, c := range []struct{ runs, n, c, r int }{{2, 5, 30, 9}, {3, 4, 8, 40}, {4, 6, 1, 12}, {2, 2, 3, 3}, {5, 3, 20, 20}, {2, 3, 700, 5}} {
			runs, residuals := planted(t, uint64(c.c), c.runs, c.n, c.c, c.r, 1)
			for _, shrinkage := range []rsa.Shrinkage{rsa.ToDiagonal, rsa.ToIdentity, rsa.OnlyDiagonal} {
				noise := must(rsa.Covariance{Shrinkage: shrinkage}.Residuals(ctx, "S1", residuals))(t)
				precision := must(noise.Precision())(t)
				name := fmt.Sprintf("%v, %v, %v", level, c, shrinkage)
				want := slowCrossnobis(t, runs, precision)
				if d := apart(t, must(rsa.Crossnobis{Noise: noise}.RDM(ctx, runs))(t).Upper(), upper(want)); !(d < 1e-11) {
					t.Errorf("%s: crossnobis differs by %g", name, d)
				}
				want = slowCrossnobis(t, runs[:1], precision)
				if d := apart(t, must(rsa.Mahalanobis(ctx, runs[0], noise))(t).Upper(), upper(want)); !(d < 1e-11) {
					t.Errorf("%s: Mahalanobis differs by %g", name, d)
				}
			}
		}
		restore()
	}
}

// Neither the order of channels nor that of residuals matters, where either
// are more than a block.
func TestDistanceBlocks(t *testing.T) {
	ctx := t.Context()
	close := func(name string, a, b *mat.SymDense) {
		t.Helper()
		if d := far(a, b); !(d < 1e-12) {
			t.Errorf("%s: differs by %g", name, d)
		}
	}
	runs, residuals := planted(t, 5, 2, 40, 3000, 200, 1)
	order := rand.New(rand.NewPCG(5, 5)).Perm(3000)
	moved := make([]*analysis.Responses, 2)
	for k, r := range runs {
		moved[k] = must(r.Columns("S1", order))(t)
	}
	other := mat.NewDense(200, 3000, nil)
	other.Apply(func(i, j int, _ float64) float64 { return residuals.At(i, order[j]) }, other)
	a, b := must(rsa.Covariance{}.Residuals(ctx, "S1", residuals))(t), must(rsa.Covariance{}.Residuals(ctx, "S1", other))(t)
	if math.Abs(a.Lambda-b.Lambda) > 1e-12 || a.Lambda <= 0 || a.Lambda >= 1 {
		t.Errorf("λ is %v, of channels in another order %v", a.Lambda, b.Lambda)
	}
	close("crossnobis", must(rsa.Crossnobis{Noise: a}.RDM(ctx, runs))(t).Values, must(rsa.Crossnobis{Noise: b}.RDM(ctx, moved))(t).Values)
	euclidean := mat.NewSymDense(40, nil)
	for i := range 40 {
		for j := range i {
			sum := 0.
			for k, x := range runs[0].Row(i) {
				sum += (x - runs[0].Row(j)[k]) * (x - runs[0].Row(j)[k]) / 3000
			}
			euclidean.SetSym(i, j, sum)
		}
	}
	close("Euclidean", must(rsa.Euclidean(runs[0]))(t).Values, euclidean)

	_, residuals = planted(t, 6, 1, 2, 300, 1800, 1)
	order = rand.New(rand.NewPCG(6, 6)).Perm(1800)
	other = mat.NewDense(1800, 300, nil)
	other.Apply(func(i, j int, _ float64) float64 { return residuals.At(order[i], j) }, other)
	for _, shrinkage := range shrinkages {
		a, b := must(rsa.Covariance{Shrinkage: shrinkage}.Residuals(ctx, "S1", residuals))(t), must(rsa.Covariance{Shrinkage: shrinkage}.Residuals(ctx, "S1", other))(t)
		close(shrinkage.String(), must(a.Covariance())(t), must(b.Covariance())(t))
	}
}

func upper(m *mat.SymDense) []float64 { return (&rsa.RDM{Values: m}).Upper() }

func TestDistanceLaws(t *testing.T) {
	const n, c = 30, 24
	ctx := t.Context()
	runs, residuals := planted(t, 1, 3, n, c, 15, 1)
	noise := must(rsa.Covariance{}.Residuals(ctx, "S1", residuals))(t)
	kinds := map[string]func(runs []*analysis.Responses) (*rsa.RDM, error){
		"Euclidean":   func(x []*analysis.Responses) (*rsa.RDM, error) { return rsa.Euclidean(x[0]) },
		"Mahalanobis": func(x []*analysis.Responses) (*rsa.RDM, error) { return rsa.Mahalanobis(ctx, x[0], noise) },
		"Crossnobis":  func(x []*analysis.Responses) (*rsa.RDM, error) { return rsa.Crossnobis{Noise: noise}.RDM(ctx, x) },
	}
	each := func(f func(x *mat.Dense) *mat.Dense) []*analysis.Responses {
		out := make([]*analysis.Responses, len(runs))
		for k, r := range runs {
			out[k] = must(analysis.NewResponses(r.Source(), r.Stimuli(), f(mat.DenseCopyOf(r.Matrix()))))(t)
		}
		return out
	}
	order := rand.New(rand.NewPCG(3, 4)).Perm(n)
	items := make([]analysis.Stimulus, n)
	for i, p := range order {
		items[i] = runs[0].Stimuli().At(p)
	}
	shuffled := must(analysis.NewStimuli(items))(t)

	for name, f := range kinds {
		base := must(f(runs))(t)
		moved := make([]*analysis.Responses, len(runs))
		for k, r := range runs {
			moved[k] = must(r.On(shuffled))(t)
		}
		if d := far(must(base.On(shuffled))(t).Values, must(f(moved))(t).Values); d > 1e-12 {
			t.Errorf("%s: permuting stimuli changes the RDM by %g", name, d)
		}
		if moved[0] = runs[0]; far(base.Values, must(f(moved))(t).Values) > 1e-12 {
			t.Errorf("%s: runs were not aligned by ID", name)
		}
		doubled := must(f(each(func(x *mat.Dense) *mat.Dense { x.Scale(2, x); return x })))(t)
		quadrupled := mat.NewSymDense(n, nil)
		quadrupled.ScaleSym(4, base.Values)
		if d := far(quadrupled, doubled.Values); d > 1e-11 {
			t.Errorf("%s: of twice the responses is not four times it: %g", name, d)
		}
		shifted := must(f(each(func(x *mat.Dense) *mat.Dense {
			x.Apply(func(_, j int, v float64) float64 { return v + 1000*float64(j) }, x)
			return x
		})))(t)
		if d := far(base.Values, shifted.Values); d > 1e-8 {
			t.Errorf("%s: what all stimuli share counts: %g", name, d)
		}
		if i, j := 0, 1; base.Values.At(i, i) != 0 || base.Values.At(i, j) != base.Values.At(j, i) {
			t.Errorf("%s: not an RDM", name)
		}
	}

	q := rotation(c, 5)
	turned := each(func(x *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Mul(x, q)
		return &y
	})
	if d := far(must(rsa.Euclidean(runs[0]))(t).Values, must(rsa.Euclidean(turned[0]))(t).Values); d > 1e-12 {
		t.Errorf("Euclidean distances change by %g when the channels are turned", d)
	}
	if d := far(must(rsa.Crossnobis{}.RDM(ctx, runs))(t).Values, must(rsa.Crossnobis{}.RDM(ctx, turned))(t).Values); d > 1e-12 {
		t.Errorf("cross-validated distances change by %g when the channels are turned", d)
	}

	identity := mat.NewSymDense(c, nil)
	for j := range c {
		identity.SetSym(j, j, 1)
	}
	white := must(rsa.FromCovariance("S1", identity))(t)
	if d := far(must(rsa.Euclidean(runs[0]))(t).Values, must(rsa.Mahalanobis(ctx, runs[0], white))(t).Values); d > 1e-12 {
		t.Errorf("Mahalanobis with identity is not Euclidean: %g", d)
	}
	if d := far(must(rsa.Crossnobis{}.RDM(ctx, runs))(t).Values, must(rsa.Crossnobis{Noise: white}.RDM(ctx, runs))(t).Values); d > 1e-12 {
		t.Errorf("crossnobis with identity is not cross-validated Euclidean: %g", d)
	}
	if d := far(must(rsa.Crossnobis{Noise: noise}.RDM(ctx, runs))(t).Values, must(rsa.Crossnobis{Each: []*rsa.Noise{noise, noise, noise}}.RDM(ctx, runs))(t).Values); d > 1e-12 {
		t.Errorf("crossnobis with the same noise for each run is another: %g", d)
	}
	above := mat.DenseCopyOf(runs[0].Matrix()) // its own distances, but not the same run
	above.Apply(func(_, _ int, v float64) float64 { return v + 1 }, above)
	moved := must(analysis.NewResponses("S1", runs[0].Stimuli(), above))(t)
	if d := far(must(rsa.Euclidean(runs[0]))(t).Values, must(rsa.Crossnobis{}.RDM(ctx, []*analysis.Responses{runs[0], moved}))(t).Values); d > 1e-12 {
		t.Errorf("a run against itself is not Euclidean: %g", d)
	}
	// Noise that is transformed like the responses changes nothing.
	mixed := each(func(x *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Mul(x, mixing(c))
		return &y
	})
	sigma := must(rsa.Covariance{}.Residuals(ctx, "S1", residuals))(t)
	var through, other mat.Dense
	through.Mul(must(sigma.Covariance())(t), mixing(c))
	other.Mul(mixing(c).T(), &through)
	mixedSigma := mat.NewSymDense(c, nil)
	for i := range c {
		for j := i; j < c; j++ {
			mixedSigma.SetSym(i, j, other.At(i, j))
		}
	}
	known := must(rsa.FromCovariance("S1", mixedSigma))(t)
	if d := apart(t, must(rsa.Crossnobis{Noise: known}.RDM(ctx, mixed))(t).Upper(), must(rsa.Crossnobis{Noise: sigma}.RDM(ctx, runs))(t).Upper()); d > 1e-9 {
		t.Errorf("crossnobis changes by %g when responses and noise are mixed alike", d)
	}
}

// mixing returns an invertible c×c matrix.
func mixing(c int) *mat.Dense {
	m := mat.NewDense(c, c, nil)
	for i := range c {
		m.Set(i, i, 1+float64(i%4))
		m.Set(i, (i+1)%c, .5)
	}
	return m
}

// Where nothing differs between stimuli but noise, crossnobis distances are 0
// on average and half of them below it, and Mahalanobis distances are 2.
func TestCrossnobisUnderTheNull(t *testing.T) {
	ctx := t.Context()
	var values []float64
	biased := 0.
	for seed := range uint64(40) {
		runs, residuals := planted(t, 100+seed, 3, 12, 15, 60, 0)
		noise := must(rsa.Covariance{}.Residuals(ctx, "S1", residuals))(t)
		values = append(values, must(rsa.Crossnobis{Noise: noise}.RDM(ctx, runs))(t).Upper()...)
		for _, v := range must(rsa.Mahalanobis(ctx, runs[0], noise))(t).Upper() {
			biased += v / 66 / 40
		}
	}
	mean, below := 0., 0.
	for _, v := range values {
		mean += v / float64(len(values))
		if v < 0 {
			below += 1 / float64(len(values))
		}
	}
	if math.Abs(mean) > .03 || math.Abs(below-.5) > .05 || math.Abs(biased-2) > .5 {
		t.Errorf("mean %.3f, %.0f %% below 0, Mahalanobis %.2f", mean, 100*below, biased)
	}
}

// Distances below 0 go through whatever takes an RDM.
func TestNegativeDistances(t *testing.T) {
	runs, _ := planted(t, 3, 2, 8, 12, 2, 0)
	d := must(rsa.Crossnobis{}.RDM(t.Context(), runs))(t)
	negative := 0
	for _, v := range d.Upper() {
		if v < 0 {
			negative++
		}
	}
	if negative == 0 {
		t.Fatal("none is below 0")
	}
	mean := must(rsa.Mean([]*rsa.RDM{d, d}))(t)
	if far(mean.Values, d.Values) > 1e-15 || mean.Distance != rsa.CrossEuclideanDistance || mean.Measure != nil {
		t.Errorf("mean is %v of %s", far(mean.Values, d.Values), mean.Kind())
	}
	other := must(rsa.New(runs[0], analysis.Pearson))(t).RDM()
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine, analysis.TauA} {
		if s := must(rsa.Compare(m)(d, other))(t); math.IsNaN(s.Value) {
			t.Errorf("%s is %v", m.Name, s)
		}
	}
	if copied := must(rsa.FromDistances("S1", d.Stimuli, d.Values, rsa.CrossnobisDistance))(t); far(copied.Values, d.Values) != 0 || copied.Kind() != "crossnobis distance" {
		t.Errorf("copied: %s", copied.Kind())
	}
	if k := other.Kind(); k != "1 − Pearson r" {
		t.Errorf("kind %q", k)
	}
}

// The result does not depend on the number of processors.
func TestDistancesByProcessors(t *testing.T) {
	runs, residuals := planted(t, 1, 2, 70, 900, 30, 1)
	run := func() []float64 {
		noise := must(rsa.Covariance{}.Residuals(t.Context(), "S1", residuals))(t)
		return must(rsa.Crossnobis{Noise: noise}.RDM(t.Context(), runs))(t).Upper()
	}
	was := runtime.GOMAXPROCS(1)
	one := run()
	runtime.GOMAXPROCS(4)
	four := run()
	runtime.GOMAXPROCS(was)
	for i := range one {
		if one[i] != four[i] {
			t.Fatalf("cell %d is %v by one processor, %v by four", i, one[i], four[i])
		}
	}
}

func TestDistanceEdges(t *testing.T) {
	ctx := t.Context()
	s := stimuli(t, "", "")
	one := responses(t, "r", s, [][]float64{{3}, {5}})
	if d := must(rsa.Euclidean(one))(t); d.Values.At(0, 1) != 4 || len(d.Warnings) != 1 {
		t.Errorf("two stimuli, one channel: %v %v", d.Values.At(0, 1), d.Warnings)
	}
	// Constant patterns, and a channel that no stimulus moves, count.
	flat := responses(t, "r", s, [][]float64{{2, 2, 2, 7}, {4, 4, 4, 7}})
	if d := must(rsa.Euclidean(flat))(t); d.Values.At(0, 1) != 3 || !strings.Contains(fmt.Sprint(d.Warnings), "1 of 4 channels") {
		t.Errorf("constant patterns: %v %v", d.Values.At(0, 1), d.Warnings)
	}
	// Two stimuli that are answered alike are at distance 0, never below.
	rng := rand.New(rand.NewPCG(1, 1))
	rows := make([][]float64, 40)
	for i := range rows {
		rows[i] = make([]float64, 700)
		for j := range rows[i] {
			rows[i][j] = 1e3 + rng.NormFloat64()
		}
	}
	copy(rows[39], rows[2])
	twins := must(rsa.Euclidean(responses(t, "r", stimuli(t, make([]string, 40)...), rows)))(t)
	if v := twins.Values.At(2, 39); v < 0 || v > 1e-14 {
		t.Errorf("twins are at %v", v)
	}
	// Patterns that are multiples of each other are at most 1 alike.
	for i := range rows {
		for j := range rows[i] {
			rows[i][j] = float64(i+1) * rows[0][j]
		}
	}
	alike := must(rsa.New(responses(t, "r", stimuli(t, make([]string, 40)...), rows), analysis.Pearson))(t)
	for _, v := range upper(alike.Values) {
		if v > 1 || v < 1-1e-12 {
			t.Fatalf("a multiple is %v alike", v)
		}
	}
	// A cosine of constant patterns is defined, of zeros it is not.
	if m := must(rsa.New(responses(t, "r", s, [][]float64{{2, 2}, {4, 0}}), analysis.Cosine))(t); math.Abs(m.Values.At(0, 1)-math.Sqrt(.5)) > 1e-15 {
		t.Errorf("cosine %v", m.Values.At(0, 1))
	}
	if _, err := rsa.New(responses(t, "r", s, [][]float64{{0, 0}, {4, 0}}), analysis.Cosine); !errors.Is(err, analysis.ErrConstant) {
		t.Errorf("cosine of zeros: %v", err)
	}
	r, copied := random(t, "r", 4, 60, 17), *analysis.Cosine
	if d := far(must(rsa.New(r, analysis.Cosine))(t).Values, must(rsa.New(r, &copied))(t).Values); d > 1e-14 {
		t.Errorf("the routes of the cosine differ by %g", d)
	}

	// Fewer residuals than channels, and half of the channels copies.
	runs, residuals := planted(t, 2, 2, 4, 10, 7, 1)
	for i := range 7 {
		for j := range 5 {
			residuals.Set(i, j+5, residuals.At(i, j))
		}
	}
	n := must(rsa.Covariance{}.Residuals(ctx, "S1", residuals))(t)
	must(rsa.Crossnobis{Noise: n}.RDM(ctx, runs))(t)

	// Runs that lack stimuli give what noise they can.
	short := must(runs[1].On(must(analysis.NewStimuli([]analysis.Stimulus{runs[1].Stimuli().At(2), runs[1].Stimuli().At(0)}))(t)))(t)
	n = must(rsa.Covariance{Shrinkage: rsa.OnlyDiagonal}.Repeats(ctx, []*analysis.Responses{runs[0], short}))(t)
	if n.Residuals != 4 || n.DoF != 2 || len(n.Warnings) != 1 || !strings.Contains(n.Warnings[0].Error(), "2 of 4 stimuli") {
		t.Errorf("%d residuals, %d degrees of freedom, %v", n.Residuals, n.DoF, n.Warnings)
	}
}

func TestDistanceErrors(t *testing.T) {
	ctx := t.Context()
	runs, residuals := planted(t, 2, 2, 4, 10, 8, 1)
	s := runs[0].Stimuli()
	noise := must(rsa.Covariance{}.Residuals(ctx, "S1", residuals))(t)
	sub := func(r *analysis.Responses, rows ...int) *analysis.Responses {
		items := make([]analysis.Stimulus, len(rows))
		for i, p := range rows {
			items[i] = r.Stimuli().At(p)
		}
		return must(r.On(must(analysis.NewStimuli(items))(t)))(t)
	}
	narrow := must(runs[0].Columns("narrow", []int{0, 1, 2}))(t)
	dead := responses(t, "dead", s, [][]float64{{1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3}})
	huge := must(analysis.NewResponses("huge", s, mat.NewDense(4, 1, []float64{1e300, -1e300, 0, 1})))(t)
	still := mat.DenseCopyOf(residuals)
	for i := range 8 {
		still.Set(i, 4, 2)
	}
	missing := mat.DenseCopyOf(residuals)
	missing.Set(1, 2, math.NaN())
	line := mat.NewDense(3, 10, nil)
	line.Apply(func(i, j int, _ float64) float64 { return float64(i * (j + 1)) }, line)
	wide := mat.NewDense(3, 40000, nil)
	wide.Apply(func(i, j int, _ float64) float64 { return float64((i*7+j*3)%11) + float64(i) }, wide)
	wider := must(rsa.Covariance{Shrinkage: rsa.ToIdentity}.Residuals(ctx, "S1", wide))(t)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	cross := func(runs ...*analysis.Responses) func() (any, error) {
		return func() (any, error) { return rsa.Crossnobis{Noise: noise}.RDM(ctx, runs) }
	}
	var alignment *analysis.AlignmentError
	for _, c := range []struct {
		name string
		call func() (any, error)
		is   error
		as   any
		says string
	}{
		{"one run", cross(runs[0]), nil, nil, "over 1 run; it needs at least 2"},
		{"no run", cross(), nil, nil, "over 0 runs; it needs at least 2"},
		{"pool of two stimuli", func() (any, error) {
			return rsa.Pool(analysis.Pearson)([]*rsa.RDM{must(rsa.Euclidean(sub(runs[0], 0, 1)))(t)})
		}, analysis.ErrConstant, nil, "has 1 cell, for 2 stimuli"},
		{"a run lacks a stimulus", cross(runs[0], sub(runs[1], 0, 1, 3)), nil, &alignment, "test/002"},
		{"a run has one more", cross(sub(runs[0], 0, 1, 3), runs[1]), nil, &alignment, "test/002"},
		{"runs of two people", cross(runs[0], runs[1].Named("S2")), nil, &alignment, `run 2 is of "S2", run 1 of "S1"`},
		{"runs with names of their own", cross(runs[0].Named("S1 run 1"), runs[1].Named("S1 run 2")), nil, &alignment, "Responses.Named"},
		{"repeats of two people", func() (any, error) {
			return rsa.Covariance{}.Repeats(ctx, []*analysis.Responses{runs[0], runs[1].Named("S2")})
		}, nil, &alignment, `run 2 is of "S2", run 1 of "S1"`},
		{"a run twice", cross(runs[0], runs[1], runs[0]), analysis.ErrCircular, nil, "runs 1 and 3 are the same"},
		{"a copied run in another order", cross(runs[0], sub(runs[0], 3, 1, 0, 2)), analysis.ErrCircular, nil, "runs 1 and 2 are the same"},
		{"other channels", cross(runs[0], narrow), nil, &alignment, "3 channels"},
		{"noise of other channels", cross(narrow, narrow), nil, &alignment, "the noise of \"S1\" is of 10 channels"},
		{"noise of one run", func() (any, error) { return rsa.Crossnobis{Each: []*rsa.Noise{noise}}.RDM(ctx, runs) }, nil, nil, "each of 1"},
		{"both noises", func() (any, error) {
			return rsa.Crossnobis{Noise: noise, Each: []*rsa.Noise{noise, noise}}.RDM(ctx, runs)
		}, nil, nil, "no Noise beside"},
		{"a run without noise", func() (any, error) { return rsa.Crossnobis{Each: []*rsa.Noise{noise, nil}}.RDM(ctx, runs) }, nil, nil, "run 2"},
		{"each of other channels", func() (any, error) {
			return rsa.Crossnobis{Each: []*rsa.Noise{noise, wider}}.RDM(ctx, runs)
		}, nil, &alignment, "40000"},
		{"one stimulus", cross(sub(runs[0], 1), sub(runs[1], 1)), nil, nil, "at least 2"},
		{"a dead run", func() (any, error) {
			return rsa.Crossnobis{}.RDM(ctx, []*analysis.Responses{narrow.Named("dead"), dead})
		}, analysis.ErrDead, nil, `"dead"`},
		{"cancelled", func() (any, error) { return rsa.Crossnobis{}.RDM(cancelled, runs) }, context.Canceled, nil, ""},
		{"Euclidean of one", func() (any, error) { return rsa.Euclidean(sub(runs[0], 1)) }, nil, nil, "at least 2"},
		{"Euclidean of the dead", func() (any, error) { return rsa.Euclidean(dead) }, analysis.ErrDead, nil, `"dead"`},
		{"overflow", func() (any, error) { return rsa.Euclidean(huge) }, nil, nil, `"test/000" and "test/001"`},
		{"Mahalanobis without noise", func() (any, error) { return rsa.Mahalanobis(ctx, runs[0], nil) }, nil, nil, "Covariance"},
		{"Mahalanobis with another's noise", func() (any, error) { return rsa.Mahalanobis(ctx, narrow, noise) }, nil, &alignment, "3"},
		{"no residuals", func() (any, error) { return rsa.Covariance{}.Residuals(ctx, "S1", nil) }, nil, nil, "no residuals"},
		{"one residual", func() (any, error) { return rsa.Covariance{}.Residuals(ctx, "S1", mat.NewDense(1, 2, nil)) }, nil, nil, "at least 2"},
		{"NaN residual", func() (any, error) { return rsa.Covariance{}.Residuals(ctx, "S1", missing) }, nil, nil, "channel 2"},
		{"still channel", func() (any, error) { return rsa.Covariance{}.Residuals(ctx, "S1", still) }, analysis.ErrConstant, nil, "1 of 10 channels (the first is 4)"},
		{"still residuals", func() (any, error) {
			return rsa.Covariance{Shrinkage: rsa.ToIdentity}.Residuals(ctx, "S1", mat.NewDense(4, 3, nil))
		}, analysis.ErrConstant, nil, "all residuals"},
		{"fewer residuals than channels", func() (any, error) {
			return rsa.Covariance{Shrinkage: rsa.Unshrunk}.Residuals(ctx, "S1", residuals)
		}, nil, nil, "rank 7"},
		{"residuals on a line", func() (any, error) { return rsa.Covariance{}.Residuals(ctx, "S1", line) }, nil, nil, "is 0"},
		{"no such shrinkage", func() (any, error) { return rsa.Covariance{Shrinkage: 9}.Residuals(ctx, "S1", residuals) }, nil, nil, "Shrinkage(9)"},
		{"repeats of one run", func() (any, error) { return rsa.Covariance{}.Repeats(ctx, runs[:1]) }, nil, nil, "from 1 run; it needs at least 2"},
		{"repeats of nothing", func() (any, error) {
			return rsa.Covariance{}.Repeats(ctx, []*analysis.Responses{sub(runs[0], 0, 1), sub(runs[1], 2, 3)})
		}, nil, &alignment, "no stimulus"},
		{"repeats of other channels", func() (any, error) { return rsa.Covariance{}.Repeats(ctx, []*analysis.Responses{runs[0], narrow}) }, nil, &alignment, "3"},
		{"covariance of copies", func() (any, error) {
			return rsa.FromCovariance("S1", mat.NewSymDense(2, []float64{1, 1, 1, 1}))
		}, nil, nil, "singular"},
		{"covariance of near copies", func() (any, error) {
			return rsa.FromCovariance("S1", mat.NewSymDense(2, []float64{1, 1 - 1e-15, 0, 1}))
		}, nil, nil, "singular"},
		{"as many residuals as channels", func() (any, error) {
			return rsa.Covariance{Shrinkage: rsa.Unshrunk}.Residuals(ctx, "S1", mat.DenseCopyOf(residuals.Slice(0, 8, 0, 8)))
		}, nil, nil, "rank 7"},
		{"NaN covariance", func() (any, error) {
			return rsa.FromCovariance("S1", mat.NewSymDense(2, []float64{1, math.NaN(), 0, 1}))
		}, nil, nil, "channels 0 and 1"},
		{"no covariance", func() (any, error) { return rsa.FromCovariance("S1", nil) }, nil, nil, "no values"},
		{"explicit covariance", func() (any, error) { return wider.Covariance() }, nil, nil, "11.9 GiB"},
		{"explicit precision", func() (any, error) { return wider.Precision() }, nil, nil, "Mahalanobis"},
		{"RSM of distances", func() (any, error) { return must(rsa.Euclidean(runs[0]))(t).RSM() }, nil, nil, "no upper bound"},
		{"mean of kinds", func() (any, error) {
			return rsa.Mean([]*rsa.RDM{must(rsa.Euclidean(runs[0]))(t), must(rsa.New(runs[0], analysis.Pearson))(t).RDM()})
		}, nil, nil, "squared Euclidean distance, 1 − Pearson r"},
		{"mean of distances", func() (any, error) {
			return rsa.Mean([]*rsa.RDM{must(rsa.Euclidean(runs[0]))(t), must(rsa.Mahalanobis(ctx, runs[0], noise))(t)})
		}, nil, nil, "different measures"},
		{"negative distance", func() (any, error) {
			return rsa.FromDistances("S1", s, mat.NewSymDense(4, []float64{0, -1, 2, 3, 0, 0, 1, 2, 0, 0, 0, 4, 0, 0, 0, 0}), rsa.EuclideanDistance)
		}, nil, nil, `"test/000" and "test/001" is -1`},
		{"infinite distance", func() (any, error) {
			return rsa.FromDistances("S1", sub(runs[0], 0, 1).Stimuli(), mat.NewSymDense(2, []float64{0, math.Inf(1), 0, 0}), rsa.EuclideanDistance)
		}, nil, nil, "+Inf"},
		{"distances of others", func() (any, error) {
			return rsa.FromDistances("S1", s, mat.NewSymDense(2, nil), rsa.EuclideanDistance)
		}, nil, &alignment, "2×2 for 4"},
		{"no distances", func() (any, error) { return rsa.FromDistances("S1", s, nil, rsa.EuclideanDistance) }, nil, nil, "no values"},
	} {
		_, err := c.call()
		if err == nil || c.is != nil && !errors.Is(err, c.is) || c.as != nil && !errors.As(err, c.as) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The RDM and the noise of runs are of their source. Runs that share part of
// their responses are told of; silence is not shared.
func TestRuns(t *testing.T) {
	runs, _ := planted(t, 2, 2, 6, 12, 8, 1)
	quiet, part := mat.DenseCopyOf(runs[0].Matrix()), mat.DenseCopyOf(runs[1].Matrix())
	for j := range 12 {
		quiet.Set(3, j, 0)
		part.Set(3, j, 0)
		part.Set(1, j, quiet.At(1, j))
	}
	s := runs[0].Stimuli()
	d := must(rsa.Crossnobis{}.RDM(t.Context(), []*analysis.Responses{must(analysis.NewResponses("S1", s, quiet))(t), must(analysis.NewResponses("S1", s, part))(t)}))(t)
	if d.Source != "S1" || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Error(), "runs 1 and 2 have the very same responses to 1 of 6 stimuli (test/001)") {
		t.Errorf("%q warns %v", d.Source, d.Warnings)
	}
	if n := must(rsa.Covariance{}.Repeats(t.Context(), runs))(t); n.Source != "S1" {
		t.Errorf("noise of %q", n.Source)
	}
	if d := must(rsa.Crossnobis{}.RDM(t.Context(), runs))(t); len(d.Warnings) != 0 {
		t.Errorf("runs of their own: %v", d.Warnings)
	}
}

// Inputs are never modified.
func TestDistancesPure(t *testing.T) {
	runs, residuals := planted(t, 2, 2, 4, 10, 8, 1)
	a, b, r := mat.DenseCopyOf(runs[0].Matrix()), mat.DenseCopyOf(runs[1].Matrix()), mat.DenseCopyOf(residuals)
	for _, shrinkage := range shrinkages {
		noise, err := rsa.Covariance{Shrinkage: shrinkage}.Residuals(t.Context(), "S1", residuals)
		if err != nil {
			continue
		}
		must(rsa.Crossnobis{Noise: noise}.RDM(t.Context(), runs))(t)
		must(rsa.Covariance{}.Repeats(t.Context(), runs))(t)
		must(noise.Precision())(t)
	}
	must(rsa.CKA(runs[0], runs[1]))(t)
	if !mat.Equal(a, runs[0].Matrix()) || !mat.Equal(b, runs[1].Matrix()) || !mat.Equal(r, residuals) {
		t.Error("an input was modified")
	}
}
