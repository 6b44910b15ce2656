package models

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/gomlx/core/graph"

	"fusiform/nbext/catalog"
)

// The rest of a network, run from what comes before the lesion, answers as the
// whole network with the lesion in it: also where a shortcut goes past it,
// where it is lesioned already, and untrained.
func TestOperation(t *testing.T) {
	skip := graphOf([]int64{0, 3, 8, 8},
		[]*protos.TensorProto{weight("a.w", 6, 3, 3, 3), weight("b.w", 6, 6, 3, 3), weight("fc.w", 5, 6), weight("fc.b", 5)},
		node("Conv", "", []string{"x", "a.w"}, "a", "pads", []int64{1, 1, 1, 1}),
		node("Relu", "", []string{"a"}, "relu_a"),
		node("Conv", "", []string{"relu_a", "b.w"}, "b", "pads", []int64{1, 1, 1, 1}),
		node("Add", "", []string{"b", "relu_a"}, "sum"),
		node("Relu", "", []string{"sum"}, "relu_sum"),
		node("GlobalAveragePool", "", []string{"relu_sum"}, "gap"),
		node("Shape", "", []string{"gap"}, "size"),
		node("Flatten", "", []string{"gap"}, "flat"),
		node("Gemm", "", []string{"flat", "fc.w", "fc.b"}, "logits", "transB", 1),
	)
	ctx := context.Background()
	for what, c := range map[string]struct {
		m      *Model
		layer  string
		output string
		whole  bool
	}{
		"pool1":    {open(t, smallNet()), "pool1", "", false},
		"gap":      {open(t, smallNet()), "gap", "logits", false},
		"conv1":    {open(t, smallNet()), "conv1", "relu2", false},
		"shortcut": {open(t, skip), "b", "logits", false},
		"both":     {open(t, skip), "relu_a", "logits", false},
		"windows":  {open(t, windowNet()), "gate", "out", false},
		"image":    {open(t, windowNet()), "relu", "out", false},
		"drawnet":  {drawnet(t), "relu3", "logits", false},
	} {
		for _, kind := range []string{"trained", "untrained", "lesioned"} {
			m := c.m
			var err error
			switch kind {
			case "untrained":
				m, err = Untrained(m, 7)
			case "lesioned":
				d, _ := m.place(c.layer)
				m, err = Lesioned(m, c.layer, units(m, c.layer, len(d.keep), 0, 2))
			}
			if err != nil {
				t.Fatal(err)
			}
			s := pictures(t, 5, 8, 8)
			o, err := m.operate(ctx, []string{c.layer}, c.output, s)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if (o.rest == nil) != c.whole {
				t.Errorf("%s: runs whole: %v", what, o.rest == nil)
			}
			defer o.close()
			fill := make([]float32, len(o.at[0].keep))
			for j := range fill {
				fill[j] = float32(j%5) - 1
			}
			fill[0], fill[2] = 0, 0
			for _, cut := range [][]int{nil, {1, 3, 5}, {0, 1, 2, 4}} {
				got, err := o.try(ctx, [][]int{cut}, [][]float32{fill})
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				d := o.at[0]
				d.keep, d.fill = append([]float32(nil), d.keep...), append([]float32(nil), d.fill...)
				for _, j := range cut {
					d.keep[j], d.fill[j] = 0, fill[j]
				}
				want, err := o.whole(ctx, []damage{d})
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range got.RawMatrix().Data {
					if w := want.RawMatrix().Data[i]; math.Abs(v-w) > 1e-5*max(1, math.Abs(w)) {
						t.Errorf("%s, %s, units %v: value %d is %v, of the whole network %v", what, kind, cut, i, v, w)
						break
					}
				}
			}
		}
	}
	m := open(t, smallNet())
	if _, err := m.operate(ctx, []string{"relu2"}, "conv1", pictures(t, 2, 8, 8)); err == nil {
		t.Error("a lesion that does not reach what is read")
	}
}

// A network that is defined in Go runs whole for every lesion.
func TestOperationOfABuiltNetwork(t *testing.T) {
	in := catalog.Input{Width: 8, Height: 8, Channels: 3, Std: []float32{255, 255, 255}}
	m, err := FromGraph(Built{Name: "built", Key: "1", Input: in, Graph: func(x *graph.Node, _ func(string) *graph.Node, layer Tap) {
		y := layer("square", "Mul", graph.Mul(x, x))
		layer("mean", "ReduceMean", graph.ReduceMean(y, 2, 3))
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := pictures(t, 3, 8, 8)
	o, err := m.operate(context.Background(), []string{"square"}, "", s)
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	if o.rest != nil {
		t.Error("a network in Go was cut open")
	}
	var cut []int // all of the second channel
	for j := range 64 {
		cut = append(cut, 64+j)
	}
	got, err := o.try(context.Background(), [][]int{cut}, [][]float32{make([]float32, 192)})
	if err != nil {
		t.Fatal(err)
	}
	was := at(t, m, s, "mean")["mean"]
	for i := range s.Len() {
		for j, w := range was.Row(i) {
			if j == 1 {
				w = 0
			}
			if v := got.At(i, j); math.Abs(v-w) > 1e-6 {
				t.Errorf("image %d, output %d: %v, want %v", i, j, v, w)
			}
		}
	}
}
