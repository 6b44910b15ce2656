package fastgo

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"

	"fusiform/internal/simd"
)

var (
	randomSeed  = flag.Uint64("graph.seed", 0, "run only the random graph of this seed")
	randomCount = flag.Int("graph.n", 10_000, "random graphs in a full run")
	randomFirst = flag.Uint64("graph.first", 1, "seed of the first random graph")
)

// A program is a graph as a list of operations, each of one result, that can
// be built on any backend and cut to pieces.
type program struct {
	seed uint64
	code []*instr
	outs []int
}

// An instr computes value number i, its place in the program.
type instr struct {
	name  string // of the method of compute.Function
	args  []int
	attrs string
	shape shapes.Shape
	data  any  // of a parameter or a constant
	param bool // else a constant, if data is set
	do    func(w world, v []compute.Value) (compute.Value, error)

	// noise, if set, is what the result is rounded relative to, on the way:
	// 1+erf(x) is rounded relative to 1 also where it is small.
	noise func(w world, v []compute.Value) (compute.Value, error)

	exact  bool    // each backend must give the same bits
	coarse float64 // relative error that rounding to halves may bring
	size   float64 // what the numbers do not exceed by far
}

// A world is where a program is built. float is what stands for float32.
type world struct {
	f     compute.Function
	float dtypes.DType
	noise *rand.Rand // rounds as float32 would: to tell how a graph is conditioned
}

func newWorld(b compute.Backend) world { return world{f: b.Builder("").Main(), float: dtypes.Float32} }

// rounded returns x, off by as much as float32 is, relative to of.
func (w world) rounded(x, of compute.Value) (compute.Value, error) {
	s, err := w.f.Shape(x)
	if err != nil || s.DType != dtypes.Float64 || s.Size() == 0 {
		return x, err
	}
	e := make([]float64, s.Size())
	for i := range e {
		e[i] = float64(1-2*w.noise.IntN(2)) * 0x1p-24
	}
	c, err := w.f.Constant(e, s.Dimensions...)
	if err != nil {
		return nil, err
	}
	if c, err = w.f.Mul(c, of); err != nil {
		return nil, err
	}
	return w.f.Add(x, c)
}

func (w world) shape(s shapes.Shape) shapes.Shape {
	if s.DType == dtypes.Float32 {
		s = shapes.Make(w.float, s.Dimensions...)
	}
	return s
}

func (w world) flat(data any) any {
	if x, ok := data.([]float32); ok && w.float == dtypes.Float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = float64(v)
		}
		return y
	}
	return data
}

// add builds one operation.
func (w world) add(in *instr, i int, vs []compute.Value) (compute.Value, error) {
	switch {
	case in.data != nil && in.param:
		return w.f.Parameter(fmt.Sprint("v", i), w.shape(in.shape), nil)
	case in.data != nil:
		if _, ours := w.f.(*function); ours && i%2 == 0 && in.shape.Size() > 1 {
			return w.f.Constant(weightOf(in.data, in.shape), in.shape.Dimensions...)
		}
		return w.f.Constant(w.flat(in.data), in.shape.Dimensions...)
	}
	args := make([]compute.Value, len(in.args))
	for k, a := range in.args {
		args[k] = vs[a]
	}
	if w.noise == nil || in.exact {
		return in.do(w, args)
	}
	for k, a := range args {
		var err error
		if args[k], err = w.rounded(a, a); err != nil {
			return nil, err
		}
	}
	v, err := in.do(w, args)
	if err != nil {
		return nil, err
	}
	if in.noise != nil {
		n, err := in.noise(w, args)
		if err != nil {
			return nil, err
		}
		if v, err = w.rounded(v, n); err != nil {
			return nil, err
		}
	}
	return w.rounded(v, v)
}

// live tells which values the outputs need. Parameters stay.
func (p *program) live() []bool {
	need := make([]bool, len(p.code))
	for _, o := range p.outs {
		need[o] = true
	}
	for i, in := range slices.Backward(p.code) {
		if need[i] {
			for _, a := range in.args {
				need[a] = true
			}
		}
	}
	return need
}

func (p *program) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "graph of seed %d:\n", p.seed)
	need := p.live()
	for i, in := range p.code {
		if !need[i] {
			continue
		}
		fmt.Fprintf(&b, "  v%d = %s(", i, in.name)
		for k, a := range in.args {
			if k > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "v%d", a)
		}
		fmt.Fprintf(&b, ")%s: %v", in.attrs, in.shape)
		if in.data != nil && in.shape.Size() <= 12 {
			fmt.Fprintf(&b, " = %v", in.data)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "  return v%v", p.outs)
	return b.String()
}

// build compiles the program on a backend.
func (p *program) build(b compute.Backend, float dtypes.DType, noise *rand.Rand) (compute.Executable, error) {
	builder := b.Builder(fmt.Sprint("seed ", p.seed))
	w := world{builder.Main(), float, noise}
	vs := make([]compute.Value, len(p.code))
	need := p.live()
	for i, in := range p.code {
		if !need[i] {
			continue
		}
		v, err := w.add(in, i, vs)
		if err != nil {
			return nil, fmt.Errorf("v%d = %s: %w", i, in.name, err)
		}
		if s, err := w.f.Shape(v); err != nil || !s.Equal(w.shape(in.shape)) {
			return nil, fmt.Errorf("v%d = %s has shape %v, expected %v (%v)", i, in.name, s, in.shape, err)
		}
		vs[i] = v
	}
	var outs []compute.Value
	for _, o := range p.outs {
		outs = append(outs, vs[o])
	}
	if err := w.f.Return(outs, nil); err != nil {
		return nil, err
	}
	return builder.Compile()
}

// execute runs a compiled program on its own data, scaled.
func (p *program) execute(b compute.Backend, e compute.Executable, float dtypes.DType, scale float32) ([][]float64, error) {
	var in []compute.Buffer
	need := p.live()
	for i, c := range p.code {
		if !c.param || !need[i] {
			continue
		}
		flat := c.data
		if x, ok := flat.([]float32); ok && scale != 1 {
			y := slices.Clone(x)
			for i := range y {
				y[i] *= scale
			}
			flat = y
		}
		w := world{float: float}
		buf, err := b.BufferFromFlatData(0, w.flat(flat), w.shape(c.shape))
		if err != nil {
			return nil, err
		}
		in = append(in, buf)
	}
	outs, err := e.Execute(in, nil, 0)
	if err != nil {
		return nil, err
	}
	var all [][]float64
	for i, o := range outs {
		s, err := o.Shape()
		if err != nil {
			return nil, err
		}
		if want := (world{float: float}).shape(p.code[p.outs[i]].shape); !s.Equal(want) {
			return nil, fmt.Errorf("output %d has shape %v, expected %v", i, s, want)
		}
		flat, err := o.Data()
		if err != nil {
			return nil, err
		}
		all = append(all, float64s(flat))
		if err := o.Finalize(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// run does all on one backend, and panics become errors.
func (p *program) run(b compute.Backend, float dtypes.DType) (out [][]float64, err error) {
	return p.noisy(b, float, nil)
}

// noisy is run with roundings of float32 at random.
func (p *program) noisy(b compute.Backend, float dtypes.DType, noise *rand.Rand) (out [][]float64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	e, err := p.build(b, float, noise)
	if err != nil {
		return nil, err
	}
	defer e.Finalize()
	if out, err = p.execute(b, e, float, 1); err != nil || b.Name() != Name {
		return out, err
	}
	// Again, after others left their numbers in the memory between.
	if _, err := p.execute(b, e, float, -3); err != nil {
		return nil, err
	}
	again, err := p.execute(b, e, float, 1)
	if err != nil {
		return nil, err
	}
	for i := range out {
		for k := range out[i] {
			if math.Float64bits(out[i][k]) != math.Float64bits(again[i][k]) {
				return nil, fmt.Errorf("output %d, element %d is %v when run first and %v when run again", i, k, out[i][k], again[i][k])
			}
		}
	}
	return out, nil
}

// float64s returns the numbers of a buffer.
func float64s(flat any) []float64 {
	switch x := flat.(type) {
	case []float64:
		return slices.Clone(x)
	case []bool:
		out := make([]float64, len(x))
		for i, v := range x {
			if v {
				out[i] = 1
			}
		}
		return out
	case []float16.Float16:
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = float64(v.Float32())
		}
		return out
	case []bfloat16.BFloat16:
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = float64(v.Float32())
		}
		return out
	}
	v := reflect.ValueOf(flat)
	out := make([]float64, v.Len())
	for i := range out {
		out[i] = v.Index(i).Convert(reflect.TypeFor[float64]()).Float()
	}
	return out
}

// off returns by how much two outputs differ, relative to the largest finite
// number of want; Inf where one has a NaN or infinity and the other has not.
func off(got, want []float64) (worst float64, at int) {
	largest := 0.
	for _, v := range want {
		if a := math.Abs(v); a > largest && !math.IsInf(a, 0) {
			largest = a
		}
	}
	for i, w := range want {
		g := got[i]
		if g == w || g != g && w != w {
			continue
		}
		d := math.Abs(g - w)
		if d != d || math.IsInf(d, 0) {
			return math.Inf(1), i
		}
		if d /= max(largest, 1e-30); d > worst {
			worst, at = d, i
		}
	}
	return worst, at
}

// tolerance of float32 results.
const tolerance = 1e-5

// A referee compares backends.
type referee struct {
	fast, slow compute.Backend
	precise    atomic.Int64 // graphs for which float64 was asked
	failed     error        // the last graph that GoMLX's backend could not run
	unfit      int          // how many such
}

func newReferee(t testing.TB) *referee {
	t.Helper()
	fast, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	slow, err := gobackend.New("ops_sequential,parallelism=1") // a panic in a thread of its own would end us
	if err != nil {
		t.Fatal(err)
	}
	return &referee{fast: fast, slow: slow}
}

// check returns what is wrong with the fast backend's results, and with which
// output.
func (r *referee) check(p *program) (int, error) {
	want, err := p.run(r.slow, dtypes.Float32)
	if err != nil { // not a graph
		r.failed, r.unfit = fmt.Errorf("seed %d: %w", p.seed, err), r.unfit+1
		return 0, nil
	}
	got, err := p.run(r.fast, dtypes.Float32)
	if err != nil {
		return -1, err
	}
	var truth [][]float64
	for i, o := range p.outs {
		in := p.code[o]
		allowed := max(tolerance, 8*in.coarse)
		if in.exact {
			allowed = 0
		}
		worst, at := off(got[i], want[i])
		if worst <= allowed {
			continue
		}
		if truth == nil {
			r.precise.Add(1)
			if truth, err = p.run(r.slow, dtypes.Float64); err != nil {
				return i, fmt.Errorf("%v: output %d, element %d: %v, expected %v", err, i, at, got[i][at], want[i][at])
			}
		}
		mine, _ := off(got[i], truth[i])
		theirs, _ := off(want[i], truth[i])
		if in.exact || math.IsInf(mine, 1) || mine > max(allowed, 2*theirs, 8*r.condition(p, i, truth[i])) {
			return i, fmt.Errorf("v%d (output %d), element %d: %v, expected %v (in float64 %v); relative error %.2g, of GoMLX's backend %.2g",
				o, i, at, got[i][at], want[i][at], truth[i][at], mine, theirs)
		}
	}
	return 0, nil
}

// condition tells by how much an output changes, relative to its largest
// number, if each step is rounded once.
func (r *referee) condition(p *program, out int, truth []float64) float64 {
	worst := 0.
	for k := range uint64(4) {
		x, err := p.noisy(r.slow, dtypes.Float64, rng(k))
		if err != nil {
			return worst
		}
		d, _ := off(x[out], truth)
		worst = max(worst, d)
	}
	return worst
}

// shrink returns a smaller program that fails, too.
func (r *referee) shrink(p *program, out int) *program {
	fails := func(q *program) bool {
		_, err := r.check(q)
		return err != nil
	}
	if out >= 0 {
		if q := p.with([]int{p.outs[out]}); fails(q) {
			p = q
		}
	}
	for i := 0; len(p.outs) > 1 && i < len(p.outs); {
		if q := p.with(slices.Delete(slices.Clone(p.outs), i, i+1)); fails(q) {
			p = q
		} else {
			i++
		}
	}
	// Values become parameters.
	all := &program{seed: p.seed, code: p.code}
	need := p.live()
	for i := range p.code {
		if need[i] {
			all.outs = append(all.outs, i)
		}
	}
	builder := r.slow
	e, err := all.build(builder, dtypes.Float32, nil)
	if err != nil {
		return p
	}
	values := map[int]any{}
	var in []compute.Buffer
	for i, c := range p.code {
		if c.param && need[i] {
			b, err := r.slow.BufferFromFlatData(0, c.data, c.shape)
			if err != nil {
				return p
			}
			in = append(in, b)
		}
	}
	outs, err := attempt(func() ([]compute.Buffer, error) { return e.Execute(in, nil, 0) })
	if err != nil {
		return p
	}
	for k, i := range all.outs {
		if values[i], err = outs[k].Data(); err != nil {
			return p
		}
	}
	for changed := true; changed; {
		changed = false
		for i, c := range slices.Backward(p.code) {
			if c.data != nil || !p.live()[i] || slices.Contains(p.outs, i) {
				continue
			}
			q := p.with(p.outs)
			own := *c
			own.name, own.args, own.attrs, own.data, own.param, own.do = "Parameter", nil, "", values[i], true, nil
			q.code[i] = &own
			if fails(q) {
				p, changed = q, true
			}
		}
	}
	return p
}

// attempt turns a panic, of GoMLX's backend say, into an error.
func attempt[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f()
}

// with returns a copy of the program with other outputs.
func (p *program) with(outs []int) *program {
	return &program{seed: p.seed, code: slices.Clone(p.code), outs: outs}
}

// TestRandomGraphs compares random graphs with GoMLX's own backend.
func TestRandomGraphs(t *testing.T) {
	n := *randomCount
	if testing.Short() {
		n = 300
	}
	levels := simd.Levels()
	if s := *randomSeed; s != 0 {
		n = len(levels)
	}
	kinds := map[string]int{}
	for k, l := range levels {
		t.Run(l.String(), func(t *testing.T) {
			defer simd.Use(l)()
			r := newReferee(t)
			graphs, failed := 0, 0
			for i := k; i < n && failed < 5; i += len(levels) {
				seed := *randomFirst + uint64(i)
				if *randomSeed != 0 {
					seed = *randomSeed
				}
				p := generate(r.slow, seed)
				if p == nil {
					continue
				}
				graphs++
				for _, c := range p.code {
					kinds[c.name]++
				}
				if out, err := r.check(p); err != nil {
					failed++
					q := r.shrink(p, out)
					_, err = r.check(q)
					if err == nil {
						err, q = fmt.Errorf("it fails now and then"), p
					}
					t.Errorf("%v\n%v\nfrom %d operations; again with -graph.seed=%d", err, q, len(p.code), seed)
				}
			}
			if r.unfit > 0 {
				t.Logf("%d are no graphs for GoMLX's backend: %v", r.unfit, r.failed)
			}
			t.Logf("%d graphs, of which %d were decided by float64", graphs, r.precise.Load())
		})
	}
	if testing.Verbose() {
		t.Logf("operations: %v", kinds)
	}
}

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
