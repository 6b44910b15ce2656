package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"fusiform/nbext/catalog"
	"fusiform/nbext/models/fastgo"
)

// A Layer is a place in the network where activations can be read: the
// output of one node.
//
// In a file that torch exported, by either exporter, it also goes by the names
// of the PyTorch modules whose output it is, as named_modules lists them:
// "layer4.1.relu", "features.11", "encoder.layers.encoder_layer_8.mlp". A module
// that is called several times (one relu used three times in a block, a
// recurrent block) has a name for each call in order, "layer4.1.relu#1",
// "layer4.1.relu#2", and goes by its bare name at the last one, as a forward
// hook that keeps what it sees does. "layer4.1.relu2" means "layer4.1.relu#2"
// where there is no module of that name. Calls are told apart by the nodes
// between them, or by a sequence of nodes that repeats itself.
//
// The name of a tensor comes before that of a module. Modules that compute
// nothing (Dropout, Identity, Flatten of a vector) leave nothing in a file.
// A convolution that the exporter merged with the batch normalisation after it
// is gone, too: the layer then goes by the name of the normalisation. The
// export that the package's documentation gives keeps both.
type Layer struct {
	Name    string   // the ONNX name of the output: "pool62"
	Op      string   // the operator that gives it: "Conv"
	Shape   []int    // for one image: [channels height width], [tokens features] …
	Units   int      // the product of Shape
	Modules []string // the modules whose output it is, the innermost first
}

// An UnknownLayerError reports a layer that the network does not have.
type UnknownLayerError struct {
	Model, Layer string
	Nearest      []string // the names most like it, of layers and modules, nearest first
	Count        int      // how many layers there are
	Merged       bool     // it may be one that the exporter merged with the module after it
}

func (e *UnknownLayerError) Error() string {
	if e.Merged {
		return fmt.Sprintf("models: %s has no layer %q; in this file convolutions are merged with the normalisation after them, export the network with optimize=False to keep both; the nearest of its %d layers are %s (Layers lists all)",
			e.Model, e.Layer, e.Count, strings.Join(e.Nearest, ", "))
	}
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
		out[i].Modules = slices.Clone(out[i].Modules)
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
	for i, out := range p.outputs {
		if p.build == nil && len(sizes) == 2 && tokensFirst(per[0][i], per[1][i], sizes) {
			if p.second == nil {
				p.second = map[string]bool{}
			}
			p.second[out.name] = true
			for k := range sizes {
				d := slices.Clone(per[k][i].Dimensions)
				d[0], d[1] = d[1], d[0]
				per[k][i] = shapes.Make(per[k][i].DType, d...)
			}
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
			if s.Dimensions[0]/b != per[0][i].Dimensions[0]/sizes[0] {
				continue outputs // the axis does not grow with the batch
			}
			if u := s.Size() / b; u == 0 || k > 0 && u != units {
				continue outputs
			} else {
				units = u
			}
		}
		if units > mostMade {
			return nil, fmt.Errorf("the layer %q would have %d units for one image, more than %d", out.name, units, mostMade)
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
	moduleNames(p.places, layers)
	for i := range layers {
		layers[i].Modules = append(layers[i].Modules, p.modules[layers[i].Name]...)
	}
	if n.layers == nil {
		n.layers = map[[4]int][]Layer{}
	}
	n.layers[key] = layers
	return layers, nil
}

// tokensFirst reports whether a tensor's second axis is the batch, and no other
// one grows with it.
func tokensFirst(a, b shapes.Shape, batches []int) bool {
	if a.Rank() < 3 || b.Rank() != a.Rank() || a.Dimensions[1] != batches[0] || b.Dimensions[1] != batches[1] {
		return false
	}
	return a.Dimensions[0] == b.Dimensions[0] && slices.Equal(a.Dimensions[2:], b.Dimensions[2:])
}

// mostShape and mostConstant bound the bytes of a value of the graph, and of all
// that is computed, while the graph is built, of constants alone: shapes, axes.
const (
	mostShape    = 16 << 30
	mostConstant = 256 << 20
)

// errShapes ends the building of a graph whose shapes are known by then.
var errShapes = errors.New("shapes")

// shapes builds the graph for batch images and returns the shapes of
// p.outputs. That takes milliseconds: nothing is compiled.
func (p *parsed) shapes(batch int, in catalog.Input) (out []shapes.Shape, err error) {
	err = guard(func() error {
		b, err := start(fastgo.Name)
		if err != nil {
			return err
		}
		b = b.(*fastgo.Backend).Limited(mostShape, mostConstant)
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
			panic(errShapes)
		})
		if err != nil {
			return err
		}
		defer e.Finalize()
		_, err = e.Compile(shapes.Make(dtypes.Float32, dims(in, batch)...))
		return err
	})
	if err != nil && !errors.Is(err, errShapes) {
		return nil, fmt.Errorf("the graph cannot be built for images of %d×%d: %w", in.Width, in.Height, err)
	}
	return out, nil
}

// find returns the layer that goes by that name.
func (m *Model) find(layers []Layer, name string) (Layer, error) {
	if l, ok := resolve(layers, name); ok {
		return l, nil
	}
	var names []string
	for _, l := range layers {
		names = append(append(names, l.Modules...), l.Name)
	}
	e := &UnknownLayerError{Model: m.name, Layer: name, Nearest: catalog.Nearest(name, names, 5), Count: len(layers)}
	if p := m.net.parsed; p != nil {
		module, _, _ := strings.Cut(name, "#")
		_, e.Merged = p.merged[module]
		for _, into := range p.merged { // one that has lost its name
			e.Merged = e.Merged || into == ""
		}
	}
	return Layer{}, e
}
