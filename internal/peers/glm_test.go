package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"fusiform/internal/realdata"
)

// TestPythonGLM: designs and t-maps of real runs and of runs made up are
// nilearn's. The made-up ones are small, but made as the large ones are.
func TestPythonGLM(t *testing.T) {
	b, err := newBench(t.Context(), options{rounds: 1, timeout: time.Minute, python: peersPython(t), measure: measure{Budget: time.Millisecond}}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	small := func(name string, pack bool) func(*bench) (glmFiles, error) {
		return func(b *bench) (glmFiles, error) {
			return wholeBrain{shape: [3]int{12, 12, 7}, volumes: 90, runs: 2, pack: pack}.write(filepath.Join(b.dir, name))
		}
	}
	tasks := []Task{glmTask("small/gz/ar1", "ar1", small("packed", true))}
	if dir := os.Getenv("FUSIFORM_DATA"); dir != "" {
		realdata.Folder(t, "brain/haxby2001_sub001_1slice")
		tasks = append(tasks, glmTasks()[:2]...)
	}
	for _, task := range tasks {
		if err := task.Before(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		ours := inProcess(t, task)
		file := filepath.Join(b.dir, "answer")
		if _, err := b.peer(t.Context(), task, task.Peers[0], 1, file); err != nil {
			t.Fatal(err)
		}
		peer, err := readAnswer(file)
		if err != nil || len(peer) != len(ours) {
			t.Fatalf("%s: %d values, the peer's %d: %v", task.Name, len(ours), len(peer), err)
		}
		most, scale := 0.0, 0.0
		for i, x := range peer {
			most, scale = math.Max(most, math.Abs(ours[i]-x)), math.Max(scale, math.Abs(x))
		}
		r := stat.Correlation(ours, peer, nil)
		t.Logf("%s: %d values up to %.3f, r = 1 − %.1e, largest difference %.1e", task.Name, len(ours), scale, 1-r, most)
		if !(r > 1-1e-9) || most > 1e-6 {
			t.Errorf("%s: r %v, largest difference %v", task.Name, r, most)
		}
	}
}

func TestWholeBrain(t *testing.T) {
	w := wholeBrain{shape: [3]int{9, 8, 5}, volumes: 40, runs: 2}
	f, err := w.write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	runs, close, err := f.open()
	defer close()
	if err != nil {
		t.Fatal(err)
	}
	inside := 0
	for _, in := range w.brain() {
		if in {
			inside++
		}
	}
	for _, r := range runs {
		n, v := r.Data.Dims()
		if n != 40 || v != inside || r.TR != 2 || len(r.Events) != 3 || len(r.ConfoundNames) != 6 {
			t.Errorf("%s: %d×%d, TR %v, %d events, confounds %v", r.Name, n, v, r.TR, len(r.Events), r.ConfoundNames)
		}
		y, err := r.Data.Block(t.Context(), 0, v)
		if err != nil {
			t.Fatal(err)
		}
		if m, s := stat.MeanStdDev(y.RawMatrix().Data, nil); math.Abs(m-10000) > 30 || s < 90 || s > 150 {
			t.Errorf("%s: %v ± %v", r.Name, m, s)
		}
	}
	if _, _, err := glmTasks()[0].Prepare(); err == nil || !strings.Contains(err.Error(), argsVariable) {
		t.Errorf("files of nobody: %v", err)
	}
}
