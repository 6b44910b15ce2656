package models

import (
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/core/tensors"
)

// Forward runs n images that are prepared already, NCHW float32 as the graph
// takes them (NHWC if Input.NHWC), through the network, and returns the values
// of one layer, image after image, in ONNX's order. It is the bare pass of
// Responses, in batches as they suit the engine (or of m.Batch images), for
// those who time the engine (internal/peers) or bring their own
// pre-processing. The graph is compiled in the first call with that layer.
//
// It fails with an *UnknownLayerError if there is no such layer, and if x does
// not hold n images. Values that are not finite are returned as they are.
func (m *Model) Forward(x []float32, n int, layer string) ([]float32, error) {
	if n < 1 {
		return nil, m.wrap(fmt.Errorf("%d images", n))
	}
	r, err := m.runner([]string{layer}, n)
	if err != nil {
		return nil, err
	}
	shape := dims(r.input, r.batch)
	each, units := shape[1]*shape[2]*shape[3], r.layers[0].Units
	if len(x) != n*each {
		return nil, m.wrap(fmt.Errorf("%d values for a batch of shape %s, expected %d", len(x), shapeText(dims(r.input, n)), n*each))
	}
	out := make([]float32, n*units)
	next := make(chan int)
	errs := make([]error, min(r.lanes, (n+r.batch-1)/r.batch))
	var wg sync.WaitGroup
	for lane := range errs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for from := range next {
				if errs[lane] == nil {
					errs[lane] = r.bare(out[from*units:min(n, from+r.batch)*units], x[from*each:min(n, from+r.batch)*each], shape)
				}
			}
		}()
	}
	for from := 0; from < n; from += r.batch {
		next <- from
	}
	close(next)
	wg.Wait()
	if err := firstOf(errs); err != nil {
		return nil, m.wrap(err)
	}
	return out, nil
}

// bare runs one batch, padded if it is not full.
func (r *runner) bare(out, x []float32, shape []int) error {
	if full := shape[0] * shape[1] * shape[2] * shape[3]; len(x) < full {
		x = append(make([]float32, 0, full), x...)[:full]
	}
	return guard(func() error {
		in := tensors.FromFlatDataAndDimensions(x, shape...)
		defer in.MustFinalizeAll()
		ys, err := r.exec.Exec(in)
		if err != nil {
			return err
		}
		defer func() {
			for _, y := range ys {
				y.MustFinalizeAll()
			}
		}()
		return tensors.ConstFlatData(ys[0], func(v []float32) { copy(out, v) })
	})
}
