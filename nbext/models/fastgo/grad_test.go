package fastgo

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/images"
	activations "github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/ml/train/loss"

	"fusiform/internal/simd"
)

func rectify(x *graph.Node) *graph.Node { return graph.Max(x, graph.ScalarZero(x.Graph(), x.DType())) }

// networks are small; the first operand is the input, and all are
// differentiated by.
var networks = []struct {
	name string
	dims [][]int
	make func(v []*graph.Node) *graph.Node
}{
	{"convolution", [][]int{{2, 6, 7, 3}, {3, 3, 3, 5}, {5}}, func(v []*graph.Node) *graph.Node {
		x := graph.Convolve(v[0], v[1]).PadSame().Done()
		return rectify(graph.Add(x, graph.ExpandLeftToRank(v[2], 4)))
	}},
	{"convolution of stride 2", [][]int{{2, 7, 8, 3}, {3, 3, 3, 17}}, func(v []*graph.Node) *graph.Node {
		return graph.Tanh(graph.Convolve(v[0], v[1]).PaddingPerDim([][2]int{{1, 1}, {0, 1}}).Strides(2).Done())
	}},
	{"convolution with channels first", [][]int{{2, 3, 6, 7}, {3, 3, 3, 5}}, func(v []*graph.Node) *graph.Node {
		return rectify(graph.Convolve(v[0], v[1]).ChannelsAxis(images.ChannelsFirst).PadSame().Done())
	}},
	{"convolution in groups", [][]int{{2, 5, 5, 4}, {3, 3, 2, 6}}, func(v []*graph.Node) *graph.Node {
		return rectify(graph.Convolve(v[0], v[1]).ChannelGroupCount(2).PadSame().Done())
	}},
	{"depthwise convolution", [][]int{{2, 5, 5, 9}, {3, 3, 1, 9}}, func(v []*graph.Node) *graph.Node {
		return rectify(graph.Convolve(v[0], v[1]).ChannelGroupCount(9).PadSame().Done())
	}},
	{"dilated convolution", [][]int{{1, 9, 9, 2}, {3, 3, 2, 4}}, func(v []*graph.Node) *graph.Node {
		return graph.Sigmoid(graph.Convolve(v[0], v[1]).NoPadding().Dilations(2).Done())
	}},
	{"convolution along a line", [][]int{{2, 11, 3}, {4, 3, 5}}, func(v []*graph.Node) *graph.Node {
		return activations.Swish(graph.Convolve(v[0], v[1]).NoPadding().Strides(2).Done())
	}},
	{"residual block", [][]int{{1, 5, 5, 6}, {3, 3, 6, 6}, {1, 1, 6, 6}}, func(v []*graph.Node) *graph.Node {
		x := rectify(graph.Convolve(v[0], v[1]).PadSame().Done())
		return rectify(graph.Add(v[0], graph.Convolve(x, v[2]).NoPadding().Done()))
	}},
	{"maximum pooling", [][]int{{2, 6, 6, 5}}, func(v []*graph.Node) *graph.Node {
		return graph.MaxPool(v[0]).Window(2).Done()
	}},
	{"overlapping maximum pooling", [][]int{{2, 7, 7, 3}}, func(v []*graph.Node) *graph.Node {
		return graph.MaxPool(v[0]).Window(3).Strides(2).PadSame().Done()
	}},
	{"mean pooling", [][]int{{2, 6, 6, 5}}, func(v []*graph.Node) *graph.Node {
		return graph.MeanPool(v[0]).Window(3).Strides(3).NoPadding().Done()
	}},
	{"sum pooling", [][]int{{2, 6, 6, 5}}, func(v []*graph.Node) *graph.Node {
		return graph.SumPool(v[0]).Window(2).Strides(2).NoPadding().Done()
	}},
	{"dense layers", [][]int{{4, 9}, {9, 17}, {17}, {17, 3}}, func(v []*graph.Node) *graph.Node {
		x := nn.Dense(v[0], v[1], v[2], compute.DenseLayoutInputOutputs, activations.TypeGelu)
		return graph.MatMul(x, v[3])
	}},
	{"layer norm", [][]int{{3, 4, 9}, {9}, {9}}, func(v []*graph.Node) *graph.Node {
		return nn.LayerNorm(v[0], []int{-1}, 1e-5, v[1], v[2], nil)
	}},
	{"layer norm of two axes", [][]int{{3, 4, 9}, {4, 9}, {4, 9}}, func(v []*graph.Node) *graph.Node {
		return nn.LayerNorm(v[0], []int{1, 2}, 1e-3, v[1], v[2], nil)
	}},
	{"attention", [][]int{{2, 5, 8}, {8, 8}, {8, 8}, {8, 8}}, func(v []*graph.Node) *graph.Node {
		q, k, x := graph.Einsum("bsd,de->bse", v[0], v[1]), graph.Einsum("bsd,de->bse", v[0], v[2]), graph.Einsum("bsd,de->bse", v[0], v[3])
		s := graph.MulScalar(graph.Einsum("bqd,bkd->bqk", q, k), .35)
		return graph.Einsum("bqk,bkd->bqd", graph.Softmax(s, -1), x)
	}},
	{"batch norm in training", [][]int{{6, 3, 3, 4}, {4}, {4}}, func(v []*graph.Node) *graph.Node {
		x := v[0]
		mean := graph.ReduceAndKeep(x, graph.ReduceMean, 0, 1, 2)
		d := graph.Sub(x, mean)
		variance := graph.ReduceAndKeep(graph.Square(d), graph.ReduceMean, 0, 1, 2)
		x = graph.Div(d, graph.Sqrt(graph.AddScalar(variance, 1e-5)))
		return graph.Add(graph.Mul(x, graph.ExpandLeftToRank(v[1], 4)), graph.ExpandLeftToRank(v[2], 4))
	}},
	{"cross-entropy of a small network", [][]int{{6, 8, 8, 1}, {3, 3, 1, 4}, {4, 4, 4, 5}}, func(v []*graph.Node) *graph.Node {
		x := graph.MaxPool(rectify(graph.Convolve(v[0], v[1]).PadSame().Done())).Window(2).Done()
		logits := graph.Einsum("nhwc,hwcl->nl", x, v[2])
		y := graph.OneHot(graph.Mod(graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, 6), 0), graph.Scalar(x.Graph(), dtypes.Int32, 5)), 5, x.DType())
		return loss.CategoricalCrossEntropyLogits([]*graph.Node{y}, []*graph.Node{logits})
	}},
}

// TestGradients compares what GoMLX's differentiation gives on both backends:
// the result, and the gradient of a weighted sum of it by each operand.
func TestGradients(t *testing.T) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for _, l := range simd.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer simd.Use(l)()
			r := newReferee(t)
			for _, n := range networks {
				for seed := range seeds {
					want, err := differentiate[float64](r.slow, n.dims, n.make, seed)
					if err != nil {
						t.Fatalf("%s on GoMLX's backend: %v", n.name, err)
					}
					got, err := differentiate[float32](r.fast, n.dims, n.make, seed)
					if err != nil {
						t.Errorf("%s: %v", n.name, err)
						continue
					}
					for i := range want {
						if d, at := off(got[i], want[i]); d > tolerance {
							t.Errorf("%s, seed %d, gradient %d: element %d of %d is %v, expected %v; relative error %.2g",
								n.name, seed, i-1, at, len(want[i]), got[i][at], want[i][at], d)
						}
					}
				}
			}
		})
	}
}

// differentiate returns the value of a network and its gradients by each
// operand.
func differentiate[T float32 | float64](b compute.Backend, dims [][]int, network func([]*graph.Node) *graph.Node, seed uint64) (all [][]float64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	r := rng(seed)
	var in []any
	for i, d := range dims {
		x := make([]T, sizeOf(d))
		for k := range x {
			x[k] = T(float32(r.NormFloat64()))
			if i > 0 {
				x[k] = T(float32(x[k]) / 2)
			}
		}
		in = append(in, tensors.FromFlatDataAndDimensions(x, d...))
	}
	// Finalize would wait for ever after a panic.
	exec, err := graph.NewExec(b, func(v []*graph.Node) []*graph.Node {
		y := network(v)
		if y.IsScalar() {
			return append([]*graph.Node{y}, graph.Gradient(y, v...)...)
		}
		// A weight for each element: 1, 1½, 2, 1, …
		w := graph.Iota(y.Graph(), y.Shape(), 0)
		if y.Rank() > 1 {
			w = graph.Add(w, graph.Iota(y.Graph(), y.Shape(), y.Rank()-1))
		}
		w = graph.AddScalar(graph.MulScalar(graph.Mod(w, graph.Scalar(y.Graph(), y.DType(), 3)), .5), 1)
		sum := graph.ReduceAllSum(graph.Mul(y, w))
		return append([]*graph.Node{y}, graph.Gradient(sum, v...)...)
	})
	if err != nil {
		return nil, err
	}
	outs, err := exec.Call(in...)
	if err != nil {
		return nil, err
	}
	exec.Finalize()
	for _, o := range outs {
		all = append(all, float64s(tensors.MustCopyFlatData[T](o)))
	}
	return all, nil
}
