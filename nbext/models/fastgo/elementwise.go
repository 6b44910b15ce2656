package fastgo

import (
	"slices"

	"github.com/gomlx/compute"

	"fusiform/internal/simd"
)

// binaryOps are the operations of two operands that chains know.
var binaryOps = map[compute.OpType]simd.BinaryOp{
	compute.OpTypeAdd: simd.Add, compute.OpTypeSub: simd.Sub, compute.OpTypeMul: simd.Mul, compute.OpTypeDiv: simd.Div,
	compute.OpTypeMax: simd.Max, compute.OpTypeMin: simd.Min,
}

// unaryOps are the operations of one operand that chains know.
var unaryOps = map[compute.OpType]simd.Activation{
	compute.OpTypeLogistic: simd.Sigmoid, compute.OpTypeTanh: simd.Tanh, compute.OpTypeErf: simd.Erf, compute.OpTypeExp: simd.Exp,
	compute.OpTypeLog: simd.Log, compute.OpTypeSqrt: simd.Sqrt, compute.OpTypeRsqrt: simd.Rsqrt, compute.OpTypeNeg: simd.Neg,
	compute.OpTypeAbs: simd.Abs,
}

// binary lowers a op b.
func (p *planner) binary(out *value, op simd.BinaryOp, a, b *value) {
	dims := out.shape.Dimensions
	pair := [2]*value{a, b}
	for i, v := range pair {
		l, w := p.locs[v], pair[1-i]
		if l.late == nil || !p.single(v) || !slices.Equal(v.shape.Dimensions, dims) {
			continue
		}
		y := p.tensor(w).broadcast(dims)
		if l.main() != nil && l.late.absorb(p, op, y, i == 1) {
			p.locs[out] = l
			return
		}
		if l.main() == nil {
			l.late.binary(p, op, y, i == 1)
			p.locs[out] = l
			return
		}
	}
	// A chain on the operand that has the shape of the result, best one that
	// need not be copied for that.
	ta, tb := p.tensor(a), p.tensor(b)
	right := false
	switch {
	case p.usable(ta, dims):
	case p.usable(tb, dims):
		ta, tb, right = tb, ta, true
	default:
		ta = ta.broadcast(dims)
	}
	l := newChain(p.dense(ta))
	l.binary(p, op, tb.broadcast(dims), right)
	p.locs[out] = &loc{late: l}
}

// usable reports whether t can begin a chain as it is.
func (p *planner) usable(t *tensor, dims []int) bool {
	_, dense := t.order()
	return dense && slices.Equal(t.dims, dims)
}

// main returns the product of a value that is still to be computed.
func (l *loc) main() product {
	if l.late == nil {
		return nil
	}
	return l.late.main
}

// unary lowers a(x).
func (p *planner) unary(out *value, a simd.Activation, x *value) {
	l := p.locs[x]
	if l.late != nil && p.single(x) {
		f := &l.late.tail
		if l.late.main != nil && f.open() {
			f.act = a
			p.locs[out] = l
			return
		}
		if l.late.main == nil {
			l.late.chain.ops = append(l.late.chain.ops, link{kind: activate, act: a})
			p.locs[out] = l
			return
		}
	}
	n := newChain(p.dense(p.tensor(x)))
	n.chain.ops = append(n.chain.ops, link{kind: activate, act: a})
	p.locs[out] = &loc{late: n}
}

// clamp lowers clip(x, lo, hi) with known bounds.
func (p *planner) clamp(out, lo, x, hi *value) bool {
	if !p.known(lo) || !p.known(hi) || !slices.Equal(x.shape.Dimensions, out.shape.Dimensions) {
		return false
	}
	a, okA := scalar(p.tensor(lo))
	b, okB := scalar(p.tensor(hi))
	if !okA || !okB || a != a || b != b {
		return false
	}
	l := p.locs[x]
	switch {
	case l.late == nil || !p.single(x):
		l = &loc{late: newChain(p.dense(p.tensor(x)))}
	case l.late.main != nil:
		g := l.late.tail
		if g.bound(simd.Max, a) && g.bound(simd.Min, b) {
			l.late.tail = g
			p.locs[out] = l
			return true
		}
		l = &loc{late: newChain(p.tensor(x))}
	}
	l.late.bound(simd.Max, a)
	l.late.bound(simd.Min, b)
	p.locs[out] = l
	return true
}

// sign lowers the sign: what is not zero is enlarged until it is beyond ±1.
// NaN stays NaN.
func (p *planner) sign(out, x *value) {
	l := newChain(p.dense(p.tensor(x)))
	enlarge := link{kind: withNumber, op: simd.Mul, s: 1e38}
	l.chain.ops = []link{enlarge, enlarge, {kind: clip, lo: -1, hi: 1}}
	p.locs[out] = &loc{late: l}
}
