package analysis

import (
	"fmt"
	"slices"

	"fusiform/internal/simd"
)

// A Measure compares two vectors of equal length. New measures are values in
// files of their own.
type Measure struct {
	Name     string  // "Pearson r"
	Symbol   string  // what stands on an axis: "r"
	Min, Max float64 // range; Max is the value of a thing with itself, if it has no ties
	Cite     string

	// Func computes the measure. It may assume equal lengths, at least two
	// values, and finite values that Check allows.
	Func func(x, y []float64) float64

	// Check, where it is not nil, says why a vector of finite values cannot be
	// compared. Where it is nil, values that are all equal cannot. w are
	// counts as in Weighted; nil counts every item once. The error is
	// ErrConstant where other items could be compared.
	Check func(x, w []float64) error

	// Against, where it is not nil, prepares x for many comparisons:
	// Against(x)(y) is Func(x, y). What it returns may be called by several
	// goroutines at once. CompareTo uses it.
	Against func(x []float64) func(y []float64) float64

	// Interval, where it is not nil, gives the approximate 95 % confidence
	// interval of a value from n independent pairs, n ≥ 4.
	Interval func(value float64, n int) (lo, hi float64)

	// Weighted, where it is not nil, is Func of the items drawn by a
	// bootstrap: item i stands w[i] ≥ 0 times, a whole number. It equals, to
	// rounding, Func of x and y with item i repeated so often.
	Weighted func(x, y, w []float64) float64

	// Redraw, where it is not nil, prepares x and y for many draws:
	// Redraw(x, y)(w) is Weighted(x, y, w). What it returns may be called by
	// several goroutines at once. Resampler uses it.
	Redraw func(x, y []float64) func(w []float64) float64

	// Normalize, where it is not nil, brings the values of one person to the
	// scale on which people are pooled, so that the mean over people is the
	// one that compares best with them all: z-scores for Pearson, ranks for
	// Spearman. w are counts as in Weighted; nil counts every item once.
	// Nili et al. (2014), doi:10.1371/journal.pcbi.1003553.
	Normalize func(x, w []float64) []float64
}

// String returns the symbol of the measure, as in a table.
func (m *Measure) String() string {
	if m == nil {
		return ""
	}
	return m.Symbol
}

// A Score is one comparison: its value with an approximate 95 % confidence
// interval over the N items compared. Where none is known, Lo and Hi are the
// range of the measure and HasInterval is false. Warnings say what a reader
// should know. Show it beside its Ceiling.
type Score struct {
	Measure       *Measure
	Value, Lo, Hi float64
	N             int
	Warnings      []error
}

// HasInterval reports whether Lo and Hi say anything: they do not where they are
// the range of the measure.
func (s Score) HasInterval() bool {
	return s.Measure == nil || s.Lo != s.Measure.Min || s.Hi != s.Measure.Max
}

// String shows the score with its interval, if it has one:
// "r = 0.785 [0.771, 0.799], n = 8".
func (s Score) String() string {
	if !s.HasInterval() {
		return fmt.Sprintf("%s = %.3f, n = %d", s.Measure.Symbol, s.Value, s.N)
	}
	return fmt.Sprintf("%s = %.3f [%.3f, %.3f], n = %d", s.Measure.Symbol, s.Value, s.Lo, s.Hi, s.N)
}

// A Ceiling is how well any model could do. Where it comes from people who
// predict each other (ceiling.LeaveOneOut), Lo is the mean score of a person
// with the mean of the others, and Hi with the mean of all, the person in it.
// Where one number is known, Lo and Hi are both this number: the median over
// channels of ceiling.OfChannels, the median over people of ceiling.Pairs. They
// are bounds, never a confidence interval.
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
// where Check refuses x or y: by default with ErrConstant if one has no
// variance.
func (m *Measure) Compare(x, y []float64) (Score, error) {
	return m.compareTo(x, func(y []float64) float64 { return m.Func(x, y) })(y)
}

// CompareTo prepares x for many comparisons, as of one brain with many models:
// ranks it, say, once. The function that it returns gives what Compare gives
// of x and y, and may be called by several goroutines at once.
func (m *Measure) CompareTo(x []float64) func(y []float64) (Score, error) {
	if m.Against == nil || len(x) < 2 || m.Refuses(x) != nil {
		return func(y []float64) (Score, error) { return m.Compare(x, y) }
	}
	return m.compareTo(x, m.Against(x))
}

func (m *Measure) compareTo(x []float64, value func(y []float64) float64) func(y []float64) (Score, error) {
	fault := m.Refuses(x)
	return func(y []float64) (Score, error) {
		if len(x) != len(y) {
			return Score{}, &AlignmentError{What: fmt.Sprintf("%s of %d values with %d", m.Name, len(x), len(y))}
		}
		if len(x) < 2 {
			return Score{}, fmt.Errorf("analysis: %s needs at least 2 values, got %d", m.Name, len(x))
		}
		if fault != nil {
			return Score{}, fmt.Errorf("analysis: %s: the first of the two: %w", m.Name, fault)
		}
		if err := m.Refuses(y); err != nil {
			return Score{}, fmt.Errorf("analysis: %s: the second of the two: %w", m.Name, err)
		}
		s := Score{Measure: m, Value: value(y), N: len(x), Lo: m.Min, Hi: m.Max}
		if len(x) < fewItems {
			s.Warnings = append(s.Warnings, fmt.Errorf("%s over %d values is unreliable: need >= %d", m.Name, len(x), fewItems))
		}
		if m.Interval != nil && len(x) >= 4 {
			s.Lo, s.Hi = m.Interval(s.Value, len(x))
		}
		return s, nil
	}
}

// Refuses says why x cannot be compared: a value that is NaN or Inf, or what
// Check says; by default that all values are equal, ErrConstant. It is nil
// where x can.
func (m *Measure) Refuses(x []float64) error {
	if ss := simd.Dot(x, x); ss-ss != 0 { // or large squares overflowed
		for i, a := range x {
			if a-a != 0 {
				return fmt.Errorf("value %d is %v", i, a)
			}
		}
	}
	if m.Check != nil {
		return m.Check(x, nil)
	}
	if Constant(x) && len(x) > 0 {
		return fmt.Errorf("%w: all %d values are %v", ErrConstant, len(x), x[0])
	}
	return nil
}

// Resampled returns the measure of x and y in which item i stands w[i] times,
// a whole number, as in a draw of a Bootstrap. Measures without Weighted are
// applied to copies. It may assume what Compare checks; it fails where Check
// refuses the items that are left, by default with ErrConstant if they have no
// variance.
func (m *Measure) Resampled(x, y, w []float64) (float64, error) {
	if err := m.checkDraw(x, y, w); err != nil {
		return 0, err
	}
	if m.Weighted != nil {
		return m.Weighted(x, y, w), nil
	}
	return m.Func(repeated(x, w), repeated(y, w)), nil
}

// Resampler prepares x and y for many draws: sorts them, say, once. The
// function that it returns gives what Resampled gives of x, y and w, and may
// be called by several goroutines at once.
func (m *Measure) Resampler(x, y []float64) func(w []float64) (float64, error) {
	if m.Redraw == nil {
		return func(w []float64) (float64, error) { return m.Resampled(x, y, w) }
	}
	value := m.Redraw(x, y)
	return func(w []float64) (float64, error) {
		if err := m.checkDraw(x, y, w); err != nil {
			return 0, err
		}
		return value(w), nil
	}
}

func (m *Measure) checkDraw(x, y, w []float64) error {
	for _, v := range [2][]float64{x, y} {
		if err := m.RefusesDraw(v, w); err != nil {
			return fmt.Errorf("analysis: %s: %w", m.Name, err)
		}
	}
	return nil
}

// RefusesDraw says why the items of x that a draw holds, item i standing w[i]
// times, cannot be compared: what Check says, by default ErrConstant if they
// have no variance. It is nil where they can.
func (m *Measure) RefusesDraw(x, w []float64) error {
	if m.Check != nil {
		if err := m.Check(x, w); err != nil {
			return fmt.Errorf("among the items drawn: %w", err)
		}
	} else if constantIn(x, w) {
		return fmt.Errorf("%w among the items drawn", ErrConstant)
	}
	return nil
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
