package models

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"fusiform/nbext/models/fastgo"
)

// Large weights are no initializers of the graph that the importer gets: that
// would copy them, several times. They are inputs of it, and are given as
// constants whose numbers are read when the graph is compiled.

// lift takes the weights that lie in the file from g, adds an input for each,
// and returns them. Those in drawn are drawn instead of read.
func (n *network) lift(g *protos.GraphProto, drawn map[string]fresh) ([]*fastgo.Weight, error) {
	var all []*fastgo.Weight
	take := func(name string, t *protos.TensorProto) bool {
		at, ok := n.file.weightAt(t)
		if !ok {
			return false
		}
		w := &fastgo.Weight{Name: name, Shape: shapes.Make(floatTypes[protos.TensorProto_DataType(t.DataType)])}
		dims := &protos.TensorShapeProto{}
		for _, d := range t.Dims {
			w.Shape.Dimensions = append(w.Shape.Dimensions, int(d))
			dims.Dim = append(dims.Dim, &protos.TensorShapeProto_Dimension{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: d}})
		}
		g.Input = append(g.Input, &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{
			TensorType: &protos.TypeProto_Tensor{ElemType: t.DataType, Shape: dims}}}})
		if d, ok := drawn[name]; ok {
			w.Key = fmt.Sprintf("drawn %v %q %v %v %v", n.redraw, d.name, d.mean, d.sd, w.Shape)
			w.Read = func() func(flat any) error {
				next := n.redraw.drawer(d)
				return func(flat any) error { return drawInto(flat, next) }
			}
		} else {
			w.Key = fmt.Sprintf("read %x %v", at.sum, w.Shape)
			w.Read = func() func(flat any) error { return n.file.floats(at) }
		}
		all = append(all, w)
		return true
	}
	g.Initializer = slices.DeleteFunc(g.Initializer, func(t *protos.TensorProto) bool { return take(t.Name, t) })
	g.Node = slices.DeleteFunc(g.Node, func(c *protos.NodeProto) bool {
		a := attr(c, "value")
		return c.OpType == "Constant" && len(c.Output) == 1 && a != nil && a.T != nil && take(c.Output[0], a.T)
	})
	for _, w := range all {
		if w.Shape.DType == dtypes.InvalidDType {
			return nil, fmt.Errorf("the weight %q has a type that cannot be read", w.Name)
		}
	}
	return all, nil
}

// floatTypes are the types of large weights.
var floatTypes = map[protos.TensorProto_DataType]dtypes.DType{
	protos.TensorProto_FLOAT: dtypes.Float32, protos.TensorProto_DOUBLE: dtypes.Float64,
	protos.TensorProto_FLOAT16: dtypes.Float16, protos.TensorProto_BFLOAT16: dtypes.BFloat16,
}

// floats returns what reads a blob into slices of floats, one after the other.
// When all of it is read, it fails if that isn't what it was.
func (f *file) floats(at blob) (next func(flat any) error) {
	offset, h := at.offset, newBlobHash()
	return func(flat any) error {
		b, width := rawBytes(flat)
		if int64(len(b)) > at.offset+at.size-offset {
			return fmt.Errorf("%d bytes are more than there are", len(b))
		}
		if n, err := f.src.ReadAt(b, offset); n < len(b) {
			return fmt.Errorf("the file was cut or cannot be read any more: %w", err)
		}
		h.write(b)
		if offset += int64(len(b)); offset == at.offset+at.size && h.sum() != at.sum {
			return errors.New("the file has changed since it was opened; open it again")
		}
		if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 { // files are little-endian
			for ; len(b) > 0; b = b[width:] {
				slices.Reverse(b[:width])
			}
		}
		return nil
	}
}

// whole reads all bytes of a blob.
func (f *file) whole(b []byte, at blob) error { return f.floats(at)(b) }

// rawBytes is the memory of a slice of floats, or of bytes, and the size of an
// element.
func rawBytes(flat any) (b []byte, width int) {
	switch x := flat.(type) {
	case []byte:
		return x, 1
	case []float32:
		return bytesOf(x), 4
	case []float64:
		return bytesOf(x), 8
	case []float16.Float16:
		return bytesOf(x), 2
	case []bfloat16.BFloat16:
		return bytesOf(x), 2
	}
	return nil, 0
}

func bytesOf[T any](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(*new(T))))
}

// drawInto fills a slice of floats.
func drawInto(flat any, next func() float32) error {
	switch x := flat.(type) {
	case []float32:
		for i := range x {
			x[i] = next()
		}
	case []float64:
		for i := range x {
			x[i] = float64(next())
		}
	case []float16.Float16:
		for i := range x {
			x[i] = float16.FromFloat32(next())
		}
	case []bfloat16.BFloat16:
		for i := range x {
			x[i] = bfloat16.FromFloat32(next())
		}
	default:
		return fmt.Errorf("a weight of type %T cannot be drawn", flat)
	}
	return nil
}

// call builds the graph for the image x and returns the named outputs. give
// makes the node of a large weight.
func (p *parsed) call(s *model.Scope, x *graph.Node, give func(s *model.Scope, g *graph.Graph, w *fastgo.Weight) *graph.Node, names ...string) []*graph.Node {
	if p.build != nil {
		return p.callBuilt(s, x, give, names)
	}
	in := map[string]*graph.Node{p.input.name: x}
	for _, w := range p.weights {
		in[w.Name] = give(s, x.Graph(), w)
	}
	out := p.model.CallGraph(s, x.Graph(), in, names...)
	for i, name := range names {
		if p.second[name] {
			axes := []int{1, 0}
			for a := 2; a < out[i].Rank(); a++ {
				axes = append(axes, a)
			}
			out[i] = graph.TransposeAllAxes(out[i], axes...)
		}
	}
	return out
}

// known gives a weight to a graph that is to run.
func known(s *model.Scope, g *graph.Graph, w *fastgo.Weight) *graph.Node {
	if b, ok := g.Backend().(*fastgo.Backend); ok {
		t, err := tensors.FromBuffer(b.Later(w))
		if err != nil {
			panic(err)
		}
		return graph.ConstTensor(g, t)
	}
	read := func() *tensors.Tensor {
		t := tensors.FromShape(w.Shape)
		var err error
		t.MustMutableFlatData(func(flat any) { err = w.Fill(flat) })
		if err != nil {
			panic(err)
		}
		return t
	}
	if g.Backend().Capabilities().PreferConstantsForVariables {
		t := read()
		defer t.MustFinalizeAll()
		return graph.ConstTensor(g, t)
	}
	name := fmt.Sprintf("%x", w.Name) // whatever it has in it
	v := s.At("fusiform").GetVariable(name)
	if v == nil {
		v = s.At("fusiform").VariableWithValue(name, read())
	}
	return v.NodeValue(g)
}

// shapeOnly gives a graph that is not to run the shape of a weight.
func shapeOnly(_ *model.Scope, g *graph.Graph, w *fastgo.Weight) *graph.Node {
	return graph.Zeros(g, w.Shape)
}
