package fastgo

import (
	"slices"

	"github.com/gomlx/compute"

	"fusiform/internal/simd"
)

// A convolution is one over one or two spatial axes.
type convolution struct {
	shape   simd.ConvShape
	x       *tensor     // NHWC
	w       *tensor     // HWIO, known …
	scales  [][]float32 // … and to be multiplied by these
	wAt     *tensor     // HWIO, computed
	channel int         // axis of the result
}

func (c *convolution) columns() int { return c.channel }

func (c *convolution) scale(s []float32) bool {
	if c.w == nil {
		return false
	}
	c.scales = append(c.scales, s)
	return true
}

func (c *convolution) emit(p *planner, dst *tensor, f *finish) {
	s := &step{what: "convolution", reads: append(f.reads(), c.x.m), writes: []*mem{dst.m}}
	if f.residual != nil && f.residual.size() == f.residual.m.size && f.residual.m != c.x.m {
		s.over, s.under = dst.m, f.residual.m
	}
	shape, x, k, fin := c.shape, c.x, c.shape.K, *f
	if c.wAt != nil {
		w := c.wAt
		s.what, s.reads = "convolution with computed filters", append(s.reads, w.m)
		if s.under == w.m {
			s.over, s.under = nil, nil
		}
		s.do = func(r *run) error {
			filters := simd.PackFilters(shape.KH, shape.KW, shape.C/shape.Groups, shape.K, shape.Groups, w.numbers(r))
			simd.NewConv(shape, filters).Run(dst.numbers(r), x.numbers(r), fin.epilogue(r, k))
			return nil
		}
		p.add(s)
		return
	}
	conv := simd.NewConv(shape, p.filters(shape, c.w, c.scales))
	s.do = func(r *run) error {
		conv.Run(dst.numbers(r), x.numbers(r), fin.epilogue(r, k))
		return nil
	}
	p.add(s)
}

// convolve lowers ConvGeneral. It declines (false) what it has no kernel for.
func (p *planner) convolve(n *node) bool {
	axes := n.attrs[0].(compute.ConvolveAxesConfig)
	strides, pads := n.attrs[1].([]int), n.attrs[2].([][2]int)
	inputDilations, dilations := n.attrs[3].([]int), n.attrs[4].([]int)
	groups, batchGroups := max(1, n.attrs[5].(int)), n.attrs[6].(int)
	spatial := len(axes.InputSpatial)
	if spatial < 1 || spatial > 2 || batchGroups > 1 && groups > 1 {
		return false
	}
	in, kernel, out := n.in[0].shape.Dimensions, n.in[1].shape.Dimensions, n.out[0]
	s := simd.ConvShape{N: in[axes.InputBatch], C: in[axes.InputChannels], K: kernel[axes.KernelOutputChannels], Groups: groups,
		H: 1, KH: 1, StrideH: 1, DilationH: 1}
	at := func(list []int, i int) int {
		if len(list) == 0 {
			return 1
		}
		return list[i]
	}
	var holes [2]int // zeros between the pixels of the input
	for i := range spatial {
		var pad [2]int
		if len(pads) > 0 {
			pad = pads[i]
		}
		dilation := at(inputDilations, i)
		size := (in[axes.InputSpatial[i]]-1)*dilation + 1
		taps, stride, spread := kernel[axes.KernelSpatial[i]], at(strides, i), at(dilations, i)
		holes[2-spatial+i] = dilation - 1
		if i == 0 && spatial == 2 {
			s.H, s.KH, s.StrideH, s.DilationH, s.PadTop, s.PadBottom = size, taps, stride, spread, pad[0], pad[1]
		} else {
			s.W, s.KW, s.StrideW, s.DilationW, s.PadLeft, s.PadRight = size, taps, stride, spread, pad[0], pad[1]
		}
	}
	if batchGroups > 1 {
		s.N, s.C, s.Groups = s.N/batchGroups, s.C*batchGroups, batchGroups
	}
	if s.Check() != nil {
		return false
	}
	nhwc := slices.Concat([]int{axes.InputBatch}, axes.InputSpatial, []int{axes.InputChannels})
	hwio := slices.Concat(axes.KernelSpatial, []int{axes.KernelInputChannels, axes.KernelOutputChannels})
	c := &convolution{shape: s, channel: axes.OutputChannels}
	x := p.tensor(n.in[0])
	if holes != [2]int{} {
		x = p.spread(x.transpose(nhwc), inputDilations)
	} else {
		x = p.in(x, nhwc).transpose(nhwc)
	}
	if batchGroups > 1 {
		x = p.regroup(x, batchGroups)
	}
	c.x = x
	w := p.tensor(n.in[1]).transpose(hwio)
	if w.m.kind == constant {
		c.w = w
	} else {
		c.wAt = p.row(w)
	}
	order := slices.Concat([]int{axes.OutputBatch}, axes.OutputSpatial, []int{axes.OutputChannels})
	dims := out.shape.Dimensions
	p.locs[out] = &loc{late: &late{dims: dims, strides: stridesIn(dims, order), main: c}}
	return true
}

// regroup turns groups of images, each of which has filters of its own, into
// groups of channels: x of N×…×C becomes N/groups×…×(groups·C).
func (p *planner) regroup(x *tensor, groups int) *tensor {
	last := len(x.dims) - 1
	each := x.dims[0] / groups
	t := &tensor{m: x.m, off: x.off}
	t.dims = slices.Concat([]int{each}, x.dims[1:last], []int{groups, x.dims[last]})
	t.strides = slices.Concat([]int{x.strides[0]}, x.strides[1:last], []int{each * x.strides[0], x.strides[last]})
	t = p.row(t)
	dims := slices.Concat(t.dims[:last], []int{groups * x.dims[last]})
	return &tensor{m: t.m, off: t.off, dims: dims, strides: rowMajor(dims)}
}

// spread puts zeros between the elements of the inner axes of x, whose first
// and last axes stay as they are.
func (p *planner) spread(x *tensor, dilations []int) *tensor {
	dims := slices.Clone(x.dims)
	for i, d := range dilations {
		dims[i+1] = (dims[i+1]-1)*d + 1
	}
	dst := p.newTensor(dims, nil)
	p.fill(dst, 0)
	view := &tensor{m: dst.m, dims: x.dims, strides: slices.Clone(dst.strides)}
	for i, d := range dilations {
		view.strides[i+1] *= d
	}
	p.copyTo(view, x, "spread")
	return dst
}

// fill adds the step that sets all of dst.
func (p *planner) fill(dst *tensor, v float32) {
	p.add(&step{what: "fill", writes: []*mem{dst.m}, do: func(x *run) error {
		d := dst.numbers(x)
		if v == 0 {
			clear(d)
			return nil
		}
		for i := range d {
			d[i] = v
		}
		return nil
	}})
}
