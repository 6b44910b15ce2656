package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// slowFDR is the definition: the least p[k]·m/rank(p[k]) over all p[k] ≥ p[i],
// where the rank of a value is how many are no larger.
func slowFDR(p []float64, factor float64) []float64 {
	q := make([]float64, len(p))
	for i := range p {
		q[i] = 1
		for k := range p {
			rank := 0
			for _, v := range p {
				if v <= p[k] {
					rank++
				}
			}
			if p[k] >= p[i] {
				q[i] = min(q[i], p[k]*factor*float64(len(p))/float64(rank))
			}
		}
	}
	return q
}

func TestFDR(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 7))
	for _, n := range []int{0, 1, 2, 7, 100, 300} {
		p, ties, far := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range p {
			p[i], ties[i] = rng.Float64(), float64(rng.IntN(6))/5
			far[i] = math.Pow(10, -300*rng.Float64())
		}
		harmonic := 0.0
		for k := 1; k <= n; k++ {
			harmonic += 1 / float64(k)
		}
		for name, p := range map[string][]float64{"uniform": p, "ties": ties, "far": far} {
			for method, x := range map[string]struct{ want, got []float64 }{
				"Benjamini–Hochberg":  {slowFDR(p, 1), BenjaminiHochberg(p)},
				"Benjamini–Yekutieli": {slowFDR(p, harmonic), BenjaminiYekutieli(p)},
			} {
				if len(x.got) != n {
					t.Fatalf("%s of %d: %d", method, n, len(x.got))
				}
				for i := range p {
					if math.Abs(x.got[i]-x.want[i]) > 1e-14*x.want[i] {
						t.Errorf("%s, %d %s: p %v: q %v, by the definition %v", method, n, name, p[i], x.got[i], x.want[i])
					}
				}
			}
		}
	}
}

func BenchmarkFDR(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		p := make([]float64, n)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range p {
			p[i] = rng.Float64()
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				BenjaminiHochberg(p)
			}
		})
	}
}
