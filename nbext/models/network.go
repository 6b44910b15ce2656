package models

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/onnx-gomlx/onnx"
	"github.com/gomlx/onnx-gomlx/onnx/parser"
	"google.golang.org/protobuf/proto"

	"fusiform/nbext/models/fastgo"
)

// A network is a file and what was made of it so far. Models with the same
// weights share it.
type network struct {
	file   *file
	redraw redraw   // how the weights differ from the file's; zero: not at all
	damage []damage // lesions, at most one a layer, in the order of its name

	mu     sync.Mutex
	parsed *parsed
	layers map[[4]int][]Layer // by width, height, channels, order
	run    *runner            // the last one, for a layer asked again
}

// A parsed network can be built into a graph.
type parsed struct {
	input   port
	outputs []port // every output of a node that depends on the input, in graph order
	strict  map[string]int
	places  []place           // where the nodes stand, for the names of layers
	merged  map[string]string // modules that the file has no output of, and into which they were merged

	model   onnx.Model
	store   *model.Store
	weights []*fastgo.Weight // the large ones, which the graph has as inputs
	second  map[string]bool  // tensors that have the images on their second axis (CLIP's tokens×images×features); call puts them first

	// build makes the graph of a network that is defined in Go (FromGraph).
	build   func(x *graph.Node, weight func(name string) *graph.Node, layer Tap)
	modules map[string][]string // of its layers
}

// A port is a named tensor of the graph.
type port struct {
	name string
	op   string
	dims []int // 0: any
}

// newNetwork returns the network in b.
func newNetwork(b []byte) *network {
	f, err := readFile(source{bytes.NewReader(b), int64(len(b))})
	if err != nil {
		f = &file{err: err}
	}
	return &network{file: f}
}

// graph parses the file, once.
func (n *network) graph() (*parsed, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lockedGraph()
}

func (n *network) lockedGraph() (*parsed, error) {
	if n.parsed != nil {
		return n.parsed, nil
	}
	if n.file.built != nil {
		return n.lockedBuilt()
	}
	mp, err := n.file.model()
	if err != nil {
		return nil, err
	}
	p, err := normalise(mp)
	if err != nil {
		return nil, err
	}
	var drawn map[string]fresh
	if n.redraw != (redraw{}) {
		if drawn, err = n.redraw.apply(n.file, mp); err != nil {
			return nil, err
		}
	}
	for _, d := range n.damage { // after the weights were drawn: a mask is none
		d.inflict(mp.Graph)
	}
	if p.weights, err = n.lift(mp.Graph, drawn); err != nil {
		return nil, err
	}
	b, err := proto.Marshal(mp)
	if err != nil {
		return nil, fmt.Errorf("cannot encode the graph: %w", err)
	}
	err = guard(func() error {
		if p.model, err = parser.Parse(b); err != nil {
			return err
		}
		p.model.DisableFusion() // names inside a fused group could not be read
		p.store = model.NewStore()
		return p.model.VariablesToScope(p.store.RootScope())
	})
	if err != nil {
		return nil, fmt.Errorf("cannot load the graph: %w", err)
	}
	n.parsed = p
	return p, nil
}

// guard turns a panic of GoMLX into an error.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(error)
			if !ok {
				e = fmt.Errorf("%v", r)
			}
			err = e
		}
	}()
	return f()
}
