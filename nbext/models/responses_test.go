package models

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
)

func TestLayers(t *testing.T) {
	// Beside layers proper: a weight cast in the graph, a shape, a sum over
	// the batch, and tokens folded into the batch axis.
	mp := graphOf([]int64{0, 3, 8, 8},
		[]*protos.TensorProto{weight("w", 6, 3, 1, 1),
			{Name: "four", Dims: []int64{3}, DataType: int32(protos.TensorProto_INT64), Int64Data: []int64{-1, 16, 4}},
			{Name: "zero", Dims: []int64{1}, DataType: int32(protos.TensorProto_INT64), Int64Data: []int64{0}}},
		node("Cast", "", []string{"w"}, "w64", "to", int(protos.TensorProto_DOUBLE)),
		node("Cast", "", []string{"w64"}, "w32", "to", int(protos.TensorProto_FLOAT)),
		node("Conv", "", []string{"x", "w32"}, "conv"),
		node("Shape", "", []string{"conv"}, "shape"),
		node("Reshape", "", []string{"conv", "four"}, "heads"),
		node("ReduceSum", "", []string{"conv", "zero"}, "batchsum", "keepdims", 0),
		node("Cast", "", []string{"conv"}, "whole", "to", int(protos.TensorProto_INT64)),
		node("GlobalAveragePool", "", []string{"conv"}, "gap"),
		node("Flatten", "", []string{"gap"}, "flat"),
		node("Cast", "", []string{"flat"}, "double", "to", int(protos.TensorProto_DOUBLE)),
	)
	m := open(t, mp)
	got, err := m.Layers()
	if err != nil {
		t.Fatal(err)
	}
	want := []Layer{
		{"conv", "Conv", []int{6, 8, 8}, 384, nil},
		{"heads", "Reshape", []int{6, 16, 4}, 384, nil},
		{"gap", "GlobalAveragePool", []int{6, 1, 1}, 6, nil},
		{"flat", "Flatten", []int{6}, 6, nil},
		{"double", "Cast", []int{6}, 6, nil},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	got[0].Shape[0] = 99 // the caller's to change
	if again, _ := m.Layers(); again[0].Shape[0] != 6 {
		t.Error("the shapes are shared")
	}
	if _, err := m.ResponsesAt(context.Background(), []string{"double", "heads", "conv"}, pictures(t, 3, 8, 8)); err != nil {
		t.Error(err)
	}
	m.Input.Width = 9
	if _, err := m.Layers(); err == nil || !strings.Contains(err.Error(), "[n 3 8 9]") {
		t.Errorf("at another width: %v", err)
	}
}

func TestUnknownLayer(t *testing.T) {
	m := open(t, smallNet())
	_, err := m.Responses(context.Background(), "pol1", pictures(t, 2, 8, 8))
	var u *UnknownLayerError
	if !errors.As(err, &u) {
		t.Fatalf("the error is %v", err)
	}
	if u.Nearest[0] != "pool1" || u.Count != 9 || u.Layer != "pol1" || u.Model != "net" {
		t.Errorf("%+v", u)
	}
	if !strings.Contains(err.Error(), "pool1") {
		t.Errorf("the error %q does not name the nearest", err)
	}
}

// A convolution of size 1 with known weights gives what can be said by hand,
// in the order channel, row, column.
func TestResponsesByHand(t *testing.T) {
	w := &protos.TensorProto{Name: "w", Dims: []int64{2, 3, 1, 1}, DataType: int32(protos.TensorProto_FLOAT), FloatData: []float32{1, 0, 0, 0, 2, -1}}
	m := open(t, graphOf([]int64{0, 3, 0, 0}, []*protos.TensorProto{w}, node("Conv", "", []string{"x", "w"}, "y")))
	m.Input.Width, m.Input.Height = 5, 4
	s := pictures(t, 7, 5, 4)
	r, err := m.Responses(context.Background(), "y", s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Source() != "net/y" || !r.Stimuli().Same(s) {
		t.Errorf("source %q, %d stimuli", r.Source(), r.Stimuli().Len())
	}
	for k := range 7 {
		img := picture(k, 5, 4)
		for i := range 20 {
			px := img.NRGBAAt(i%5, i/5)
			red, green, blue := (float64(px.R)-100)/50, (float64(px.G)-110)/60, (float64(px.B)-120)/70
			for c, want := range []float64{red, 2*green - blue} {
				if got := r.Row(k)[c*20+i]; math.Abs(got-want) > 1e-5 {
					t.Fatalf("image %d, channel %d, pixel %d: %v, expected %v", k, c, i, got, want)
				}
			}
		}
	}
}

// The batch, the layers asked for together, and the padding of the last batch
// change nothing.
func TestResponsesAt(t *testing.T) {
	m := open(t, smallNet())
	s := pictures(t, 11, 20, 14)
	layers := []string{"relu2", "logits", "pool1", "logits"}
	want, err := m.ResponsesAt(context.Background(), layers, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 3 {
		t.Fatalf("%d layers for 3 names", len(want))
	}
	for _, b := range []int{1, 3, 4, 11, 64} {
		c := *m
		c.Batch = b
		for _, l := range []string{"pool1", "relu2", "logits"} {
			got, err := c.Responses(context.Background(), l, s)
			if err != nil {
				t.Fatal(err)
			}
			for i := range s.Len() {
				for j, v := range got.Row(i) {
					if w := want[l].Row(i)[j]; !close4(v, w, 1) {
						t.Fatalf("batch %d, %s of %d, unit %d: %v, expected %v", b, l, i, j, v, w)
					}
				}
			}
		}
	}
	// Another mean on the same weights is another network, though the
	// compiled graph is the same.
	c := *m
	c.Input.Mean = []float32{0, 0, 0}
	other, err := c.Responses(context.Background(), "logits", s)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(other.Row(0), want["logits"].Row(0)) {
		t.Error("the mean changes nothing")
	}
}

// Small images go through together, large ones one by one, more of them if the
// network is mostly weights.
func TestPortions(t *testing.T) {
	lanes := min(2, runtime.GOMAXPROCS(0))
	for _, c := range []struct{ width, height, weights, activations, batch int }{
		{32, 32, 1, 1, 16}, {112, 112, 1, 1, 8}, {224, 160, 1, 1, 2}, {224, 224, 1, 1, 2}, {518, 518, 1, 1, 1}, {8000, 8000, 1, 1, 1},
		{224, 224, 60e6, 2e6, 16}, {224, 224, 140e6, 28e6, 5}, {224, 224, 5, 0, 5},
	} {
		b, l := portions(Engine{Config: "fast"}, catalog.Input{Width: c.width, Height: c.height}, c.weights, c.activations)
		if b != c.batch || l != lanes {
			t.Errorf("%+v: batches of %d, %d at once; want %d, %d", c, b, l, c.batch, lanes)
		}
	}
}

// A graph with a fixed batch is fed with that.
func TestFixedBatch(t *testing.T) {
	mp := smallNet()
	free := open(t, mp)
	s := pictures(t, 5, 8, 8)
	want, err := free.Responses(context.Background(), "logits", s)
	if err != nil {
		t.Fatal(err)
	}
	mp.Graph.Input[0].Type.GetTensorType().Shape.Dim[0].Value = &protos.TensorShapeProto_Dimension_DimValue{DimValue: 2}
	fixed := open(t, mp)
	got, err := fixed.Responses(context.Background(), "logits", s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		for j, v := range got.Row(i) {
			if !close4(v, want.Row(i)[j], 1) {
				t.Fatalf("image %d unit %d: %v, expected %v", i, j, v, want.Row(i)[j])
			}
		}
	}
}

// Channels last, blue first and one channel reach the graph as they should.
func TestInputOrders(t *testing.T) {
	perm := []int64{0, 3, 1, 2}
	last := open(t, graphOf([]int64{0, 8, 8, 3}, nil, node("Transpose", "", []string{"x"}, "y", "perm", perm)))
	first := open(t, graphOf([]int64{0, 3, 8, 8}, nil, node("Identity", "", []string{"x"}, "y")))
	s := pictures(t, 2, 8, 8)
	get := func(m *Model) []float64 {
		t.Helper()
		r, err := m.Responses(context.Background(), "y", s)
		if err != nil {
			t.Fatal(err)
		}
		return r.Row(1)
	}
	rgb := get(first)
	if !last.Input.NHWC || !slices.Equal(rgb, get(last)) {
		t.Error("channels last differ from channels first")
	}
	plain := catalog.Input{Width: 8, Height: 8, Channels: 3}
	first.Input = plain
	rgb = get(first)
	first.Input.BGR = true
	bgr := get(first)
	if !slices.Equal(bgr[:64], rgb[128:]) || !slices.Equal(bgr[64:128], rgb[64:128]) || !slices.Equal(bgr[128:], rgb[:64]) {
		t.Error("blue first is not red first with the channels turned around")
	}
}

func TestProgressAndCancel(t *testing.T) {
	m := open(t, smallNet())
	m.Batch = 2
	var seen []int
	ctx := analysis.WithProgress(context.Background(), func(done, total int) {
		if total != 9 {
			t.Errorf("total %d", total)
		}
		seen = append(seen, done)
	})
	if _, err := m.Responses(ctx, "gap", pictures(t, 9, 8, 8)); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(seen) || seen[0] != 0 || seen[len(seen)-1] != 9 || len(seen) != 6 {
		t.Errorf("progress was %v", seen)
	}

	before := runtime.NumGoroutine()
	stop := errors.New("the reader has seen enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	last := 0
	ctx = analysis.WithProgress(ctx, func(done, total int) {
		if last = done; done >= 4 {
			cancel(stop)
		}
	})
	shown := make([]bool, 400)
	items := make([]analysis.Stimulus, len(shown))
	for i := range items {
		items[i] = analysis.Stimulus{ID: fmt.Sprint(i), Image: func() (image.Image, error) { shown[i] = true; return picture(i, 8, 8), nil }}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Responses(ctx, "gap", s)
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "of 400") {
		t.Errorf("the error is %v", err)
	}
	if last > 20 || slices.Contains(shown[200:], true) {
		t.Errorf("it went on to %d", last)
	}
	for i := 0; i < 1000 && runtime.NumGoroutine() > before; i++ {
		runtime.Gosched()
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := m.Responses(ended, "gap", s); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestBadImages(t *testing.T) {
	m := open(t, smallNet())
	_, _, textErr := image.Decode(strings.NewReader("this is text"))
	for _, c := range []struct {
		name  string
		image func() (image.Image, error)
		want  string
	}{
		{"text", func() (image.Image, error) { return nil, textErr }, "unknown format"},
		{"none", nil, "no image"},
		{"nil", func() (image.Image, error) { return nil, nil }, "nil"},
		{"empty", func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 0, 5)), nil }, "no pixels"},
		{"panic", func() (image.Image, error) { panic("decoder") }, "decoder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			items := make([]analysis.Stimulus, 12)
			for i := range items {
				items[i] = analysis.Stimulus{ID: fmt.Sprintf("set/%02d.png", i), Image: func() (image.Image, error) { return picture(i, 8, 8), nil }}
			}
			items[7].Image, items[9].Image = c.image, c.image
			s, err := analysis.NewStimuli(items)
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.Responses(context.Background(), "gap", s)
			if err == nil || !strings.Contains(err.Error(), `"set/07.png"`) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if _, err := m.Responses(context.Background(), "gap", analysis.Stimuli{}); err == nil {
		t.Error("no stimuli give responses")
	}
	if _, err := m.ResponsesAt(context.Background(), nil, pictures(t, 1, 8, 8)); err == nil {
		t.Error("no layers give responses")
	}
}

func TestNotFinite(t *testing.T) {
	mp := smallNet()
	mp.Graph.Initializer[8].FloatData[8] = float32(math.Inf(1)) // fc.w[1,0]
	m := open(t, mp)
	_, err := m.Responses(context.Background(), "logits", pictures(t, 3, 8, 8))
	if err == nil || !strings.Contains(err.Error(), "net/logits") || !strings.Contains(err.Error(), "channel 1") {
		t.Errorf("the error is %v", err)
	}
	if _, err := m.Responses(context.Background(), "gap", pictures(t, 3, 8, 8)); err != nil {
		t.Errorf("the layer before is finite: %v", err)
	}
}

func TestTooMuch(t *testing.T) {
	m := open(t, graphOf([]int64{0, 3, 0, 0}, nil, node("Relu", "", []string{"x"}, "y")))
	m.Input.Width, m.Input.Height = 8000, 8000
	_, err := m.Responses(context.Background(), "y", pictures(t, 10, 2, 2))
	if err == nil || !strings.Contains(err.Error(), "14 GiB") {
		t.Errorf("1.92e9 values: %v", err)
	}
}

func TestInputChecked(t *testing.T) {
	m := open(t, smallNet())
	for _, c := range []struct {
		in   catalog.Input
		want string
	}{
		{catalog.Input{}, "0×0"},
		{catalog.Input{Width: 8, Height: 8, Channels: 4}, "there are 4 channels"},
		{catalog.Input{Width: 8, Height: 8, Channels: 3, Mean: []float32{1}}, "Input.Mean has 1 values"},
		{catalog.Input{Width: 8, Height: 8, Channels: 3, Std: []float32{1, 0, 1}}, "Input.Std has the value 0"},
		{catalog.Input{Width: 8, Height: 8, Channels: 3, Mean: []float32{1, float32(math.NaN()), 1}}, "NaN"},
		{catalog.Input{Width: 8, Height: 8, Channels: 1}, "[n 1 8 8]"},
	} {
		m.Input = c.in
		if _, err := m.Responses(context.Background(), "gap", pictures(t, 1, 8, 8)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, expected %q", c.in, err, c.want)
		}
		if m.Key() == "" {
			t.Error("no key")
		}
	}
	m.Input = catalog.Input{Width: 8, Height: 8, Channels: 3}
	m.Batch = -1
	if _, err := m.Responses(context.Background(), "gap", pictures(t, 1, 8, 8)); err == nil {
		t.Error("a negative batch runs")
	}
}
