package simd

import (
	"fmt"
	"math"
	"testing"
)

// half returns the value of an IEEE number with the given bits of exponent and
// mantissa, by its definition.
func half(bits uint16, exponent, mantissa int) float64 {
	sign, bias := 1., 1<<(exponent-1)-1
	if bits>>15 == 1 {
		sign = -1
	}
	e, m := int(bits>>mantissa)&(1<<exponent-1), float64(bits&(1<<mantissa-1))/float64(int(1)<<mantissa)
	switch {
	case e == 1<<exponent-1 && m != 0:
		return math.NaN()
	case e == 1<<exponent-1:
		return math.Inf(int(sign))
	case e == 0:
		return sign * math.Ldexp(m, 1-bias)
	}
	return sign * math.Ldexp(1+m, e-bias)
}

func identical(x float32, y float64) bool {
	return float64(x) == y && math.Signbit(float64(x)) == math.Signbit(y) || x != x && y != y
}

func TestHalf(t *testing.T) {
	all := make([]uint16, 1<<16)
	for i := range all {
		all[i] = uint16(i)
	}
	eachLevel(t, func(t *testing.T) {
		for _, f := range []struct {
			name               string
			exponent, mantissa int
			from               func([]float32, []uint16)
		}{{"float16", 5, 10, FromFloat16}, {"bfloat16", 8, 7, FromBFloat16}} {
			x := make([]float32, len(all))
			f.from(x, all)
			for i, v := range x {
				if !identical(v, half(all[i], f.exponent, f.mantissa)) {
					t.Fatalf("%s %#04x is %g", f.name, i, v)
				}
			}
			for n := range 68 {
				for _, atEnd := range []bool{false, true} {
					h, y := guarded[uint16](t, n, atEnd), guarded[float32](t, n, atEnd)
					copy(h, all[0x3c00:])
					f.from(y, h)
					for i, v := range y {
						if !identical(v, half(h[i], f.exponent, f.mantissa)) {
							t.Fatalf("%s: element %d of %d is %g", f.name, i, n, v)
						}
					}
				}
			}
		}
	})
}

func BenchmarkHalf(b *testing.B) {
	for _, l := range Levels() {
		for _, n := range []int{1 << 10, 1 << 16, 1 << 22} {
			x, h := filled(n, 1.5), make([]uint16, n)
			for name, f := range map[string]func(){
				"FromFloat16":  func() { FromFloat16(x, h) },
				"FromBFloat16": func() { FromBFloat16(x, h) },
			} {
				b.Run(fmt.Sprintf("%v/%d/%s", l, n, name), func(b *testing.B) {
					defer Use(l)()
					for b.Loop() {
						f()
					}
					rate(b, n, 6)
				})
			}
		}
	}
}
