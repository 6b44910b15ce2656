package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// FiniteMoments against sums taken one by one, for parts of one row to many,
// all tails and stretches of columns of which only these are touched; and the
// same to the last bit however rows and columns are divided.
func TestFiniteMoments(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		widths := []int{511, 513, 1300}
		for c := 1; c < 68; c++ {
			widths = append(widths, c)
		}
		for _, c := range widths {
			for _, atEnd := range []bool{false, true} {
				n, m := 1+c%19, c%5
				x, y := guarded[float32](t, n*c, atEnd), guarded[float32](t, m*c, atEnd)
				for _, part := range [][]float32{x, y} {
					for i := range part {
						part[i] = float32(100 + rng.NormFloat64())
					}
				}
				centre, sum, squares := guarded[float32](t, c, atEnd), guarded[float64](t, c, atEnd), guarded[float64](t, c, atEnd)
				for j := range c {
					centre[j], sum[j], squares[j] = float32(100+rng.Float64()), 1, 2
				}
				lo := rng.IntN(c + 1)
				hi := lo + rng.IntN(c-lo+1)
				if !FiniteMoments(sum, squares, centre, lo, hi, x, y) {
					t.Fatalf("%d columns: not finite", c)
				}
				all := append(slices.Clone(x), y...)
				for j := range c {
					s, q := 1., 2.
					for i := 0; i < n+m && j >= lo && j < hi; i++ {
						d := float64(all[i*c+j]) - float64(centre[j])
						s += d
						q += d * d
					}
					if !roughly(sum[j], s, 1, 1e-13) || !roughly(squares[j], q, q, 1e-13) {
						t.Fatalf("%d rows, column %d of %d, from %d to %d: %v, %v, want %v, %v", n+m, j, c, lo, hi, sum[j], squares[j], s, q)
					}
				}
				whole, wholeSq := filled64(c, 1), filled64(c, 2)
				FiniteMoments(whole, wholeSq, centre, 0, c, all)
				part, partSq := filled64(c, 1), filled64(c, 2)
				FiniteMoments(part, partSq, centre, 0, lo, x, y)
				FiniteMoments(part, partSq, centre, lo, c, x)
				FiniteMoments(part, partSq, centre, lo, c, y)
				if !slices.Equal(whole, part) || !slices.Equal(wholeSq, partSq) {
					t.Fatalf("%d columns: other sums when divided at %d", c, lo)
				}
			}
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			x := make([]float32, 3*700)
			x[700+690] = float32(bad)
			sum, squares := make([]float64, 700), make([]float64, 700)
			if FiniteMoments(sum, squares, make([]float32, 700), 0, 700, x) {
				t.Errorf("%v: finite", bad)
			}
			if !FiniteMoments(sum, squares, make([]float32, 700), 0, 512, x) {
				t.Errorf("%v in another column: not finite", bad)
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
