package glm_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// simulated is a run of n volumes of v voxels whose noise is white; even voxels
// answer faces, odd ones houses, and the last is constant.
func simulated(name string, seed uint64, n, v int) glm.Run {
	rng := rand.New(rand.NewPCG(seed, 1))
	run := glm.Run{Name: name, TR: 2}
	for k := 0; float64(20*k+15) < float64(2*n); k++ {
		run.Events = append(run.Events, analysis.Event{Onset: float64(20*k) + 4, Duration: 10, Type: []string{"face", "house"}[k%2]})
	}
	y := mat.NewDense(n, v, nil)
	run.Data = glm.InMemory{Values: y}
	d, err := glm.FirstLevel{}.Design(run, n)
	if err != nil {
		panic(err)
	}
	for t := range n {
		for j := range v {
			y.Set(t, j, 1000+4*d.X.At(t, j%2)+rng.NormFloat64())
			if j == v-1 {
				y.Set(t, j, 7)
			}
		}
	}
	return run
}

var preferFace = analysis.Contrast{Name: "faces", Prefer: []string{"face"}, Over: []string{"house"}}

func TestLocalizer(t *testing.T) {
	runs := []glm.Run{simulated("a", 1, 90, 9), simulated("b", 2, 90, 9), simulated("c", 3, 80, 9)}
	res, err := glm.FirstLevel{}.Fit(t.Context(), "S1", runs...)
	if err != nil {
		t.Fatal(err)
	}
	first, err := res.Only("a", "c")
	if err != nil {
		t.Fatal(err)
	}
	left := []bool{true, true, true, true, true, false, false, false, true}
	f, err := glm.Localizer{MinT: 5, FDR: .01, Within: [][]bool{left}}.Localize(first, preferFace)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 2, 4}, f.Channels()); diff != "" {
		t.Error(diff)
	}
	if f.Dead != 1 || f.Stat[8] != 0 || f.P[8] != 1 || f.Q[8] != 1 || f.Q[6] != 1 || f.Rule != "first-level t > 5, q < 0.01 within the masks" || f.DefinedOn.Len() != 4 {
		t.Errorf("%+v", f)
	}
	// On a line of nine, voxels 0, 2 and 4 are three clusters of one.
	line := glm.Grid{Shape: [3]int{9, 1, 1}}
	if f, err := (glm.Localizer{MinT: 5, MinCluster: 2, Grid: line}).Localize(first, preferFace); err != nil || f.Count() != 0 || !strings.HasSuffix(f.Rule, "clusters of at least 2 voxels") {
		t.Errorf("%+v: %v", f, err)
	}
	near := glm.Grid{Shape: [3]int{9, 1, 1}, Voxels: []int{0, 8, 1, 7, 2, 6, 5, 4, 3}}
	if f, err := (glm.Localizer{MinT: 5, MinCluster: 3, Grid: near, Within: [][]bool{left}}).Localize(first, preferFace); err != nil || f.Count() != 3 {
		t.Errorf("%+v: %v", f, err)
	}
	if _, err := (glm.Localizer{MinCluster: 2}).Localize(first, preferFace); err == nil {
		t.Error("clusters without a grid")
	}
	all, err := res.Responses()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all.Within(f); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("measured where it was defined: %v", err)
	}
	other, err := res.Only("b")
	if err != nil {
		t.Fatal(err)
	}
	betas, err := other.Responses()
	if err != nil {
		t.Fatal(err)
	}
	in, err := betas.Within(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b/face", "b/house"}, in.Stimuli().IDs()); diff != "" {
		t.Error(diff)
	}
	for j := range 3 { // 4 of 1000 is 0.4 %
		if face, house := in.Row(0)[j], in.Row(1)[j]; math.Abs(face-house-.4) > .15 {
			t.Errorf("voxel %d: face %v, house %v", j, face, house)
		}
	}
	// The opposite contrast is the opposite map.
	m, err := res.Contrast(preferFace)
	if err != nil {
		t.Fatal(err)
	}
	back, err := res.Contrast(analysis.Contrast{Name: "houses", Prefer: []string{"house"}})
	if err != nil {
		t.Fatal(err)
	}
	for j := range m.T {
		if m.T[j] != -back.T[j] || m.P[j] != back.P[j] || m.DF != 90+90+80-3*(2+1)-3-3-3 {
			t.Errorf("%v, %v, df %v", m.T[j], back.T[j], m.DF)
		}
	}
	tvals, err := other.T()
	if err != nil || math.Abs(tvals.Row(0)[0]) < 5 || tvals.Row(0)[8] != 0 {
		t.Errorf("%v: %v", tvals, err)
	}
}

// TestOneRunScaling: in one run, t does not hang on the unit of the data, nor on
// where voxels stand, nor is the input changed.
func TestOneRunScaling(t *testing.T) {
	run := simulated("a", 5, 70, 5)
	y := run.Data.(glm.InMemory).Values
	before := mat.DenseCopyOf(y)
	raw := fit(t, glm.FirstLevel{Raw: true}, run)
	percent := fit(t, glm.FirstLevel{}, run)
	if !mat.Equal(before, y) {
		t.Error("the data were changed")
	}
	turned := mat.NewDense(70, 5, nil)
	for j := range 5 {
		for i := range 70 {
			turned.Set(i, 4-j, y.At(i, j)*1e-3+2)
		}
	}
	run.Data = glm.InMemory{Values: turned}
	scaled := fit(t, glm.FirstLevel{Raw: true}, run)
	for j := range 4 {
		for _, x := range []float64{percent.T[j], scaled.T[4-j]} {
			if math.Abs(x/raw.T[j]-1) > 1e-6 {
				t.Errorf("t[%d] = %v, %v", j, raw.T[j], x)
			}
		}
	}
}

// TestSmallMeans: a mean below 1, as of data that were centred, counts as 1.
func TestSmallMeans(t *testing.T) {
	run := simulated("a", 5, 70, 3)
	run.Data.(glm.InMemory).Values.Apply(func(_, _ int, x float64) float64 { return x/10 - 100.3 }, run.Data.(glm.InMemory).Values)
	raw, percent := fit(t, glm.FirstLevel{Raw: true}, run), fit(t, glm.FirstLevel{}, run)
	for j := range 2 {
		if math.Abs(percent.Effect[j]/raw.Effect[j]-100) > 1e-6 {
			t.Errorf("effect %v, raw %v", percent.Effect[j], raw.Effect[j])
		}
	}
}

func fit(t *testing.T, m glm.FirstLevel, run glm.Run) *glm.Map {
	t.Helper()
	r, err := m.Fit(t.Context(), "S1", run)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Contrast(preferFace)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFaults(t *testing.T) {
	change := func(f func(r *glm.Run)) []glm.Run {
		r := simulated("a", 1, 60, 3)
		f(&r)
		return []glm.Run{r}
	}
	event := func(e analysis.Event) []glm.Run {
		return change(func(r *glm.Run) { r.Events = append(r.Events, e) })
	}
	confound := func(names []string, x ...float64) []glm.Run {
		return change(func(r *glm.Run) {
			r.Confounds, r.ConfoundNames = mat.NewDense(60, len(x), nil), names
			for i := range 60 {
				r.Confounds.SetRow(i, x)
			}
		})
	}
	value := func(x float64) []glm.Run {
		return change(func(r *glm.Run) { r.Data.(glm.InMemory).Values.Set(3, 1, x) })
	}
	var good glm.FirstLevel
	for name, c := range map[string]struct {
		m    glm.FirstLevel
		runs []glm.Run
		want string
	}{
		"none":         {good, nil, "no runs"},
		"no name":      {good, change(func(r *glm.Run) { r.Name = "" }), "name of its own"},
		"same name":    {good, []glm.Run{simulated("a", 1, 60, 3), simulated("a", 2, 60, 3)}, "name of its own"},
		"no data":      {good, change(func(r *glm.Run) { r.Data = nil }), "no data"},
		"no values":    {good, change(func(r *glm.Run) { r.Data = glm.InMemory{} }), "no voxels"},
		"voxels":       {good, []glm.Run{simulated("a", 1, 60, 3), simulated("b", 2, 60, 4)}, `run "b" has 4 voxels, run "a" 3`},
		"noise":        {glm.FirstLevel{Noise: 7}, change(func(r *glm.Run) {}), "AR1, White or"},
		"TR":           {good, change(func(r *glm.Run) { r.TR = 0 }), "TR is 0"},
		"milliseconds": {good, change(func(r *glm.Run) { r.TR = 2000 }), "in seconds"},
		"mixed TR":     {good, append(change(func(r *glm.Run) { r.TR = 2.5; r.Name = "b" }), simulated("a", 1, 60, 3)), `TR of run "a" is 2 s, of run "b" 2.5 s`},
		"slice time":   {glm.FirstLevel{SliceTime: 2}, change(func(r *glm.Run) {}), "SliceTime"},
		"high-pass":    {glm.FirstLevel{HighPass: .3}, change(func(r *glm.Run) {}), "HighPass is 0.3"},
		"HRF":          {glm.FirstLevel{HRF: glm.HRF{Delay: 6}}, change(func(r *glm.Run) {}), "no response"},
		"no events":    {good, change(func(r *glm.Run) { r.Events = nil }), "no events"},
		"NaN onset":    {good, event(analysis.Event{Onset: math.NaN(), Type: "x"}), "NaN"},
		"no type":      {good, event(analysis.Event{Onset: 3}), "no type"},
		"negative":     {good, event(analysis.Event{Onset: 3, Duration: -1, Type: "x"}), "lasts -1"},
		"early":        {good, event(analysis.Event{Onset: -25, Type: "x"}), "more than 24 s before"},
		"late":         {good, event(analysis.Event{Onset: 120, Type: "x"}), "the run ends at 120 s"},
		"unseen":       {good, event(analysis.Event{Onset: 119.9, Type: "x"}), `condition "x" leaves no trace`},
		"constant":     {good, confound([]string{"ones"}, 1), `confound "ones" is 1 in every volume`},
		"name taken":   {good, change(func(r *glm.Run) { r.Confounds, _ = wide(60, 1); r.ConfoundNames = []string{"face"} }), `two regressors are called "face"`},
		"names":        {good, confound([]string{"a", "b"}, 1), "2 names"},
		"confound NaN": {good, confound([]string{"a"}, math.NaN()), `regressor "a" is NaN`},
		"too many":     {good, change(func(r *glm.Run) { r.Confounds, r.ConfoundNames = wide(60, 57) }), "60 volumes for"},
		"sum": {good, change(func(r *glm.Run) {
			r.Confounds, r.ConfoundNames = wide(60, 2)
			r.Confounds.SetCol(1, mat.Col(nil, 0, r.Confounds))
		}), `"c1" is zero or a sum of those before it`},
		"value NaN":     {good, value(math.NaN()), "voxel 1 is NaN in volume 3"},
		"value Inf":     {good, value(math.Inf(-1)), "voxel 1 is -Inf"},
		"two volumes":   {good, change(func(r *glm.Run) { r.Data = glm.InMemory{Values: mat.NewDense(1, 3, nil)} }), "1 volumes"},
		"nothing lives": {good, change(func(r *glm.Run) { r.Data = glm.InMemory{Values: mat.NewDense(60, 3, nil)} }), "none of the 3 voxels"},
	} {
		_, err := c.m.Fit(t.Context(), "S1", c.runs...)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "glm: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wide are confounds of noise.
func wide(n, k int) (*mat.Dense, []string) {
	rng := rand.New(rand.NewPCG(3, 3))
	m, names := mat.NewDense(n, k, nil), make([]string, k)
	for j := range k {
		names[j] = fmt.Sprint("c", j)
		for i := range n {
			m.Set(i, j, rng.NormFloat64())
		}
	}
	return m, names
}

func TestAskedWrongly(t *testing.T) {
	res, err := glm.FirstLevel{}.Fit(t.Context(), "S1", simulated("a", 1, 60, 3))
	if err != nil {
		t.Fatal(err)
	}
	var category *analysis.CategoryError
	if _, err := res.Contrast(analysis.Contrast{Name: "x", Prefer: []string{"cat"}}); !errors.As(err, &category) || !strings.Contains(err.Error(), `run "a"`) {
		t.Error(err)
	}
	if _, err := res.Halves(); err == nil || !strings.Contains(err.Error(), "one run") {
		t.Error(err)
	}
	for _, names := range [][]string{nil, {"b"}, {"a", "a"}} {
		if _, err := res.Only(names...); err == nil {
			t.Errorf("runs %v are there", names)
		}
	}
	var alignment *analysis.AlignmentError
	if _, err := (glm.Localizer{Within: [][]bool{{true}}}).Localize(res, preferFace); !errors.As(err, &alignment) {
		t.Error(err)
	}
	for _, l := range []glm.Localizer{{MinT: -1}, {MinT: math.NaN()}, {FDR: 1}} {
		if _, err := l.Localize(res, preferFace); err == nil {
			t.Errorf("%+v is accepted", l)
		}
	}
	if f, err := (glm.Localizer{MinT: 1e6}).Localize(res, preferFace); err != nil || f.Count() != 0 {
		t.Errorf("an empty fROI is no error: %v", err)
	}
}

// TestStops: a fit ends with its context, and says how far it is.
func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var seen []int
	ctx = analysis.WithProgress(ctx, func(done, total int) { seen = append(seen, done, total); cancel() })
	_, err := glm.FirstLevel{Block: 2}.Fit(ctx, "S1", simulated("a", 1, 60, 5), simulated("b", 2, 60, 5))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if diff := cmp.Diff([]int{2, 10}, seen); diff != "" {
		t.Error(diff)
	}
	seen = nil
	ctx = analysis.WithProgress(t.Context(), func(done, total int) { seen = append(seen, done) })
	if _, err := (glm.FirstLevel{Block: 2}).Fit(ctx, "S1", simulated("a", 1, 60, 5), simulated("b", 2, 60, 5)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2, 4, 5, 7, 9, 10}, seen); diff != "" {
		t.Error(diff)
	}
}

// TestDead: a voxel is dead that is constant, whatever the constant is, or that
// the model explains without rest; so it is in one run of two.
func TestDead(t *testing.T) {
	for _, m := range []glm.FirstLevel{{}, {Raw: true}} {
		a, b := simulated("a", 1, 90, 6), simulated("b", 2, 90, 6)
		d, err := m.Design(a, 90)
		if err != nil {
			t.Fatal(err)
		}
		y := a.Data.(glm.InMemory).Values
		for i := range 90 {
			y.Set(i, 0, 0.1)
			y.Set(i, 1, 1000.1)
			y.Set(i, 2, 1000+3*d.X.At(i, 1)-7*d.X.At(i, 2))
		}
		res, err := m.Fit(t.Context(), "S1", a, b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]bool{true, true, true, false, false, true}, res.Dead); diff != "" {
			t.Error(diff)
		}
		r, err := res.Responses()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]bool{true, true, true, false, false, true}, r.Dead()); diff != "" {
			t.Error(diff)
		}
	}
}
