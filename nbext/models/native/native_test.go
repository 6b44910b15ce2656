package native

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"fusiform/nbext/models"
)

// expected is what internal/reference/native.py writes.
type expected struct {
	Side   int
	Layers []struct {
		Layer   string
		Shape   []int
		Largest float64
		Norm    []float64
		Step    int
		Values  [][]float64
	}
}

func readExpected(t testing.TB, path string) (e expected) {
	t.Helper()
	readInto(t, path, &e)
	return e
}

func readInto(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// waves are the two images of native.py.
func waves(side int) []float32 {
	x := make([]float32, 2*3*side*side)
	for i := range x {
		f := float64(i)
		x[i] = float32(math.Sin(.37*f) + .5*math.Sin(.0131*f) + .2*math.Cos(1.9e-4*f))
	}
	return x
}

// compare holds a network against torchvision's and returns the largest
// difference, relative to the largest value of a layer.
func compare(t *testing.T, m *models.Model, e expected, logits string) float64 {
	t.Helper()
	worst := 0.
	x := waves(e.Side)
	for _, l := range e.Layers {
		name := l.Layer
		if name == "logits" {
			name = logits
		}
		got, err := m.Forward(x, 2, name)
		if err != nil {
			t.Fatal(err)
		}
		units := len(got) / 2
		for k := range 2 {
			row := got[k*units : (k+1)*units]
			norm := 0.
			for _, v := range row {
				norm += float64(v) * float64(v)
			}
			if d := math.Abs(math.Sqrt(norm)-l.Norm[k]) / l.Norm[k]; !(d <= 1e-4) {
				t.Errorf("%s, image %d: norm %v, torch has %v", name, k, math.Sqrt(norm), l.Norm[k])
			}
			for i, want := range l.Values[k] {
				d := math.Abs(float64(row[i*l.Step])-want) / l.Largest
				worst = max(worst, d)
				if !(d <= 1e-4) {
					t.Fatalf("%s, image %d, unit %d: %v, torch has %v (largest %v)", name, k, i*l.Step, row[i*l.Step], want, l.Largest)
				}
			}
		}
	}
	return worst
}

var small = []struct {
	file, logits string
	arch         Architecture
}{
	{"small_alexnet", "classifier.6", AlexNet{Classes: 5, Channels: [5]int{4, 6, 8, 6, 4}, Units: 12, Side: 127}},
	{"small_resnet", "fc", ResNet{Classes: 5, Blocks: [4]int{1, 2, 1, 1}, Width: 4, Side: 64}},
	{"small_vit", "heads.head", ViT{Classes: 5, Patch: 12, Depth: 2, Width: 24, Heads: 3, Hidden: 40, Side: 48}},
}

// The expected values are torchvision's: internal/reference/native.py.
func TestSmallNetworks(t *testing.T) {
	for _, c := range small {
		m, err := Open(c.arch, filepath.Join("testdata", c.file+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		e := readExpected(t, filepath.Join("testdata", c.file+".json"))
		t.Logf("%s: within %.1e of torchvision's", c.file, compare(t, m, e, c.logits))
		layers, err := m.Layers()
		if err != nil {
			t.Fatal(err)
		}
		shapes := map[string][]int{}
		for _, l := range layers {
			shapes[l.Name] = l.Shape
		}
		for _, l := range e.Layers {
			if l.Layer == "avgpool" && c.file == "small_resnet" {
				continue // 32×1×1 of torch
			}
			if got := shapes[l.Layer]; l.Layer != "logits" && !slices.Equal(got, l.Shape) {
				t.Errorf("%s: layer %s has shape %v, torch's %v", c.file, l.Layer, got, l.Shape)
			}
		}
	}
}

// Layers go by the names of the modules around them, as those of files do.
func TestModules(t *testing.T) {
	for _, c := range []struct {
		a           Architecture
		layer, name string
	}{
		{small[1].arch, "layer2.1.relu", "layer2"}, {small[1].arch, "layer2.0.relu", "layer2.0.relu2"}, {small[1].arch, "layer2.1.relu", "layer2.1"},
		{small[2].arch, "encoder.layers.encoder_layer_1.mlp.3", "encoder.layers.encoder_layer_1.mlp"}, {tiny, "features.12", "features"},
	} {
		m, err := Untrained(c.a, 1)
		if err != nil {
			t.Fatal(err)
		}
		x := waves(c.a.Input().Width)
		a, err := m.Forward(x, 2, c.layer)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.Forward(x, 2, c.name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a, b) {
			t.Errorf("%s is not %s", c.name, c.layer)
		}
	}
}

// The networks of full size, if the Python environment of the peers is there
// (CONTRIBUTING, "The engine").
func TestFullSize(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err)
	}
	python := filepath.Join(home, ".cache/fusiform/peers/venv/bin/python")
	if _, err := os.Stat(python); err != nil || testing.Short() {
		t.Skip("the peers' Python environment is not there, or the test is to be short")
	}
	dir := t.TempDir()
	full := []struct {
		file, logits string
		arch         Architecture
	}{
		{"resnet18", "fc", ResNet{}}, {"vit_ti16", "heads.head", ViT{}},
		{"alexnet", "classifier.6", AlexNet{}}, {"vit_s16", "heads.head", ViT{Width: 384, Heads: 6}},
	}
	args := []string{"../../../internal/reference/native.py", dir}
	if os.Getenv("FUSIFORM_DATA") == "" {
		full = full[:2] // a thorough run has all four
	}
	for _, c := range full {
		args = append(args, c.file)
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range full {
		m, err := Open(c.arch, filepath.Join(dir, c.file+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if m.Name() != c.file {
			t.Errorf("the name is %q, want %q", m.Name(), c.file)
		}
		t.Logf("%s: within %.1e of torchvision's", c.file, compare(t, m, readExpected(t, filepath.Join(dir, c.file+".json")), c.logits))
	}
}
