package analysis

import (
	"fmt"
	"math"
	"slices"
)

// A Measure compares two vectors of equal length. New measures are values in
// files of their own.
type Measure struct {
	Name     string  // "Pearson r"
	Symbol   string  // what stands on an axis: "r"
	Min, Max float64 // range; Max is the value of a thing with itself
	Cite     string

	// Func computes the measure. It may assume equal lengths, at least two
	// values, and finite values that are not all equal.
	Func func(x, y []float64) float64

	// Interval, where it is not nil, gives the approximate 95 % confidence
	// interval of a value from n independent pairs, n ≥ 4.
	Interval func(value float64, n int) (lo, hi float64)

	// Weighted, where it is not nil, is Func of the items drawn by a
	// bootstrap: item i stands w[i] ≥ 0 times, a whole number. It equals, to
	// rounding, Func of x and y with item i repeated so often.
	Weighted func(x, y, w []float64) float64

	// Normalize, where it is not nil, brings the values of one person to the
	// scale on which people are pooled, so that the mean over people is the
	// one that compares best with them all: z-scores for Pearson, ranks for
	// Spearman. w are counts as in Weighted; nil counts every item once.
	// Nili et al. (2014), doi:10.1371/journal.pcbi.1003553.
	Normalize func(x, w []float64) []float64
}

// A Score is one comparison: its value with an approximate 95 % confidence
// interval over the N items compared. Warnings say what a reader should know.
// Show it beside its Ceiling.
type Score struct {
	Measure       *Measure
	Value, Lo, Hi float64
	N             int
	Warnings      []error
}

func (s Score) String() string {
	return fmt.Sprintf("%s = %.3f [%.3f, %.3f], n = %d", s.Measure.Symbol, s.Value, s.Lo, s.Hi, s.N)
}

// A Ceiling is how well any model could do, given how well people predict
// each other: Lo from the others' mean without the person, Hi with them in it.
type Ceiling struct {
	Measure  *Measure
	Lo, Hi   float64
	Subjects int
	Warnings []error
}

// fewItems is the number of items below which a correlation carries a
// warning: at n = 10 the 95 % interval of r = .5 spans −.19 to .86.
const fewItems = 10

// Compare applies the measure to x and y.
//
// It fails on different lengths, on fewer than two values, on NaN or Inf, and
// with ErrConstant if x or y has no variance.
func (m *Measure) Compare(x, y []float64) (Score, error) {
	if len(x) != len(y) {
		return Score{}, &AlignmentError{What: fmt.Sprintf("%s of %d values with %d", m.Name, len(x), len(y))}
	}
	if len(x) < 2 {
		return Score{}, fmt.Errorf("analysis: %s needs at least 2 values, got %d", m.Name, len(x))
	}
	for k, v := range [2][]float64{x, y} {
		for i, a := range v {
			if math.IsNaN(a) || math.IsInf(a, 0) {
				return Score{}, fmt.Errorf("analysis: %s: value %d of the %s is %v", m.Name, i, [2]string{"first", "second"}[k], a)
			}
		}
		if Constant(v) {
			return Score{}, fmt.Errorf("analysis: %s: %w: all %d values of the %s are %v", m.Name, ErrConstant, len(v), [2]string{"first", "second"}[k], v[0])
		}
	}
	s := Score{Measure: m, Value: m.Func(x, y), N: len(x), Lo: m.Min, Hi: m.Max}
	if len(x) < fewItems {
		s.Warnings = append(s.Warnings, fmt.Errorf("%s over %d values is unreliable: need >= %d", m.Name, len(x), fewItems))
	}
	if m.Interval != nil && len(x) >= 4 {
		s.Lo, s.Hi = m.Interval(s.Value, len(x))
	}
	return s, nil
}

// Resampled returns the measure of x and y in which item i stands w[i] times,
// a whole number, as in a draw of a Bootstrap. Measures without Weighted are
// applied to copies. It may assume what Compare checks; it fails with
// ErrConstant where the items that are left have no variance.
func (m *Measure) Resampled(x, y, w []float64) (float64, error) {
	if constantIn(x, w) || constantIn(y, w) {
		return 0, fmt.Errorf("analysis: %s: %w among the items drawn", m.Name, ErrConstant)
	}
	if m.Weighted != nil {
		return m.Weighted(x, y, w), nil
	}
	return m.Func(repeated(x, w), repeated(y, w)), nil
}

func constantIn(x, w []float64) bool {
	first := -1
	for i, v := range x {
		switch {
		case w[i] == 0:
		case first < 0:
			first = i
		case v != x[first]:
			return false
		}
	}
	return true
}

// repeated returns x with value i standing w[i] times.
func repeated(x, w []float64) []float64 {
	var out []float64
	for i, v := range x {
		for range int(w[i]) {
			out = append(out, v)
		}
	}
	return out
}

// Constant reports whether all values are equal; true for none.
func Constant(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

// Median returns the middle value of x, which must not be empty: of an even
// number, the mean of the middle two.
func Median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}

// Pearson is the product-moment correlation
//
//	r = Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)² Σ(y−ȳ)²)
//
// with Fisher's z interval, tanh(atanh r ± 1.96/√(n−3)).
var Pearson = &Measure{
	Name: "Pearson r", Symbol: "r", Min: -1, Max: 1,
	Cite:     "Pearson (1895), doi:10.1098/rspl.1895.0041",
	Func:     pearson,
	Interval: func(r float64, n int) (float64, float64) { return fisher(r, 1/math.Sqrt(float64(n-3))) },

	Weighted:  weightedPearson,
	Normalize: ZScores,
}

// Spearman is the Pearson correlation of mid-ranks (ties share their mean
// rank), with the interval of Bonett & Wright (2000),
// doi:10.1007/BF02294183: Fisher's z with variance (1 + r²/2)/(n−3).
var Spearman = &Measure{
	Name: "Spearman ρ", Symbol: "ρ", Min: -1, Max: 1,
	Cite: "Spearman (1904), doi:10.2307/1412159",
	Func: func(x, y []float64) float64 { return pearson(Ranks(x), Ranks(y)) },
	Interval: func(r float64, n int) (float64, float64) {
		return fisher(r, math.Sqrt((1+r*r/2)/float64(n-3)))
	},
	Weighted: func(x, y, w []float64) float64 {
		return weightedPearson(WeightedRanks(x, w), WeightedRanks(y, w), w)
	},
	Normalize: WeightedRanks,
}

// z975 is the 97.5th percentile of the standard normal distribution.
const z975 = 1.959963984540054

func fisher(r, se float64) (lo, hi float64) {
	if r <= -1 || r >= 1 {
		return r, r
	}
	z := math.Atanh(r)
	return math.Tanh(z - z975*se), math.Tanh(z + z975*se)
}

func pearson(x, y []float64) float64 {
	fx, fy := scale(x), scale(y)
	mx, my := mean(x, fx), mean(y, fy)
	var sxy, sxx, syy float64
	for i := range x {
		a, b := x[i]*fx-mx, y[i]*fy-my
		sxy += a * b
		sxx += a * a
		syy += b * b
	}
	r := sxy / (math.Sqrt(sxx) * math.Sqrt(syy))
	return math.Max(-1, math.Min(1, r))
}

// scale returns the power of two that brings the largest |x| near 1, so that
// no square under- or overflows; multiplying by it is exact.
func scale(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m = math.Max(m, math.Abs(v))
	}
	_, e := math.Frexp(m)
	return math.Ldexp(1, min(-e, 1022))
}

// mean returns the mean of f·x.
func mean(x []float64, f float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * f
	}
	return s / float64(len(x))
}
