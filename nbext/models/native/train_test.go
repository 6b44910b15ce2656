package native

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/simulate"
)

// quick is a training of a few steps, with everything that a seed decides.
func quick(t testing.TB) Training {
	return Training{
		Network:  SmallNet{Classes: 2, Channels: []int{2, 3}, Units: 8, Colour: true},
		Pictures: Shuffled{pictures(t, 14)},
		Test:     pictures(t, 3), Seed: 3, Batch: 4, Steps: 9, Rate: .01,
	}
}

func run(t testing.TB, tr Training) *Trained {
	t.Helper()
	out, err := tr.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Losses and weights after some steps are torch's: internal/reference/native.py.
// The networks have convolutions, batch and layer norm, attention, overlapping
// maxima and residuals; one dropping out would be different in torch.
func TestStepsOfAdam(t *testing.T) {
	for _, c := range small {
		var e struct {
			Training struct {
				Rate   float64
				Losses []float64
				Norms  map[string]float64
				First  map[string][]float64
			}
			Side int
		}
		readInto(t, filepath.Join("testdata", c.file+".json"), &e)
		want := e.Training
		a := c.arch
		if n, ok := a.(AlexNet); ok {
			n.Dropout = -1
			a = n
		}
		tr := Training{Network: a, Pictures: Shuffled{five(t)}, Start: filepath.Join("testdata", c.file+".safetensors"),
			Batch: 2, Steps: len(want.Losses), Rate: want.Rate}
		tr, p, err := tr.full()
		if err != nil {
			t.Fatal(err)
		}
		s, err := tr.begin(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		y := make([]float32, 10)
		y[1], y[5+3] = 1, 1
		for i, w := range want.Losses {
			got, err := s.take(i+1, batch{x: waves(e.Side), y: y})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Loss-w) > 2e-4*math.Max(1, w) {
				t.Errorf("%s: loss %d is %v, torch has %v", c.file, i, got.Loss, w)
			}
		}
		got, err := s.values("")
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range p.parameters {
			norm := 0.
			for _, v := range got[i] {
				norm += float64(v) * float64(v)
			}
			if w := want.Norms[q.Name]; math.Abs(math.Sqrt(norm)-w) > 1e-3*w {
				t.Errorf("%s: %s has norm %v, torch's %v", c.file, q.Name, math.Sqrt(norm), w)
			}
		}
	}
}

// five are pictures of five categories.
func five(t testing.TB) analysis.Stimuli {
	s, err := simulate.Drawings{PerCategory: 2, Seed: 1}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An interrupted training that goes on gives the same weights, bit by bit, as one
// that was never interrupted; so does one without a folder.
func TestResume(t *testing.T) {
	for name, tr := range map[string]Training{
		"drop-out": quick(t),
		"batch norm": {Network: ResNet{Classes: 2, Blocks: [4]int{1, 1, 1, 1}, Width: 2, Side: 32}, Pictures: Shuffled{pictures(t, 6)},
			Test: pictures(t, 2), Seed: 1, Batch: 3, Steps: 5},
	} {
		want := run(t, tr)
		tr.Folder = filepath.Join(t.TempDir(), "training")
		for _, stop := range []int{2, 3} { // interrupted twice
			ctx, cancel := context.WithCancel(context.Background())
			tr.Watch = func(step, _ int, _, _ float64) {
				if step == stop {
					cancel()
				}
			}
			_, err := tr.Run(ctx)
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), fmt.Sprintf("after %d of %d steps", stop, tr.Steps)) {
				t.Fatalf("%s: error %v", name, err)
			}
		}
		var told []int
		tr.Watch = func(step, _ int, _, _ float64) { told = append(told, step) }
		got := run(t, tr)
		if got.Resumed != 3 {
			t.Errorf("%s: went on from step %d", name, got.Resumed)
		}
		if len(told) != tr.Steps || told[0] != 1 {
			t.Errorf("%s: told of steps %v", name, told)
		}
		for i, q := range want.plan.parameters {
			if !slices.Equal(got.values[i], want.values[i]) {
				t.Errorf("%s: %s differs", name, q.Name)
			}
		}
		if got.Accuracy != want.Accuracy {
			t.Errorf("%s: accuracy %v, want %v", name, got.Accuracy, want.Accuracy)
		}
		if !slices.Equal(got.Curve, want.Curve) { // so the figure is the same, bit by bit
			t.Errorf("%s: the curve is %v, want %v", name, got.Curve, want.Curve)
		}
		// All is there: nothing is computed, and the networks are the same.
		tr.Watch = nil
		again := run(t, tr)
		if again.Resumed != tr.Steps {
			t.Errorf("%s: computed again", name)
		}
		a, err := again.Network()
		if err != nil {
			t.Fatal(err)
		}
		b, err := tr.Checkpoint(tr.Steps)
		if err != nil {
			t.Fatal(err)
		}
		if a.Key() != b.Key() {
			t.Errorf("%s: the last checkpoint is another network", name)
		}
		// Kept are the steps of Keep and the last: not step 3, where it stopped.
		cs, err := tr.Checkpoints()
		if err != nil {
			t.Fatal(err)
		}
		var steps []int
		for _, c := range cs {
			steps = append(steps, c.Step)
		}
		kept := []int{0, 1, 2, 5}
		if tr.Steps == 9 {
			kept = append(kept, 9)
		}
		if diff := cmp.Diff(kept, steps); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		left, err := filepath.Glob(filepath.Join(tr.Folder, ".*"))
		if err != nil || len(left) > 0 {
			t.Error(left, err)
		}
	}
}

// The same seed gives the same network, another seed another.
func TestSeed(t *testing.T) {
	tr := quick(t)
	tr.Steps = 3
	a, b := run(t, tr), run(t, tr)
	tr.Seed++
	c := run(t, tr)
	for i := range a.values {
		if !slices.Equal(a.values[i], b.values[i]) {
			t.Errorf("parameter %d differs", i)
		}
	}
	if slices.Equal(a.values[0], c.values[0]) {
		t.Error("another seed gives the same weights")
	}
}

// A damaged checkpoint is passed over, with a warning.
func TestDamagedCheckpoint(t *testing.T) {
	tr := quick(t)
	want := run(t, tr)
	tr.Folder = t.TempDir()
	run(t, tr)
	path := filepath.Join(tr.Folder, "step-000009", adamFile)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-5] ^= 1
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	got := run(t, tr)
	if got.Resumed != 5 || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0].Error(), "damaged") {
		t.Errorf("went on from step %d, warnings %v", got.Resumed, got.Warnings)
	}
	for i := range want.values {
		if !slices.Equal(got.values[i], want.values[i]) {
			t.Errorf("parameter %d differs", i)
		}
	}
	// An unfinished folder is none.
	if err := os.WriteFile(filepath.Join(tr.Folder, "step-000009", aboutFile), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if cs, err := tr.Checkpoints(); err != nil || cs[len(cs)-1].Step != 5 {
		t.Error(cs, err)
	}
	if _, err := tr.Checkpoint(9); err == nil || !strings.Contains(err.Error(), "0, 1, 2, 5") {
		t.Errorf("error %v", err)
	}
}

func TestFolderOfAnotherTraining(t *testing.T) {
	tr := quick(t)
	tr.Steps, tr.Folder = 2, t.TempDir()
	killed := filepath.Join(tr.Folder, writing+"7")
	if err := os.Mkdir(killed, 0o777); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(killed, long, long); err != nil {
		t.Fatal(err)
	}
	run(t, tr)
	if _, err := os.Stat(killed); err == nil {
		t.Error("what a killed process left is still there")
	}
	tr.Seed, tr.Rate = 9, .02
	if _, err := tr.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "differs in Seed, Rate") {
		t.Errorf("error %v", err)
	}
}

// An interrupt in the middle of a step, or of the pictures, ends soon.
func TestInterrupt(t *testing.T) {
	tr := Training{Network: SmallNet{}, Pictures: Drawings{}, Steps: 1000, Folder: t.TempDir(), Keep: []int{1000}}
	ctx, cancel := context.WithCancel(context.Background())
	var at time.Time
	go func() { time.Sleep(600 * time.Millisecond); at = time.Now(); cancel() }()
	_, err := tr.Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if took := time.Since(at); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestTrainingRejects(t *testing.T) {
	bad := map[string]func(*Training){
		"no Pictures":     func(tr *Training) { tr.Pictures = nil },
		"set Classes: 2":  func(tr *Training) { tr.Network = SmallNet{} },
		"steps":           func(tr *Training) { tr.Steps = -1 },
		"the rate":        func(tr *Training) { tr.Rate = math.Inf(1) },
		"architecture":    func(tr *Training) { tr.Network = nil },
		"multiple of 10":  func(tr *Training) { tr.Network, tr.Pictures = SmallNet{}, Drawings{} },
		"lower Rate":      func(tr *Training) { tr.Rate = 1e30 },
		`"none/1"`:        func(tr *Training) { tr.Test = named(t, "none/1", "fish") },
		"has no image":    func(tr *Training) { tr.Pictures = Shuffled{named(t, "a", "face", "b", "body")} },
		"no such file":    func(tr *Training) { tr.Start = "none" },
		"does not have":   func(tr *Training) { tr.Start = "testdata/small_vit.safetensors" },
		"not a directory": func(tr *Training) { tr.Folder = "testdata/small_vit.json/x" },
	}
	for want, change := range bad {
		tr := quick(t)
		change(&tr)
		if _, err := tr.Run(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// named are stimuli without images, by ID and category.
func named(t *testing.T, idCategory ...string) analysis.Stimuli {
	t.Helper()
	var items []analysis.Stimulus
	for i := 0; i < len(idCategory); i += 2 {
		items = append(items, analysis.Stimulus{ID: idCategory[i], Category: idCategory[i+1]})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every epoch shows every picture once, in another order.
func TestShuffled(t *testing.T) {
	s := pictures(t, 7)
	p := Shuffled{s}
	var shown []string
	for step := range 7 { // 21 pictures: three epochs
		items, err := p.Batch(5, step, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			shown = append(shown, it.ID)
		}
	}
	for e := range 3 {
		epoch := slices.Sorted(slices.Values(shown[7*e : 7*e+7]))
		if diff := cmp.Diff(s.IDs(), epoch); diff != "" {
			t.Error(diff)
		}
	}
	if slices.Equal(shown[:7], shown[7:14]) {
		t.Error("the second epoch has the order of the first")
	}
}

// Drawings are balanced, and none is shown twice.
func TestDrawings(t *testing.T) {
	seen := map[[32]byte]bool{}
	for step := range 3 {
		items, err := Drawings{}.Batch(1, step, 20)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, it := range items {
			count[it.Category]++
			d, err := it.Digest()
			if err != nil {
				t.Fatal(err)
			}
			if seen[d] {
				t.Errorf("step %d: a drawing is there twice", step)
			}
			seen[d] = true
		}
		for _, c := range (Drawings{}).Categories() {
			if count[c] != 4 {
				t.Errorf("step %d: %v", step, count)
			}
		}
	}
}

// A minute of a class in a second or two: the network learns.
func TestLearns(t *testing.T) {
	test, err := simulate.Drawings{PerCategory: 20, Seed: 5}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	tr := Training{Network: SmallNet{Channels: []int{8, 16}, Units: 64}, Pictures: Drawings{Styles: []simulate.Style{simulate.Outline}}, Test: test,
		Seed: 1, Batch: 30, Steps: 60, Rate: 4e-3}
	out := run(t, tr)
	t.Logf("%.2f of %d new drawings", out.Accuracy, out.Tested)
	if out.Accuracy < .45 {
		t.Errorf("%.2f right, chance is .2", out.Accuracy)
	}
}
