package native

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"fusiform/nbext/catalog"
	"fusiform/nbext/models"
)

// An Architecture is a network without numbers. AlexNet, ResNet, ViT and SmallNet
// are; a type of your own is one, too: write Forward with the methods of a
// Builder, or take one of those and change it.
type Architecture interface {
	// Name is what figures call a network of it.
	Name() string

	// Input is how images are prepared for it.
	Input() catalog.Input

	// Forward builds the network for the images x [n channels height width]
	// and returns its logits [n classes].
	Forward(b *Builder, x *graph.Node) *graph.Node
}

// version is part of every key. Raise it when the same architecture with the same
// numbers would answer otherwise than before.
const version = 1

// A plan is what building an architecture once tells of it.
type plan struct {
	arch       Architecture
	parameters []Parameter // in the order in which they are used
	classes    int
	modules    map[string][]string
	text       string // the graph, written out: other architecture, other text
}

// survey builds an architecture for two images, without numbers.
func survey(a Architecture) (*plan, error) {
	if a == nil {
		return nil, errors.New("native: no architecture")
	}
	backend, _, err := models.Started()
	if err != nil {
		return nil, err
	}
	p := &plan{arch: a, modules: map[string][]string{}}
	err = guard(func() error {
		g := graph.NewGraph(backend, "survey")
		defer g.Finalize()
		seen := map[string]bool{}
		b := &Builder{
			parameter: func(q Parameter, g *graph.Graph) *graph.Node {
				if seen[q.Name] {
					panic(fmt.Errorf("two parameters have the name %q", q.Name))
				}
				seen[q.Name] = true
				p.parameters = append(p.parameters, q)
				return graph.Parameter(g, q.Name, shapes.Make(dtypes.Float32, q.Shape...))
			},
			layer:  func(_, _ string, y *graph.Node) *graph.Node { return y },
			module: func(layer, name string) { p.modules[layer] = append(p.modules[layer], name) },
		}
		in := a.Input()
		const n = 2
		logits := a.Forward(b, graph.Parameter(g, "the images", shapes.Make(dtypes.Float32, n, in.Channels, in.Height, in.Width)))
		if s := logits.Shape(); s.Rank() != 2 || s.Dimensions[0] != n {
			return fmt.Errorf("its Forward returns a tensor of shape %v for %d images, expected [%d classes]", s.Dimensions, n, n)
		}
		p.classes = logits.Shape().Dimensions[1]
		p.text = fmt.Sprintf("%T %+v\n%s", a, a, g)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("native: %s: %w", a.Name(), err)
	}
	return p, nil
}

// Parameters lists what an architecture has, in the order of use, under the names
// that torchvision gives them. It fails if the network cannot be built.
func Parameters(a Architecture) ([]Parameter, error) {
	p, err := survey(a)
	if err != nil {
		return nil, err
	}
	return p.parameters, nil
}

// Untrained returns the network with weights drawn as torchvision draws them
// before training. A weight depends on the seed and on its name alone.
//
// It fails if the network cannot be built.
func Untrained(a Architecture, seed uint64) (*models.Model, error) {
	p, err := survey(a)
	if err != nil {
		return nil, err
	}
	var all []numbers
	for _, q := range p.parameters {
		all = append(all, drawn(q, seed))
	}
	return p.model(fmt.Sprintf("%s (untrained, seed %d)", a.Name(), seed), all)
}

// Open returns the network with the numbers of a safetensors file, which has them
// under torchvision's names (Parameters lists them): what
//
//	safetensors.torch.save_file(net.state_dict(), "net.safetensors")
//
// writes in Python. Numbers of any type become float32. They are read
// as they are needed, so the file stays open; it must not be written to.
//
// It fails if the file is no safetensors file (see OpenSafetensors) and, with a
// *MismatchError that lists all of them, if parameters are missing, superfluous or
// of other shapes.
func Open(a Architecture, path string) (*models.Model, error) {
	p, err := survey(a)
	if err != nil {
		return nil, err
	}
	s, err := OpenSafetensors(path)
	if err != nil {
		return nil, err
	}
	all, err := p.from(s, path)
	if err != nil {
		s.Close()
		return nil, err
	}
	return p.model(a.Name(), all)
}

// model puts numbers into the architecture.
func (p *plan) model(name string, all []numbers) (*models.Model, error) {
	h := sha256.New()
	fmt.Fprintf(h, "fusiform/nbext/models/native %d\n%s\n", version, p.text)
	b := models.Built{Name: name, Input: p.arch.Input(), Modules: p.modules}
	for i, n := range all {
		w, sum, err := n.weight(p.parameters[i])
		if err != nil {
			return nil, fmt.Errorf("native: %s: %w", name, err)
		}
		h.Write(sum[:])
		b.Weights = append(b.Weights, w)
	}
	b.Key = hex.EncodeToString(h.Sum(nil))
	b.Graph = func(x *graph.Node, weight func(name string) *graph.Node, layer models.Tap) {
		p.arch.Forward(&Builder{
			parameter: func(q Parameter, _ *graph.Graph) *graph.Node { return weight(q.Name) },
			layer:     layer,
		}, x)
	}
	return models.FromGraph(b)
}

// guard turns a panic of GoMLX, or of a Builder, into an error.
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
