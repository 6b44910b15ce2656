package fastgo

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"fusiform/internal/simd"
)

// Operations of our own, which rewrite puts in the place of several.
const (
	opActivation compute.OpType = 1<<20 + iota // attrs: simd.Activation
	opLayerNorm                                // operands x, gamma, beta; attrs: axes, epsilon
)

// lower plans one node.
func (p *planner) lower(n *node) error {
	if n.op == compute.OpTypeConstant {
		if n.weight != nil {
			p.locs[n.out[0]] = p.weight(n.weight)
			return nil
		}
		if isFloat32(n.out[0]) {
			p.locs[n.out[0]] = &loc{t: p.newConstant(n.flat.([]float32), n.out[0].shape.Dimensions)}
		} else {
			p.locs[n.out[0]] = &loc{flat: n.flat}
		}
		return nil
	}
	if p.isView(n) {
		p.view(n)
		return nil
	}
	if p.foldable(n) {
		return p.fold(n)
	}
	if p.gather(n) {
		return nil
	}
	if native(n) && p.lowerNative(n) {
		return nil
	}
	return p.delegate(n)
}

// native reports whether all numbers are float32.
func native(n *node) bool {
	bad := func(v *value) bool { return v != nil && !isFloat32(v) }
	return !slices.ContainsFunc(n.in, bad) && !slices.ContainsFunc(n.out, bad)
}

// isView reports whether the result is another view of the operand.
func (p *planner) isView(n *node) bool {
	switch n.op {
	case compute.OpTypeIdentity:
		return true
	case compute.OpTypeSlice:
		return isFloat32(n.in[0]) && inside(n)
	case compute.OpTypeTranspose, compute.OpTypeBroadcastInDim, compute.OpTypeReshape:
		return isFloat32(n.in[0])
	}
	return false
}

// inside reports whether a slice lies within its operand. GoMLX's backend
// counts negative limits from the end and cuts what lies beyond it.
func inside(n *node) bool {
	starts, limits, steps := n.attrs[0].([]int), n.attrs[1].([]int), n.attrs[2].([]int)
	for i, d := range n.in[0].shape.Dimensions {
		if starts[i] < 0 || limits[i] < starts[i] || limits[i] > d || len(steps) > 0 && steps[i] < 1 {
			return false
		}
	}
	return true
}

// view gives the result of a view its place.
func (p *planner) view(n *node) {
	switch n.op {
	case compute.OpTypeIdentity:
		if v, o := n.in[0], n.out[0]; isFloat32(v) {
			p.locs[o] = &loc{t: p.tensor(v)}
		} else {
			p.locs[o] = p.locs[v]
		}
		return
	case compute.OpTypeReshape:
		p.reshape(n)
		return
	}
	t := p.tensor(n.in[0])
	switch n.op {
	case compute.OpTypeTranspose:
		t = t.transpose(n.attrs[0].([]int))
	case compute.OpTypeSlice:
		t = t.slice(n.attrs[0].([]int), n.attrs[1].([]int), n.attrs[2].([]int))
	case compute.OpTypeBroadcastInDim:
		t = t.repeat(n.attrs[0].(shapes.Shape).Dimensions, n.attrs[1].([]int))
	}
	p.locs[n.out[0]] = &loc{t: t}
}

// lowerNative plans a node of float32 numbers, if there are kernels for it.
func (p *planner) lowerNative(n *node) bool {
	if op, ok := binaryOps[n.op]; ok {
		p.binary(n.out[0], op, n.in[0], n.in[1])
		return true
	}
	if a, ok := unaryOps[n.op]; ok {
		p.unary(n.out[0], a, n.in[0])
		return true
	}
	switch n.op {
	case opActivation:
		p.unary(n.out[0], n.attrs[0].(simd.Activation), n.in[0])
		return true
	case opLayerNorm:
		return p.layerNorm(n.out[0], n.in[0], n.in[1], n.in[2], n.attrs[0].([]int), n.attrs[1].(float64))
	case compute.OpTypeSign:
		p.sign(n.out[0], n.in[0])
		return true
	case compute.OpTypeClamp:
		return p.clamp(n.out[0], n.in[0], n.in[1], n.in[2])
	case compute.OpTypeConvGeneral:
		return p.convolve(n)
	case compute.OpTypeDotGeneral:
		return p.dot(n)
	case compute.OpTypeReduceWindow:
		return p.pool(n)
	case compute.OpTypeReduceSum:
		return p.reduce(n, compute.ReduceOpSum)
	case compute.OpTypeReduceMax:
		return p.reduce(n, compute.ReduceOpMax)
	case compute.OpTypeReduceMin:
		return p.reduce(n, compute.ReduceOpMin)
	case compute.OpTypeReduceProduct:
		return p.reduce(n, compute.ReduceOpProduct)
	case compute.OpTypeConcatenate:
		return p.concatenate(n)
	case compute.OpTypePad:
		return p.pad(n)
	case compute.OpTypeFusedSoftmax:
		return p.softmax(n)
	case compute.OpTypeFusedGelu:
		a := simd.GELUTanh
		if n.attrs[0].(bool) {
			a = simd.GELU
		}
		p.unary(n.out[0], a, n.in[0])
		return true
	case compute.OpTypeFusedLayerNorm:
		gamma, beta := n.in[1], n.in[2]
		if gamma == nil && beta != nil {
			return false
		}
		return p.layerNorm(n.out[0], n.in[0], gamma, beta, n.attrs[0].([]int), n.attrs[1].(float64))
	case compute.OpTypeFusedDense:
		return p.fusedDense(n)
	}
	return false
}
