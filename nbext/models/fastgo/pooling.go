package fastgo

import (
	"slices"

	"github.com/gomlx/compute"

	"fusiform/internal/simd"
)

// pool lowers ReduceWindow over one or two axes.
func (p *planner) pool(n *node) bool {
	kind := n.attrs[0].(compute.ReduceOpType)
	if kind != compute.ReduceOpMax && kind != compute.ReduceOpSum {
		return false
	}
	sizes, strides := n.attrs[1].([]int), n.attrs[2].([]int)
	inputDilations, dilations, pads := n.attrs[3].([]int), n.attrs[4].([]int), n.attrs[5].([][2]int)
	if len(strides) == 0 {
		strides = sizes
	}
	if slices.ContainsFunc(inputDilations, func(d int) bool { return d != 1 }) {
		return false
	}
	dims, out := n.in[0].shape.Dimensions, n.out[0].shape.Dimensions
	if len(sizes) != len(dims) {
		return false
	}
	var spatial []int
	pad := func(a int) [2]int {
		if len(pads) == 0 {
			return [2]int{}
		}
		return pads[a]
	}
	for a := range dims {
		if sizes[a] != 1 || strides[a] != 1 || pad(a) != [2]int{} {
			spatial = append(spatial, a)
		}
	}
	if len(spatial) == 0 { // windows of one element
		p.locs[n.out[0]] = &loc{t: p.tensor(n.in[0])}
		return true
	}
	if len(spatial) > 2 {
		return false
	}
	// The other axes lie before or behind the spatial ones: behind, if they
	// are there already, or the last of those before.
	t := p.tensor(n.in[0])
	order, _ := t.order()
	lead := others(len(dims), spatial)
	var trail []int
	for k := len(order) - 1; k >= 0 && !slices.Contains(spatial, order[k]); k-- {
		trail = append([]int{order[k]}, trail...)
	}
	if sizeOf(pick(dims, trail)) == 1 && len(lead) > 0 {
		trail = lead[len(lead)-1:]
	}
	lead = others(len(dims), spatial, trail)
	w := simd.Window{N: sizeOf(pick(dims, lead)), C: sizeOf(pick(dims, trail)), H: 1, KH: 1, StrideH: 1, DilationH: 1, W: 1, KW: 1, StrideW: 1, DilationW: 1}
	for i, a := range spatial {
		d := 1
		if len(dilations) > 0 {
			d = dilations[a]
		}
		if i == 0 && len(spatial) == 2 {
			w.H, w.KH, w.StrideH, w.DilationH, w.PadTop, w.PadBottom = dims[a], sizes[a], strides[a], d, pad(a)[0], pad(a)[1]
		} else {
			w.W, w.KW, w.StrideW, w.DilationW, w.PadLeft, w.PadRight = dims[a], sizes[a], strides[a], d, pad(a)[0], pad(a)[1]
		}
	}
	if w.Check() != nil {
		return false
	}
	axes := slices.Concat(lead, spatial, trail)
	src, dst := p.in(t, axes), p.newTensor(out, axes)
	one := []float32{1}
	p.add(&step{what: "pooling", reads: []*mem{src.m}, writes: []*mem{dst.m}, do: func(x *run) error {
		if kind == compute.ReduceOpMax {
			simd.MaxPool(dst.numbers(x), src.numbers(x), w)
		} else {
			simd.SumPool(dst.numbers(x), src.numbers(x), w, one)
		}
		return nil
	}})
	p.locs[n.out[0]] = &loc{t: dst}
	return true
}

func pick(dims, axes []int) []int {
	out := make([]int, len(axes))
	for i, a := range axes {
		out[i] = dims[a]
	}
	return out
}
