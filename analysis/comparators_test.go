package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// all are the measures of this package.
var all = []*Measure{Pearson, Spearman, RhoA, TauA, TauB, Cosine}

// TestRsatoolbox compares with rsatoolbox and scipy, with and without ties:
// see internal/reference/comparators.py.
func TestRsatoolbox(t *testing.T) {
	b, err := os.ReadFile("testdata/comparators.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Pairs []struct {
			Name     string
			X, Y     []float64
			Pearson  float64 `json:"corr"`
			Cosine   float64
			Spearman float64
			RhoA     float64 `json:"rho-a"`
			TauA     float64 `json:"tau-a"`
			TauB     float64 `json:"tau-b"`
		}
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	if len(ref.Pairs) == 0 {
		t.Fatal("no pairs")
	}
	for _, p := range ref.Pairs {
		for i, want := range []float64{p.Pearson, p.Spearman, p.RhoA, p.TauA, p.TauB, p.Cosine} {
			s, err := all[i].Compare(p.X, p.Y)
			if err != nil || math.Abs(s.Value-want) > 1e-14 {
				t.Errorf("%s, %s: %v, %v; want %v", all[i].Name, p.Name, s.Value, err, want)
			}
		}
	}
}

// What was prepared gives what was not, to the last bit, from several
// goroutines too.
func TestCompareTo(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 9))
	for _, n := range []int{2, 9, 200} {
		xs, ys := samples(n, rng), samples(n, rng)
		for _, m := range append(all, &Measure{Name: "plain", Func: pearson}) {
			for name, x := range xs {
				if name == "any bits" && m == Cosine {
					continue // its squares are too far apart to matter
				}
				to := m.CompareTo(x)
				done := make(chan string, len(ys))
				for other, y := range ys {
					go func() {
						a, errA := to(y)
						b, errB := m.Compare(x, y)
						switch {
						case fmt.Sprint(errA) != fmt.Sprint(errB):
							done <- fmt.Sprintf("%s, %s with %s: %v; not prepared %v", m.Name, name, other, errA, errB)
						case math.Float64bits(a.Value) != math.Float64bits(b.Value), a.N != b.N, a.Lo != b.Lo, a.Hi != b.Hi, len(a.Warnings) != len(b.Warnings):
							done <- fmt.Sprintf("%s, %s with %s: %+v; not prepared %+v", m.Name, name, other, a, b)
						case errA == nil && math.IsNaN(a.Value):
							done <- fmt.Sprintf("%s, %s with %s: NaN", m.Name, name, other)
						default:
							done <- ""
						}
					}()
				}
				for range ys {
					if fault := <-done; fault != "" {
						t.Error(fault)
					}
				}
			}
		}
	}
}

func pearson(x, y []float64) float64 { return Pearson.Func(x, y) }

// Constant values: no correlation, no cosine of zeros; but a model that
// predicts nothing has τ-a and ρ-a of 0, and a constant has a direction.
func TestConstant(t *testing.T) {
	flat, zero, y := []float64{3, 3, 3, 3}, make([]float64, 4), []float64{1, 2, 3, 5}
	for _, c := range []struct {
		m    *Measure
		x    []float64
		want float64 // NaN: refused
	}{
		{Pearson, flat, math.NaN()}, {Spearman, flat, math.NaN()}, {TauB, flat, math.NaN()},
		{TauA, flat, 0}, {RhoA, flat, 0},
		{Cosine, flat, 11 / (2 * math.Sqrt(39))}, {Cosine, zero, math.NaN()},
	} {
		for k, s := range []func() (Score, error){
			func() (Score, error) { return c.m.Compare(c.x, y) },
			func() (Score, error) { return c.m.Compare(y, c.x) },
			func() (Score, error) { return c.m.CompareTo(c.x)(y) },
		} {
			got, err := s()
			switch {
			case math.IsNaN(c.want) && !errors.Is(err, ErrConstant):
				t.Errorf("%s of %v (%d): %v, %v", c.m.Name, c.x, k, got.Value, err)
			case !math.IsNaN(c.want) && (err != nil || math.Abs(got.Value-c.want) > 1e-15):
				t.Errorf("%s of %v (%d): %v, %v; want %v", c.m.Name, c.x, k, got.Value, err, c.want)
			}
		}
	}
	_, err := Cosine.Compare(zero, y)
	fails(t, err, "cosine: the first of the two: constant values: all 4 values are 0 and point nowhere")
	// Items that are not drawn do not count.
	if _, err := Cosine.Resampled([]float64{0, 0, 7}, y[:3], []float64{2, 1, 0}); !errors.Is(err, ErrConstant) {
		t.Errorf("zeros alone were drawn: %v", err)
	}
	if v, err := TauA.Resampled(y, y, []float64{4, 0, 0, 0}); v != 0 || err != nil {
		t.Errorf("τ-a of one item: %v, %v", v, err)
	}
}

// Normalised people weigh the same, and counts are copies.
func TestNormalize(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 10))
	for _, m := range all {
		for trial := range 40 {
			n := 3 + rng.IntN(40)
			x := make([]float64, n)
			for i := range x {
				x[i] = math.Round(4*rng.NormFloat64()) + 1
			}
			w := Bootstrap{Seed: 4}.Counts(trial, n)
			if m.Refuses(repeated(x, w)) != nil {
				continue
			}
			kept := slices.Clone(x)
			whole, once := m.Normalize(repeated(x, w), nil), repeated(m.Normalize(x, w), w)
			for i := range whole {
				if math.Abs(whole[i]-once[i]) > 1e-12 {
					t.Errorf("%s: item %d of %v counted %v is %v, copied %v", m.Name, i, x, w, once[i], whole[i])
				}
			}
			scaled := make([]float64, n)
			for i := range x {
				scaled[i] = 1000 * x[i]
			}
			for i, v := range m.Normalize(scaled, w) {
				if math.Abs(v-m.Normalize(x, w)[i]) > 1e-12 {
					t.Errorf("%s: the scale of a person counts", m.Name)
				}
			}
			if !slices.Equal(x, kept) {
				t.Errorf("%s: the values were changed", m.Name)
			}
		}
	}
}

// The interval holds the truth in about 95 of 100 samples of 30 pairs of a
// normal distribution with ρ = .5, for which τ = 2/π·asin ρ.
func TestTauInterval(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 11))
	const samples, n, rho = 2000, 30, .5
	truth, held := 2/math.Pi*math.Asin(rho), 0
	for range samples {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64()
			y[i] = rho*x[i] + math.Sqrt(1-rho*rho)*rng.NormFloat64()
		}
		s, err := TauA.Compare(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if s.Lo <= truth && truth <= s.Hi {
			held++
		}
	}
	if p := float64(held) / samples; p < .93 || p > .97 {
		t.Errorf("the interval holds τ in %.3f of the samples", p)
	}
	if lo, hi := TauB.Interval(.5, 4); lo != -1 || hi != 1 {
		t.Errorf("n = 4: [%v, %v]", lo, hi)
	}
}
