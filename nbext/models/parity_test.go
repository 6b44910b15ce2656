package models

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute-onnx/support/protos"
	"gonum.org/v1/gonum/mat"
	"google.golang.org/protobuf/proto"

	"fusiform/analysis"
	"fusiform/internal/realdata"
	"fusiform/internal/simd"
	"fusiform/nbext/catalog"
)

// A fact is what another program found in a layer for one image.
type fact struct {
	L2     float64   `json:"l2"`
	First8 []float64 `json:"first8"`
}

// golden are the images that models.json gives outputs for, at one size.
func golden(t testing.TB, dir string, size int, names ...string) analysis.Stimuli {
	t.Helper()
	var items []analysis.Stimulus
	for _, n := range names {
		path := filepath.Join(dir, "golden", fmt.Sprintf("%s_%d.png", n, size))
		items = append(items, analysis.Stimulus{ID: n, Image: func() (image.Image, error) {
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			img, _, err := image.Decode(f)
			return img, err
		}})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkFact compares a row with what another program found, within 1e-4 of
// the root mean square of the layer, or of the value.
func checkFact(t *testing.T, what string, row []float64, want fact) {
	t.Helper()
	ss := 0.0
	for _, v := range row {
		ss += v * v
	}
	if !close4(math.Sqrt(ss), want.L2, want.L2) {
		t.Errorf("%s: L2 norm is %.7g, expected %.7g", what, math.Sqrt(ss), want.L2)
	}
	rms := want.L2 / math.Sqrt(float64(len(row)))
	for i, w := range want.First8 {
		if i < len(row) && !close4(row[i], w, max(math.Abs(w), rms)) {
			t.Errorf("%s: value %d is %.7g, expected %.7g", what, i, row[i], w)
		}
	}
}

// TestParity compares every network of the data folder, at its output and at
// layers a quarter, half and three quarters of the way and before the
// read-out, with onnxruntime (testdata/layers.json, by
// internal/reference/models.py) and the output also with models.json. Small
// networks are compared at each instruction set, and one of them on GoMLX's
// own backend too.
func TestParity(t *testing.T) {
	r := parityReference(t)
	eng, err := Backend()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(eng)
	if len(networks()) != len(r.Networks) {
		t.Errorf("the catalog has %d networks with a file, the reference %d", len(networks()), len(r.Networks))
	}
	for _, row := range networks() {
		t.Run(row.Name, func(t *testing.T) { r.check(t, row) })
		if row.Input.Width > 100 {
			continue
		}
		for _, level := range simd.Levels()[:len(simd.Levels())-1] { // the best was just in use
			t.Run(row.Name+"/"+level.String(), func(t *testing.T) {
				defer simd.Use(level)()
				r.check(t, row)
			})
		}
	}
	t.Run("cifar10_resnet/go", func(t *testing.T) {
		t.Setenv(compute.ConfigEnvVar, "go")
		row, err := catalog.Model("cifar10_resnet")
		if err != nil {
			t.Fatal(err)
		}
		r.check(t, row)
	})
}

// A reference is what onnxruntime finds in the networks of the data folder.
type reference struct {
	dir      string
	Networks map[string][]struct {
		Layer  string
		Shape  []int
		Images map[string]fact
	}
	published map[string]struct {
		File       string
		OutputName string `json:"output_name"`
		Golden     map[string]fact
	}
}

func parityReference(t *testing.T) reference {
	t.Helper()
	r := reference{dir: realdata.Folder(t, "models")}
	readJSON(t, "testdata/layers.json", &r)
	readJSON(t, filepath.Join(r.dir, "models.json"), &r.published)
	return r
}

// check compares one network.
func (r reference) check(t *testing.T, row catalog.ModelRow) {
	t.Helper()
	names := []string{"hopper", "cat", "hotdog", "macaw"}
	m, err := Open(filepath.Join(r.dir, filepath.Base(row.File)))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name() != row.Name || m.Warnings != nil {
		t.Errorf("opened as %q with warnings %v", m.Name(), m.Warnings)
	}
	want := r.Networks[filepath.Base(row.File)]
	var layers []string
	for _, l := range want {
		layers = append(layers, l.Layer)
	}
	for _, l := range row.Layers {
		if !slices.Contains(layers, l) {
			t.Errorf("the catalog's layer %q is not in the reference %v", l, layers)
		}
	}
	got, err := m.ResponsesAt(context.Background(), layers, golden(t, r.dir, m.Input.Width, names...))
	if err != nil {
		t.Fatal(err)
	}
	have, err := m.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		l, err := m.find(have, w.Layer)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(l.Shape, w.Shape) {
			t.Errorf("%s has shape %v, expected %v", w.Layer, l.Shape, w.Shape)
		}
		for i, name := range names {
			checkFact(t, w.Layer+" of "+name, got[w.Layer].Row(i), w.Images[name])
		}
	}
	for _, p := range r.published {
		if p.File != filepath.Base(row.File) {
			continue
		}
		for i, name := range names {
			out := got[p.OutputName].Row(i)
			if row.Name == "vit_s14_dinov2" {
				out = out[:384] // the class token
			}
			checkFact(t, p.OutputName+" of "+name+" (models.json)", out, p.Golden[name])
		}
	}
}

// TestParityOperators compares every operator, in the forms in which torch
// and older operator sets write it, with onnxruntime (testdata/ops.json,
// testdata/rewrites.json).
func TestParityOperators(t *testing.T) {
	tried := map[string]bool{}
	for _, file := range []string{"testdata/ops.json", "testdata/rewrites.json"} {
		parityOperators(t, file, tried)
	}
	for op := range rules {
		if !tried[op] {
			t.Errorf("operator %s is not compared with onnxruntime", op)
		}
	}
}

// parityOperators compares the cases of one file and notes their operators.
func parityOperators(t *testing.T, file string, tried map[string]bool) {
	var ref struct {
		Input struct{ X string }
		Cases []struct {
			Name, Onnx, Y string
			Shape         []int
		}
	}
	readJSON(t, file, &ref)
	x := float32s(t, ref.Input.X)
	for _, c := range ref.Cases {
		t.Run(c.Name, func(t *testing.T) {
			b, err := base64.StdEncoding.DecodeString(c.Onnx)
			if err != nil {
				t.Fatal(err)
			}
			mp := &protos.ModelProto{}
			if err := proto.Unmarshal(b, mp); err != nil {
				t.Fatal(err)
			}
			for _, n := range mp.Graph.Node {
				tried[n.OpType] = true
			}
			m := &Model{Input: catalog.Input{Width: 6, Height: 6, Channels: 3}, name: c.Name, net: newNetwork(b)}
			m.Batch = 2
			r, err := m.runner([]string{"y"}, 2*runtime.GOMAXPROCS(0))
			if err != nil {
				t.Fatal(err)
			}
			want := float32s(t, c.Y)
			if r.layers[0].Units != len(want)/2 {
				t.Fatalf("%d units, expected %v", r.layers[0].Units, c.Shape)
			}
			out := mat.NewDense(2, len(want)/2, nil)
			if err := r.forward(batch{n: 2, x: x}, []*mat.Dense{out}); err != nil {
				t.Fatal(err)
			}
			for i, w := range want {
				if g := out.RawMatrix().Data[i]; !close4(g, float64(w), max(1, math.Abs(float64(w)))) {
					t.Fatalf("value %d is %v, expected %v", i, g, w)
				}
			}
		})
	}
}

func float32s(t *testing.T, b64 string) []float32 {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(b64)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

// TestONNXRuntime runs the tests of this package that compare numbers in a
// program built with ONNX Runtime, where the environment names its library.
func TestONNXRuntime(t *testing.T) {
	if os.Getenv(libraryVar) == "" || slices.Contains(compute.List(), "onnx") {
		t.Skipf("not asked for: set %s to compare with ONNX Runtime", libraryVar)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-tags=onnx,noxla", "-run=^Test(Parity|Responses|Drawnet)", "-v", ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", compute.ConfigEnvVar+"=onnx")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if os.Getenv("FUSIFORM_DATA") != "" && !strings.Contains(string(out), "ONNX Runtime 1") {
		t.Errorf("ONNX Runtime did not run:\n%s", out)
	}
}
