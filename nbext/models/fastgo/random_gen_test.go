package fastgo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// A gen writes a random program, and builds it on GoMLX's backend meanwhile,
// which tells the shapes.
type gen struct {
	r       *rand.Rand
	p       *program
	w       world
	vals    []compute.Value
	special bool // inputs hold NaN and infinities
	large   bool // so large that threads share the work
	most    int  // elements of a value
	work    int  // products of a convolution or a matrix product
	pool    []int
}

// A skip ends an attempt to add operations.
type skip struct{ why error }

func newGen(host compute.Backend, seed uint64) *gen {
	return &gen{r: rng(seed), p: &program{seed: seed}, w: newWorld(host), most: 3000, work: 40_000}
}

// generate returns the program of a seed, nil if nothing came of it.
func generate(host compute.Backend, seed uint64) *program {
	g := newGen(host, seed)
	g.special = g.chance(.08)
	if g.large = g.chance(.06); g.large {
		g.most, g.work = 80_000, 1_500_000
	}
	g.try(func() { g.keep(g.input(g.anyDims()...)) })
	for range 1 + g.r.IntN(15) {
		g.try(g.step)
		if len(g.p.code) > 120 {
			break
		}
	}
	if len(g.pool) == 0 {
		return nil
	}
	p := g.p
	p.outs = []int{g.pool[len(g.pool)-1]}
	for range g.r.IntN(5) {
		switch {
		case g.chance(.1):
			p.outs = append(p.outs, p.outs[0]) // the same twice
		case g.chance(.5): // also constants, inputs and what lies inside of a fused step
			p.outs = append(p.outs, g.r.IntN(len(p.code)))
		default:
			p.outs = append(p.outs, g.pool[g.r.IntN(len(g.pool))])
		}
	}
	g.r.Shuffle(len(p.outs), func(i, j int) { p.outs[i], p.outs[j] = p.outs[j], p.outs[i] })
	return p
}

func (g *gen) chance(x float64) bool { return g.r.Float64() < x }

// among returns one of the arguments.
func among[T any](g *gen, xs ...T) T { return xs[g.r.IntN(len(xs))] }

// try runs f, which may give up.
func (g *gen) try(f func()) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(skip); !ok {
				panic(r)
			}
		}
	}()
	f()
}

func giveUp(why string) { panic(skip{fmt.Errorf("%s", why)}) }

func (g *gen) keep(i int) int {
	g.pool = append(g.pool, i)
	return i
}

// add appends an operation; exact, coarse and size are inherited from its
// operands and may be changed.
func (g *gen) add(in *instr) int {
	in.exact = true
	for _, a := range in.args {
		c := g.p.code[a]
		in.exact, in.coarse, in.size = in.exact && c.exact, max(in.coarse, c.coarse), max(in.size, c.size)
	}
	v, err := g.w.add(in, len(g.p.code), g.vals)
	if err != nil {
		panic(skip{err})
	}
	if in.shape, err = g.w.f.Shape(v); err != nil {
		panic(err)
	}
	if in.shape.Size() > g.most {
		giveUp("too large")
	}
	g.p.code, g.vals = append(g.p.code, in), append(g.vals, v)
	return len(g.p.code) - 1
}

func (g *gen) at(i int) *instr    { return g.p.code[i] }
func (g *gen) dims(i int) []int   { return g.p.code[i].shape.Dimensions }
func (g *gen) rank(i int) int     { return g.p.code[i].shape.Rank() }
func (g *gen) isFloat(i int) bool { return g.p.code[i].shape.DType == dtypes.Float32 }

// mixed marks a value as computed in an order that backends choose.
func (g *gen) mixed(i int) int {
	g.p.code[i].exact = false
	return i
}

// sized notes how large a value may be.
func (g *gen) sized(i int, size float64) int {
	if size > 1e4 {
		giveUp("numbers too large")
	}
	g.p.code[i].size = size
	return i
}

func (g *gen) numbers(n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32((g.r.Float64()*2 - 1) * scale)
	}
	return x
}

// input adds a parameter of numbers between −2 and 2.
func (g *gen) input(dims ...int) int {
	x := g.numbers(sizeOf(dims), 2)
	if g.special && g.chance(.6) {
		for range 1 + g.r.IntN(3) {
			if len(x) > 0 {
				x[g.r.IntN(len(x))] = among(g, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1)))
			}
		}
	}
	return g.data(x, true, dims)
}

// weights adds finite numbers of the given scale, mostly constant.
func (g *gen) weights(scale float64, dims ...int) int {
	return g.data(g.numbers(sizeOf(dims), scale), g.chance(.25), dims)
}

func (g *gen) data(flat any, param bool, dims []int) int {
	name := "Constant"
	if param {
		name = "Parameter"
	}
	if sizeOf(dims) > g.most {
		giveUp("too large")
	}
	shape := shapes.Make(dtypes.FromGoType(elemOf(flat)), dims...)
	i := g.add(&instr{name: name, data: flat, param: param, shape: shape, size: 2})
	if !param && g.chance(.05) { // known, but computed
		return g.unary("Identity", i)
	}
	return i
}

// positive adds numbers between ½ and 2.
func (g *gen) positive(dims ...int) int {
	x := make([]float32, sizeOf(dims))
	for i := range x {
		x[i] = float32(.5 + 1.5*g.r.Float64())
	}
	return g.data(x, g.chance(.25), dims)
}

// scalar adds a known number, to be combined with a value of shape dims.
func (g *gen) scalar(v float64, dims []int) int {
	x := []float32{float32(v)}
	ones := make([]int, len(dims))
	for i := range ones {
		ones[i] = 1
	}
	switch among(g, 0, 0, 0, 1, 2, 3) {
	case 1:
		return g.data(x, false, ones)
	case 2:
		to := slices.Clone(dims)
		for i, d := range to { // repeats what it is combined with, too
			if d == 1 && g.chance(.02) {
				to[i] = 2
			}
		}
		return g.broadcast(g.data(x, false, nil), to, nil)
	case 3:
		return g.reshape(g.data(x, false, []int{1}), ones...)
	}
	return g.data(x, false, nil)
}

var unaryCalls = map[string]func(compute.Function, compute.Value) (compute.Value, error){
	"Abs": compute.Function.Abs, "Neg": compute.Function.Neg, "Exp": compute.Function.Exp, "Log": compute.Function.Log,
	"Sqrt": compute.Function.Sqrt, "Rsqrt": compute.Function.Rsqrt, "Tanh": compute.Function.Tanh, "Logistic": compute.Function.Logistic,
	"Erf": compute.Function.Erf, "Sin": compute.Function.Sin, "Cos": compute.Function.Cos, "Log1p": compute.Function.Log1p,
	"Expm1": compute.Function.Expm1, "Floor": compute.Function.Floor, "Ceil": compute.Function.Ceil, "Round": compute.Function.Round,
	"Sign": compute.Function.Sign, "Identity": compute.Function.Identity, "IsNaN": compute.Function.IsNaN, "IsFinite": compute.Function.IsFinite,
	"LogicalNot": compute.Function.LogicalNot,
}

var binaryCalls = map[string]func(compute.Function, compute.Value, compute.Value) (compute.Value, error){
	"Add": compute.Function.Add, "Sub": compute.Function.Sub, "Mul": compute.Function.Mul, "Div": compute.Function.Div,
	"Max": compute.Function.Max, "Min": compute.Function.Min, "Pow": compute.Function.Pow, "Rem": compute.Function.Rem,
	"LessThan": compute.Function.LessThan, "LessOrEqual": compute.Function.LessOrEqual, "GreaterThan": compute.Function.GreaterThan,
	"GreaterOrEqual": compute.Function.GreaterOrEqual, "Equal": compute.Function.Equal, "NotEqual": compute.Function.NotEqual,
	"LogicalAnd": compute.Function.LogicalAnd, "LogicalOr": compute.Function.LogicalOr, "LogicalXor": compute.Function.LogicalXor,
}

// unary adds an operation of one operand.
func (g *gen) unary(name string, x int) int {
	call := unaryCalls[name]
	i := g.add(&instr{name: name, args: []int{x}, do: func(w world, v []compute.Value) (compute.Value, error) { return call(w.f, v[0]) }})
	switch name {
	case "Exp", "Log", "Sqrt", "Rsqrt", "Tanh", "Logistic", "Erf":
		g.mixed(i)
	}
	switch name {
	case "Exp", "Expm1":
		g.sized(i, math.Exp(g.at(x).size))
	case "Tanh", "Logistic", "Erf", "Sign", "Sin", "Cos":
		g.at(i).size = 1
	case "Log":
		g.at(i).size = max(g.at(x).size, 5)
	case "Sqrt", "Rsqrt":
		g.at(i).size = max(g.at(x).size, 2)
	case "Floor", "Ceil", "Round":
		g.at(i).size++
	}
	return i
}

// binary adds an operation of two operands.
func (g *gen) binary(name string, x, y int) int {
	if r := g.at(x).shape.Size() * g.at(y).shape.Size(); r == 0 && g.rank(x)*g.rank(y) > 0 && !slices.Equal(g.dims(x), g.dims(y)) {
		giveUp("GoMLX makes one element of none here, and leaves it unwritten")
	}
	call := binaryCalls[name]
	i := g.add(&instr{name: name, args: []int{x, y}, do: func(w world, v []compute.Value) (compute.Value, error) { return call(w.f, v[0], v[1]) }})
	a, b := g.at(x).size, g.at(y).size
	switch name {
	case "Add", "Sub":
		g.sized(i, a+b)
	case "Mul":
		g.sized(g.mixed(i), a*b)
	case "Div":
		g.sized(g.mixed(i), 2*a)
	case "Pow":
		g.sized(g.mixed(i), math.Pow(max(a, 2), b))
	}
	return i
}

// either adds an operation that commutes, its operands in any order.
func (g *gen) either(name string, x, y int) int {
	if g.chance(.5) {
		x, y = y, x
	}
	return g.binary(name, x, y)
}

// number combines x with a known number.
func (g *gen) number(name string, x int, v float64) int {
	c := g.scalar(v, g.dims(x))
	g.at(c).size = math.Abs(v)
	if name == "Add" || name == "Mul" || name == "Max" || name == "Min" {
		return g.either(name, x, c)
	}
	return g.binary(name, x, c)
}

func (g *gen) reshape(x int, dims ...int) int {
	return g.add(&instr{name: "Reshape", args: []int{x}, attrs: fmt.Sprint(dims),
		do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Reshape(v[0], dims...) }})
}

func (g *gen) transpose(x int, perm ...int) int {
	return g.add(&instr{name: "Transpose", args: []int{x}, attrs: fmt.Sprint(perm),
		do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Transpose(v[0], perm...) }})
}

func (g *gen) broadcast(x int, dims, axes []int) int {
	if sizeOf(dims) > g.most {
		giveUp("too large")
	}
	s := shapes.Make(g.at(x).shape.DType, dims...)
	return g.add(&instr{name: "BroadcastInDim", args: []int{x}, attrs: fmt.Sprint(dims, axes),
		do: func(w world, v []compute.Value) (compute.Value, error) {
			return w.f.BroadcastInDim(v[0], w.shape(s), axes)
		}})
}

func (g *gen) convert(x int, to dtypes.DType) int {
	i := g.add(&instr{name: "ConvertDType", args: []int{x}, attrs: to.String(),
		do: func(w world, v []compute.Value) (compute.Value, error) {
			if to == dtypes.Float32 {
				return w.f.ConvertDType(v[0], w.float)
			}
			return w.f.ConvertDType(v[0], to)
		}})
	if !g.at(x).exact {
		switch to {
		case dtypes.Float16:
			g.at(i).coarse = max(g.at(i).coarse, 1./1024)
		case dtypes.BFloat16:
			g.at(i).coarse = max(g.at(i).coarse, 1./128)
		}
	}
	return i
}

func (g *gen) sum(x int, axes ...int) int {
	n := 1.
	for _, a := range axes {
		n *= float64(g.dims(x)[a])
	}
	return g.sized(g.mixed(g.reduceBy("ReduceSum", x, axes)), max(1, n)*g.at(x).size)
}

func (g *gen) reduceBy(name string, x int, axes []int) int {
	call := map[string]func(compute.Function, compute.Value, ...int) (compute.Value, error){
		"ReduceSum": compute.Function.ReduceSum, "ReduceMax": compute.Function.ReduceMax, "ReduceMin": compute.Function.ReduceMin,
		"ReduceProduct": compute.Function.ReduceProduct}[name]
	return g.add(&instr{name: name, args: []int{x}, attrs: fmt.Sprint(axes),
		do: func(w world, v []compute.Value) (compute.Value, error) { return call(w.f, v[0], axes...) }})
}

// pick returns a float32 value that f likes, mostly a late one, or −1.
func (g *gen) pick(f func(i int) bool) int {
	var good []int
	for _, i := range g.pool {
		if g.isFloat(i) && f(i) {
			good = append(good, i)
		}
	}
	switch {
	case len(good) == 0:
		return -1
	case g.chance(.6):
		return good[len(good)-1]
	}
	return good[g.r.IntN(len(good))]
}

// any returns a float32 value.
func (g *gen) any() int {
	i := g.pick(func(int) bool { return true })
	if i < 0 || g.chance(.1) {
		return g.keep(g.input(g.anyDims()...))
	}
	return i
}

// exact returns a float32 value that has the same bits on each backend.
func (g *gen) exact() int {
	i := g.pick(func(i int) bool { return g.at(i).exact })
	if i < 0 {
		return g.input(g.anyDims()...)
	}
	return i
}

func (g *gen) anyDims() []int {
	dims := g.dimsOf(among(g, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5))
	if len(dims) > 0 && g.chance(.02) {
		dims[g.r.IntN(len(dims))] = 0
	}
	return dims
}

func (g *gen) dimsOf(rank int) []int {
	for {
		dims := make([]int, rank)
		for i := range dims {
			switch {
			case g.chance(.15):
				dims[i] = 1
			case g.chance(.15):
				dims[i] = among(g, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64, 65, 70)
			case g.large:
				dims[i] = 2 + g.r.IntN(30)
			default:
				dims[i] = 2 + g.r.IntN(6)
			}
		}
		if sizeOf(dims) <= g.most/2 {
			return dims
		}
	}
}

// axesOf returns k axes of rank in any order.
func (g *gen) axesOf(rank, k int) []int { return g.r.Perm(rank)[:k] }

// partial returns dims with some axes 1, or none: what repeats to dims.
func (g *gen) partial(dims []int) []int {
	switch among(g, 0, 1, 2, 2, 2, 3) {
	case 0:
		return nil
	case 1:
		return slices.Clone(dims)
	}
	out := slices.Clone(dims)
	for i := range out {
		if g.chance(.5) {
			out[i] = 1
		}
	}
	return out
}

// with returns an operand for x: another value that fits, or a new one.
func (g *gen) with(x int) int {
	dims := g.dims(x)
	if g.chance(.5) {
		i := g.pick(func(i int) bool {
			if g.rank(i) == 0 {
				return true
			}
			if g.rank(i) != len(dims) {
				return false
			}
			for k, d := range g.dims(i) {
				if d != dims[k] && d != 1 && dims[k] != 1 {
					return false
				}
			}
			return true
		})
		if i >= 0 {
			return i
		}
	}
	d := g.partial(dims)
	if g.chance(.1) { // x is what repeats
		for i := range d {
			if dims[i] == 1 && g.chance(.5) {
				d[i] = 1 + g.r.IntN(3)
			}
		}
	}
	if g.chance(.4) {
		return g.weights(2, d...)
	}
	return g.input(d...)
}
