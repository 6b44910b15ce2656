package native

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"fusiform/analysis"
	"fusiform/nbext/models"
)

// A state is a training under way.
type state struct {
	t        Training
	p        *plan
	engine   models.Engine
	recipe   recipe
	store    *model.Store // parameters by name, and the moments of Adam
	learn    *model.Exec
	answer   *model.Exec
	curve    []Point
	accuracy float64 // of Test, at the last checkpoint
	test     *batch  // made ready when first needed
	resumed  int
	kept     bool // a checkpoint of the last step is there, with its accuracy
	warnings []error
	broken   bool // a step was left under way
}

// Prefixes of Adam's moments in the store and in checkpoints.
const (
	firstMoment  = "adam.first."
	secondMoment = "adam.second."
)

// begin makes the state of a training: that of its last checkpoint, or the first.
func (t Training) begin(ctx context.Context, p *plan) (*state, error) {
	backend, engine, err := models.Started()
	if err != nil {
		return nil, err
	}
	s := &state{t: t, p: p, engine: engine, store: model.NewStore()}
	if s.recipe, err = t.recipe(p, engine); err != nil {
		return nil, err
	}
	found, err := s.resume()
	if err == nil && !found {
		err = s.first()
	}
	if err != nil {
		return nil, err
	}
	err = guard(func() error {
		if s.learn, err = model.NewExec(backend, s.store, s.graph); err != nil {
			return err
		}
		s.answer, err = model.NewExec(backend, s.store, func(_ *model.Scope, x *graph.Node) *graph.Node {
			return s.p.arch.Forward(s.builder(), x)
		})
		return err
	})
	return s, err
}

func (s *state) close() {
	if s.broken {
		return // its step may still run
	}
	for _, e := range []*model.Exec{s.learn, s.answer} {
		if e != nil {
			e.Finalize()
		}
	}
	s.store.Finalize()
}

// first puts the weights that the training begins with into the store.
func (s *state) first() error {
	all := make([]numbers, len(s.p.parameters))
	for i, q := range s.p.parameters {
		all[i] = drawn(q, s.t.Seed)
	}
	if s.t.Start != "" {
		f, err := OpenSafetensors(s.t.Start)
		if err != nil {
			return err
		}
		defer f.Close()
		if all, err = s.p.from(f, s.t.Start); err != nil {
			return err
		}
	}
	for i, q := range s.p.parameters {
		v, err := all[i].all(q)
		if err != nil {
			return err
		}
		if err := s.put(q.Name, q.Shape, v); err != nil {
			return err
		}
		if q.Fixed {
			continue
		}
		for _, m := range []string{firstMoment, secondMoment} {
			if err := s.put(m+q.Name, q.Shape, make([]float32, len(v))); err != nil {
				return err
			}
		}
	}
	return nil
}

// put makes a variable.
func (s *state) put(name string, shape []int, v []float32) error {
	return guard(func() error {
		_, err := s.store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(v, shape...))
		return err
	})
}

// values are the numbers of the parameters, or, with a prefix, of the moments of
// those that learn.
func (s *state) values(prefix string) (out [][]float32, err error) {
	err = guard(func() error {
		for _, q := range s.p.parameters {
			if prefix != "" && q.Fixed {
				continue
			}
			t, err := s.store.GetVariable("/" + prefix + q.Name).Value()
			if err != nil {
				return err
			}
			v, err := tensors.CopyFlatData[float32](t)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// builder reads the parameters from the store.
func (s *state) builder() *Builder {
	return &Builder{
		parameter: func(q Parameter, g *graph.Graph) *graph.Node { return s.store.GetVariable("/" + q.Name).NodeValue(g) },
		layer:     func(_, _ string, y *graph.Node) *graph.Node { return y },
	}
}

// Adam's constants: Kingma & Ba (2015), arXiv:1412.6980.
const (
	adamBeta1   = .9
	adamBeta2   = .999
	adamEpsilon = 1e-8
)

// graph is one step on the mean cross-entropy of the pictures x with the
// categories y. With the gradient g of a weight w,
//
//	m ← β₁m + (1−β₁)g    v ← β₂v + (1−β₂)g²    w ← w − rate·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)
//
// debias has 1/(1−β₁ᵗ) and 1/(1−β₂ᵗ). It returns the loss and the logits before the step.
func (s *state) graph(_ *model.Scope, in []*graph.Node) []*graph.Node {
	x, y, random, rate, debias1, debias2 := in[0], in[1], in[2], in[3], in[4], in[5]
	g := x.Graph()
	b := s.builder()
	b.random = random
	b.renew = func(name string, value *graph.Node) { s.store.GetVariable("/" + name).SetNodeValue(value) }
	logits := s.p.arch.Forward(b, x)
	n := float64(x.Shape().Dimensions[0])
	loss := graph.MulScalar(graph.ReduceAllSum(graph.Mul(y, graph.LogSoftmax(logits, -1))), -1/n)

	var weights []*graph.Node
	var names []string
	for _, q := range s.p.parameters {
		if !q.Fixed {
			weights = append(weights, s.store.GetVariable("/"+q.Name).NodeValue(g))
			names = append(names, q.Name)
		}
	}
	for i, d := range graph.Gradient(loss, weights...) {
		first, second := s.store.GetVariable("/"+firstMoment+names[i]), s.store.GetVariable("/"+secondMoment+names[i])
		m := graph.Add(graph.MulScalar(first.NodeValue(g), adamBeta1), graph.MulScalar(d, 1-adamBeta1))
		v := graph.Add(graph.MulScalar(second.NodeValue(g), adamBeta2), graph.MulScalar(graph.Square(d), 1-adamBeta2))
		first.SetNodeValue(m)
		second.SetNodeValue(v)
		by := graph.Div(graph.Mul(m, debias1), graph.AddScalar(graph.Sqrt(graph.Mul(v, debias2)), adamEpsilon))
		s.store.GetVariable("/" + names[i]).SetNodeValue(graph.Sub(weights[i], graph.Mul(rate, by)))
	}
	return []*graph.Node{loss, logits}
}

var errAbandoned = errors.New("abandoned")

// step learns from a batch. When ctx ends it waits for a moment, and then leaves
// the step to itself.
func (s *state) step(ctx context.Context, b batch) (Point, error) {
	type outcome struct {
		p   Point
		err error
	}
	done := make(chan outcome, 1)
	at := len(s.curve) + 1
	go func() {
		p, err := s.take(at, b)
		done <- outcome{p, err}
	}()
	select {
	case o := <-done:
		return o.p, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o.p, o.err
	case <-time.After(patience):
		s.broken = true
		return Point{}, errAbandoned
	}
}

// take is step, whatever it takes.
func (s *state) take(at int, b batch) (p Point, err error) {
	err = guard(func() error {
		rng := rand.New(rand.NewPCG(s.t.Seed, uint64(at)))
		n, k := len(b.y)/s.p.classes, s.p.classes
		debias := func(beta float64) float32 { return float32(1 / (1 - math.Pow(beta, float64(at)))) }
		out, err := s.learn.Exec(
			s.images(b.x, n),
			tensors.FromFlatDataAndDimensions(b.y, n, k),
			tensors.FromFlatDataAndDimensions([]uint64{rng.Uint64(), rng.Uint64(), rng.Uint64()}, 3),
			float32(s.t.rate(at)), debias(adamBeta1), debias(adamBeta2))
		if err != nil {
			return err
		}
		loss, err := tensors.CopyFlatData[float32](out[0])
		if err != nil {
			return err
		}
		logits, err := tensors.CopyFlatData[float32](out[1])
		if err != nil {
			return err
		}
		for _, o := range out {
			o.MustFinalizeAll()
		}
		p = Point{Step: at, Loss: float64(loss[0]), Accuracy: float64(float32(right(logits, b.y, k)) / float32(n))} // as checkpoints keep it
		return nil
	})
	if err == nil && (math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0)) {
		err = fmt.Errorf("the loss of step %d is %v: the weights have left all bounds; train with a lower Rate than %v", at, p.Loss, s.t.Rate)
	}
	return p, err
}

func (s *state) images(x []float32, n int) *tensors.Tensor {
	in := s.t.Network.Input()
	return tensors.FromFlatDataAndDimensions(x, n, in.Channels, in.Height, in.Width)
}

// right counts the rows whose largest logit is that of the category.
func right(logits, y []float32, k int) (n int) {
	for i := 0; i+k <= len(y); i += k {
		row := logits[i : i+k]
		if y[i+slices.Index(row, slices.Max(row))] == 1 {
			n++
		}
	}
	return n
}

// measure is the share of Test that gets its category.
func (s *state) measure(ctx context.Context) (float64, error) {
	n, k := s.t.Test.Len(), s.p.classes
	if n == 0 {
		return 0, nil
	}
	if s.test == nil {
		items := make([]analysis.Stimulus, n)
		for i := range items {
			items[i] = s.t.Test.At(i)
		}
		b := (&feeder{t: s.t}).prepare(ctx, items) // kept as a whole
		if b.err != nil {
			return 0, fmt.Errorf("test: %w", b.err)
		}
		s.test = &b
	}
	b, all := *s.test, 0
	each := len(b.x) / n
	err := guard(func() error {
		for from := 0; from < n; from += s.t.Batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			to := min(n, from+s.t.Batch)
			x := make([]float32, s.t.Batch*each) // one shape, one graph
			copy(x, b.x[from*each:to*each])
			out, err := s.answer.Exec(s.images(x, s.t.Batch))
			if err != nil {
				return err
			}
			logits, err := tensors.CopyFlatData[float32](out[0])
			if err != nil {
				return err
			}
			out[0].MustFinalizeAll()
			for _, v := range logits {
				if math.IsNaN(float64(v)) {
					return fmt.Errorf("the logits of Test are no numbers after step %d: the weights have left all bounds; train with a lower Rate than %v", len(s.curve), s.t.Rate)
				}
			}
			all += right(logits[:(to-from)*k], b.y[from*k:to*k], k)
		}
		return nil
	})
	return float64(all) / float64(n), err
}

// curves are the losses and accuracies so far.
func (s *state) curves() (loss, accuracy []float32) {
	for _, p := range s.curve {
		loss, accuracy = append(loss, float32(p.Loss)), append(accuracy, float32(p.Accuracy))
	}
	return loss, accuracy
}
