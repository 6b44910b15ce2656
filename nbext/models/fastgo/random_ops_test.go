package fastgo

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// first is the noise of an operation that is rounded relative to its operand.
func first(_ world, v []compute.Value) (compute.Value, error) { return v[0], nil }

func elemOf(flat any) reflect.Type { return reflect.TypeOf(flat).Elem() }

// step adds one operation, or several that belong together.
func (g *gen) step() {
	kinds := []struct {
		weight int
		do     func() int
	}{
		{14, g.conv}, {8, g.dot}, {6, g.dense}, {3, g.attention}, {5, g.layerNorm}, {4, g.softmax},
		{6, g.pooling}, {5, g.reduction}, {12, func() int { return g.activation(g.any()) }}, {12, g.arithmetic},
		{12, g.move}, {4, g.choice}, {4, g.otherTypes}, {3, g.rare}, {4, g.batchNormOfAny},
	}
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	at := g.r.IntN(total)
	for _, k := range kinds {
		if at -= k.weight; at < 0 {
			g.keep(k.do())
			return
		}
	}
}

func (g *gen) arithmetic() int {
	x := g.any()
	switch g.r.IntN(9) {
	case 0:
		return g.unary(among(g, "Abs", "Neg", "Tanh", "Logistic", "Erf", "Sin", "Cos", "Identity"), x)
	case 1:
		return g.unary("Exp", g.number("Min", x, 2))
	case 2:
		y := g.number("Add", g.unary("Abs", x), .5)
		return g.unary(among(g, "Log", "Sqrt", "Rsqrt", "Log1p"), y)
	case 3:
		if g.chance(.05) {
			return g.number(among(g, "Mul", "Max", "Min"), x, among(g, 0, 0, math.Inf(1), math.Inf(-1), math.NaN()))
		}
		return g.number(among(g, "Add", "Sub", "Mul", "Div", "Max", "Min"), x, among(g, .5, -1, 2, 3, .1))
	case 4:
		y := g.with(x)
		d := g.number("Add", g.unary("Abs", y), .5)
		return g.binary("Div", x, d)
	case 5:
		if g.special {
			giveUp("powers of infinities")
		}
		base := g.number("Add", g.unary("Abs", x), .5)
		return g.number("Pow", base, among(g, 2., .5, -1, 3))
	case 6:
		return g.binary("Sub", g.with(x), x)
	}
	return g.either(among(g, "Add", "Sub", "Mul", "Max", "Min"), x, g.with(x))
}

// activation adds one, in one of its spellings.
func (g *gen) activation(x int) int {
	d := g.dims(x)
	switch g.r.IntN(10) {
	case 0:
		return g.number("Max", x, g.nearly(0))
	case 1:
		return g.clamp(x, 0, 6)
	case 2:
		return g.number("Min", g.number("Max", x, g.nearly(0)), g.nearly(6))
	case 3:
		return g.either("Mul", x, g.unary("Logistic", x))
	case 4: // hard swish
		switch g.r.IntN(3) {
		case 0:
			return g.either("Mul", x, g.clamp(g.number("Add", g.number("Mul", x, g.nearly(1./6)), g.nearly(.5)), 0, 1))
		case 1:
			return g.number("Div", g.either("Mul", x, g.clamp(g.number("Add", x, g.nearly(3)), 0, 6)), g.nearly(6))
		}
		return g.either("Mul", x, g.number("Div", g.number("Min", g.number("Max", g.number("Add", x, 3), 0), g.nearly(6)), g.nearly(6)))
	case 5, 6: // GELU
		if g.special {
			giveUp("0·∞")
		}
		var y int
		if g.chance(.5) {
			y = g.number("Div", x, g.nearly(math.Sqrt2))
		} else {
			y = g.number("Mul", x, g.nearly(math.Sqrt2/2))
		}
		gate := g.number("Add", g.unary("Erf", y), g.nearly(1))
		switch g.r.IntN(4) {
		case 0:
			return g.number("Mul", g.either("Mul", x, gate), g.nearly(.5))
		case 1:
			return g.either("Mul", g.number("Mul", x, g.nearly(.5)), gate)
		case 2:
			return g.either("Mul", x, g.number("Mul", gate, g.nearly(.5)))
		}
		i := g.add(&instr{name: "FusedGelu", args: []int{x}, attrs: "exact", noise: first,
			do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.FusedGelu(v[0], true) }})
		return g.mixed(i)
	case 7:
		if g.special {
			giveUp("0·∞")
		}
		i := g.add(&instr{name: "FusedGelu", args: []int{x}, attrs: "tanh", noise: first,
			do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.FusedGelu(v[0], false) }})
		return g.mixed(i)
	case 8: // leaky
		return g.binary("Max", x, g.number("Mul", x, .1))
	}
	_ = d
	return g.unary(among(g, "Tanh", "Logistic", "Abs"), x)
}

// nearly returns x most of the time: what looks like a known activation may
// be another.
func (g *gen) nearly(x float64) float64 {
	if g.chance(.03) {
		return x + among(g, .01, -.01)
	}
	return x
}

func (g *gen) clamp(x int, lo, hi float64) int {
	var a, b int
	if g.chance(.8) {
		a, b = g.scalar(lo, g.dims(x)), g.scalar(hi, g.dims(x))
	} else { // computed bounds
		a, b = g.data([]float32{float32(lo)}, true, nil), g.data([]float32{float32(hi)}, true, nil)
	}
	if g.at(x).shape.Size() == 0 {
		giveUp("as in binary")
	}
	return g.add(&instr{name: "Clamp", args: []int{a, x, b},
		do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Clamp(v[0], v[1], v[2]) }})
}

// conv adds a convolution and what follows one.
func (g *gen) conv() int {
	spatial := among(g, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3)
	rank := spatial + 2
	var order []int // of the input: the axis of batch, of channels, spatial axes
	switch among(g, 0, 0, 0, 1, 1, 2) {
	case 0: // NCHW
		order = upTo(rank)
	case 1: // NHWC
		order = slices.Concat([]int{0, rank - 1}, upTo(rank)[1:rank-1])
	default:
		order = g.r.Perm(rank)
	}
	x := g.pick(func(i int) bool { return g.rank(i) == rank && g.at(i).shape.Size() > 0 })
	if x < 0 || g.chance(.3) {
		dims := make([]int, rank)
		dims[order[0]] = among(g, 1, 1, 2, 3)
		dims[order[1]] = g.channels()
		for _, a := range order[2:] {
			dims[a] = 1 + g.r.IntN(9)
			if g.large {
				dims[a] += 8
			}
		}
		if sizeOf(dims) > g.most {
			giveUp("too large")
		}
		x = g.input(dims...)
	}
	in := g.dims(x)
	n, c := in[order[0]], in[order[1]]
	groups, batchGroups := 1, 1
	switch {
	case g.chance(.15):
		groups = c
	case g.chance(.2):
		var divisors []int
		for d := 1; d <= c; d++ {
			if c%d == 0 {
				divisors = append(divisors, d)
			}
		}
		groups = divisors[g.r.IntN(len(divisors))]
	case n > 1 && g.chance(.05):
		batchGroups = n
	}
	k := g.channels()
	if groups > 1 {
		k = groups * among(g, 1, 1, 1, 2, 3)
		if k > 140 {
			k = groups
		}
	}
	k = (k + batchGroups - 1) / batchGroups * batchGroups
	config := compute.ConvolveAxesConfig{InputBatch: order[0], InputChannels: order[1], InputSpatial: order[2:]}
	var strides, holes, dilations []int
	var pads [][2]int
	kernel := make([]int, rank)
	var ko []int // of the kernel: input channels, output channels, spatial axes
	switch g.r.IntN(3) {
	case 0:
		ko = slices.Concat([]int{1, 0}, upTo(rank)[2:])
	case 1:
		ko = slices.Concat([]int{rank - 2, rank - 1}, upTo(rank)[:rank-2])
	default:
		ko = g.r.Perm(rank)
	}
	config.KernelInputChannels, config.KernelOutputChannels, config.KernelSpatial = ko[0], ko[1], ko[2:]
	kernel[ko[0]], kernel[ko[1]] = c/groups, k
	var oo []int
	if g.chance(.7) {
		oo = order
	} else {
		oo = g.r.Perm(rank)
	}
	config.OutputBatch, config.OutputChannels, config.OutputSpatial = oo[0], oo[1], oo[2:]
	work := n * k * (c / groups)
	taps := 1
	for i := range spatial {
		size := in[order[2+i]]
		strides, holes, dilations = append(strides, among(g, 1, 1, 1, 2, 2, 3)), append(holes, 1), append(dilations, 1)
		if g.chance(.08) {
			holes[i] = 2
		}
		if g.chance(.1) {
			dilations[i] = among(g, 2, 3)
		}
		t := among(g, 1, 1, 2, 3, 3, 3, 4, 5)
		if groups > 1 && groups == c {
			t = among(g, 1, 3, 3, 5, 7)
		}
		kernel[ko[2+i]] = t
		pad := [2]int{}
		if g.chance(.7) {
			pad = [2]int{g.r.IntN(t + 1), g.r.IntN(t + 1)}
		}
		pads = append(pads, pad)
		out := ((size-1)*holes[i] + 1 + pad[0] + pad[1] - (t-1)*dilations[i] - 1)
		if out < 0 {
			giveUp("nothing left")
		}
		work *= (out/strides[i] + 1) * t
		taps *= t
	}
	if work > g.work {
		giveUp("too much work")
	}
	bound := math.Sqrt(3 / float64(taps*c/groups))
	w := g.weights(bound, kernel...)
	if g.chance(.05) {
		w = g.unary("Tanh", w)
	}
	plain := func(xs []int) []int {
		if g.chance(.3) && !slices.ContainsFunc(xs, func(v int) bool { return v != 1 }) {
			return nil
		}
		return xs
	}
	strides, holes, dilations = plain(strides), plain(holes), plain(dilations)
	if g.chance(.3) && !slices.ContainsFunc(pads, func(p [2]int) bool { return p != [2]int{} }) {
		pads = nil
	}
	i := g.add(&instr{name: "ConvGeneral", args: []int{x, w},
		attrs: fmt.Sprintf(" axes %+v strides %v pads %v holes %v dilations %v groups %d batch groups %d", config, strides, pads, holes, dilations, groups, batchGroups),
		do: func(w world, v []compute.Value) (compute.Value, error) {
			return w.f.ConvGeneral(v[0], v[1], config.Clone(), strides, pads, holes, dilations, groups, batchGroups)
		}})
	return g.follow(g.sized(g.mixed(i), 2*g.at(x).size), oo[1])
}

func (g *gen) channels() int {
	if g.chance(.3) {
		return among(g, 15, 16, 17, 24, 31, 32, 33, 47, 48, 64, 65, 70)
	}
	return 1 + g.r.IntN(9)
}

// follow adds what follows a product whose columns go along an axis.
func (g *gen) follow(x, axis int) int {
	for range g.r.IntN(6) {
		if g.chance(.1) {
			g.keep(x) // others may read it
		}
		x = g.epilogue(x, axis)
	}
	return x
}

// alongAxis gives the vector v the shape of an operand of x.
func (g *gen) alongAxis(v, x, axis int) int {
	dims := g.dims(x)
	ones := make([]int, len(dims))
	for i := range ones {
		ones[i] = 1
	}
	ones[axis] = dims[axis]
	switch {
	case g.chance(.2):
		return g.broadcast(v, dims, []int{axis})
	case g.chance(.1):
		return g.broadcast(g.reshape(v, ones...), dims, upTo(len(dims)))
	}
	return g.reshape(v, ones...)
}

func (g *gen) epilogue(x, axis int) int {
	c := g.dims(x)[axis]
	switch g.r.IntN(10) {
	case 0, 1:
		return g.either("Add", x, g.alongAxis(g.weights(1, c), x, axis))
	case 2:
		return g.batchNorm(x, axis)
	case 3, 4, 5:
		return g.activation(x)
	case 6, 7: // a residual
		dims := g.dims(x)
		y := g.pick(func(i int) bool { return i != x && slices.Equal(g.dims(i), dims) })
		if y < 0 || g.chance(.3) {
			if g.chance(.5) {
				y = g.input(dims...)
			} else { // of another layout
				perm := g.r.Perm(len(dims))
				from := make([]int, len(dims))
				for i, p := range perm {
					from[p] = dims[i]
				}
				y = g.transpose(g.input(from...), perm...)
			}
		}
		if g.chance(.2) { // a bias out of the same memory
			limits := slices.Clone(dims)
			for i := range limits {
				if i != axis {
					limits[i] = 1
				}
			}
			b := g.slice(y, make([]int, len(dims)), limits, nil)
			x = g.either("Add", x, b)
		}
		return g.either("Add", x, y)
	case 8:
		return g.gate(x, axis)
	}
	if g.chance(.1) {
		return g.number(among(g, "Mul", "Div", "Max", "Min", "Add"), x, among(g, 2, .5, -1, 6, 1e-3))
	}
	y := g.alongAxis(g.weights(1, c), x, axis)
	return g.either(among(g, "Mul", "Sub", "Max", "Min", "Add"), x, y)
}

// batchNorm adds (x−μ)/√(σ²+ε)·γ + β.
func (g *gen) batchNorm(x, axis int) int {
	c := g.dims(x)[axis]
	mean, variance, gamma, beta := g.weights(1, c), g.positive(c), g.positive(c), g.weights(1, c)
	if g.chance(.5) {
		x = g.binary("Sub", x, g.alongAxis(mean, x, axis))
		sd := g.unary("Sqrt", g.number("Add", variance, 1e-5))
		x = g.binary("Div", x, g.alongAxis(sd, x, axis))
	} else {
		sd := g.unary("Rsqrt", g.number("Add", variance, 1e-3))
		x = g.binary("Sub", x, g.alongAxis(mean, x, axis))
		x = g.either("Mul", x, g.alongAxis(sd, x, axis))
	}
	if g.chance(.2) {
		return x
	}
	return g.either("Add", g.either("Mul", x, g.alongAxis(gamma, x, axis)), g.alongAxis(beta, x, axis))
}

func (g *gen) batchNormOfAny() int {
	x := g.any()
	if g.rank(x) == 0 {
		giveUp("a scalar")
	}
	return g.batchNorm(x, g.r.IntN(g.rank(x)))
}

// gate adds squeeze and excitation: x times a number for each image and channel.
func (g *gen) gate(x, axis int) int {
	dims := g.dims(x)
	if len(dims) < 3 || sizeOf(dims) == 0 {
		giveUp("no image")
	}
	batch := (axis + 1 + g.r.IntN(len(dims)-1)) % len(dims)
	over := others(len(dims), []int{axis, batch})
	s := g.number("Mul", g.sum(x, over...), 1/float64(sizeOf(pick(dims, over))))
	g.at(s).size = g.at(x).size
	if batch > axis { // channels first
		s = g.transpose(s, 1, 0)
	}
	hidden := 1 + g.r.IntN(4)
	s = g.number("Max", g.matmul(s, g.weights(1, dims[axis], hidden)), 0)
	s = g.unary("Logistic", g.matmul(s, g.weights(1, hidden, dims[axis])))
	shape := make([]int, len(dims))
	for i := range shape {
		shape[i] = 1
	}
	shape[axis], shape[batch] = dims[axis], dims[batch]
	if batch > axis {
		s = g.transpose(s, 1, 0)
	}
	if g.chance(.3) {
		at := []int{min(axis, batch), max(axis, batch)}
		return g.either("Mul", x, g.broadcast(s, dims, at))
	}
	return g.either("Mul", x, g.reshape(s, shape...))
}

// matmul multiplies the last axis of x by the first of w.
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

// dot adds a general product of a value and another.
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

// dense adds FusedDense.
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

// attention adds the attention of a transformer, spelled out.
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

// layerNorm adds a layer normalisation, spelled out or fused.
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

// pooling adds ReduceWindow.
func (g *gen) pooling() int {
	x := g.any()
	dims := g.dims(x)
	if len(dims) == 0 || sizeOf(dims) == 0 {
		giveUp("nothing to pool")
	}
	sizes, strides, dilations := make([]int, len(dims)), make([]int, len(dims)), make([]int, len(dims))
	pads := make([][2]int, len(dims))
	axes := g.axesOf(len(dims), min(len(dims), among(g, 1, 2, 2, 2, 3)))
	kind := among(g, compute.ReduceOpMax, compute.ReduceOpMax, compute.ReduceOpSum, compute.ReduceOpSum, compute.ReduceOpMin, compute.ReduceOpProduct)
	padded := false
	for i, d := range dims {
		sizes[i], strides[i], dilations[i] = 1, 1, 1
		if !slices.Contains(axes, i) {
			continue
		}
		sizes[i], strides[i] = min(d, 1+g.r.IntN(4)), 1+g.r.IntN(3)
		if sizes[i] == d && d > 5 {
			sizes[i] = d // global
		}
		if g.chance(.1) && (sizes[i]-1)*2 < d {
			dilations[i] = 2
		}
		if g.chance(.5) && sizes[i] > 1 {
			pads[i] = [2]int{g.r.IntN(sizes[i]), g.r.IntN(sizes[i])}
			padded = true
		}
	}
	var st, di []int
	var pa [][2]int
	st, di, pa = strides, dilations, pads
	if g.chance(.2) {
		st = nil
	}
	if !slices.ContainsFunc(dilations, func(d int) bool { return d != 1 }) && g.chance(.5) {
		di = nil
	}
	if !padded && g.chance(.5) {
		pa = nil
	}
	var holes []int
	if g.chance(.1) {
		for range dims {
			holes = append(holes, 1+g.r.IntN(2)/max(1, g.r.IntN(3)))
		}
	}
	i := g.add(&instr{name: "ReduceWindow", args: []int{x}, attrs: fmt.Sprintf(" %v windows %v strides %v holes %v dilations %v pads %v", kind, sizes, st, holes, di, pa),
		do: func(w world, v []compute.Value) (compute.Value, error) {
			return w.f.ReduceWindow(v[0], kind, sizes, st, holes, di, pa)
		}})
	n := float64(sizeOf(sizes))
	switch kind {
	case compute.ReduceOpSum:
		g.sized(g.mixed(i), n*g.at(x).size)
		if g.chance(.5) {
			return g.number("Div", i, n)
		}
	case compute.ReduceOpProduct:
		g.sized(g.mixed(i), math.Pow(max(1, g.at(x).size), n))
	}
	return i
}

func (g *gen) reduction() int {
	x := g.any()
	rank := g.rank(x)
	if rank == 0 {
		giveUp("a scalar")
	}
	axes := g.axesOf(rank, g.r.IntN(rank+1))
	n := float64(sizeOf(pick(g.dims(x), axes)))
	if len(axes) == 0 {
		n = float64(g.at(x).shape.Size())
	}
	switch name := among(g, "ReduceSum", "ReduceSum", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProduct"); name {
	case "ReduceSum":
		i := g.mixed(g.reduceBy(name, x, axes))
		g.sized(i, n*g.at(x).size)
		return g.number("Mul", i, 1/max(1, n))
	case "ReduceProduct":
		if n > 40 {
			giveUp("too many factors")
		}
		y := g.number("Add", g.number("Mul", g.unary("Tanh", x), .2), 1)
		i := g.mixed(g.reduceBy(name, y, axes))
		return g.sized(i, math.Pow(1.2, n))
	default:
		return g.reduceBy(name, x, axes)
	}
}

func (g *gen) slice(x int, starts, limits, steps []int) int {
	return g.add(&instr{name: "Slice", args: []int{x}, attrs: fmt.Sprint(starts, limits, steps),
		do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Slice(v[0], starts, limits, steps) }})
}

// move adds an operation that moves numbers, of float32 mostly.
func (g *gen) move() int {
	x := g.any()
	if g.chance(.05) {
		x = g.pool[g.r.IntN(len(g.pool))]
	}
	dims, rank := g.dims(x), g.rank(x)
	size := sizeOf(dims)
	switch g.r.IntN(11) {
	case 0, 1:
		return g.transpose(x, g.r.Perm(rank)...)
	case 2:
		if size == 0 {
			giveUp("empty")
		}
		var to []int // factors of the size, and ones
		for rest := size; rest > 1 && len(to) < 5; {
			d := 1 + g.r.IntN(rest)
			for rest%d != 0 {
				d--
			}
			if len(to) == 4 {
				d = rest
			}
			to, rest = append(to, d), rest/d
			if d == 1 && g.chance(.5) {
				to = to[:len(to)-1]
			}
		}
		if sizeOf(to) != size {
			to = append(to, size/sizeOf(to))
		}
		return g.reshape(x, to...)
	case 3, 4:
		starts, limits, steps := make([]int, rank), slices.Clone(dims), make([]int, rank)
		for i, d := range dims {
			steps[i] = among(g, 1, 1, 1, 2, 3)
			if d > 1 && g.chance(.6) {
				starts[i] = g.r.IntN(d)
				limits[i] = starts[i] + 1 + g.r.IntN(d-starts[i])
			}
		}
		if g.chance(.4) {
			steps = nil
		}
		return g.slice(x, starts, limits, steps)
	case 5:
		to := slices.Clone(dims)
		axes := upTo(rank)
		for i, d := range to {
			if d == 1 && g.chance(.7) {
				to[i] = 1 + g.r.IntN(5)
			}
		}
		for range g.r.IntN(3) {
			at := g.r.IntN(len(to) + 1)
			to = slices.Insert(to, at, 1+g.r.IntN(4))
			for i := range axes {
				if axes[i] >= at {
					axes[i]++
				}
			}
		}
		if len(to) > 5 {
			giveUp("too many axes")
		}
		return g.broadcast(x, to, axes)
	case 6, 7:
		if rank == 0 {
			giveUp("a scalar")
		}
		axis := g.r.IntN(rank)
		args := []int{x}
		for range g.r.IntN(3) {
			y := g.pick(func(i int) bool {
				if g.rank(i) != rank {
					return false
				}
				for k, d := range g.dims(i) {
					if k != axis && d != dims[k] {
						return false
					}
				}
				return true
			})
			if y < 0 || g.chance(.3) {
				d := slices.Clone(dims)
				d[axis] = 1 + g.r.IntN(4)
				y = g.weights(2, d...)
			}
			if g.at(y).shape.DType != g.at(x).shape.DType {
				giveUp("types differ")
			}
			args = append(args, y)
		}
		g.r.Shuffle(len(args), func(i, j int) { args[i], args[j] = args[j], args[i] })
		return g.add(&instr{name: "Concatenate", args: args, attrs: fmt.Sprint(" axis ", axis),
			do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Concatenate(axis, v...) }})
	case 8, 9:
		if !g.isFloat(x) {
			giveUp("type")
		}
		fill := g.scalar(among(g, 0, 0, 0, -1, 2.5), nil)
		if g.chance(.1) {
			fill = g.input()
		}
		margins := make([]compute.PadAxis, rank)
		for i := range margins {
			if g.chance(.5) {
				margins[i] = compute.PadAxis{Start: g.r.IntN(3), End: g.r.IntN(3)}
				if g.chance(.1) && dims[i] > 3 {
					margins[i].Start = -1
				}
				if g.chance(.1) {
					margins[i].Interior = 1
				}
			}
		}
		if g.chance(.1) && rank > 1 {
			margins = margins[:rank-1]
		}
		return g.add(&instr{name: "Pad", args: []int{x, fill}, attrs: fmt.Sprintf("%+v", margins),
			do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Pad(v[0], v[1], margins...) }})
	}
	axes := g.axesOf(rank, g.r.IntN(rank+1))
	return g.add(&instr{name: "Reverse", args: []int{x}, attrs: fmt.Sprint(axes),
		do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Reverse(v[0], axes...) }})
}

// choice adds a comparison and Where.
func (g *gen) choice() int {
	x := g.exact()
	name := among(g, "LessThan", "LessOrEqual", "GreaterThan", "GreaterOrEqual", "Equal", "NotEqual")
	var c int
	switch {
	case g.chance(.15):
		c = g.unary(among(g, "IsNaN", "IsFinite"), x)
	case g.chance(.5):
		c = g.number(name, x, among(g, 0, .5, -1))
	default:
		c = g.binary(name, x, g.data(g.numbers(1, 1), g.chance(.5), nil))
	}
	if g.chance(.2) {
		c = g.unary("LogicalNot", c)
	}
	if g.chance(.2) {
		return c
	}
	if g.chance(.2) {
		return g.convert(c, dtypes.Float32)
	}
	dims := g.dims(c)
	a := g.pick(func(i int) bool { return slices.Equal(g.dims(i), dims) })
	if a < 0 {
		a = g.input(dims...)
	}
	b := g.weights(1)
	if g.chance(.5) {
		b = g.input(dims...)
	}
	if g.chance(.5) {
		a, b = b, a
	}
	return g.add(&instr{name: "Where", args: []int{c, a, b},
		do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Where(v[0], v[1], v[2]) }})
}

// otherTypes leaves float32 and may come back.
func (g *gen) otherTypes() int {
	if g.chance(.2) { // something else altogether
		dims := g.dimsOf(among(g, 0, 1, 2, 3))
		n := sizeOf(dims)
		var x int
		switch g.r.IntN(3) {
		case 0:
			v := make([]float64, n)
			for i := range v {
				v[i] = g.r.NormFloat64()
			}
			x = g.data(v, g.chance(.7), dims)
		case 1:
			v := make([]int32, n)
			for i := range v {
				v[i] = int32(g.r.IntN(7) - 3)
			}
			x = g.data(v, g.chance(.7), dims)
		default:
			v := make([]bool, n)
			for i := range v {
				v[i] = g.chance(.5)
			}
			x = g.data(v, g.chance(.7), dims)
		}
		g.keep(x)
		if g.chance(.5) {
			return g.convert(x, dtypes.Float32)
		}
		if g.at(x).shape.DType == dtypes.Bool {
			return g.unary("LogicalNot", x)
		}
		return g.binary(among(g, "Add", "Mul", "Max"), x, x)
	}
	to := among(g, dtypes.Float64, dtypes.Float64, dtypes.Int32, dtypes.Float16, dtypes.BFloat16)
	x := g.any()
	if to == dtypes.Int32 {
		x = g.exact()
		if g.special {
			giveUp("infinity is no integer")
		}
	}
	y := g.keep(g.convert(x, to))
	switch {
	case g.chance(.2):
		return y
	case g.chance(.3) && g.at(y).exact:
		y = g.binary(among(g, "Add", "Sub", "Max"), y, y)
		if to == dtypes.Float16 || to == dtypes.BFloat16 {
			g.at(y).size *= 2
		}
	case g.chance(.3):
		y = g.transpose(y, g.r.Perm(g.rank(y))...)
	}
	return g.convert(y, dtypes.Float32)
}

// rare adds what is left to GoMLX's backend, and barriers.
func (g *gen) rare() int {
	x := g.any()
	dims, rank := g.dims(x), g.rank(x)
	switch g.r.IntN(7) {
	case 0:
		s := shapes.Make(among(g, dtypes.Float32, dtypes.Float32, dtypes.Int32), g.dimsOf(1+g.r.IntN(3))...)
		axis := g.r.IntN(s.Rank())
		i := g.add(&instr{name: "Iota", attrs: fmt.Sprint(s.Dimensions, " axis ", axis),
			do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.Iota(w.shape(s), axis) }})
		return g.sized(i, float64(s.Dimensions[axis]))
	case 1: // rows of x
		if rank == 0 || sizeOf(dims) == 0 {
			giveUp("no rows")
		}
		n := 1 + g.r.IntN(5)
		rows := make([]int32, n)
		for i := range rows {
			rows[i] = int32(g.r.IntN(dims[0]))
		}
		at := g.data(rows, g.chance(.5), []int{n, 1})
		sizes := slices.Clone(dims)
		sizes[0] = 1
		offset := upTo(rank)[1:]
		return g.add(&instr{name: "Gather", args: []int{x, at}, attrs: " rows",
			do: func(w world, v []compute.Value) (compute.Value, error) {
				return w.f.Gather(v[0], v[1], 1, offset, []int{0}, []int{0}, sizes, false)
			}})
	case 2:
		y := g.any()
		k := g.r.IntN(2)
		return g.add(&instr{name: "OptimizationBarrier", args: []int{x, y}, attrs: fmt.Sprint(" result ", k),
			do: func(w world, v []compute.Value) (compute.Value, error) {
				r, err := w.f.OptimizationBarrier(v...)
				if err != nil {
					return nil, err
				}
				return r[k], nil
			}})
	case 3:
		return g.add(&instr{name: "SchedulingBarrier", args: []int{x, g.any()},
			do: func(w world, v []compute.Value) (compute.Value, error) { return w.f.SchedulingBarrier(v[0], v[1]) }})
	case 4:
		if rank == 0 || sizeOf(dims) == 0 {
			giveUp("a scalar")
		}
		axis := g.r.IntN(rank)
		i := g.add(&instr{name: "CumSum", args: []int{x}, attrs: fmt.Sprint(" axis ", axis),
			do: func(w world, v []compute.Value) (compute.Value, error) {
				return w.f.CumSum(v[0], axis, compute.CumSumOptions{})
			}})
		return g.sized(i, float64(dims[axis])*g.at(x).size)
	case 5:
		if g.special { // GoMLX's backend says Sign(NaN) = 0
			return g.unary(among(g, "Floor", "Ceil", "Round"), g.exact())
		}
		return g.unary(among(g, "Floor", "Ceil", "Round", "Sign"), g.exact())
	}
	x = g.exact()
	if g.rank(x) == 0 || g.at(x).shape.Size() == 0 || g.special {
		giveUp("a scalar")
	}
	axis := g.r.IntN(g.rank(x))
	return g.add(&instr{name: "ArgMinMax", args: []int{x}, attrs: fmt.Sprint(" axis ", axis),
		do: func(w world, v []compute.Value) (compute.Value, error) {
			return w.f.ArgMinMax(v[0], axis, dtypes.Int32, false)
		}})
}
