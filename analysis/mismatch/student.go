package mismatch

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// twoSided returns P(|T| ≥ |t|) for Student's t, from the small tail itself.
func twoSided(t, df float64) float64 {
	return math.Min(1, 2*distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(t)))
}

// t975 is the 97.5th percentile of Student's t.
func t975(df float64) float64 { return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(.975) }

// manyDF stands for infinitely many degrees of freedom.
const manyDF = 1e6

// satterthwaite returns the degrees of freedom of a sum of variances v, each
// estimated with its own df: (Σv)²/Σ(v²/df); total, the sum, may hold terms
// of either sign. Satterthwaite (1946), doi:10.2307/3002019.
func satterthwaite(total float64, v, df []float64) float64 {
	below := 0.0
	for k := range v {
		if v[k] != 0 && df[k] > 0 {
			below += v[k] * v[k] / df[k]
		}
	}
	if below == 0 {
		return manyDF
	}
	return math.Max(1, math.Min(manyDF, total*total/below))
}
