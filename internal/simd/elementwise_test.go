package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

func (op BinaryOp) exactly(a, b float64) float64 {
	switch op {
	case Add:
		return a + b
	case Sub:
		return a - b
	case Mul:
		return a * b
	case Div:
		return a / b
	case Max:
		return max(a, b)
	}
	return min(a, b)
}

// rounds returns whether y is x rounded to T. The sign of a zero that Max and
// Min choose is left open.
func rounds[T Float](y T, x float64) bool { return y == T(x) || y != y && x != x }

// someNumbers fills x with numbers, some of them special.
func someNumbers[T Float](x []T, rng *rand.Rand) {
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1e-310, 1e-40, 3e38}
	for i := range x {
		x[i] = T(rng.NormFloat64())
		if rng.IntN(4) == 0 {
			x[i] = T(special[rng.IntN(len(special))])
		}
	}
}

func eachLevel(t *testing.T, f func(t *testing.T)) {
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer Use(l)()
			f(t)
		})
	}
}

func TestBinary(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		t.Run("float32", testBinary[float32])
		t.Run("float64", testBinary[float64])
	})
}

func testBinary[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 68 {
		for _, atEnd := range []bool{false, true} {
			dst, a, b := guarded[T](t, n, atEnd), guarded[T](t, n, atEnd), guarded[T](t, n, atEnd)
			someNumbers(a, rng)
			someNumbers(b, rng)
			s := T(1.25)
			if n%5 == 0 {
				s = T(math.NaN())
			}
			for op := range binaryOps {
				expect := func(form string, x, y func(i int) T) {
					t.Helper()
					for i := range dst {
						if want := op.exactly(float64(x(i)), float64(y(i))); !rounds(dst[i], want) {
							t.Fatalf("%s, op %d, n = %d: %g, %g gave %g, want %g", form, op, n, x(i), y(i), dst[i], want)
						}
					}
				}
				at := func(x []T) func(int) T { return func(i int) T { return x[i] } }
				always := func(int) T { return s }
				Binary(op, dst, a, b)
				expect("Binary", at(a), at(b))
				BinaryScalar(op, dst, a, s)
				expect("BinaryScalar", at(a), always)
				ScalarBinary(op, dst, s, a)
				expect("ScalarBinary", always, at(a))
				copy(dst, b)
				Binary(op, dst, a, dst)
				expect("Binary in place", at(a), at(b))
				for c := 1; c <= n; c++ {
					if n%c != 0 {
						continue
					}
					row := guarded[T](t, c, atEnd)
					copy(row, b)
					BinaryRow(op, dst, a, row)
					expect("BinaryRow", at(a), func(i int) T { return row[i%c] })
					column := guarded[T](t, n/c, atEnd)
					copy(column, b)
					BinaryColumn(op, dst, a, column)
					expect("BinaryColumn", at(a), func(i int) T { return column[i/c] })
				}
			}
			copy(dst, b)
			Axpy(dst, 1.5, a)
			for i := range dst {
				want := 1.5*float64(a[i]) + float64(b[i])
				if !rounds(dst[i], want) && math.Abs(float64(dst[i])-want) > 1e-7*(math.Abs(2*float64(a[i]))+math.Abs(float64(b[i]))) {
					t.Fatalf("Axpy, n = %d: %g + 1.5·%g = %g", n, b[i], a[i], dst[i])
				}
			}
		}
	}
}

// Large operands are spread over processors, in rows of many lengths.
func TestBinaryLarge(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	eachLevel(t, func(t *testing.T) {
		for _, shape := range [][2]int{{100_000, 3}, {3, 100_000}, {1000, 257}, {300_001, 1}, {1, 300_001}, {20_000, 17}} {
			n, c := shape[0], shape[1]
			a, row, column, dst := make([]float32, n*c), make([]float32, c), make([]float32, n), make([]float32, n*c)
			rng := rand.New(rand.NewPCG(3, 4))
			for _, x := range [][]float32{a, row, column} {
				for i := range x {
					x[i] = rng.Float32()
				}
			}
			check := func(form string, want func(i, j int) float32) {
				for i := range n {
					for j := range c {
						if w := want(i, j); math.Abs(float64(dst[i*c+j]-w)) > 1e-6 {
							t.Fatalf("%s of %v at %d, %d: %g, want %g", form, shape, i, j, dst[i*c+j], w)
						}
					}
				}
			}
			BinaryRow(Sub, dst, a, row)
			check("BinaryRow", func(i, j int) float32 { return a[i*c+j] - row[j] })
			BinaryColumn(Mul, dst, a, column)
			check("BinaryColumn", func(i, j int) float32 { return a[i*c+j] * column[i] })
			BinaryScalar(Sub, dst, a, .25)
			check("BinaryScalar", func(i, j int) float32 { return a[i*c+j] - .25 })
			Binary(Add, dst, a, a)
			check("Binary", func(i, j int) float32 { return 2 * a[i*c+j] })
		}
	})
}

func TestClip(t *testing.T) {
	inf := float32(math.Inf(1))
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		for n := range 68 {
			for _, atEnd := range []bool{false, true} {
				src, dst := guarded[float32](t, n, atEnd), guarded[float32](t, n, atEnd)
				someNumbers(src, rng)
				for _, bounds := range [][2]float32{{0, inf}, {0, 6}, {-1, 1}, {-inf, inf}, {-inf, 0}} {
					Clip(dst, src, bounds[0], bounds[1])
					for i, x := range src {
						if !rounds(dst[i], min(max(float64(x), float64(bounds[0])), float64(bounds[1]))) {
							t.Fatalf("Clip(%g) to %v is %g", x, bounds, dst[i])
						}
					}
				}
			}
		}
	})
}

func TestShapesPanic(t *testing.T) {
	x := make([]float32, 12)
	for name, f := range map[string]func(){
		"Apply":        func() { Apply(Exp, x, x[:3]) },
		"Activation":   func() { Apply(activations, x, x) },
		"Binary":       func() { Binary(Add, x, x, x[:3]) },
		"BinaryOp":     func() { Binary(binaryOps, x, x, x) },
		"BinaryRow":    func() { BinaryRow(Add, x, x, x[:5]) },
		"BinaryColumn": func() { BinaryColumn(Add, x, x, x[:5]) },
		"Softmax":      func() { Softmax(x, x, 3, 5) },
		"LayerNorm":    func() { LayerNorm(x, x, x[:3], nil, 3, 4, 1e-5) },
		"Largest":      func() { Largest(x[:0]) },
		"Dot":          func() { Dot(x, x[:3]) },
		"RowSums":      func() { RowSums(x[:3], x, 4, 3) },
		"ColumnSums":   func() { ColumnSums(x[:4], x, 4, 3) },
		"Transpose":    func() { Transpose(x, x, 1, 2, 5) },
		"Permute":      func() { Permute(x, x, []int{3, 4}, []int{0, 0}) },
		"CopyRows":     func() { CopyRows(x, 4, x, 5, 3, 4) },
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

func BenchmarkBinary(b *testing.B) {
	for _, l := range Levels() {
		for _, n := range []int{1 << 10, 1 << 16, 1 << 22} {
			x, y, z := filled(n, 1), filled(n, 1), filled(n, 1)
			run := func(name string, bytes int, f func()) {
				b.Run(fmt.Sprintf("%v/%d/%s", l, n, name), func(b *testing.B) {
					defer Use(l)()
					for b.Loop() {
						f()
					}
					rate(b, n, bytes)
				})
			}
			run("Add", 12, func() { Binary(Add, z, x, y) })
			run("Max", 12, func() { Binary(Max, z, x, y) })
			run("MulScalar", 8, func() { BinaryScalar(Mul, z, x, 3) })
			run("AddRow16", 8, func() { BinaryRow(Add, z, x, y[:16]) })
			run("AddRow256", 8, func() { BinaryRow(Add, z, x, y[:256]) })
			run("MulColumn8", 8, func() { BinaryColumn(Mul, z, x, y[:n/8]) })
			run("MulColumn64", 8, func() { BinaryColumn(Mul, z, x, y[:n/64]) })
			run("Clip", 8, func() { Clip(z, x, 0, 6) })
		}
	}
}
