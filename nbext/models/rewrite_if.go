package models

import (
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// branch replaces the If that torch's older exporter writes for x.squeeze(k),
//
//	if x.shape[k] == 1 then Squeeze(x, k) else x
//
// by the Squeeze, which fails where the axis is longer. Any other If stays, and
// is refused.
func (r *rewriter) branch(n *protos.NodeProto) *protos.NodeProto {
	then, other := attr(n, "then_branch").GetG().GetNode(), attr(n, "else_branch").GetG().GetNode()
	if len(n.Input) != 1 || len(n.Output) != 1 || len(then) == 0 || len(other) != 1 || other[0].OpType != "Identity" || len(other[0].Input) != 1 {
		return n
	}
	made := func(name, op string, inputs int) *protos.NodeProto {
		for _, m := range r.g.Node {
			if m.OpType == op && slices.Contains(m.Output, name) && len(m.Input) == inputs {
				return m
			}
		}
		return nil
	}
	squeeze, x := then[len(then)-1], other[0].Input[0]
	for _, c := range then[:len(then)-1] {
		if c.OpType != "Constant" || len(c.Output) != 1 || r.taken[c.Output[0]] {
			return n
		}
		constantTensor(c)
		r.remember(c.Output[0], attr(c, "value").GetT())
	}
	if squeeze.OpType != "Squeeze" || len(squeeze.Input) != 2 || squeeze.Input[0] != x || len(squeeze.Output) != 1 ||
		!slices.ContainsFunc(attr(n, "then_branch").G.Output, func(o *protos.ValueInfoProto) bool { return o.GetName() == squeeze.Output[0] }) {
		return n
	}
	equal := made(n.Input[0], "Equal", 2)
	if equal == nil || !slices.Equal(r.known[equal.Input[1]], []int64{1}) {
		return n
	}
	gather := made(equal.Input[0], "Gather", 2)
	if gather == nil || made(gather.Input[0], "Shape", 1) == nil || made(gather.Input[0], "Shape", 1).Input[0] != x {
		return n
	}
	axis := r.known[squeeze.Input[1]]
	if len(axis) != 1 || !slices.Equal(r.known[gather.Input[1]], axis) {
		return n
	}
	return &protos.NodeProto{OpType: "Squeeze", Name: n.Name, Input: []string{x, r.ints(n, "axes", axis)}, Output: n.Output, MetadataProps: n.MetadataProps}
}
