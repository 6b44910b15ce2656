package fastgo

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"

	"fusiform/internal/simd"
)

// TestTraps compares graphs that are too rare for TestRandomGraphs, each of
// which goes wrong if one condition in the planner is left out.
func TestTraps(t *testing.T) {
	traps := []struct {
		name string
		make func(g *gen) int
	}{
		{"bias and residual are one memory", func(g *gen) int {
			m := g.unary("Tanh", g.input(2, 9, 9, 5))
			x := g.pointwise(g.input(2, 9, 9, 4), 5)
			x = g.binary("Add", x, g.slice(m, []int{0, 0, 0, 0}, []int{1, 1, 1, 5}, nil))
			return g.binary("Add", x, m)
		}},
		{"residual is the input", func(g *gen) int {
			m := g.unary("Tanh", g.input(2, 3, 3, 5))
			return g.binary("Add", g.pointwise(m, 5), m)
		}},
		{"residual is a transposition of the input", func(g *gen) int {
			m := g.unary("Tanh", g.input(4, 4))
			return g.binary("Add", g.matmul(m, g.weights(1, 4, 4)), g.transpose(m, 1, 0))
		}},
		{"computed filters are the residual", func(g *gen) int {
			m := g.unary("Tanh", g.input(1, 1, 4, 4))
			x := g.convolution(g.input(1, 1, 4, 4), m)
			return g.binary("Add", x, m)
		}},
		{"products of a matrix with itself, and itself", func(g *gen) int {
			m := g.unary("Tanh", g.input(2, 5, 5))
			return g.binary("Add", g.dotGeneral(m, m, []int{2}, []int{0}, []int{1}, []int{0}), m)
		}},
		{"a chain reads its base again", func(g *gen) int {
			m := g.unary("Tanh", g.input(6, 6))
			x := g.unary("Abs", m)
			return g.binary("Sub", g.binary("Add", x, m), g.transpose(m, 1, 0))
		}},
		{"a chain reads a row of its base", func(g *gen) int {
			m := g.unary("Erf", g.unary("Tanh", g.input(6, 6)))
			return g.binary("Sub", m, g.slice(m, []int{3, 0}, []int{4, 6}, nil))
		}},
		{"gamma and beta are the input", func(g *gen) int {
			m := g.unary("Tanh", g.input(17))
			return g.layer(m, []int{0}, m, m)
		}},
		{"gamma is a row of the input", func(g *gen) int {
			m := g.unary("Tanh", g.input(40, 17))
			row := g.reshape(g.slice(m, []int{0, 0}, []int{1, 17}, nil), 17)
			return g.layer(m, []int{1}, row, row)
		}},
		{"axes in another order", func(g *gen) int {
			return g.layer(g.input(3, 4, 5), []int{2, 1}, g.weights(1, 4, 5), g.weights(1, 4, 5))
		}},
		{"axes from the end", func(g *gen) int {
			return g.layer(g.input(3, 4, 5), []int{-1}, g.weights(1, 5), g.weights(1, 5))
		}},
		{"axes that are not the last", func(g *gen) int {
			return g.layer(g.input(3, 4, 5), []int{0, 1}, g.weights(1, 3, 4), g.weights(1, 3, 4))
		}},
		{"a tiny scale and a huge one", func(g *gen) int {
			x := g.pointwise(g.input(1, 2, 2, 4), 5)
			for _, s := range []float32{1e-30, 1e30, 1e30, 1e-30} {
				x = g.binary("Mul", x, g.data([]float32{s}, false, nil))
			}
			return x
		}},
		{"clip to zero alone", func(g *gen) int {
			x := g.pointwise(g.input(1, 2, 2, 4), 5)
			return g.number("Min", g.number("Max", x, 0), 0)
		}},
		{"clip to bounds in the wrong order", func(g *gen) int { return g.clamp(g.pointwise(g.input(1, 2, 2, 4), 5), 1, -1) }},
		{"clip to bounds in the wrong order, the upper one first", func(g *gen) int {
			return g.number("Max", g.number("Min", g.pointwise(g.input(1, 2, 2, 4), 5), -1), 1)
		}},
		{"numbers between bounds in the wrong order", func(g *gen) int {
			return g.number("Max", g.number("Min", g.input(7, 5), -1), 1)
		}},
		{"a bound that repeats its operand", func(g *gen) int {
			lo := g.broadcast(g.data([]float32{0}, false, nil), []int{2, 3, 4}, nil)
			hi := g.data([]float32{1}, false, nil)
			return g.add(&instr{name: "Clamp", args: []int{lo, g.input(2, 1, 4), hi}, do: func(w world, v []compute.Value) (compute.Value, error) {
				return w.f.Clamp(v[0], v[1], v[2])
			}})
		}},
		{"a hard swish that repeats its operand", func(g *gen) int {
			x := g.input(2, 1, 4)
			known := func(v float32) int { return g.data([]float32{v}, false, nil) }
			zeros := g.broadcast(known(0), []int{2, 3, 4}, nil)
			y := g.binary("Min", g.binary("Max", g.binary("Add", x, known(3)), zeros), known(6))
			return g.binary("Mul", x, g.binary("Div", y, known(6)))
		}},
		{"bounds that are no numbers", func(g *gen) int {
			return g.number("Max", g.pointwise(g.input(1, 2, 2, 4), 5), math.NaN())
		}},
		{"division by a computed vector", func(g *gen) int {
			return g.binary("Div", g.pointwise(g.input(1, 2, 2, 4), 5), g.number("Add", g.unary("Abs", g.input(1, 1, 1, 5)), 1))
		}},
		{"a scale of zeros and infinities", func(g *gen) int {
			x := g.pointwise(g.input(1, 2, 2, 4), 3)
			x = g.binary("Mul", x, g.data([]float32{0, float32(math.Inf(1)), 1}, false, []int{1, 1, 1, 3}))
			return g.binary("Add", x, g.weights(1, 1, 1, 1, 3))
		}},
		{"weights that lie side by side", func(g *gen) int {
			w := g.data(g.numbers(24, 1), false, []int{4, 6})
			w = g.slice(w, []int{0, 1}, []int{4, 4}, nil)
			return g.number("Mul", g.matmul(g.input(5, 4), w), .5)
		}},
		{"a bias of another shape", func(g *gen) int {
			x, w, b := g.input(2, 4), g.weights(1, 4, 2, 3), g.weights(1, 6)
			return g.mixed(g.add(&instr{name: "FusedDense", args: []int{x, w, b}, do: func(wd world, v []compute.Value) (compute.Value, error) {
				return wd.f.FusedDense(v[0], v[1], v[2], compute.DenseConfig{})
			}}))
		}},
		{"a slice that begins and ends beyond its operand", func(g *gen) int {
			return g.slice(g.input(3, 4, 5), []int{-2, 0, -9}, []int{9, 4, 3}, []int{1, 0, 1})
		}},
		{"a slice to the end", func(g *gen) int {
			return g.slice(g.input(3, 4, 5), []int{1, 0, 0}, []int{3, -1, -1}, []int{1, 1, 1})
		}},
		{"weights with repetition", func(g *gen) int {
			w := g.broadcast(g.weights(1, 3), []int{4, 3}, []int{1})
			return g.matmul(g.input(5, 4), w)
		}},
		{"rows with repetition", func(g *gen) int {
			return g.matmul(g.broadcast(g.input(4), []int{5, 4}, []int{1}), g.weights(1, 4, 3))
		}},
		{"pooling in a convolution's padding", func(g *gen) int {
			x := g.pointwise(g.input(1, 3, 3, 2), 5)
			return g.add(&instr{name: "ReduceWindow", args: []int{x}, do: func(w world, v []compute.Value) (compute.Value, error) {
				return w.f.ReduceWindow(v[0], compute.ReduceOpMax, []int{1, 2, 2, 1}, []int{1, 2, 2, 1}, nil, nil, [][2]int{{0, 0}, {1, 1}, {1, 1}, {0, 0}})
			}})
		}},
	}
	for _, l := range simd.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer simd.Use(l)()
			r := newReferee(t)
			for _, c := range traps {
				for seed := range uint64(5) {
					g := newGen(r.slow, seed)
					var why any
					func() {
						defer func() { why = recover() }()
						i := g.mixed(c.make(g))
						if seed%2 == 1 { // the value lies among others
							i = g.unary("Sin", i)
						}
						g.p.outs = []int{i}
					}()
					if why != nil {
						t.Fatalf("%s: %v", c.name, why)
					}
					if _, err := r.check(g.p); err != nil {
						t.Errorf("%s: %v\n%v", c.name, err, g.p)
						break
					}
				}
			}
			if r.unfit > 0 {
				t.Errorf("%d are no graphs for GoMLX's backend: %v", r.unfit, r.failed)
			}
		})
	}
}

// pointwise adds a 1×1 convolution over NHWC with known filters.
func (g *gen) pointwise(x, k int) int {
	c := g.dims(x)[3]
	return g.convolution(x, g.data(g.numbers(c*k, 1), false, []int{1, 1, c, k}))
}

// convolution adds one over NHWC with filters HWIO, padded for an odd size.
func (g *gen) convolution(x, w int) int {
	axes := compute.ConvolveAxesConfig{InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2}, KernelInputChannels: 2, KernelOutputChannels: 3,
		KernelSpatial: []int{0, 1}, OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2}}
	return g.mixed(g.add(&instr{name: "ConvGeneral", args: []int{x, w}, do: func(wd world, v []compute.Value) (compute.Value, error) {
		return wd.f.ConvGeneral(v[0], v[1], axes, nil, nil, nil, nil, 1, 1)
	}}))
}

// layer adds FusedLayerNorm.
func (g *gen) layer(x int, axes []int, gamma, beta int) int {
	return g.mixed(g.add(&instr{name: "FusedLayerNorm", args: []int{x, gamma, beta}, attrs: fmt.Sprint(axes),
		do: func(w world, v []compute.Value) (compute.Value, error) {
			return w.f.FusedLayerNorm(v[0], axes, 1e-5, v[1], v[2])
		}}))
}
