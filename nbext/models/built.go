package models

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
	"fusiform/nbext/models/fastgo"
)

// A Built is a network that is defined in Go instead of read from an ONNX file.
// It is the door by which package native comes in.
type Built struct {
	Name    string
	Key     string           // a hash of all that decides the numbers, but Input
	Input   catalog.Input    // how images are prepared, until Model.Input says otherwise
	Weights []*fastgo.Weight // float32, each with another name

	Modules map[string][]string // by layer, other names that it goes by (Layer.Modules)

	// Graph builds the network for x, prepared images as dims of Input has
	// them. It asks weight for the weights and passes each tensor that can be
	// read through layer, whose result it goes on with.
	Graph func(x *graph.Node, weight func(name string) *graph.Node, layer Tap)
}

// A Tap is passed the tensor of a layer, images along the first axis, and the
// kind of operation that gave it; it returns what the network goes on with.
type Tap func(name, op string, y *graph.Node) *graph.Node

// FromGraph returns the network as a Model: its layers are those that Graph
// passes to its tap. It can be lesioned as any other; Untrained needs a file.
// It fails if the graph cannot be built at the size of Input or if two layers
// share a name.
func FromGraph(b Built) (*Model, error) {
	f := &file{sum: sha256.Sum256([]byte("built " + b.Key)), err: errors.New("this network is defined in Go and has no ONNX graph"), built: &b}
	m := &Model{Input: b.Input, name: b.Name, net: &network{file: f}}
	if err := checkInput(b.Input); err != nil {
		return nil, m.wrap(err)
	}
	if _, err := m.net.graph(); err != nil {
		return nil, m.wrap(err)
	}
	return m, nil
}

// lockedBuilt is lockedGraph for a network that is defined in Go.
func (n *network) lockedBuilt() (*parsed, error) {
	if n.redraw != (redraw{}) {
		return nil, errors.New("the weights of a network that is defined in Go are not redrawn from a file; package native draws them (native.Untrained)")
	}
	b := n.file.built
	p := &parsed{input: port{name: "input", dims: []int{0, 0, 0, 0}}, store: model.NewStore(), weights: b.Weights, modules: b.Modules}
	p.build = func(x *graph.Node, weight func(name string) *graph.Node, layer Tap) {
		b.Graph(x, weight, func(name, op string, y *graph.Node) *graph.Node {
			for _, d := range n.damage {
				if d.layer == name {
					y = d.to(y)
				}
			}
			return layer(name, op, y)
		})
	}
	if err := p.discover(b.Input); err != nil {
		return nil, fmt.Errorf("the graph cannot be built for images of %d×%d: %w", b.Input.Width, b.Input.Height, err)
	}
	n.parsed = p
	return p, nil
}

// to returns y as the damage leaves it.
func (d damage) to(y *graph.Node) *graph.Node {
	shape := []int{1}
	for _, k := range d.shape {
		shape = append(shape, int(k))
	}
	whole := y.Shape().Dimensions
	if d.merged {
		y = graph.Reshape(y, append([]int{-1}, shape[1:]...)...)
	}
	mask := func(v []float32) *graph.Node {
		return graph.ConstTensor(y.Graph(), tensors.FromFlatDataAndDimensions(v, shape...))
	}
	return graph.Reshape(graph.Add(graph.Mul(y, mask(d.keep)), mask(d.fill)), whole...)
}

// discover builds the graph once to see its layers.
func (p *parsed) discover(in catalog.Input) error {
	seen := map[string]bool{}
	err := guard(func() error {
		back, err := start(goConfig)
		if err != nil {
			return err
		}
		e, err := model.NewExec(back, p.store, func(s *model.Scope, x *graph.Node) *graph.Node {
			last := x
			p.build(x, p.give(s, x.Graph(), shapeOnly), func(name, op string, y *graph.Node) *graph.Node {
				if name == "" || seen[name] {
					panic(fmt.Errorf("two layers share the name %q", name))
				}
				seen[name], last = true, y
				p.outputs = append(p.outputs, port{name: name, op: op})
				return y
			})
			return last
		})
		if err != nil {
			return err
		}
		defer e.Finalize()
		_, err = e.Compile(shapes.Make(dtypes.Float32, dims(in, 2)...))
		return err
	})
	if err == nil && len(p.outputs) == 0 {
		err = errors.New("it has no layers")
	}
	return err
}

// builtPrincipal are the layers of a network that is defined in Go, without those
// that the next one finishes: a convolution before its rectifier.
func builtPrincipal(all []Layer) (out []Layer) {
	for i, l := range all {
		if i+1 == len(all) || !slices.Contains(finishing, all[i+1].Op) {
			out = append(out, l)
		}
	}
	return out
}

// give returns the nodes of weights by name. Those that GoMLX would copy anyway
// are read at once.
func (p *parsed) give(s *model.Scope, g *graph.Graph, give func(s *model.Scope, g *graph.Graph, w *fastgo.Weight) *graph.Node) func(name string) *graph.Node {
	return func(name string) *graph.Node {
		for _, w := range p.weights {
			if w.Name != name {
				continue
			}
			n := w.Shape.Size()
			if _, fast := g.Backend().(*fastgo.Backend); !fast || n >= graph.MinConstValueSizeToKeep {
				return give(s, g, w)
			}
			flat := make([]float32, n)
			if err := w.Fill(flat); err != nil {
				panic(err)
			}
			return graph.ConstTensor(g, tensors.FromFlatDataAndDimensions(flat, w.Shape.Dimensions...))
		}
		panic(fmt.Errorf("there is no weight %q", name))
	}
}

// callBuilt is call for a network that is built in Go.
func (p *parsed) callBuilt(s *model.Scope, x *graph.Node, give func(s *model.Scope, g *graph.Graph, w *fastgo.Weight) *graph.Node, names []string) []*graph.Node {
	have := map[string]*graph.Node{}
	p.build(x, p.give(s, x.Graph(), give), func(name, _ string, y *graph.Node) *graph.Node {
		have[name] = y
		return y
	})
	out := make([]*graph.Node, len(names))
	for i, name := range names {
		if out[i] = have[name]; out[i] == nil {
			panic(fmt.Errorf("there is no layer %q", name))
		}
	}
	return out
}

// Started returns the backend that Backend describes, for those who build
// graphs of their own.
func Started() (compute.Backend, Engine, error) { return engine() }

// Prepare writes the images of stimuli, prepared as Responses prepares them for
// in, one after the other into dst, of len(items) times the channels, height
// and width of in. It fails with the stimulus if an image cannot be shown.
func Prepare(dst []float32, in catalog.Input, items []analysis.Stimulus) error {
	if err := checkInput(in); err != nil {
		return fmt.Errorf("models: %w", err)
	}
	p := newPreparer(in)
	if len(dst) != len(items)*p.size() {
		return fmt.Errorf("models: %d values for %d images of shape %s", len(dst), len(items), shapeText(dims(in, 1)))
	}
	for i, it := range items {
		if err := show(p, dst[i*p.size():(i+1)*p.size()], it); err != nil {
			return fmt.Errorf("models: %w", err)
		}
	}
	return nil
}
