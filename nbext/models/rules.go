package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
)

// A rule says what the importer (onnx-gomlx v0.5.3) makes of the attributes
// of an operator. An attribute that stands in neither list is refused: the
// importer would not see it.
type rule struct {
	honoured string   // read by the importer
	neutral  neutrals // dropped if they say nothing
}

// neutrals tell, by attribute, whether it says nothing on this node.
type neutrals = map[string]func(*protos.NodeProto, *protos.AttributeProto) bool

func anything(*protos.NodeProto, *protos.AttributeProto) bool { return true }

func zero(_ *protos.NodeProto, a *protos.AttributeProto) bool { return a.I == 0 }
func one(_ *protos.NodeProto, a *protos.AttributeProto) bool  { return a.I == 1 }

func ones(_ *protos.NodeProto, a *protos.AttributeProto) bool {
	return !slices.ContainsFunc(a.Ints, func(i int64) bool { return i != 1 })
}

// noAutoPad: NOTSET means that pads holds; VALID that there are none.
func noAutoPad(n *protos.NodeProto, a *protos.AttributeProto) bool {
	return string(a.S) == "NOTSET" || string(a.S) == "" || string(a.S) == "VALID" && unpadded(n)
}

// excludesPad: counting the padding changes nothing where there is none.
func excludesPad(n *protos.NodeProto, a *protos.AttributeProto) bool { return a.I == 0 || unpadded(n) }

func unpadded(n *protos.NodeProto) bool {
	a := attr(n, "pads")
	return a == nil || !slices.ContainsFunc(a.Ints, func(i int64) bool { return i != 0 })
}

var reduce = rule{honoured: "axes keepdims noop_with_empty_axes"}

// rules are the operators that can be run. Each is checked against ONNX
// Runtime in testdata/ops.json.
var rules = map[string]rule{
	"Abs": {}, "Add": {}, "Ceil": {}, "Cos": {}, "Div": {}, "Equal": {}, "Erf": {}, "Exp": {}, "Expand": {}, "FastGelu": {},
	"Floor": {}, "GlobalAveragePool": {}, "Greater": {}, "GreaterOrEqual": {}, "HardSwish": {}, "Identity": {}, "Less": {}, "LessOrEqual": {},
	"Log": {}, "MatMul": {}, "Max": {}, "Min": {}, "Mul": {}, "Neg": {}, "Not": {}, "Pow": {}, "Range": {}, "Reciprocal": {}, "Relu": {},
	"Sigmoid": {}, "Sign": {}, "Sin": {}, "Size": {}, "Sqrt": {}, "Sub": {}, "Tanh": {}, "Tile": {}, "Where": {}, "Clip": {}, "Slice": {},
	"ScatterND": {"", neutrals{"reduction": func(_ *protos.NodeProto, a *protos.AttributeProto) bool {
		return string(a.S) == "none" || string(a.S) == ""
	}}},

	"ReduceL2": reduce, "ReduceMax": reduce, "ReduceMean": reduce, "ReduceMin": reduce, "ReduceProd": reduce, "ReduceSum": reduce,

	"AveragePool": {"kernel_shape strides pads", neutrals{
		"auto_pad": noAutoPad, "ceil_mode": zero, "count_include_pad": excludesPad, "dilations": ones}},
	"BatchNormalization": {"epsilon", neutrals{"momentum": anything, "training_mode": zero, "spatial": one}},
	"Cast":               {"to", neutrals{"saturate": anything}},
	"Concat":             {honoured: "axis"},
	"Constant":           {honoured: "value"},
	"ConstantOfShape":    {honoured: "value"},
	"Conv":               {"kernel_shape strides pads dilations group", neutrals{"auto_pad": noAutoPad}},
	"Einsum":             {honoured: "equation"},
	"Flatten":            {honoured: "axis"},
	"Gather":             {honoured: "axis"},
	"GatherND":           {"", neutrals{"batch_dims": zero}},
	"Gelu":               {"", neutrals{"approximate": func(_ *protos.NodeProto, a *protos.AttributeProto) bool { return string(a.S) == "none" }}},
	"Gemm":               {honoured: "transA transB alpha beta"},
	"LayerNormalization": {"axis epsilon", neutrals{"stash_type": one}},
	"MaxPool": {"kernel_shape strides pads", neutrals{
		"auto_pad": noAutoPad, "ceil_mode": zero, "dilations": ones, "storage_order": zero}},
	"Pad":       {"mode", nil},
	"Reshape":   {"", neutrals{"allowzero": zero}},
	"Shape":     {honoured: "start end"},
	"Softmax":   {honoured: "axis"},
	"Split":     {"axis", neutrals{"num_outputs": anything}},
	"Squeeze":   {honoured: "axes"},
	"Transpose": {honoured: "perm"},
	"Unsqueeze": {honoured: "axes"},
}

// arity bounds the number of inputs where this package reads them by position.
var arity = map[string][2]int{
	"Add": {2, 2}, "Sub": {2, 2}, "Mul": {2, 2}, "Div": {2, 2}, "MatMul": {2, 2},
	"Conv": {2, 3}, "Gemm": {2, 3}, "BatchNormalization": {5, 5}, "LayerNormalization": {2, 3},
	"Cast": {1, 1}, "Identity": {1, 1}, "Transpose": {1, 1}, "Clip": {1, 3}, "Slice": {3, 5}, "ScatterND": {3, 3}, "GatherND": {2, 2}, "Softmax": {1, 1},
}

// apply drops the attributes of n that say nothing and lists those that
// cannot be run.
func (rl rule) apply(n *protos.NodeProto) (bad []string) {
	honoured := strings.Fields(rl.honoured)
	n.Attribute = slices.DeleteFunc(n.Attribute, func(a *protos.AttributeProto) bool {
		if slices.Contains(honoured, a.Name) {
			return false
		}
		if says := rl.neutral[a.Name]; says == nil || !says(n, a) {
			bad = append(bad, fmt.Sprintf("%s: %s=%s", nodeName(n), a.Name, attrValue(a)))
		}
		return true
	})
	return bad
}
