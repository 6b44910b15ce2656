package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// eachKind runs a test for every level, for float32 and for float64.
func eachKind(t *testing.T, f32, f64 func(t *testing.T)) {
	for _, l := range Levels() {
		t.Run(fmt.Sprint(l), func(t *testing.T) {
			defer Use(l)()
			t.Run("float32", f32)
			t.Run("float64", f64)
		})
	}
}

// An operand is a matrix at a side of its guarded pages.
func operand[T number](t *testing.T, rng *rand.Rand, pages []T, atEnd bool, rows, cols, ld int, trans bool) []T {
	if trans {
		rows, cols = cols, rows
	}
	n := 0
	if rows > 0 && cols > 0 {
		n = (rows-1)*ld + cols
	}
	x := pages[:n]
	if atEnd {
		x = pages[len(pages)-n:]
	}
	for i := range x {
		x[i] = T(rng.IntN(4001)-2000) / 1024
	}
	return x
}

// sizes are those around which loops begin and end.
func someSize(rng *rand.Rand) int {
	if rng.IntN(3) == 0 {
		return rng.IntN(8)
	}
	return rng.IntN(71)
}

func TestGemm(t *testing.T) {
	eachKind(t,
		func(t *testing.T) { testGemm[float32](t, 2e-6) },
		func(t *testing.T) { testGemm[float64](t, 1e-14) })
}

func testGemm[T number](t *testing.T, tol float64) {
	rng := rand.New(rand.NewPCG(2, uint64(Active())))
	const most = 80 * 80
	for _, atEnd := range []bool{true, false} {
		var pages [3][]T
		for i := range pages {
			pages[i] = guarded[T](t, most, atEnd)
		}
		for range 600 {
			m, n, k := someSize(rng), someSize(rng), someSize(rng)
			transA, transB := rng.IntN(2) == 0, rng.IntN(2) == 0
			ld := func(rows, cols int, trans bool) int {
				if trans {
					cols = rows
				}
				return max(1, cols+max(0, rng.IntN(8)-4))
			}
			lda, ldb, ldc := ld(m, k, transA), ld(k, n, transB), ld(m, n, false)
			a := operand(t, rng, pages[0], atEnd, m, k, lda, transA)
			b := operand(t, rng, pages[1], atEnd, k, n, ldb, transB)
			c := operand(t, rng, pages[2], atEnd, m, n, ldc, false)
			alpha, beta := []T{1, -.5, 0}[min(2, rng.IntN(8)/3)], []T{0, 1, 2}[rng.IntN(3)]
			if beta == 0 {
				for i := range m {
					for j := range n {
						c[i*ldc+j] = T(math.NaN())
					}
				}
			}
			want := make([]float64, len(c))
			for i, v := range c {
				want[i] = float64(v)
			}
			naive(want, ldc, m, n, k, float64(alpha), a, lda, transA, b, ldb, transB, float64(beta), func(i, j int) bool { return true })
			Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
			for i, v := range c {
				if !near(float64(v), want[i], tol*float64(k+2)) {
					t.Fatalf("m, n, k = %d, %d, %d, strides %d, %d, %d, transposed %v, %v, alpha %g, beta %g: element %d is %g, want %g",
						m, n, k, lda, ldb, ldc, transA, transB, alpha, beta, i, v, want[i])
				}
			}
		}
	}
}

func near(got, want, tol float64) bool {
	return math.Abs(got-want) <= tol*(4+math.Abs(want)) || math.IsNaN(got) && math.IsNaN(want) || got == want
}

// naive is Gemm in float64 where in(i, j).
func naive[T number](c []float64, ldc, m, n, k int, alpha float64, a []T, lda int, transA bool, b []T, ldb int, transB bool, beta float64, in func(i, j int) bool) {
	if transA {
		a = turned(a, lda, k, m)
		lda = k
	}
	if transB {
		b = turned(b, ldb, n, k)
		ldb = n
	}
	for i := range m {
		for j := range n {
			if !in(i, j) {
				continue
			}
			var sum float64
			if alpha != 0 {
				for l := range k {
					sum += float64(a[i*lda+l]) * float64(b[l*ldb+j])
				}
			}
			if beta == 0 {
				c[i*ldc+j] = alpha * sum
			} else {
				c[i*ldc+j] = alpha*sum + beta*c[i*ldc+j]
			}
		}
	}
}

// turned returns the transpose of a rows×cols matrix.
func turned[T number](x []T, ld, rows, cols int) []T {
	y := make([]T, rows*cols)
	for i := range rows {
		for j := range cols {
			y[j*rows+i] = x[i*ld+j]
		}
	}
	return y
}

// Larger products are packed in parts, their k is divided, and processors
// share them, which changes nothing. Expected values: naive at some places.
func TestGemmLarge(t *testing.T) {
	eachKind(t,
		func(t *testing.T) { testGemmLarge[float32](t, 1e-6) },
		func(t *testing.T) { testGemmLarge[float64](t, 1e-14) })
}

func testGemmLarge[T number](t *testing.T, tol float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := rand.New(rand.NewPCG(3, uint64(Active())))
	shapes := [][3]int{{197, 197, 64}, {300, 70, 700}, {13, 2100, 5000}, {1000, 3, 300}, {3, 1000, 513}, {1, 5000, 1030}, {5000, 1, 1030}, {257, 513, 257}, {12, 12, 9000}}
	if Active() == Portable {
		shapes = shapes[:2]
	}
	for _, shape := range shapes {
		m, n, k := shape[0], shape[1], shape[2]
		for v := range 4 {
			transA, transB := v&1 != 0, v&2 != 0
			a, b := make([]T, m*k), make([]T, k*n)
			for i := range a {
				a[i] = T(rng.NormFloat64())
			}
			for i := range b {
				b[i] = T(rng.NormFloat64())
			}
			lda, ldb := k, n
			if transA {
				lda = m
			}
			if transB {
				ldb = k
			}
			c := make([]T, m*n)
			for i := range c {
				c[i] = T(i % 7)
			}
			c2 := append([]T(nil), c...)
			runtime.GOMAXPROCS(2)
			Gemm(transA, transB, m, n, k, 2, a, lda, b, ldb, -1, c, n)
			runtime.GOMAXPROCS(1)
			Gemm(transA, transB, m, n, k, 2, a, lda, b, ldb, -1, c2, n)
			for i := range c {
				if c[i] != c2[i] {
					t.Fatalf("%v, transposed %v, %v: element %d is %g with 2 processors, %g with 1", shape, transA, transB, i, c[i], c2[i])
				}
			}
			for range 300 {
				i, j := rng.IntN(m), rng.IntN(n)
				var sum float64
				for l := range k {
					x, y := i*k+l, l*n+j
					if transA {
						x = l*m + i
					}
					if transB {
						y = j*k + l
					}
					sum += float64(a[x]) * float64(b[y])
				}
				want := 2*sum - float64((i*n+j)%7)
				if !near(float64(c[i*n+j]), want, tol*math.Sqrt(float64(k))*4) {
					t.Fatalf("%v, transposed %v, %v: (%d, %d) is %g, want %g", shape, transA, transB, i, j, c[i*n+j], want)
				}
			}
		}
	}
}

func TestGemmPanics(t *testing.T) {
	x := make([]float64, 12)
	for name, f := range map[string]func(){
		"A too short":      func() { Gemm(false, false, 4, 3, 4, 1, x, 4, x, 3, 0, x, 3) },
		"stride too small": func() { Gemm(false, false, 3, 3, 4, 1, x, 3, x, 3, 0, make([]float64, 9), 3) },
		"C too short":      func() { Gemm(false, true, 4, 4, 3, 1, x, 3, x, 3, 0, x, 4) },
		"negative":         func() { Gemm(false, true, -4, 4, 3, 1, x, 3, x, 3, 0, x, 4) },
		"huge stride":      func() { Gemm(false, false, 4, 3, 3, 1, x, math.MaxInt/2, x, 3, 0, x, 3) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// threads runs a benchmark with 1 and with 2 processors.
func threads(b *testing.B, name string, flops float64, f func()) {
	for _, procs := range []int{1, 2} {
		b.Run(fmt.Sprintf("%s/%v/threads=%d", name, Active(), procs), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			for b.Loop() {
				f()
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkGemm(b *testing.B) {
	for _, l := range Levels() {
		restore := Use(l)
		for _, s := range [][3]int{{8, 8, 8}, {32, 32, 32}, {64, 64, 64}, {197, 197, 64}, {256, 256, 256}, {1000, 1000, 1000}, {1024, 1024, 1024}, {1000, 1000, 4096}, {4096, 64, 256}, {64, 64, 4096}, {2048, 2048, 2048}, {1, 4096, 4096}, {4096, 1, 4096}} {
			if l == Portable && s[0]*s[1]*s[2] > 1<<25 {
				continue
			}
			benchmarkGemm[float32](b, s, false, false)
			benchmarkGemm[float64](b, s, false, false)
			benchmarkGemm[float32](b, s, true, false)
			benchmarkGemm[float32](b, s, false, true)
		}
		restore()
	}
}

func benchmarkGemm[T number](b *testing.B, s [3]int, transA, transB bool) {
	m, n, k := s[0], s[1], s[2]
	x, y, z := make([]T, m*k), make([]T, k*n), make([]T, m*n)
	for i := range x {
		x[i] = T(i % 11)
	}
	for i := range y {
		y[i] = T(i % 7)
	}
	lda, ldb := k, n
	name := fmt.Sprintf("%T", x[0])
	if transA {
		name, lda = name+"ᵀ", m
	}
	name += fmt.Sprintf("/%dx%dx%d", m, n, k)
	if transB {
		name, ldb = name+"ᵀ", k
	}
	threads(b, name, 2*float64(m)*float64(n)*float64(k), func() {
		Gemm(transA, transB, m, n, k, 1, x, lda, y, ldb, 0, z, n)
	})
}
