package native

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors/images"
)

// A Builder makes the operations of a network. Each method is given the name of
// a module, as torch would have it; the module's parameters are called
// name+".weight", name+".bias" and so on, and its output is a layer of that name.
// Images are the first axis of all tensors, the channels of a map the second
// (NCHW), and weights have torch's axes: [out in row column], [out in].
//
// Methods panic where shapes do not fit; whoever has the graph built makes errors
// of it.
type Builder struct {
	parameter func(p Parameter, g *graph.Graph) *graph.Node
	layer     func(name, op string, y *graph.Node) *graph.Node

	// module notes that a layer goes by another name; nil: nobody wants to know.
	module func(layer, name string)

	// random is the state of the generator of random numbers while the network
	// is trained, else nil.
	random *graph.Node
	// renew gives a parameter that is no weight its value after this step.
	renew func(name string, value *graph.Node)
}

// A Parameter is a tensor of numbers that a network has.
type Parameter struct {
	Name  string
	Shape []int
	Begin Init // how it is drawn for an untrained network
	Fixed bool // it is no weight: training does not descend on it
}

// Training reports whether the graph is one that learns.
func (b *Builder) Training() bool { return b.random != nil }

// Parameter returns a weight of that name and shape.
func (b *Builder) Parameter(g *graph.Graph, name string, begin Init, shape ...int) *graph.Node {
	return b.parameter(Parameter{Name: name, Shape: shape, Begin: begin}, g)
}

// Layer makes y a layer that can be read and lesioned, and returns what the
// network goes on with. op says what gave it ("Conv").
func (b *Builder) Layer(name, op string, y *graph.Node) *graph.Node { return b.layer(name, op, y) }

// Module lets a layer go by the names of torch's modules, too: those around the
// one whose output it is, for instance.
func (b *Builder) Module(layer string, names ...string) {
	for _, n := range names {
		if b.module != nil {
			b.module(layer, n)
		}
	}
}

// A Conv is a convolution of square filters.
type Conv struct {
	Out, Size   int  // channels, and side of a filter
	Stride, Pad int  // Stride 0 means 1
	NoBias      bool // there is no bias
	Begin       Init // of the weights; nil is torch's, ±1/√inputs
}

// Conv is torch.nn.Conv2d.
func (b *Builder) Conv(name string, x *graph.Node, c Conv) *graph.Node {
	in := x.Shape().Dimensions[1]
	begin, bias := c.Begin, Zero
	if begin == nil {
		begin = Uniform(1 / math.Sqrt(float64(in*c.Size*c.Size)))
		bias = begin
	}
	w := b.Parameter(x.Graph(), name+".weight", begin, c.Out, in, c.Size, c.Size)
	y := graph.Convolve(x, w).AxesConfig(compute.ConvolveAxesConfig{
		InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
		KernelOutputChannels: 0, KernelInputChannels: 1, KernelSpatial: []int{2, 3},
		OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3},
	}).Strides(max(1, c.Stride)).PaddingPerDim([][2]int{{c.Pad, c.Pad}, {c.Pad, c.Pad}}).Done()
	if !c.NoBias {
		y = graph.Add(y, perChannel(b.Parameter(x.Graph(), name+".bias", bias, c.Out)))
	}
	return b.Layer(name, "Conv", y)
}

// perChannel lets a vector run along the second of four axes.
func perChannel(v *graph.Node) *graph.Node { return graph.Reshape(v, 1, -1, 1, 1) }

// A Linear is a layer of units that see all of the last axis.
type Linear struct {
	Out         int
	Begin, Bias Init // nil is torch's, ±1/√inputs
}

// Linear is torch.nn.Linear, along the last axis.
func (b *Builder) Linear(name string, x *graph.Node, l Linear) *graph.Node {
	d := x.Shape().Dimensions
	in := d[len(d)-1]
	w := b.Parameter(x.Graph(), name+".weight", or(l.Begin, in), l.Out, in)
	v := b.Parameter(x.Graph(), name+".bias", or(l.Bias, in), l.Out)
	return b.Layer(name, "Gemm", linear(x, w, v))
}

func or(begin Init, in int) Init {
	if begin == nil {
		return Uniform(1 / math.Sqrt(float64(in)))
	}
	return begin
}

// linear is x·wᵀ + v along the last axis.
func linear(x, w, v *graph.Node) *graph.Node {
	y := graph.DotGeneral(x, []int{x.Rank() - 1}, nil, w, []int{1}, nil)
	return graph.Add(y, graph.ExpandLeftToRank(v, y.Rank()))
}

// ReLU is torch.nn.ReLU: max(x, 0).
func (b *Builder) ReLU(name string, x *graph.Node) *graph.Node {
	return b.Layer(name, "Relu", graph.Max(x, graph.ScalarZero(x.Graph(), x.DType())))
}

// GELU is torch.nn.GELU: x·Φ(x), by the error function.
func (b *Builder) GELU(name string, x *graph.Node) *graph.Node {
	half := graph.MulScalar(graph.OnePlus(graph.Erf(graph.MulScalar(x, 1/math.Sqrt2))), .5)
	return b.Layer(name, "Gelu", graph.Mul(x, half))
}

// MaxPool is torch.nn.MaxPool2d: the maximum of each size×size, every stride
// pixels; pad rows and columns of −∞ stand around the map.
func (b *Builder) MaxPool(name string, x *graph.Node, size, stride, pad int) *graph.Node {
	d := x.Shape().Dimensions
	if b.Training() && size == stride && pad == 0 && d[2]%size == 0 && d[3]%size == 0 {
		// The gradient of this form is quick.
		y := graph.ReduceMax(graph.Reshape(x, d[0], d[1], d[2]/size, size, d[3]/size, size), 3, 5)
		return b.Layer(name, "MaxPool", y)
	}
	y := graph.MaxPool(x).ChannelsAxis(images.ChannelsFirst).Window(size).Strides(stride).PaddingPerDim([][2]int{{pad, pad}, {pad, pad}}).Done()
	return b.Layer(name, "MaxPool", y)
}

// AdaptiveMean is torch.nn.AdaptiveAvgPool2d: side×side means of parts of the
// map that are as equal as can be; where side does not divide the map, they
// overlap, and where the map is smaller, they repeat.
func (b *Builder) AdaptiveMean(name string, x *graph.Node, side int) *graph.Node {
	d := x.Shape().Dimensions
	switch {
	case d[2] == side && d[3] == side:
	case side == 1:
		x = graph.ReduceAndKeep(x, graph.ReduceMean, 2, 3)
	default:
		// y[n c i j] = Σ p[i h] q[j w] x[n c h w]
		p, q := parts(d[2], side), parts(d[3], side)
		x = graph.DotGeneral(x, []int{2}, nil, graph.Const(x.Graph(), p), []int{1}, nil) // n c w i
		x = graph.DotGeneral(x, []int{2}, nil, graph.Const(x.Graph(), q), []int{1}, nil) // n c i j
	}
	return b.Layer(name, "AdaptiveAvgPool", x)
}

// parts is the side×n matrix whose row i has the weights of part i: 1/length
// from ⌊i·n/side⌋ to before ⌈(i+1)·n/side⌉.
func parts(n, side int) [][]float32 {
	p := make([][]float32, side)
	for i := range p {
		p[i] = make([]float32, n)
		from, to := i*n/side, ((i+1)*n+side-1)/side
		for k := from; k < to; k++ {
			p[i][k] = 1 / float32(to-from)
		}
	}
	return p
}

// Flatten is torch.flatten(x, 1): channel, row, column.
func (b *Builder) Flatten(x *graph.Node) *graph.Node {
	return graph.Reshape(x, x.Shape().Dimensions[0], -1)
}

// normEpsilon is what torch's BatchNorm2d adds to a variance, and
// normMomentum how much of a batch goes into the running statistics.
const (
	normEpsilon  = 1e-5
	normMomentum = .1
)

// BatchNorm is torch.nn.BatchNorm2d: by the running mean and variance, or, in
// training, by those of the batch, which the running ones follow.
func (b *Builder) BatchNorm(name string, x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	of := func(suffix string, begin Init, fixed bool) *graph.Node {
		return b.parameter(Parameter{Name: name + suffix, Shape: []int{d[1]}, Begin: begin, Fixed: fixed}, x.Graph())
	}
	gamma, beta := of(".weight", One, false), of(".bias", Zero, false)
	mean, variance := of(".running_mean", Zero, true), of(".running_var", One, true)
	if b.Training() {
		m := graph.ReduceMean(x, 0, 2, 3)
		centred := graph.Sub(x, perChannel(m))
		v := graph.ReduceMean(graph.Square(centred), 0, 2, 3)
		n := float64(d[0] * d[2] * d[3])
		follow := func(old, now *graph.Node) *graph.Node {
			return graph.StopGradient(graph.Add(graph.MulScalar(old, 1-normMomentum), graph.MulScalar(now, normMomentum)))
		}
		b.renew(name+".running_mean", follow(mean, m))
		b.renew(name+".running_var", follow(variance, graph.MulScalar(v, n/max(1, n-1))))
		mean, variance = m, v
	}
	sd := graph.Sqrt(graph.AddScalar(perChannel(variance), normEpsilon))
	y := graph.Div(graph.Sub(x, perChannel(mean)), sd)
	return b.Layer(name, "BatchNormalization", graph.Add(graph.Mul(y, perChannel(gamma)), perChannel(beta)))
}

// LayerNorm is torch.nn.LayerNorm over the last axis.
func (b *Builder) LayerNorm(name string, x *graph.Node, epsilon float64) *graph.Node {
	d := x.Shape().Dimensions
	last := d[len(d)-1]
	gamma := graph.ExpandLeftToRank(b.Parameter(x.Graph(), name+".weight", One, last), x.Rank())
	beta := graph.ExpandLeftToRank(b.Parameter(x.Graph(), name+".bias", Zero, last), x.Rank())
	centred := graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, -1))
	variance := graph.ReduceAndKeep(graph.Square(centred), graph.ReduceMean, -1)
	y := graph.Div(centred, graph.Sqrt(graph.AddScalar(variance, epsilon)))
	return b.Layer(name, "LayerNormalization", graph.Add(graph.Mul(y, gamma), beta))
}

// Dropout is torch.nn.Dropout: in training, it puts a share of the numbers to 0
// and makes up for them in the others; else it is nothing, and no layer.
// Srivastava et al. (2014), J. Mach. Learn. Res. 15, 1929–1958.
func (b *Builder) Dropout(x *graph.Node, share float64) *graph.Node {
	if share < 0 || share >= 1 {
		panic(fmt.Errorf("a share of %v to drop out; it must be at least 0 and less than 1", share))
	}
	if !b.Training() || share == 0 {
		return x
	}
	var u *graph.Node
	b.random, u = graph.RandomUniform(b.random, shapes.Make(x.DType(), x.Shape().Dimensions...))
	keep := graph.ConvertDType(graph.GreaterOrEqual(u, graph.Scalar(x.Graph(), x.DType(), share)), x.DType())
	return graph.Mul(x, graph.StopGradient(graph.MulScalar(keep, 1/(1-share))))
}

// Attention is torch.nn.MultiheadAttention of a sequence [images tokens width]
// with itself, each head seeing width/heads numbers of a token:
//
//	softmax(q·kᵀ/√(width/heads))·v
//
// Vaswani et al. (2017), arXiv:1706.03762.
func (b *Builder) Attention(name string, x *graph.Node, heads int) *graph.Node {
	d := x.Shape().Dimensions
	n, tokens, width := d[0], d[1], d[2]
	if heads < 1 || width%heads != 0 {
		panic(errors.New("the width of the tokens is no multiple of the number of heads"))
	}
	g, each := x.Graph(), width/heads
	bound := math.Sqrt(6 / float64(width+3*width)) // xavier_uniform of the three together
	qkv := linear(x,
		b.Parameter(g, name+".in_proj_weight", Uniform(bound), 3*width, width),
		b.Parameter(g, name+".in_proj_bias", Zero, 3*width))
	qkv = graph.TransposeAllAxes(graph.Reshape(qkv, n, tokens, 3, heads, each), 2, 0, 3, 1, 4) // 3 n heads tokens each
	part := func(i int) *graph.Node {
		return graph.Reshape(graph.Slice(qkv, graph.AxisElem(i)), n, heads, tokens, each)
	}
	q := graph.MulScalar(part(0), 1/math.Sqrt(float64(each)))
	scores := graph.DotGeneral(q, []int{3}, []int{0, 1}, part(1), []int{3}, []int{0, 1})
	y := graph.DotGeneral(graph.Softmax(scores, -1), []int{3}, []int{0, 1}, part(2), []int{2}, []int{0, 1}) // n heads tokens each
	y = graph.Reshape(graph.TransposeAllAxes(y, 0, 2, 1, 3), n, tokens, width)
	y = linear(y,
		b.Parameter(g, name+".out_proj.weight", Uniform(1/math.Sqrt(float64(width))), width, width),
		b.Parameter(g, name+".out_proj.bias", Zero, width))
	return b.Layer(name, "Attention", y)
}
