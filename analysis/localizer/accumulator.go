package localizer

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// An Accumulator is fed the responses to one stimulus at a time and keeps
// only, per category and subcategory, how many there were and each channel's
// mean and squared deviations. So a layer with millions of units is localized
// in one pass over the images, without storing an activation: 16 bytes per
// channel and subcategory. It is not safe for concurrent use; give each
// goroutine its own and Merge them.
type Accumulator struct {
	channels int
	table
	moments []*moments // per cell
}

// NewAccumulator returns an accumulator of rows with that many channels.
func NewAccumulator(channels int) *Accumulator {
	return &Accumulator{channels: channels, table: newTable()}
}

// Add takes the responses of all channels to stimulus s; the row may be used
// again afterwards. It fails, without counting the row, if the row has not
// one value per channel, if a value is NaN or infinite, and if s has no ID or
// was added before.
func (a *Accumulator) Add(s analysis.Stimulus, row []float64) error { return add(a, s, row) }

// Add32 is Add for single-precision responses, as networks give them. Sums
// are kept in double precision.
func (a *Accumulator) Add32(s analysis.Stimulus, row []float32) error { return add(a, s, row) }

func add[F float32 | float64](a *Accumulator, s analysis.Stimulus, row []F) error {
	if len(row) != a.channels {
		return &analysis.AlignmentError{What: fmt.Sprintf("localizer: response to %q has %d channels, the accumulator %d", s.ID, len(row), a.channels)}
	}
	for j, v := range row {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("localizer: response to %q in channel %d (of %d) is %v; remove the channel or the stimulus, missing values are not guessed", s.ID, j, a.channels, x)
		}
	}
	m, err := a.take(s)
	if err != nil {
		return err
	}
	update(m, row)
	return nil
}

// take records a stimulus and returns the moments that its row is to go into.
func (a *Accumulator) take(s analysis.Stimulus) (*moments, error) {
	k, err := a.table.take(s)
	if err != nil {
		return nil, err
	}
	if k == len(a.moments) {
		m := newMoments(a.channels)
		a.moments = append(a.moments, &m)
	}
	return a.moments[k], nil
}

// Merge adds all that b has seen, as if its rows had been added after those
// of a; b stays as it is. It fails, without a change, if the channels differ
// or a stimulus is in both.
func (a *Accumulator) Merge(b *Accumulator) error {
	if a.channels != b.channels {
		return &analysis.AlignmentError{What: fmt.Sprintf("localizer: merging an accumulator of %d channels into one of %d", b.channels, a.channels)}
	}
	for _, s := range b.items {
		if a.seen[s.ID] {
			return fmt.Errorf("localizer: stimulus %q is in both accumulators; each may count once", s.ID)
		}
	}
	to := make([]*moments, len(b.cells))
	for i, s := range b.items {
		m, err := a.take(s)
		if err != nil {
			return err
		}
		to[b.cellOf[i]] = m
	}
	blocks(a.channels, func() func(lo, hi int) {
		return func(lo, hi int) {
			for k, m := range to {
				part := m.part(lo, hi)
				part.merge(b.moments[k].part(lo, hi))
			}
		}
	})
	for k, m := range to {
		m.n += b.moments[k].n
	}
	return nil
}

// Localize returns the fROI that l finds by contrast c in what has been added
// so far, under the name of the source. It is what l.Localize gives for the
// same responses in memory, and it fails likewise.
func (a *Accumulator) Localize(l MomentLocalizer, source string, c analysis.Contrast) (*analysis.FROI, error) {
	f, err := a.LocalizeAll(l, source, c)
	if err != nil {
		return nil, err
	}
	return f[0], nil
}

// LocalizeAll is Localize for several contrasts.
func (a *Accumulator) LocalizeAll(l MomentLocalizer, source string, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	if len(a.items) == 0 || a.channels < 1 {
		return nil, fmt.Errorf("localizer: no responses of %q have been added", source)
	}
	return l.localize(&bank{source: source, channels: a.channels, table: a.table, read: a.parts}, contrasts)
}

// parts is the read of an accumulator's bank.
func (a *Accumulator) parts(to []moments, lo, hi int) {
	for k, m := range a.moments {
		to[k] = m.part(lo, hi)
	}
}
