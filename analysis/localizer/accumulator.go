package localizer

import (
	"fmt"
	"math"
	"slices"

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
	items    []analysis.Stimulus
	seen     map[string]bool
	cells    []*cell // one for each category and subcategory, as they came
	cellOf   []int   // per item: the cell that it went into
}

type cell struct {
	category, subcategory string
	*moments
}

// NewAccumulator returns an accumulator of rows with that many channels.
func NewAccumulator(channels int) *Accumulator {
	return &Accumulator{channels: channels, seen: map[string]bool{}}
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
	c, err := a.take(s)
	if err != nil {
		return err
	}
	c.n++
	update(c.moments, 0, c.n, row)
	return nil
}

// take records a stimulus and returns the cell that its row is to go into.
func (a *Accumulator) take(s analysis.Stimulus) (*cell, error) {
	if s.ID == "" {
		return nil, fmt.Errorf("localizer: stimulus %d has no ID", len(a.items))
	}
	if a.seen[s.ID] {
		return nil, fmt.Errorf("localizer: stimulus %q was added before; each may count once", s.ID)
	}
	k := slices.IndexFunc(a.cells, func(c *cell) bool { return c.category == s.Category && c.subcategory == s.Subcategory })
	if k < 0 {
		k = len(a.cells)
		a.cells = append(a.cells, &cell{s.Category, s.Subcategory, newMoments(a.channels)})
	}
	a.seen[s.ID] = true
	a.items = append(a.items, s)
	a.cellOf = append(a.cellOf, k)
	return a.cells[k], nil
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
	to := make([]*cell, len(b.cells))
	for i, s := range b.items {
		c, err := a.take(s)
		if err != nil {
			return err
		}
		to[b.cellOf[i]] = c
	}
	for k, c := range to {
		from := b.cells[k].moments
		blocks(a.channels, func(lo, hi int) { c.part(lo, hi).merge(from.part(lo, hi)) })
		c.n += from.n
	}
	return nil
}

// Localize returns the fROI that l finds by contrast c in what has been added
// so far, under the name of the source. It is what l.Localize gives for the
// same responses in memory, and it fails likewise.
func (a *Accumulator) Localize(l TTest, source string, c analysis.Contrast) (*analysis.FROI, error) {
	if len(a.items) == 0 || a.channels < 1 {
		return nil, fmt.Errorf("localizer: no responses of %q have been added", source)
	}
	return l.localize(a, source, c)
}

// pool returns the moments of all rows in the cells, for the channels from lo
// to hi.
func (a *Accumulator) pool(cells []int, lo, hi int) *moments {
	m := newMoments(hi - lo)
	for _, k := range cells {
		m.merge(a.cells[k].part(lo, hi))
	}
	return m
}

// gather returns the accumulator of all rows of r, reading them once, block
// by block of channels.
func gather(r *analysis.Responses) (*Accumulator, error) {
	_, channels := r.Dims()
	a := NewAccumulator(channels)
	for i := range r.Stimuli().Len() {
		if _, err := a.take(r.Stimuli().At(i)); err != nil {
			return nil, err
		}
	}
	rows := make([][]int, len(a.cells))
	for i, k := range a.cellOf {
		rows[k] = append(rows[k], i)
	}
	blocks(channels, func(lo, hi int) {
		for k, c := range a.cells {
			i, in := 0, rows[k]
			for ; i+4 <= len(in); i += 4 {
				update4(c.moments, lo, i+1, r.Row(in[i])[lo:hi], r.Row(in[i+1])[lo:hi], r.Row(in[i+2])[lo:hi], r.Row(in[i+3])[lo:hi])
			}
			for ; i < len(in); i++ {
				update(c.moments, lo, i+1, r.Row(in[i])[lo:hi])
			}
		}
	})
	for k, c := range a.cells {
		c.n = len(rows[k])
	}
	return a, nil
}
