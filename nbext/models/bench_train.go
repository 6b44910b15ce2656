package models

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// A SmallNet is a network of drawnet's form, for those who time training
// (internal/peers): 3×3 convolutions, each with a rectifier and a 2×2 maximum,
// a layer of rectified units, and a read-out.
type SmallNet struct {
	Side     int   // of the images, which have one channel
	Channels []int // of the convolutions
	Units    int
	Classes  int
	Rate     float64 // of Adam
}

// Layers returns the weights' shapes in order: [9·in out] of each convolution
// (rows: row, column, input channel), [in Units] (rows: row, column, channel
// of the last map) and [Units Classes].
func (s SmallNet) Layers() [][2]int {
	var l [][2]int
	in, side := 1, s.Side
	for _, c := range s.Channels {
		l = append(l, [2]int{9 * in, c})
		in, side = c, side/2
	}
	return append(l, [2]int{side * side * in, s.Units}, [2]int{s.Units, s.Classes})
}

// Trainer returns a function that takes one step of Adam on the mean
// cross-entropy of n images x, n×Side×Side, and their classes y, and returns
// the loss before the step. The weights are one row-major matrix for each of
// Layers; biases begin at 0. The step runs on the backend that Backend names
// and is compiled in the first call; n must not change.
func (s SmallNet) Trainer(weights [][]float32) (step func(x []float32, y []int) (float64, error), err error) {
	backend, _, err := engine()
	if err != nil {
		return nil, err
	}
	layers := s.Layers()
	if len(weights) != len(layers) {
		return nil, fmt.Errorf("models: %d matrices of weights, expected %d", len(weights), len(layers))
	}
	store := model.NewStore()
	for i, l := range layers {
		if len(weights[i]) != l[0]*l[1] {
			return nil, fmt.Errorf("models: %d weights in layer %d, expected %d×%d", len(weights[i]), i, l[0], l[1])
		}
		in := store.RootScope().In("layer%d", i)
		in.VariableWithValue("weights", tensors.FromFlatDataAndDimensions(weights[i], l[0], l[1]))
		in.VariableWithValue("biases", tensors.FromFlatDataAndDimensions(make([]float32, l[1]), l[1]))
	}
	var exec *model.Exec
	err = guard(func() error {
		exec, err = model.NewExec(backend, store, func(scope *model.Scope, x, y *graph.Node) *graph.Node {
			l := loss.CategoricalCrossEntropyLogits([]*graph.Node{y}, []*graph.Node{s.logits(scope, x)})
			l = graph.ReduceAllMean(l)
			optimizer.LearningRateVar(scope, dtypes.Float32, s.Rate)
			optimizer.Adam().LearningRate(s.Rate).Epsilon(1e-8).Done().UpdateGraph(scope, x.Graph(), l)
			return l
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	return func(x []float32, y []int) (was float64, err error) {
		if len(y) == 0 || len(x) != len(y)*s.Side*s.Side {
			return 0, fmt.Errorf("models: %d pixels for %d images of %d×%d", len(x), len(y), s.Side, s.Side)
		}
		hot := make([]float32, len(y)*s.Classes)
		for i, c := range y {
			hot[i*s.Classes+c] = 1
		}
		err = guard(func() error {
			out, err := exec.Exec(
				tensors.FromFlatDataAndDimensions(x, len(y), s.Side, s.Side, 1),
				tensors.FromFlatDataAndDimensions(hot, len(y), s.Classes))
			if err != nil {
				return err
			}
			v, err := tensors.CopyFlatData[float32](out[0])
			if err == nil {
				was = float64(v[0])
			}
			return err
		})
		return was, err
	}, nil
}

func (s SmallNet) logits(scope *model.Scope, x *graph.Node) *graph.Node {
	rectify := func(x *graph.Node) *graph.Node { return graph.Max(x, graph.ScalarZero(x.Graph(), x.DType())) }
	for i, c := range s.Channels {
		x = halve(rectify(convolve(scope.In("layer%d", i), x, c)))
	}
	x = graph.Reshape(x, x.Shape().Dimensions[0], -1)
	x = rectify(dense(scope.In("layer%d", len(s.Channels)), x, s.Units))
	return dense(scope.In("layer%d", len(s.Channels)+1), x, s.Classes)
}
