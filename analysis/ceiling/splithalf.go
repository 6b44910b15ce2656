package ceiling

import (
	"errors"
	"fmt"
	"math"

	"fusiform/analysis"
)

// ErrUnreliable reports a reliability that is 0 or below, beyond 1, or not a
// number: nothing can be corrected by it.
var ErrUnreliable = errors.New("no reliability")

// A Reliability is how much of a measurement would come again, 0 to 1.
type Reliability struct {
	Halves        analysis.Score // one half of the repeats against the other, as compared
	Value, Lo, Hi float64        // Spearman–Brown of Halves: of both halves together
	Warnings      []error
}

// SplitHalf returns the reliability of what was measured twice, in odd and in
// even repeats (runs, sessions): the score of the two halves, and the
// SpearmanBrown of it and of its interval, which is the reliability of all
// repeats together. Compare is tuning.Compare(m), rsa.Compare(m) or another
// with a correlation as measure.
//
// Halves that do not correlate above 0 have reliability 0, and a Warning that
// is ErrUnreliable tells what the halves gave. It fails with the error of
// compare.
func SplitHalf[T any](odd, even T, compare func(a, b T) (analysis.Score, error)) (Reliability, error) {
	s, err := compare(odd, even)
	if err != nil {
		return Reliability{}, fmt.Errorf("ceiling: the two halves: %w", err)
	}
	if math.IsNaN(s.Value) || s.Value < -1 || s.Value > 1 {
		return Reliability{}, fmt.Errorf("ceiling: %s of the two halves is %v; Spearman–Brown needs a correlation, −1 to 1", s.Measure.Name, s.Value)
	}
	r := Reliability{Halves: s, Warnings: append([]error(nil), s.Warnings...),
		Value: SpearmanBrown(s.Value), Lo: SpearmanBrown(s.Lo), Hi: SpearmanBrown(s.Hi)}
	if r.Value == 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%w: the two halves have %s = %.3f", ErrUnreliable, s.Measure.Symbol, s.Value))
	}
	return r, nil
}

// SpearmanBrown returns the reliability of a whole from the correlation r of
// its halves,
//
//	2r / (1 + r)
//
// and 0 for r ≤ 0: a reliability is a share of variance, and the formula falls
// without bound as r nears −1. Spearman (1910),
// doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910),
// doi:10.1111/j.2044-8295.1910.tb00207.x.
func SpearmanBrown(r float64) float64 {
	if r <= 0 {
		return 0
	}
	return 2 * r / (1 + r)
}

// Correct returns the similarity that two systems would have without noise,
//
//	r / √(a·b)
//
// where a and b are their reliabilities; that of a network, which answers the
// same each time, is 1. The result is not clipped: by chance, or where the
// noise is shared, it exceeds 1. It fails with ErrUnreliable unless both
// reliabilities are above 0 and at most 1. Spearman (1904),
// doi:10.2307/1412159.
func Correct(r, a, b float64) (float64, error) {
	for _, rel := range [2]float64{a, b} {
		if !reliable(rel) {
			return 0, fmt.Errorf("ceiling: %w: cannot correct for a reliability of %.3g; it must be above 0 and at most 1", ErrUnreliable, rel)
		}
	}
	return r / math.Sqrt(a*b), nil
}

func reliable(r float64) bool { return r > 0 && r <= 1 }
