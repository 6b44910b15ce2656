package models

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/onnx-gomlx/onnx/parser"
	"gonum.org/v1/gonum/mat"
	"google.golang.org/protobuf/proto"

	"fusiform/analysis"
)

// An operation is a network on the table: many lesions of one layer are tried
// on the same images. What comes before the layer is the same for all, so it is
// computed once; only the rest of the network runs again. It is compiled once,
// with the lesion as an input.
type operation struct {
	m      *Model
	at     damage // of the layer: none
	output Layer
	s      analysis.Stimuli
	before map[string]*analysis.Responses // the layer, and whatever goes past it

	rest  *parsed // nil: the network runs whole for every lesion
	exec  *model.Exec
	names []string // of the inputs of rest: tensors of before, then keep and fill
	dims  [][]int
	batch int
	drawn map[string]fresh // the weights of an untrained network
}

// heldValues bounds what is kept of the layers before: 1 GiB. Where there is
// more, the network runs whole for every lesion.
const heldValues = 1 << 27

// operate opens a network at a layer, to be read at output (empty: the last
// layer). It fails if the one does not depend on the other.
func (m *Model) operate(ctx context.Context, layer, output string, s analysis.Stimuli) (*operation, error) {
	all, err := m.Layers()
	if err != nil {
		return nil, err
	}
	if output == "" {
		output = all[len(all)-1].Name
	}
	o := &operation{m: m, s: s}
	if o.output, err = m.find(all, output); err != nil {
		return nil, err
	}
	if o.at, err = m.place(layer); err != nil {
		return nil, err
	}
	read := []string{o.at.layer}
	if m.net.file.built == nil {
		mp, past, keep, fill, err := o.cut(all)
		if err != nil {
			return nil, err
		}
		units := 0
		for _, l := range all {
			if slices.Contains(past, l.Name) || l.Name == o.at.layer {
				units += l.Units
			}
		}
		if !slices.Contains(past, m.net.parsed.input.name) && units <= heldValues/s.Len() {
			if err := o.compile(mp, past, keep, fill); err != nil {
				return nil, m.wrap(fmt.Errorf("the rest of the network behind %q: %w", o.at.layer, err))
			}
			read = append(read, past...)
		}
	}
	o.before, err = m.ResponsesAt(ctx, read, s)
	return o, err
}

// cut takes the part of the graph that gives the output from the layer and
// from the tensors that go past the layer, which it returns.
func (o *operation) cut(all []Layer) (mp *protos.ModelProto, past []string, keep, fill string, err error) {
	n := o.m.net
	if mp, err = n.file.model(); err != nil {
		return nil, nil, "", "", o.m.wrap(err)
	}
	if _, err = normalise(mp); err != nil {
		return nil, nil, "", "", o.m.wrap(err)
	}
	g := mp.Graph
	if n.redraw != (redraw{}) {
		if o.drawn, err = n.redraw.apply(n.file, mp); err != nil {
			return nil, nil, "", "", o.m.wrap(err)
		}
	}
	for _, d := range n.damage {
		d.inflict(g)
	}
	intact, keep, fill := o.at.splice(g)
	behind, from := map[string]bool{intact: true}, map[string]*protos.NodeProto{}
	for _, node := range g.Node {
		reads := slices.ContainsFunc(node.Input, func(in string) bool { return behind[in] })
		for _, out := range node.Output {
			from[out] = node
			behind[out] = behind[out] || reads
		}
	}
	if !behind[o.output.Name] {
		return nil, nil, "", "", o.m.wrap(fmt.Errorf("a lesion of %q does not reach %q, which comes before it or beside it", o.at.layer, o.output.Name))
	}
	layers := map[string]bool{g.Input[0].Name: true}
	for _, l := range all {
		layers[l.Name] = true
	}
	wanted, seen := map[*protos.NodeProto]bool{}, map[string]bool{"": true, intact: true, keep: true, fill: true}
	var want func(name string)
	want = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if !behind[name] && layers[name] {
			past = append(past, name)
			return
		}
		if node := from[name]; node != nil {
			wanted[node] = true
			for _, in := range node.Input {
				want(in)
			}
		}
	}
	want(o.output.Name)
	g.Node = slices.DeleteFunc(g.Node, func(node *protos.NodeProto) bool { return !wanted[node] })
	slices.Sort(past)
	o.names = append([]string{intact}, past...)
	return mp, past, keep, fill, nil
}

// compile builds the rest of the network, whose inputs are the intact layer,
// the tensors past it, keep and fill.
func (o *operation) compile(mp *protos.ModelProto, past []string, keep, fill string) error {
	n, g := o.m.net, mp.Graph
	o.names = append(o.names, keep, fill)
	if err := o.shape(append([]string{o.at.layer}, past...)); err != nil {
		return err
	}
	used := map[string]bool{}
	for _, node := range g.Node {
		for _, in := range node.Input {
			used[in] = true
		}
	}
	g.Initializer = slices.DeleteFunc(g.Initializer, func(t *protos.TensorProto) bool { return !used[t.Name] })
	g.Input, g.ValueInfo = nil, nil
	for i, name := range o.names {
		g.Input = append(g.Input, floatInput(name, o.dims[i]))
	}
	o.rest = &parsed{}
	var err error
	if o.rest.weights, err = n.lift(g, o.drawn); err != nil {
		return err
	}
	b, err := proto.Marshal(mp)
	if err != nil {
		return err
	}
	backend, _, err := engine()
	if err != nil {
		return err
	}
	return guard(func() error {
		p := o.rest
		if p.model, err = parser.Parse(b); err != nil {
			return err
		}
		p.model.DisableFusion()
		p.store = model.NewStore()
		if err = p.model.VariablesToScope(p.store.RootScope()); err != nil {
			return err
		}
		o.exec, err = model.NewExec(backend, p.store, func(s *model.Scope, x []*graph.Node) *graph.Node {
			in := map[string]*graph.Node{}
			for i, name := range o.names {
				in[name] = x[i]
			}
			for _, w := range p.weights {
				in[w.Name] = known(s, x[0].Graph(), w)
			}
			y := p.model.CallGraph(s, x[0].Graph(), in, o.output.Name)[0]
			if y.DType() != dtypes.Float32 {
				y = graph.ConvertDType(y, dtypes.Float32)
			}
			return graph.Reshape(y, o.batch, o.output.Units)
		})
		if err != nil {
			return err
		}
		var in []shapes.Shape
		for _, d := range o.dims {
			in = append(in, shapes.Make(dtypes.Float32, d...))
		}
		_, err = o.exec.Compile(in...)
		return err
	})
}

// close frees what was compiled.
func (o *operation) close() {
	if o.exec != nil {
		o.exec.Finalize()
	}
}

func floatInput(name string, dims []int) *protos.ValueInfoProto {
	shape := &protos.TensorShapeProto{}
	for _, d := range dims {
		shape.Dim = append(shape.Dim, &protos.TensorShapeProto_Dimension{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)}})
	}
	return &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{
		TensorType: &protos.TypeProto_Tensor{ElemType: int32(protos.TensorProto_FLOAT), Shape: shape}}}}
}

// shape chooses the batch and finds the shapes of the inputs: those of the
// named layers, keep and fill.
func (o *operation) shape(layers []string) error {
	n := o.m.net
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.parsed
	o.batch = p.input.dims[0]
	if o.batch == 0 {
		const values = 1 << 21 // of a batch; beyond some images, more do not help
		o.batch = min(o.s.Len(), 256, max(1, values/len(o.at.keep)))
	}
	all, err := p.shapes(o.batch, o.m.Input)
	if err != nil {
		return err
	}
	for _, l := range layers {
		o.dims = append(o.dims, all[slices.IndexFunc(p.outputs, func(q port) bool { return q.name == l })].Dimensions)
	}
	var mask []int
	for _, d := range o.at.mask() {
		mask = append(mask, int(d))
	}
	o.dims = append(o.dims, mask, mask)
	return nil
}

// try returns the responses of the output with the given units lesioned; fill
// holds, for every unit of the layer, what it is replaced by. No units: the
// intact network.
func (o *operation) try(ctx context.Context, units []int, fill []float32) (*mat.Dense, error) {
	d := o.at
	d.keep, d.fill = slices.Clone(d.keep), slices.Clone(d.fill)
	for _, j := range units {
		d.keep[j], d.fill[j] = 0, fill[j]
	}
	if o.rest == nil {
		return o.whole(ctx, d)
	}
	out := mat.NewDense(o.s.Len(), o.output.Units, nil)
	err := guard(func() error {
		mask := o.dims[len(o.dims)-1]
		keep, fill := tensors.FromFlatDataAndDimensions(d.keep, mask...), tensors.FromFlatDataAndDimensions(d.fill, mask...)
		defer keep.MustFinalizeAll()
		defer fill.MustFinalizeAll()
		for from := 0; from < o.s.Len(); from += o.batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := o.part(out, from, keep, fill); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, o.m.wrap(err)
	}
	return out, nil
}

// part runs one batch.
func (o *operation) part(out *mat.Dense, from int, keep, fill *tensors.Tensor) error {
	n := min(o.batch, o.s.Len()-from)
	var in []any
	var mine []*tensors.Tensor
	defer func() {
		for _, t := range mine {
			t.MustFinalizeAll()
		}
	}()
	for i, name := range o.names[:len(o.names)-2] {
		if i == 0 {
			name = o.at.layer
		}
		r := o.before[name]
		_, units := r.Dims()
		flat := make([]float32, o.batch*units)
		for k := range n {
			row := flat[k*units:]
			for j, v := range r.Row(from + k) {
				row[j] = float32(v)
			}
		}
		t := tensors.FromFlatDataAndDimensions(flat, o.dims[i]...)
		mine, in = append(mine, t), append(in, t)
	}
	ys, err := o.exec.Exec(append(in, keep, fill)...)
	if err != nil {
		return err
	}
	mine = append(mine, ys...)
	return tensors.ConstFlatData(ys[0], func(v []float32) {
		for k := range n {
			row := out.RawRowView(from + k)
			for j := range row {
				row[j] = float64(v[k*len(row)+j])
			}
		}
	})
}

// whole runs the network from its input.
func (o *operation) whole(ctx context.Context, d damage) (*mat.Dense, error) {
	m := *o.m
	if slices.Contains(d.keep, 0) {
		all := slices.Clone(o.m.net.damage)
		at := slices.IndexFunc(all, func(a damage) bool { return a.layer == d.layer })
		if at < 0 {
			all = append(all, d)
		} else {
			var err error
			if all[at], err = all[at].add(d); err != nil {
				return nil, o.m.wrap(err)
			}
		}
		m.net = &network{file: o.m.net.file, redraw: o.m.net.redraw, damage: all}
	}
	r, err := m.Responses(ctx, o.output.Name, o.s)
	if err != nil {
		return nil, err
	}
	return r.Matrix(), nil
}
