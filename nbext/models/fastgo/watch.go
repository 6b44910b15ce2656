package fastgo

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"fusiform/internal/simd"
)

// A Watcher compiles graphs whose outputs are shown to the caller where they
// were computed, each as soon as it is, instead of being copied and returned:
// what is read of a value in passing costs no memory and finds it in the
// processor's cache. It is one graph's: build that on Backend, compile it, and
// take it by Graph.
type Watcher struct {
	Backend *Backend
	graph   *WatchedGraph
}

// Watcher returns a watcher for one graph of one float32 input.
func (b *Backend) Watcher() *Watcher {
	w := &Watcher{Backend: &Backend{host: b.host}}
	w.Backend.watcher = w
	return w
}

// Graph returns the graph that was compiled last on w.Backend.
func (w *Watcher) Graph() (*WatchedGraph, error) {
	if w.graph == nil {
		return nil, errors.New("no graph was compiled on the watcher's backend")
	}
	return w.graph, nil
}

// A WatchedGraph is a compiled graph whose outputs are watched. It may be run
// by several goroutines at once.
type WatchedGraph struct {
	e       *executable
	outputs []WatchedOutput
}

// A WatchedOutput is how an output lies in memory while it is shown: dense,
// its axes in the given order, the slowest first.
type WatchedOutput struct {
	Shape shapes.Shape
	Order []int

	// Same is the number of an earlier output that has the same numbers in
	// the same places, another view of which this one is: it is not shown. −1
	// if there is none.
	Same int
}

// Outputs returns how each output lies in memory.
func (g *WatchedGraph) Outputs() []WatchedOutput { return g.outputs }

// Shown returns the outputs that Run shows, in the order in which it does.
func (g *WatchedGraph) Shown() []int {
	var shown []int
	for _, s := range g.e.steps {
		if s.shows > 0 {
			shown = append(shown, s.shows-1)
		}
	}
	return shown
}

// Run executes the graph on x, the numbers of its input, and calls see with
// the numbers of each output that is no other's view. They are see's to read
// until it returns, and nobody's to write. Run ends with the first error of
// see.
func (g *WatchedGraph) Run(x []float32, see func(output int, numbers []float32) error) error {
	e := g.e
	if len(e.ins) != 1 || e.ins[0].t == nil {
		return errors.Errorf("graph %q has not one input of float32 numbers", e.name)
	}
	if len(x) != e.inShapes[0].Size() {
		return errors.Errorf("graph %q: %d numbers for an input of shape %v", e.name, len(x), e.inShapes[0])
	}
	r, err := e.borrow()
	if err != nil {
		return err
	}
	defer e.back(r)
	defer simd.Occupy()()
	b, flat, err := e.backend.host.NewSharedBuffer(0, e.inShapes[0])
	if err != nil {
		return err
	}
	defer b.Finalize()
	copy(flat.([]float32), x)
	if err := r.hold(e.ins[0].t.m, b); err != nil {
		return err
	}
	r.see = see
	defer func() { r.see = nil }()
	for _, s := range r.steps {
		if err := s.do(r); err != nil {
			if s.shows > 0 {
				return err
			}
			return errors.WithMessagef(err, "graph %q: %s", e.name, s.what)
		}
	}
	return nil
}

// watch adds the steps that show those outputs that node n gives. They follow
// at once on what computes the output: what comes next reads it, too.
func (p *planner) watch(f *function, n *node) error {
	if p.watched == nil {
		return nil
	}
	for i, v := range f.outputs {
		if p.watched[i].Order != nil || !slices.Contains(n.out, v) {
			continue
		}
		if !isFloat32(v) {
			return errors.Errorf("output %d of %v cannot be watched, only float32 can", i, v.shape)
		}
		t := p.tensor(v)
		order, dense := t.order()
		if k := slices.IndexFunc(order, func(a int) bool { return t.dims[a] != 1 }); !dense || k >= 0 && order[k] != 0 {
			t = p.row(t)
			order = upTo(len(t.dims))
		}
		w := WatchedOutput{Shape: v.shape, Order: order, Same: -1}
		for j, u := range p.shown {
			if u != nil && u.m == t.m && u.off == t.off && u.size() == t.size() {
				w.Same = j
			}
		}
		p.watched[i] = w
		if w.Same >= 0 {
			continue
		}
		p.shown[i] = t
		p.add(&step{what: "watch", shows: i + 1, reads: []*mem{t.m}, do: func(x *run) error {
			return x.see(i, t.numbers(x))
		}})
	}
	return nil
}

// compileWatched plans a graph for its watcher. What is compiled cannot be
// executed in any other way.
func compileWatched(b *builder) (compute.Executable, error) {
	e, err := compile(b)
	if err != nil {
		return nil, err
	}
	x, ok := e.(*executable)
	if !ok || b.backend.watcher.graph == nil {
		return nil, errors.Errorf("graph %q cannot be watched: it has a value without elements", b.name)
	}
	b.backend.watcher.graph.e = x
	return x, nil
}
