package simd

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// Long sums of a small product, cut into parts, are what float64 makes of
// them, and the same bits with any number of processors.
func TestSlices(t *testing.T) {
	eachKind(t,
		func(t *testing.T) { testSlices[float32](t, 1e-6) },
		func(t *testing.T) { testSlices[float64](t, 1e-14) })
}

func testSlices[T number](t *testing.T, tol float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := rand.New(rand.NewPCG(9, uint64(Active())))
	for _, s := range [][3]int{{5, 37, 4 * sliceDepth}, {20, 33, 4*sliceDepth + 1}, {3, 4, mostSlices*sliceDepth + 5}} {
		m, n, k := s[0], s[1], s[2]
		a, b := make([]T, m*k), make([]T, k*n)
		for _, x := range [][]T{a, b} {
			for i := range x {
				x[i] = T(rng.NormFloat64())
			}
		}
		for v := range 6 {
			transA, transB, alpha, beta := v&1 != 0, v&2 != 0, T(.5), T(-2)
			if v >= 4 {
				beta = 0
			}
			at := func(i, l int) float64 {
				if transA {
					return float64(a[l*m+i])
				}
				return float64(a[i*k+l])
			}
			bt := func(l, j int) float64 {
				if transB {
					return float64(b[j*k+l])
				}
				return float64(b[l*n+j])
			}
			lda, ldb := k, n
			if transA {
				lda = m
			}
			if transB {
				ldb = k
			}
			start := make([]T, m*n)
			for i := range start {
				start[i] = T(i)
				if beta == 0 {
					start[i] = T(math.NaN())
				}
			}
			var first []T
			for _, procs := range []int{1, 2, 3} {
				runtime.GOMAXPROCS(procs)
				c := append([]T(nil), start...)
				Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, n)
				if first == nil {
					first = c
				}
				for i, x := range c {
					if x != first[i] {
						t.Fatalf("%v: element %d is %g with %d processors, %g with one", s, i, x, procs, first[i])
					}
				}
			}
			for i := range m {
				for j := range n {
					sum := 0.0
					for l := range k {
						sum += at(i, l) * bt(l, j)
					}
					want := .5 * sum
					if beta != 0 {
						want += float64(beta) * float64(start[i*n+j])
					}
					if got := float64(first[i*n+j]); math.Abs(got-want) > tol*math.Sqrt(float64(k))*10 {
						t.Fatalf("%v, transposed %v, %v: (%d, %d) is %g, want %g", s, transA, transB, i, j, got, want)
					}
				}
			}
		}
		// The triangles of AᵀA, as Gemm computes it.
		both := make([]T, n*n)
		Gemm(true, false, n, n, k, 1, b, n, b, n, 0, both, n)
		for _, upper := range []bool{false, true} {
			c := make([]T, n*n)
			Syrk(upper, true, n, k, 1, b, n, 0, c, n)
			for i := range n {
				for j := range n {
					want := both[i*n+j]
					if i != j && (i < j) != upper {
						want = 0
					}
					if math.Abs(float64(c[i*n+j]-want)) > tol*float64(k) {
						t.Fatalf("%v, upper %v: (%d, %d) is %g, want %g", s, upper, i, j, c[i*n+j], want)
					}
				}
			}
		}
	}
}
