package analysis

import "math"

// weightedPearson is pearson of items that stand w[i] times.
func weightedPearson(x, y, w []float64) float64 {
	fx, fy := scale(x), scale(y)
	mx, my := weightedMean(x, w, fx), weightedMean(y, w, fy)
	var sxy, sxx, syy float64
	for i := range x {
		a, b := x[i]*fx-mx, y[i]*fy-my
		sxy += w[i] * a * b
		sxx += w[i] * a * a
		syy += w[i] * b * b
	}
	return within(sxy / (math.Sqrt(sxx) * math.Sqrt(syy)))
}

// weightedMean returns the mean of f·x.
func weightedMean(x, w []float64, f float64) float64 {
	var s, n float64
	for i, v := range x {
		s += w[i] * (v * f)
		n += w[i]
	}
	return s / n
}

// ZScores returns (x − x̄)/s, s over n, where value i stands w[i] times; nil
// counts every value once. The values that stand there must vary.
func ZScores(x, w []float64) []float64 {
	if w == nil {
		w = make([]float64, len(x))
		for i := range w {
			w[i] = 1
		}
	}
	f := scale(x)
	m := weightedMean(x, w, f)
	var ss, n float64
	z := make([]float64, len(x))
	for i, v := range x {
		z[i] = v*f - m
		ss += w[i] * z[i] * z[i]
		n += w[i]
	}
	s := math.Sqrt(ss / n)
	for i := range z {
		z[i] /= s
	}
	return z
}
