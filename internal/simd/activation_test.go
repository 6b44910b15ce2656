package simd

import (
	"fmt"
	"math"
	"testing"
)

// exactly returns a(x) by package math.
func (a Activation) exactly(x float64) float64 {
	hard := func() float64 {
		if math.IsNaN(x) {
			return x
		}
		return math.Min(math.Max(x/6+.5, 0), 1)
	}
	switch a {
	case SiLU:
		return x * (1 / (1 + math.Exp(-x)))
	case GELU:
		return x * (.5 * math.Erfc(-x/math.Sqrt2))
	case GELUTanh:
		return x * (1 / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(x+.044715*x*x*x))))
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case Tanh:
		return math.Tanh(x)
	case HardSwish:
		return x * hard()
	case HardSigmoid:
		return hard()
	case Erf:
		return math.Erf(x)
	case Exp:
		return math.Exp(x)
	case Log:
		return math.Log(x)
	case Sqrt:
		return math.Sqrt(x)
	case Rsqrt:
		return 1 / math.Sqrt(x)
	case Reciprocal:
		return 1 / x
	case Neg:
		return -x
	case Abs:
		return math.Abs(x)
	}
	return x
}

// ulps returns the distance of y from the true value in units of its last
// place as a float32.
func ulps(y float32, want float64) float64 {
	if float64(y) == want || y != y && want != want || y == float32(want) {
		return 0
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(y)-want) / math.Ldexp(1, max(e-24, -149))
}

// acceptable returns whether y is near enough to a(x) for Apply's promise.
func (a Activation) acceptable(y float32, want float64) bool {
	if y != y || want != want {
		return y != y && want != want
	}
	if math.IsInf(float64(y), 0) || math.IsInf(float64(float32(want)), 0) {
		return float64(y) == float64(float32(want)) || ulps(y, want) <= 2 && !math.IsInf(want, 0)
	}
	switch a {
	case Exp:
		return ulps(y, want) <= 2
	case None, Sqrt, Reciprocal, Neg, Abs:
		return y == float32(want)
	}
	return math.Abs(float64(y)-want) <= 1e-6*max(1, math.Abs(want)) && (math.Signbit(float64(y)) == math.Signbit(want) || y != 0)
}

// grid returns every sign and exponent with some mantissas, and the special
// values.
func grid(mantissas int) []float32 {
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), inf, -inf, float32(math.NaN()), 0x1p-149, -0x1p-149,
		math.MaxFloat32, -math.MaxFloat32, 88.722839, 88.72284, 89, -87.33655, -103.97208, -103.97209, -104, 3, -3, 1, -1}
	for e := range uint32(255) {
		for m := range uint32(mantissas) {
			bits := e<<23 | (m*uint32(1<<23/mantissas)+m*m*7919)&(1<<23-1)
			x = append(x, math.Float32frombits(bits), math.Float32frombits(bits|1<<31))
		}
	}
	for v := float32(-105); v < 105; v += .0371 {
		x = append(x, v)
	}
	return x
}

func TestActivations(t *testing.T) {
	x := grid(256)
	y := make([]float32, len(x))
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer Use(l)()
			for a := range activations {
				Apply(a, y, x)
				worst, at, bad := 0., float32(0), 0
				for i, v := range x {
					want := a.exactly(float64(v))
					if u := ulps(y[i], want); u > worst && math.Abs(want) > 1e-30 && math.Abs(float64(y[i])) > 1e-30 {
						worst, at = u, v
					}
					if !a.acceptable(y[i], want) {
						if bad++; bad < 10 {
							t.Errorf("%v(%g) = %g, want %g", a, v, y[i], want)
						}
					}
					if (a == Tanh || a == Erf) && (y[i] > 1 || y[i] < -1) {
						t.Errorf("%v(%g) = %.9g", a, v, y[i])
					}
				}
				t.Logf("%v: at most %.1f ulp, at %g", a, worst, at)
			}
		})
	}
}

// Every length, between guard pages, in place and not, gives what one element
// alone does.
func TestActivationTails(t *testing.T) {
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer Use(l)()
			for n := range 68 {
				for _, atEnd := range []bool{false, true} {
					src, dst := guarded[float32](t, n, atEnd), guarded[float32](t, n, atEnd)
					for i := range src {
						src[i] = float32(i)/7 - 3
					}
					for a := range activations {
						Apply(a, dst, src)
						for i, x := range src {
							if !a.acceptable(dst[i], a.exactly(float64(x))) {
								t.Fatalf("n = %d: %v(%g) = %g", n, a, x, dst[i])
							}
						}
						copy(dst, src)
						a.apply(dst)
						for i, x := range src {
							if !a.acceptable(dst[i], a.exactly(float64(x))) {
								t.Fatalf("n = %d: %v(%g) = %g in place", n, a, x, dst[i])
							}
						}
					}
				}
			}
		})
	}
}

func BenchmarkActivations(b *testing.B) {
	for _, l := range Levels() {
		for _, n := range []int{1 << 10, 1 << 16, 1 << 22} {
			x, y := make([]float32, n), make([]float32, n)
			for i := range x {
				x[i] = float32(i%1000)/100 - 5
			}
			for a := SiLU; a < activations; a++ {
				if n != 1<<10 && a != SiLU && a != GELU {
					continue
				}
				b.Run(fmt.Sprintf("%v/%d/%v", l, n, a), func(b *testing.B) {
					defer Use(l)()
					for b.Loop() {
						Apply(a, y, x)
					}
					rate(b, n, 8)
				})
			}
		}
	}
}

// rate reports elements and bytes per nanosecond.
func rate(b *testing.B, elements, bytesEach int) {
	perNs := float64(elements) * float64(b.N) / float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(perNs, "elem/ns")
	b.ReportMetric(perNs*float64(bytesEach), "GB/s")
}
