package models

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
)

// The If that torch writes for squeeze is a Squeeze; any other one is refused.
func TestSqueezeBranch(t *testing.T) {
	build := func(change func(condition *protos.NodeProto, then, other *protos.GraphProto)) *protos.ModelProto {
		then := &protos.GraphProto{Name: "then", Node: []*protos.NodeProto{node("Constant", "", nil, "axis"), node("Squeeze", "", []string{"row", "axis"}, "squeezed")},
			Output: []*protos.ValueInfoProto{{Name: "squeezed"}}}
		then.Node[0].Attribute = []*protos.AttributeProto{{Name: "value_ints", Type: protos.AttributeProto_INTS, Ints: []int64{0}}}
		other := &protos.GraphProto{Name: "else", Node: []*protos.NodeProto{node("Identity", "", []string{"row"}, "same")}, Output: []*protos.ValueInfoProto{{Name: "same"}}}
		branch := node("If", "choose", []string{"is1"}, "y")
		branch.Attribute = []*protos.AttributeProto{{Name: "then_branch", Type: protos.AttributeProto_GRAPH, G: then}, {Name: "else_branch", Type: protos.AttributeProto_GRAPH, G: other}}
		equal := node("Equal", "", []string{"d", "one"}, "is1")
		if change != nil {
			change(equal, then, other)
		}
		return graphOf([]int64{0, 3, 2, 2}, []*protos.TensorProto{int64s("one", nil, 1), int64s("two", nil, 2), int64s("zero", nil, 0), int64s("front", []int64{1}, 0)},
			node("Unsqueeze", "", []string{"x", "front"}, "row"),
			node("Shape", "", []string{"row"}, "shape"), node("Gather", "", []string{"shape", "zero"}, "d"), equal, branch)
	}
	m := open(t, build(nil))
	s := pictures(t, 3, 2, 2)
	if r := at(t, m, s, "y")["y"]; r.Row(1)[3] == 0 {
		t.Error("no responses")
	}
	for what, change := range map[string]func(*protos.NodeProto, *protos.GraphProto, *protos.GraphProto){
		"compared with 2":  func(c *protos.NodeProto, _, _ *protos.GraphProto) { c.Input[1] = "two" },
		"another axis":     func(_ *protos.NodeProto, then, _ *protos.GraphProto) { then.Node[0].Attribute[0].Ints[0] = 1 },
		"something else":   func(_ *protos.NodeProto, then, _ *protos.GraphProto) { then.Node[1].OpType = "Relu" },
		"another tensor":   func(_ *protos.NodeProto, _, other *protos.GraphProto) { other.Node[0].Input[0] = "x" },
		"another operator": func(_ *protos.NodeProto, _, other *protos.GraphProto) { other.Node[0].OpType = "Relu" },
		"another output":   func(_ *protos.NodeProto, then, _ *protos.GraphProto) { then.Output[0].Name = "axis" },
	} {
		var bad *UnsupportedError
		if _, err := Open(writeModel(t, build(change))); !errors.As(err, &bad) || !strings.Contains(err.Error(), `If: "choose"`) {
			t.Errorf("%s: the error is %v", what, err)
		}
	}
}
