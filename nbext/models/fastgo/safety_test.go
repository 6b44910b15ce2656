package fastgo

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
)

func newFast(t testing.TB) *Backend {
	t.Helper()
	b, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Backend)
}

// must stops the test at an error.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// compileOn builds a graph.
func compileOn(t testing.TB, b compute.Backend, build func(f compute.Function) []compute.Value) compute.Executable {
	t.Helper()
	g := b.Builder(t.Name())
	if err := g.Main().Return(build(g.Main()), nil); err != nil {
		t.Fatal(err)
	}
	return must[compute.Executable](t)(g.Compile())
}

func bufferOf(t testing.TB, b compute.Backend, flat any, dims ...int) compute.Buffer {
	t.Helper()
	return must[compute.Buffer](t)(b.BufferFromFlatData(0, flat, shapes.Make(dtypes.FromGoType(elemOf(flat)), dims...)))
}

func numbersOf(t testing.TB, b compute.Buffer) []float32 {
	t.Helper()
	x, ok := must[any](t)(b.Data()).([]float32)
	if !ok {
		t.Fatal("no float32 buffer")
	}
	return x
}

// Shapes whose memory cannot be are told before anything is allocated.
func TestImpossibleShapes(t *testing.T) {
	const huge = 1 << 20
	b := newFast(t)
	make2 := func(f compute.Function, d dtypes.DType, dims ...int) compute.Value {
		return must[compute.Value](t)(f.Parameter("", shapes.Make(d, dims...), nil))
	}
	for name, build := range map[string]func(f compute.Function) (compute.Value, error){
		"parameter": func(f compute.Function) (compute.Value, error) {
			return f.Parameter("x", shapes.Make(dtypes.Float32, huge, huge), nil)
		},
		"parameter whose size is no int": func(f compute.Function) (compute.Value, error) {
			return f.Parameter("x", shapes.Make(dtypes.Float32, 1<<31, 1<<31, 1<<31), nil)
		},
		"parameter whose size is 0 as an int": func(f compute.Function) (compute.Value, error) {
			return f.Parameter("x", shapes.Make(dtypes.Float32, 1<<32, 1<<32), nil)
		},
		"parameter of bits": func(f compute.Function) (compute.Value, error) {
			return f.Parameter("x", shapes.Make(dtypes.Bool, huge, huge), nil)
		},
		"broadcast": func(f compute.Function) (compute.Value, error) {
			return f.BroadcastInDim(make2(f, dtypes.Float32), shapes.Make(dtypes.Float32, huge, huge), nil)
		},
		"broadcast of bits": func(f compute.Function) (compute.Value, error) {
			return f.BroadcastInDim(make2(f, dtypes.Bool), shapes.Make(dtypes.Bool, huge, huge), nil)
		},
		"broadcast and sum": func(f compute.Function) (compute.Value, error) {
			x, err := f.BroadcastInDim(make2(f, dtypes.Float32), shapes.Make(dtypes.Float32, huge, huge/4), nil)
			if err != nil {
				return nil, err
			}
			return f.Sin(x)
		},
		"broadcast of a constant": func(f compute.Function) (compute.Value, error) {
			c := must[compute.Value](t)(f.Constant([]float32{1}))
			return f.BroadcastInDim(c, shapes.Make(dtypes.Float32, huge, huge/4), nil)
		},
		"broadcast of a constant, used": func(f compute.Function) (compute.Value, error) {
			c := must[compute.Value](t)(f.Constant([]float32{1}))
			x, err := f.BroadcastInDim(c, shapes.Make(dtypes.Float32, huge, huge/8), nil)
			if err != nil {
				return nil, err
			}
			return f.Sin(x)
		},
		"broadcast of a constant, contracted": func(f compute.Function) (compute.Value, error) {
			c := must[compute.Value](t)(f.Constant([]float32{1}))
			x, err := f.BroadcastInDim(c, shapes.Make(dtypes.Float32, huge, huge/8), nil)
			if err != nil {
				return nil, err
			}
			return f.ReduceSum(x, 0)
		},
		"comparison": func(f compute.Function) (compute.Value, error) {
			return f.LessThan(make2(f, dtypes.Float32, 1, huge/4), make2(f, dtypes.Float32, huge, 1))
		},
		"operands that repeat each other": func(f compute.Function) (compute.Value, error) {
			return f.Add(make2(f, dtypes.Float32, 1, huge), make2(f, dtypes.Float32, huge, 1))
		},
		"operands that repeat each other, a little less": func(f compute.Function) (compute.Value, error) {
			return f.Add(make2(f, dtypes.Float32, 1, huge/4), make2(f, dtypes.Float32, huge, 1))
		},
		"outer product": func(f compute.Function) (compute.Value, error) {
			return f.DotGeneral(make2(f, dtypes.Float32, huge), nil, nil, make2(f, dtypes.Float32, huge), nil, nil, compute.DotGeneralConfig{})
		},
		"outer product, a little less": func(f compute.Function) (compute.Value, error) {
			return f.DotGeneral(make2(f, dtypes.Float32, huge), nil, nil, make2(f, dtypes.Float32, huge/8), nil, nil, compute.DotGeneralConfig{})
		},
		"iota": func(f compute.Function) (compute.Value, error) {
			return f.Iota(shapes.Make(dtypes.Float32, huge, huge), 0)
		},
		"iota, a little less": func(f compute.Function) (compute.Value, error) {
			return f.Iota(shapes.Make(dtypes.Float32, huge, huge/4), 0)
		},
		"padding": func(f compute.Function) (compute.Value, error) {
			zero := must[compute.Value](t)(f.Constant([]float32{0}))
			return f.Pad(make2(f, dtypes.Float32, 2, 2), zero, compute.PadAxis{End: huge}, compute.PadAxis{End: huge})
		},
		"convolution": func(f compute.Function) (compute.Value, error) {
			axes := compute.ConvolveAxesConfig{InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2}, KernelInputChannels: 2, KernelOutputChannels: 3,
				KernelSpatial: []int{0, 1}, OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2}}
			return f.ConvGeneral(make2(f, dtypes.Float32, 1, 4, 4, 1), make2(f, dtypes.Float32, 1, 1, 1, 1), axes, nil, [][2]int{{huge, 0}, {0, huge}}, nil, nil, 1, 1)
		},
		"constant": func(f compute.Function) (compute.Value, error) { return f.Constant([]float32{1}, huge, huge) },
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			g := b.Builder("")
			v, err := build(g.Main())
			if err == nil {
				if err := g.Main().Return([]compute.Value{v}, nil); err != nil {
					t.Fatal(err)
				}
				_, err = g.Compile()
			}
			if err == nil {
				t.Error("no error")
			}
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
				t.Errorf("%d MiB were allocated", grown>>20)
			}
		})
	}
}

// Inputs that are not what the graph takes are errors, and leave it fit.
func TestWrongInputs(t *testing.T) {
	b, other := newFast(t), must[compute.Backend](t)(gobackend.New("ops_sequential"))
	plain := false
	build := func(f compute.Function) []compute.Value {
		if plain { // all of it on the wrapped backend
			must[compute.Function](t)(f.Closure())
		}
		x := must[compute.Value](t)(f.Parameter("x", shapes.Make(dtypes.Float32, 2, 3), nil))
		n := must[compute.Value](t)(f.Parameter("n", shapes.Make(dtypes.Int32, 2), nil))
		return []compute.Value{must[compute.Value](t)(f.Tanh(x)), must[compute.Value](t)(f.Neg(n)), x}
	}
	finalized := func(flat any, dims ...int) compute.Buffer {
		x := bufferOf(t, b, flat, dims...)
		if err := x.Finalize(); err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, plain = range []bool{false, true} {
		x, n := bufferOf(t, b, make([]float32, 6), 2, 3), bufferOf(t, b, []int32{1, 2}, 2)
		e := compileOn(t, b, build)
		for name, in := range map[string][]compute.Buffer{
			"none":                        nil,
			"too few":                     {x},
			"too many":                    {x, n, n},
			"in another order":            {n, x},
			"of another shape":            {bufferOf(t, b, make([]float32, 6), 3, 2), n},
			"of another rank":             {bufferOf(t, b, make([]float32, 6), 6), n},
			"of another type":             {bufferOf(t, b, make([]float64, 6), 2, 3), n},
			"integers of another type":    {x, bufferOf(t, b, []int64{1, 2}, 2)},
			"of another backend":          {bufferOf(t, other, make([]float32, 6), 2, 3), n},
			"integers of another":         {x, bufferOf(t, other, []int32{1, 2}, 2)},
			"nil":                         {nil, n},
			"a typed nil":                 {(*buffer)(nil), n},
			"integers that are nil":       {x, nil},
			"finalized":                   {finalized(make([]float32, 6), 2, 3), n},
			"integers that are finalized": {x, finalized([]int32{1, 2}, 2)},
		} {
			t.Run(fmt.Sprint(name, " ", plain), func(t *testing.T) {
				defer func() {
					if p := recover(); p != nil {
						t.Errorf("panic: %v", p)
					}
				}()
				if _, err := e.Execute(in, nil, 0); err == nil {
					t.Error("no error")
				}
			})
		}
		if _, err := e.Execute([]compute.Buffer{x, n}, nil, 0); err != nil {
			t.Errorf("after all that: %v", err)
		}
		e.Finalize()
		e.Finalize()
		if _, err := e.Execute([]compute.Buffer{x, n}, nil, 0); err == nil {
			t.Error("a finalized executable executes")
		}
	}
}

// Graphs that are put together wrongly are errors.
func TestWrongGraphs(t *testing.T) {
	b, other := newFast(t), must[compute.Backend](t)(gobackend.New("ops_sequential"))
	shape := shapes.Make(dtypes.Float32, 2, 3)
	param := func(f compute.Function) compute.Value { return must[compute.Value](t)(f.Parameter("", shape, nil)) }
	for name, do := range map[string]func(g compute.Builder, f compute.Function) error{
		"shapes that do not fit": func(g compute.Builder, f compute.Function) error {
			_, err := f.Add(param(f), must[compute.Value](t)(f.Parameter("", shapes.Make(dtypes.Float32, 3, 2), nil)))
			return err
		},
		"types that do not fit": func(g compute.Builder, f compute.Function) error {
			_, err := f.Add(param(f), must[compute.Value](t)(f.Parameter("", shapes.Make(dtypes.Float64, 2, 3), nil)))
			return err
		},
		"nil operand":       func(g compute.Builder, f compute.Function) error { _, err := f.Neg(nil); return err },
		"typed nil operand": func(g compute.Builder, f compute.Function) error { _, err := f.Neg((*value)(nil)); return err },
		"operand of another graph": func(g compute.Builder, f compute.Function) error {
			_, err := f.Neg(param(b.Builder("").Main()))
			return err
		},
		"operand of another backend": func(g compute.Builder, f compute.Function) error {
			_, err := f.Neg(param(other.Builder("").Main()))
			return err
		},
		"transposition of too few axes": func(g compute.Builder, f compute.Function) error { _, err := f.Transpose(param(f), 0); return err },
		"reshape to another size":       func(g compute.Builder, f compute.Function) error { _, err := f.Reshape(param(f), 5); return err },
		"slice of too few axes": func(g compute.Builder, f compute.Function) error {
			_, err := f.Slice(param(f), []int{0}, []int{2}, nil)
			return err
		},
		"reduction over no axis": func(g compute.Builder, f compute.Function) error { _, err := f.ReduceSum(param(f), 2); return err },
		"softmax over no axis":   func(g compute.Builder, f compute.Function) error { _, err := f.FusedSoftmax(param(f), 2); return err },
		"softmax over axis −1":   func(g compute.Builder, f compute.Function) error { _, err := f.FusedSoftmax(param(f), -1); return err },
		"layer norm over no axis": func(g compute.Builder, f compute.Function) error {
			_, err := f.FusedLayerNorm(param(f), []int{2}, 1, nil, nil)
			return err
		},
		"constant of too few":       func(g compute.Builder, f compute.Function) error { _, err := f.Constant([]float32{1}, 2); return err },
		"constant that is no slice": func(g compute.Builder, f compute.Function) error { _, err := f.Constant(float32(1)); return err },
		"constant that is nil":      func(g compute.Builder, f compute.Function) error { _, err := f.Constant(nil); return err },
		"constant of strings":       func(g compute.Builder, f compute.Function) error { _, err := f.Constant([]string{"1"}); return err },
		"constant of size −1":       func(g compute.Builder, f compute.Function) error { _, err := f.Constant([]float32{1}, -1); return err },
		"no output":                 func(g compute.Builder, f compute.Function) error { return f.Return(nil, nil) },
		"nil output":                func(g compute.Builder, f compute.Function) error { return f.Return([]compute.Value{nil}, nil) },
		"compiled before Return": func(g compute.Builder, f compute.Function) error {
			param(f)
			_, err := g.Compile()
			return err
		},
		"returned twice": func(g compute.Builder, f compute.Function) error {
			x := param(f)
			if err := f.Return([]compute.Value{x}, nil); err != nil {
				t.Fatal(err)
			}
			return f.Return([]compute.Value{x}, nil)
		},
		"an operation after Return": func(g compute.Builder, f compute.Function) error {
			x := param(f)
			if err := f.Return([]compute.Value{x}, nil); err != nil {
				t.Fatal(err)
			}
			_, err := f.Neg(x)
			return err
		},
		"compiled twice": func(g compute.Builder, f compute.Function) error {
			if err := f.Return([]compute.Value{param(f)}, nil); err != nil {
				t.Fatal(err)
			}
			must[compute.Executable](t)(g.Compile())
			_, err := g.Compile()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("panic: %v", p)
				}
			}()
			g := b.Builder("")
			if err := do(g, g.Main()); err == nil {
				t.Error("no error")
			}
		})
	}
}

// Outputs are the caller's: they are no inputs, constants, nor each other, and
// nothing writes to them later.
func TestOutputsAreApart(t *testing.T) {
	b := newFast(t)
	known := []float32{1, 2, 3, 4, 5, 6}
	e := compileOn(t, b, func(f compute.Function) []compute.Value {
		v := must[compute.Value](t)
		x := v(f.Parameter("x", shapes.Make(dtypes.Float32, 2, 3), nil))
		n := v(f.Parameter("n", shapes.Make(dtypes.Int32, 2), nil))
		c := v(f.Constant(known, 2, 3))
		y := v(f.Tanh(x))
		return []compute.Value{x, x, v(f.Reshape(x, 6)), v(f.Identity(x)), c, c, v(f.Reshape(c, 3, 2)), y, y, v(f.Reshape(y, 6)), v(f.Sin(x)),
			n, n, v(f.Neg(n)), v(f.Add(y, x)), v(f.Constant([]int32{7}))}
	})
	in := []float32{.1, .2, .3, .4, .5, .6}
	x, n := bufferOf(t, b, in, 2, 3), bufferOf(t, b, []int32{1, 2}, 2)
	run := func() []compute.Buffer { return must[[]compute.Buffer](t)(e.Execute([]compute.Buffer{x, n}, nil, 0)) }
	text := func(bufs []compute.Buffer) []string {
		var all []string
		for _, o := range bufs {
			all = append(all, fmt.Sprint(must[any](t)(o.Data())))
		}
		return all
	}
	first := run()
	want := text(first)
	for i := range first { // write to one, look at all others
		scribble(must[any](t)(first[i].Data()))
		for k, s := range text(first) {
			if k > i && s != want[k] {
				t.Errorf("output %d changed with output %d", k, i)
			}
		}
	}
	if !slices.Equal(numbersOf(t, x), in) {
		t.Error("the input changed with an output")
	}
	second := run()
	if got := text(second); !slices.Equal(got, want) {
		t.Errorf("after writing to outputs: %v, expected %v", got, want)
	}
	// Other inputs, and more of them, leave them alone.
	scribble(must[any](t)(x.Data()))
	scribble(must[any](t)(n.Data()))
	for range 3 {
		run()
	}
	if got := text(second); !slices.Equal(got, want) {
		t.Errorf("after more executions: %v, expected %v", got, want)
	}
	for _, o := range append(first, second...) {
		if o.Backend() != compute.Backend(b) {
			t.Error("an output is of another backend")
		}
		if err := o.Finalize(); err != nil {
			t.Error(err)
		}
	}
}

func scribble(flat any) {
	switch x := flat.(type) {
	case []float32:
		for i := range x {
			x[i] = -99
		}
	case []int32:
		for i := range x {
			x[i] = -99
		}
	}
}

// Constants are copied when they are given, as are lists of axes.
func TestConstantsAreCopied(t *testing.T) {
	b := newFast(t)
	c, n, perm := []float32{1, 2, 3, 4}, []int32{5, 6}, []int{1, 0}
	e := compileOn(t, b, func(f compute.Function) []compute.Value {
		v := must[compute.Value](t)
		x := v(f.Parameter("x", shapes.Make(dtypes.Float32, 3, 2), nil))
		w := v(f.Constant(c, 2, 2))
		y := v(f.DotGeneral(x, []int{1}, nil, w, []int{0}, nil, compute.DotGeneralConfig{}))
		outs := []compute.Value{w, v(f.Constant(n, 2)), v(f.Transpose(y, perm...)), v(f.Mul(x, v(f.Constant(c[:2], 1, 2))))}
		scribble(c)
		scribble(n)
		perm[0], perm[1] = 0, 1
		return outs
	})
	outs := must[[]compute.Buffer](t)(e.Execute([]compute.Buffer{bufferOf(t, b, []float32{1, 0, 0, 1, 1, 1}, 3, 2)}, nil, 0))
	for i, want := range []string{"[1 2 3 4]", "[5 6]", "[1 3 4 2 4 6]", "[1 0 0 2 1 2]"} {
		if got := fmt.Sprint(must[any](t)(outs[i].Data())); got != want {
			t.Errorf("output %d is %s, expected %s", i, got, want)
		}
	}
}

// Inputs are not written to, whatever lies in place.
func TestInputsStay(t *testing.T) {
	r := newReferee(t)
	for seed := range uint64(200) {
		p := generate(r.slow, seed+1)
		if p == nil {
			continue
		}
		if _, err := p.run(r.slow, dtypes.Float32); err != nil {
			continue
		}
		e := must[compute.Executable](t)(p.build(r.fast, dtypes.Float32, nil))
		var in []compute.Buffer
		var were []string
		need := p.live()
		for i, c := range p.code {
			if c.param && need[i] {
				in = append(in, bufferOf(t, r.fast, c.data, c.shape.Dimensions...))
				were = append(were, fmt.Sprint(c.data))
			}
		}
		must[[]compute.Buffer](t)(e.Execute(in, nil, 0))
		for i, b := range in {
			if fmt.Sprint(must[any](t)(b.Data())) != were[i] {
				t.Fatalf("input %d was written to\n%v", i, p)
			}
		}
	}
}

// Donated inputs may be lost, and nothing else.
func TestDonatedInputs(t *testing.T) {
	b := newFast(t)
	e := compileOn(t, b, func(f compute.Function) []compute.Value {
		x := must[compute.Value](t)(f.Parameter("x", shapes.Make(dtypes.Float32, 4), nil))
		return []compute.Value{must[compute.Value](t)(f.Neg(x)), x}
	})
	var kept []compute.Buffer
	for k := range 20 {
		x := bufferOf(t, b, []float32{float32(k), 1, 2, 3}, 4)
		outs := must[[]compute.Buffer](t)(e.Execute([]compute.Buffer{x}, []bool{true}, 0))
		kept = append(kept, outs...)
		if err := x.Finalize(); err != nil {
			t.Error(err)
		}
	}
	for k := range 20 {
		if a, b := numbersOf(t, kept[2*k])[0], numbersOf(t, kept[2*k+1])[0]; a != -float32(k) || b != float32(k) {
			t.Errorf("execution %d gave %v and %v", k, a, b)
		}
	}
}

// Parameters that no output needs are asked for nevertheless, empty ones, too.
func TestUnusedParameters(t *testing.T) {
	b := newFast(t)
	e := compileOn(t, b, func(f compute.Function) []compute.Value {
		v := must[compute.Value](t)
		v(f.Parameter("unused", shapes.Make(dtypes.Float32, 3), nil))
		x := v(f.Parameter("x", shapes.Make(dtypes.Float32, 2), nil))
		v(f.Parameter("empty", shapes.Make(dtypes.Float32, 0, 2), nil))
		v(f.Parameter("unused bits", shapes.Make(dtypes.Bool, 1), nil))
		return []compute.Value{v(f.Neg(x))}
	})
	if names, in := e.Inputs(); strings.Join(names, ",") != "unused,x,empty,unused bits" || len(in) != 4 || !in[2].Equal(shapes.Make(dtypes.Float32, 0, 2)) {
		t.Errorf("inputs %v %v", names, in)
	}
	if out := e.Outputs(); len(out) != 1 || !out[0].Equal(shapes.Make(dtypes.Float32, 2)) {
		t.Errorf("outputs %v", out)
	}
	outs := must[[]compute.Buffer](t)(e.Execute([]compute.Buffer{bufferOf(t, b, []float32{1, 2, 3}, 3), bufferOf(t, b, []float32{1, 2}, 2),
		bufferOf(t, b, []float32{}, 0, 2), bufferOf(t, b, []bool{true}, 1)}, nil, 0))
	if got := numbersOf(t, outs[0]); !slices.Equal(got, []float32{-1, -2}) {
		t.Errorf("%v", got)
	}
}

// Weights are packed once for all executables that have them, and let go with
// the last.
func TestWeightsAreShared(t *testing.T) {
	b := newFast(t)
	w := make([]float32, 512*2048) // 4 MiB
	for i := range w {
		w[i] = float32(i%17) - 8
	}
	heap := func() int64 {
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	build := func(n int) compute.Executable {
		return compileOn(t, b, func(f compute.Function) []compute.Value {
			v := must[compute.Value](t)
			x := v(f.Parameter("x", shapes.Make(dtypes.Float32, n, 512), nil))
			return []compute.Value{v(f.DotGeneral(x, []int{1}, nil, v(f.Constant(w, 512, 2048)), []int{0}, nil, compute.DotGeneralConfig{}))}
		})
	}
	run := func(e compute.Executable, n int) {
		for _, o := range must[[]compute.Buffer](t)(e.Execute([]compute.Buffer{bufferOf(t, b, make([]float32, n*512), n, 512)}, nil, 0)) {
			if err := o.Finalize(); err != nil {
				t.Error(err)
			}
		}
	}
	none := heap()
	first := build(1)
	run(first, 1)
	one := heap()
	second := build(2)
	run(second, 2)
	two := heap()
	const size = 4 * 512 * 2048
	if one-none < size/2 {
		t.Errorf("an executable with %d MiB of weights takes %d KiB", size>>20, (one-none)>>10)
	}
	if two-one > size/4 {
		t.Errorf("a second executable takes %d KiB more", (two-one)>>10)
	}
	first.Finalize()
	run(second, 2)
	second.Finalize()
	runtime.KeepAlive(first)
	runtime.KeepAlive(second)
	if left := heap() - none; left > size/4 {
		t.Errorf("%d KiB are left when both are finalized", left>>10)
	}
	runtime.KeepAlive(w)
}
