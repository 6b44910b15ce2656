package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

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

// An operation is a network on the table: many lesions of some layers are
// tried on the same images. What comes before all of the layers is the same for
// every lesion, so it is computed once; only the rest of the network runs again.
// It is compiled once, with the lesions as inputs.
type operation struct {
	m      *Model
	at     []damage // of each layer: none
	output Layer
	s      analysis.Stimuli
	past   []entry                        // what the rest of the network takes from the part before
	before map[string]*analysis.Responses // of past, by layer

	rest  *parsed // nil: the network runs whole for every lesion
	exec  *model.Exec
	masks []string // of the inputs of rest behind past: keep and fill of each layer
	dims  [][]int  // of past and of masks
	batch int
	drawn map[string]fresh // the weights of an untrained network
}

// An entry is a tensor that no lesion reaches, by its name in the graph of the
// rest, and the layer of the network that it is.
type entry struct{ name, layer string }

// heldValues bounds what is kept of the layers before: 1 GiB. Where there is
// more, the network runs whole for every lesion.
const heldValues = 1 << 27

// operate opens a network at some layers, to be read at output (empty: the
// last layer). It fails if that does not depend on each of them.
func (m *Model) operate(ctx context.Context, layers []string, output string, s analysis.Stimuli) (*operation, error) {
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
	for _, l := range layers {
		d, err := m.place(l)
		if err != nil {
			return nil, err
		}
		o.at = append(o.at, d)
	}
	if m.net.file.built != nil {
		return o, nil
	}
	mp, err := o.cut(all)
	if err != nil {
		return nil, err
	}
	var read []string
	units, second := 0, m.net.parsed.second[o.output.Name]
	for _, e := range o.past {
		read = append(read, e.layer)
		second = second || m.net.parsed.second[e.layer] // its numbers would have to be put in another order
		if at := slices.IndexFunc(all, func(l Layer) bool { return l.Name == e.layer }); at >= 0 {
			units += all[at].Units
		}
	}
	if second || slices.Contains(read, m.net.parsed.input.name) || units > heldValues/s.Len() {
		return o, nil
	}
	if err := o.compile(mp); err != nil {
		return nil, m.wrap(fmt.Errorf("the rest of the network behind %s: %w", o.where(), err))
	}
	o.before, err = m.ResponsesAt(ctx, read, s)
	return o, err
}

// where names the lesioned layers.
func (o *operation) where() string {
	var names []string
	for _, d := range o.at {
		names = append(names, strconv.Quote(d.layer))
	}
	return analysis.Few(names, 3)
}

// cut takes the part of the graph that gives the output from the lesioned
// layers and from the tensors that go past them.
func (o *operation) cut(all []Layer) (*protos.ModelProto, error) {
	n := o.m.net
	mp, err := n.file.model()
	if err != nil {
		return nil, o.m.wrap(err)
	}
	if _, err = normalise(mp); err != nil {
		return nil, o.m.wrap(err)
	}
	g := mp.Graph
	if n.redraw != (redraw{}) {
		if o.drawn, err = n.redraw.apply(n.file, mp); err != nil {
			return nil, o.m.wrap(err)
		}
	}
	for _, d := range n.damage {
		d.inflict(g)
	}
	layers, behind := map[string]string{g.Input[0].Name: g.Input[0].Name}, map[string]bool{}
	for _, l := range all {
		layers[l.Name] = l.Name
	}
	for _, d := range o.at {
		intact, keep, fill := d.splice(g)
		layers[intact] = d.layer
		behind[keep], behind[fill] = true, true
		o.masks = append(o.masks, keep, fill)
	}
	from := map[string]*protos.NodeProto{}
	for _, node := range g.Node {
		reads := slices.ContainsFunc(node.Input, func(in string) bool { return behind[in] })
		for _, out := range node.Output {
			from[out] = node
			behind[out] = reads
		}
	}
	wanted, seen := map[*protos.NodeProto]bool{}, map[string]bool{"": true}
	var want func(name string)
	want = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if layer := layers[name]; layer != "" && !behind[name] {
			o.past = append(o.past, entry{name, layer})
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
	for i, d := range o.at {
		if !seen[o.masks[2*i]] {
			return nil, o.m.wrap(fmt.Errorf("a lesion of %q does not reach %q, which comes before it or beside it", d.layer, o.output.Name))
		}
	}
	g.Node = slices.DeleteFunc(g.Node, func(node *protos.NodeProto) bool { return !wanted[node] })
	slices.SortFunc(o.past, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return mp, nil
}

// compile builds the rest of the network, whose inputs are past and masks.
func (o *operation) compile(mp *protos.ModelProto) error {
	n, g := o.m.net, mp.Graph
	if err := o.shape(); err != nil {
		return err
	}
	var names []string
	for _, e := range o.past {
		names = append(names, e.name)
	}
	names = append(names, o.masks...)
	used := map[string]bool{}
	for _, node := range g.Node {
		for _, in := range node.Input {
			used[in] = true
		}
	}
	g.Initializer = slices.DeleteFunc(g.Initializer, func(t *protos.TensorProto) bool { return !used[t.Name] })
	g.Input, g.ValueInfo = nil, nil
	for i, name := range names {
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
			for i, name := range names {
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

// shape chooses the batch and finds the shapes of the inputs.
func (o *operation) shape() error {
	n := o.m.net
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.parsed
	o.batch = p.input.dims[0]
	if o.batch == 0 {
		const values = 1 << 21 // of a batch; beyond some images, more do not help
		largest := 0
		for _, d := range o.at {
			largest = max(largest, len(d.keep))
		}
		o.batch = min(o.s.Len(), 256, max(1, values/largest))
	}
	all, err := p.shapes(o.batch, o.m.Input)
	if err != nil {
		return err
	}
	for _, e := range o.past {
		o.dims = append(o.dims, all[slices.IndexFunc(p.outputs, func(q port) bool { return q.name == e.layer })].Dimensions)
	}
	for _, d := range o.at {
		var mask []int
		for _, k := range d.mask() {
			mask = append(mask, int(k))
		}
		o.dims = append(o.dims, mask, mask)
	}
	return nil
}

// try returns the responses of the output with the given units of each layer
// lesioned; fill holds, for every unit of the layer, what it is replaced by. No
// units at all (nil): the intact network.
func (o *operation) try(ctx context.Context, units [][]int, fill [][]float32) (*mat.Dense, error) {
	at := slices.Clone(o.at)
	for k := range units {
		d := &at[k]
		d.keep, d.fill = slices.Clone(d.keep), slices.Clone(d.fill)
		for _, j := range units[k] {
			d.keep[j], d.fill[j] = 0, fill[k][j]
		}
	}
	if o.rest == nil {
		return o.whole(ctx, at)
	}
	out := mat.NewDense(o.s.Len(), o.output.Units, nil)
	err := guard(func() error {
		var masks []any
		for k, d := range at {
			for i, v := range [][]float32{d.keep, d.fill} {
				t := tensors.FromFlatDataAndDimensions(v, o.dims[len(o.past)+2*k+i]...)
				defer t.MustFinalizeAll()
				masks = append(masks, t)
			}
		}
		for from := 0; from < o.s.Len(); from += o.batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := o.part(out, from, masks); err != nil {
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
func (o *operation) part(out *mat.Dense, from int, masks []any) error {
	n := min(o.batch, o.s.Len()-from)
	var in []any
	var mine []*tensors.Tensor
	defer func() {
		for _, t := range mine {
			t.MustFinalizeAll()
		}
	}()
	for i, e := range o.past {
		r := o.before[e.layer]
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
	ys, err := o.exec.Exec(append(in, masks...)...)
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
func (o *operation) whole(ctx context.Context, at []damage) (*mat.Dense, error) {
	m := *o.m
	all := slices.Clone(o.m.net.damage)
	for _, d := range at {
		if !slices.Contains(d.keep, 0) {
			continue
		}
		var err error
		if all, err = with(all, d); err != nil {
			return nil, o.m.wrap(err)
		}
		m.net = &network{file: o.m.net.file, redraw: o.m.net.redraw, damage: all}
	}
	r, err := m.Responses(ctx, o.output.Name, o.s)
	if err != nil {
		return nil, err
	}
	return r.Matrix(), nil
}
