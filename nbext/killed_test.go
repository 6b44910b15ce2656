package nbext

import (
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// large is a network whose responses take a while to write.
type large struct{ channels int }

func (large) Name() string { return "large" }
func (large) Key() string  { return "large" }
func (l large) Responses(ctx context.Context, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	v := mat.NewDense(s.Len(), l.channels, nil)
	for i := range s.Len() {
		for j := range l.channels {
			v.Set(i, j, float64(i-j)+.1) // .1 needs float64
		}
	}
	return analysis.NewResponses("large", s, v)
}

func blank(t *testing.T, n int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i] = analysis.Stimulus{ID: fmt.Sprint(i), Image: func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 1, 1)), nil }}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A run that is killed while it writes its entry leaves none, and the next run
// computes it. The run is this test in a process of its own.
func TestKilledRunLeavesNoEntry(t *testing.T) {
	const stimuli, channels = 100, 200_000 // 160 MB, one block
	if dir := os.Getenv("FUSIFORM_TEST_KILLED"); dir != "" {
		_, err := run(t.Context(), dir, large{channels}, "pool", blank(t, stimuli))
		t.Fatalf("was not killed: %v", err)
	}
	if testing.Short() {
		t.Skip("writes 160 MB")
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledRunLeavesNoEntry$")
	child.Env = append(os.Environ(), "FUSIFORM_TEST_KILLED="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	half := ""
	for deadline := time.Now().Add(time.Minute); half == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			child.Process.Kill()
			t.Fatal("the child wrote nothing within a minute")
		}
		for _, path := range entries(t, dir) {
			if st, err := os.Stat(path); err == nil && st.Size() > 1<<20 {
				half = path
			}
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait() // its status is that of the signal
	if filepath.Ext(half) != tempSuffix {
		t.Fatalf("the entry %s was visible while it was written", half)
	}
	for _, path := range entries(t, dir) {
		if filepath.Ext(path) == entrySuffix {
			t.Errorf("the killed run left the entry %s", path)
		}
	}
	s := blank(t, stimuli)
	r, err := run(t.Context(), dir, large{channels}, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Matrix().At(3, 5); got != -1.9 {
		t.Errorf("the next run gives %v, want −1.9", got)
	}
}
