package models

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
)

// node builds a node; attributes are int, float32, string or []int64.
func node(op, name string, in []string, out string, attrs ...any) *protos.NodeProto {
	n := &protos.NodeProto{OpType: op, Name: name, Input: in, Output: []string{out}}
	for i := 0; i < len(attrs); i += 2 {
		a := &protos.AttributeProto{Name: attrs[i].(string)}
		switch v := attrs[i+1].(type) {
		case int:
			a.Type, a.I = protos.AttributeProto_INT, int64(v)
		case float32:
			a.Type, a.F = protos.AttributeProto_FLOAT, v
		case string:
			a.Type, a.S = protos.AttributeProto_STRING, []byte(v)
		case []int64:
			a.Type, a.Ints = protos.AttributeProto_INTS, v
		default:
			panic(fmt.Sprintf("%T", v))
		}
		n.Attribute = append(n.Attribute, a)
	}
	return n
}

// weight is a float tensor whose values are a fixed function of its name.
func weight(name string, dims ...int64) *protos.TensorProto {
	t := &protos.TensorProto{Name: name, Dims: dims, DataType: int32(protos.TensorProto_FLOAT)}
	phase := 0.0
	for _, c := range name {
		phase += float64(c)
	}
	for i := range elements(t) {
		t.FloatData = append(t.FloatData, float32(math.Sin(phase+1.7*float64(i))))
	}
	return t
}

// graphOf is a model with one image input "x", whose sizes of 0 are free.
func graphOf(input []int64, weights []*protos.TensorProto, nodes ...*protos.NodeProto) *protos.ModelProto {
	shape := &protos.TensorShapeProto{}
	for _, d := range input {
		dim := &protos.TensorShapeProto_Dimension{}
		if d > 0 {
			dim.Value = &protos.TensorShapeProto_Dimension_DimValue{DimValue: d}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	last := nodes[len(nodes)-1].Output[0]
	return &protos.ModelProto{
		IrVersion:   8,
		OpsetImport: []*protos.OperatorSetIdProto{{Version: 17}},
		Graph: &protos.GraphProto{
			Name: "test", Node: nodes, Initializer: weights,
			Input: []*protos.ValueInfoProto{{Name: "x", Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{
				TensorType: &protos.TypeProto_Tensor{ElemType: int32(protos.TensorProto_FLOAT), Shape: shape}}}}},
			Output: []*protos.ValueInfoProto{{Name: last}},
		},
	}
}

// smallNet is a network of two convolutions and a read-out on 3×8×8 images.
func smallNet() *protos.ModelProto {
	m := graphOf([]int64{0, 3, 8, 8},
		[]*protos.TensorProto{
			weight("conv1.w", 6, 3, 3, 3), weight("conv1.b", 6),
			weight("conv2.w", 8, 6, 3, 3), weight("conv2.b", 8),
			weight("bn.scale", 8), weight("bn.shift", 8), weight("bn.mean", 8), positive(weight("bn.var", 8)),
			weight("fc.w", 5, 8), weight("fc.b", 5),
		},
		node("Conv", "", []string{"x", "conv1.w", "conv1.b"}, "conv1", "pads", []int64{1, 1, 1, 1}),
		node("Relu", "", []string{"conv1"}, "relu1"),
		node("MaxPool", "", []string{"relu1"}, "pool1", "kernel_shape", []int64{2, 2}, "strides", []int64{2, 2}),
		node("Conv", "", []string{"pool1", "conv2.w", "conv2.b"}, "conv2", "pads", []int64{1, 1, 1, 1}),
		node("BatchNormalization", "", []string{"conv2", "bn.scale", "bn.shift", "bn.mean", "bn.var"}, "bn"),
		node("Relu", "", []string{"bn"}, "relu2"),
		node("GlobalAveragePool", "", []string{"relu2"}, "gap"),
		node("Flatten", "", []string{"gap"}, "flat"),
		node("Gemm", "", []string{"flat", "fc.w", "fc.b"}, "logits", "transB", 1),
	)
	return m
}

func positive(t *protos.TensorProto) *protos.TensorProto {
	for i, v := range t.FloatData {
		t.FloatData[i] = 1 + v*v
	}
	return t
}

func encode(t testing.TB, mp *protos.ModelProto) []byte {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(mp)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writeModel writes an .onnx file and returns its path.
func writeModel(t testing.TB, mp *protos.ModelProto) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "net.onnx")
	if err := os.WriteFile(path, encode(t, mp), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens a graph, without the warning that it is unknown.
func open(t testing.TB, mp *protos.ModelProto) *Model {
	t.Helper()
	m, err := Open(writeModel(t, mp))
	if err != nil {
		t.Fatal(err)
	}
	m.Input.Mean, m.Input.Std = []float32{100, 110, 120}[:m.Input.Channels], []float32{50, 60, 70}[:m.Input.Channels]
	return m
}

// pictures are n coloured images of w×h, each another.
func pictures(t testing.TB, n, w, h int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for k := range items {
		items[k] = analysis.Stimulus{ID: fmt.Sprintf("test/%03d", k), Category: "face", Image: func() (image.Image, error) { return picture(k, w, h), nil }}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func picture(k, w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(7*x + 3*y + 31*k), uint8(x*x + 5*y + 17*k), uint8(x*y + 11 + 5*k), 255})
		}
	}
	return img
}

// close4 reports whether a and b agree within 1e-4 relative to scale.
func close4(a, b, scale float64) bool { return math.Abs(a-b) <= 1e-4*scale }

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// networks are the catalog's networks that have a file.
func networks() (rows []catalog.ModelRow) {
	for _, r := range catalog.Models() {
		if r.File != "" {
			rows = append(rows, r)
		}
	}
	return rows
}
