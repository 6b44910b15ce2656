package fastgo

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/pkg/errors"
)

// A step is part of a plan.
type step struct {
	what   string
	shows  int // 1 + the output that it shows; 0 for all other steps
	reads  []*mem
	writes []*mem
	// over may be given the memory of under, which is as large, if nothing
	// reads that after the step.
	over, under *mem
	do          func(x *run) error
}

// A loc tells where a value is.
type loc struct {
	t      *tensor  // float32 numbers
	late   *late    // not computed yet: what comes next may be computed with it
	flat   any      // a constant of another type, row-major …
	weight *Weight  // … or where it comes from
	host   *hostMem // a buffer of the wrapped backend
}

// A hostMem is a value that an operation of the wrapped backend takes or gives.
type hostMem struct{ index int } // in run.host

// A planner makes the plan of one graph.
type planner struct {
	b     *Backend
	steps []*step
	mems  []*mem
	hosts int
	locs  map[*value]*loc
	uses  map[*value]int
	asked map[*value]bool // outputs of the graph
	laid  map[string]*tensor

	watched []WatchedOutput // nil: nobody watches
	shown   []*tensor       // what is shown, by output

	largest         int       // numbers of the largest weight
	scratch, turned []float32 // for one weight after the other
}

func newPlanner(f *function, b *Backend) *planner {
	p := &planner{b: b, locs: map[*value]*loc{}, uses: map[*value]int{}, asked: map[*value]bool{}, laid: map[string]*tensor{}}
	for _, v := range f.outputs {
		p.asked[v] = true
	}
	return p
}

// live returns the nodes that outputs depend on, in their order, and counts
// the uses of each value.
func (p *planner) live(f *function) []*node {
	clear(p.uses)
	seen := map[*node]bool{}
	var order []*node
	var visit func(n *node)
	visit = func(n *node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, v := range n.in {
			if v != nil {
				p.uses[v]++
				visit(v.n)
			}
		}
		order = append(order, n)
	}
	for _, v := range f.outputs {
		visit(v.n)
	}
	return order
}

func (p *planner) newMem(kind memKind, size int) *mem {
	fits(4 * float64(size))
	m := &mem{kind: kind, size: size, index: len(p.mems)}
	p.mems = append(p.mems, m)
	return m
}

// fits ends planning if one value has more bytes than the machine.
func fits(bytes float64) {
	if bytes > memory() {
		panic(failure{errors.Errorf("a value takes %.3g GiB, more than this machine has; use smaller batches", bytes/(1<<30))})
	}
}

// newTensor returns a dense tensor in new memory, its axes in the order given
// (nil: row-major).
func (p *planner) newTensor(dims, order []int) *tensor {
	t := &tensor{m: p.newMem(inArena, sizeOf(dims)), dims: dims}
	if order == nil {
		t.strides = rowMajor(dims)
	} else {
		t.strides = stridesIn(dims, order)
	}
	return t
}

// newConstant returns a row-major tensor of known numbers.
func (p *planner) newConstant(data []float32, dims []int) *tensor {
	m := p.newMem(constant, len(data))
	m.data = data
	return &tensor{m: m, dims: dims, strides: rowMajor(dims)}
}

func (p *planner) add(s *step) { p.steps = append(p.steps, s) }

// single reports whether nothing but one other operation reads v.
func (p *planner) single(v *value) bool { return p.uses[v] == 1 && !p.asked[v] }

func isFloat32(v *value) bool { return v.shape.DType == dtypes.Float32 }

// tensor returns a float32 value, which is computed if it was not.
func (p *planner) tensor(v *value) *tensor {
	l := p.locs[v]
	if l.t == nil {
		l.t = l.late.emit(p)
		l.late = nil
	}
	return l.t
}

// known reports whether v is a constant.
func (p *planner) known(v *value) bool {
	l := p.locs[v]
	return l.flat != nil || l.weight != nil || l.t != nil && l.t.m.kind == constant
}

// in returns t as a dense tensor with its axes in that order.
func (p *planner) in(t *tensor, order []int) *tensor {
	if t.laid(order) {
		return t
	}
	key := fmt.Sprint(t.m.index, t.off, t.dims, t.strides, order)
	if u := p.laid[key]; u != nil {
		return u
	}
	u := p.newTensor(t.dims, order)
	p.copyInto(u, t, "copy")
	p.laid[key] = u
	return u
}

// dense returns t itself if it is dense in whatever order, or a copy.
func (p *planner) dense(t *tensor) *tensor {
	order, dense := t.order()
	if dense {
		return t
	}
	return p.in(t, order)
}

// row returns t as a row-major dense tensor.
func (p *planner) row(t *tensor) *tensor { return p.in(t, upTo(len(t.dims))) }

// copyInto adds the copy of src to dst. Constants are copied now.
func (p *planner) copyInto(dst, src *tensor, what string) {
	tr := newTransfer(dst, src)
	if src.m.kind == constant && dst.m.kind == inArena && dst.size() == dst.m.size {
		dst.m.kind, dst.m.data = constant, make([]float32, dst.m.size)
		tr.run(dst.m.data[dst.off:], src.m.values()[src.off:])
		return
	}
	p.add(&step{what: what, reads: []*mem{src.m}, writes: []*mem{dst.m}, do: func(x *run) error {
		tr.run(x.f32[dst.m.index][dst.off:], x.f32[src.m.index][src.off:])
		return nil
	}})
}

// numbers returns the elements of a constant in row-major order.
func numbers(t *tensor) []float32 {
	if t.laid(upTo(len(t.dims))) {
		return t.m.values()[t.off : t.off+t.size()]
	}
	fits(4 * float64(t.size()))
	out := make([]float32, t.size())
	newTransfer(&tensor{dims: t.dims, strides: rowMajor(t.dims)}, t).run(out, t.m.values()[t.off:])
	return out
}

func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// plan turns the graph into steps.
func (p *planner) plan(f *function) error {
	order := p.live(f)
	p.rewrite(order)
	order = p.live(f)
	// In the order in which they were recorded, parameters that nobody uses
	// among them.
	for _, v := range f.params {
		l := &loc{host: p.newHost()}
		fits(bytesIn(v.shape))
		if isFloat32(v) {
			dims := v.shape.Dimensions
			l = &loc{t: &tensor{m: p.newMem(input, v.shape.Size()), dims: dims, strides: rowMajor(dims)}}
		}
		p.locs[v] = l
	}
	for _, n := range order {
		if n.weight != nil && n.weight.Shape.DType.IsFloat() {
			p.largest = max(p.largest, n.weight.Shape.Size())
		}
	}
	for _, n := range order {
		if n.op == compute.OpTypeParameter {
			continue
		}
		if err := p.lower(n); err != nil {
			return errors.WithMessagef(err, "%v", n.op)
		}
		if err := p.watch(f, n); err != nil {
			return err
		}
	}
	return nil
}

// results makes each output lie in a mem of its own that is returned, and
// returns them. Outputs of other types stay where they are.
func (p *planner) results(f *function) []*loc {
	var all []*loc
	taken := map[*mem]bool{}
	for _, v := range f.outputs {
		if !isFloat32(v) {
			l := p.locs[v]
			if l.weight != nil {
				l.flat, l.weight = p.flat(v), nil
			}
			all = append(all, l)
			continue
		}
		t := p.tensor(v)
		if t.m.kind == inArena && t.m.size == t.size() && t.laid(upTo(len(t.dims))) && !taken[t.m] {
			t.m.kind = output
		} else {
			u := p.newTensor(t.dims, nil)
			u.m.kind = output
			p.copyInto(u, t, "output")
			t = u
		}
		taken[t.m] = true
		all = append(all, &loc{t: t})
	}
	return all
}

func (p *planner) newHost() *hostMem {
	h := &hostMem{index: p.hosts}
	p.hosts++
	return h
}
