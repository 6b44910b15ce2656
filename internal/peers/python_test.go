package main

import (
	"encoding/json"
	"io"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// peersPython is the interpreter of the environment, if it has been made.
func peersPython(t *testing.T) string {
	t.Helper()
	dir, err := cacheDir()
	if err != nil {
		t.Skipf("needs the peers' environment: %v", err)
	}
	v := venv{dir: filepath.Join(dir, "venv"), say: io.Discard}
	if !v.complete() {
		t.Skipf("needs the peers' environment in %s: go run ./internal/peers -only gemm/float32/256 makes it", v.dir)
	}
	return v.python()
}

// The scripts make the same numbers and take the same samples.
func TestPythonInputs(t *testing.T) {
	python, dir := peersPython(t), t.TempDir()
	if err := writeScripts(dir); err != nil {
		t.Fatal(err)
	}
	const program = `
import json, sys
sys.path.insert(0, sys.argv.pop(1))
from common import uniform, sample
from networks import images
import numpy as np
u = uniform(3, 70000)
assert u.dtype == np.float32 and (uniform(3, 70000, np.float64) == u).all()
print(json.dumps({"u": u.tolist(), "s": [sample(np.arange(n)).tolist() for n in (0, 1, 4097, 100000)],
                  "x": images(2, 5, [127.5, 0.1, 255], [127.5, 1, 3]).ravel().tolist()}))`
	out, _, err := process{}.run(t.Context(), python, "-E", "-s", "-c", program, filepath.Join(dir, "py"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		U, X []float64
		S    [][]float64
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	same := func(what string, got, want []float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: Python has %d, Go %d", what, len(got), len(want))
			return
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: value %d is %v in Python, %v in Go", what, i, got[i], want[i])
				return
			}
		}
	}
	same("uniform", got.U, uniform[float64](3, 70000))
	for i, n := range []int{0, 1, 4097, 100000} {
		same("sample", got.S[i], sample(n, func(i int) float64 { return float64(i) }))
	}
	var want []float64
	for _, x := range (network{size: 5, mean: []float32{127.5, .1, 255}, std: []float32{127.5, 1, 3}}).images(2) {
		want = append(want, float64(x))
	}
	same("images", got.X, want)
}

// Small tasks give the same answers on both sides.
func TestPythonTasks(t *testing.T) {
	python := peersPython(t)
	b, err := newBench(t.Context(), options{rounds: 1, timeout: time.Minute, python: python, measure: measure{Budget: time.Millisecond}}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	all, _ := tasks()
	limits := map[string]float64{"gemm/float32/256x256x256": 1e-6, "gemm/float64/256x256x256": 1e-14, "syrk/float32/256x256": 1e-6, "syrk/float64/256x256": 1e-14,
		"cholesky/float64/1000": 1e-12, "train/smallnet/batch64": 1e-5}
	for _, task := range choose(all, regexp.MustCompile(`/256x|cholesky|train`)) {
		for _, r := range b.compare(t.Context(), task, 1) {
			limit, ok := limits[task.Name]
			if !ok || r.Error != "" || r.Difference == nil || *r.Difference > limit || r.Ratio <= 0 || r.PeerMiB < 5 || r.OursMiB < 5 {
				t.Errorf("%+v, expected a difference below %v", r, limit)
			}
		}
	}
}
