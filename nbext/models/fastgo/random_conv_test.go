package fastgo

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
)

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
	if batchGroups > 1 && config.OutputBatch != config.InputBatch {
		giveUp("GoMLX's backend takes one batch axis for the other") // TestBatchGroups has these
	}
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

func (g *gen) follow(x, axis int) int {
	for range g.r.IntN(6) {
		if g.chance(.1) {
			g.keep(x) // others may read it
		}
		x = g.epilogue(x, axis)
	}
	return x
}

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
