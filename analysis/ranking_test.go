package analysis

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// slowRanks is the definition: below + (equal + 1)/2, each by its count.
func slowRanks(x, w []float64) []float64 {
	r := make([]float64, len(x))
	for i, v := range x {
		below, equal := 0.0, 0.0
		for j, u := range x {
			c := 1.0
			if w != nil {
				c = w[j]
			}
			switch {
			case u < v:
				below += c
			case u == v:
				equal += c
			}
		}
		r[i] = below + (equal+1)/2
	}
	return r
}

// samples are vectors of n values that are hard to sort by their bits.
func samples(n int, rng *rand.Rand) map[string][]float64 {
	fill := func(f func(i int) float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = f(i)
		}
		return x
	}
	bits := func(int) float64 {
		for {
			if v := math.Float64frombits(rng.Uint64()); !math.IsNaN(v) && !math.IsInf(v, 0) {
				return v
			}
		}
	}
	return map[string][]float64{
		"normal":    fill(func(int) float64 { return rng.NormFloat64() }),
		"ties":      fill(func(int) float64 { return float64(rng.IntN(7) - 3) }),
		"some ties": fill(func(int) float64 { return math.Round(1e3*rng.NormFloat64()) / 1e3 }),
		"any bits":  fill(bits),
		"close":     fill(func(int) float64 { return 1 + float64(rng.IntN(50))*0x1p-52 }),
		"one far":   fill(func(i int) float64 { return float64(rng.IntN(1000)) + 1e300*float64(i/(n-1)) }),
		"rising":    fill(func(i int) float64 { return float64(i) }),
		"falling":   fill(func(i int) float64 { return -float64(i) }),
		"constant":  fill(func(int) float64 { return -2.5 }),
		"zeros":     fill(func(i int) float64 { return math.Copysign(0, float64(i%2)-.5) }),
		"tiny":      fill(func(int) float64 { return float64(rng.IntN(9)-4) * 5e-324 }),
	}
}

func TestRanking(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 5))
	var reused Ranking
	for _, n := range []int{2, 3, 17, fewToSort, fewToSort + 1, 500, 3000} {
		for name, x := range samples(n, rng) {
			kept := slices.Clone(x)
			r := NewRanking(x)
			reused.Reset(x)
			for draw := range 3 {
				var w []float64
				if draw > 0 {
					w = Bootstrap{Seed: 9}.Counts(draw, n)
				}
				want := slowRanks(x, w)
				if got := r.Ranks(w); !slices.Equal(got, want) {
					t.Fatalf("%d values, %s, draw %d: %v, want %v", n, name, draw, got, want)
				}
				if !slices.Equal(reused.Ranks(w), want) || !slices.Equal(WeightedRanks(x, w), want) {
					t.Errorf("%d values, %s, draw %d: the routes differ", n, name, draw)
				}
			}
			if !slices.EqualFunc(x, kept, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
				t.Errorf("%s: the values were changed", name)
			}
		}
	}
	if r := NewRanking(nil); r.Len() != 0 || len(r.Ranks(nil)) != 0 {
		t.Error("a ranking of nothing")
	}
	Ranks([]float64{math.NaN(), 1, math.NaN(), 0}) // comes to an end
}

// Many values take a third pass.
func TestRankingOfMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 6))
	for name, x := range samples(1<<16+9, rng) {
		r := NewRanking(x)
		for k := 1; k < len(x); k++ {
			if cmp.Compare(x[r.order[k-1]], x[r.order[k]]) > 0 {
				t.Fatalf("%s: place %d is out of order", name, k)
			}
		}
		seen := make([]bool, len(x))
		for _, i := range r.order {
			seen[i] = true
		}
		if slices.Contains(seen, false) {
			t.Errorf("%s: a value has no place", name)
		}
	}
}

func BenchmarkRanks(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{45, 4186, 17020, 500000} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 1 + .2*rng.NormFloat64()
		}
		b.Run(fmt.Sprintf("sort/%d", n), func(b *testing.B) {
			for b.Loop() {
				Ranks(x)
			}
		})
		r, w, dst := NewRanking(x), Bootstrap{}.Counts(1, n), make([]float64, n)
		b.Run(fmt.Sprintf("weighted/%d", n), func(b *testing.B) {
			for b.Loop() {
				r.RanksTo(dst, w)
			}
		})
	}
}
