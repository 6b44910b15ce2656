package fastgo

import (
	"slices"

	"github.com/gomlx/compute"

	"fusiform/internal/simd"
)

// reduce lowers the sum, maximum, minimum or product over axes.
func (p *planner) reduce(n *node, kind compute.ReduceOpType) bool {
	axes := n.attrs[0].([]int)
	out := n.out[0]
	dims := n.in[0].shape.Dimensions
	if len(axes) == 0 {
		axes = upTo(len(dims))
	}
	t := p.dense(p.tensor(n.in[0]))
	// Outer axes, reduced axes, inner axes, as they lie: copied so if not.
	order, _ := t.order()
	var outer, inner, reduced []int
	for _, a := range order {
		switch {
		case slices.Contains(axes, a):
			reduced = append(reduced, a)
		case len(reduced) == 0 || dims[a] == 1 || sizeOf(pick(dims, reduced)) == 1:
			outer = append(outer, a)
		default:
			inner = append(inner, a)
		}
	}
	t = p.in(t, slices.Concat(outer, reduced, inner))
	o, r, c := sizeOf(pick(dims, outer)), sizeOf(pick(dims, reduced)), sizeOf(pick(dims, inner))
	// The result keeps the order of what is left; its axes are renumbered.
	kept := others(len(dims), axes)
	var place []int
	for _, a := range slices.Concat(outer, inner) {
		place = append(place, slices.Index(kept, a))
	}
	dst := p.newTensor(out.shape.Dimensions, place)
	p.add(&step{what: "reduce", reads: []*mem{t.m}, writes: []*mem{dst.m}, do: func(x *run) error {
		fold(kind, dst.numbers(x), t.numbers(x), o, r, c)
		return nil
	}})
	p.locs[out] = &loc{t: dst}
	return true
}

// fold reduces the middle axis of src, o×r×c.
func fold(kind compute.ReduceOpType, dst, src []float32, o, r, c int) {
	if kind == compute.ReduceOpSum {
		if c == 1 {
			simd.RowSums(dst, src, o, r)
		} else {
			simd.GlobalSum(dst, src, o, r, c, 1)
		}
		return
	}
	op := simd.Max
	switch kind {
	case compute.ReduceOpMin:
		op = simd.Min
	case compute.ReduceOpProduct:
		op = simd.Mul
	}
	simd.Parallel(o, simd.Grain(2*r*c), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			rows := src[i*r*c : (i+1)*r*c]
			if c == 1 {
				dst[i] = foldRow(op, rows)
				continue
			}
			d := dst[i*c : (i+1)*c]
			copy(d, rows)
			for k := 1; k < r; k++ {
				simd.Binary(op, d, d, rows[k*c:(k+1)*c])
			}
		}
	})
}

func foldRow(op simd.BinaryOp, row []float32) float32 {
	if op == simd.Max {
		return simd.Largest(row)
	}
	v := row[0]
	for _, x := range row[1:] {
		if op == simd.Mul {
			v *= x
		} else {
			v = min(v, x)
		}
	}
	return v
}

// softmax lowers FusedSoftmax.
func (p *planner) softmax(n *node) bool {
	axis := n.attrs[0].(int)
	dims := n.in[0].shape.Dimensions
	order := append(others(len(dims), []int{axis}), axis)
	t := p.in(p.tensor(n.in[0]), order)
	dst := p.newTensor(dims, order)
	c := dims[axis]
	rows := t.size() / c
	s := &step{what: "softmax", reads: []*mem{t.m}, writes: []*mem{dst.m}, over: dst.m, do: func(x *run) error {
		simd.Softmax(dst.numbers(x), t.numbers(x), rows, c)
		return nil
	}}
	if t.m.size == t.size() {
		s.under = t.m
	}
	p.add(s)
	p.locs[n.out[0]] = &loc{t: dst}
	return true
}

// layerNorm lowers the normalisation of the last axes.
func (p *planner) layerNorm(out, xv, gamma, beta *value, axes []int, eps float64) bool {
	dims := xv.shape.Dimensions
	axes = slices.Clone(axes) // in this order go gamma and beta
	for i, a := range axes {
		if a < 0 {
			axes[i] += len(dims)
		}
	}
	order := append(others(len(dims), axes), axes...)
	t := p.in(p.tensor(xv), order)
	c := sizeOf(pick(dims, axes))
	rows := t.size() / c
	dst := p.newTensor(dims, order)
	s := &step{what: "layer norm", reads: []*mem{t.m}, writes: []*mem{dst.m}, over: dst.m}
	if t.m.size == t.size() {
		s.under = t.m
	}
	var g, b *tensor
	for _, v := range []struct {
		to   **tensor
		from *value
	}{{&g, gamma}, {&b, beta}} {
		if v.from == nil {
			continue
		}
		if v.from.shape.Size() != c {
			return false
		}
		*v.to = p.row(p.tensor(v.from))
		s.reads = append(s.reads, (*v.to).m)
	}
	s.do = func(x *run) error {
		var gs, bs []float32
		if g != nil {
			gs = g.numbers(x)
		}
		if b != nil {
			bs = b.numbers(x)
		}
		simd.LayerNorm(dst.numbers(x), t.numbers(x), gs, bs, rows, c, float32(eps))
		return nil
	}
	p.add(s)
	p.locs[out] = &loc{t: dst}
	return true
}
