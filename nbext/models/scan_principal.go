package models

import (
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// Principal returns the layers that a reader means by "the layers": what
// modules and activations give. Left out are values that nothing but an
// activation or a normalisation reads (a convolution before its ReLU), parts of
// an operation that the exporter spelt out (the error function in a GELU), and
// other views of what is there already (Reshape, Flatten, Transpose). All
// layers of a network that is defined in Go are principal, and so is a
// network's output.
func (m *Model) Principal() ([]Layer, error) {
	all, err := m.Layers()
	if err != nil {
		return nil, err
	}
	return m.principal(all), nil
}

// views repeat numbers that another layer has; parts are steps of a formula.
var (
	views = []string{"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Cast", "Expand", "Slice", "Gather", "Split", "Pad", "Tile"}
	parts = []string{"Div", "Sub", "Pow", "Sqrt", "Erf", "Exp", "Log", "Reciprocal", "Neg", "Abs", "ReduceSum", "ReduceL2", "HardSigmoid"}
)

// finishing are the operators that belong to what comes before them.
var finishing = []string{"BatchNormalization", "Relu", "Clip", "LeakyRelu", "PRelu", "Elu", "Selu", "HardSwish", "Gelu", "FastGelu", "Tanh", "Softplus", "Mish"}

func (m *Model) principal(all []Layer) []Layer {
	if m.net.file.built != nil {
		return builtPrincipal(all)
	}
	mp := m.net.file.mp
	if mp == nil || len(all) == 0 {
		return all
	}
	readers, maker := map[string][]*protos.NodeProto{}, map[string]*protos.NodeProto{}
	for _, n := range mp.Graph.Node {
		for _, in := range n.Input {
			readers[in] = append(readers[in], n)
		}
		for _, out := range n.Output {
			maker[out] = n
		}
	}
	outputs := map[string]bool{}
	for _, o := range mp.Graph.Output {
		outputs[o.Name] = true
	}
	// gate reports whether n is x·σ(x), spelt out.
	gate := func(n *protos.NodeProto, x string) bool {
		return n.OpType == "Mul" && slices.ContainsFunc(n.Input, func(in string) bool {
			g := maker[in]
			return g != nil && (g.OpType == "Sigmoid" || g.OpType == "HardSigmoid") && slices.Contains(g.Input, x)
		})
	}
	var out []Layer
	for _, l := range all {
		of := readers[l.Name]
		finished := func(n *protos.NodeProto) bool {
			if slices.Contains(finishing, n.OpType) || gate(n, l.Name) {
				return true
			}
			// σ(x) beside x·σ(x)
			return (n.OpType == "Sigmoid" || n.OpType == "HardSigmoid") &&
				slices.ContainsFunc(of, func(o *protos.NodeProto) bool { return gate(o, l.Name) })
		}
		gates := func(n *protos.NodeProto) bool { // l is σ(x), read by x·σ(x) alone
			g := maker[l.Name]
			return g != nil && g.OpType == "Sigmoid" && slices.ContainsFunc(g.Input, func(x string) bool { return gate(n, x) })
		}
		all := func(f func(*protos.NodeProto) bool) bool {
			return len(of) > 0 && !slices.ContainsFunc(of, func(n *protos.NodeProto) bool { return !f(n) })
		}
		if !outputs[l.Name] && (slices.Contains(views, l.Op) || slices.Contains(parts, l.Op) || all(finished) || all(gates)) {
			continue
		}
		out = append(out, l)
	}
	return out
}
