package models

import (
	"fmt"
	"runtime"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"fusiform/nbext/catalog"
)

// A runner is the graph compiled for some layers and one batch size. A batch
// that is not full is padded, so that one compilation serves all.
type runner struct {
	key    string
	exec   *model.Exec
	input  catalog.Input
	layers []Layer
	batch  int
	lanes  int // batches under way at once
}

// portions says how many images go through the network at once where
// Model.Batch is 0, and how many batches are under way beside each other.
//
// fast divides a layer between all processors, and a second batch keeps them
// busy where a layer is too small for that: two batches of two images gave
// mobilenet_v2 235 images a second on two processors, one of four 145, one of
// sixteen 170. Memory is in proportion to both, so large images are few. A
// network that has more weights than activations (fully connected layers) is
// better shown more images at once: each batch goes through all weights.
func portions(e Engine, in catalog.Input, weights, activations int) (batch, lanes int) {
	switch e.kind() {
	case "onnx":
		return 16, 1
	case "go":
		return 4, runtime.GOMAXPROCS(0)
	}
	const pixels = 2 * 224 * 224
	batch = max(pixels/(in.Width*in.Height), weights/max(1, activations))
	return min(16, max(1, batch)), min(2, runtime.GOMAXPROCS(0))
}

// runner returns the compiled graph for the layers, sorted by name, and a
// batch that suits n stimuli: the last one if it fits.
func (m *Model) runner(names []string, stimuli int) (*runner, error) {
	if err := checkInput(m.Input); err != nil {
		return nil, m.wrap(err)
	}
	if m.Batch < 0 {
		return nil, m.wrap(fmt.Errorf("the field Batch is %d", m.Batch))
	}
	n := m.net
	n.mu.Lock()
	defer n.mu.Unlock()
	all, err := n.lockedLayers(m.Input)
	if err != nil {
		return nil, m.wrap(err)
	}
	r := &runner{input: m.Input, batch: m.Batch}
	var inFile []string // what the file calls them
	for _, name := range names {
		l, err := m.find(all, name)
		if err != nil {
			return nil, err
		}
		r.layers, inFile = append(r.layers, l), append(inFile, l.Name)
	}
	backend, eng, err := engine()
	if err != nil {
		return nil, err
	}
	weights, activations := 0, 0
	for _, w := range n.parsed.weights {
		weights += w.Shape.Size()
	}
	for _, l := range all {
		activations += l.Units
	}
	batch, lanes := portions(eng, r.input, weights, activations)
	r.lanes = lanes
	if r.batch == 0 { // no batch of ours is nearly empty
		parts := (stimuli + batch - 1) / batch
		r.batch = (stimuli + parts - 1) / parts
	}
	r.batch = min(r.batch, (stimuli+r.lanes-1)/r.lanes)
	p := n.parsed
	if fixed := p.input.dims[0]; fixed > 0 {
		r.batch = fixed
	}
	r.key = runnerKey(names, dims(r.input, r.batch), eng.Config)
	if n.run != nil && n.run.key == r.key {
		// The graph is the same; mean and scale may differ.
		r.exec = n.run.exec
		return r, nil
	}
	err = guard(func() error {
		r.exec, err = model.NewExec(backend, p.store, func(s *model.Scope, x *graph.Node) []*graph.Node {
			nodes := p.call(s, x, known, inFile...)
			for i, o := range nodes {
				if o.DType() != dtypes.Float32 {
					o = graph.ConvertDType(o, dtypes.Float32)
				}
				nodes[i] = graph.Reshape(o, r.batch, r.layers[i].Units)
			}
			return nodes
		})
		if err != nil {
			return err
		}
		// While the last runner is there, which has packed the weights.
		_, err = r.exec.Compile(shapes.Make(dtypes.Float32, dims(r.input, r.batch)...))
		return err
	})
	if err != nil {
		return nil, m.wrap(fmt.Errorf("%s cannot build the graph: %w", eng.Name, err))
	}
	n.run = r
	return r, nil
}

// forward runs one batch and writes the rows of its images.
func (r *runner) forward(b batch, out []*mat.Dense) error {
	return guard(func() error {
		x := tensors.FromFlatDataAndDimensions(b.x, dims(r.input, r.batch)...)
		ys, err := r.exec.Exec(x)
		if err != nil {
			return err
		}
		defer func() {
			x.MustFinalizeAll()
			for _, y := range ys {
				y.MustFinalizeAll()
			}
		}()
		for i, y := range ys {
			units := r.layers[i].Units
			err := tensors.ConstFlatData(y, func(v []float32) {
				for k := range b.n {
					row := out[i].RawRowView(b.from + k)
					for j, a := range v[k*units : (k+1)*units] {
						row[j] = float64(a)
					}
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
