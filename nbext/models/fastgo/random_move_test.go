package fastgo

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

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
