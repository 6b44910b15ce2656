package fastgo

import (
	"slices"
)

// A mem is a stretch of float32 numbers that steps write and read.
type mem struct {
	kind   memKind
	size   int
	index  int        // its place in run.f32
	data   []float32  // of a constant
	weight *Weight    // where data come from if there are none yet
	whole  *[]float32 // data that are shared
	first  int        // step that writes it first
	last   int        // step that reads it last
	offset int        // in the arena
}

type memKind uint8

const (
	inArena  memKind = iota
	constant         // known when the graph is compiled
	input            // given by the caller
	output           // returned to the caller
	loose            // made by an operation of the wrapped backend
)

// A tensor is a view of a mem: element (i, j, …) lies at
// off + i·strides[0] + j·strides[1] + …. A stride is 0 along an axis that is
// repeated.
type tensor struct {
	m             *mem
	off           int
	dims, strides []int
}

func sizeOf(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func (t *tensor) size() int { return sizeOf(t.dims) }

// rowMajor returns the strides of a dense tensor in the order of its axes.
func rowMajor(dims []int) []int {
	order := make([]int, len(dims))
	for i := range order {
		order[i] = i
	}
	return stridesIn(dims, order)
}

// stridesIn returns the strides of a dense tensor whose axes lie in memory in
// the given order, the slowest first.
func stridesIn(dims, order []int) []int {
	s := make([]int, len(dims))
	step := 1
	for _, a := range slices.Backward(order) {
		s[a] = step
		step *= dims[a]
	}
	return s
}

// order returns the axes from the slowest to the fastest, and whether the
// tensor fills its stretch of memory without gaps or repetition. Axes of one
// element come first.
func (t *tensor) order() (order []int, dense bool) {
	order = make([]int, len(t.dims))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch one := t.dims[a] == 1; {
		case one != (t.dims[b] == 1):
			if one {
				return -1
			}
			return 1
		case one:
			return 0
		}
		return t.strides[b] - t.strides[a]
	})
	return order, t.laid(order)
}

// laid reports whether the tensor is dense with its axes in that order.
func (t *tensor) laid(order []int) bool {
	step := 1
	for _, a := range slices.Backward(order) {
		if t.dims[a] == 1 {
			continue
		}
		if t.strides[a] != step {
			return false
		}
		step *= t.dims[a]
	}
	return true
}

// transpose returns the view whose axis i is axis perm[i].
func (t *tensor) transpose(perm []int) *tensor {
	u := &tensor{m: t.m, off: t.off}
	for _, p := range perm {
		u.dims = append(u.dims, t.dims[p])
		u.strides = append(u.strides, t.strides[p])
	}
	return u
}

// slice returns the view of every steps[i]-th element from starts[i] to
// limits[i]. steps may be nil.
func (t *tensor) slice(starts, limits, steps []int) *tensor {
	u := &tensor{m: t.m, off: t.off}
	for i := range t.dims {
		step := 1
		if len(steps) > 0 {
			step = steps[i]
		}
		u.off += starts[i] * t.strides[i]
		u.dims = append(u.dims, (limits[i]-starts[i]+step-1)/step)
		u.strides = append(u.strides, t.strides[i]*step)
	}
	return u
}

// repeat returns the view of shape dims whose axis axes[i] is axis i,
// repeated where that has one element; other axes repeat all.
func (t *tensor) repeat(dims, axes []int) *tensor {
	u := &tensor{m: t.m, off: t.off, dims: dims, strides: make([]int, len(dims))}
	for i, a := range axes {
		if t.dims[i] == dims[a] {
			u.strides[a] = t.strides[i]
		}
	}
	return u
}

// broadcast returns the view of shape dims to which the shape of t is
// extended as operands of an operation are: a scalar, or of the same rank.
func (t *tensor) broadcast(dims []int) *tensor {
	if len(t.dims) == 0 {
		return t.repeat(dims, nil)
	}
	axes := make([]int, len(dims))
	for i := range axes {
		axes[i] = i
	}
	return t.repeat(dims, axes)
}

// reshape returns the view of shape dims, if there is one without a copy.
func (t *tensor) reshape(dims []int) (*tensor, bool) {
	u := &tensor{m: t.m, off: t.off, dims: dims, strides: make([]int, len(dims))}
	var old, strides []int
	for i, d := range t.dims {
		if d != 1 {
			old, strides = append(old, d), append(strides, t.strides[i])
		}
	}
	i, j := 0, 0
	for i < len(old) {
		// The next axes of both that hold as many elements.
		i1, j1 := i+1, j
		n, m := old[i], 1
		for m != n {
			if m < n {
				m *= dims[j1]
				j1++
			} else {
				n *= old[i1]
				i1++
			}
		}
		for k := i; k+1 < i1; k++ {
			if strides[k] != old[k+1]*strides[k+1] {
				return nil, false
			}
		}
		step := strides[i1-1]
		for k := j1 - 1; k >= j; k-- {
			u.strides[k] = step
			step *= dims[k]
		}
		i, j = i1, j1
	}
	return u, true
}

// collapse returns the one stride with which the axes, in that order, are
// gone through, and how many elements they have.
func (t *tensor) collapse(axes []int) (n, stride int, ok bool) {
	n, stride = 1, 1
	for _, a := range slices.Backward(axes) {
		if t.dims[a] == 1 {
			continue
		}
		switch {
		case n == 1:
			stride = t.strides[a]
		case t.strides[a] != n*stride:
			return 0, 0, false
		}
		n *= t.dims[a]
	}
	return n, stride, true
}

// offsets returns where each combination of the indices of axes lies, the
// last axis fastest.
func (t *tensor) offsets(axes []int) []int {
	offs := []int{t.off}
	for _, a := range axes {
		var next []int
		for _, o := range offs {
			for i := range t.dims[a] {
				next = append(next, o+i*t.strides[a])
			}
		}
		offs = next
	}
	return offs
}
