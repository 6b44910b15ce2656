package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/google/go-cmp/cmp"

	"fusiform/internal/simd"
	"fusiform/nbext/catalog"
)

func TestOpenBad(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	change := func(f func(*protos.ModelProto)) string {
		mp := smallNet()
		f(mp)
		return writeModel(t, mp)
	}
	whole := encode(t, smallNet())
	for _, c := range []struct {
		name, path string
		want       []string // all of it must stand in the error
	}{
		{"cut in half", file("half.onnx", whole[:len(whole)/2]), []string{"half.onnx", "cut short"}},
		{"text", file("text.onnx", []byte("channel,t,p\n0,1.5,.2\nécole\n")), []string{"text file"}},
		{"a web page", file("page.onnx", []byte("<!DOCTYPE html><html><body>404: not found</body></html>")), []string{"text file"}},
		{"empty", file("empty.onnx", nil), []string{"empty"}},
		{"a folder", dir, []string{"not a file"}},
		{"absent", filepath.Join(dir, "nowhere.onnx"), []string{"there is no file"}},
		{"unknown name", "mobilnet_v2", []string{"mobilenet_v2", ".onnx"}},
		{"external data", change(func(mp *protos.ModelProto) {
			w := mp.Graph.Initializer[0]
			w.FloatData, w.DataLocation = nil, protos.TensorProto_EXTERNAL
			w.ExternalData = []*protos.StringStringEntryProto{{Key: "location", Value: "../../etc/passwd"}}
		}), []string{`"conv1.w"`, "external data"}},
		{"too few values", change(func(mp *protos.ModelProto) { mp.Graph.Initializer[1].FloatData = []float32{1, 2} }), []string{`"conv1.b"`, "2 values"}},
		{"huge shape", change(func(mp *protos.ModelProto) { mp.Graph.Initializer[0].Dims = []int64{1 << 31, 1 << 31, 1 << 31, 4} }), []string{"impossibly large"}},
		{"negative shape", change(func(mp *protos.ModelProto) { mp.Graph.Initializer[0].Dims[0] = -6 }), []string{"negative"}},
		{"a cycle", change(func(mp *protos.ModelProto) { mp.Graph.Node[0].Input[0] = "relu2" }), []string{`Conv "conv1" reads "relu2"`}},
		{"a dangling input", change(func(mp *protos.ModelProto) { mp.Graph.Node[3].Input[0] = "pool7" }), []string{`reads "pool7"`}},
		{"one output twice", change(func(mp *protos.ModelProto) { mp.Graph.Node[1].Output[0] = "conv1" }), []string{`two nodes give "conv1"`}},
		{"two inputs", change(func(mp *protos.ModelProto) {
			mp.Graph.Input = append(mp.Graph.Input, &protos.ValueInfoProto{Name: "mask"})
		}), []string{"2 inputs", `"mask"`}},
		{"bytes for images", change(func(mp *protos.ModelProto) {
			mp.Graph.Input[0].Type.GetTensorType().ElemType = int32(protos.TensorProto_UINT8)
		}), []string{"UINT8", "float32"}},
		{"not an image", change(func(mp *protos.ModelProto) {
			mp.Graph.Input[0].Type.GetTensorType().Shape.Dim[1].Value = &protos.TensorShapeProto_Dimension_DimValue{DimValue: 7}
		}), []string{"no image", "[n 7 8 8]"}},
		{"functions", change(func(mp *protos.ModelProto) { mp.Functions = []*protos.FunctionProto{{Name: "f"}} }), []string{"functions"}},
		{"arity", change(func(mp *protos.ModelProto) { mp.Graph.Node[8].Input = mp.Graph.Node[8].Input[:1] }), []string{`Gemm "logits" has 1 inputs`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Open(c.path)
			if err == nil {
				t.Fatalf("opened as %q", m.Name())
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the error is %q, expected %q in it", err, w)
				}
			}
			if !strings.HasPrefix(err.Error(), "models: ") {
				t.Errorf("the error %q does not say whose it is", err)
			}
		})
	}
}

// Every cut of a file, and a changed byte anywhere, gives an error or a
// network, never a panic.
func TestOpenDamaged(t *testing.T) {
	whole := encode(t, smallNet())
	for i := 0; i < len(whole); i += 7 {
		if _, err := newNetwork(whole[:i]).graph(); err == nil {
			t.Errorf("cut after %d of %d bytes, it opens", i, len(whole))
		}
		b := append([]byte(nil), whole...)
		b[i] ^= 0x55
		_, _ = newNetwork(b).graph()
	}
}

func TestOpenMissing(t *testing.T) {
	t.Setenv("FUSIFORM_DATA", t.TempDir())
	_, err := Open("mobilenet_v2")
	var missing *catalog.MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("the error is %v, expected a *catalog.MissingError", err)
	}
	// A file that is not the catalog's is not taken for it.
	dir := filepath.Join(os.Getenv("FUSIFORM_DATA"), "models")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mobilenet_v2_1.0_224.onnx"), encode(t, smallNet()), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err = Open("mobilenet_v2"); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("another file opens as mobilenet_v2: %v", err)
	}
}

func TestGuessedInput(t *testing.T) {
	rgb := []float32{123.675, 116.28, 103.53}
	rgbStd := []float32{58.395, 57.12, 57.375}
	for _, c := range []struct {
		dims []int64
		want catalog.Input
	}{
		{[]int64{0, 3, 96, 128}, catalog.Input{Name: "x", Width: 128, Height: 96, Channels: 3, Mean: rgb, Std: rgbStd}},
		{[]int64{1, 96, 128, 3}, catalog.Input{Name: "x", Width: 128, Height: 96, Channels: 3, NHWC: true, Mean: rgb, Std: rgbStd}},
		{[]int64{0, 1, 28, 28}, catalog.Input{Name: "x", Width: 28, Height: 28, Channels: 1, Mean: []float32{117.04}, Std: []float32{57.63}}},
		{[]int64{0, 3, 0, 0}, catalog.Input{Name: "x", Width: 224, Height: 224, Channels: 3, Mean: rgb, Std: rgbStd}},
		{[]int64{0, 0, 0, 0}, catalog.Input{Name: "x", Width: 224, Height: 224, Channels: 3, Mean: rgb, Std: rgbStd}},
	} {
		m, err := Open(writeModel(t, graphOf(c.dims, nil, node("Relu", "", []string{"x"}, "y"))))
		if err != nil {
			t.Errorf("%v: %v", c.dims, err)
			continue
		}
		if d := cmp.Diff(c.want, m.Input); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.dims, d)
		}
		if len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0].Error(), "guessed") {
			t.Errorf("%v: warnings %v", c.dims, m.Warnings)
		}
	}
}

// What torch writes without saying anything is dropped; what would change a
// number is refused, all at once, by name.
func TestAttributes(t *testing.T) {
	in := []string{"x"}
	pool := func(attrs ...any) *protos.NodeProto {
		return node("MaxPool", "pool", in, "y", append([]any{"kernel_shape", []int64{2, 2}, "strides", []int64{2, 2}}, attrs...)...)
	}
	avg := func(attrs ...any) *protos.NodeProto {
		return node("AveragePool", "avg", in, "y", append([]any{"kernel_shape", []int64{2, 2}, "strides", []int64{2, 2}}, attrs...)...)
	}
	for _, n := range []*protos.NodeProto{
		pool("dilations", []int64{1, 1}, "ceil_mode", 0, "auto_pad", "NOTSET", "storage_order", 0),
		pool("auto_pad", "VALID"),
		avg("count_include_pad", 1, "ceil_mode", 0), avg("count_include_pad", 1, "pads", []int64{0, 0, 0, 0}),
		node("Reshape", "", []string{"x", "s"}, "y", "allowzero", 0),
	} {
		mp := graphOf([]int64{0, 3, 8, 8}, []*protos.TensorProto{{Name: "s", Dims: []int64{2}, DataType: int32(protos.TensorProto_INT64), Int64Data: []int64{0, -1}}}, n)
		if _, err := Open(writeModel(t, mp)); err != nil {
			t.Errorf("%v: %v", n, err)
		}
	}

	mp := graphOf([]int64{0, 3, 8, 8}, []*protos.TensorProto{weight("w", 3, 3, 3, 3)},
		node("Conv", "stem", []string{"x", "w"}, "a", "auto_pad", "SAME_UPPER"),
		node("LRN", "norm1", []string{"a"}, "b", "size", 5),
		node("MaxPool", "pool1", []string{"b"}, "c", "kernel_shape", []int64{3, 3}, "strides", []int64{2, 2}, "ceil_mode", 1, "dilations", []int64{2, 2}),
		node("AveragePool", "pool2", []string{"c"}, "d", "kernel_shape", []int64{3, 3}, "pads", []int64{1, 1, 1, 1}, "count_include_pad", 1, "ceil_mode", 1),
		node("LRN", "norm2", []string{"d"}, "e", "size", 5),
		node("Loop", "", []string{"e"}, "f"),
		node("Relu", "odd", []string{"f"}, "g", "newfangled", 3),
	)
	want := &UnsupportedError{
		Operators: []string{`LRN: "norm1", "norm2"`, `Loop: "f"`},
		Attributes: []string{`Conv "stem": auto_pad="SAME_UPPER"`, `MaxPool "pool1": ceil_mode=1`, `MaxPool "pool1": dilations=[2 2]`,
			`AveragePool "pool2": count_include_pad=1`, `AveragePool "pool2": ceil_mode=1`, `Relu "odd": newfangled=3`},
	}
	_, err := Open(writeModel(t, mp))
	var got *UnsupportedError
	if !errors.As(err, &got) {
		t.Fatalf("the error is %v, expected an *UnsupportedError", err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Before operator set 13, Softmax took all axes from the given one on as one.
func TestOldSoftmax(t *testing.T) {
	mp := graphOf([]int64{0, 3, 8, 8}, nil, node("Softmax", "", []string{"x"}, "y", "axis", 1))
	mp.OpsetImport[0].Version = 11
	m, err := Open(writeModel(t, mp))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = m.Layers(); err == nil || !strings.Contains(err.Error(), "opset 13") {
		t.Errorf("a softmax over three axes is taken for one over channels: %v", err)
	}
}

func TestKey(t *testing.T) {
	path := writeModel(t, smallNet())
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{m.Key(): "the file"}
	differs := func(what string, m *Model) {
		t.Helper()
		if before, ok := seen[m.Key()]; ok {
			t.Errorf("%s has the key of %s", what, before)
		}
		seen[m.Key()] = what
	}
	with := func(f func(*catalog.Input)) *Model {
		c := *m
		c.Input.Mean = append([]float32(nil), m.Input.Mean...)
		f(&c.Input)
		return &c
	}
	differs("another mean of one channel", with(func(in *catalog.Input) { in.Mean[1]++ }))
	differs("another width", with(func(in *catalog.Input) { in.Width++ }))
	differs("blue first", with(func(in *catalog.Input) { in.BGR = true }))
	differs("channels last", with(func(in *catalog.Input) { in.NHWC = true }))
	changed := smallNet()
	changed.Graph.Initializer[2].FloatData[17] += 1e-6
	c, err := Open(writeModel(t, changed))
	if err != nil {
		t.Fatal(err)
	}
	differs("another weight", c)
	for seed := range uint64(2) {
		u, err := Untrained(m, seed)
		if err != nil {
			t.Fatal(err)
		}
		differs(u.Name(), u)
	}
	// The name and the place of the file, the batch and the backend are
	// no part of it.
	elsewhere := filepath.Join(t.TempDir(), "other.onnx")
	if err := os.WriteFile(elsewhere, encode(t, smallNet()), 0o666); err != nil {
		t.Fatal(err)
	}
	same, err := Open(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	same.Batch = 3
	t.Setenv("GOMLX_BACKEND", "go")
	if same.Key() != m.Key() || len(m.Key()) != 64 {
		t.Errorf("the key of the same network is %s, then %s", m.Key(), same.Key())
	}
	if same.Name() != "other" {
		t.Errorf("the name is %q, expected other", same.Name())
	}
}

// FuzzOpen feeds bytes as an ONNX file: the outcome is a network with layers
// or an error, and no panic.
func FuzzOpen(f *testing.F) {
	whole := encode(f, smallNet())
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("not ONNX"))
	f.Add(encode(f, graphOf([]int64{0, 1, 4, 4}, nil, node("Relu", "", []string{"x"}, "y"))))
	f.Add(encode(f, graphOf([]int64{0, 3, 0, 0}, []*protos.TensorProto{weight("w", 2, 3, 1, 1)}, node("Conv", "", []string{"x", "w"}, "y"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := newNetwork(b).graph()
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if len(p.outputs) == 0 || len(p.input.dims) != 4 {
			t.Errorf("opened with input %v and %d outputs", p.input, len(p.outputs))
		}
		_, _ = guessInput(p.input)
	})
}

func TestBackend(t *testing.T) {
	t.Run("default", func(t *testing.T) {
		t.Setenv("GOMLX_BACKEND", "")
		t.Setenv(libraryVar, "/there/is/no/such/file") // of no interest unless ONNX Runtime is asked for
		e, err := Backend()
		if err != nil {
			t.Fatal(err)
		}
		want := Engine{Name: fmt.Sprintf("fast (pure Go, %v)", simd.Active()), Config: "fast", Threads: runtime.GOMAXPROCS(0)}
		if simd.Active() == simd.Portable {
			want.Name = "fast (pure Go, portable)"
		}
		if d := cmp.Diff(want, e); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if s := e.String(); s != fmt.Sprintf("%s, up to %d threads", want.Name, want.Threads) {
			t.Error(s)
		}
	})
	t.Run("portable", func(t *testing.T) {
		t.Setenv("GOMLX_BACKEND", "fast")
		defer simd.Use(simd.Portable)()
		if e, err := Backend(); err != nil || e.Name != "fast (pure Go, portable)" || e.Warnings != nil {
			t.Errorf("the engine is %+v, %v", e, err)
		}
	})
	t.Run("go", func(t *testing.T) {
		for set, want := range map[string]string{"go": "go:ops_sequential", " go: ": "go:ops_sequential", "go:creation_order": "go:creation_order"} {
			t.Setenv("GOMLX_BACKEND", set)
			e, err := Backend()
			if err != nil {
				t.Fatal(err)
			}
			if e.Config != want || e.Library != "" || !strings.HasPrefix(e.String(), "go (GoMLX's own), up to ") {
				t.Errorf("%q: the engine is %+v", set, e)
			}
			if len(e.Warnings) != 1 || !strings.Contains(e.Warnings[0].Error(), "120 times slower") {
				t.Errorf("%q: the warnings are %v, expected one that says what it costs", set, e.Warnings)
			}
		}
	})
	for _, c := range []struct {
		name, set string
		want      []string
	}{
		{"unknown", "xla:cuda", []string{`GOMLX_BACKEND is "xla:cuda"`, "there is: fast, go"}},
		{"bad option", "go:warp_speed", []string{"warp_speed"}},
		{"fast has no options", "fast:warp_speed", []string{"warp_speed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("GOMLX_BACKEND", c.set)
			m := open(t, smallNet())
			_, err := m.Responses(context.Background(), "relu1", pictures(t, 1, 8, 8))
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %v, expected %q in it", err, want)
				}
			}
		})
	}
	t.Run("no library", func(t *testing.T) {
		t.Setenv("GOMLX_BACKEND", "onnx:cpu")
		for _, lib := range []string{"", filepath.Join(t.TempDir(), "libonnxruntime.so")} {
			t.Setenv(libraryVar, lib)
			_, err := Backend()
			want := "-tags onnx,noxla"
			if slices.Contains(compute.List(), "onnx") {
				want = libraryVar
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: the error is %v, expected %q in it", lib, err, want)
			}
		}
	})
}
