package models

import (
	"fmt"
	"runtime"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"fusiform/nbext/catalog"
	"fusiform/nbext/models/fastgo"
)

// A watched is a network that shows layers as it computes them.
type watched struct {
	input        catalog.Input
	batch, lanes int
	slots        []watchedSlot
	of           []int     // per layer: the slot that has its numbers …
	index        [][]int32 // … and where in it each unit is, in ONNX's order; nil: at its own place

	// run sends one batch through the network and calls see for each slot with
	// the numbers of all its images, one after the other.
	run func(x []float32, see func(slot int, v []float32) error) error
}

// A watchedSlot is a layer that is shown.
type watchedSlot struct {
	layer  string
	units  int
	layout string // how units lie, for what is kept in files
}

// watchedImages is how many images of 224×224 go through the network at once:
// with few, the sums go through memory for each of them; with many, a layer's
// values have left the cache when they are read. Four take mobilenet_v2 1.5
// times the bare pass, eight 1.25, sixteen no less.
const watchedImages = 8

// watch compiles the network to show those layers.
func (m *Model) watch(layers []Layer) (*watched, error) {
	if err := checkInput(m.Input); err != nil {
		return nil, m.wrap(err)
	}
	backend, eng, err := engine()
	if err != nil {
		return nil, err
	}
	n := m.net
	n.mu.Lock()
	p, err := n.lockedGraph()
	n.mu.Unlock()
	if err != nil {
		return nil, m.wrap(err)
	}
	w := &watched{input: m.Input, batch: m.Batch, lanes: min(2, runtime.GOMAXPROCS(0))}
	if w.batch == 0 {
		w.batch = min(16, max(2, watchedImages*224*224/(m.Input.Width*m.Input.Height)))
	}
	if fixed := p.input.dims[0]; fixed > 0 {
		w.batch = fixed
	}
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = l.Name
	}
	build := func(s *model.Scope, x *graph.Node) []*graph.Node {
		nodes := p.call(s, x, known, names...)
		for i, o := range nodes {
			if o.DType() != dtypes.Float32 {
				nodes[i] = graph.ConvertDType(o, dtypes.Float32)
			}
		}
		return nodes
	}
	if fast, ok := backend.(*fastgo.Backend); ok {
		if err := w.fast(fast, p, layers, build); err == nil {
			return w, nil
		}
	}
	if err := w.plain(m, eng, names, layers); err != nil {
		return nil, err
	}
	return w, nil
}

// fast watches on our engine.
func (w *watched) fast(b *fastgo.Backend, p *parsed, layers []Layer, build func(*model.Scope, *graph.Node) []*graph.Node) error {
	watcher := b.Watcher()
	var g *fastgo.WatchedGraph
	err := guard(func() error {
		exec, err := model.NewExec(watcher.Backend, p.store, build)
		if err != nil {
			return err
		}
		if _, err := exec.Compile(shapes.Make(dtypes.Float32, dims(w.input, w.batch)...)); err != nil {
			return err
		}
		g, err = watcher.Graph()
		return err
	})
	if err != nil {
		return err
	}
	slotOf := make([]int, len(layers)) // of each output
	outputs := g.Outputs()
	for _, i := range g.Shown() {
		slotOf[i] = len(w.slots)
		w.slots = append(w.slots, watchedSlot{layers[i].Name, layers[i].Units, fmt.Sprint(outputs[i].Order)})
	}
	for i, o := range outputs {
		k := i
		for outputs[k].Same >= 0 {
			k = outputs[k].Same
		}
		w.of = append(w.of, slotOf[k])
		per := append([]int{o.Shape.Dimensions[0] / w.batch}, o.Shape.Dimensions[1:]...)
		w.index = append(w.index, unitIndex(per, o.Order))
	}
	w.run = func(x []float32, see func(slot int, v []float32) error) error {
		return guard(func() error {
			return g.Run(x, func(output int, v []float32) error { return see(slotOf[output], v) })
		})
	}
	return nil
}

// unitIndex returns, for each element of an array of that shape, row-major,
// where it is if its axes lie in memory in that order; nil if at its own place.
func unitIndex(shape, order []int) []int32 {
	strides, step := make([]int, len(shape)), 1
	for k := len(order) - 1; k >= 0; k-- {
		strides[order[k]] = step
		step *= shape[order[k]]
	}
	index, own := make([]int32, 0, step), true
	at := make([]int, len(shape))
	for range step {
		place := 0
		for a, i := range at {
			place += i * strides[a]
		}
		own = own && place == len(index)
		index = append(index, int32(place))
		for a := len(at) - 1; a >= 0; a-- {
			if at[a]++; at[a] < shape[a] {
				break
			}
			at[a] = 0
		}
	}
	if own {
		return nil
	}
	return index
}

// plain watches on any engine: all layers of a batch are its outputs.
func (w *watched) plain(m *Model, eng Engine, names []string, layers []Layer) error {
	c := *m
	c.Batch = w.batch
	r, err := c.runner(names, w.batch*w.lanes)
	if err != nil {
		return err
	}
	w.batch, w.lanes = r.batch, r.lanes
	w.slots, w.of, w.index = nil, nil, make([][]int32, len(layers))
	for i, l := range layers {
		w.slots = append(w.slots, watchedSlot{l.Name, l.Units, "onnx"})
		w.of = append(w.of, i)
	}
	w.run = func(x []float32, see func(slot int, v []float32) error) error {
		return guard(func() error {
			in := tensors.FromFlatDataAndDimensions(x, dims(w.input, w.batch)...)
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
			for i, y := range ys {
				var failed error
				if err := tensors.ConstFlatData(y, func(v []float32) { failed = see(i, v) }); err != nil {
					return err
				}
				if failed != nil {
					return failed
				}
			}
			return nil
		})
	}
	return nil
}
