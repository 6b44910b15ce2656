package fastgo

import (
	"math"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"
)

// A function is the main one, whose operations are recorded, or any other,
// whose operations go to the wrapped backend.
type function struct {
	b        *builder
	name     string
	parent   *function
	plain    compute.Function // where operations go once recording has ended
	nodes    []*node
	params   []*value
	outputs  []*value
	returned bool
}

// A value is one result of a node.
type value struct {
	f     *function
	n     *node // nil where nothing is recorded
	shape shapes.Shape
	plain compute.Value // on the wrapped backend, if it was built there
}

// A node is one recorded operation.
type node struct {
	op    compute.OpType
	in    []*value // nil: an operand left out
	out   []*value
	attrs []any
	build build

	name   string  // of a parameter
	flat   any     // of a constant …
	weight *Weight // … or where it comes from
}

// A build makes the operation on the wrapped backend.
type build func(h compute.Function, v []compute.Value) ([]compute.Value, error)

// maxBytes is the size of a value from which on a shape is taken for a mistake.
const maxBytes = 1 << 40

func (f *function) Name() string             { return f.name }
func (f *function) Builder() compute.Builder { return f.b }
func (f *function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

func (f *function) Closure() (compute.Function, error) {
	if _, err := f.b.host(); err != nil {
		return nil, err
	}
	h, err := f.plain.Closure()
	if err != nil {
		return nil, err
	}
	return &function{b: f.b, parent: f, plain: h}, nil
}

func (f *function) Shape(v compute.Value) (shapes.Shape, error) {
	x, ok := v.(*value)
	if !ok || x == nil {
		return shapes.Invalid(), errors.Errorf("a value of type %T is not of the backend %q", v, Name)
	}
	return x.shape, nil
}

// open fails if nothing can be added any more.
func (f *function) open(op compute.OpType) error {
	switch {
	case f.b.compiled:
		return errors.Errorf("%v: the graph %q has been compiled already", op, f.b.name)
	case f.returned:
		return errors.Errorf("%v: Return was called already", op)
	}
	return nil
}

// sized fails if the shape is too large to be meant.
func sized(op compute.OpType, s shapes.Shape) error {
	if bytes := bytesIn(s); bytes >= maxBytes {
		return errors.Errorf("%v of shape %v would hold %.3g bytes, more than memory does", op, s, bytes)
	}
	return nil
}

// bytesIn returns the size of a value, which may be more than an int holds.
func bytesIn(s shapes.Shape) float64 {
	bytes := float64(max(1, s.DType.Size()))
	for _, d := range s.Dimensions {
		bytes *= math.Abs(float64(d)) // −1 is a dynamic axis
	}
	return bytes
}

// add appends a node with results of the given shapes.
func (f *function) add(n *node, outs ...shapes.Shape) []compute.Value {
	vs := make([]compute.Value, len(outs))
	for i, s := range outs {
		v := &value{f: f, n: n, shape: s}
		n.out = append(n.out, v)
		vs[i] = v
	}
	f.nodes = append(f.nodes, n)
	return vs
}

// wrap gives the results of the wrapped backend our type.
func (f *function) wrap(vs []compute.Value) ([]compute.Value, error) {
	out := make([]compute.Value, len(vs))
	for i, v := range vs {
		s, err := f.plain.Shape(v)
		if err != nil {
			return nil, err
		}
		out[i] = &value{f: f, shape: s, plain: v}
	}
	return out, nil
}

// record adds an operation: to the record, or to the wrapped backend.
func (f *function) record(op compute.OpType, in []compute.Value, attrs []any, b build) ([]compute.Value, error) {
	if err := f.open(op); err != nil {
		return nil, err
	}
	vs, err := f.values(op, in)
	if err != nil {
		return nil, err
	}
	if f.plain == nil && plainOnly(op) {
		if _, err := f.b.host(); err != nil {
			return nil, err
		}
	}
	if f.plain != nil {
		h := make([]compute.Value, len(vs))
		for i, v := range vs {
			if v != nil {
				h[i] = v.plain
			}
		}
		r, err := b(f.plain, h)
		if err != nil {
			return nil, err
		}
		return f.wrap(r)
	}
	n := &node{op: op, in: vs, attrs: attrs, build: b}
	_, outs, err := n.single(f.b.backend)
	if err != nil {
		return nil, err
	}
	for _, s := range outs {
		if err := sized(op, s); err != nil {
			return nil, err
		}
		if most := f.b.backend.limits.value; most > 0 && bytesIn(s) > most {
			return nil, errors.Errorf("%v of shape %v would hold %.3g bytes, more than %.3g", op, s, bytesIn(s), most)
		}
	}
	return f.add(n, outs...), nil
}

// single builds the node alone on the wrapped backend, its operands as
// parameters: that checks it, tells its shapes, and can run it.
func (n *node) single(b *Backend) (compute.Builder, []shapes.Shape, error) {
	h := b.host.Builder(n.op.String())
	m := h.Main()
	in := make([]compute.Value, len(n.in))
	for i, v := range n.in {
		if v == nil {
			continue
		}
		p, err := m.Parameter("", v.shape, nil)
		if err != nil {
			return nil, nil, err
		}
		in[i] = p
	}
	outs, err := n.build(m, in)
	if err != nil {
		return nil, nil, err
	}
	ss := make([]shapes.Shape, len(outs))
	for i, o := range outs {
		if ss[i], err = m.Shape(o); err != nil {
			return nil, nil, err
		}
	}
	// A result that is returned twice, or as it came, is copied by the host.
	return h, ss, m.Return(outs, nil)
}

// replay builds the node where recording goes on.
func (n *node) replay(h compute.Function) (err error) {
	var r []compute.Value
	switch n.op {
	case compute.OpTypeParameter:
		var p compute.Value
		p, err = h.Parameter(n.name, n.out[0].shape, nil)
		r = []compute.Value{p}
	case compute.OpTypeConstant:
		var c compute.Value
		flat := n.flat
		if n.weight != nil {
			if flat, err = n.weight.flat(); err != nil {
				return err
			}
		}
		c, err = h.Constant(flat, n.out[0].shape.Dimensions...)
		r = []compute.Value{c}
	default:
		in := make([]compute.Value, len(n.in))
		for i, v := range n.in {
			if v != nil {
				in[i] = v.plain
			}
		}
		r, err = n.build(h, in)
	}
	if err != nil {
		return err
	}
	for i, v := range n.out {
		v.plain = r[i]
	}
	return nil
}

// values checks that the operands are ours and can be seen from here.
func (f *function) values(op compute.OpType, in []compute.Value) ([]*value, error) {
	vs := make([]*value, len(in))
	for i, v := range in {
		if v == nil {
			continue
		}
		x, ok := v.(*value)
		if !ok || x == nil {
			return nil, errors.Errorf("%v: operand %d (%T) is not of the backend %q", op, i, v, Name)
		}
		seen := false
		for g := f; g != nil && !seen; g = g.parent {
			seen = x.f == g
		}
		if !seen {
			return nil, errors.Errorf("%v: operand %d is of another graph or function", op, i)
		}
		vs[i] = x
	}
	return vs, nil
}

// plainOnly reports whether the operation makes or reads dynamic shapes, or has
// values among its attributes.
func plainOnly(op compute.OpType) bool {
	switch op {
	case compute.OpTypeDynamicReshape, compute.OpTypeDynamicBroadcastInDim, compute.OpTypeDynamicIota, compute.OpTypeDynamicPad,
		compute.OpTypeDynamicDimensionSize, compute.OpTypeDynamicShape, compute.OpTypeFusedQuantizedDense, compute.OpTypeQuantizedEmbeddingLookup:
		return true
	}
	return false
}

// Parameter adds an input.
func (f *function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if err := f.open(compute.OpTypeParameter); err != nil {
		return nil, err
	}
	if f.plain == nil && shape.IsDynamic() {
		if _, err := f.b.host(); err != nil {
			return nil, err
		}
	}
	var err error
	h := f.plain
	if h == nil { // tried on a graph of its own
		h = f.b.backend.host.Builder(name).Main()
	}
	p, err := h.Parameter(name, shape, sharding)
	if err != nil {
		return nil, err
	}
	if err := sized(compute.OpTypeParameter, shape); err != nil {
		return nil, err
	}
	if f.plain != nil {
		v := &value{f: f, shape: shape, plain: p}
		f.params = append(f.params, v)
		return v, nil
	}
	v := f.add(&node{op: compute.OpTypeParameter, name: name}, shape.Clone())[0]
	f.params = append(f.params, v.(*value))
	return v, nil
}

// Constant adds a copy of flat, or a *Weight, which is read when the graph is
// compiled.
func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	if err := f.open(compute.OpTypeConstant); err != nil {
		return nil, err
	}
	if w, ok := flat.(*Weight); ok {
		if f.plain == nil {
			return f.add(&node{op: compute.OpTypeConstant, weight: w}, w.Shape.Clone())[0], nil
		}
		var err error
		if flat, err = w.flat(); err != nil {
			return nil, err
		}
	}
	if f.plain != nil {
		c, err := f.plain.Constant(flat, dims...)
		if err != nil {
			return nil, err
		}
		vs, err := f.wrap([]compute.Value{c})
		if err != nil {
			return nil, err
		}
		return vs[0], nil
	}
	t := reflect.TypeOf(flat)
	if t == nil || t.Kind() != reflect.Slice {
		return nil, errors.Errorf("a constant is made of a slice, not of %T", flat)
	}
	dtype := dtypes.FromGoType(t.Elem())
	if !f.b.backend.host.Capabilities().DTypes[dtype] {
		return nil, errors.Errorf("the backend %q has no constants of %v", Name, t.Elem())
	}
	if slices.ContainsFunc(dims, func(d int) bool { return d < 0 }) {
		return nil, errors.Errorf("a constant has no shape %v", dims)
	}
	shape := shapes.Make(dtype, dims...)
	if err := sized(compute.OpTypeConstant, shape); err != nil {
		return nil, err
	}
	if n := reflect.ValueOf(flat).Len(); n != shape.Size() {
		return nil, errors.Errorf("a constant of shape %v holds %d values, not %d", shape, shape.Size(), n)
	}
	own := dtypes.MakeAnySlice(dtype, shape.Size())
	dtypes.CopyAnySlice(own, flat)
	return f.add(&node{op: compute.OpTypeConstant, flat: own}, shape)[0], nil
}

// Return ends the function.
func (f *function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	switch {
	case f.b.compiled:
		return errors.Errorf("the graph %q has been compiled already", f.b.name)
	case f.returned:
		return errors.Errorf("Return was called already for function %q", f.name)
	case len(outputs) == 0:
		return errors.Errorf("Return needs an output at least")
	case len(shardings) != 0:
		return errors.Errorf("the backend %q does not shard", Name)
	}
	vs, err := f.values(compute.OpTypeInvalid, outputs)
	if err != nil {
		return err
	}
	if slices.Contains(vs, nil) {
		return errors.Errorf("Return: an output is nil")
	}
	if f.plain != nil {
		h := make([]compute.Value, len(vs))
		for i, v := range vs {
			h[i] = v.plain
		}
		if err := f.plain.Return(h, nil); err != nil {
			return err
		}
	}
	f.outputs, f.returned = vs, true
	return nil
}

// one is an operand in a list.
func one(v compute.Value) []compute.Value { return []compute.Value{v} }

// operands joins lists of operands.
func operands(lists ...[]compute.Value) []compute.Value { return slices.Concat(lists...) }
