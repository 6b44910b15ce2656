package native

import (
	"context"
	"fmt"
	"runtime"

	"fusiform/analysis"
	"fusiform/nbext/models"
)

// A batch is pictures made ready and their categories, one-hot.
type batch struct {
	x, y []float32
	err  error
}

// ahead makes batches ready beside the network, some ahead of it, in the order of
// the steps. It ends with ctx.
func (t Training) ahead(ctx context.Context, from int) <-chan chan batch {
	ready := make(chan chan batch, runtime.GOMAXPROCS(0))
	go func() {
		for step := from; step < t.Steps; step++ {
			b := make(chan batch, 1)
			select {
			case ready <- b:
			case <-ctx.Done():
				return
			}
			go func() { b <- t.batch(ctx, step) }()
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

func (t Training) batch(ctx context.Context, step int) (b batch) {
	var items []analysis.Stimulus
	err := guard(func() (err error) {
		items, err = t.Pictures.Batch(t.Seed, step, t.Batch)
		if err == nil && len(items) != t.Batch {
			err = fmt.Errorf("%d pictures, expected %d", len(items), t.Batch)
		}
		return err
	})
	if err != nil {
		return batch{err: fmt.Errorf("step %d: %w", step+1, err)}
	}
	return t.ready(ctx, items)
}

// ready prepares pictures.
func (t Training) ready(ctx context.Context, items []analysis.Stimulus) (b batch) {
	in := t.Network.Input()
	each := in.Channels * in.Width * in.Height
	b.x = make([]float32, len(items)*each)
	if b.y, b.err = targets(items, t.Pictures.Categories()); b.err != nil {
		return b
	}
	for i := range items { // one by one, to end with ctx
		if b.err = ctx.Err(); b.err != nil {
			return b
		}
		if b.err = models.Prepare(b.x[i*each:(i+1)*each], in, items[i:i+1]); b.err != nil {
			return b
		}
	}
	return b
}
