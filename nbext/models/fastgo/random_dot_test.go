package fastgo

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
)

func (g *gen) matmul(x, w int) int {
	return g.dotGeneral(x, w, []int{g.rank(x) - 1}, nil, []int{0}, nil)
}

func (g *gen) dotGeneral(x, w int, xk, xb, wk, wb []int) int {
	work, k := g.at(x).shape.Size(), sizeOf(pick(g.dims(x), xk))
	for _, a := range others(g.rank(w), wk, wb) {
		work *= g.dims(w)[a]
	}
	if work > g.work {
		giveUp("too much work")
	}
	i := g.add(&instr{name: "DotGeneral", args: []int{x, w}, attrs: fmt.Sprintf(" contract %v %v batch %v %v", xk, wk, xb, wb),
		do: func(wd world, v []compute.Value) (compute.Value, error) {
			return wd.f.DotGeneral(v[0], xk, xb, v[1], wk, wb, compute.DotGeneralConfig{})
		}})
	return g.sized(g.mixed(i), (1+math.Sqrt(float64(k)))*g.at(x).size*g.at(w).size)
}

func (g *gen) dot() int {
	x := g.pick(func(i int) bool { return g.at(i).shape.Size() > 0 && g.at(i).shape.Size() <= 1000 })
	if x < 0 {
		x = g.input(g.dimsOf(1 + g.r.IntN(4))...)
	}
	dims := g.dims(x)
	var k, b, rest []int
	for _, a := range g.r.Perm(len(dims)) {
		switch g.r.IntN(4) {
		case 0:
			b = append(b, a)
		case 1, 2:
			k = append(k, a)
		default:
			rest = append(rest, a)
		}
	}
	_ = rest
	var own []int // cross axes of the other operand
	for range g.r.IntN(3) {
		own = append(own, among(g, 1, 2, 3, 5, 8, 16, 17, 33))
	}
	// Its axes in any order.
	roles := slices.Concat(pick(dims, b), pick(dims, k), own)
	perm := g.r.Perm(len(roles))
	shape, where := make([]int, len(roles)), make([]int, len(roles))
	for i, p := range perm {
		shape[p] = roles[i]
		where[i] = p
	}
	bound := math.Sqrt(3 / float64(max(1, sizeOf(pick(dims, k)))))
	y := g.weights(bound, shape...)
	if g.chance(.3) {
		y = g.input(shape...)
	}
	yb, yk := where[:len(b)], where[len(b):len(b)+len(k)]
	var i int
	if g.chance(.6) {
		i = g.dotGeneral(x, y, k, b, yk, yb)
	} else {
		i = g.dotGeneral(y, x, yk, yb, k, b)
	}
	if g.rank(i) > 0 {
		return g.follow(i, g.rank(i)-1-among(g, 0, 0, 0, g.r.IntN(g.rank(i))))
	}
	return i
}

func (g *gen) dense() int {
	x := g.pick(func(i int) bool { return g.rank(i) >= 1 && g.at(i).shape.Size() > 0 })
	if x < 0 || g.chance(.2) {
		x = g.input(g.dimsOf(1 + g.r.IntN(3))...)
	}
	k := g.dims(x)[g.rank(x)-1]
	config := compute.DenseConfig{
		Activation:   among(g, compute.ActivationNone, compute.ActivationRelu, compute.ActivationGelu, compute.ActivationSilu, compute.ActivationHardSwish, compute.ActivationTanh),
		WeightLayout: among(g, compute.DenseLayoutInputOutputs, compute.DenseLayoutOutputsInput)}
	if g.special && config.Activation != compute.ActivationRelu {
		config.Activation = compute.ActivationNone
	}
	out := []int{g.channels()}
	if g.chance(.3) {
		out = []int{1 + g.r.IntN(4), 1 + g.r.IntN(5)}
	}
	if g.at(x).shape.Size()*sizeOf(out) > g.work {
		giveUp("too much work")
	}
	shape := slices.Concat([]int{k}, out)
	if config.WeightLayout == compute.DenseLayoutOutputsInput {
		shape = slices.Concat(out, []int{k})
	}
	args := []int{x, g.weights(math.Sqrt(3/float64(k)), shape...)}
	if g.chance(.7) {
		args = append(args, g.weights(1, out...))
	}
	call := func(w world, v []compute.Value, config compute.DenseConfig) (compute.Value, error) {
		var bias compute.Value
		if len(v) > 2 {
			bias = v[2]
		}
		return w.f.FusedDense(v[0], v[1], bias, config)
	}
	sum := config
	sum.Activation = compute.ActivationNone
	i := g.add(&instr{name: "FusedDense", args: args, attrs: fmt.Sprintf(" %v %v", config.Activation, config.WeightLayout),
		do:    func(w world, v []compute.Value) (compute.Value, error) { return call(w, v, config) },
		noise: func(w world, v []compute.Value) (compute.Value, error) { return call(w, v, sum) }})
	g.sized(g.mixed(i), 2*g.at(x).size)
	return g.follow(i, g.rank(i)-1)
}

func (g *gen) attention() int {
	x := g.pick(func(i int) bool { return g.rank(i) == 3 && g.at(i).shape.Size() > 0 })
	if x < 0 || g.chance(.3) {
		x = g.input(among(g, 1, 2), 1+g.r.IntN(7), among(g, 4, 8, 12))
	}
	b, s, d := g.dims(x)[0], g.dims(x)[1], g.dims(x)[2]
	heads := 1 + g.r.IntN(3)
	each := among(g, 1, 2, 4, 5)
	if b*s*d*heads*each*3 > g.work {
		giveUp("too much work")
	}
	bound := math.Sqrt(3 / float64(d))
	project := func() int {
		q := g.matmul(x, g.weights(bound, d, heads*each))
		if g.chance(.7) {
			q = g.either("Add", q, g.reshape(g.weights(1, heads*each), 1, 1, heads*each))
		}
		return g.reshape(q, b, s, heads, each)
	}
	var q, k, v int
	if g.chance(.4) { // one product for all three
		all := g.reshape(g.matmul(x, g.weights(bound, d, 3*heads*each)), b, s, 3, heads, each)
		part := func(i int) int {
			y := g.slice(all, []int{0, 0, i, 0, 0}, []int{b, s, i + 1, heads, each}, nil)
			return g.reshape(y, b, s, heads, each)
		}
		q, k, v = part(0), part(1), part(2)
	} else {
		q, k, v = project(), project(), project()
	}
	scale := 1 / math.Sqrt(float64(each))
	var scores int
	if g.chance(.5) {
		q, k, v = g.transpose(q, 0, 2, 1, 3), g.transpose(k, 0, 2, 3, 1), g.transpose(v, 0, 2, 1, 3)
		if g.chance(.5) {
			q = g.number("Mul", q, scale)
			scale = 1
		}
		scores = g.dotGeneral(q, k, []int{3}, []int{0, 1}, []int{2}, []int{0, 1})
	} else {
		v = g.transpose(v, 0, 2, 1, 3)
		scores = g.dotGeneral(q, k, []int{3}, []int{0, 2}, []int{3}, []int{0, 2})
	}
	if scale != 1 {
		scores = g.number("Mul", scores, scale)
	}
	if g.chance(.3) {
		scores = g.either("Add", scores, g.weights(1, 1, 1, s, s))
	}
	p := g.softmaxOf(scores, 3)
	o := g.transpose(g.dotGeneral(p, v, []int{3}, []int{0, 1}, []int{2}, []int{0, 1}), 0, 2, 1, 3)
	o = g.reshape(o, b, s, heads*each)
	o = g.matmul(o, g.weights(math.Sqrt(3/float64(heads*each)), heads*each, d))
	g.at(o).size = 2 * g.at(x).size
	if g.chance(.6) {
		o = g.either("Add", o, x)
	}
	return g.follow(o, 2)
}

func (g *gen) softmax() int {
	x := g.any()
	if g.rank(x) == 0 {
		giveUp("a scalar")
	}
	return g.softmaxOf(x, g.r.IntN(g.rank(x)))
}

func (g *gen) softmaxOf(x, axis int) int {
	var i int
	if g.chance(.6) {
		i = g.add(&instr{name: "FusedSoftmax", args: []int{x}, attrs: fmt.Sprint(" axis ", axis),
			do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.FusedSoftmax(v[0], axis) }})
	} else {
		keep := slices.Clone(g.dims(x))
		keep[axis] = 1
		y := g.binary("Sub", x, g.reshape(g.reduceBy("ReduceMax", x, []int{axis}), keep...))
		e := g.unary("Exp", g.sized(y, 0))
		i = g.binary("Div", e, g.reshape(g.sum(e, axis), keep...))
	}
	g.at(i).size = 1
	return g.mixed(i)
}

func (g *gen) layerNorm() int {
	x := g.any()
	dims := g.dims(x)
	if len(dims) == 0 || sizeOf(dims) == 0 {
		giveUp("no axes")
	}
	k := 1 + g.r.IntN(min(3, len(dims)))
	axes := upTo(len(dims))[len(dims)-k:]
	if g.chance(.2) {
		axes = slices.Sorted(slices.Values(g.axesOf(len(dims), k)))
	}
	n := sizeOf(pick(dims, axes))
	if n < 3 {
		giveUp("differences of rounding errors")
	}
	eps := among(g, 1e-5, 1e-3, 1e-6)
	gamma, beta := -1, -1
	if g.chance(.7) {
		gamma = g.weights(1.5, pick(dims, axes)...)
		if g.chance(.7) {
			beta = g.weights(1, pick(dims, axes)...)
		}
	}
	if g.chance(.4) {
		args := []int{x}
		for _, v := range []int{gamma, beta} {
			if v >= 0 {
				args = append(args, v)
			}
		}
		i := g.add(&instr{name: "FusedLayerNorm", args: args, attrs: fmt.Sprint(" axes ", axes, " epsilon ", eps),
			do: func(w world, v []compute.Value) (compute.Value, error) {
				v = append(v, nil, nil)
				return w.f.FusedLayerNorm(v[0], axes, eps, v[1], v[2])
			}})
		return g.sized(g.mixed(i), 5)
	}
	kept := slices.Clone(dims)
	for _, a := range axes {
		kept[a] = 1
	}
	mean := func(y int) int {
		s, n := g.sum(y, axes...), n
		if g.chance(.04) { // not quite a mean
			n--
		}
		if g.chance(.5) {
			s = g.reshape(s, kept...)
		}
		if g.chance(.5) {
			s = g.number("Div", s, float64(n))
		} else {
			s = g.number("Mul", s, 1/float64(n))
		}
		g.at(s).size = g.at(y).size
		if g.rank(s) != len(dims) {
			if g.chance(.3) && len(others(len(dims), axes)) > 0 {
				return g.broadcast(s, dims, others(len(dims), axes))
			}
			return g.reshape(s, kept...)
		}
		if g.chance(.3) {
			return g.broadcast(s, dims, upTo(len(dims)))
		}
		return s
	}
	mu := mean(x)
	d := g.binary("Sub", x, mu)
	e := d
	if g.chance(.4) {
		e = g.binary("Sub", x, mu)
	}
	variance := mean(g.binary("Mul", e, e))
	root := g.number("Add", variance, eps)
	var y int
	if g.chance(.5) {
		y = g.binary("Div", d, g.unary("Sqrt", root))
	} else {
		y = g.either("Mul", d, g.unary("Rsqrt", root))
	}
	g.at(y).size = 4
	row := func(v int) int {
		if g.chance(.3) {
			return g.broadcast(v, dims, axes)
		}
		shape := make([]int, len(dims))
		for i := range shape {
			shape[i] = 1
		}
		for _, a := range axes {
			shape[a] = dims[a]
		}
		return g.reshape(v, shape...)
	}
	if gamma >= 0 {
		y = g.either("Mul", y, row(gamma))
	}
	if beta >= 0 {
		y = g.either("Add", y, row(beta))
	}
	return y
}
