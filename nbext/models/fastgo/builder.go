package fastgo

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"
)

// A builder records a graph. It does so until something comes that can't be
// planned — a closure, a second function, a dynamic shape: then what was
// recorded is built on the wrapped backend, and so is all that follows.
type builder struct {
	backend  *Backend
	name     string
	main     *function
	plain    compute.Builder // of the wrapped backend, once recording has ended
	compiled bool
}

func (b *builder) Name() string { return b.name }

func (b *builder) Main() compute.Function { return b.main }

func (b *builder) OpShape(op compute.Value) (shapes.Shape, error) { return b.main.Shape(op) }

// host returns the builder on the wrapped backend, and ends recording.
func (b *builder) host() (compute.Builder, error) {
	if b.plain != nil {
		return b.plain, nil
	}
	p := b.backend.host.Builder(b.name)
	b.main.plain = p.Main()
	for _, n := range b.main.nodes {
		if err := n.replay(b.main.plain); err != nil {
			return nil, err
		}
	}
	b.plain = p
	return p, nil
}

func (b *builder) NewFunction(name string) (compute.Function, error) {
	h, err := b.host()
	if err != nil {
		return nil, err
	}
	f, err := h.NewFunction(name)
	if err != nil {
		return nil, err
	}
	return &function{b: b, name: name, plain: f}, nil
}

func (b *builder) DistributedSPMD(n int) error {
	return b.backend.host.Builder(b.name).DistributedSPMD(n)
}

func (b *builder) DistributedAutoSharding(meshes ...compute.Mesh) error {
	return b.backend.host.Builder(b.name).DistributedAutoSharding(meshes...)
}

func (b *builder) DeviceAssignment(devices ...compute.DeviceNum) error {
	if len(devices) == 0 {
		return nil
	}
	return b.backend.host.Builder(b.name).DeviceAssignment(devices...)
}

func (b *builder) Compile() (compute.Executable, error) {
	if b.compiled {
		return nil, errors.Errorf("graph %q has been compiled already", b.name)
	}
	if !b.main.returned {
		return nil, errors.Errorf("graph %q: Return comes before Compile", b.name)
	}
	b.compiled = true
	if most := b.backend.limits.compiled; most > 0 {
		sum := 0.
		for _, n := range b.main.nodes {
			for _, v := range n.out {
				sum += bytesIn(v.shape)
			}
		}
		if sum > most {
			return nil, errors.Errorf("the values of the graph %q would hold %.3g bytes, more than %.3g", b.name, sum, most)
		}
	}
	defer func() { // whoever keeps the graph need not keep its constants
		for _, n := range b.main.nodes {
			n.flat, n.weight = nil, nil
		}
	}()
	if b.backend.watcher != nil {
		if b.plain != nil {
			return nil, errors.Errorf("graph %q cannot be watched: it has functions inside, or dynamic shapes", b.name)
		}
		return compileWatched(b)
	}
	if b.plain == nil {
		return compile(b)
	}
	e, err := b.plain.Compile()
	if err != nil {
		return nil, err
	}
	return &plainExecutable{Executable: e, backend: b.backend}, nil
}
