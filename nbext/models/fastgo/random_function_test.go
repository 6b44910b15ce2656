package fastgo

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// TestFunctions compares graphs with functions inside, which end recording in
// the middle, with GoMLX's backend.
func TestFunctions(t *testing.T) {
	v := must[compute.Value](t)
	vs := must[[]compute.Value](t)
	fs := must[compute.Function](t)
	float := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	returns := func(f compute.Function, outs ...compute.Value) compute.Function {
		if err := f.Return(outs, nil); err != nil {
			t.Fatal(err)
		}
		return f
	}
	graphs := map[string]func(g compute.Builder, f compute.Function, x compute.Value) []compute.Value{
		"a call": func(g compute.Builder, f compute.Function, x compute.Value) []compute.Value {
			y := v(f.Tanh(x))
			h := fs(g.NewFunction("twice"))
			p := v(h.Parameter("p", float(2, 3), nil))
			returns(h, v(h.Add(p, p)), p)
			return append(vs(f.Call(h, y)), y, x)
		},
		"branches that see what lies outside": func(g compute.Builder, f compute.Function, x compute.Value) []compute.Value {
			y := v(f.Exp(x))
			a, b := fs(f.Closure()), fs(f.Closure())
			returns(a, v(a.Neg(y)))
			returns(b, v(b.Constant(make([]float32, 6), 2, 3)))
			first := v(f.Reshape(v(f.Slice(x, []int{0, 0}, []int{1, 1}, nil))))
			positive := v(f.GreaterThan(first, v(f.Constant([]float32{0}))))
			return vs(f.If(positive, a, b))
		},
		"a loop": func(g compute.Builder, f compute.Function, x compute.Value) []compute.Value {
			cond, body := fs(f.Closure()), fs(f.Closure())
			i := v(cond.Parameter("i", shapes.Make(dtypes.Int32), nil))
			v(cond.Parameter("y", float(2, 3), nil))
			returns(cond, v(cond.LessThan(i, v(cond.Constant([]int32{4})))))
			i = v(body.Parameter("i", shapes.Make(dtypes.Int32), nil))
			y := v(body.Parameter("y", float(2, 3), nil))
			returns(body, v(body.Add(i, v(body.Constant([]int32{1})))), v(body.Tanh(v(body.Add(y, y)))))
			return vs(f.While(cond, body, v(f.Constant([]int32{0})), v(f.Neg(x))))
		},
		"sorting": func(g compute.Builder, f compute.Function, x compute.Value) []compute.Value {
			less := fs(f.Closure())
			a, b := v(less.Parameter("a", float(), nil)), v(less.Parameter("b", float(), nil))
			returns(less, v(less.LessThan(a, b)))
			return append(vs(f.Sort(less, 1, true, v(f.Sin(x)))), x)
		},
		"a second function that is not called": func(g compute.Builder, f compute.Function, x compute.Value) []compute.Value {
			h := fs(g.NewFunction("idle"))
			returns(h, v(h.Parameter("p", float(2, 3), nil)))
			return []compute.Value{v(f.Abs(x)), x, x}
		},
	}
	r := newReferee(t)
	for name, build := range graphs {
		t.Run(name, func(t *testing.T) {
			var got [2]string
			for i, b := range []compute.Backend{r.slow, r.fast} {
				g := b.Builder(name)
				f := g.Main()
				x := v(f.Parameter("x", float(2, 3), nil))
				v(f.Parameter("unused", float(1), nil))
				returns(f, build(g, f, x)...)
				e := must[compute.Executable](t)(g.Compile())
				in := []compute.Buffer{bufferOf(t, b, []float32{.5, -.25, 1, 3, -1, 0}, 2, 3), bufferOf(t, b, []float32{1}, 1)}
				for range 2 {
					got[i] = ""
					for _, o := range must[[]compute.Buffer](t)(e.Execute(in, nil, 0)) {
						got[i] += fmt.Sprint(must[any](t)(o.Data()), "\n")
					}
				}
				e.Finalize()
			}
			if got[1] != got[0] {
				t.Errorf("%s\nexpected %s", got[1], got[0])
			}
		})
	}
}

// Functions of others, and main, are errors where a closure is asked for.
func TestWrongFunctions(t *testing.T) {
	b, r := newFast(t), newReferee(t)
	g := b.Builder("")
	f := g.Main()
	x := must[compute.Value](t)(f.Parameter("", shapes.Make(dtypes.Bool), nil))
	if _, err := f.Call(f, x); err == nil {
		t.Error("main calls itself")
	}
	if _, err := f.If(x, nil, nil); err == nil {
		t.Error("branches are nil")
	}
	other := must[compute.Function](t)(r.slow.Builder("").Main().Closure())
	if _, err := f.If(x, other, other); err == nil {
		t.Error("branches are of another backend")
	}
}
