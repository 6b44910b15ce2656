package native

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"fusiform/analysis"
	"fusiform/nbext/models"
)

// A Training trains a network from nothing to tell the categories of pictures:
// Adam on the cross-entropy, the rate rising over the first tenth of the steps
// (100 at most) and falling as half a cosine.
//
// The seed decides the first weights, the order of the pictures and what is
// dropped out; the same seed on the same engine and processor gives the same
// weights, bit by bit, also if the training was interrupted and went on from a
// checkpoint. Rounding differs between engines and grows: there the same seed
// gives other weights, and about the same accuracy.
type Training struct {
	Network  Architecture
	Pictures Pictures
	Test     analysis.Stimuli // other pictures, shown at each checkpoint; empty: none

	// Start is a safetensors file with the first weights; empty: they are drawn.
	Start string

	Seed  uint64
	Batch int     // pictures in a step; 0 means 120
	Steps int     // 0 means 600
	Rate  float64 // the highest rate of Adam; 0 means 1.5e-3

	// Folder keeps checkpoints; empty: there are none, and nothing to go on from.
	Folder string

	// Keep are the steps after which a checkpoint is kept, to be opened as a
	// network (Checkpoint); none means 0, 1, 2, 5, 10, 20, 50 and so on. The last step is
	// always kept, and where the training stands is saved every half minute.
	Keep []int

	// Watch is told after each step the loss and the share of its pictures that
	// got their category, both from before the network learnt from them
	// (nbext.Curve draws them); nil: nobody watches. A training that goes on
	// from a checkpoint tells the steps before it, too.
	Watch func(step, steps int, loss, accuracy float64)
}

// A Point is how a network did on the pictures of one step.
type Point struct {
	Step           int // from 1
	Loss, Accuracy float64
}

// A Trained is the outcome of a training.
type Trained struct {
	Categories []string // names of the logits, in order
	Curve      []Point  // a point for each step
	Tested     int      // pictures in Test
	Accuracy   float64  // share of them that got their category; chance is about 1/len(Categories)
	Resumed    int      // the step from which an earlier training went on; 0: from the beginning

	// Warnings say what a reader should know: that a damaged checkpoint was
	// passed over, say.
	Warnings []error

	plan   *plan
	values [][]float32
}

// Network returns the trained network.
func (t *Trained) Network() (*models.Model, error) {
	all := make([]numbers, len(t.values))
	for i, v := range t.values {
		all[i] = held(v)
	}
	return t.plan.model(t.plan.arch.Name(), all)
}

// full fills in what stands for the zero values, and checks.
func (t Training) full() (Training, *plan, error) {
	t.Batch, t.Steps = or0(t.Batch, 120), or0(t.Steps, 600)
	if t.Rate == 0 {
		t.Rate = 1.5e-3
	}
	p, err := survey(t.Network)
	switch {
	case err != nil:
		return t, nil, err
	case t.Pictures == nil:
		err = errors.New("no Pictures to train on")
	case t.Batch < 1 || t.Steps < 1:
		err = fmt.Errorf("%d steps of %d pictures", t.Steps, t.Batch)
	case !(t.Rate > 0) || math.IsInf(t.Rate, 0):
		err = fmt.Errorf("the rate is %v", t.Rate)
	default:
		if k := t.Pictures.Categories(); len(k) < 2 {
			err = fmt.Errorf("pictures of %d category; a network learns to tell two at least", len(k))
		} else if len(k) != p.classes {
			err = fmt.Errorf("the network tells %d classes, the pictures have %d categories; set Classes: %d", p.classes, len(k), len(k))
		}
	}
	if err != nil {
		return t, nil, t.wrap(err)
	}
	if len(t.Keep) == 0 {
		t.Keep = []int{0}
		for step, k := 1, 0; step <= t.Steps; k++ {
			t.Keep = append(t.Keep, step)
			step = []int{1, 2, 5}[(k+1)%3] * int(math.Pow10((k+1)/3))
		}
	}
	return t, p, nil
}

func (t Training) wrap(err error) error {
	return fmt.Errorf("native: training %s: %w", t.Network.Name(), err)
}

// saveEvery is how often a training saves where it stands.
const saveEvery = 30 * time.Second

// patience is how long an interrupted training waits for the step that is under
// way.
const patience = 700 * time.Millisecond

// Run trains the network, and returns it with how it went. If Folder has a
// checkpoint of the same training, it goes on from the last one; if it has all
// steps already, nothing is computed.
//
// Progress is reported through ctx in steps. When ctx ends, Run saves where it
// stands and ends within a second, with ctx's error; run again, it goes on from
// there. (If a single step takes longer than that, it goes on from the checkpoint
// before.)
//
// It fails if the network cannot be built, if a picture cannot be shown or is of
// a category that Pictures does not list, if the loss is no longer finite, if a
// checkpoint cannot be written, and if Folder has the checkpoints of another
// training.
func (t Training) Run(ctx context.Context) (*Trained, error) {
	t, p, err := t.full()
	if err != nil {
		return nil, err
	}
	s, err := t.begin(ctx, p)
	if err != nil {
		return nil, t.wrap(err)
	}
	defer s.close()
	if err := t.run(ctx, s); err != nil {
		return nil, t.wrap(err)
	}
	out := &Trained{Categories: t.Pictures.Categories(), Curve: s.curve, Tested: t.Test.Len(), Accuracy: s.accuracy,
		Resumed: s.resumed, Warnings: s.warnings, plan: p}
	if out.values, err = s.values(""); err != nil {
		return nil, t.wrap(err)
	}
	return out, nil
}

// run takes the steps that are missing.
func (t Training) run(ctx context.Context, s *state) error {
	if t.Watch != nil {
		for _, p := range s.curve {
			t.Watch(p.Step, t.Steps, p.Loss, p.Accuracy)
		}
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := newFeeder(t).ahead(inner, len(s.curve))
	keep := map[int]bool{t.Steps: true}
	for _, k := range t.Keep {
		keep[k] = true
	}
	analysis.ReportProgress(ctx, len(s.curve), t.Steps)
	saved := time.Now()
	save := func(keep bool) error {
		saved = time.Now()
		if err := s.save(ctx, keep); err != nil && ctx.Err() == nil {
			return err
		}
		return nil // if ctx has ended, the next step sees to it
	}
	if keep[len(s.curve)] && !s.kept {
		if err := save(true); err != nil {
			return err
		}
	}
	for len(s.curve) < t.Steps {
		b := next(ctx, ready)
		if ctx.Err() != nil {
			return s.stopped(ctx)
		}
		if b.err != nil {
			return b.err
		}
		p, err := s.step(ctx, b)
		if errors.Is(err, errAbandoned) {
			return fmt.Errorf("interrupted in step %d; it goes on from the last checkpoint: %w", len(s.curve)+1, context.Cause(ctx))
		}
		if err != nil {
			return err
		}
		s.curve, s.kept = append(s.curve, p), false
		if t.Watch != nil {
			t.Watch(p.Step, t.Steps, p.Loss, p.Accuracy)
		}
		if keep[p.Step] || time.Since(saved) > saveEvery {
			if err := save(keep[p.Step]); err != nil {
				return err
			}
		}
		analysis.ReportProgress(ctx, p.Step, t.Steps)
	}
	if ctx.Err() != nil && !s.kept {
		return s.stopped(ctx)
	}
	return nil
}

// stopped saves where an interrupted training stands.
func (s *state) stopped(ctx context.Context) error {
	done := len(s.curve)
	how := "there is no Folder to keep it"
	if s.t.Folder != "" {
		if err := s.save(context.WithoutCancel(ctx), false); err != nil {
			return fmt.Errorf("stopped after %d of %d steps, and that could not be saved: %w", done, s.t.Steps, err)
		}
		how = "the next Run goes on from there"
	}
	return fmt.Errorf("stopped after %d of %d steps, %s: %w", done, s.t.Steps, how, context.Cause(ctx))
}

// rate is that of a step, the first being 1.
func (t Training) rate(step int) float64 {
	warm := min(100, max(1, t.Steps/10))
	return t.Rate * min(1, float64(step)/float64(warm)) * (1 + math.Cos(math.Pi*float64(step-1)/float64(t.Steps))) / 2
}
