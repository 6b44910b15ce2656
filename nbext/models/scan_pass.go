package models

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// A scanPass is one pass of images through a network of which sums are kept.
type scanPass struct {
	m       *Model
	layers  []Layer
	net     *watched
	sums    []*slotSums      // per slot
	stimuli analysis.Stimuli // those shown, cell by cell
	batches []scanBatch
	cells   int

	// take, if not nil, gets what layers answer instead of the sums. It is
	// called by several goroutines at once, for other batches or slots.
	take func(b scanBatch, slot int, v []float32)

	folder   string
	save     time.Duration
	resumed  int
	mu       sync.Mutex
	warnings []error
	unsaved  atomic.Bool // nothing more is kept: the disk is full, say
}

// A scanBatch is images [from, from+n) of a cell.
type scanBatch struct{ from, n, cell int }

// maxScan bounds what a scan's sums may take.
const maxScan = 16 << 30

func newScanPass(m *Model, layers []Layer, s analysis.Stimuli, cell []int, cells int) (*scanPass, error) {
	p := &scanPass{m: m, layers: layers, cells: cells}
	units := 0
	for _, l := range layers {
		units += l.Units
	}
	if need := units * cells * bytesPerUnit; need > maxScan {
		return nil, m.wrap(fmt.Errorf("the sums of %d units in %d cells take %d GiB, more than %d; name fewer layers in Scan.Layers, or scan fewer contrasts at once", units, cells, need>>30, maxScan>>30))
	}
	var err error
	if p.net, err = m.watch(layers); err != nil {
		return nil, err
	}
	var items []analysis.Stimulus
	for c := range cells {
		begin := len(items)
		for i, k := range cell {
			if k == c {
				items = append(items, s.At(i))
			}
		}
		for from := begin; from < len(items); from += p.net.batch {
			p.batches = append(p.batches, scanBatch{from, min(p.net.batch, len(items)-from), c})
		}
	}
	if p.stimuli, err = analysis.NewStimuli(items); err != nil {
		return nil, m.wrap(err)
	}
	for _, w := range p.net.slots {
		p.sums = append(p.sums, newSlotSums(w, cells))
	}
	return p, nil
}

// bytes is what the sums take.
func (p *scanPass) bytes() int {
	n := 0
	for _, s := range p.sums {
		n += s.units * p.cells * bytesPerUnit
	}
	return n
}

// A shownBatch is a batch made ready.
type shownBatch struct {
	number int
	x      []float32
	err    error
}

// run shows the images that some layer has not seen.
func (p *scanPass) run(ctx context.Context) error {
	first := len(p.batches)
	for _, s := range p.sums {
		first = min(first, s.next)
	}
	for _, b := range p.batches[:first] {
		p.resumed += b.n
	}
	analysis.ReportProgress(ctx, p.resumed, p.stimuli.Len())
	if first == len(p.batches) {
		return nil
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	// Whoever waits for a turn is woken when there will be none.
	unwatch := context.AfterFunc(inner, func() {
		for _, s := range p.sums {
			s.stop()
		}
	})
	defer unwatch()
	lanes := min(p.net.lanes, len(p.batches)-first)
	free := make(chan []float32, lanes+2)
	for range cap(free) {
		free <- nil
	}
	ready := p.prepare(inner, first, free)
	done := make(chan shownBatch)
	var wg sync.WaitGroup
	for range lanes {
		wg.Go(func() {
			for b := range ready {
				if b.err == nil && inner.Err() == nil {
					b.err = p.show(inner, b)
				}
				free <- b.x
				done <- b
			}
		})
	}
	go func() { wg.Wait(); close(done) }()
	shown := p.resumed
	var failed error
	for b := range done {
		switch {
		case b.err != nil:
			if failed == nil && ctx.Err() == nil && !errors.Is(b.err, context.Canceled) {
				failed = b.err
			}
			cancel()
		case inner.Err() == nil:
			shown += p.batches[b.number].n
			analysis.ReportProgress(ctx, shown, p.stimuli.Len())
		}
	}
	if ctx.Err() != nil && shown < p.stimuli.Len() && failed == nil {
		return p.interrupted(shown, context.Cause(ctx))
	}
	return failed
}

// prepare decodes the images of the batches from first on, ahead of the
// network by as many batches as there are free buffers.
func (p *scanPass) prepare(ctx context.Context, first int, free chan []float32) <-chan shownBatch {
	ready := make(chan shownBatch)
	prep := newPreparer(p.net.input)
	go func() {
		defer close(ready)
		for k := first; k < len(p.batches); k++ {
			b := shownBatch{number: k}
			select {
			case b.x = <-free:
			case <-ctx.Done():
				return
			}
			if b.x == nil {
				b.x = make([]float32, p.net.batch*prep.size())
			}
			at := p.batches[k]
			b.err = fill(ctx, prep, batch{from: at.from, n: at.n, x: b.x}, p.stimuli)
			select {
			case ready <- b:
			case <-ctx.Done():
				return
			}
			if b.err != nil {
				return
			}
		}
	}()
	return ready
}

// show sends a batch through the network and adds what layers answer.
func (p *scanPass) show(ctx context.Context, b shownBatch) error {
	at := p.batches[b.number]
	return p.net.run(b.x, func(slot int, v []float32) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.take != nil {
			p.take(at, slot, v)
			return nil
		}
		s := p.sums[slot]
		finite, stopped := s.add(b.number, at.cell, at.n, v, p.now)
		switch {
		case stopped:
			return context.Canceled
		case !finite:
			i, what := firstBad(v, at.n, s.units)
			return fmt.Errorf("layer %q, stimulus %q: %s; activations have to be finite", s.layer, p.stimuli.At(at.from+i).ID, what)
		}
		return nil
	})
}

// now keeps the sums of a layer if it is time to.
func (p *scanPass) now(s *slotSums, next int) {
	if time.Since(s.saved) > p.save {
		p.keep(s, next)
	}
}

// count makes the rows of the table, several layers at once.
func (p *scanPass) count(ctx context.Context, sc Scan, s analysis.Stimuli, cell []int) ([]ScanRow, error) {
	rows, errs := make([][]ScanRow, len(p.layers)), make([]error, len(p.layers))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(p.layers), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(p.layers) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				rows[i], errs[i] = p.rows(sc, i, s, cell)
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return slices.Concat(rows...), firstOf(errs)
}

// rows are those of one layer. Units are counted in the order in which they lie
// in memory.
func (p *scanPass) rows(sc Scan, i int, s analysis.Stimuli, cell []int) ([]ScanRow, error) {
	l := p.layers[i]
	rows := make([]ScanRow, len(sc.Contrasts))
	survey := func(contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
		return p.find(sc, i, nil, s, cell, localizer.SurveyCells, contrasts)
	}
	found, err := survey(sc.Contrasts...)
	for k, c := range sc.Contrasts {
		rows[k] = ScanRow{Layer: l.Name, Op: l.Op, Contrast: c.Name, Units: l.Units, Dead: l.Units}
		var f *analysis.FROI
		if err == nil {
			f = found[k]
		} else {
			one, err := survey(c)
			if errors.Is(err, analysis.ErrDead) {
				continue
			}
			if err != nil {
				return nil, err
			}
			f = one[0]
		}
		row := &rows[k]
		row.Dead, row.Selected, row.Largest = f.Dead, f.Count(), slices.Max(f.Stat)
		if n := row.Units - row.Dead; n > 0 {
			row.Percent = 100 * float64(row.Selected) / float64(n)
		}
	}
	return rows, nil
}

// A fromCells is localizer.LocalizeCells or SurveyCells.
type fromCells func(l localizer.MomentLocalizer, source string, channels int, s analysis.Stimuli, cell []int,
	read func(cell, lo, hi int, mean, m2 []float64), contrasts ...analysis.Contrast) ([]*analysis.FROI, error)

// froi finds the units of one layer.
func (p *scanPass) froi(sc Scan, i int, s analysis.Stimuli, cell []int, c analysis.Contrast) (*analysis.FROI, error) {
	f, err := p.find(sc, i, p.net.index[i], s, cell, localizer.LocalizeCells, []analysis.Contrast{c})
	if err != nil {
		return nil, err
	}
	return f[0], nil
}

// find finds the units of one layer, index saying where they are in memory.
func (p *scanPass) find(sc Scan, i int, index []int32, s analysis.Stimuli, cell []int, by fromCells, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	sums, l := p.sums[p.net.of[i]], p.layers[i]
	return by(sc.Localizer, p.m.name+"/"+l.Name, l.Units, s, cell, func(c, lo, hi int, mean, m2 []float64) {
		sums.moments(c, index, lo, hi, mean, m2)
	}, contrasts...)
}

func (p *scanPass) warn(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.ContainsFunc(p.warnings, func(w error) bool { return w.Error() == err.Error() }) {
		p.warnings = append(p.warnings, err)
	}
}
