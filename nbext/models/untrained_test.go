package models

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"

	"fusiform/analysis"
	"fusiform/internal/realdata"
	"fusiform/nbext/catalog"
)

// redrawn decodes the network of m and redraws it.
func redrawnGraph(t *testing.T, m *Model) (before, after map[string]*protos.TensorProto) {
	t.Helper()
	graph := func(r redraw) map[string]*protos.TensorProto {
		f := m.net.file
		mp, err := f.model()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := normalise(mp); err != nil {
			t.Fatal(err)
		}
		var drawn map[string]fresh
		if r.version > 0 {
			if drawn, err = r.apply(f, mp); err != nil {
				t.Fatal(err)
			}
		}
		out := map[string]*protos.TensorProto{}
		for _, w := range mp.Graph.Initializer {
			whole(t, f, r, w, drawn)
			out[w.Name] = w
		}
		return out
	}
	return graph(redraw{}), graph(m.net.redraw)
}

// whole gives a tensor the values that were left in the file, or were to be
// drawn.
func whole(t *testing.T, f *file, r redraw, w *protos.TensorProto, drawn map[string]fresh) {
	t.Helper()
	at, ok := f.weightAt(w)
	if !ok {
		return
	}
	w.DataLocation, w.ExternalData = 0, nil
	if d, ok := drawn[w.Name]; ok {
		v, next := make([]float32, elements(w)), r.drawer(d)
		for i := range v {
			v[i] = next()
		}
		store(w, v)
		return
	}
	w.RawData = make([]byte, at.size)
	if err := f.whole(w.RawData, at); err != nil {
		t.Fatal(err)
	}
}

func values(t *testing.T, w *protos.TensorProto) []float64 {
	t.Helper()
	v, err := floats(w)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestUntrained(t *testing.T) {
	m := open(t, smallNet())
	u, err := Untrained(m, 3)
	if err != nil {
		t.Fatal(err)
	}
	if u.Name() != "net (untrained, seed 3)" {
		t.Errorf("the name is %q", u.Name())
	}
	before, after := redrawnGraph(t, u)
	for name, w := range before {
		a := after[name]
		if !slices.Equal(w.Dims, a.Dims) || w.DataType != a.DataType {
			t.Errorf("%s: shape %v became %v", name, w.Dims, a.Dims)
		}
		got := values(t, a)
		if slices.Equal(values(t, w), got) {
			t.Errorf("%s is as it was", name)
		}
		fixed := map[string]float64{"bn.scale": 1, "bn.shift": 0, "bn.mean": 0, "bn.var": 1, "conv1.b": 0, "conv2.b": 0, "fc.b": 0}
		if want, ok := fixed[name]; ok && slices.ContainsFunc(got, func(v float64) bool { return v != want }) {
			t.Errorf("%s is %v, expected all %v", name, got, want)
		}
	}
	s := pictures(t, 6, 8, 8)
	get := func(m *Model) []float64 {
		t.Helper()
		r, err := m.Responses(context.Background(), "logits", s)
		if err != nil {
			t.Fatal(err)
		}
		if r.Source() != m.Name()+"/logits" {
			t.Errorf("source %q of %q", r.Source(), m.Name())
		}
		return r.Matrix().RawMatrix().Data
	}
	again, err := Untrained(m, 3)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Untrained(u, 4)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Untrained(m, 4)
	if err != nil {
		t.Fatal(err)
	}
	a := get(u)
	if !slices.Equal(a, get(again)) || again.Key() != u.Key() {
		t.Error("one seed gives two networks")
	}
	if slices.Equal(a, get(other)) || slices.Equal(a, get(m)) {
		t.Error("two seeds give one network, or the trained one")
	}
	if twice.Name() != "net (untrained, seed 4)" || twice.Key() != other.Key() {
		t.Errorf("the twin of a twin is %q", twice.Name())
	}
	la, _ := m.Layers()
	lb, _ := u.Layers()
	if len(la) != 9 || !slices.EqualFunc(la, lb, func(a, b Layer) bool { return a.Name == b.Name && slices.Equal(a.Shape, b.Shape) }) {
		t.Errorf("the layers differ: %v, %v", la, lb)
	}
}

// The spread follows He where a rectifier comes next and Glorot elsewhere;
// what is no weight stays. Weights are big enough for their variance to be
// known within some percent.
func TestUntrainedRules(t *testing.T) {
	scalar := func(name string, v float32) *protos.TensorProto {
		return &protos.TensorProto{Name: name, DataType: int32(protos.TensorProto_FLOAT), FloatData: []float32{v}}
	}
	half := weight("half", 64, 32, 3, 3)
	store16(half)
	mp := graphOf([]int64{0, 3, 4, 4},
		[]*protos.TensorProto{
			weight("pixelmean", 3, 1, 1), weight("stem", 32, 3, 3, 3), half, weight("depth", 64, 1, 3, 3),
			weight("point", 48, 64, 1, 1), scalar("lo", -3), scalar("zero", 0), scalar("six", 6), scalar("root", 0.7071),
			weight("fc1", 96, 128), weight("fc1.b", 128), weight("fc2", 96, 128), weight("layerscale", 96),
			weight("pos", 16, 96), weight("gamma", 96), weight("beta", 96), weight("embed", 48, 96), weight("last", 10, 96),
			{Name: "mask", Dims: []int64{16, 16}, DataType: int32(protos.TensorProto_FLOAT), FloatData: slices.Repeat([]float32{0, -100}, 128)},
			{Name: "to", Dims: []int64{3}, DataType: int32(protos.TensorProto_INT64), Int64Data: []int64{0, 48, 16}},
		},
		node("Sub", "", []string{"x", "pixelmean"}, "centred"),
		node("Conv", "", []string{"centred", "stem"}, "c1", "pads", []int64{1, 1, 1, 1}),
		node("Clip", "", []string{"c1", "zero", "six"}, "r1"),
		node("Cast", "", []string{"half"}, "half32", "to", 1),
		node("Conv", "", []string{"r1", "half32"}, "c2", "pads", []int64{1, 1, 1, 1}),
		node("HardSwish", "", []string{"c2"}, "r2"),
		node("Conv", "", []string{"r2", "depth"}, "c3", "group", 64, "pads", []int64{1, 1, 1, 1}),
		node("Sigmoid", "", []string{"c3"}, "s3"),
		node("Mul", "", []string{"c3", "s3"}, "r3"),
		node("Conv", "", []string{"r3", "point"}, "c4"),
		node("Clip", "", []string{"c4", "lo", "six"}, "q4"), // the range of a quantised network, no rectifier
		node("Reshape", "", []string{"q4", "to"}, "flat"),
		node("Transpose", "", []string{"flat"}, "tokens", "perm", []int64{0, 2, 1}),
		node("MatMul", "", []string{"tokens", "embed"}, "e"),
		node("Add", "", []string{"e", "pos"}, "p"),
		node("LayerNormalization", "", []string{"p", "gamma", "beta"}, "n"),
		node("MatMul", "", []string{"n", "fc1"}, "h"),
		node("Add", "", []string{"h", "fc1.b"}, "hb"),
		node("Mul", "", []string{"hb", "root"}, "hr"),
		node("Erf", "", []string{"hr"}, "g"),
		node("Mul", "", []string{"hb", "g"}, "act"),
		node("Transpose", "", []string{"fc2"}, "fc2t"),
		node("MatMul", "", []string{"act", "fc2t"}, "o"),
		node("Mul", "", []string{"o", "layerscale"}, "ls"),
		node("Add", "", []string{"p", "ls"}, "res"),
		node("Transpose", "", []string{"res"}, "rt", "perm", []int64{0, 2, 1}),
		node("MatMul", "", []string{"res", "rt"}, "scores"),
		node("Add", "", []string{"scores", "mask"}, "masked"),
		node("Softmax", "", []string{"masked"}, "weights"),
		node("MatMul", "", []string{"weights", "res"}, "mixed"),
		node("ReduceMean", "", []string{"mixed"}, "mean", "axes", []int64{1}, "keepdims", 0),
		node("Gemm", "", []string{"mean", "last"}, "logits", "transB", 1),
	)
	u, err := Untrained(open(t, mp), 11)
	if err != nil {
		t.Fatal(err)
	}
	before, after := redrawnGraph(t, u)
	for _, name := range []string{"pixelmean", "mask", "lo", "zero", "six", "root"} {
		if !slices.Equal(values(t, before[name]), values(t, after[name])) {
			t.Errorf("%s was redrawn", name)
		}
	}
	for name, want := range map[string]float64{"fc1.b": 0, "beta": 0, "gamma": 1, "layerscale": 1} {
		if slices.ContainsFunc(values(t, after[name]), func(v float64) bool { return v != want }) {
			t.Errorf("%s is not all %v", name, want)
		}
	}
	for name, variance := range map[string]float64{
		"stem": 2. / 27, "half": 2. / 288, "depth": 2. / 9, "fc1": 2. / 96, // a rectifier follows
		"point": 2. / (64 + 48), "embed": 2. / (48 + 96), "fc2": 2. / (128 + 96), "last": 2. / (96 + 10),
		"pos": 0.02 * 0.02,
	} {
		v := values(t, after[name])
		var sum, sq float64
		for _, x := range v {
			sum += x
			sq += x * x
		}
		n := float64(len(v))
		// Five standard errors of a mean and of a variance of normal values.
		if sd := math.Sqrt(variance); math.Abs(sum/n) > 5*sd/math.Sqrt(n) {
			t.Errorf("%s has mean %v", name, sum/n)
		}
		if math.Abs(sq/n/variance-1) > 5*math.Sqrt(2/n) {
			t.Errorf("%s has variance %.4g, expected %.4g", name, sq/n, variance)
		}
	}
	// Two weights of one shape are two draws.
	fc1, fc2 := values(t, after["fc1"]), values(t, after["fc2"])
	if a, b := fc1[0]*math.Sqrt(96), fc2[0]*math.Sqrt(128+96); math.Abs(a-b) < 1e-5 {
		t.Error("fc1 and fc2 were drawn alike")
	}
	if after["half"].DataType != int32(protos.TensorProto_FLOAT16) {
		t.Error("half floats became wide")
	}
	if _, err := u.Responses(context.Background(), "logits", pictures(t, 3, 4, 4)); err != nil {
		t.Error(err)
	}
}

// store16 makes t a tensor of half floats, its bits in int32_data.
func store16(t *protos.TensorProto) {
	v := t.FloatData
	t.DataType = int32(protos.TensorProto_FLOAT16)
	store(t, v)
	for raw := t.RawData; len(raw) > 0; raw = raw[2:] {
		t.Int32Data = append(t.Int32Data, int32(raw[0])|int32(raw[1])<<8)
	}
	t.RawData = nil
}

func TestUntrainedUnknownRole(t *testing.T) {
	mp := graphOf([]int64{0, 3, 4, 4}, []*protos.TensorProto{weight("c", 5, 3, 1, 1), weight("w", 4, 7)},
		node("Conv", "", []string{"x", "c"}, "y"),
		node("Einsum", "mix", []string{"y", "w"}, "z", "equation", "nchw,wk->nchk"))
	m := open(t, mp)
	if _, err := Untrained(m, 1); err == nil || !strings.Contains(err.Error(), `"w"`) || !strings.Contains(err.Error(), `Einsum "mix"`) {
		t.Errorf("the error is %v", err)
	}
	none := open(t, graphOf([]int64{0, 3, 4, 4}, nil, node("Relu", "", []string{"x"}, "y")))
	if _, err := Untrained(none, 1); err == nil {
		t.Error("a network without weights has a twin")
	}
}

// The twin of every network of the data folder gives finite and varied
// responses before the read-out. Every weight with more than two distinct
// values changes, whatever the file calls it.
func TestUntrainedNetworks(t *testing.T) {
	dir := realdata.Folder(t, "models")
	for _, row := range networks() {
		t.Run(row.Name, func(t *testing.T) {
			m, err := Open(filepath.Join(dir, filepath.Base(row.File)))
			if err != nil {
				t.Fatal(err)
			}
			u, err := Untrained(m, 5)
			if err != nil {
				t.Fatal(err)
			}
			before, after := redrawnGraph(t, u)
			for name, w := range before {
				if !isFloat(w) || elements(w) < 2 {
					if !proto.Equal(w, after[name]) {
						t.Errorf("%s was redrawn", name)
					}
					continue
				}
				if slices.Equal(w.Dims, after[name].Dims) && slices.Equal(values(t, w), values(t, after[name])) && !(&roles{file: m.net.file}).mask(w) {
					t.Errorf("%s %v is as trained", name, w.Dims)
				}
			}
			r, err := u.Responses(context.Background(), row.Layers[0], golden(t, dir, m.Input.Width, "hopper", "cat", "hotdog", "macaw"))
			if err != nil {
				t.Fatal(err)
			}
			dead := 0
			for _, d := range r.Dead() {
				if d {
					dead++
				}
			}
			_, c := r.Dims()
			t.Logf("%d of %d units dead over 4 images", dead, c)
			if dead > c/2 {
				t.Errorf("%d of %d units are dead", dead, c)
			}
			for i := range 3 {
				if _, err := analysis.Pearson.Compare(r.Row(i), r.Row(3)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A network opened through the catalog has the catalog's pre-processing.
func TestOpenByName(t *testing.T) {
	realdata.Folder(t, "models")
	m, err := Open("cifar10_resnet")
	if err != nil {
		t.Fatal(err)
	}
	row, err := catalog.Model("cifar10_resnet")
	if err != nil {
		t.Fatal(err)
	}
	if m.Name() != row.Name || m.Input.Width != 32 || m.Warnings != nil {
		t.Errorf("%+v", m)
	}
}
