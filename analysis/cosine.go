package analysis

import (
	"fmt"
	"math"

	"fusiform/internal/simd"
)

// Cosine is the cosine of the angle between two vectors,
//
//	cos = Σ x y / √(Σ x² Σ y²)
//
// for values with a true zero, such as cross-validated distances: unlike a
// correlation it changes when a constant is added. Vectors that are constant
// have one, vectors of zeros alone do not. There is no interval, for it depends
// on how far the values are from 0. People are pooled after division by their
// root mean square. Nili et al. (2014), doi:10.1371/journal.pcbi.1003553.
var Cosine = &Measure{
	Name: "cosine", Symbol: "cos", Min: -1, Max: 1,
	Cite:  "Nili et al. (2014), doi:10.1371/journal.pcbi.1003553",
	Func:  func(x, y []float64) float64 { return cosineAgainst(x)(y) },
	Check: notZero,

	Against:   cosineAgainst,
	Weighted:  weightedCosine,
	Normalize: UnitMeanSquare,
}

func notZero(x, w []float64) error {
	for i, v := range x {
		if v != 0 && (w == nil || w[i] != 0) {
			return nil
		}
	}
	return fmt.Errorf("%w: all %d values are 0 and point nowhere", ErrConstant, len(x))
}

func cosineAgainst(x []float64) func(y []float64) float64 {
	fx, xx := tame(x)
	return func(y []float64) float64 {
		fy, yy := tame(y)
		if fx == 1 && fy == 1 {
			return within(simd.Dot(x, y) / (math.Sqrt(xx) * math.Sqrt(yy)))
		}
		sum := 0.0
		for i, v := range y {
			sum += (x[i] * fx) * (v * fy)
		}
		return within(sum / (math.Sqrt(xx) * math.Sqrt(yy)))
	}
}

func weightedCosine(x, y, w []float64) float64 {
	fx, fy := scale(x), scale(y)
	var sxy, sxx, syy float64
	for i, c := range w {
		a, b := x[i]*fx, y[i]*fy
		sxy += c * a * b
		sxx += c * a * a
		syy += c * b * b
	}
	return within(sxy / (math.Sqrt(sxx) * math.Sqrt(syy)))
}

// UnitMeanSquare returns x / √(Σ x²/n), where value i stands w[i] times; nil
// counts every value once. Not all values that stand there may be 0.
func UnitMeanSquare(x, w []float64) []float64 {
	f := scale(x)
	var ss, n float64
	for i, v := range x {
		c := 1.0
		if w != nil {
			c = w[i]
		}
		ss += c * (v * f) * (v * f)
		n += c
	}
	out, length := make([]float64, len(x)), math.Sqrt(ss/n)
	for i, v := range x {
		out[i] = v * f / length
	}
	return out
}
