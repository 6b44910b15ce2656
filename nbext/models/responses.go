package models

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// maxResponses bounds what one call may hold: float64 values of 8 GiB.
const maxResponses = 1 << 30

// Responses shows the network every stimulus of s and returns the activations
// of one layer: an n×Units matrix, each row the layer's tensor for one image
// flattened in ONNX's order, the last axis fastest (channel, row, column for
// a convolution), float32 widened to float64. The layer is named as in the file
// or by its module (see Layer). The source is Name()+"/"+its name in the file.
//
// Progress is reported through ctx (analysis.WithProgress) in stimuli, after
// each batch; when ctx ends, the call ends within one batch, with ctx's
// error.
//
// It fails with an *UnknownLayerError if there is no such layer, with an
// error that names the stimulus if an image cannot be decoded, and if an
// activation is not finite.
func (m *Model) Responses(ctx context.Context, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	r, err := m.ResponsesAt(ctx, []string{layer}, s)
	if err != nil {
		return nil, err
	}
	return r[layer], nil
}

// ResponsesAt is Responses for several layers from one pass through the
// network, by the names asked for.
func (m *Model) ResponsesAt(ctx context.Context, layers []string, s analysis.Stimuli) (map[string]*analysis.Responses, error) {
	if len(layers) == 0 {
		return nil, m.wrap(errors.New("no layer asked for"))
	}
	if s.Len() == 0 {
		return nil, m.wrap(errors.New("no stimuli to show"))
	}
	layers = slices.Compact(slices.Sorted(slices.Values(layers)))
	r, err := m.runner(layers, s.Len())
	if err != nil {
		return nil, err
	}
	units := 0
	for _, l := range r.layers {
		units += l.Units
	}
	if units > maxResponses/s.Len() {
		return nil, m.wrap(fmt.Errorf("%d units for %d stimuli are %.0f GiB of responses, more than 8; ask for fewer layers or stimuli at once (a localizer.Accumulator takes them in parts)",
			units, s.Len(), 8*float64(units)*float64(s.Len())/(1<<30)))
	}
	out := make([]*mat.Dense, len(r.layers))
	for i, l := range r.layers {
		out[i] = mat.NewDense(s.Len(), l.Units, nil)
	}
	if err := m.pass(ctx, r, s, out); err != nil {
		return nil, err
	}
	res := make(map[string]*analysis.Responses, len(out))
	for i, l := range r.layers {
		if res[layers[i]], err = analysis.NewResponses(m.name+"/"+l.Name, s, out[i]); err != nil {
			return nil, m.wrap(err)
		}
	}
	return res, nil
}

// A batch is images [from, from+n) made ready.
type batch struct {
	from, n int
	x       []float32
	err     error
}

// pass sends s through the network, filling the rows of out. Images are made
// ready beside the network, a few batches ahead of it at most.
func (m *Model) pass(ctx context.Context, r *runner, s analysis.Stimuli, out []*mat.Dense) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := m.prepare(inner, r, s)
	done := make(chan batch)
	var wg sync.WaitGroup
	for range min(r.lanes, (s.Len()+r.batch-1)/r.batch) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for b := range ready {
				if b.err == nil && inner.Err() == nil {
					b.err = r.forward(b, out)
				}
				done <- b
			}
		}()
	}
	go func() { wg.Wait(); close(done) }()

	shown := 0
	var failed error
	analysis.ReportProgress(ctx, 0, s.Len())
	for b := range done {
		switch {
		case b.err != nil:
			if failed == nil {
				failed = b.err
			}
			cancel()
		case failed == nil && inner.Err() == nil:
			shown += b.n
			analysis.ReportProgress(ctx, shown, s.Len())
		}
	}
	if ctx.Err() != nil && shown < s.Len() {
		return m.wrap(fmt.Errorf("stopped after %d of %d stimuli: %w", shown, s.Len(), context.Cause(ctx)))
	}
	if failed != nil {
		return m.wrap(failed)
	}
	return nil
}

// prepare decodes and pre-processes s in order. It ends early when ctx does
// or an image fails, and closes the channel.
func (m *Model) prepare(ctx context.Context, r *runner, s analysis.Stimuli) <-chan batch {
	ready := make(chan batch, 1)
	p := newPreparer(r.input)
	go func() {
		defer close(ready)
		for from := 0; from < s.Len(); from += r.batch {
			b := batch{from: from, n: min(r.batch, s.Len()-from), x: make([]float32, r.batch*p.size())}
			b.err = fill(ctx, p, b, s)
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

// fill decodes the images of a batch, several at once. Of several errors it
// returns the one of the first image.
func fill(ctx context.Context, p *preparer, b batch, s analysis.Stimuli) error {
	errs := make([]error, b.n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(b.n, runtime.GOMAXPROCS(0)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				if ctx.Err() == nil {
					errs[i] = show(p, b.x[i*p.size():(i+1)*p.size()], s.At(b.from+i))
				}
			}
		}()
	}
	for i := range b.n {
		next <- i
	}
	close(next)
	wg.Wait()
	return firstOf(errs)
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// show prepares one stimulus. A decoder that panics is an error of the image.
func show(p *preparer, dst []float32, st analysis.Stimulus) error {
	if st.Image == nil {
		return fmt.Errorf("stimulus %q has no image, only its responses are known", st.ID)
	}
	err := guard(func() error {
		var img image.Image
		img, err := st.Image()
		if err != nil {
			return err
		}
		if img == nil {
			return errors.New("the image is nil")
		}
		return p.fill(dst, img)
	})
	if err != nil {
		return fmt.Errorf("stimulus %q: %w", st.ID, err)
	}
	return nil
}

// runnerKey tells whether a runner can be used again.
func runnerKey(layers []string, shape []int, config string) string {
	return fmt.Sprintf("%q %v %s", strings.Join(layers, "\x00"), shape, config)
}
