package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// slowTau is the definition, pair by pair.
func slowTau(x, y []float64) (a, b float64) {
	sign := func(v float64) float64 {
		switch {
		case v > 0:
			return 1
		case v < 0:
			return -1
		}
		return 0
	}
	var agree, dx, dy, all float64
	for i := range x {
		for j := range i {
			p, q := sign(x[i]-x[j]), sign(y[i]-y[j])
			agree += p * q
			dx += p * p
			dy += q * q
			all++
		}
	}
	return agree / all, agree / math.Sqrt(dx*dy)
}

func TestTau(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 7))
	for _, n := range []int{2, 3, 17, 64, 65, 500, 1025, 3000} {
		xs, ys := samples(n, rng), samples(n, rng)
		for name, x := range xs {
			for _, other := range []string{"normal", "ties", "some ties", "rising", "one far"} {
				y := ys[other]
				a, b := slowTau(x, y)
				if got := TauA.Func(x, y); math.Abs(got-a) > 1e-15 {
					t.Errorf("τ-a, %d values, %s with %s: %v, want %v", n, name, other, got, a)
				}
				if got := TauB.Func(x, y); !Constant(x) && !Constant(y) && math.Abs(got-b) > 1e-14 {
					t.Errorf("τ-b, %d values, %s with %s: %v, want %v", n, name, other, got, b)
				}
			}
		}
	}
}

// Several rooms of the tally are counted as the weighted tree counts them.
func TestTauOfMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 8))
	const n = 3*1<<14 + 77
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	xs, ys := samples(n, rng), samples(n, rng)
	for name, x := range xs {
		y := ys["some ties"]
		for i := range y {
			y[i] += .001 * math.Round(x[i]/1e299) // related, if x is "any bits"
		}
		if got, want := TauA.Func(x, y), TauA.Weighted(x, y, w); got != want {
			t.Errorf("%s: %v, weighted %v", name, got, want)
		}
	}
}

func BenchmarkCompareTo(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 17020
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		z := rng.NormFloat64()
		x[i], y[i] = 1+.2*(z+rng.NormFloat64()), 1+.2*(z+rng.NormFloat64())
	}
	w := Bootstrap{}.Counts(1, n)
	for _, m := range []*Measure{Pearson, Spearman, TauA, TauB, RhoA, Cosine} {
		to := m.CompareTo(x)
		b.Run(m.Symbol, func(b *testing.B) {
			for b.Loop() {
				if _, err := to(y); err != nil {
					b.Fatal(err)
				}
			}
		})
		again := m.Resampler(x, y)
		b.Run(fmt.Sprint("draw/", m.Symbol), func(b *testing.B) {
			for b.Loop() {
				if _, err := again(w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
