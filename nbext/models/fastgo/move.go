package fastgo

import (
	"slices"

	"github.com/gomlx/compute"
)

// concatenate lowers Concatenate: each operand is copied to its place.
func (p *planner) concatenate(n *node) bool {
	axis := n.attrs[0].(int)
	dims := n.out[0].shape.Dimensions
	first := p.tensor(n.in[0])
	order, _ := first.order()
	if len(first.dims) == 0 {
		return false
	}
	dst := p.newTensor(dims, order)
	at := 0
	for _, v := range n.in {
		t := p.tensor(v)
		view := &tensor{m: dst.m, off: at * dst.strides[axis], dims: t.dims, strides: dst.strides}
		p.copyTo(view, t, "concatenate")
		at += t.dims[axis]
	}
	p.locs[n.out[0]] = &loc{t: dst}
	return true
}

// copyTo is copyInto for a part of a mem.
func (p *planner) copyTo(dst, src *tensor, what string) {
	tr := newTransfer(dst, src)
	p.add(&step{what: what, reads: []*mem{src.m}, writes: []*mem{dst.m}, do: func(x *run) error {
		tr.run(x.f32[dst.m.index][dst.off:], x.f32[src.m.index][src.off:])
		return nil
	}})
}

// pad lowers Pad with a known value, without holes or negative margins.
func (p *planner) pad(n *node) bool {
	if !p.known(n.in[1]) {
		return false
	}
	v, ok := scalar(p.tensor(n.in[1]))
	if !ok {
		return false
	}
	margins := n.attrs[0].([]compute.PadAxis)
	if slices.ContainsFunc(margins, func(m compute.PadAxis) bool { return m.Start < 0 || m.End < 0 || m.Interior != 0 }) {
		return false
	}
	t := p.tensor(n.in[0])
	order, _ := t.order()
	dst := p.newTensor(n.out[0].shape.Dimensions, order)
	p.fill(dst, v)
	view := &tensor{m: dst.m, dims: t.dims, strides: dst.strides}
	for i, m := range margins {
		view.off += m.Start * dst.strides[i]
	}
	p.copyTo(view, t, "pad")
	p.locs[n.out[0]] = &loc{t: dst}
	return true
}

// reshape lowers Reshape: a view if there is one, else of a copy.
func (p *planner) reshape(n *node) bool {
	t := p.tensor(n.in[0])
	dims := n.out[0].shape.Dimensions
	u, ok := t.reshape(dims)
	if !ok {
		u, _ = p.row(t).reshape(dims)
	}
	p.locs[n.out[0]] = &loc{t: u}
	return true
}
