package localizer

import (
	"runtime"
	"sync"
	"sync/atomic"

	"fusiform/analysis"
)

// A bank is where the moments of a source come from: an Accumulator that holds
// them, or responses in memory, of which they are computed block by block.
type bank struct {
	source   string
	channels int
	table

	// read makes to[k] the moments of cell k for the channels from lo to hi,
	// at most blockSize of them; what stands behind these has no meaning. to is
	// the same in every call of one goroutine.
	read func(to []moments, lo, hi int)

	// brief leaves P and Q out where the criterion does not go by them.
	brief bool
}

// inMemory is the LocalizeAll of a localizer that goes by moments.
func inMemory(l MomentLocalizer, r *analysis.Responses, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	t, err := tabulate(r.Stimuli())
	if err != nil {
		return nil, err
	}
	_, channels := r.Dims()
	rows := t.rows()
	read := func(to []moments, lo, hi int) {
		for k, in := range rows {
			if to[k].mean == nil {
				to[k] = newMoments(blockSize)
			}
			to[k].compute(len(in), func(i int) []float64 { return r.Row(in[i])[lo:hi] })
		}
	}
	return l.localize(&bank{source: r.Source(), channels: channels, table: t, read: read}, contrasts)
}

// blockSize channels of a few moments stay in a core's own cache.
const blockSize = 1024

// blocks calls work for consecutive ranges of channels, on every processor;
// each has a work of its own. What work computes for a channel must not depend
// on its range.
func blocks(channels int, worker func() (work func(lo, hi int))) {
	n := (channels + blockSize - 1) / blockSize
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			work := worker()
			for b := int(next.Add(1)) - 1; b < n; b = int(next.Add(1)) - 1 {
				work(b*blockSize, min((b+1)*blockSize, channels))
			}
		})
	}
	wg.Wait()
}
