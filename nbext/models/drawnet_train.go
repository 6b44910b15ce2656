package models

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"fusiform/analysis"
	"fusiform/analysis/simulate"
	"fusiform/nbext/catalog"
)

// The shape of drawnet: three convolutions of 3×3, each with a rectifier and
// a 2×2 maximum, then a layer of units that see the whole picture, then the
// read-out of the categories. So few channels answer 500 pictures in a tenth of
// a second.
var drawnetChannels = [...]int{1, 8, 16, 32}

const (
	drawnetUnits = 256
	drawnetSide  = simulate.Side >> 3 // of the last map
)

// How drawnet is trained: the rate rises for drawnetWarmUp steps and falls as
// half a cosine; drawnetKeep of the units take part in each picture. A batch
// holds each subcategory of each category in each style equally often: 12 is
// the least number that 1, 2, 3 and 4 subcategories divide.
const (
	drawnetPerCategory  = 12
	drawnetSteps        = 2000
	drawnetLearningRate = 1.5e-3
	drawnetWarmUp       = 100.
	drawnetKeep         = .7
)

// The pictures of the training have seeds from 2⁶³ upwards, and those that
// accuracy is measured on the seed below: far from any that a person would
// choose, so that no picture which trained the network is used to test it.
const (
	drawnetSeeds    = 1 << 63
	drawnetTestSeed = drawnetSeeds - 1
)

// drawnetContrast is the standard deviation of a controlled picture.
const drawnetContrast = 24

// drawnetCategories are the names of the logits, in order.
var drawnetCategories = []string{"face", "body", "scene", "object", analysis.Scrambled}

// A Training tells how a network was trained and how well it does.
type Training struct {
	Seed     uint64
	Steps    int     // batches seen
	Pictures int     // pictures seen, each once
	Engine   Engine  // what trained it
	Outline  float64 // share of new outlines put into the right one of five categories; chance is .2
	Shaded   float64 // the same of shaded pictures
}

// TrainDrawnet trains the network that is embedded as drawnet and returns it
// as an ONNX file, with how it went. Every picture is drawn for it and seen
// once: controlled drawings of both styles, with seeds of their own, so that
// no set that a person draws shares a picture with it. The seed decides the
// first weights, the pictures and the drop-out. Rounding differs between
// backends and processors and grows in training: there the same seed gives
// other weights, and about the same accuracy.
//
// Progress is reported through ctx in steps; when ctx ends, so does the
// training, with its error. It takes about two minutes on two processors.
func TrainDrawnet(ctx context.Context, seed uint64) ([]byte, Training, error) {
	t := Training{Seed: seed, Steps: drawnetSteps, Pictures: drawnetSteps * 2 * drawnetPerCategory * len(drawnetCategories)}
	var err error
	if t.Engine, err = Backend(); err != nil {
		return nil, t, err
	}
	net, err := trainDrawnet(ctx, seed, drawnetSteps)
	if err != nil {
		return nil, t, fmt.Errorf("models: training drawnet: %w", err)
	}
	if t.Outline, err = net.accuracy(drawnetTestSeed, simulate.Outline); err != nil {
		return nil, t, err
	}
	if t.Shaded, err = net.accuracy(drawnetTestSeed, simulate.Shaded); err != nil {
		return nil, t, err
	}
	b, err := net.onnx(
		"made_by", fmt.Sprintf("fusiform train-drawnet -seed %d", seed),
		"backend", t.Engine.Name,
		"pictures", fmt.Sprintf("%d controlled drawings, half outlines and half shaded (simulate.Drawings), each seen once", t.Pictures),
		"accuracy", fmt.Sprintf("%.3f of new outlines, %.3f of new shaded pictures; chance .2", t.Outline, t.Shaded),
		"categories", strings.Join(drawnetCategories, " "),
		"input", fmt.Sprintf("(pixel - %v) / %v", net.input.Mean[0], net.input.Std[0]),
		"license", "MIT",
	)
	return b, t, err
}

// A trainedNet holds the weights as GoMLX has them.
type trainedNet struct {
	store *model.Store
	input catalog.Input
}

// drawnetLogits is the network: x is [n side side 1], the maps have their
// channels last. In training, keep holds 0 for the units dropped in each
// picture (Srivastava et al. 2014, J. Mach. Learn. Res. 15, 1929–1958) and
// makes up for them in the others; else it is nil.
func drawnetLogits(scope *model.Scope, x, keep *graph.Node) *graph.Node {
	for i, c := range drawnetChannels[1:] {
		x = convolve(scope.In("conv%d", i+1), x, c)
		x = halve(graph.Max(x, graph.ScalarZero(x.Graph(), x.DType())))
	}
	x = graph.Reshape(x, x.Shape().Dimensions[0], -1)
	x = dense(scope.In("fc"), x, drawnetUnits)
	x = graph.Max(x, graph.ScalarZero(x.Graph(), x.DType()))
	if keep != nil {
		x = graph.Mul(x, keep)
	}
	return dense(scope.In("logits"), x, len(drawnetCategories))
}

// drawnetStep is one step of Adam (Kingma & Ba 2015, arXiv:1412.6980) on the
// cross-entropy of the pictures x with the categories y; it returns the loss
// before the step.
func drawnetStep(scope *model.Scope, x, y, keep, rate *graph.Node) *graph.Node {
	l := loss.CategoricalCrossEntropyLogits([]*graph.Node{y}, []*graph.Node{drawnetLogits(scope, x, keep)})
	optimizer.LearningRateVar(scope, dtypes.Float32, drawnetLearningRate).SetNodeValue(rate)
	optimizer.Adam().LearningRate(drawnetLearningRate).Done().UpdateGraph(scope, x.Graph(), l)
	return l
}

// convolve is a 3×3 convolution of which the weights are a matrix: a row for
// each row, column and channel of a filter, a column for each filter.
func convolve(scope *model.Scope, x *graph.Node, channels int) *graph.Node {
	w := scope.GetVariable("weights").NodeValue(x.Graph())
	b := scope.GetVariable("biases").NodeValue(x.Graph())
	filters := graph.Reshape(w, 3, 3, x.Shape().Dimensions[3], channels)
	return graph.Add(graph.Convolve(x, filters).PadSame().Done(), graph.Reshape(b, 1, 1, 1, channels))
}

// halve takes the maximum of each 2×2.
func halve(x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	return graph.ReduceMax(graph.Reshape(x, d[0], d[1]/2, 2, d[2]/2, 2, d[3]), 2, 4)
}

func dense(scope *model.Scope, x *graph.Node, units int) *graph.Node {
	w := scope.GetVariable("weights").NodeValue(x.Graph())
	b := scope.GetVariable("biases").NodeValue(x.Graph())
	return graph.Add(graph.Dot(x, w).Product(), graph.Reshape(b, 1, units))
}

// start draws the first weights: normal with the variance 2/inputs of He et
// al. (2015), doi:10.1109/ICCV.2015.123, for an input of variance 1; biases
// are 0, and the read-out begins with small weights.
func (t *trainedNet) start(seed uint64) error {
	t.store = model.NewStore()
	rng := rand.New(rand.NewPCG(seed, 0))
	layer := func(name string, in, out int, gain float64) {
		w := make([]float32, in*out)
		for i := range w {
			w[i] = float32(rng.NormFloat64() * gain * math.Sqrt(2/float64(in)))
		}
		s := t.store.RootScope().In("%s", name)
		s.VariableWithValue("weights", tensors.FromFlatDataAndDimensions(w, in, out))
		s.VariableWithValue("biases", tensors.FromFlatDataAndDimensions(make([]float32, out), out))
	}
	return guard(func() error {
		gain := float64(t.input.Std[0]) / drawnetContrast
		for i, c := range drawnetChannels[1:] {
			layer(fmt.Sprintf("conv%d", i+1), 9*drawnetChannels[i], c, gain)
			gain = 1
		}
		layer("fc", drawnetSide*drawnetSide*drawnetChannels[len(drawnetChannels)-1], drawnetUnits, 1)
		layer("logits", drawnetUnits, len(drawnetCategories), .5)
		return nil
	})
}

// A drawnetBatch is pictures made ready and their categories, one-hot.
type drawnetBatch struct {
	x, y []float32
	err  error
}

// drawnetBatches draws the batches of the training, some ahead of it.
func drawnetBatches(ctx context.Context, in catalog.Input, seed uint64, steps int) <-chan drawnetBatch {
	batches := make(chan drawnetBatch, 2)
	go func() {
		rng := rand.New(rand.NewPCG(seed, 2))
		for range steps {
			select {
			case batches <- drawDrawnetBatch(in, drawnetPerCategory, drawnetSeeds|rng.Uint64(), simulate.Outline, simulate.Shaded):
			case <-ctx.Done():
				return
			}
		}
	}()
	return batches
}

func drawDrawnetBatch(in catalog.Input, perCategory int, seed uint64, styles ...simulate.Style) (b drawnetBatch) {
	p := newPreparer(in)
	for _, style := range styles {
		s, err := simulate.Drawings{Style: style, PerCategory: perCategory, Seed: seed}.Stimuli()
		if err != nil {
			return drawnetBatch{err: err}
		}
		for i := range s.Len() {
			x, y := make([]float32, p.size()), make([]float32, len(drawnetCategories))
			if err := show(p, x, s.At(i)); err != nil {
				return drawnetBatch{err: err}
			}
			y[slices.Index(drawnetCategories, s.At(i).Category)] = 1
			b.x, b.y = append(b.x, x...), append(b.y, y...)
		}
	}
	return b
}

// trainDrawnet trains for a number of steps.
func trainDrawnet(ctx context.Context, seed uint64, steps int) (*trainedNet, error) {
	row, err := catalog.Model("drawnet")
	if err != nil {
		return nil, err
	}
	backend, _, err := engine()
	if err != nil {
		return nil, err
	}
	t := &trainedNet{input: row.Input}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := drawnetBatches(ctx, t.input, seed, steps)
	if err := t.start(seed); err != nil {
		return nil, err
	}
	return t, guard(func() error {
		step, err := model.NewExec(backend, t.store, drawnetStep)
		if err != nil {
			return err
		}
		defer step.Finalize()
		rng := rand.New(rand.NewPCG(seed, 1))
		analysis.ReportProgress(ctx, 0, steps)
		for i := range steps {
			var b drawnetBatch
			select {
			case b = <-batches:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if b.err != nil {
				return b.err
			}
			n := len(b.y) / len(drawnetCategories)
			keep := make([]float32, n*drawnetUnits)
			for j := range keep {
				if rng.Float64() < drawnetKeep {
					keep[j] = 1 / drawnetKeep
				}
			}
			rate := drawnetLearningRate * min(1, float64(i+1)/drawnetWarmUp) * (1 + math.Cos(math.Pi*float64(i)/float64(steps))) / 2
			if _, err := step.Exec(
				tensors.FromFlatDataAndDimensions(b.x, n, simulate.Side, simulate.Side, 1),
				tensors.FromFlatDataAndDimensions(b.y, n, len(drawnetCategories)),
				tensors.FromFlatDataAndDimensions(keep, n, drawnetUnits),
				float32(rate)); err != nil {
				return err
			}
			analysis.ReportProgress(ctx, i+1, steps)
		}
		return nil
	})
}

// logits returns the n×5 logits of pictures made ready, row by row.
func (t *trainedNet) logits(x []float32) (logits []float32, err error) {
	backend, _, err := engine()
	if err != nil {
		return nil, err
	}
	err = guard(func() error {
		e, err := model.NewExec(backend, t.store, func(scope *model.Scope, x *graph.Node) *graph.Node {
			return drawnetLogits(scope, x, nil)
		})
		if err != nil {
			return err
		}
		defer e.Finalize()
		out, err := e.Exec(tensors.FromFlatDataAndDimensions(x, len(x)/(simulate.Side*simulate.Side), simulate.Side, simulate.Side, 1))
		if err != nil {
			return err
		}
		logits, err = tensors.CopyFlatData[float32](out[0])
		return err
	})
	return logits, err
}

// accuracy is the share of new pictures that get their category.
func (t *trainedNet) accuracy(seed uint64, style simulate.Style) (float64, error) {
	b := drawDrawnetBatch(t.input, 120, seed, style)
	if b.err != nil {
		return 0, b.err
	}
	logits, err := t.logits(b.x)
	if err != nil {
		return 0, err
	}
	k, right := len(drawnetCategories), 0
	for i := 0; i < len(b.y); i += k {
		row := logits[i : i+k]
		if b.y[i+slices.Index(row, slices.Max(row))] == 1 {
			right++
		}
	}
	return float64(right) / float64(len(b.y)/k), nil
}
