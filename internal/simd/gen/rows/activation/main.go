// Activation writes the functions of one number.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"fusiform/internal/simd/gen/rows/vec"
)

// A kernel is a function of one number. body may destroy x.
type kernel struct {
	name   string
	unroll int
	hold   func(g *vec.Gen)
	body   func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual
}

func main() {
	ConstraintExpr("amd64")
	vec.Both(func(wide bool) {
		for _, k := range kernels {
			g := vec.New(wide, 4, k.name, "(dst, src *float32, n int)", "applies the function to n elements.")
			dst, src, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("n")
			k.hold(g)
			g.Loop(n, k.unroll, []reg.GPVirtual{dst, src}, func(offset int, mask *vec.Mask) {
				x := g.Load(Mem{Base: src, Disp: offset}, mask)
				g.Store(k.body(g, x), Mem{Base: dst, Disp: offset}, mask)
			})
			g.End()
		}
	})
	Generate()
}

var kernels = []kernel{
	{"exp", 2, (*vec.Gen).HoldExp, (*vec.Gen).Exp},
	{"sigmoid", 2, holdSigmoid, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		e := onePlusExpMinus(g, x)
		VDIVPS(e, g.R(1), e)
		return e
	}},
	{"silu", 2, holdSigmoid, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		y := g.Reg()
		VMOVAPS(x, y)
		VDIVPS(onePlusExpMinus(g, x), y, y)
		return y
	}},
	{"geluTanh", 2, func(g *vec.Gen) {
		g.HoldExp()
		g.Prefer(1, geluTanh1, geluTanh3)
	}, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		y, z := g.Reg(), g.Reg()
		VMULPS(x, x, z)
		VMOVUPS(g.C(geluTanh3), y)
		VFMADD213PS(g.C(geluTanh1), z, y)
		VMULPS(x, y, y)
		e := g.Exp(y)
		VADDPS(g.C(1), e, e)
		VDIVPS(e, x, x)
		return x
	}},
	{"gelu", 2, func(g *vec.Gen) {
		holdErf(g)
		g.Prefer(sqrtHalf, .5)
	}, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		y := g.Reg()
		VMULPS(g.C(sqrtHalf), x, y)
		e := erf(g, y)
		if g.Wide {
			VFMADD213PS(g.C(.5), g.C(.5), e)
		} else {
			VMULPS(g.C(.5), e, e)
			VADDPS(g.C(.5), e, e)
		}
		VMULPS(x, e, e)
		return e
	}},
	{"erf", 2, holdErf, erf},
	{"tanh", 2, func(g *vec.Gen) {
		g.Hold(tanhMax, -tanhMax, 1, -1)
		g.Prefer(tanhP...)
		g.Prefer(tanhQ...)
	}, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		return rational(g, x, tanhMax, tanhP, tanhQ)
	}},
	{"hardSigmoid", 4, holdHard, hardSigmoid},
	{"hardSwish", 4, holdHard, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		y := hardSigmoid(g, x)
		VMULPS(x, y, y)
		return y
	}},
	{"log", 2, func(g *vec.Gen) {
		g.Prefer(logP...)
		g.Prefer(-.5, 1, ln2Hi, ln2Lo, minNormal, maxFinite, 0x1p23, 0, -23)
		g.Prefer(g.Bits(sqrtHalfBits), g.Bits(mantissa))
	}, log},
	{"sqrt", 4, nothing, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		VSQRTPS(x, x)
		return x
	}},
	{"rsqrt", 2, func(g *vec.Gen) { g.Hold(1) }, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		VSQRTPS(x, x)
		VDIVPS(x, g.R(1), x)
		return x
	}},
	{"reciprocal", 4, func(g *vec.Gen) { g.Hold(1) }, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		VDIVPS(x, g.R(1), x)
		return x
	}},
	{"neg", 4, func(g *vec.Gen) { g.Hold(g.Bits(1 << 31)) }, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		VXORPS(g.R(g.Bits(1<<31)), x, x)
		return x
	}},
	{"abs", 4, func(g *vec.Gen) { g.Hold(g.Bits(1 << 31)) }, func(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
		VANDNPS(x, g.R(g.Bits(1<<31)), x)
		return x
	}},
}

func nothing(*vec.Gen) {}

func holdSigmoid(g *vec.Gen) {
	g.HoldExp()
	g.Hold(1)
	g.Hold(g.Bits(1 << 31))
}

// onePlusExpMinus returns 1 + e^−x.
func onePlusExpMinus(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
	VXORPS(g.R(g.Bits(1<<31)), x, x)
	e := g.Exp(x)
	VADDPS(g.R(1), e, e)
	return e
}

const (
	geluTanh1 = -1.5957691216057308
	geluTanh3 = geluTanh1 * .044715
	sqrtHalf  = .70710678118654752
)

// The rational functions of Eigen's perf and ptanh, in x². At the limits both
// are a little more than 1.
const (
	erfMax  = 4
	tanhMax = 10
)

var (
	erfP  = []float64{0.00022905065861350646, 0.0034082910107109506, 0.050955695062380861, 0.18520832239976145, 1.128379143519084}
	erfQ  = []float64{-1.1791602954361697e-7, 2.3547966471313185e-05, 0.0010179625278914885, 0.014070470171167667, 0.11098505178285362, 0.49746925110067538, 1}
	tanhP = []float64{-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08, 1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03}
	tanhQ = []float64{1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03}
)

func holdErf(g *vec.Gen) {
	g.Hold(erfMax, -erfMax, 1, -1)
	g.Prefer(erfP...)
	g.Prefer(erfQ...)
}

func erf(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
	return rational(g, x, erfMax, erfP, erfQ)
}

// rational returns x·P(x²)/Q(x²) for x within ±limit, not beyond ±1, and
// destroys x.
func rational(g *vec.Gen, x reg.VecVirtual, limit float64, P, Q []float64) reg.VecVirtual {
	VMINPS(x, g.R(limit), x) // the second source, x, if it is NaN
	VMAXPS(x, g.R(-limit), x)
	z, p, q := g.Reg(), g.Reg(), g.Reg()
	VMULPS(x, x, z)
	g.Poly(p, z, P)
	g.Poly(q, z, Q)
	VDIVPS(q, p, p)
	VMULPS(x, p, p)
	VMINPS(p, g.R(1), p)
	VMAXPS(p, g.R(-1), p)
	return p
}

func holdHard(g *vec.Gen) {
	g.Hold(0, 1, 1./6)
	g.Prefer(.5)
}

func hardSigmoid(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
	y := g.Reg()
	VMOVAPS(g.R(1./6), y)
	VFMADD213PS(g.C(.5), x, y)
	VMAXPS(y, g.R(0), y)
	VMINPS(y, g.R(1), y)
	return y
}

const (
	sqrtHalfBits = 0x3f3504f3
	mantissa     = 1<<23 - 1
	minNormal    = 0x1p-126
	maxFinite    = 0x1.fffffep127
	ln2Hi        = .693359375
	ln2Lo        = -2.12194440e-4
)

// logP are Cephes' coefficients of (ln(1+f) − f + f²/2)/f³.
var logP = []float64{7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
	-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1}

// log returns ln x: x = 2^k·(1+f) with 1+f in [√½, √2).
func log(g *vec.Gen, x reg.VecVirtual) reg.VecVirtual {
	y, k, f := g.Reg(), g.Reg(), g.Reg()
	// Subnormal numbers are scaled up.
	scaled, less := g.Reg(), g.Reg()
	VMULPS(g.C(0x1p23), x, scaled)
	VMOVAPS(x, y)
	g.Blend(vec.Less, x, g.C(minNormal), scaled, y)
	VMOVUPS(g.C(-23), less)
	VXORPS(k, k, k)
	g.Blend(vec.Less, x, g.C(minNormal), less, k)
	e := g.Reg()
	VPSUBD(g.C(g.Bits(sqrtHalfBits)), y, f)
	VPSRAD(U8(23), f, e)
	VCVTDQ2PS(e, e)
	VADDPS(e, k, k)
	VANDPS(g.C(g.Bits(mantissa)), f, f)
	VPADDD(g.C(g.Bits(sqrtHalfBits)), f, f)
	VSUBPS(g.C(1), f, f)
	z, p := g.Reg(), g.Reg()
	g.Poly(p, f, logP)
	VMULPS(f, f, z)
	VMULPS(f, p, p)
	VMULPS(z, p, p)
	VFMADD231PS(g.C(ln2Lo), k, p)
	VFMADD231PS(g.C(-.5), z, p)
	VADDPS(f, p, p)
	VFMADD231PS(g.C(ln2Hi), k, p)
	// ∞ and NaN as they are; NaN below 0, −∞ at 0.
	g.Blend(14, x, g.C(maxFinite), x, p) // greater
	g.Blend(vec.Unordered, x, x, x, p)
	infinite, zero := g.Reg(), g.Reg()
	VXORPS(zero, zero, zero)
	VDIVPS(zero, zero, infinite) // NaN
	g.Blend(vec.Less, x, zero, infinite, p)
	VMOVUPS(g.C(-23), infinite)
	VDIVPS(zero, infinite, infinite) // −∞
	g.Blend(vec.Equal, x, zero, infinite, p)
	return p
}
