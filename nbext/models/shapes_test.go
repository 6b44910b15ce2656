package models

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
)

// int64s is a weight of whole numbers: a shape, or a scalar without dims.
func int64s(name string, dims []int64, v ...int64) *protos.TensorProto {
	return &protos.TensorProto{Name: name, DataType: int32(protos.TensorProto_INT64), Dims: dims, Int64Data: v}
}

// allowzero=1, which torch writes everywhere, says nothing where the shape
// has no 0; where it might have one, the graph is refused.
func TestReshapeAllowzero(t *testing.T) {
	constant := node("Constant", "", nil, "s")
	constant.Attribute = []*protos.AttributeProto{{Name: "value", Type: protos.AttributeProto_TENSOR, T: int64s("", []int64{2}, -1, 12)}}
	reshape := func(shape string) *protos.NodeProto {
		return node("Reshape", "r", []string{"x", shape}, "y", "allowzero", 1)
	}
	for _, c := range []struct {
		name  string
		shape *protos.TensorProto
		nodes []*protos.NodeProto
		units int // 0: refused
	}{
		{"a weight", int64s("s", []int64{2}, -1, 12), []*protos.NodeProto{reshape("s")}, 12},
		{"raw", &protos.TensorProto{Name: "s", DataType: int32(protos.TensorProto_INT64), Dims: []int64{2},
			RawData: []byte("\xff\xff\xff\xff\xff\xff\xff\xff\x0c\x00\x00\x00\x00\x00\x00\x00")}, []*protos.NodeProto{reshape("s")}, 12},
		{"a constant", int64s("unused", []int64{1}, 0), []*protos.NodeProto{constant, reshape("s")}, 12},
		{"with a zero", int64s("s", []int64{2}, 0, 12), []*protos.NodeProto{reshape("s")}, 0},
		{"a shape", int64s("unused", []int64{1}, 0), []*protos.NodeProto{node("Shape", "", []string{"x"}, "s"), reshape("s")}, 12},
		{"computed", int64s("one", nil, 1), []*protos.NodeProto{node("Shape", "", []string{"x"}, "a"), node("Sub", "", []string{"a", "one"}, "s"), reshape("s")}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Open(writeModel(t, graphOf([]int64{0, 3, 2, 2}, []*protos.TensorProto{c.shape}, c.nodes...)))
			if c.units == 0 {
				var bad *UnsupportedError
				if !errors.As(err, &bad) || !strings.Contains(err.Error(), "allowzero=1") {
					t.Fatalf("the error is %v, expected an *UnsupportedError about allowzero", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			layers, err := m.Layers()
			if err != nil || len(layers) != 1 || layers[0].Units != c.units {
				t.Errorf("layers %v, error %v; expected one of %d units", layers, err, c.units)
			}
		})
	}
}

// A remainder of known numbers becomes a constant, with the sign that ONNX
// gives it; any other is refused.
func TestModOfConstants(t *testing.T) {
	for _, c := range []struct{ x, m, want int64 }{{7, 3, 1}, {-7, 3, 2}, {7, -3, -2}, {-7, -3, -1}, {6, 3, 0}, {-6, 3, 0}, {768, 12, 0}} {
		mp := graphOf([]int64{0, 3, 2, 2}, []*protos.TensorProto{int64s("a", nil, c.x), int64s("b", nil, c.m)},
			node("Mod", "", []string{"a", "b"}, "r"), node("Relu", "", []string{"x"}, "y"))
		if _, err := normalise(mp); err != nil {
			t.Fatal(err)
		}
		n := mp.Graph.Node[0]
		if n.OpType != "Constant" || len(n.Input) != 0 || n.Attribute[0].T.Int64Data[0] != c.want {
			t.Errorf("%d mod %d becomes %v, expected the constant %d", c.x, c.m, n, c.want)
		}
	}
	for name, mp := range map[string]*protos.ModelProto{
		"by zero":  graphOf([]int64{0, 3, 2, 2}, []*protos.TensorProto{int64s("a", nil, 1), int64s("b", nil, 0)}, node("Mod", "", []string{"a", "b"}, "r"), node("Relu", "", []string{"x"}, "y")),
		"fmod":     graphOf([]int64{0, 3, 2, 2}, []*protos.TensorProto{int64s("a", nil, 1), int64s("b", nil, 2)}, node("Mod", "", []string{"a", "b"}, "r", "fmod", 1), node("Relu", "", []string{"x"}, "y")),
		"an image": graphOf([]int64{0, 3, 2, 2}, []*protos.TensorProto{weight("b", 1)}, node("Mod", "", []string{"x", "b"}, "y")),
	} {
		if _, err := normalise(mp); err == nil || !strings.Contains(err.Error(), "Mod") {
			t.Errorf("%s: the error is %v, expected Mod to be refused", name, err)
		}
	}
}
