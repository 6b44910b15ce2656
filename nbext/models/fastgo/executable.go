package fastgo

import (
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"fusiform/internal/simd"
)

// compile plans a recorded graph.
func compile(b *builder) (_ compute.Executable, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = errors.WithMessagef(f.error, "graph %q", b.name)
		}
	}()
	f := b.main
	p := newPlanner(f, b.backend)
	for _, n := range p.live(f) {
		for _, v := range n.out {
			if isFloat32(v) && v.shape.IsZeroSize() { // nothing to gain, and edges to trip over
				return compilePlain(b)
			}
		}
	}
	if b.backend.watcher != nil {
		p.watched, p.shown = make([]WatchedOutput, len(f.outputs)), make([]*tensor, len(f.outputs))
	}
	if err := p.plan(f); err != nil {
		return nil, errors.WithMessagef(err, "graph %q", b.name)
	}
	e := &executable{backend: b.backend, name: b.name}
	for _, v := range f.params {
		e.params = append(e.params, v.n.name)
		e.inShapes = append(e.inShapes, v.shape)
		e.ins = append(e.ins, p.locs[v])
	}
	if p.watched == nil {
		e.outs = p.results(f)
	} else {
		b.backend.watcher.graph = &WatchedGraph{outputs: p.watched}
	}
	for _, v := range f.outputs {
		e.outShapes = append(e.outShapes, v.shape)
	}
	p.settle()
	e.arena = p.arena()
	p.letGo()
	need := 4 * float64(e.arena)
	if p.watched == nil {
		for _, s := range e.outShapes {
			need += bytesIn(s)
		}
	}
	if need > memory() {
		return nil, errors.Errorf("graph %q needs %.3g GiB for its outputs and what lies before them, more than this machine has; use smaller batches",
			b.name, need/(1<<30))
	}
	e.steps, e.mems, e.hosts = p.steps, p.mems, p.hosts
	return e, nil
}

// compilePlain builds all of the graph on the wrapped backend.
func compilePlain(b *builder) (compute.Executable, error) {
	h, err := b.host()
	if err != nil {
		return nil, err
	}
	vs := make([]compute.Value, len(b.main.outputs))
	for i, v := range b.main.outputs {
		vs[i] = v.plain
	}
	if err := b.main.plain.Return(vs, nil); err != nil {
		return nil, err
	}
	e, err := h.Compile()
	if err != nil {
		return nil, err
	}
	return &plainExecutable{Executable: e, backend: b.backend}, nil
}

// An executable is a plan. It may be executed by several goroutines at once.
type executable struct {
	backend   *Backend
	name      string
	params    []string
	inShapes  []shapes.Shape
	outShapes []shapes.Shape
	ins, outs []*loc
	steps     []*step
	mems      []*mem
	arena     int // float32 numbers
	hosts     int

	mu   sync.Mutex
	idle []*run // kept for the next execution
	done bool
}

// A run is what one execution works on. It has the plan of its own, because
// the executable may be finalized meanwhile.
type run struct {
	steps []*step
	mems  []*mem
	f32   [][]float32      // by mem.index
	held  []compute.Buffer // the buffer of the wrapped backend that a mem lies in, if it lies in one
	host  []compute.Buffer // by hostMem.index
	arena []float32
	see   func(output int, numbers []float32) error // of a watched graph
}

func (e *executable) Finalize() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done, e.idle, e.steps, e.mems = true, nil, nil, nil
}

func (e *executable) Inputs() ([]string, []shapes.Shape) { return e.params, e.inShapes }

func (e *executable) Outputs() []shapes.Shape { return e.outShapes }

// borrow returns a run that nobody else uses.
func (e *executable) borrow() (*run, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.done {
		return nil, errors.Errorf("graph %q was finalized", e.name)
	}
	if n := len(e.idle); n > 0 {
		x := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return x, nil
	}
	x := &run{steps: e.steps, mems: e.mems, f32: make([][]float32, len(e.mems)), held: make([]compute.Buffer, len(e.mems)), host: make([]compute.Buffer, e.hosts),
		arena: simd.Large[float32](e.arena)}
	for _, m := range e.mems {
		switch m.kind {
		case inArena:
			if m.first >= 0 {
				x.f32[m.index] = x.arena[m.offset : m.offset+m.size : m.offset+m.size]
			}
		case constant:
			x.f32[m.index] = m.data
		}
	}
	return x, nil
}

// back keeps the run for the next execution, without what came from outside.
func (e *executable) back(x *run) {
	clear(x.host)
	clear(x.held)
	for _, m := range x.mems {
		if m.kind >= input {
			x.f32[m.index] = nil
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.done {
		e.idle = append(e.idle, x)
	}
}

func (e *executable) Execute(inputs []compute.Buffer, donate []bool, _ compute.DeviceNum) ([]compute.Buffer, error) {
	if len(e.outs) == 0 {
		return nil, errors.Errorf("graph %q is watched and gives no outputs", e.name)
	}
	if len(inputs) != len(e.ins) {
		return nil, errors.Errorf("graph %q has %d inputs, not %d", e.name, len(e.ins), len(inputs))
	}
	in, err := unwrap(inputs)
	if err != nil {
		return nil, err
	}
	x, err := e.borrow()
	if err != nil {
		return nil, err
	}
	defer e.back(x)
	defer simd.Occupy()()
	for i, b := range in {
		s, err := b.Shape()
		if err != nil {
			return nil, err
		}
		if !s.Equal(e.inShapes[i]) {
			return nil, errors.Errorf("graph %q: input %q (number %d) has shape %v, expected %v", e.name, e.params[i], i, s, e.inShapes[i])
		}
		if l := e.ins[i]; l.host != nil {
			x.host[l.host.index] = b
		} else if err := x.hold(l.t.m, b); err != nil {
			return nil, err
		}
	}
	outs := make([]compute.Buffer, len(e.outs))
	for i, l := range e.outs {
		if l.t == nil {
			continue
		}
		b, _, err := e.backend.host.NewSharedBuffer(0, e.outShapes[i])
		if err != nil {
			return nil, err
		}
		if err := x.hold(l.t.m, b); err != nil {
			return nil, err
		}
		outs[i] = &buffer{Buffer: b, backend: e.backend}
	}
	watch := observer.Load()
	for _, s := range x.steps {
		var begin time.Time
		if watch != nil {
			begin = time.Now()
		}
		if err := s.do(x); err != nil {
			return nil, errors.WithMessagef(err, "graph %q: %s", e.name, s.what)
		}
		if watch != nil {
			(*watch)(s.what, time.Since(begin))
		}
	}
	given := map[*hostMem]bool{}
	for i, l := range e.outs {
		if l.t != nil {
			continue
		}
		// Of an operation of the wrapped backend, a constant or an input.
		var own compute.Buffer
		if l.host != nil && !given[l.host] && !e.isInput(l.host) {
			own = x.host[l.host.index]
			given[l.host] = true
		} else {
			flat := l.flat
			if l.host != nil {
				if flat, err = x.host[l.host.index].Data(); err != nil {
					return nil, err
				}
			}
			if own, err = e.backend.host.BufferFromFlatData(0, flat, e.outShapes[i]); err != nil {
				return nil, err
			}
		}
		outs[i] = &buffer{Buffer: own, backend: e.backend}
	}
	took(inputs, donate)
	return outs, nil
}

func (e *executable) isInput(h *hostMem) bool {
	for _, l := range e.ins {
		if l.host == h {
			return true
		}
	}
	return false
}

// hold lets a mem lie in a buffer.
func (x *run) hold(m *mem, b compute.Buffer) error {
	data, err := b.Data()
	if err != nil {
		return err
	}
	flat, ok := data.([]float32)
	if !ok {
		return errors.Errorf("a buffer was finalized, or is not of float32")
	}
	x.f32[m.index], x.held[m.index] = flat, b
	return nil
}
