package fastgo

import (
	"math"
	"reflect"

	"github.com/gomlx/compute"
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

// follow adds what follows a product whose columns go along an axis.

// alongAxis gives the vector v the shape of an operand of x.

// batchNorm adds (x−μ)/√(σ²+ε)·γ + β.

// gate adds squeeze and excitation: x times a number for each image and channel.

// matmul multiplies the last axis of x by the first of w.

// dot adds a general product of a value and another.

// dense adds FusedDense.

// attention adds the attention of a transformer, spelled out.

// layerNorm adds a layer normalisation, spelled out or fused.

// pooling adds ReduceWindow.

// move adds an operation that moves numbers, of float32 mostly.

// choice adds a comparison and Where.

// otherTypes leaves float32 and may come back.

// rare adds what is left to GoMLX's backend, and barriers.
