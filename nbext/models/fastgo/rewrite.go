package fastgo

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"fusiform/internal/simd"
)

// rewrite finds what graphs spell out operation by operation — GELU, SiLU,
// HardSwish, layer normalisation — and puts one operation in its place. What
// was computed between is still computed if somebody else reads it.
func (p *planner) rewrite(order []*node) {
	for _, n := range order {
		open(n)
	}
	for _, n := range slices.Backward(order) { // the largest match first
		if !native(n) || len(n.out) != 1 {
			continue
		}
		for _, match := range []func(*node) *node{matchLayerNorm, matchGELU, matchSwish} {
			if m := match(n); m != nil {
				m.out = n.out
				m.out[0].n = m
				break
			}
		}
	}
}

// open lets each value pass a barrier by itself: what stands beside it is not
// computed for its sake. The order in which things are computed is ours.
func open(n *node) {
	if n.op != compute.OpTypeOptimizationBarrier && n.op != compute.OpTypeSchedulingBarrier {
		return
	}
	for i, v := range n.out {
		v.n = &node{op: compute.OpTypeIdentity, in: n.in[i : i+1], out: []*value{v}}
	}
}

// number returns the value of a scalar that is known as the graph is written.
func number(v *value) (float64, bool) {
	for v.n.op == compute.OpTypeReshape || v.n.op == compute.OpTypeBroadcastInDim || v.n.op == compute.OpTypeIdentity {
		v = v.n.in[0]
	}
	if x, ok := v.n.flat.([]float32); ok && len(x) == 1 {
		return float64(x[0]), true
	}
	return 0, false
}

// is reports whether v is a known scalar near x.
func is(v *value, x float64) bool {
	y, ok := number(v)
	return ok && math.Abs(y-x) <= 1e-6*math.Abs(x)
}

// sides calls f with both orders of the operands of n, if it is that
// operation, until f is satisfied.
func sides(v *value, op compute.OpType, f func(a, b *value) bool) bool {
	n := v.n
	if n.op != op || len(n.in) != 2 {
		return false
	}
	return f(n.in[0], n.in[1]) || f(n.in[1], n.in[0])
}

// matchGELU matches x·½·(1+erf(x/√2)) in each way to multiply that.
func matchGELU(n *node) *node {
	if n.op != compute.OpTypeMul {
		return nil
	}
	var x *value
	root := &value{n: n}
	gate := func(v *value) bool { // 1 + erf(x/√2)
		return sides(v, compute.OpTypeAdd, func(one, e *value) bool {
			if !is(one, 1) || e.n.op != compute.OpTypeErf {
				return false
			}
			y := e.n.in[0]
			if y.n.op == compute.OpTypeDiv && is(y.n.in[1], math.Sqrt2) {
				x = y.n.in[0]
				return true
			}
			return sides(y, compute.OpTypeMul, func(c, z *value) bool {
				if !is(c, math.Sqrt2/2) {
					return false
				}
				x = z
				return true
			})
		})
	}
	half := func(v *value, f func(v *value) bool) bool { // ½·f
		return sides(v, compute.OpTypeMul, func(a, b *value) bool { return is(a, .5) && f(b) })
	}
	isX := func(v *value) bool { return v == x }
	ok := half(root, func(v *value) bool {
		return sides(v, compute.OpTypeMul, func(a, b *value) bool { return gate(a) && b == x })
	}) || sides(root, compute.OpTypeMul, func(a, b *value) bool { return gate(a) && half(b, isX) }) ||
		sides(root, compute.OpTypeMul, func(a, b *value) bool { return half(a, gate) && b == x })
	if !ok || !slices.Equal(x.shape.Dimensions, n.out[0].shape.Dimensions) {
		return nil
	}
	return activation(x, simd.GELU)
}

func activation(x *value, a simd.Activation) *node {
	return &node{op: opActivation, in: []*value{x}, attrs: []any{a}}
}

// matchSwish matches x·sigmoid(x) and x·clip(x/6+½, 0, 1).
func matchSwish(n *node) *node {
	if n.op != compute.OpTypeMul || len(n.in) != 2 {
		return nil
	}
	for i, x := range n.in {
		g := n.in[1-i]
		if !slices.Equal(x.shape.Dimensions, n.out[0].shape.Dimensions) {
			continue // a number that repeats x
		}
		if g.n.op == compute.OpTypeLogistic && g.n.in[0] == x {
			return activation(x, simd.SiLU)
		}
		if hardSigmoid(g, x) {
			return activation(x, simd.HardSwish)
		}
		// x · clip(x+3, 0, 6) / 6, the division on either side.
		if six(g, func(v *value) bool { return clipped(v, 0, 6, func(w *value) bool { return shifted(w, x, 3) }) }) {
			return activation(x, simd.HardSwish)
		}
	}
	return nil
}

// six reports whether v is a sixth of what f likes.
func six(v *value, f func(*value) bool) bool {
	if v.n.op == compute.OpTypeDiv && is(v.n.in[1], 6) {
		return f(v.n.in[0])
	}
	return sides(v, compute.OpTypeMul, func(a, b *value) bool { return is(a, 1./6) && f(b) })
}

// hardSigmoid reports whether v is clip(x/6+½, 0, 1).
func hardSigmoid(v, x *value) bool {
	return clipped(v, 0, 1, func(w *value) bool {
		return sides(w, compute.OpTypeAdd, func(a, b *value) bool {
			return is(a, .5) && six(b, func(y *value) bool { return y == x })
		})
	})
}

func shifted(v, x *value, by float64) bool {
	return sides(v, compute.OpTypeAdd, func(a, b *value) bool { return is(a, by) && b == x })
}

// clipped reports whether v is clip(w, lo, hi) of a w that f likes.
func clipped(v *value, lo, hi float64, f func(w *value) bool) bool {
	isNumber := func(v *value, x float64) bool {
		y, ok := number(v)
		return ok && y == x
	}
	if v.n.op == compute.OpTypeClamp {
		return isNumber(v.n.in[0], lo) && isNumber(v.n.in[2], hi) && f(v.n.in[1])
	}
	return sides(v, compute.OpTypeMin, func(a, b *value) bool {
		return isNumber(a, hi) && sides(b, compute.OpTypeMax, func(c, w *value) bool { return isNumber(c, lo) && f(w) })
	}) || sides(v, compute.OpTypeMax, func(a, b *value) bool {
		return isNumber(a, lo) && sides(b, compute.OpTypeMin, func(c, w *value) bool { return isNumber(c, hi) && f(w) })
	})
}

// matchLayerNorm matches (x−μ)/√(σ²+ε)·γ + β over the last axes, the last two
// operations if they are there.
func matchLayerNorm(n *node) *node {
	root := &value{n: n, shape: n.out[0].shape}
	var gamma, beta *value
	var found *node
	// withRow calls f with the value to which a row was added or multiplied.
	withRow := func(v *value, op compute.OpType, f func(v, row *value) bool) bool {
		return sides(v, op, func(a, b *value) bool { return slices.Equal(a.shape.Dimensions, v.shape.Dimensions) && f(a, b) })
	}
	normed := func(v *value) bool {
		found = centred(v)
		return found != nil
	}
	switch {
	case withRow(root, compute.OpTypeAdd, func(v, b *value) bool {
		return withRow(v, compute.OpTypeMul, func(w, g *value) bool {
			gamma, beta = g, b
			return normed(w)
		})
	}):
	case withRow(root, compute.OpTypeMul, func(w, g *value) bool {
		gamma, beta = g, nil
		return normed(w)
	}):
	case normed(root):
		gamma, beta = nil, nil
	default:
		return nil
	}
	axes := found.attrs[0].([]int)
	for i, v := range []*value{gamma, beta} {
		if v == nil {
			continue
		}
		row, ok := lastAxes(v, root.shape.Dimensions, axes)
		if !ok {
			return nil
		}
		found.in[i+1] = row
	}
	return found
}

// lastAxes returns the numbers of v that differ along the axes alone, if v has
// no others. v is an operand that repeats along the other axes of dims.
func lastAxes(v *value, dims, axes []int) (*value, bool) {
	c := sizeOf(pick(dims, axes))
	if v.n.op == compute.OpTypeBroadcastInDim && v.shape.Size() != c {
		to := v.n.attrs[0].(shapes.Shape).Dimensions
		from, at := v.n.in[0], v.n.attrs[1].([]int)
		for i, a := range at {
			if d := from.shape.Dimensions[i]; d != 1 && (d != to[a] || !slices.Contains(axes, a)) {
				return nil, false
			}
		}
		v = from
	} else if len(v.shape.Dimensions) == len(dims) {
		for i, d := range v.shape.Dimensions {
			if d != 1 && !slices.Contains(axes, i) {
				return nil, false
			}
		}
	}
	return v, v.shape.Size() == c
}

// centred matches (x−μ)/√(σ²+ε) over the last axes and returns the node that
// computes it.
func centred(v *value) *node {
	n := v.n
	if len(n.in) != 2 {
		return nil
	}
	dims := n.out[0].shape.Dimensions
	// d is x−μ, computed once or twice.
	d, scale := n.in[0], n.in[1]
	root := compute.OpTypeSqrt
	if n.op == compute.OpTypeMul {
		root = compute.OpTypeRsqrt
		if d.n.op != compute.OpTypeSub {
			d, scale = scale, d
		}
	} else if n.op != compute.OpTypeDiv {
		return nil
	}
	if d.n.op != compute.OpTypeSub || !slices.Equal(d.n.in[0].shape.Dimensions, dims) {
		return nil
	}
	x := d.n.in[0]
	for k := 1; k <= len(dims); k++ { // how many axes: the last k
		axes := upTo(len(dims))[len(dims)-k:]
		mean, ok := kept(d.n.in[1], dims, axes)
		if !ok || !isMean(mean, axes, func(y *value) bool { return y == x }) {
			continue
		}
		s, ok := kept(scale, dims, axes)
		if !ok || s.n.op != root {
			continue
		}
		var eps float64
		if sides(flat(s.n.in[0]), compute.OpTypeAdd, func(a, b *value) (ok bool) {
			eps, ok = number(a)
			return ok && isMean(flat(b), axes, func(sq *value) bool {
				if sq.n.op != compute.OpTypeMul || sq.n.in[0] != sq.n.in[1] {
					return false
				}
				e := sq.n.in[0]
				return e == d || e.n.op == compute.OpTypeSub && slices.Equal(e.n.in, d.n.in)
			})
		}) {
			return &node{op: opLayerNorm, in: []*value{x, nil, nil}, attrs: []any{axes, eps}}
		}
	}
	return nil
}

// kept returns the numbers that v, an operand of shape dims or one that
// repeats along axes, has for each index of the other axes, in their order.
func kept(v *value, dims, axes []int) (*value, bool) {
	if v.n.op == compute.OpTypeBroadcastInDim {
		to, at := v.n.attrs[0].(shapes.Shape).Dimensions, v.n.attrs[1].([]int)
		if !slices.Equal(to, dims) {
			return nil, false
		}
		v = v.n.in[0]
		if len(at) != len(dims) {
			return flat(v), slices.Equal(at, others(len(dims), axes))
		}
	}
	if len(v.shape.Dimensions) != len(dims) {
		return nil, false
	}
	for i, d := range v.shape.Dimensions {
		want := dims[i]
		if slices.Contains(axes, i) {
			want = 1
		}
		if d != want {
			return nil, false
		}
	}
	return flat(v), true
}

// flat returns the value that v has the elements of, in the same order.
func flat(v *value) *value {
	for v.n.op == compute.OpTypeReshape || v.n.op == compute.OpTypeIdentity {
		v = v.n.in[0]
	}
	return v
}

// isMean reports whether v is the mean over the axes of a value that f likes.
func isMean(v *value, axes []int, f func(of *value) bool) bool {
	sum := func(s *value, factor float64) bool {
		s = flat(s)
		if s.n.op != compute.OpTypeReduceSum {
			return false
		}
		over := slices.Sorted(slices.Values(s.n.attrs[0].([]int)))
		n := float64(sizeOf(pick(s.n.in[0].shape.Dimensions, axes)))
		return slices.Equal(over, axes) && math.Abs(factor*n-1) < 1e-5 && f(s.n.in[0])
	}
	if v.n.op == compute.OpTypeDiv {
		c, known := number(v.n.in[1])
		return known && sum(v.n.in[0], 1/c)
	}
	return sides(v, compute.OpTypeMul, func(a, b *value) bool {
		c, known := number(a)
		return known && sum(b, c)
	})
}
