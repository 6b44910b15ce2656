package models

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// mostKnown bounds the whole numbers that are followed through a graph: shapes,
// axes, steps.
const mostKnown = 64

// remember keeps the values of a small constant of whole numbers: a shape,
// indices.
func (r *rewriter) remember(name string, t *protos.TensorProto) {
	if t == nil || t.DataType != int32(protos.TensorProto_INT64) || len(t.Dims) > 1 || len(t.RawData) > 8*mostKnown || len(t.Int64Data) > mostKnown {
		return
	}
	v := slices.Clone(t.Int64Data)
	for raw := t.RawData; len(raw) >= 8; raw = raw[8:] {
		v = append(v, int64(binary.LittleEndian.Uint64(raw)))
	}
	r.known[name], r.vector[name] = v, len(t.Dims) == 1
}

// fold computes what a node gives of known whole numbers, as torch writes the
// arithmetic of shapes. Scalars and vectors are followed, nothing else.
func (r *rewriter) fold(n *protos.NodeProto) {
	if len(n.Output) != 1 || len(n.Input) == 0 {
		return
	}
	r.checkMade(n)
	r.foldNonzero(n)
	x, ok := r.known[n.Input[0]]
	if !ok && n.OpType != "Concat" {
		return
	}
	set := func(v []int64, vector bool) {
		if len(v) <= mostKnown {
			r.known[n.Output[0]], r.vector[n.Output[0]] = v, vector
		}
	}
	vector := r.vector[n.Input[0]]
	switch n.OpType {
	case "Identity":
		set(x, vector)
	case "Cast":
		if a := attr(n, "to"); a != nil && a.I == int64(protos.TensorProto_INT64) {
			set(x, vector)
		}
	case "Unsqueeze":
		if !vector {
			set(x, true)
		}
	case "Squeeze":
		if vector && len(x) == 1 {
			set(x, false)
		}
	case "Reshape":
		if len(n.Input) == 2 && len(r.known[n.Input[1]]) == 1 { // to a vector
			set(x, true)
		}
	case "Concat":
		var all []int64
		for _, in := range n.Input {
			v, ok := r.known[in]
			if !ok || !r.vector[in] || len(all) > mostKnown {
				return
			}
			all = append(all, v...)
		}
		set(all, true)
	case "Add", "Sub", "Mul", "Div", "Mod":
		r.foldArithmetic(n, set)
	}
}

// mostMade bounds the values of a tensor that a node makes of its shape alone: a
// gigabyte of float32.
const mostMade = 1 << 28

// checkMade refuses a node that would fill the memory from a shape of a few
// bytes.
func (r *rewriter) checkMade(n *protos.NodeProto) {
	shape := -1
	switch n.OpType {
	case "ConstantOfShape":
		shape = 0
	case "Expand", "Tile":
		shape = 1
	case "Range":
		if len(n.Input) == 3 {
			from, to, by := r.known[n.Input[0]], r.known[n.Input[1]], r.known[n.Input[2]]
			if len(from) == 1 && len(to) == 1 && len(by) == 1 && (by[0] == 0 || (float64(to[0])-float64(from[0]))/float64(by[0]) > mostMade) {
				r.refuse(n, fmt.Sprintf("a range from %d to %d by %d", from[0], to[0], by[0]))
			}
		}
		return
	}
	if shape < 0 || shape >= len(n.Input) {
		return
	}
	size := 1.
	for _, d := range r.known[n.Input[shape]] {
		size *= max(1, float64(d))
	}
	if size > mostMade {
		r.refuse(n, fmt.Sprintf("a shape of %v", r.known[n.Input[shape]]))
	}
}

// foldArithmetic computes element by element. A division cuts towards 0.
func (r *rewriter) foldArithmetic(n *protos.NodeProto, set func(v []int64, vector bool)) {
	if len(n.Input) != 2 {
		return
	}
	x := r.known[n.Input[0]]
	y, ok := r.known[n.Input[1]]
	if a := attr(n, "fmod"); !ok || len(x) == 0 || len(y) == 0 || len(x) != len(y) && len(x) != 1 && len(y) != 1 || a != nil && a.I != 0 {
		return
	}
	v := make([]int64, max(len(x), len(y)))
	for i := range v {
		a, b := x[min(i, len(x)-1)], y[min(i, len(y)-1)]
		if b == 0 && (n.OpType == "Div" || n.OpType == "Mod") {
			return
		}
		switch n.OpType {
		case "Add":
			v[i] = a + b
		case "Sub":
			v[i] = a - b
		case "Mul":
			v[i] = a * b
		case "Div":
			v[i] = a / b
		case "Mod": // with the sign of the divisor
			v[i] = a % b
			if v[i] != 0 && (v[i] < 0) != (b < 0) {
				v[i] += b
			}
		}
	}
	set(v, r.vector[n.Input[0]] || r.vector[n.Input[1]])
}

// foldNonzero follows numbers that are no 0 whatever the image's size: lengths
// of axes, and what is put together of them.
func (r *rewriter) foldNonzero(n *protos.NodeProto) {
	from := n.Input[:1]
	switch n.OpType {
	case "Shape":
		r.nonzero[n.Output[0]] = true
		return
	case "Mul":
		from = n.Input[:min(2, len(n.Input))]
	case "Concat":
		from = n.Input
	case "Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape", "Gather", "Slice":
	default:
		return
	}
	r.nonzero[n.Output[0]] = !slices.ContainsFunc(from, func(in string) bool { return !r.isNonzero(in) })
}

func (r *rewriter) isNonzero(name string) bool {
	v, ok := r.known[name]
	return ok && !slices.Contains(v, 0) || r.nonzero[name]
}

// foldMod makes a Constant of the remainder of two known whole numbers.
func (r *rewriter) foldMod(n *protos.NodeProto) {
	if len(n.Output) != 1 {
		return
	}
	v, ok := r.known[n.Output[0]]
	if !ok {
		return
	}
	t := &protos.TensorProto{DataType: int32(protos.TensorProto_INT64), Int64Data: v}
	if r.vector[n.Output[0]] {
		t.Dims = []int64{int64(len(v))}
	}
	n.OpType, n.Input = "Constant", nil
	n.Attribute = []*protos.AttributeProto{{Name: "value", Type: protos.AttributeProto_TENSOR, T: t}}
}
