package models

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/gomlx/core/tensors"
	"google.golang.org/protobuf/proto"

	"fusiform/analysis/simulate"
)

// onnxIR and onnxOpset are the versions of the format: opset 13 is the oldest
// in which all operators used here mean what they mean today.
const (
	onnxIR    = 8
	onnxOpset = 13
)

// onnx writes the network as an ONNX file. GoMLX has the channels last, ONNX
// first, so weights are transposed: a convolution from [row column in, out]
// to [out in row column], and the rows of fc from [row column channel] to
// [channel row column].
func (t *trainedNet) onnx(about ...string) ([]byte, error) {
	w := &onnxWriter{g: &protos.GraphProto{Name: "drawnet"}, store: t}
	side := int64(simulate.Side)
	w.g.Input = []*protos.ValueInfoProto{floatPort(t.input.Name, 1, side, side)}
	x := t.input.Name
	for i, out := range drawnetChannels[1:] {
		in, k := drawnetChannels[i], i+1
		v := w.values(fmt.Sprintf("conv%d", k), "weights")
		kernel := make([]float32, len(v))
		for o := range out {
			for c := range in {
				for p := range 9 {
					kernel[(o*in+c)*9+p] = v[(p*in+c)*out+o]
				}
			}
		}
		conv := fmt.Sprintf("conv%d", k)
		w.weight(conv+".weight", kernel, out, in, 3, 3)
		w.weight(conv+".bias", w.values(conv, "biases"), out)
		x = w.node("Conv", conv, []string{x, conv + ".weight", conv + ".bias"}, ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1))
		x = w.node("Relu", fmt.Sprintf("relu%d", k), []string{x})
		x = w.node("MaxPool", fmt.Sprintf("pool%d", k), []string{x}, ints("kernel_shape", 2, 2), ints("strides", 2, 2))
	}
	x = w.node("Flatten", "flat", []string{x})

	v, c := w.values("fc", "weights"), drawnetChannels[len(drawnetChannels)-1]
	fc := make([]float32, len(v))
	places := drawnetSide * drawnetSide
	for p := range places {
		for ch := range c {
			copy(fc[(ch*places+p)*drawnetUnits:][:drawnetUnits], v[(p*c+ch)*drawnetUnits:])
		}
	}
	w.weight("fc.weight", fc, places*c, drawnetUnits)
	w.weight("fc.bias", w.values("fc", "biases"), drawnetUnits)
	x = w.node("Gemm", "fc", []string{x, "fc.weight", "fc.bias"})
	x = w.node("Relu", "relu_fc", []string{x})
	w.weight("logits.weight", w.values("logits", "weights"), drawnetUnits, len(drawnetCategories))
	w.weight("logits.bias", w.values("logits", "biases"), len(drawnetCategories))
	x = w.node("Gemm", "logits", []string{x, "logits.weight", "logits.bias"})
	x = w.node("Softmax", "probabilities", []string{x}, &protos.AttributeProto{Name: "axis", Type: protos.AttributeProto_INT, I: 1})
	w.g.Output = []*protos.ValueInfoProto{floatPort(x, int64(len(drawnetCategories)))}
	if w.err != nil {
		return nil, w.err
	}
	m := &protos.ModelProto{
		IrVersion: onnxIR, ProducerName: "fusiform", Graph: w.g,
		OpsetImport: []*protos.OperatorSetIdProto{{Version: onnxOpset}},
	}
	for i := 0; i+1 < len(about); i += 2 {
		m.MetadataProps = append(m.MetadataProps, &protos.StringStringEntryProto{Key: about[i], Value: about[i+1]})
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(m)
}

type onnxWriter struct {
	g     *protos.GraphProto
	store *trainedNet
	err   error
}

// values returns a variable of the trained network.
func (w *onnxWriter) values(layer, name string) []float32 {
	v := w.store.store.RootScope().In("%s", layer).GetVariable(name)
	t, err := v.Value()
	if err == nil {
		var f []float32
		if f, err = tensors.CopyFlatData[float32](t); err == nil {
			return f
		}
	}
	w.err = err
	return nil
}

func (w *onnxWriter) weight(name string, v []float32, shape ...int) {
	t := &protos.TensorProto{Name: name, DataType: int32(protos.TensorProto_FLOAT)}
	for _, d := range shape {
		t.Dims = append(t.Dims, int64(d))
	}
	for _, x := range v {
		t.RawData = binary.LittleEndian.AppendUint32(t.RawData, math.Float32bits(x))
	}
	w.g.Initializer = append(w.g.Initializer, t)
}

// node adds a node that gives the tensor of its own name.
func (w *onnxWriter) node(op, name string, in []string, attrs ...*protos.AttributeProto) string {
	w.g.Node = append(w.g.Node, &protos.NodeProto{OpType: op, Name: name, Input: in, Output: []string{name}, Attribute: attrs})
	return name
}

func ints(name string, v ...int64) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INTS, Ints: v}
}

// floatPort is an input or output of n images.
func floatPort(name string, dims ...int64) *protos.ValueInfoProto {
	shape := &protos.TensorShapeProto{Dim: []*protos.TensorShapeProto_Dimension{
		{Value: &protos.TensorShapeProto_Dimension_DimParam{DimParam: "n"}}}}
	for _, d := range dims {
		shape.Dim = append(shape.Dim, &protos.TensorShapeProto_Dimension{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: d}})
	}
	return &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{
		TensorType: &protos.TypeProto_Tensor{ElemType: int32(protos.TensorProto_FLOAT), Shape: shape}}}}
}
