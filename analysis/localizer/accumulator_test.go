package localizer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"fusiform/analysis"
)

// close1e12 compares two fROIs of the same stimuli. Channel 16 of the
// reference is known less well (see TestSciPy), and q may borrow its p.
func close1e12(t *testing.T, want, got *analysis.FROI) {
	t.Helper()
	if want.Source != got.Source || want.Rule != got.Rule || want.Dead != got.Dead || want.DefinedOn.Len() != got.DefinedOn.Len() ||
		len(want.DefinedOn.Shared(got.DefinedOn)) != want.DefinedOn.Len() {
		t.Errorf("source %q, rule %q, %d dead, defined on %d; in memory %q, %q, %d, %d",
			got.Source, got.Rule, got.Dead, got.DefinedOn.Len(), want.Source, want.Rule, want.Dead, want.DefinedOn.Len())
	}
	for j := range want.Stat {
		if e := max(relative(want.Stat[j], got.Stat[j]), relative(want.P[j], got.P[j]), 1e-2*relative(want.Q[j], got.Q[j])); e > 1e-12 && j != 16 {
			t.Errorf("channel %d: t %v p %v q %v, in memory %v %v %v", j, got.Stat[j], got.P[j], got.Q[j], want.Stat[j], want.P[j], want.Q[j])
		}
		if want.Keep[j] != got.Keep[j] {
			t.Errorf("channel %d: selected %v, in memory %v", j, got.Keep[j], want.Keep[j])
		}
	}
}

// TestStream: rows added one by one, in another order, in two parts merged,
// give the fROI of the responses in memory.
func TestStream(t *testing.T) {
	_, r := load(t)
	n, channels := r.Dims()
	limb, err := Named("limb", r.Stimuli())
	if err != nil {
		t.Fatal(err)
	}
	shuffled := rand.New(rand.NewPCG(1, 2)).Perm(n)
	for _, parts := range []int{1, 2, 5} {
		acc := make([]*Accumulator, parts)
		for k := range acc {
			acc[k] = NewAccumulator(channels)
		}
		row := make([]float64, channels)
		for k, i := range shuffled {
			copy(row, r.Row(i)) // one buffer for all: Add must not keep it
			if err := acc[k%parts].Add(r.Stimuli().At(i), row); err != nil {
				t.Fatal(err)
			}
		}
		sum := NewAccumulator(channels)
		for _, a := range acc {
			if err := sum.Merge(a); err != nil {
				t.Fatal(err)
			}
		}
		for _, l := range []TTest{{MinT: 2}, {Pooled: true, FDR: 0.1, Yekutieli: true}, {Conjunction: true}} {
			for _, c := range []analysis.Contrast{Faces, Scenes, limb, {Name: "cars", Prefer: []string{"car"}, Over: []string{"face", "house"}}} {
				want, err := l.Localize(r, c)
				if err != nil {
					t.Fatal(err)
				}
				got, err := sum.Localize(l, r.Source(), c)
				if err != nil {
					t.Fatal(err)
				}
				want.Rule, got.Rule = "", "" // names stand in order of appearance
				close1e12(t, want, got)
			}
		}
	}
}

// TestStreamSingle: single precision goes in, double is computed.
func TestStreamSingle(t *testing.T) {
	r := noise(t, 50, 40)
	a := NewAccumulator(40)
	narrow := make([]float32, 40)
	for i := range 50 {
		row := r.Row(i)
		for j := range row {
			narrow[j] = float32(row[j])
			row[j] = float64(narrow[j]) // noise is ours to change
		}
		if err := a.Add32(r.Stimuli().At(i), narrow); err != nil {
			t.Fatal(err)
		}
	}
	want, err := TTest{}.Localize(r, Faces)
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Localize(TTest{}, r.Source(), Faces)
	if err != nil {
		t.Fatal(err)
	}
	close1e12(t, want, got)
	if !got.DefinedOn.Same(r.Stimuli()) {
		t.Error("DefinedOn is not what was added, in order")
	}
}

// TestMoments is Welford's update and Chan's merge, and the sums about the
// first row, against the two-pass definition, for a mean of 10⁵ standard
// deviations.
func TestMoments(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, 1001)
	for i := range x {
		x[i] = 1e5 + rng.NormFloat64()
	}
	mean, ss := 0.0, 0.0
	for _, v := range x {
		mean += v - 1e5
	}
	mean = 1e5 + mean/float64(len(x))
	for _, v := range x {
		ss += (v - mean) * (v - mean)
	}
	for _, cut := range []int{0, 1, 500, 1001} {
		a, b := newMoments(1), newMoments(1)
		for i, v := range x {
			m := &a
			if i >= cut {
				m = &b
			}
			update(m, []float64{v})
		}
		if b.n > 0 {
			a.merge(b)
		}
		if a.n != len(x) || relative(a.mean[0], mean) > 1e-15 || relative(a.m2[0], ss) > 1e-10 {
			t.Errorf("cut at %d: n %d, mean %v, ss %v; two-pass %v, %v", cut, a.n, a.mean[0], a.m2[0], mean, ss)
		}
	}
	m := newMoments(1)
	m.compute(len(x), func(i int) []float64 { return x[i : i+1] })
	if m.n != len(x) || relative(m.mean[0], mean) > 1e-15 || relative(m.m2[0], ss) > 1e-10 {
		t.Errorf("at once: n %d, mean %v, ss %v; two-pass %v, %v", m.n, m.mean[0], m.m2[0], mean, ss)
	}
}

func TestAccumulatorFaults(t *testing.T) {
	a := NewAccumulator(2)
	s := func(id string) analysis.Stimulus { return analysis.Stimulus{ID: id, Category: "face"} }
	if _, err := a.Localize(TTest{}, "net", Faces); err == nil || !strings.Contains(err.Error(), `no responses of "net"`) {
		t.Errorf("empty: %v", err)
	}
	if _, err := NewAccumulator(0).Localize(TTest{}, "net", Faces); err == nil {
		t.Error("no channels: no error")
	}
	if err := a.Add(s("f1"), []float64{1, 2}); err != nil {
		t.Fatal(err)
	}
	for want, err := range map[string]error{
		`response to "f2" has 3 channels, the accumulator 2`: a.Add(s("f2"), []float64{1, 2, 3}),
		`response to "f2" in channel 1 (of 2) is NaN`:        a.Add(s("f2"), []float64{1, math.NaN()}),
		`response to "f2" in channel 0 (of 2) is -Inf`:       a.Add32(s("f2"), []float32{float32(math.Inf(-1)), 0}),
		`stimulus "f1" was added before`:                     a.Add(s("f1"), []float64{1, 2}),
		`stimulus 1 has no ID`:                               a.Add(s(""), []float64{1, 2}),
		`merging an accumulator of 3 channels into one of 2`: a.Merge(NewAccumulator(3)),
		`stimulus "f1" is in both accumulators`:              a.Merge(a),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if len(a.items) != 1 || a.cells[0].n != 1 || a.moments[0].mean[1] != 2 {
		t.Error("a refused row was counted")
	}
	if err := a.Add(s("f2"), []float64{1, 5}); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if err := a.Add(analysis.Stimulus{ID: fmt.Sprint("b", i), Category: "body"}, []float64{1, float64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := a.Localize(TTest{}, "net", Faces)
	if err != nil || f.Dead != 1 || f.DefinedOn.Len() != 4 || f.Source != "net" || f.Count() != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

// BenchmarkAdd is one row of 100 000 channels into the accumulator.
func BenchmarkAdd(b *testing.B) {
	row := make([]float32, 100_000)
	for j := range row {
		row[j] = float32(j % 97)
	}
	a := NewAccumulator(len(row))
	for i := 0; b.Loop(); i++ {
		if err := a.Add32(analysis.Stimulus{ID: fmt.Sprint(i), Category: "face"}, row); err != nil {
			b.Fatal(err)
		}
	}
}
