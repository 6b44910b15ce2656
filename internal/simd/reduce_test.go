package simd

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// roughly returns whether y is x rounded to T, but for an error relative to size,
// or both are the same special value.
func roughly[T Float](y T, x, size, tolerance float64) bool {
	if rounds(y, x) {
		return true
	}
	if single[T]() {
		tolerance += 0x1p-24
	}
	return math.Abs(float64(y)-x) <= tolerance*size
}

func TestSums(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		t.Run("float32", testSums[float32])
		t.Run("float64", testSums[float64])
	})
}

func testSums[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 132 {
		for _, atEnd := range []bool{false, true} {
			x, y := guarded[T](t, n, atEnd), guarded[T](t, n, atEnd)
			for _, special := range []bool{false, true} {
				for i := range x {
					x[i], y[i] = T(rng.NormFloat64()), T(rng.NormFloat64())
				}
				if special && n > 0 {
					x[rng.IntN(n)] = T(math.NaN())
				}
				sum, squares, dot, size := new(big.Float), 0., 0., 1.
				largest, nan := math.Inf(-1), math.NaN()
				for i, v := range x {
					if v == v {
						sum.Add(sum, big.NewFloat(float64(v)))
					}
					squares += float64(v) * float64(v)
					dot += float64(v) * float64(y[i])
					size += math.Abs(float64(v)) + math.Abs(float64(y[i]))
					largest = max(largest, float64(v))
				}
				total, _ := sum.Float64()
				if special && n > 0 {
					total, size = nan, 1
				}
				if got := Sum(x); !roughly(got, total, size, 1e-15) {
					t.Fatalf("Sum of %d: %v, want %v", n, got, total)
				}
				if got := SumSquares(x); !roughly(got, squares, squares, 1e-14) {
					t.Fatalf("SumSquares of %d: %v, want %v", n, got, squares)
				}
				if got := Dot(x, y); !roughly(got, dot, size, 1e-14) {
					t.Fatalf("Dot of %d: %v, want %v", n, got, dot)
				}
				if n > 0 {
					if got := Largest(x); !rounds(got, largest) {
						t.Fatalf("Largest of %d: %v, want %v", n, got, largest)
					}
				}
			}
		}
	}
	x := []T{T(math.Inf(-1)), T(math.Inf(-1))}
	if got := Largest(x); !math.IsInf(float64(got), -1) {
		t.Errorf("Largest of −Inf: %v", got)
	}
}

func TestColumns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	eachLevel(t, func(t *testing.T) {
		t.Run("float32", testColumns[float32])
		t.Run("float64", testColumns[float64])
	})
}

func testColumns[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	shapes := [][2]int{{50, 511}, {9, 1300}, {300, 1025}, {1000, 1}, {17, 70_000}, {0, 5}, {5, 0}}
	for c := 1; c < 68; c++ {
		shapes = append(shapes, [2]int{1 + c%19, c})
	}
	for _, shape := range shapes {
		n, c := shape[0], shape[1]
		for _, atEnd := range []bool{false, true} {
			x := guarded[T](t, n*c, atEnd)
			for i := range x {
				x[i] = T(100 + rng.NormFloat64())
			}
			centre, sum, squares := guarded[float64](t, c, atEnd), guarded[float64](t, c, atEnd), guarded[float64](t, c, atEnd)
			wantSum, wantCentred, wantSquares := make([]float64, c), make([]float64, c), make([]float64, c)
			for j := range c {
				centre[j] = 100 + rng.Float64()
				sum[j], squares[j] = 1, 2
				wantCentred[j], wantSquares[j] = 1, 2
				for i := range n {
					v := float64(x[i*c+j])
					wantSum[j] += v
					wantCentred[j] += v - centre[j]
					wantSquares[j] += (v - centre[j]) * (v - centre[j])
				}
			}
			columns, rows := guarded[T](t, c, atEnd), guarded[T](t, n, atEnd)
			ColumnSums(columns, x, n, c)
			RowSums(rows, x, n, c)
			Moments(sum, squares, x, centre)
			for j := range c {
				if !roughly(columns[j], wantSum[j], wantSum[j], 1e-13) {
					t.Fatalf("sum of column %d of %v: %v, want %v", j, shape, columns[j], wantSum[j])
				}
				if !roughly(sum[j], wantCentred[j], 1, 1e-9) || !roughly(squares[j], wantSquares[j], wantSquares[j], 1e-13) {
					t.Fatalf("moments of column %d of %v: %v, %v, want %v, %v", j, shape, sum[j], squares[j], wantCentred[j], wantSquares[j])
				}
			}
			for i, got := range rows {
				var want float64
				for _, v := range x[i*c : (i+1)*c] {
					want += float64(v)
				}
				if !roughly(got, want, want, 1e-13) {
					t.Fatalf("sum of row %d of %v: %v, want %v", i, shape, got, want)
				}
			}
			clear(sum)
			clear(squares)
			Moments(sum, squares, x, nil)
			for j := range c {
				if !roughly(sum[j], wantSum[j], wantSum[j], 1e-13) {
					t.Fatalf("moments without centre, column %d of %v", j, shape)
				}
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	inf := float32(math.Inf(1))
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		lengths := []int{257, 1000, stretch + 5}
		for c := 1; c < 68; c++ {
			lengths = append(lengths, c)
		}
		for _, c := range lengths {
			for _, atEnd := range []bool{false, true} {
				n := 4
				src, dst := guarded[float32](t, n*c, atEnd), guarded[float32](t, n*c, atEnd)
				for i := range src {
					src[i] = float32(10 * rng.NormFloat64())
				}
				for j := range c {
					src[2*c+j] = -inf // NaN
					src[3*c+j] -= 1e4
				}
				src[c+rng.IntN(c)] = inf // NaN
				Softmax(dst, src, n, c)
				for i := range n {
					m, sum := math.Inf(-1), 0.
					for _, x := range src[i*c : (i+1)*c] {
						m = max(m, float64(x))
					}
					for _, x := range src[i*c : (i+1)*c] {
						sum += math.Exp(float64(x) - m)
					}
					for j := range c {
						want := math.Exp(float64(src[i*c+j])-m) / sum
						if i == 1 || i == 2 {
							want = math.NaN()
						}
						if got := dst[i*c+j]; !roughly(got, want, max(want, 1e-30), 1e-6+0x1p-23*math.Abs(float64(src[i*c+j])-m)) {
							t.Fatalf("row %d of %d, element %d: %g, want %g", i, c, j, got, want)
						}
					}
				}
				copy(dst, src)
				Softmax(dst, dst, n, c)
				if s := Sum(dst[:c]); math.Abs(float64(s)-1) > 1e-6 {
					t.Fatalf("sum in place: %g", s)
				}
			}
		}
	})
}

func TestLayerNorm(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		lengths := []int{384, 768, stretch + 5}
		for c := 1; c < 68; c++ {
			lengths = append(lengths, c)
		}
		for _, c := range lengths {
			for _, atEnd := range []bool{false, true} {
				n := 3
				src, dst := guarded[float32](t, n*c, atEnd), guarded[float32](t, n*c, atEnd)
				gamma, beta := guarded[float32](t, c, atEnd), guarded[float32](t, c, atEnd)
				for i := range src {
					src[i] = float32(10*float64(i/c) + rng.NormFloat64())
				}
				for j := range c {
					gamma[j], beta[j] = rng.Float32(), rng.Float32()
					src[2*c+j] = 7 // constant
				}
				check := func(gamma, beta func(j int) float64) {
					t.Helper()
					for i := range n {
						var mean, variance float64
						for _, x := range src[i*c : (i+1)*c] {
							mean += float64(x) / float64(c)
						}
						for _, x := range src[i*c : (i+1)*c] {
							variance += (float64(x) - mean) * (float64(x) - mean) / float64(c)
						}
						for j := range c {
							want := (float64(src[i*c+j])-mean)/math.Sqrt(variance+1e-5)*gamma(j) + beta(j)
							if got := dst[i*c+j]; !roughly(got, want, max(1, math.Abs(want)), 2e-6) {
								t.Fatalf("row %d of %d, element %d: %g, want %g", i, c, j, got, want)
							}
						}
					}
				}
				LayerNorm(dst, src, gamma, beta, n, c, 1e-5)
				check(func(j int) float64 { return float64(gamma[j]) }, func(j int) float64 { return float64(beta[j]) })
				copy(dst, src)
				LayerNorm(dst, dst, nil, nil, n, c, 1e-5)
				check(func(int) float64 { return 1 }, func(int) float64 { return 0 })
			}
		}
		x := []float32{1, float32(math.NaN()), 3}
		LayerNorm(x, x, nil, nil, 1, 3, 1e-5)
		if x[0] == x[0] {
			t.Error("a row with NaN is not NaN")
		}
	})
}

// Sums are the same to the last bit whatever the number of processors.
func TestSumsOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(9, 10))
		n, c := 113, 3000
		x, d := make([]float32, n*c), make([]float64, n*c)
		for i := range x {
			d[i] = rng.NormFloat64()
			x[i] = float32(d[i])
		}
		var before []float64
		for _, procs := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(procs)
			columns, rows, softmax := make([]float64, c), make([]float32, n), make([]float32, n*c)
			sum, squares := make([]float64, c), make([]float64, c)
			ColumnSums(columns, d, n, c)
			RowSums(rows, x, n, c)
			Softmax(softmax, x, n, c)
			Moments(sum, squares, x, columns)
			after := append([]float64{float64(Sum(x)), Sum(d), SumSquares(d), Dot(d, d)}, columns...)
			after = append(append(after, sum...), squares...)
			for _, v := range append(rows, softmax...) {
				after = append(after, float64(v))
			}
			if before != nil && !slices.Equal(before, after) {
				t.Fatalf("other sums with %d processors", procs)
			}
			before = after
		}
	})
}

func BenchmarkRows(b *testing.B) {
	for _, l := range Levels() {
		run := func(name string, n, bytes int, f func()) {
			b.Run(fmt.Sprintf("%v/%s", l, name), func(b *testing.B) {
				defer Use(l)()
				for b.Loop() {
					f()
				}
				rate(b, n, bytes)
			})
		}
		for _, c := range []int{16, 257, 1000} {
			n := 1 << 14 / c
			x, y := filled(n*c, 1), filled(n*c, 1)
			run(fmt.Sprintf("Softmax%d", c), n*c, 8, func() { Softmax(y, x, n, c) })
		}
		for _, c := range []int{64, 384, 768} {
			n := 1 << 14 / c
			x, y, g := filled(n*c, 1), filled(n*c, 1), filled(c, 1)
			run(fmt.Sprintf("LayerNorm%d", c), n*c, 8, func() { LayerNorm(y, x, g, g, n, c, 1e-5) })
		}
		for _, n := range []int{1 << 10, 1 << 16, 1 << 22} {
			x, d := filled(n, 1), make([]float64, n)
			var s float64
			run(fmt.Sprintf("Sum/%d", n), n, 4, func() { s += float64(Sum(x)) })
			run(fmt.Sprintf("Dot/%d", n), n, 4, func() { s += float64(SumSquares(x)) })
			run(fmt.Sprintf("Largest/%d", n), n, 4, func() { s += float64(Largest(x)) })
			run(fmt.Sprintf("Dot64/%d", n), n, 8, func() { s += SumSquares(d) })
			c := min(n/16, 1000)
			sums, m, q := make([]float32, c), make([]float64, c), make([]float64, c)
			run(fmt.Sprintf("ColumnSums/%d", n), n, 4, func() { ColumnSums(sums, x[:n/c*c], n/c, c) })
			run(fmt.Sprintf("Moments/%d", n), n, 4, func() { Moments(m, q, x[:n/c*c], m) })
		}
	}
}
