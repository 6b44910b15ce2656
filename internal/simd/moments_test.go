package simd

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// FiniteMoments against sums taken one by one, for all tails; and the same to
// the last bit whether rows come together or in parts, on whatever number of
// processors.
func TestFiniteMoments(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		widths := []int{511, 513, 1300, 70_000}
		for c := 1; c < 68; c++ {
			widths = append(widths, c)
		}
		for _, c := range widths {
			for _, atEnd := range []bool{false, true} {
				n := 1 + c%19
				x := guarded[float32](t, n*c, atEnd)
				for i := range x {
					x[i] = float32(100 + rng.NormFloat64())
				}
				centre, sum, squares := guarded[float32](t, c, atEnd), guarded[float64](t, c, atEnd), guarded[float64](t, c, atEnd)
				for j := range c {
					centre[j], sum[j], squares[j] = float32(100+rng.Float64()), 1, 2
				}
				if !FiniteMoments(sum, squares, x, centre) {
					t.Fatalf("%d columns: not finite", c)
				}
				for j := range c {
					s, q := 1., 2.
					for i := range n {
						d := float64(x[i*c+j]) - float64(centre[j])
						s += d
						q += d * d
					}
					if !roughly(sum[j], s, 1, 1e-13) || !roughly(squares[j], q, q, 1e-13) {
						t.Fatalf("%d rows, column %d of %d: %v, %v, want %v, %v", n, j, c, sum[j], squares[j], s, q)
					}
				}
				part, partSq := filled64(c, 1), filled64(c, 2)
				procs := runtime.GOMAXPROCS(1)
				FiniteMoments(part, partSq, x[:n/2*c], centre)
				FiniteMoments(part, partSq, x[n/2*c:], centre)
				runtime.GOMAXPROCS(procs)
				if !slices.Equal(sum, part) || !slices.Equal(squares, partSq) {
					t.Fatalf("%d columns: other sums in parts", c)
				}
			}
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			x := make([]float32, 3*700)
			x[700+690] = float32(bad)
			sum, squares := make([]float64, 700), make([]float64, 700)
			if FiniteMoments(sum, squares, x, make([]float32, 700)) {
				t.Errorf("%v: finite", bad)
			}
		}
	})
}

func filled64(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}
