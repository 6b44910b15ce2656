package fastgo

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/pkg/errors"
)

// foldable reports whether the node can be computed now: its operands are
// known, it is deterministic, and its result is no larger than it need be.
func (p *planner) foldable(n *node) bool {
	if n.op >= opActivation || slices.ContainsFunc(n.in, func(v *value) bool { return v != nil && !p.known(v) }) {
		return false
	}
	in, out := 0, 0
	for _, v := range n.in {
		if v != nil {
			in += v.shape.Size()
		}
	}
	for _, v := range n.out {
		out += v.shape.Size()
	}
	return out <= max(1<<20, 4*in)
}

// fold computes a node of known operands on the wrapped backend.
func (p *planner) fold(n *node) error {
	if n.op == compute.OpTypeConvertDType && isFloat32(n.out[0]) {
		if w := p.locs[n.in[0]].weight; w != nil && w.widened() != nil {
			p.locs[n.out[0]] = p.weight(w.widened())
			return nil
		}
	}
	e, err := n.compile(p.b)
	if err != nil {
		return err
	}
	defer e.Finalize()
	var bufs []compute.Buffer
	for _, v := range n.in {
		if v == nil {
			continue
		}
		b, err := p.b.host.BufferFromFlatData(0, p.flat(v), v.shape)
		if err != nil {
			return err
		}
		bufs = append(bufs, b)
	}
	outs, err := execute(e, bufs, nil)
	if err != nil {
		return err
	}
	for i, o := range n.out {
		data, err := outs[i].Data()
		if err != nil {
			return err
		}
		own := dtypes.MakeAnySlice(o.shape.DType, o.shape.Size())
		dtypes.CopyAnySlice(own, data)
		if isFloat32(o) {
			p.locs[o] = &loc{t: p.newConstant(own.([]float32), o.shape.Dimensions)}
		} else {
			p.locs[o] = &loc{flat: own}
		}
	}
	return nil
}

// flat returns the elements of a known value in row-major order.
func (p *planner) flat(v *value) any {
	switch l := p.locs[v]; {
	case l.flat != nil:
		return l.flat
	case l.weight != nil:
		flat, err := l.weight.flat()
		if err != nil {
			panic(failure{err})
		}
		return flat
	}
	return numbers(p.tensor(v))
}

// compile builds the node alone on the wrapped backend.
func (n *node) compile(b *Backend) (compute.Executable, error) {
	h, _, err := n.single(b)
	if err != nil {
		return nil, err
	}
	return h.Compile()
}

// execute runs what the wrapped backend compiled. What panics there is an error.
func execute(e compute.Executable, in []compute.Buffer, donate []bool) (outs []compute.Buffer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("GoMLX's backend panicked: %v", r)
		}
	}()
	return e.Execute(in, donate, 0)
}

// delegate runs the node on the wrapped backend.
func (p *planner) delegate(n *node) error {
	if n.op >= opActivation {
		return errors.Errorf("no kernel for what was made of several operations")
	}
	e, err := n.compile(p.b)
	if err != nil {
		return err
	}
	s := &step{what: n.op.String() + " (delegated)"}
	var operands []func(x *run) (b compute.Buffer, copied bool, err error)
	for _, v := range n.in {
		if v == nil {
			continue
		}
		get, reads, err := p.operand(v)
		if err != nil {
			return err
		}
		operands = append(operands, get)
		s.reads = append(s.reads, reads...)
	}
	var outs []*loc
	for _, o := range n.out {
		l := &loc{}
		if isFloat32(o) {
			dims := o.shape.Dimensions
			l.t = &tensor{m: p.newMem(loose, o.shape.Size()), dims: dims, strides: rowMajor(dims)}
			s.writes = append(s.writes, l.t.m)
		} else {
			l.host = p.newHost()
			fits(bytesIn(o.shape))
		}
		p.locs[o] = l
		outs = append(outs, l)
	}
	s.do = func(x *run) error {
		bufs := make([]compute.Buffer, len(operands))
		for i, get := range operands {
			b, copied, err := get(x)
			if err != nil {
				return err
			}
			if copied {
				defer b.Finalize()
			}
			bufs[i] = b
		}
		rs, err := execute(e, bufs, nil)
		if err != nil {
			return err
		}
		for i, l := range outs {
			if l.host != nil {
				x.host[l.host.index] = rs[i]
				continue
			}
			data, err := rs[i].Data()
			if err != nil {
				return err
			}
			x.f32[l.t.m.index], x.held[l.t.m.index] = data.([]float32), rs[i]
		}
		return nil
	}
	p.add(s)
	return nil
}

// letGo makes each result of the wrapped backend end with the last step that
// reads it. It comes after arena, which finds that step.
func (p *planner) letGo() {
	ending := map[*step][]*mem{}
	for _, m := range p.mems {
		if m.kind == loose && m.last >= 0 {
			s := p.steps[m.last]
			ending[s] = append(ending[s], m)
		}
	}
	for s, ms := range ending {
		do := s.do
		s.do = func(x *run) error {
			err := do(x)
			for _, m := range ms {
				if b := x.held[m.index]; b != nil {
					if e := b.Finalize(); err == nil {
						err = e
					}
				}
				x.f32[m.index], x.held[m.index] = nil, nil
			}
			return err
		}
	}
}

// operand returns how the wrapped backend gets a value: where it is, or a copy.
func (p *planner) operand(v *value) (get func(x *run) (b compute.Buffer, copied bool, err error), reads []*mem, err error) {
	l := p.locs[v]
	switch {
	case l.host != nil:
		i := l.host.index
		return func(x *run) (compute.Buffer, bool, error) { return x.host[i], false, nil }, nil, nil
	case p.known(v):
		b, err := p.b.host.BufferFromFlatData(0, p.flat(v), v.shape)
		return func(*run) (compute.Buffer, bool, error) { return b, false, nil }, nil, err
	}
	t, shape := p.tensor(v), v.shape
	whole := t.off == 0 && t.m.size == t.size() && t.laid(upTo(len(t.dims)))
	tr := newTransfer(&tensor{dims: t.dims, strides: rowMajor(t.dims)}, t)
	return func(x *run) (compute.Buffer, bool, error) {
		if h := x.held[t.m.index]; h != nil && whole {
			if s, err := h.Shape(); err == nil && s.Equal(shape) {
				return h, false, nil
			}
		}
		b, flat, err := p.b.host.NewSharedBuffer(0, shape)
		if err != nil {
			return nil, false, err
		}
		tr.run(flat.([]float32), x.f32[t.m.index][t.off:])
		return b, true, nil
	}, []*mem{t.m}, nil
}
