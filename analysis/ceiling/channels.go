package ceiling

import (
	"errors"
	"fmt"
	"math"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// Channels returns the reliability of each of the c channels of one source
// from its responses in odd and in even repeats,
//
//	SpearmanBrown(m(odd[:,j], even[:,j]))
//
// which is that of the mean of all repeats, from 0 to 1; 0 for a channel that
// does not vary in one half or whose halves do not correlate above 0. Stimuli
// are aligned by ID. m must be a correlation.
//
// It fails if the halves differ in source, channels or stimuli, with fewer
// than two stimuli, and with ErrUnreliable if every channel has 0.
func Channels(odd, even *analysis.Responses, m *analysis.Measure) ([]float64, error) {
	_, c := odd.Dims()
	if _, d := even.Dims(); c != d || odd.Source() != even.Source() || odd.Stimuli().Len() != even.Stimuli().Len() {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("ceiling: %q (%d stimuli × %d channels) and %q (%d × %d) are not two halves of one measurement",
			odd.Source(), odd.Stimuli().Len(), c, even.Source(), even.Stimuli().Len(), d)}
	}
	r, err := columns(odd, even, m)
	if err != nil {
		return nil, err
	}
	for j, v := range r {
		r[j] = SpearmanBrown(v)
	}
	return r, some(r, odd.Source())
}

// columns compares the channels of two halves, one by one; 0 for a channel
// that does not vary in one of them.
func columns(odd, even *analysis.Responses, m *analysis.Measure) ([]float64, error) {
	even, err := even.On(odd.Stimuli())
	if err != nil {
		return nil, err
	}
	_, c := odd.Dims()
	out, errs := make([]float64, c), make([]error, c)
	n := odd.Stimuli().Len()
	simd.Parallel(c, lineful, func(from, to int) {
		x, y := make([]float64, lineful*n), make([]float64, lineful*n)
		for lo := from; lo < to; lo += lineful {
			hi := min(lo+lineful, to)
			for i := range n {
				a, b := odd.Row(i)[lo:hi], even.Row(i)[lo:hi]
				for k := range a {
					x[k*n+i], y[k*n+i] = a[k], b[k]
				}
			}
			for j := lo; j < hi; j++ {
				k := j - lo
				s, err := m.Compare(x[k*n:(k+1)*n], y[k*n:(k+1)*n])
				switch {
				case err == nil:
					out[j] = s.Value
				case !errors.Is(err, analysis.ErrConstant):
					errs[j] = fmt.Errorf("ceiling: channel %d of %q: %w", j, odd.Source(), err)
				}
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lineful channels of a row are two lines of the processor's cache.
const lineful = 16

// some returns an error if no channel has any reliability.
func some(reliability []float64, source string) error {
	for _, r := range reliability {
		if r > 0 {
			return nil
		}
	}
	return fmt.Errorf("ceiling: %w: in none of the %d channels of %q do the halves of the repeats agree", ErrUnreliable, len(reliability), source)
}

// OfChannels returns how well a perfect model could predict the channels of
// one source, whose mean over repeats has these reliabilities: a model without
// noise correlates with it by at most √reliability. Lo and Hi are the median
// of that over channels, the number to hold the median score of an encoding
// model against; channels of reliability 0 count as 0.
//
// It fails with no channel, or if a reliability is not from 0 to 1.
func OfChannels(reliability []float64, m *analysis.Measure) (analysis.Ceiling, error) {
	if len(reliability) == 0 {
		return analysis.Ceiling{}, errors.New("ceiling: no channels")
	}
	bound := make([]float64, len(reliability))
	none := 0
	for j, r := range reliability {
		if !(r >= 0 && r <= 1) {
			return analysis.Ceiling{}, fmt.Errorf("ceiling: %w: channel %d has %v; it must be from 0 to 1", ErrUnreliable, j, r)
		}
		if r == 0 {
			none++
		}
		bound[j] = math.Sqrt(r)
	}
	v := analysis.Median(bound)
	out := analysis.Ceiling{Measure: m, Lo: v, Hi: v, Subjects: 1}
	if none > 0 {
		out.Warnings = append(out.Warnings, fmt.Errorf("%w: %d of %d channels have none and count as 0", ErrUnreliable, none, len(bound)))
	}
	return out, nil
}
