package simd

import "math"

// portable applies a in plain Go, by the formulas of the assembly.
func (a Activation) portable(dst, src []float32) {
	dst = dst[:len(src)]
	switch a {
	case None:
		copy(dst, src)
	case SiLU:
		for i, x := range src {
			dst[i] = x / (1 + exp32(-x))
		}
	case GELU:
		for i, x := range src {
			dst[i] = x * (.5 + .5*erf32(x*math.Sqrt2/2))
		}
	case GELUTanh:
		for i, x := range src {
			dst[i] = x / (1 + exp32(x*(geluTanh1+geluTanh3*(x*x))))
		}
	case Sigmoid:
		for i, x := range src {
			dst[i] = 1 / (1 + exp32(-x))
		}
	case Tanh:
		for i, x := range src {
			dst[i] = tanh32(x)
		}
	case HardSwish:
		for i, x := range src {
			dst[i] = x * (.5 + within(x*(1./6), .5))
		}
	case HardSigmoid:
		for i, x := range src {
			dst[i] = .5 + within(x*(1./6), .5)
		}
	case Erf:
		for i, x := range src {
			dst[i] = erf32(x)
		}
	case Exp:
		for i, x := range src {
			dst[i] = exp32(x)
		}
	case Log:
		for i, x := range src {
			dst[i] = log32(x)
		}
	case Sqrt:
		for i, x := range src {
			dst[i] = float32(math.Sqrt(float64(x)))
		}
	case Rsqrt:
		for i, x := range src {
			dst[i] = 1 / float32(math.Sqrt(float64(x)))
		}
	case Reciprocal:
		for i, x := range src {
			dst[i] = 1 / x
		}
	case Neg:
		for i, x := range src {
			dst[i] = -x
		}
	case Abs:
		for i, x := range src {
			dst[i] = math.Float32frombits(math.Float32bits(x) &^ (1 << 31))
		}
	}
}

// GELU by tanh is x·sigmoid(2·√(2/π)·(x + .044715·x³)); these are the
// coefficients of the negated argument.
const (
	geluTanh1 = -1.5957691216057308
	geluTanh3 = geluTanh1 * .044715
)

// exp32 returns e^x: with k = round(x/ln 2) and r = x − k·ln 2, 2^k times the
// polynomial of Cephes' expf in r. The scale is applied in two steps, so that
// small results underflow gradually.
func exp32(x float32) float32 {
	if !(x < 89) {
		if x > 0 {
			return float32(math.Inf(1))
		}
		return x // NaN
	}
	if x < -104 {
		return 0
	}
	const shift = 3 << 22 // adding it rounds to an integer
	k := float32(x*math.Log2E) + shift
	n := int32(math.Float32bits(k)) - int32(math.Float32bits(shift))
	k -= shift
	r := x - k*.693359375
	r -= k * -2.12194440e-4
	p := float32(1.9875691500e-4)
	p = p*r + 1.3981999507e-3
	p = p*r + 8.3334519073e-3
	p = p*r + 4.1665795894e-2
	p = p*r + 1.6666665459e-1
	p = p*r + 5.0000001201e-1
	p = p*(r*r) + r + 1
	half := n >> 1
	return p * math.Float32frombits(uint32(half+127)<<23) * math.Float32frombits(uint32(n-half+127)<<23)
}

// within returns x, or the nearest of ±limit; NaN stays.
func within(x, limit float32) float32 {
	if x > limit {
		return limit
	}
	if x < -limit {
		return -limit
	}
	return x
}

// tanh32 returns tanh x by the rational function of Eigen's ptanh, which is a
// little more than 1 at 10.
func tanh32(x float32) float32 {
	x = within(x, 10)
	z := x * x
	p := float32(-2.76076847742355e-16)
	p = p*z + 2.00018790482477e-13
	p = p*z + -8.60467152213735e-11
	p = p*z + 5.12229709037114e-08
	p = p*z + 1.48572235717979e-05
	p = p*z + 6.37261928875436e-04
	p = p*z + 4.89352455891786e-03
	q := float32(1.19825839466702e-06)
	q = q*z + 1.18534705686654e-04
	q = q*z + 2.26843463243900e-03
	q = q*z + 4.89352518554385e-03
	return within(x*(p/q), 1)
}

// erf32 returns the error function by the rational function of Eigen's perf,
// which is a little more than 1 at 4.
func erf32(x float32) float32 {
	x = within(x, 4)
	z := x * x
	p := float32(0.00022905065861350646)
	p = p*z + 0.0034082910107109506
	p = p*z + 0.050955695062380861
	p = p*z + 0.18520832239976145
	p = p*z + 1.128379143519084
	q := float32(-1.1791602954361697e-7)
	q = q*z + 2.3547966471313185e-05
	q = q*z + 0.0010179625278914885
	q = q*z + 0.014070470171167667
	q = q*z + 0.11098505178285362
	q = q*z + 0.49746925110067538
	q = q*z + 1
	return within(x*(p/q), 1)
}

// log32 returns ln x: x = 2^k·(1+f) with 1+f in [√½, √2), and the polynomial
// of Cephes' logf in f.
func log32(x float32) float32 {
	if !(x > 0) {
		if x == 0 {
			return float32(math.Inf(-1))
		}
		return float32(math.NaN())
	}
	if x > math.MaxFloat32 {
		return x
	}
	var k float32
	if x < 0x1p-126 {
		x *= 0x1p23
		k = -23
	}
	bits := math.Float32bits(x) - 0x3f3504f3 // of √½
	k += float32(int32(bits) >> 23)
	f := math.Float32frombits(bits&(1<<23-1)+0x3f3504f3) - 1
	z := f * f
	p := float32(7.0376836292e-2)
	p = p*f - 1.1514610310e-1
	p = p*f + 1.1676998740e-1
	p = p*f - 1.2420140846e-1
	p = p*f + 1.4249322787e-1
	p = p*f - 1.6668057665e-1
	p = p*f + 2.0000714765e-1
	p = p*f - 2.4999993993e-1
	p = p*f + 3.3333331174e-1
	y := p*z*f + k*-2.12194440e-4 - .5*z
	return f + y + k*.693359375
}
