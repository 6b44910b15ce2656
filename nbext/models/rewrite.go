package models

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// rewrite replaces nodes that the importer does not know, or reads otherwise,
// by others that say the same. What they compute on the way is no layer.
func (r *rewriter) rewrite() {
	r.helper = map[string]bool{}
	r.sequences = map[string]*protos.NodeProto{}
	r.typed()
	nodes := make([]*protos.NodeProto, 0, len(r.g.Node))
	for _, n := range r.g.Node {
		switch n.OpType {
		case "HardSigmoid":
			nodes = append(nodes, r.hardSigmoid(n)...)
		case "Mod":
			nodes = append(nodes, r.mod(n)...)
		case "MaxPool", "AveragePool":
			r.ceil(n)
			nodes = append(nodes, r.countPadding(n)...)
		case "Slice":
			nodes = append(nodes, r.slice(n)...)
		case "InstanceNormalization":
			nodes = append(nodes, r.instanceNorm(n)...)
		case "SplitToSequence": // all that is made of it is SequenceAt; see part
			r.sequences[n.Output[0]] = n
		case "SequenceAt":
			nodes = append(nodes, r.part(n))
		case "If":
			nodes = append(nodes, r.branch(n))
		case "CastLike":
			r.castLike(n)
			nodes = append(nodes, n)
		default:
			nodes = append(nodes, n)
		}
	}
	r.g.Node = nodes
}

// refuse notes what cannot be run for a reason that no rule knows.
func (r *rewriter) refuse(n *protos.NodeProto, why string) {
	r.refused = append(r.refused, fmt.Sprintf("%s: %s", nodeName(n), why))
}

// before makes a node whose output, named after that of n, is read by n.
func (r *rewriter) before(n *protos.NodeProto, what, op string, in ...string) *protos.NodeProto {
	out := r.free(n.Output[0] + ":" + what)
	r.helper[out] = true
	return &protos.NodeProto{OpType: op, Name: out, Input: in, Output: []string{out}}
}

// hardSigmoid is max(0, min(1, alpha·x + beta)).
func (r *rewriter) hardSigmoid(n *protos.NodeProto) []*protos.NodeProto {
	if len(n.Input) != 1 || len(n.Output) != 1 {
		return []*protos.NodeProto{n}
	}
	alpha, beta := &protos.AttributeProto{F: 0.2}, &protos.AttributeProto{F: 0.5}
	if a := take(n, "alpha"); a != nil {
		alpha = a
	}
	if a := take(n, "beta"); a != nil {
		beta = a
	}
	scaled := r.before(n, "scaled", "Mul", n.Input[0], r.scalar(n, "alpha", alpha))
	shifted := r.before(n, "shifted", "Add", scaled.Output[0], r.scalar(n, "beta", beta))
	n.OpType = "Clip"
	n.Input = []string{shifted.Output[0], r.scalar(n, "0", &protos.AttributeProto{}), r.scalar(n, "1", &protos.AttributeProto{F: 1})}
	return []*protos.NodeProto{scaled, shifted, n}
}

// instanceNorm normalises each channel of each image, as a layer normalisation
// of n×c×pixels.
func (r *rewriter) instanceNorm(n *protos.NodeProto) []*protos.NodeProto {
	if len(n.Input) != 3 || len(n.Output) != 1 {
		return []*protos.NodeProto{n}
	}
	epsilon := take(n, "epsilon")
	if epsilon == nil {
		epsilon = &protos.AttributeProto{Name: "epsilon", Type: protos.AttributeProto_FLOAT, F: 1e-5}
	}
	column := r.ints(n, "column", []int64{-1, 1})
	one := r.add(n, "one", &protos.TensorProto{DataType: int32(protos.TensorProto_FLOAT), Dims: []int64{1}, FloatData: []float32{1}})
	shape := r.before(n, "shape", "Shape", n.Input[0])
	flat := r.before(n, "flat", "Reshape", n.Input[0], r.ints(n, "pixels", []int64{0, 0, -1}))
	norm := r.before(n, "norm", "LayerNormalization", flat.Output[0], one)
	norm.Attribute = []*protos.AttributeProto{epsilon, {Name: "axis", Type: protos.AttributeProto_INT, I: -1}}
	scale := r.before(n, "scale", "Reshape", n.Input[1], column)
	shift := r.before(n, "shift", "Reshape", n.Input[2], column)
	scaled := r.before(n, "scaled", "Mul", norm.Output[0], scale.Output[0])
	shifted := r.before(n, "shifted", "Add", scaled.Output[0], shift.Output[0])
	n.OpType, n.Input = "Reshape", []string{shifted.Output[0], shape.Output[0]}
	return []*protos.NodeProto{shape, flat, norm, scale, shift, scaled, shifted, n}
}

// slice names the axes of a Slice, and writes one that goes backwards through
// all of an axis, x[::-1], as a Gather of d−1 … 0: the importer takes its end,
// −1, for the last element. Other slices that go backwards, or may, are refused.
func (r *rewriter) slice(n *protos.NodeProto) []*protos.NodeProto {
	same := []*protos.NodeProto{n}
	if len(n.Input) < 3 {
		return same
	}
	if starts, ok := r.known[n.Input[1]]; ok && (len(n.Input) == 3 || n.Input[3] == "") { // the first axes, for the importer all of them
		axes := make([]int64, len(starts))
		for i := range axes {
			axes[i] = int64(i)
		}
		n.Input = slices.Insert(slices.Delete(n.Input, 3, min(4, len(n.Input))), 3, r.ints(n, "axes", axes))
	}
	if len(n.Input) < 5 || n.Input[4] == "" || len(n.Output) != 1 {
		return same
	}
	steps, ok := r.known[n.Input[4]]
	if !ok {
		r.refuse(n, "steps that are computed")
		return same
	}
	if !slices.ContainsFunc(steps, func(s int64) bool { return s < 0 }) {
		return same
	}
	starts, ends, axes := r.known[n.Input[1]], r.known[n.Input[2]], r.known[n.Input[3]]
	if len(steps) != 1 || steps[0] != -1 || len(starts) != 1 || len(ends) != 1 || len(axes) != 1 ||
		starts[0] != -1 && starts[0] < math.MaxInt32 || ends[0] > math.MinInt32 {
		r.refuse(n, fmt.Sprintf("a step of %d", slices.Min(steps)))
		return same
	}
	one := r.integer(n, "one", 1)
	shape := r.before(n, "shape", "Shape", n.Input[0])
	size := r.before(n, "size", "Gather", shape.Output[0], r.integer(n, "axis", axes[0]))
	top := r.before(n, "top", "Sub", size.Output[0], one)
	count := r.before(n, "count", "Range", r.integer(n, "from", 0), size.Output[0], one)
	back := r.before(n, "back", "Sub", top.Output[0], count.Output[0])
	n.OpType, n.Input = "Gather", []string{n.Input[0], back.Output[0]}
	n.Attribute = []*protos.AttributeProto{{Name: "axis", Type: protos.AttributeProto_INT, I: axes[0]}}
	return []*protos.NodeProto{shape, size, top, count, back, n}
}

// part writes the part of a tensor that was split into a sequence as a Slice.
func (r *rewriter) part(n *protos.NodeProto) *protos.NodeProto {
	if len(n.Input) != 2 || len(n.Output) != 1 || r.sequences[n.Input[0]] == nil {
		return n
	}
	split := r.sequences[n.Input[0]]
	at := r.known[n.Input[1]]
	if len(split.Input) != 2 || len(at) != 1 || at[0] < 0 {
		r.refuse(n, "parts that are computed")
		return n
	}
	sizes, ok := r.known[split.Input[1]]
	if ok && len(sizes) == 1 && !r.vector[split.Input[1]] && at[0] < mostKnown { // all parts alike
		sizes = slices.Repeat(sizes, int(at[0])+1)
	}
	if at[0] >= int64(len(sizes)) {
		r.refuse(n, "parts that are computed")
		return n
	}
	from := int64(0)
	for _, s := range sizes[:at[0]] {
		from += s
	}
	axis := int64(0)
	if a := attr(split, "axis"); a != nil {
		axis = a.I
	}
	n.OpType = "Slice"
	n.Input = []string{split.Input[0], r.ints(n, "from", []int64{from}), r.ints(n, "to", []int64{from + sizes[at[0]]}), r.ints(n, "axes", []int64{axis})}
	return n
}

// castLike makes a Cast to the type that the second input has.
func (r *rewriter) castLike(n *protos.NodeProto) {
	if len(n.Input) != 2 || r.types[n.Input[1]] == 0 {
		return
	}
	to := r.types[n.Input[1]]
	n.OpType, n.Input = "Cast", n.Input[:1]
	n.Attribute = []*protos.AttributeProto{{Name: "to", Type: protos.AttributeProto_INT, I: int64(to)}}
}

// mod writes the remainder of whole numbers that has the sign of the divisor,
// with a division that cuts towards 0:
//
//	t = a − (a/b)·b + b,  a mod b = t − (t/b)·b
func (r *rewriter) mod(n *protos.NodeProto) []*protos.NodeProto {
	if a := attr(n, "fmod"); len(n.Input) != 2 || len(n.Output) != 1 || a != nil && a.I != 0 {
		return []*protos.NodeProto{n}
	}
	a, b := n.Input[0], n.Input[1]
	whole := func(name string) bool {
		return r.types[name] == int32(protos.TensorProto_INT64) || r.types[name] == int32(protos.TensorProto_INT32)
	}
	if !whole(a) || !whole(b) || slices.Contains(r.known[b], 0) {
		return []*protos.NodeProto{n}
	}
	part := func(what, op, x, y string) *protos.NodeProto { return r.before(n, what, op, x, y) }
	q := part("q", "Div", a, b)
	m := part("m", "Mul", q.Output[0], b)
	d := part("d", "Sub", a, m.Output[0])
	t := part("t", "Add", d.Output[0], b)
	u := part("u", "Div", t.Output[0], b)
	v := part("v", "Mul", u.Output[0], b)
	n.OpType, n.Attribute, n.Input = "Sub", nil, []string{t.Output[0], v.Output[0]}
	return []*protos.NodeProto{q, m, d, t, u, v, n}
}

// ceil turns a pooling whose size is rounded up into one with more padding
// at the end: for windows of k at steps of s,
//
//	⌈(in + pads − k)/s⌉ + 1 = ⌊(in + pads + s−1 − k)/s⌋ + 1
//
// unless a window could begin behind the image, which would be dropped. Padding
// counts for nothing here.
func (r *rewriter) ceil(n *protos.NodeProto) {
	c, k, s := attr(n, "ceil_mode"), attr(n, "kernel_shape"), attr(n, "strides")
	if c == nil || c.I == 0 || k == nil || s == nil || len(k.Ints) != len(s.Ints) {
		return
	}
	if setsPads(n) {
		return
	}
	if a := attr(n, "dilations"); a != nil && !ones(n, a) {
		return
	}
	if a := attr(n, "count_include_pad"); a != nil && a.I != 0 && !unpadded(n) {
		return
	}
	pads := make([]int64, 2*len(k.Ints))
	if a := attr(n, "pads"); a != nil && len(a.Ints) == len(pads) {
		copy(pads, a.Ints)
	}
	for i, step := range s.Ints {
		end := &pads[len(k.Ints)+i]
		if *end += step - 1; *end >= k.Ints[i] {
			return
		}
	}
	take(n, "ceil_mode")
	take(n, "pads")
	take(n, "count_include_pad")
	n.Attribute = append(n.Attribute, &protos.AttributeProto{Name: "pads", Type: protos.AttributeProto_INTS, Ints: pads})
}

// setsPads reports whether auto_pad decides instead of pads.
func setsPads(n *protos.NodeProto) bool {
	a := attr(n, "auto_pad")
	return a != nil && string(a.S) != "NOTSET" && string(a.S) != ""
}

// countPadding puts the padding that an average counts before the pooling.
func (r *rewriter) countPadding(n *protos.NodeProto) []*protos.NodeProto {
	c, p := attr(n, "count_include_pad"), attr(n, "pads")
	if n.OpType != "AveragePool" || c == nil || c.I != 1 || p == nil || unpadded(n) || len(p.Ints) != 4 || len(n.Input) != 1 {
		return []*protos.NodeProto{n}
	}
	if a := attr(n, "ceil_mode"); a != nil && a.I != 0 || setsPads(n) {
		return []*protos.NodeProto{n}
	}
	around := slices.Concat([]int64{0, 0}, p.Ints[:2], []int64{0, 0}, p.Ints[2:])
	pad := r.before(n, "padded", "Pad", n.Input[0], r.ints(n, "around", around))
	take(n, "pads")
	take(n, "count_include_pad")
	n.Input = []string{pad.Output[0]}
	return []*protos.NodeProto{pad, n}
}

// typed finds the type of every tensor, of which most nodes keep that of their
// first input.
func (r *rewriter) typed() {
	r.types = map[string]int32{}
	for _, t := range r.g.Initializer {
		r.types[t.Name] = t.DataType
	}
	for _, in := range r.g.Input {
		if t := in.GetType().GetTensorType(); t != nil {
			r.types[in.Name] = t.ElemType
		}
	}
	for _, n := range r.g.Node {
		var t int32
		switch n.OpType {
		case "Shape", "Size":
			t = int32(protos.TensorProto_INT64)
		case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not":
			t = int32(protos.TensorProto_BOOL)
		case "Cast":
			if a := attr(n, "to"); a != nil {
				t = int32(a.I)
			}
		case "CastLike", "Where":
			if len(n.Input) > 1 {
				t = r.types[n.Input[1]]
			}
		case "Constant", "ConstantOfShape":
			if a := attr(n, "value"); a != nil && a.T != nil {
				t = a.T.DataType
			} else if n.OpType == "ConstantOfShape" {
				t = int32(protos.TensorProto_FLOAT)
			}
		default:
			if len(n.Input) > 0 {
				t = r.types[n.Input[0]]
			}
		}
		for _, out := range n.Output {
			r.types[out] = t
		}
	}
}
