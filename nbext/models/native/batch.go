package native

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"fusiform/analysis"
	"fusiform/nbext/models"
)

// A batch is pictures made ready and their categories, one-hot.
type batch struct {
	x, y []float32
	err  error
}

// A feeder makes the batches of a training.
type feeder struct {
	t Training

	mu    sync.Mutex
	ready map[string][]float32 // pictures of a set that is gone through again, made ready, by ID
	room  int                  // for more numbers
}

// maxReady bounds the pictures that are kept ready: float32 numbers of 512 MiB.
// More are decoded anew in every epoch.
const maxReady = 128 << 20

func newFeeder(t Training) *feeder {
	f := &feeder{t: t, ready: map[string][]float32{}}
	if _, again := t.Pictures.(Shuffled); again {
		f.room = maxReady
	}
	return f
}

// ahead makes batches ready beside the network, some ahead of it, in the order of
// the steps. It ends with ctx.
func (f *feeder) ahead(ctx context.Context, from int) <-chan chan batch {
	ready := make(chan chan batch, runtime.GOMAXPROCS(0))
	go func() {
		for step := from; step < f.t.Steps; step++ {
			b := make(chan batch, 1)
			select {
			case ready <- b:
			case <-ctx.Done():
				return
			}
			go func() { b <- f.batch(ctx, step) }()
		}
	}()
	return ready
}

// next waits for the next batch, or for the end of ctx.
func next(ctx context.Context, ready <-chan chan batch) (b batch) {
	var one chan batch
	select {
	case one = <-ready:
	case <-ctx.Done():
		return batch{err: ctx.Err()}
	}
	select {
	case b = <-one:
	case <-ctx.Done():
		b.err = ctx.Err()
	}
	return b
}

func (f *feeder) batch(ctx context.Context, step int) (b batch) {
	var items []analysis.Stimulus
	err := guard(func() (err error) {
		items, err = f.t.Pictures.Batch(f.t.Seed, step, f.t.Batch)
		if err == nil && len(items) != f.t.Batch {
			err = fmt.Errorf("%d pictures, expected %d", len(items), f.t.Batch)
		}
		return err
	})
	if err != nil {
		return batch{err: fmt.Errorf("step %d: %w", step+1, err)}
	}
	return f.prepare(ctx, items)
}

// prepare makes pictures ready.
func (f *feeder) prepare(ctx context.Context, items []analysis.Stimulus) (b batch) {
	in := f.t.Network.Input()
	each := in.Channels * in.Width * in.Height
	b.x = make([]float32, len(items)*each)
	if b.y, b.err = targets(items, f.t.Pictures.Categories()); b.err != nil {
		return b
	}
	for i := range items { // one by one, to end with ctx
		if b.err = ctx.Err(); b.err != nil {
			return b
		}
		if b.err = f.one(b.x[i*each:(i+1)*each], items[i]); b.err != nil {
			return b
		}
	}
	return b
}

// one makes a picture ready, or takes it from those that are.
func (f *feeder) one(dst []float32, it analysis.Stimulus) error {
	f.mu.Lock()
	have, room := f.ready[it.ID], f.room
	f.mu.Unlock()
	if have != nil {
		copy(dst, have)
		return nil
	}
	if err := models.Prepare(dst, f.t.Network.Input(), []analysis.Stimulus{it}); err != nil || room < len(dst) {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ready[it.ID] == nil {
		f.ready[it.ID] = slices.Clone(dst)
		f.room -= len(dst)
	}
	return nil
}
