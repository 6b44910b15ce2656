package analysis

import (
	"math"
	"sync"

	"fusiform/internal/simd"
)

// Pearson is the product-moment correlation
//
//	r = Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)² Σ(y−ȳ)²)
//
// with Fisher's z interval, tanh(atanh r ± 1.96/√(n−3)). People are pooled by
// z-scores.
var Pearson = &Measure{
	Name: "Pearson r", Symbol: "r", Min: -1, Max: 1,
	Cite:     "Pearson (1895), doi:10.1098/rspl.1895.0041",
	Func:     func(x, y []float64) float64 { return pearsonAgainst(x)(y) },
	Interval: func(r float64, n int) (float64, float64) { return fisher(r, 1/math.Sqrt(float64(n-3))) },

	Against:   pearsonAgainst,
	Weighted:  weightedPearson,
	Normalize: ZScores,
}

func pearsonAgainst(x []float64) func(y []float64) float64 {
	a := make([]float64, len(x))
	lx := centre(a, x)
	return func(y []float64) float64 {
		b := borrow(len(y))
		defer giveBack(b)
		ly := centre(*b, y)
		return within(simd.Dot(a, *b) / (lx * ly))
	}
}

// centre writes f·x less its mean to dst, f as tame gives it, and returns the
// length of dst.
func centre(dst, x []float64) (length float64) {
	if f, _ := tame(x); f != 1 {
		simd.BinaryScalar(simd.Mul, dst, x, f)
		x = dst
	}
	simd.BinaryScalar(simd.Sub, dst, x, simd.Sum(x)/float64(len(x)))
	ss := simd.Dot(dst, dst)
	if ss > 1e-200 {
		return math.Sqrt(ss)
	}
	// What is left is tiny; if there was a large mean, exactly so.
	f := scale(dst)
	simd.BinaryScalar(simd.Mul, dst, dst, f)
	return math.Sqrt(simd.Dot(dst, dst))
}

// tame returns 1 and Σ x² where squares do not under- or overflow; else, of
// scale, what x is to be multiplied with, and Σ (f·x)².
func tame(x []float64) (f, squares float64) {
	ss := simd.Dot(x, x)
	if 1e-200 < ss && ss < 1e200 {
		return 1, ss
	}
	f = scale(x)
	for _, v := range x {
		squares += (v * f) * (v * f)
	}
	return f, squares
}

// within cuts off what rounding puts beyond ±1.
func within(r float64) float64 { return math.Max(-1, math.Min(1, r)) }

// z975 is the 97.5th percentile of the standard normal distribution.
const z975 = 1.959963984540054

func fisher(r, se float64) (lo, hi float64) {
	if r <= -1 || r >= 1 {
		return r, r
	}
	z := math.Atanh(r)
	return math.Tanh(z - z975*se), math.Tanh(z + z975*se)
}

// scale returns the power of two that brings the largest |x| near 1, so that
// no square under- or overflows; multiplying by it is exact.
func scale(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		if v = math.Abs(v); v > m {
			m = v
		}
	}
	_, e := math.Frexp(m)
	return math.Ldexp(1, min(-e, 1022))
}

// buffers lends vectors to those who need one for a moment.
var buffers = sync.Pool{New: func() any { return new([]float64) }}

func borrow(n int) *[]float64 {
	b := buffers.Get().(*[]float64)
	*b = resized(*b, n)
	return b
}

func giveBack(b *[]float64) { buffers.Put(b) }
