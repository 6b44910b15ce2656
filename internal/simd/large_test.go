package simd

import "testing"

func TestLarge(t *testing.T) {
	for _, n := range []int{0, 1, 1 << 10, 1<<20 - 1, 1 << 21, 3<<20 + 7} {
		x, y := Large[float32](n), Large[float64](n)
		if len(x) != n || len(y) != n {
			t.Fatalf("%d and %d numbers, not %d", len(x), len(y), n)
		}
		for i := range x {
			if x[i] != 0 || y[i] != 0 {
				t.Fatalf("number %d of %d is %g, %g", i, n, x[i], y[i])
			}
			x[i], y[i] = 1, 1
		}
	}
}
