package nbext

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

const (
	// blockStimuli is the most that is shown at once. A block costs a network
	// its first and its last batch, when not all processors are busy: a
	// hundredth of a block or so.
	blockStimuli = 128

	// patience is how long a network has to end after an interrupt, and what
	// is being written to be written. Both together are below a second.
	patience = 400 * time.Millisecond

	// maxValues bounds the responses of a call: 8 GiB, as in nbext/models.
	maxValues = 1 << 30
)

// blocks is one call of Run that is not answered by one entry. Each block is
// an entry of its own, under the key of its stimuli.
type blocks struct {
	dir           string
	n             Network
	layer, source string
	s             analysis.Stimuli
	digests       [][32]byte
	key           string // of all stimuli

	written, found atomic.Int64 // stimuli whose responses are in the cache
	told           bool         // that one could not be written; the writer's own
}

// run returns the responses to all stimuli, computing what is not there.
func (b *blocks) run(ctx context.Context) (*mat.Dense, error) {
	var out *mat.Dense
	parts := (b.s.Len() + blockStimuli - 1) / blockStimuli
	keep := make(chan func(), parts)
	kept := make(chan struct{})
	go func() { // writes while the next block is computed
		defer close(kept)
		for write := range keep {
			write()
		}
	}()
	done, err := 0, error(nil)
	for k := 0; k < parts && err == nil; k++ {
		from, to := k*b.s.Len()/parts, (k+1)*b.s.Len()/parts
		out, err = b.block(ctx, out, from, to, done, keep)
		done += to - from
	}
	close(keep)
	if err != nil && ctx.Err() != nil {
		select {
		case <-kept:
		case <-time.After(patience): // goes on while the process does
		}
	} else {
		<-kept
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// block answers stimuli [from, to) and puts their rows into out, which it
// makes if it is nil.
func (b *blocks) block(ctx context.Context, out *mat.Dense, from, to, done int, keep chan<- func()) (*mat.Dense, error) {
	s, key := b.s, b.key
	if from > 0 || to < b.s.Len() {
		items := make([]analysis.Stimulus, 0, to-from)
		for i := from; i < to; i++ {
			items = append(items, b.s.At(i))
		}
		var err error
		if s, err = analysis.NewStimuli(items); err != nil {
			return out, err
		}
		key = contentKey(b.n, b.layer, s, b.digests[from:to])
	}
	path := entryPath(b.dir, key)
	var v *mat.Dense
	if len(b.digests) > to-from { // else it was looked for before
		v = lookUp(path, s.Len())
	}
	found := v != nil
	if found {
		b.found.Add(int64(s.Len()))
		analysis.ReportProgress(ctx, done+s.Len(), b.s.Len())
	} else {
		var err error
		if v, err = b.ask(ctx, s, done); err != nil {
			return out, err
		}
	}
	n, c := v.Dims()
	if out == nil && n == b.s.Len() {
		out = v
	} else if out == nil {
		if c > maxValues/b.s.Len() {
			return out, fmt.Errorf("nbext: the %d units of %s for %d stimuli are %.0f GiB of responses, more than 8; run fewer stimuli at once, or choose units first (fROI)",
				c, b.source, b.s.Len(), 8*float64(c)*float64(b.s.Len())/(1<<30))
		}
		out = mat.NewDense(b.s.Len(), c, nil)
	}
	if _, all := out.Dims(); all != c {
		return out, fmt.Errorf("nbext: %s has %d units for stimulus %q and %d for the first", b.source, c, s.At(0).ID, all)
	}
	if out != v {
		out.Slice(from, to, 0, c).(*mat.Dense).Copy(v)
	}
	if !found {
		rows := out.Slice(from, to, 0, c).(*mat.Dense)
		keep <- func() {
			if err := writeEntry(path, rows); err != nil {
				if !b.told {
					fmt.Fprintf(os.Stderr, "cache: could not keep %s: %v\n", b.source, err)
				}
				b.told = true
				return
			}
			b.written.Add(int64(to - from))
		}
	}
	return out, nil
}

// ask shows stimuli to the network. After an interrupt it waits a moment, and
// leaves the network behind if that goes on.
func (b *blocks) ask(ctx context.Context, s analysis.Stimuli, done int) (*mat.Dense, error) {
	type answer struct {
		r   *analysis.Responses
		err error
	}
	answered := make(chan answer, 1)
	inner := analysis.WithProgress(ctx, func(d, _ int) {
		if ctx.Err() == nil {
			analysis.ReportProgress(ctx, done+d, b.s.Len())
		}
	})
	go func() {
		r, err := b.n.Responses(inner, b.layer, s)
		answered <- answer{r, err}
	}()
	var a answer
	select {
	case a = <-answered:
	case <-ctx.Done():
		select {
		case a = <-answered:
		case <-time.After(patience):
			return nil, context.Cause(ctx)
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	if !a.r.Stimuli().Same(s) {
		return nil, &analysis.AlignmentError{What: b.source + " answered other stimuli than it was asked"}
	}
	return a.r.Matrix(), nil
}

// kept says what an interrupted call leaves.
func (b *blocks) kept() string {
	n := b.written.Load() + b.found.Load()
	if n == 0 {
		return "nothing is kept"
	}
	return fmt.Sprintf("%d of %d stimuli are kept, which the next call goes on from", n, b.s.Len())
}
