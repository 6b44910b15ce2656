package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

func TestSyrk(t *testing.T) {
	eachKind(t,
		func(t *testing.T) { testSyrk[float32](t, 2e-6) },
		func(t *testing.T) { testSyrk[float64](t, 1e-14) })
}

func testSyrk[T number](t *testing.T, tol float64) {
	rng := rand.New(rand.NewPCG(4, uint64(Active())))
	const most = 150 * 160
	for _, atEnd := range []bool{true, false} {
		var pages [2][]T
		for i := range pages {
			pages[i] = guarded[T](t, most, atEnd)
		}
		for range 400 {
			n, k := someSize(rng), someSize(rng)
			if rng.IntN(4) == 0 {
				n = rng.IntN(150)
			}
			upper, trans := rng.IntN(2) == 0, rng.IntN(2) == 0
			lda, ldc := max(1, k+rng.IntN(5)), max(1, n+rng.IntN(5))
			if trans {
				lda = max(1, n+rng.IntN(5))
			}
			a := operand(t, rng, pages[0], atEnd, n, k, lda, trans)
			c := operand(t, rng, pages[1], atEnd, n, n, ldc, false)
			alpha, beta := []T{1, -.5, 0}[min(2, rng.IntN(8)/3)], []T{0, 1, 2}[rng.IntN(3)]
			in := func(i, j int) bool { return i == j || (i < j) == upper }
			for i := range n {
				for j := range n {
					if beta == 0 && in(i, j) {
						c[i*ldc+j] = T(math.NaN()) // is not read
					}
				}
			}
			want := make([]float64, len(c))
			for i, v := range c {
				want[i] = float64(v)
			}
			naive(want, ldc, n, n, k, float64(alpha), a, lda, trans, a, lda, !trans, float64(beta), in)
			Syrk(upper, trans, n, k, alpha, a, lda, beta, c, ldc)
			for i, v := range c {
				if !near(float64(v), want[i], tol*float64(k+2)) {
					t.Fatalf("n, k = %d, %d, upper %v, transposed %v, alpha %g, beta %g: element (%d, %d) is %g, want %g",
						n, k, upper, trans, alpha, beta, i/ldc, i%ldc, v, want[i])
				}
			}
		}
	}
}

// A larger one is computed in parts, by several processors. A second route:
// Gemm, of which it is a triangle.
func TestSyrkLarge(t *testing.T) {
	eachKind(t,
		func(t *testing.T) { testSyrkLarge[float32](t, 1e-5) },
		func(t *testing.T) { testSyrkLarge[float64](t, 1e-13) })
}

func testSyrkLarge[T number](t *testing.T, tol float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := rand.New(rand.NewPCG(5, uint64(Active())))
	for _, shape := range [][2]int{{333, 300}, {1300, 2100}} {
		n, k := shape[0], shape[1]
		if Active() == Portable && n > 1000 {
			continue
		}
		a := make([]T, n*k)
		for i := range a {
			a[i] = T(rng.NormFloat64())
		}
		for v := range 4 {
			upper, trans := v&1 != 0, v&2 != 0
			if n > 1000 && upper == trans {
				continue
			}
			lda := k
			if trans {
				lda = n
			}
			c, c2, c3 := make([]T, n*n), make([]T, n*n), make([]T, n*n)
			runtime.GOMAXPROCS(2)
			Syrk(upper, trans, n, k, 1, a, lda, 0, c, n)
			runtime.GOMAXPROCS(1)
			Syrk(upper, trans, n, k, 1, a, lda, 0, c2, n)
			Gemm(trans, !trans, n, n, k, 1, a, lda, a, lda, 0, c3, n)
			for i := range n {
				for j := range n {
					got, want := float64(c[i*n+j]), float64(c3[i*n+j])
					if i != j && (i < j) != upper {
						want = 0
					}
					if c[i*n+j] != c2[i*n+j] || !near(got, want, tol*math.Sqrt(float64(k))) {
						t.Fatalf("%v, upper %v, transposed %v: (%d, %d) is %g and with 1 processor %g, want %g", shape, upper, trans, i, j, got, c2[i*n+j], want)
					}
				}
			}
		}
	}
}

func BenchmarkSyrk(b *testing.B) {
	for _, l := range Levels() {
		restore := Use(l)
		for _, s := range [][2]int{{256, 256}, {1000, 1000}, {1000, 4096}, {2048, 2048}} {
			if l == Portable && s[0]*s[1] > 1<<17 {
				continue
			}
			benchmarkSyrk[float32](b, s[0], s[1], false)
			benchmarkSyrk[float64](b, s[0], s[1], false)
			benchmarkSyrk[float64](b, s[0], s[1], true)
		}
		restore()
	}
}

func benchmarkSyrk[T number](b *testing.B, n, k int, trans bool) {
	a, c := make([]T, n*k), make([]T, n*n)
	for i := range a {
		a[i] = T(i % 7)
	}
	name, lda := fmt.Sprintf("%T", a[0]), k
	if trans {
		name, lda = name+"ᵀ", n
	}
	threads(b, fmt.Sprintf("%s/%dx%d", name, n, k), float64(n)*float64(n+1)*float64(k), func() {
		Syrk(true, trans, n, k, 1, a, lda, 0, c, n)
	})
}
