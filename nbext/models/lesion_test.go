package models

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"

	"fusiform/analysis"
	"fusiform/analysis/simulate"
)

// units is a fROI of the given units.
func units(m *Model, layer string, n int, which ...int) *analysis.FROI {
	f := &analysis.FROI{Source: m.Name() + "/" + layer, Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, n)}
	for _, j := range which {
		f.Keep[j] = true
	}
	return f
}

func lesioned(t testing.TB, m *Model, layer string, f *analysis.FROI) *Model {
	t.Helper()
	out, err := Lesioned(m, layer, f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func at(t testing.TB, m *Model, s analysis.Stimuli, layers ...string) map[string]*analysis.Responses {
	t.Helper()
	r, err := m.ResponsesAt(context.Background(), layers, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// affine multiplies by the weights of a Gemm with transB and adds its bias.
func affine(t *testing.T, m *Model, w, b string, x []float64) []float64 {
	t.Helper()
	mp, err := m.net.file.model()
	if err != nil {
		t.Fatal(err)
	}
	v := map[string][]float64{}
	for _, i := range mp.Graph.Initializer {
		if i.Name == w || i.Name == b {
			if at, ok := m.net.file.weightAt(i); ok {
				i.DataLocation, i.ExternalData, i.RawData = 0, nil, make([]byte, at.size)
				if err := m.net.file.whole(i.RawData, at); err != nil {
					t.Fatal(err)
				}
			}
			v[i.Name] = values(t, i)
		}
	}
	out := slices.Clone(v[b])
	for k := range out {
		for j, xj := range x {
			out[k] += xj * v[w][k*len(x)+j]
		}
	}
	return out
}

// The second route: the activations of the intact network, zeroed here, and
// the read-out applied by hand.
func TestLesionOfTheLastLayerIsZeroingByHand(t *testing.T) {
	m := open(t, smallNet())
	s := pictures(t, 5, 8, 8)
	cut := []int{1, 4, 7}
	r := at(t, m, s, "flat")["flat"]
	mean := make([]float64, 8)
	for i := range s.Len() {
		for j, v := range r.Row(i) {
			mean[j] += v / float64(s.Len())
		}
	}
	silent := lesioned(t, m, "flat", units(m, "flat", 8, cut...))
	atMean, err := LesionedAt(context.Background(), m, Lesion{Layer: "flat", FROI: units(m, "flat", 8, cut...), MeanOver: s})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		m    *Model
		fill []float64
	}{"silent": {silent, make([]float64, 8)}, "mean": {atMean, mean}} {
		got := at(t, c.m, s, "flat", "logits")
		for i := range s.Len() {
			x := slices.Clone(r.Row(i))
			for _, j := range cut {
				x[j] = c.fill[j]
			}
			want := affine(t, m, "fc.w", "fc.b", x)
			for j, v := range got["flat"].Row(i) {
				if math.Abs(v-x[j]) > 1e-6*max(1, math.Abs(x[j])) {
					t.Errorf("%s: unit %d of the lesioned layer responds %v, want %v", what, j, v, x[j])
				}
			}
			for k, v := range got["logits"].Row(i) {
				if math.Abs(v-want[k]) > 1e-5*max(1, math.Abs(want[k])) {
					t.Errorf("%s: image %d, logit %d: %v, by hand %v", what, i, k, v, want[k])
				}
			}
		}
	}
	if got, want := silent.Name(), "net (flat faces lesioned)"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	if got, want := atMean.Name(), "net (flat faces at their mean)"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
}

// In the middle of the network: what comes before is as it was, bit by bit;
// the layer itself is 0 where it was lesioned and as it was elsewhere; what
// comes after is what the rest of the network makes of that, computed by a
// second network of the remaining nodes, whose input is the lesioned layer.
func TestLesionPropagates(t *testing.T) {
	m := open(t, smallNet())
	s := pictures(t, 5, 8, 8)
	all := []string{"conv1", "relu1", "pool1", "conv2", "bn", "relu2", "gap", "flat", "logits"}
	before := at(t, m, s, all...)
	var cut []int
	for j := range 96 {
		if j%3 == 0 {
			cut = append(cut, j)
		}
	}
	after := at(t, lesioned(t, m, "pool1", units(m, "pool1", 96, cut...)), s, all...)
	for _, l := range all[:2] {
		if !slices.Equal(before[l].Matrix().RawMatrix().Data, after[l].Matrix().RawMatrix().Data) {
			t.Errorf("%s, before the lesion, has changed", l)
		}
	}
	for i := range s.Len() {
		for j, v := range after["pool1"].Row(i) {
			want := before["pool1"].Row(i)[j]
			if j%3 == 0 {
				want = 0
			}
			if v != want {
				t.Fatalf("image %d, unit %d of the lesioned layer: %v, want %v", i, j, v, want)
			}
		}
	}
	rest := smallNet()
	rest.Graph.Node = rest.Graph.Node[3:]
	rest.Graph.Node[0].Input[0] = "x"
	rest.Graph.Initializer = rest.Graph.Initializer[2:]
	dims := rest.Graph.Input[0].Type.GetTensorType().Shape.Dim
	for k, d := range []int64{6, 4, 4} {
		dims[k+1].Value = &protos.TensorShapeProto_Dimension_DimValue{DimValue: d}
	}
	second := &Model{name: "rest", net: newNetwork(encode(t, rest))}
	second.Input.Width, second.Input.Height, second.Input.Channels = 4, 4, 6
	p, err := second.net.graph()
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.plainly(after["pool1"], 4, 4, 6, "logits")
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Len() {
		for k, v := range after["logits"].Row(i) {
			if w := want[i*5+k]; math.Abs(v-float64(w)) > 1e-5*max(1, math.Abs(float64(w))) {
				t.Errorf("image %d, logit %d: %v, the rest of the network by itself %v", i, k, v, w)
			}
		}
	}
}

// The laws of lesions.
func TestLesionLaws(t *testing.T) {
	m := open(t, smallNet())
	s := pictures(t, 4, 8, 8)
	a, b := units(m, "relu1", 384, 3, 70, 200, 201), units(m, "gap", 8, 2, 5)
	b.Contrast.Name = "bodies"
	ab := lesioned(t, lesioned(t, m, "relu1", a), "gap", b)
	ba := lesioned(t, lesioned(t, m, "gap", b), "relu1", a)
	both, err := LesionedAt(context.Background(), m, Lesion{Layer: "gap", FROI: b}, Lesion{Layer: "relu1", FROI: a})
	if err != nil {
		t.Fatal(err)
	}
	x := at(t, ab, s, "logits")["logits"].Matrix().RawMatrix().Data
	for what, o := range map[string]*Model{"the other order": ba, "both at once": both} {
		if o.Key() != ab.Key() || !slices.Equal(x, at(t, o, s, "logits")["logits"].Matrix().RawMatrix().Data) {
			t.Errorf("%s: another network", what)
		}
	}
	if got, want := ab.Name(), "net (relu1 faces lesioned, gap bodies lesioned)"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	if got, want := both.Name(), "net (gap bodies lesioned, relu1 faces lesioned)"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	// In one layer, lesions add; doing one again does nothing.
	one, two := units(m, "gap", 8, 1, 2), units(m, "gap", 8, 2, 6)
	sum := lesioned(t, m, "gap", units(m, "gap", 8, 1, 2, 6))
	if k := lesioned(t, lesioned(t, m, "gap", one), "gap", two).Key(); k != sum.Key() {
		t.Error("two lesions of a layer are not their union")
	}
	if k := lesioned(t, sum, "gap", two).Key(); k != sum.Key() {
		t.Error("a lesion done again makes another network")
	}
	// A fROI found in the lesioned network lesions it as well.
	own := units(m, "gap", 8, 0)
	own.Source = sum.Name() + "/gap"
	lesioned(t, sum, "gap", own)
	// Everything silenced: the read-out is its bias.
	none := at(t, lesioned(t, m, "gap", units(m, "gap", 8, 0, 1, 2, 3, 4, 5, 6, 7)), s, "logits")["logits"]
	bias := affine(t, m, "fc.w", "fc.b", make([]float64, 8))
	for i := range s.Len() {
		for k, v := range none.Row(i) {
			if math.Abs(v-bias[k]) > 1e-6 {
				t.Errorf("all silenced: logit %d is %v, its bias %v", k, v, bias[k])
			}
		}
	}
	keys := map[string]string{m.Key(): "intact"}
	for what, l := range map[string]Lesion{
		"1": {Layer: "gap", FROI: units(m, "gap", 8, 1)}, "2": {Layer: "gap", FROI: units(m, "gap", 8, 2)},
		"flat": {Layer: "flat", FROI: units(m, "flat", 8, 1)}, "both": {Layer: "gap", FROI: units(m, "gap", 8, 1, 2, 3, 4)},
		"mean": {Layer: "gap", FROI: units(m, "gap", 8, 1, 2, 3, 4), MeanOver: s},
	} {
		o, err := LesionedAt(context.Background(), m, l)
		if err != nil {
			t.Fatal(err)
		}
		if was, dup := keys[o.Key()]; dup {
			t.Errorf("%s and %s share a key", what, was)
		}
		keys[o.Key()] = what
	}
	la, err := m.Layers()
	if err != nil {
		t.Fatal(err)
	}
	lb, err := ab.Layers()
	if err != nil || !slices.EqualFunc(la, lb, func(a, b Layer) bool { return a.Name == b.Name && a.Op == b.Op && slices.Equal(a.Shape, b.Shape) }) {
		t.Errorf("a lesion changes the layers: %v, %v, %v", la, lb, err)
	}
}

// A lesion of the untrained twin, and of a layer that is the batch times
// windows on its first axis.
func TestLesionOfOtherGraphs(t *testing.T) {
	m := open(t, smallNet())
	u, err := Untrained(m, 2)
	if err != nil {
		t.Fatal(err)
	}
	s := pictures(t, 3, 8, 8)
	l := lesioned(t, u, "gap", units(u, "gap", 8, 0, 1, 2))
	if l.Name() != "net (untrained, seed 2) (gap faces lesioned)" {
		t.Errorf("name %q", l.Name())
	}
	was, is := at(t, u, s, "gap")["gap"], at(t, l, s, "gap")["gap"]
	for i := range s.Len() {
		for j, v := range is.Row(i) {
			if want := was.Row(i)[j]; j > 2 && v != want || j <= 2 && v != 0 {
				t.Errorf("unit %d of an untrained network: %v, was %v", j, v, want)
			}
		}
	}
	if _, err := Untrained(l, 3); err == nil {
		t.Error("the untrained twin of a lesioned network")
	}

	w := open(t, windowNet())
	cut := []int{0, 17, 100, 191}
	r := at(t, w, s, "gate", "out")
	got := at(t, lesioned(t, w, "gate", units(w, "gate", 192, cut...)), s, "gate", "whole")
	for i := range s.Len() {
		for j, v := range got["whole"].Row(i) {
			want := r["gate"].Row(i)[j]
			if slices.Contains(cut, j) {
				want = 0
			}
			if math.Abs(v-want) > 1e-6 || got["gate"].Row(i)[j] != v {
				t.Fatalf("image %d, unit %d: %v, want %v", i, j, v, want)
			}
		}
	}
}

func TestLesionErrors(t *testing.T) {
	m := open(t, smallNet())
	s := pictures(t, 3, 8, 8)
	good := units(m, "gap", 8, 1, 2, 3, 4)
	elsewhere, short := *good, *good
	elsewhere.Source = "other/gap"
	short.Keep = short.Keep[:5]
	var align *analysis.AlignmentError
	if _, err := Lesioned(m, "gap", &elsewhere); !errors.As(err, &align) {
		t.Errorf("a fROI of another network: %v", err)
	}
	if _, err := Lesioned(m, "flat", good); !errors.As(err, &align) {
		t.Errorf("a fROI of another layer: %v", err)
	}
	if _, err := Lesioned(m, "gap", &short); !errors.As(err, &align) {
		t.Errorf("too few channels: %v", err)
	}
	if _, err := Lesioned(m, "gap", units(m, "gap", 8)); !errors.Is(err, analysis.ErrEmpty) {
		t.Errorf("no units: %v", err)
	}
	var unknown *UnknownLayerError
	if _, err := Lesioned(m, "gapp", good); !errors.As(err, &unknown) {
		t.Errorf("no such layer: %v", err)
	}
	if _, err := Lesioned(m, "gap", nil); err == nil {
		t.Error("no fROI")
	}
	if _, err := LesionedAt(context.Background(), m); err == nil {
		t.Error("no lesions")
	}
	_, err := LesionedAt(context.Background(), m, Lesion{Layer: "gap", FROI: good}, Lesion{Layer: "gap", FROI: good, MeanOver: s})
	if err == nil || !strings.Contains(err.Error(), "two values") {
		t.Errorf("a unit with two values: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := LesionedAt(ctx, m, Lesion{Layer: "gap", FROI: good, MeanOver: s}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// drawnet's face units, in CI.
func TestLesionOfDrawnet(t *testing.T) {
	m := drawnet(t)
	s := drawings(t, simulate.Drawings{Name: "d", PerCategory: 3, Seed: 5})
	f := units(m, "relu_fc", drawnetUnits)
	for j := range f.Keep {
		f.Keep[j] = j%2 == 0
	}
	l := lesioned(t, m, "relu_fc", f)
	r, got := at(t, m, s, "relu_fc")["relu_fc"], at(t, l, s, "logits", "relu_fc")
	for i := range s.Len() {
		for j, v := range got["relu_fc"].Row(i) {
			if want := r.Row(i)[j] * float64(j%2); v != want {
				t.Fatalf("unit %d: %v, want %v", j, v, want)
			}
		}
	}
	if fmt.Sprint(got["logits"].Source()) != "drawnet (relu_fc faces lesioned)/logits" {
		t.Errorf("source %q", got["logits"].Source())
	}
}

// windowNet cuts each image into 12 parts, stacked along the first axis.
func windowNet() *protos.ModelProto {
	ints := func(name string, v ...int64) *protos.TensorProto {
		return &protos.TensorProto{Name: name, DataType: int32(protos.TensorProto_INT64), Dims: []int64{int64(len(v))}, Int64Data: v}
	}
	return graphOf([]int64{0, 3, 8, 8}, []*protos.TensorProto{ints("windows", -1, 16), ints("images", -1, 192), weight("w", 192, 4)},
		node("Relu", "", []string{"x"}, "relu"),
		node("Reshape", "", []string{"relu", "windows"}, "parts"),
		node("Sigmoid", "", []string{"parts"}, "gate"),
		node("Reshape", "", []string{"gate", "images"}, "whole"),
		node("MatMul", "", []string{"whole", "w"}, "out"),
	)
}
