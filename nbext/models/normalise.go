package models

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes/float16"

	"fusiform/analysis"
)

// An UnsupportedError lists everything in a graph that cannot be run.
type UnsupportedError struct {
	Operators  []string // `LRN: "norm1", "norm2"`
	Attributes []string // `MaxPool "pool1": ceil_mode=1`
}

func (e *UnsupportedError) Error() string {
	var parts []string
	if len(e.Operators) > 0 {
		parts = append(parts, fmt.Sprintf("%d operators that cannot be run: %s", len(e.Operators), strings.Join(e.Operators, "; ")))
	}
	if len(e.Attributes) > 0 {
		parts = append(parts, fmt.Sprintf("%d attributes that cannot be run: %s", len(e.Attributes), strings.Join(e.Attributes, "; ")))
	}
	return "the graph has " + strings.Join(parts, ", and ")
}

// normalise brings the graph to the form that the importer reads rightly, and
// returns its ports. It changes mp: attributes without effect are dropped;
// those of older operator sets become inputs where newer sets have inputs;
// defaults that the importer takes otherwise are written out.
//
// It fails with an *UnsupportedError that lists every operator and attribute
// that cannot be run.
func normalise(mp *protos.ModelProto) (*parsed, error) {
	g := mp.Graph
	opset := int64(0)
	for _, o := range mp.OpsetImport {
		if o != nil && (o.Domain == "" || o.Domain == "ai.onnx") {
			opset = o.Version
		}
	}
	if opset < 1 {
		return nil, errors.New("the file does not say which operator set it uses: it was cut short or is damaged")
	}
	r := rewriter{g: g, opset: opset, taken: map[string]bool{}, known: map[string][]int64{}, vector: map[string]bool{}, nonzero: map[string]bool{}}
	for _, t := range g.Initializer {
		r.taken[t.Name] = true
		r.remember(t.Name, t)
		packHalves(t)
	}
	for _, n := range g.Node {
		for _, out := range n.Output {
			r.taken[out] = true
		}
	}
	bad := &UnsupportedError{}
	operators := map[string][]string{}
	for _, n := range g.Node {
		r.modernise(n)
		r.fold(n)
	}
	names := newNamer(g)
	places := names.places(g)
	r.rewrite()
	bad.Attributes = r.refused
	for _, n := range g.Node {
		rl, ok := rules[n.OpType]
		if !ok || n.Domain != "" && n.Domain != "ai.onnx" && !(n.Domain == "com.microsoft" && (n.OpType == "Gelu" || n.OpType == "FastGelu")) || n.Overload != "" {
			op := n.OpType
			if n.Domain != "" && n.Domain != "ai.onnx" {
				op = n.Domain + "." + op
			}
			operators[op] = append(operators[op], nodeName(n)[len(n.OpType)+1:])
			continue
		}
		if a, ok := arity[n.OpType]; ok && (len(n.Input) < a[0] || len(n.Input) > a[1]) {
			return nil, fmt.Errorf("%s has %d inputs: the graph is damaged", nodeName(n), len(n.Input))
		}
		bad.Attributes = append(bad.Attributes, rl.apply(n)...)
		if n.OpType != "Split" && slices.ContainsFunc(n.Output[1:], func(o string) bool { return o != "" }) {
			bad.Attributes = append(bad.Attributes, fmt.Sprintf("%s: a second output", nodeName(n)))
		}
	}
	for _, op := range slices.Sorted(maps.Keys(operators)) {
		bad.Operators = append(bad.Operators, fmt.Sprintf("%s: %s", op, analysis.Few(operators[op], 4)))
	}
	if bad.Operators != nil || bad.Attributes != nil {
		return nil, bad
	}
	in, err := onlyInput(g)
	if err != nil {
		return nil, err
	}
	g.Output = nil // layers are asked for by name; the importer wants types here
	p := &parsed{input: in, strict: r.strict, places: places, merged: names.merged}
	reached := map[string]bool{in.name: true}
	for _, n := range g.Node {
		if n.OpType == "Shape" || n.OpType == "Size" || !slices.ContainsFunc(n.Input, func(i string) bool { return reached[i] }) {
			continue
		}
		for _, out := range n.Output {
			if out != "" {
				reached[out] = true
			}
			if out != "" && !r.helper[out] {
				p.outputs = append(p.outputs, port{name: out, op: n.OpType})
			}
		}
	}
	for _, n := range g.Node {
		if n.OpType == "ScatterND" && len(n.Input) > 1 && reached[n.Input[1]] {
			bad.Attributes = append(bad.Attributes, fmt.Sprintf("%s: places that depend on the image", nodeName(n)))
		}
	}
	if bad.Attributes != nil {
		return nil, bad
	}
	for i, at := range places {
		places[i].reached = slices.ContainsFunc(at.outputs, func(out string) bool { return reached[out] })
	}
	if len(p.outputs) == 0 {
		return nil, fmt.Errorf("no node reads the graph's input %q", in.name)
	}
	return p, nil
}

// onlyInput returns the one input of the graph that is not a weight, and
// takes the others from the list: files older than IR 4 name every weight as
// an input, too.
func onlyInput(g *protos.GraphProto) (port, error) {
	weights := map[string]bool{}
	for _, t := range g.Initializer {
		weights[t.Name] = true
	}
	g.Input = slices.DeleteFunc(g.Input, func(in *protos.ValueInfoProto) bool { return weights[in.Name] })
	if len(g.Input) != 1 {
		names := make([]string, len(g.Input))
		for i, in := range g.Input {
			names[i] = fmt.Sprintf("%q", in.Name)
		}
		return port{}, fmt.Errorf("the graph has %d inputs (%s); a network that sees images has one", len(names), analysis.Few(names, 5))
	}
	in := g.Input[0]
	t := in.GetType().GetTensorType()
	if t == nil || t.Shape == nil {
		return port{}, fmt.Errorf("the graph's input %q is not a tensor with a shape", in.Name)
	}
	if dt := protos.TensorProto_DataType(t.ElemType); dt != protos.TensorProto_FLOAT {
		return port{}, fmt.Errorf("the graph's input %q is of type %s; only FLOAT can be fed: export the network with float32 inputs", in.Name, dt)
	}
	p := port{name: in.Name}
	for _, d := range t.Shape.Dim {
		v := d.GetDimValue()
		if v < 0 || v > math.MaxInt32 {
			return port{}, fmt.Errorf("the graph's input %q has a dimension of %d", in.Name, v)
		}
		p.dims = append(p.dims, int(v))
	}
	if len(p.dims) != 4 {
		return port{}, fmt.Errorf("the graph's input %q has %d dimensions; images need 4: batch, channels, height, width", in.Name, len(p.dims))
	}
	return p, nil
}

// A rewriter changes nodes of older operator sets into what newer ones say.
type rewriter struct {
	g      *protos.GraphProto
	helper map[string]bool  // tensors that the file does not have
	types  map[string]int32 // of every tensor; 0: not known
	opset  int64
	taken  map[string]bool
	strict map[string]int     // Softmax output → the axis that must be its last
	known  map[string][]int64 // small constants of whole numbers
	vector map[string]bool    // of those, the ones that are no scalars

	nonzero map[string]bool // whole numbers that are no 0

	sequences map[string]*protos.NodeProto // what gives them

	refused []string // what cannot be run, beside what the rules say
}

func (r *rewriter) modernise(n *protos.NodeProto) {
	for len(n.Input) > 0 && n.Input[len(n.Input)-1] == "" { // left out, as if it weren't there
		n.Input = n.Input[:len(n.Input)-1]
	}
	switch n.OpType {
	case "Clip": // limits were attributes before set 11
		lo, hi := take(n, "min"), take(n, "max")
		if lo != nil || hi != nil {
			n.Input = append(n.Input[:min(1, len(n.Input))], r.scalar(n, "min", lo), r.scalar(n, "max", hi))
		}
	case "Pad": // attributes before set 11
		if a := take(n, "pads"); a != nil {
			n.Input = append(n.Input[:min(1, len(n.Input))], r.ints(n, "pads", a.Ints))
			if v := take(n, "value"); v != nil && v.F != 0 {
				n.Input = append(n.Input, r.scalar(n, "value", v))
			}
		}
		take(n, "value")
	case "Split": // sizes were an attribute before set 13
		if a := take(n, "split"); a != nil {
			n.Input = append(n.Input[:min(1, len(n.Input))], r.ints(n, "split", a.Ints))
		}
	case "Dropout": // outside training it does nothing
		if a := attr(n, "training_mode"); a == nil || a.I == 0 {
			n.OpType, n.Attribute, n.Input = "Identity", nil, n.Input[:min(1, len(n.Input))]
		}
	case "Gelu":
		if a := attr(n, "approximate"); a != nil && string(a.S) == "tanh" {
			take(n, "approximate")
			n.OpType = "FastGelu"
		}
	case "Constant":
		constantTensor(n)
		if a := attr(n, "value"); a != nil && a.T != nil && len(n.Output) == 1 {
			r.remember(n.Output[0], a.T)
		}
	case "Reshape":
		// Without a 0 in the shape it makes no difference what a 0
		// would mean. torch.onnx.export(dynamo=True) writes 1.
		if a := attr(n, "allowzero"); a != nil && a.I == 1 && len(n.Input) == 2 {
			if r.isNonzero(n.Input[1]) {
				take(n, "allowzero")
			}
		}
	case "Mod": // of two known numbers, as torch writes checks of a shape
		r.fold(n)
		r.foldMod(n)
	case "Softmax":
		// Before set 13, all axes from the given one on (1 by
		// default) were one: the same only if it is the last.
		if r.opset < 13 {
			axis := int64(1)
			if a := take(n, "axis"); a != nil {
				axis = a.I
			}
			n.Attribute = append(n.Attribute, &protos.AttributeProto{Name: "axis", Type: protos.AttributeProto_INT, I: axis})
			if r.strict == nil {
				r.strict = map[string]int{}
			}
			if axis != -1 {
				r.strict[n.Output[0]] = int(axis)
			}
		}
	case "AveragePool", "MaxPool":
		// The default stride is 1; the importer's is the window.
		if k := attr(n, "kernel_shape"); k != nil && attr(n, "strides") == nil {
			s := make([]int64, len(k.Ints))
			for i := range s {
				s[i] = 1
			}
			n.Attribute = append(n.Attribute, &protos.AttributeProto{Name: "strides", Type: protos.AttributeProto_INTS, Ints: s})
		}
	}
}

// scalar adds a float32 weight for an attribute and returns its name; "" for
// nil.
func (r *rewriter) scalar(n *protos.NodeProto, what string, a *protos.AttributeProto) string {
	if a == nil {
		return ""
	}
	return r.add(n, what, &protos.TensorProto{DataType: int32(protos.TensorProto_FLOAT), FloatData: []float32{a.F}})
}

func (r *rewriter) ints(n *protos.NodeProto, what string, v []int64) string {
	return r.add(n, what, &protos.TensorProto{DataType: int32(protos.TensorProto_INT64), Dims: []int64{int64(len(v))}, Int64Data: v})
}

func (r *rewriter) integer(n *protos.NodeProto, what string, v int64) string {
	return r.add(n, what, &protos.TensorProto{DataType: int32(protos.TensorProto_INT64), Int64Data: []int64{v}})
}

func (r *rewriter) add(n *protos.NodeProto, what string, t *protos.TensorProto) string {
	t.Name = r.free(n.Output[0] + ":" + what)
	r.g.Initializer = append(r.g.Initializer, t)
	return t.Name
}

// free returns a name that no tensor has, like the one given, and takes it.
func (r *rewriter) free(name string) string {
	for r.taken[name] {
		name += "'"
	}
	r.taken[name] = true
	return name
}

// constantTensor turns the short forms of a Constant into its tensor form.
func constantTensor(n *protos.NodeProto) {
	for _, a := range n.Attribute {
		var t *protos.TensorProto
		switch a.Name {
		case "value_float":
			t = &protos.TensorProto{DataType: int32(protos.TensorProto_FLOAT), FloatData: []float32{a.F}}
		case "value_floats":
			t = &protos.TensorProto{DataType: int32(protos.TensorProto_FLOAT), Dims: []int64{int64(len(a.Floats))}, FloatData: a.Floats}
		case "value_int":
			t = &protos.TensorProto{DataType: int32(protos.TensorProto_INT64), Int64Data: []int64{a.I}}
		case "value_ints":
			t = &protos.TensorProto{DataType: int32(protos.TensorProto_INT64), Dims: []int64{int64(len(a.Ints))}, Int64Data: a.Ints}
		default:
			if a.T != nil {
				packHalves(a.T)
			}
			continue
		}
		a.Name, a.Type, a.T, a.F, a.I, a.Floats, a.Ints = "value", protos.AttributeProto_TENSOR, t, 0, 0, nil, nil
	}
}

// packHalves writes 16-bit floats as raw data. ONNX may keep their bits in
// int32_data, which the importer would read as whole numbers.
func packHalves(t *protos.TensorProto) {
	dt := protos.TensorProto_DataType(t.DataType)
	if dt != protos.TensorProto_FLOAT16 && dt != protos.TensorProto_BFLOAT16 || len(t.RawData) > 0 {
		return
	}
	for _, b := range t.Int32Data {
		t.RawData = binary.LittleEndian.AppendUint16(t.RawData, uint16(b))
	}
	t.Int32Data = nil
}

func attr(n *protos.NodeProto, name string) *protos.AttributeProto {
	for _, a := range n.Attribute {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// take removes an attribute and returns it.
func take(n *protos.NodeProto, name string) *protos.AttributeProto {
	for i, a := range n.Attribute {
		if a.Name == name {
			n.Attribute = slices.Delete(n.Attribute, i, i+1)
			return a
		}
	}
	return nil
}

func attrValue(a *protos.AttributeProto) string {
	switch a.Type {
	case protos.AttributeProto_INT:
		return fmt.Sprint(a.I)
	case protos.AttributeProto_INTS:
		return fmt.Sprint(a.Ints[:min(len(a.Ints), 8)])
	case protos.AttributeProto_FLOAT:
		return fmt.Sprint(a.F)
	case protos.AttributeProto_STRING:
		return fmt.Sprintf("%.40q", a.S)
	}
	return a.Type.String()
}

// floats returns the values of a float tensor.
func floats(t *protos.TensorProto) ([]float64, error) {
	var out []float64
	raw := t.RawData
	switch protos.TensorProto_DataType(t.DataType) {
	case protos.TensorProto_FLOAT:
		for ; len(raw) >= 4; raw = raw[4:] {
			out = append(out, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
		}
		for _, f := range t.FloatData {
			out = append(out, float64(f))
		}
	case protos.TensorProto_DOUBLE:
		for ; len(raw) >= 8; raw = raw[8:] {
			out = append(out, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		}
		out = append(out, t.DoubleData...)
	case protos.TensorProto_FLOAT16, protos.TensorProto_BFLOAT16:
		bits := make([]uint16, 0, len(raw)/2+len(t.Int32Data))
		for ; len(raw) >= 2; raw = raw[2:] {
			bits = append(bits, binary.LittleEndian.Uint16(raw))
		}
		for _, i := range t.Int32Data {
			bits = append(bits, uint16(i))
		}
		for _, b := range bits {
			if t.DataType == int32(protos.TensorProto_FLOAT16) {
				out = append(out, float16.FromBits(b).Float64())
			} else {
				out = append(out, float64(math.Float32frombits(uint32(b)<<16)))
			}
		}
	default:
		return nil, fmt.Errorf("%s is no float type", protos.TensorProto_DataType(t.DataType))
	}
	return out, nil
}
