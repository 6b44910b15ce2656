package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"fusiform/nbext/catalog"
)

// A Layer is a place in the network where activations can be read: the
// output of one node.
type Layer struct {
	Name  string // the ONNX name of the output: "pool62"
	Op    string // the operator that gives it: "Conv"
	Shape []int  // for one image: [channels height width], [tokens features] …
	Units int    // the product of Shape
}

// An UnknownLayerError reports a layer that the network does not have.
type UnknownLayerError struct {
	Model, Layer string
	Nearest      []string // the names most like it, nearest first
	Count        int      // how many layers there are
}

func (e *UnknownLayerError) Error() string {
	return fmt.Sprintf("models: %s has no layer %q; the nearest of its %d layers are %s (Layers lists all)",
		e.Model, e.Layer, e.Count, strings.Join(e.Nearest, ", "))
}

// Layers lists every float output of a node that depends on the image, in the
// order of the graph, with its shape at the size of Input. Constants, shapes
// and indices computed inside the graph are left out.
//
// It fails if the graph cannot be built at that size.
func (m *Model) Layers() ([]Layer, error) {
	if err := checkInput(m.Input); err != nil {
		return nil, m.wrap(err)
	}
	n := m.net
	n.mu.Lock()
	defer n.mu.Unlock()
	l, err := n.lockedLayers(m.Input)
	if err != nil {
		return nil, m.wrap(err)
	}
	out := slices.Clone(l)
	for i := range out {
		out[i].Shape = slices.Clone(out[i].Shape)
	}
	return out, nil
}

func (m *Model) wrap(err error) error { return fmt.Errorf("models: %s: %w", m.name, err) }

// lockedLayers infers the shapes by building the graph for two batch sizes:
// what does not grow with the batch is not a layer.
func (n *network) lockedLayers(in catalog.Input) ([]Layer, error) {
	key := [4]int{in.Width, in.Height, in.Channels, 0}
	if in.NHWC {
		key[3] = 1
	}
	if l, ok := n.layers[key]; ok {
		return l, nil
	}
	p, err := n.lockedGraph()
	if err != nil {
		return nil, err
	}
	if err := fits(in, p.input); err != nil {
		return nil, err
	}
	sizes := []int{2, 3}
	if fixed := p.input.dims[0]; fixed > 0 {
		sizes = []int{fixed}
	}
	per := make([][]shapes.Shape, len(sizes))
	for i, b := range sizes {
		if per[i], err = p.shapes(b, in); err != nil {
			return nil, err
		}
	}
	var layers []Layer
outputs:
	for i, out := range p.outputs {
		var units int
		for k, b := range sizes {
			s := per[k][i]
			if !s.DType.IsFloat() || s.Rank() == 0 || s.Dimensions[0] == 0 || s.Dimensions[0]%b != 0 {
				continue outputs
			}
			if u := s.Size() / b; u == 0 || k > 0 && u != units {
				continue outputs
			} else {
				units = u
			}
		}
		shape := slices.Clone(per[0][i].Dimensions)
		if shape[0] /= sizes[0]; shape[0] == 1 {
			shape = shape[1:]
		}
		if len(shape) == 0 {
			shape = []int{1}
		}
		layers = append(layers, Layer{Name: out.name, Op: out.op, Shape: shape, Units: units})
	}
	if n.layers == nil {
		n.layers = map[[4]int][]Layer{}
	}
	n.layers[key] = layers
	return layers, nil
}

// shapes builds the graph for batch images and returns the shapes of
// p.outputs. GoMLX's own backend does that in milliseconds, since it packs no
// weights.
func (p *parsed) shapes(batch int, in catalog.Input) (out []shapes.Shape, err error) {
	err = guard(func() error {
		b, err := start(goConfig)
		if err != nil {
			return err
		}
		names := make([]string, len(p.outputs))
		for i, o := range p.outputs {
			names[i] = o.name
		}
		e, err := model.NewExec(b, p.store, func(s *model.Scope, x *graph.Node) []*graph.Node {
			nodes := p.call(s, x, shapeOnly, names...)
			out = make([]shapes.Shape, len(nodes))
			for i, n := range nodes {
				out[i] = n.Shape()
				if axis, ok := p.strict[names[i]]; ok && axis != n.Rank()-1 {
					panic(fmt.Errorf("the Softmax %q has an axis that is not its last, in an operator set before 13; re-export the network with opset 13 or later", names[i]))
				}
			}
			return nodes[len(nodes)-1:]
		})
		if err != nil {
			return err
		}
		defer e.Finalize()
		_, err = e.Compile(shapes.Make(dtypes.Float32, dims(in, batch)...))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the graph cannot be built for images of %d×%d: %w", in.Width, in.Height, err)
	}
	return out, nil
}

// find returns the layer with that name.
func (m *Model) find(layers []Layer, name string) (Layer, error) {
	names := make([]string, len(layers))
	for i, l := range layers {
		if l.Name == name {
			return l, nil
		}
		names[i] = l.Name
	}
	return Layer{}, &UnknownLayerError{Model: m.name, Layer: name, Nearest: catalog.Nearest(name, names, 5), Count: len(layers)}
}
