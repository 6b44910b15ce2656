package models

import (
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// The names of what a lesion adds to a graph. No file has a tensor of such a
// name: see unused.
const (
	intactMark = ":intact"
	keepMark   = ":keep"
	fillMark   = ":fill"
)

// splice makes the node that gives d's layer give it under another name, which
// is returned, and lets the layer be
//
//	layer = intact · keep + fill
//
// so that all that reads the layer reads that. keep and fill are tensors that
// the caller adds to the graph, of the shape mask(d). A layer whose first axis
// is images times something (windows, tokens) is unfolded for it and folded
// again.
func (d damage) splice(g *protos.GraphProto) (intact, keep, fill string) {
	at, port := 0, 0
	for i, n := range g.Node {
		if k := slices.Index(n.Output, d.layer); k >= 0 {
			at, port = i, k
		}
	}
	name := unused(g)
	intact, keep, fill = name(d.layer+intactMark), name(d.layer+keepMark), name(d.layer+fillMark)
	g.Node[at].Output[port] = intact
	node := func(op, out string, in ...string) *protos.NodeProto {
		return &protos.NodeProto{OpType: op, Name: out, Input: in, Output: []string{out}}
	}
	x, product := intact, name(d.layer+":kept")
	var added []*protos.NodeProto
	if d.merged {
		shape, unfolded, dims := name(d.layer+":shape"), name(d.layer+":unfolded"), name(d.layer+":dims")
		g.Initializer = append(g.Initializer, &protos.TensorProto{Name: dims, DataType: int32(protos.TensorProto_INT64),
			Dims: []int64{int64(len(d.shape) + 1)}, Int64Data: append([]int64{-1}, d.shape...)})
		added = append(added, node("Shape", shape, intact), node("Reshape", unfolded, intact, dims))
		sum := name(d.layer + ":damaged")
		added = append(added, node("Mul", product, unfolded, keep), node("Add", sum, product, fill), node("Reshape", d.layer, sum, shape))
	} else {
		added = append(added, node("Mul", product, x, keep), node("Add", d.layer, product, fill))
	}
	g.Node = slices.Insert(g.Node, at+1, added...)
	return intact, keep, fill
}

// mask is the shape of keep and fill: that of the layer for one image, with
// an axis of 1 for the batch.
func (d damage) mask() []int64 {
	if d.second {
		return append([]int64{d.shape[0], 1}, d.shape[1:]...)
	}
	return append([]int64{1}, d.shape...)
}

// inflict splices a damage into the graph for good.
func (d damage) inflict(g *protos.GraphProto) {
	_, keep, fill := d.splice(g)
	for name, v := range map[string][]float32{keep: d.keep, fill: d.fill} {
		g.Initializer = append(g.Initializer, &protos.TensorProto{Name: name, DataType: int32(protos.TensorProto_FLOAT), Dims: d.mask(), FloatData: v})
	}
}

// unused returns a function that makes a name one that g does not have.
func unused(g *protos.GraphProto) func(string) string {
	taken := map[string]bool{}
	for _, n := range g.Node {
		for _, out := range n.Output {
			taken[out] = true
		}
	}
	for _, t := range g.Initializer {
		taken[t.Name] = true
	}
	for _, in := range g.Input {
		taken[in.Name] = true
	}
	return func(name string) string {
		for taken[name] {
			name += "'"
		}
		taken[name] = true
		return name
	}
}
