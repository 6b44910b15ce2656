package models

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// untrainedVersion changes with the rules below: other weights, another key.
const untrainedVersion = 1

// Untrained returns the same architecture with weights drawn anew, as a
// network stands before training. Input, Batch and Warnings are m's; the name
// is "mobilenet_v2 (untrained, seed 3)".
//
// By the layer that a weight belongs to:
//
//   - convolution and matrix product: normal with mean 0 and variance 2/fanIn
//     (He) if a rectifier follows (Relu, Clip from 0 up, Gelu, HardSwish,
//     x·sigmoid(x)), else 2/(fanIn + fanOut) (Glorot). What follows is looked
//     for past biases, sums, normalisation, pooling and changes of shape, up to
//     the next weighted layer. For a convolution fanIn is input channels per
//     group × window, fanOut output channels per group × window;
//   - biases, and whatever vector is added or subtracted: 0;
//   - batch and layer normalisation: mean 0, variance 1, scale 1, shift 0; any
//     other vector that multiplies or divides (a layer scale): 1;
//   - embeddings of positions and tokens: normal, standard deviation 0.02.
//
// Single numbers, limits of Clip, masks (at most two distinct values),
// integers, and vectors that act on the image before the first weight are
// part of the architecture and stay. Many files have batch normalisation
// folded into the convolution; their twin has a plain convolution there with
// bias 0, which is what a fresh normalisation (identity) gives too.
//
// The draw of a weight depends on the seed and on its name alone. It fails if
// a matrix-shaped weight has a role that it does not know, and if m is
// lesioned: units chosen in one network are not those of another.
//
// He et al. (2015), doi:10.1109/ICCV.2015.123; Glorot & Bengio (2010),
// proceedings.mlr.press/v9/glorot10a; 0.02 is that of Dosovitskiy et al.
// (2021), arXiv:2010.11929.
func Untrained(m *Model, seed uint64) (*Model, error) {
	if m.net.damage != nil {
		return nil, m.wrap(errors.New("this network is lesioned; make the untrained twin of the intact one, and lesion that"))
	}
	mp, err := m.net.file.model()
	if err != nil {
		return nil, m.wrap(err)
	}
	if _, err := normalise(mp); err != nil {
		return nil, m.wrap(err)
	}
	if _, err := plan(m.net.file, mp.Graph); err != nil {
		return nil, m.wrap(err)
	}
	u := *m
	base, _, _ := strings.Cut(m.name, untrainedMark)
	u.name = fmt.Sprintf("%s%s, seed %d)", base, untrainedMark, seed)
	u.net = &network{file: m.net.file, redraw: redraw{untrainedVersion, seed}}
	return &u, nil
}

const untrainedMark = " (untrained"

// A redraw says how weights differ from the file's.
type redraw struct {
	version int // 0: not at all
	seed    uint64
}

func (r redraw) String() string {
	if r.version == 0 {
		return "as in the file"
	}
	return fmt.Sprintf("untrained %d, seed %d", r.version, r.seed)
}

// apply overwrites the weights of mp, which is of f. The large ones are drawn
// when they are needed; it returns what they become.
func (r redraw) apply(f *file, mp *protos.ModelProto) (map[string]fresh, error) {
	draws, err := plan(f, mp.Graph)
	if err != nil {
		return nil, err
	}
	large := map[string]fresh{}
	for _, d := range draws {
		if _, ok := f.weightAt(d.tensor); ok {
			large[d.name] = d
			continue
		}
		v := make([]float32, elements(d.tensor))
		next := r.drawer(d)
		for i := range v {
			v[i] = next()
		}
		store(d.tensor, v)
	}
	return large, nil
}

// drawer returns the function that gives the values of a weight one by one.
func (r redraw) drawer(d fresh) func() float32 {
	if d.sd <= 0 {
		return func() float32 { return float32(d.mean) }
	}
	h := fnv.New64a()
	h.Write([]byte(d.name))
	rng := rand.New(rand.NewPCG(r.seed, h.Sum64()))
	return func() float32 { return float32(d.sd * rng.NormFloat64()) }
}

// A fresh is what one weight becomes: all mean, or normal around 0.
type fresh struct {
	name     string
	tensor   *protos.TensorProto
	mean, sd float64
}

// plan finds what every float weight of the graph becomes. Weights that stay
// are not in it.
func plan(f *file, g *protos.GraphProto) ([]fresh, error) {
	r := roles{file: f, uses: map[string][]use{}, weighted: map[string]bool{}, constant: map[string]*protos.TensorProto{}}
	weights := append([]*protos.TensorProto(nil), g.Initializer...)
	names := make([]string, len(weights))
	for i, t := range weights {
		names[i] = t.Name
	}
	for _, n := range g.Node {
		if a := attr(n, "value"); n.OpType == "Constant" && a != nil && a.T != nil {
			weights, names = append(weights, a.T), append(names, n.Output[0])
		}
		past := n.OpType == "Conv" || n.OpType == "Gemm" || n.OpType == "MatMul"
		for i, in := range n.Input {
			r.uses[in] = append(r.uses[in], use{n, i})
			past = past || r.weighted[in]
		}
		for _, out := range n.Output {
			r.weighted[out] = past
		}
	}
	for i, t := range weights {
		r.constant[names[i]] = t
	}
	var draws []fresh
	for i, t := range weights {
		if !isFloat(t) || elements(t) < 2 {
			continue
		}
		mean, sd, verdict := r.role(names[i], t, t.Dims)
		switch verdict {
		case redrawn:
			draws = append(draws, fresh{names[i], t, mean, sd})
		case unknown:
			if wide(t.Dims) > 1 && len(r.uses[names[i]]) > 0 && !r.mask(t) {
				return nil, fmt.Errorf("cannot tell how to redraw the weight %q %v, which enters %s", names[i], t.Dims, nodeName(r.uses[names[i]][0].node))
			}
		}
	}
	if len(draws) == 0 {
		return nil, fmt.Errorf("the graph has no weights to redraw")
	}
	return draws, nil
}

// A use is a node that reads a tensor, and as which of its inputs.
type use struct {
	node  *protos.NodeProto
	input int
}

type roles struct {
	file     *file
	uses     map[string][]use
	weighted map[string]bool // tensors behind a weighted layer
	constant map[string]*protos.TensorProto
}

type verdict int

const (
	unknown verdict = iota
	kept
	redrawn
)

// role says what the weight t becomes by the first use that tells. name is t
// or what became of it on the way, with the shape dims (nil: reshaped).
func (r *roles) role(name string, t *protos.TensorProto, dims []int64) (mean, sd float64, v verdict) {
	for _, u := range r.uses[name] {
		if mean, sd, v = r.roleIn(u, t, dims); v != unknown {
			return mean, sd, v
		}
	}
	return 0, 0, unknown
}

func (r *roles) roleIn(u use, t *protos.TensorProto, dims []int64) (mean, sd float64, v verdict) {
	n := u.node
	// A vector that meets the raw image is pre-processing.
	preprocessing := func() bool {
		for i, in := range n.Input {
			if i != u.input && r.weighted[in] {
				return false
			}
		}
		return true
	}
	switch n.OpType {
	case "Cast", "Identity":
		return r.role(n.Output[0], t, dims)
	case "Transpose":
		return r.role(n.Output[0], t, permute(dims, attr(n, "perm")))
	case "Reshape", "Unsqueeze", "Squeeze", "Flatten", "Expand", "Tile":
		if u.input == 0 {
			return r.role(n.Output[0], t, nil)
		}
	case "Conv":
		if u.input == 2 {
			return 0, 0, redrawn
		}
		if u.input == 1 && len(dims) > 2 {
			window, group := int64(1), int64(1)
			for _, d := range dims[2:] {
				window *= d
			}
			if a := attr(n, "group"); a != nil && a.I > 0 {
				group = a.I
			}
			return 0, r.spread(n, dims[1]*window, dims[0]/group*window), redrawn
		}
	case "Gemm", "MatMul":
		if u.input == 2 {
			return 0, 0, redrawn
		}
		if k := len(dims); k >= 2 {
			in, out := dims[k-2], dims[k-1]
			if flag := attr(n, [2]string{"transA", "transB"}[u.input]); (u.input == 0) != (flag != nil && flag.I != 0) {
				in, out = out, in
			}
			return 0, r.spread(n, in, out), redrawn
		}
	case "BatchNormalization":
		return [5]float64{0, 1, 0, 0, 1}[u.input], 0, redrawn
	case "LayerNormalization":
		return [3]float64{0, 1, 0}[u.input], 0, redrawn
	case "Add":
		switch {
		case preprocessing() || r.mask(t) && wide(t.Dims) > 1:
			return 0, 0, kept
		case wide(t.Dims) > 1:
			return 0, 0.02, redrawn
		}
		return 0, 0, redrawn
	case "Sub", "Mul", "Div":
		switch {
		case preprocessing() || r.mask(t) && wide(t.Dims) > 1:
			return 0, 0, kept
		case wide(t.Dims) > 1:
			return 0, 0, unknown
		case n.OpType == "Sub":
			return 0, 0, redrawn
		}
		return 1, 0, redrawn
	case "Concat":
		return 0, 0.02, redrawn
	case "Gather", "GatherND":
		if u.input == 0 {
			return 0, 0.02, redrawn
		}
	case "Clip", "Max", "Min", "Pad", "Pow", "Where", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "ConstantOfShape", "Range", "Slice":
		return 0, 0, kept
	}
	return 0, 0, unknown
}

// spread is the standard deviation of the weights of n.
func (r *roles) spread(n *protos.NodeProto, fanIn, fanOut int64) float64 {
	if r.rectified(n.Output[0], map[string]bool{}) {
		return math.Sqrt(2 / float64(max(fanIn, 1)))
	}
	return math.Sqrt(2 / float64(max(fanIn+fanOut, 1)))
}

// rectified reports whether a rectifier acts on the tensor before the next
// weighted layer.
func (r *roles) rectified(name string, seen map[string]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	for _, u := range r.uses[name] {
		n := u.node
		switch n.OpType {
		case "Relu", "Gelu", "FastGelu", "HardSwish", "Erf":
			return true
		case "Clip":
			if u.input == 0 && r.fromZero(n) {
				return true
			}
		case "Max":
			return true
		case "Sigmoid": // x·sigmoid(x)
			for _, g := range r.uses[n.Output[0]] {
				if g.node.OpType == "Mul" && g.node.Input[1-g.input] == name {
					return true
				}
			}
			continue
		case "Mul", "Div":
			if r.constant[n.Input[1-min(u.input, 1)]] == nil { // a product of two activations
				continue
			}
		case "Add", "BatchNormalization", "Identity", "Cast", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Pad", "MaxPool", "AveragePool", "GlobalAveragePool", "Concat":
		default:
			continue
		}
		if r.rectified(n.Output[0], seen) {
			return true
		}
	}
	return false
}

// fromZero reports whether a Clip lets nothing negative through. Files made
// from quantised networks clip to the range of their codes as well.
func (r *roles) fromZero(n *protos.NodeProto) bool {
	if len(n.Input) < 2 || n.Input[1] == "" {
		return false
	}
	t := r.constant[n.Input[1]]
	if t == nil {
		return false
	}
	v, err := floats(t)
	return err == nil && len(v) == 1 && v[0] >= 0
}

// mask reports whether t has at most two distinct values.
func (r *roles) mask(t *protos.TensorProto) bool {
	distinct := map[float64]bool{}
	few := func(t *protos.TensorProto) bool {
		v, err := floats(t)
		if err != nil {
			return false
		}
		for _, x := range v {
			if distinct[x] = true; len(distinct) > 2 {
				return false
			}
		}
		return true
	}
	at, large := r.file.weightAt(t)
	if !large {
		return few(t)
	}
	part := &protos.TensorProto{DataType: t.DataType}
	for from := int64(0); from < at.size; from += largeBytes {
		part.RawData = make([]byte, min(largeBytes, at.size-from))
		if _, err := r.file.src.ReadAt(part.RawData, at.offset+from); err != nil && err != io.EOF || !few(part) {
			return false
		}
	}
	return true
}

// wide counts the axes that are longer than 1.
func wide(dims []int64) int {
	n := 0
	for _, d := range dims {
		if d > 1 {
			n++
		}
	}
	return n
}

func elements(t *protos.TensorProto) int {
	n := 1
	for _, d := range t.Dims {
		n *= int(d)
	}
	return n
}

func permute(dims []int64, perm *protos.AttributeProto) []int64 {
	if dims == nil {
		return nil
	}
	out := make([]int64, len(dims))
	for i := range out {
		j := int64(len(dims) - 1 - i)
		if perm != nil && i < len(perm.Ints) {
			j = perm.Ints[i]
		}
		if j < 0 || j >= int64(len(dims)) {
			return nil
		}
		out[i] = dims[j]
	}
	return out
}

func isFloat(t *protos.TensorProto) bool {
	switch protos.TensorProto_DataType(t.DataType) {
	case protos.TensorProto_FLOAT, protos.TensorProto_DOUBLE, protos.TensorProto_FLOAT16, protos.TensorProto_BFLOAT16:
		return true
	}
	return false
}

// store overwrites the values of t, in its own type.
func store(t *protos.TensorProto, v []float32) {
	var raw []byte
	for _, x := range v {
		switch protos.TensorProto_DataType(t.DataType) {
		case protos.TensorProto_FLOAT:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		case protos.TensorProto_DOUBLE:
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(float64(x)))
		case protos.TensorProto_FLOAT16:
			raw = binary.LittleEndian.AppendUint16(raw, float16.FromFloat32(x).Bits())
		case protos.TensorProto_BFLOAT16:
			raw = binary.LittleEndian.AppendUint16(raw, bfloat16.FromFloat32(x).Bits())
		}
	}
	t.RawData, t.FloatData, t.DoubleData, t.Int32Data = raw, nil, nil, nil
}
