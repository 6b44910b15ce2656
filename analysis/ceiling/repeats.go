package ceiling

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// showings are the responses of one source, sorted by stimulus.
type showings struct {
	source   string
	channels int
	stimuli  analysis.Stimuli
	of       [][]showing // per stimulus, in the order of the repeats
}

// A showing is what one showing of a stimulus evoked.
type showing struct {
	repeat int
	row    []float64
}

// gather aligns repeats by ID. Not every repeat need have every stimulus, so a
// repeat may be a session in which some were shown.
func gather(repeats []*analysis.Responses) (*showings, error) {
	if len(repeats) == 0 {
		return nil, errors.New("ceiling: no repeats")
	}
	x := &showings{source: repeats[0].Source()}
	_, x.channels = repeats[0].Dims()
	var items []analysis.Stimulus
	at := map[string]int{}
	for k, r := range repeats {
		if _, c := r.Dims(); c != x.channels || r.Source() != x.source {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("ceiling: repeat %d is of %q (%d channels), the first of %q (%d); they must be of one source and the same channels",
				k+1, r.Source(), c, x.source, x.channels)}
		}
		s := r.Stimuli()
		for i := range s.Len() {
			id := s.At(i).ID
			p, there := at[id]
			if !there {
				p = len(items)
				at[id], items, x.of = p, append(items, s.At(i)), append(x.of, nil)
			}
			x.of[p] = append(x.of[p], showing{k, r.Row(i)})
		}
	}
	var err error
	x.stimuli, err = analysis.NewStimuli(items)
	return x, err
}

// columns returns the showings of channels lo to hi alone.
func (x *showings) columns(lo, hi int) *showings {
	part := *x
	part.channels, part.of = hi-lo, make([][]showing, len(x.of))
	for i, shown := range x.of {
		for _, one := range shown {
			part.of[i] = append(part.of[i], showing{one.repeat, one.row[lo:hi]})
		}
	}
	return &part
}

// once returns the stimuli that were shown a single time.
func (x *showings) once() []string {
	var ids []string
	for i, s := range x.of {
		if len(s) == 1 {
			ids = append(ids, x.stimuli.At(i).ID)
		}
	}
	return ids
}

// mean returns the mean of the showings of each stimulus.
func (x *showings) mean() (*analysis.Responses, error) {
	v := mat.NewDense(x.stimuli.Len(), x.channels, nil)
	for i, s := range x.of {
		for _, one := range s {
			simd.Axpy(v.RawRowView(i), 1/float64(len(s)), one.row)
		}
	}
	return analysis.NewResponses(x.source, x.stimuli, v)
}

// meanShowings returns how often a stimulus was shown, as counts for noise:
// the harmonic mean.
func meanShowings(counts []int) float64 {
	inverse := 0.0
	for _, n := range counts {
		inverse += 1 / float64(n)
	}
	return float64(len(counts)) / inverse
}

// ZScored returns the responses of one source in one session, which may come
// in parts (runs), in standard deviations from the session's mean, channel by
// channel:
//
//	z = (y − ȳ) / s
//
// where ȳ is the mean and s the standard deviation (n−1) over all rows of all
// parts. What a session shifts or scales as a whole is then no difference
// between repeats. A channel that does not vary in the session becomes 0.
//
// It fails if the parts differ in source or channels, if there are fewer than
// two rows in all, and if a channel's values are too large to be squared.
func ZScored(session []*analysis.Responses) ([]*analysis.Responses, error) {
	x, err := gather(session)
	if err != nil {
		return nil, err
	}
	mean, sd, rows := x.total()
	if rows < 2 {
		return nil, fmt.Errorf("ceiling: a session of %q with 1 response cannot be z-scored; give all that the session has", x.source)
	}
	out := make([]*analysis.Responses, len(session))
	for k, r := range session {
		v := mat.DenseCopyOf(r.Matrix())
		for i := range r.Stimuli().Len() {
			row := v.RawRowView(i)
			for j, s := range sd {
				if s > 0 {
					row[j] = (row[j] - mean[j]) / s
				} else {
					row[j] = 0
				}
			}
		}
		if out[k], err = analysis.NewResponses(r.Source(), r.Stimuli(), v); err != nil {
			return nil, fmt.Errorf("ceiling: %w", err)
		}
	}
	return out, nil
}

// total returns the mean and the standard deviation (n−1) of each channel over
// all showings, and how many there are.
func (x *showings) total() (mean, sd []float64, rows int) {
	mean, sd = make([]float64, x.channels), make([]float64, x.channels)
	centre := x.of[0][0].row
	for _, s := range x.of {
		for _, one := range s {
			simd.Moments(mean, sd, one.row, centre)
			rows++
		}
	}
	n := float64(rows)
	for j, sum := range mean {
		sd[j] = math.Sqrt(math.Max(0, sd[j]-sum*sum/n) / max(n-1, 1))
		mean[j] = centre[j] + sum/n
	}
	return mean, sd, rows
}
