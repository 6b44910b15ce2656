package fastgo

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/pkg/errors"
)

// weightOf returns a weight of these numbers.
func weightOf(flat any, s shapes.Shape) *Weight {
	return &Weight{Name: "w", Shape: s, Key: fmt.Sprintf("%T %v %v", flat, s, flat), Read: func() func(any) error {
		rest := reflect.ValueOf(flat)
		return func(dst any) error {
			n, want := reflect.Copy(reflect.ValueOf(dst), rest), reflect.ValueOf(dst).Len()
			if n != want {
				return errors.Errorf("%d of %d numbers", n, want)
			}
			rest = rest.Slice(n, rest.Len())
			return nil
		}
	}}
}

// planned builds and compiles a graph of our backend.
func planned(t *testing.T, b compute.Backend, build func(f compute.Function) (compute.Value, error)) (compute.Executable, error) {
	t.Helper()
	bb := b.Builder("")
	v, err := build(bb.Main())
	if err != nil {
		t.Fatal(err)
	}
	if err := bb.Main().Return([]compute.Value{v}, nil); err != nil {
		t.Fatal(err)
	}
	return bb.Compile()
}

func newBackend(t *testing.T) compute.Backend {
	t.Helper()
	b, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A weight is read once to be packed, not at all for another graph that
// multiplies by it, and not if nothing depends on it.
func TestWeightRead(t *testing.T) {
	b := newBackend(t)
	reads := 0
	w := weightOf([]float32{1, 2, 3, 4, 5, 6}, shapes.Make(dtypes.Float32, 2, 3))
	w.Key = "of TestWeightRead"
	read := w.Read
	w.Read = func() func(any) error { reads++; return read() }
	var kept []compute.Executable
	for _, rows := range []int{1, 4} {
		e, err := planned(t, b, func(f compute.Function) (compute.Value, error) {
			x, err := f.Parameter("x", shapes.Make(dtypes.Float32, rows, 2), nil)
			if err != nil {
				return nil, err
			}
			c, err := f.Constant(w, 2, 3)
			if err != nil {
				return nil, err
			}
			idle := weightOf([]float32{1}, shapes.Make(dtypes.Float32))
			idle.Read = func() func(any) error { t.Error("a weight that nobody needs was read"); return read() }
			if _, err := f.Constant(idle); err != nil {
				return nil, err
			}
			return f.DotGeneral(x, []int{1}, nil, c, []int{0}, nil, compute.DotGeneralConfig{})
		})
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, e)
		in, err := b.BufferFromFlatData(0, slices.Repeat([]float32{1, -1}, rows), shapes.Make(dtypes.Float32, rows, 2))
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Execute([]compute.Buffer{in}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := out[0].Data()
		if err != nil {
			t.Fatal(err)
		}
		if want := slices.Repeat([]float32{-3, -3, -3}, rows); !slices.Equal(got.([]float32), want) {
			t.Errorf("the product is %v, expected %v", got, want)
		}
	}
	if reads != 1 {
		t.Errorf("the weight was read %d times, expected once", reads)
	}
	for _, e := range kept {
		e.Finalize()
	}
}

// A weight that cannot be read fails the compilation, whatever it is used for.
func TestWeightUnreadable(t *testing.T) {
	b := newBackend(t)
	for name, op := range map[string]func(f compute.Function, x, w compute.Value) (compute.Value, error){
		"product": func(f compute.Function, x, w compute.Value) (compute.Value, error) {
			return f.DotGeneral(x, []int{1}, nil, w, []int{0}, nil, compute.DotGeneralConfig{})
		},
		"sum":       func(f compute.Function, x, w compute.Value) (compute.Value, error) { return f.Add(x, w) },
		"output":    func(f compute.Function, x, w compute.Value) (compute.Value, error) { return w, nil },
		"delegated": func(f compute.Function, x, w compute.Value) (compute.Value, error) { return f.Atan2(x, w) },
		"folded":    func(f compute.Function, x, w compute.Value) (compute.Value, error) { return f.Add(w, w) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := planned(t, b, func(f compute.Function) (compute.Value, error) {
				s := shapes.Make(dtypes.Float32, 3, 3)
				x, err := f.Parameter("x", s, nil)
				if err != nil {
					return nil, err
				}
				w := &Weight{Name: "lost", Shape: s, Key: "lost " + name, Read: func() func(any) error { return func(any) error { return errors.New("the disk is gone") } }}
				c, err := f.Constant(w, 3, 3)
				if err != nil {
					return nil, err
				}
				return op(f, x, c)
			})
			if err == nil || !strings.Contains(err.Error(), `weight "lost"`) || !strings.Contains(err.Error(), "the disk is gone") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// The way of the importer: a tensor of a weight made a constant. Here the
// numbers of 16-bit floats are widened.
func TestLater(t *testing.T) {
	b := newBackend(t).(*Backend)
	h := tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{1, -2, .5, 4}, 16), 64)
	for _, dt := range []dtypes.DType{dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64} {
		var flat any
		half := graph.MustExecOnce(b, func(x *graph.Node) *graph.Node { return graph.ConvertDType(x, dt) }, h)
		half.MustConstFlatData(func(f any) { flat = f })
		w := weightOf(flat, shapes.Make(dt, 64))
		got := graph.MustExecOnce(b, func(x *graph.Node) *graph.Node {
			c, err := tensors.FromBuffer(b.Later(w))
			if err != nil {
				panic(err)
			}
			return graph.Mul(x, graph.ConvertDType(graph.ConstTensor(x.Graph(), c), dtypes.Float32))
		}, h)
		if f := tensors.MustCopyFlatData[float32](got); !slices.Equal(f, slices.Repeat([]float32{1, 4, .25, 16}, 16)) {
			t.Errorf("%v: the squares are %v", dt, f)
		}
	}
}

// One slice in the bounds is a view; what is out of them is clamped.
func TestGatherView(t *testing.T) {
	b := newBackend(t)
	for _, c := range []struct {
		at   []int64
		want []float32
		view bool
	}{
		{[]int64{1}, []float32{4, 5, 6, 7}, true},
		{[]int64{2}, []float32{8, 9, 10, 11}, true},
		{[]int64{3}, []float32{8, 9, 10, 11}, false},
		{[]int64{-1}, []float32{0, 1, 2, 3}, false},
		{[]int64{2, 0}, []float32{8, 9, 10, 11, 0, 1, 2, 3}, false},
	} {
		e, err := planned(t, b, func(f compute.Function) (compute.Value, error) {
			x, err := f.Parameter("x", shapes.Make(dtypes.Float32, 3, 4), nil)
			if err != nil {
				return nil, err
			}
			at, err := f.Constant(c.at, len(c.at), 1)
			if err != nil {
				return nil, err
			}
			return f.Gather(x, at, 1, []int{1}, []int{0}, []int{0}, []int{1, 4}, false)
		})
		if err != nil {
			t.Fatal(err)
		}
		delegated := slices.ContainsFunc(e.(*executable).steps, func(s *step) bool { return strings.Contains(s.what, "Gather") })
		if delegated == c.view {
			t.Errorf("%v: delegated is %v", c.at, delegated)
		}
		in, err := b.BufferFromFlatData(0, []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, shapes.Make(dtypes.Float32, 3, 4))
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Execute([]compute.Buffer{in}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := out[0].Data(); !slices.Equal(got.([]float32), c.want) {
			t.Errorf("%v: %v, expected %v", c.at, got, c.want)
		}
	}
}
