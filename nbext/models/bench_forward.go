package models

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/gomlx/gomlx/core/tensors"
)

// Forward runs batch images that are prepared already, NCHW float32 as the
// graph takes them (NHWC if Input.NHWC), once through the network, and returns
// the values of one layer, image after image, in ONNX's order. It is the bare
// pass that Responses makes for each batch, for those who time the engine
// (internal/peers) or bring their own pre-processing. The graph is compiled in
// the first call with that layer and batch.
//
// It fails with an *UnknownLayerError if there is no such layer, and if x or
// the batch does not fit the graph. Values that are not finite are returned as
// they are.
func (m *Model) Forward(x []float32, batch int, layer string) ([]float32, error) {
	if batch < 1 {
		return nil, m.wrap(fmt.Errorf("a batch of %d images", batch))
	}
	whole := *m
	whole.Batch = batch
	// A runner has smaller batches if there are too few stimuli to keep
	// every processor busy.
	r, err := whole.runner([]string{layer}, batch*max(runtime.GOMAXPROCS(0), runtime.NumCPU()))
	if err != nil {
		return nil, err
	}
	if r.batch != batch {
		return nil, m.wrap(fmt.Errorf("the graph takes batches of %d images, not %d", r.batch, batch))
	}
	shape := dims(r.input, batch)
	if want := shape[0] * shape[1] * shape[2] * shape[3]; len(x) != want {
		return nil, m.wrap(fmt.Errorf("%d values for a batch of shape %s, expected %d", len(x), shapeText(shape), want))
	}
	var out []float32
	err = guard(func() error {
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
		if len(ys) != 1 {
			return errors.New("the graph gave no output")
		}
		out, err = tensors.CopyFlatData[float32](ys[0])
		return err
	})
	if err != nil {
		return nil, m.wrap(err)
	}
	return out, nil
}
