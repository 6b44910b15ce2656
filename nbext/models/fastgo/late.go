package fastgo

import (
	"math"
	"slices"

	"fusiform/internal/simd"
)

// A late value is computed when somebody needs it as it is. Until then, the
// operations that follow are taken into it.
type late struct {
	dims, strides []int // of the dense result
	main          product
	tail          finish
	chain         *chain // set where there is no product
}

// A product is a convolution or a matrix product: what has an epilogue.
type product interface {
	// columns returns the axis of the result that the epilogue's bias goes
	// along, or −1.
	columns() int
	// scale multiplies column j by s[j], if it can; all of them by s[0] where
	// there is no axis of columns.
	scale(s []float32) bool
	// emit adds the steps that compute dst.
	emit(p *planner, dst *tensor, f *finish)
}

// A finish is the epilogue of a product while it grows.
type finish struct {
	bias     []float32 // known
	biasAt   *tensor   // computed
	residual *tensor   // as dense as the result
	act      simd.Activation
	clip     bool
	lo, hi   float32
}

// open reports whether sums can still be added.
func (f *finish) open() bool { return f.act == simd.None && !f.clip }

func (f *finish) reads() []*mem {
	var ms []*mem
	for _, t := range []*tensor{f.biasAt, f.residual} {
		if t != nil {
			ms = append(ms, t.m)
		}
	}
	return ms
}

// epilogue is f with the numbers of a run.
func (f *finish) epilogue(x *run, columns int) simd.Epilogue {
	e := simd.Epilogue{Bias: f.bias, Act: f.act}
	if f.biasAt != nil {
		e.Bias = x.f32[f.biasAt.m.index][f.biasAt.off:]
	}
	if e.Bias != nil {
		e.Bias = e.Bias[:columns]
	}
	if f.residual != nil {
		e.Residual, e.Stride = f.residual.numbers(x), columns
	}
	if f.clip {
		e.Lo, e.Hi = f.lo, f.hi
	}
	return e
}

// numbers returns the stretch of a dense tensor.
func (t *tensor) numbers(x *run) []float32 { return x.f32[t.m.index][t.off : t.off+t.size()] }

// emit computes the value.
func (l *late) emit(p *planner) *tensor {
	t := &tensor{dims: l.dims, strides: l.strides}
	if l.main == nil {
		if l.chain.ops == nil { // nothing happened
			t.m, t.off = l.chain.base.m, l.chain.base.off
			return t
		}
		t.m = p.newMem(inArena, t.size())
		l.chain.emit(p, t)
		return t
	}
	t.m = p.newMem(inArena, t.size())
	l.main.emit(p, t, &l.tail)
	return t
}

// order of the axes of the result.
func (l *late) order() []int {
	o, _ := (&tensor{dims: l.dims, strides: l.strides}).order()
	return o
}

// perColumn returns the numbers of a constant of the shape of the result that
// differ along one axis at most.
func perColumn(t *tensor, axis int) ([]float32, bool) {
	for i, s := range t.strides {
		if s != 0 && t.dims[i] != 1 && i != axis {
			return nil, false
		}
	}
	v := make([]float32, t.dims[axis])
	for j := range v {
		v[j] = t.m.values()[t.off+j*t.strides[axis]]
	}
	return v, true
}

// scalar returns the one number of a constant.
func scalar(t *tensor) (float32, bool) {
	for i, s := range t.strides {
		if s != 0 && t.dims[i] != 1 {
			return 0, false
		}
	}
	return t.m.values()[t.off], true
}

// absorb takes value op y, or y op value if right, into the product. y has
// the shape of the result, perhaps by repetition.
func (l *late) absorb(p *planner, op simd.BinaryOp, y *tensor, right bool) bool {
	f, axis := &l.tail, l.main.columns()
	if y.m.kind == constant {
		if op == simd.Max || op == simd.Min {
			s, ok := scalar(y)
			return ok && f.bound(op, s)
		}
		if axis < 0 {
			s, ok := scalar(y)
			if op == simd.Div {
				s = 1 / s
			}
			return ok && (op == simd.Mul || op == simd.Div && !right) && f.open() && f.residual == nil && l.rescale([]float32{s})
		}
		v, ok := perColumn(y, axis)
		if ok && f.open() && f.biasAt == nil {
			switch {
			case op == simd.Add:
				return f.shift(v)
			case op == simd.Sub && !right:
				return f.shift(negated(v))
			case op == simd.Mul && f.residual == nil:
				return l.rescale(v)
			case op == simd.Div && !right && f.residual == nil:
				return l.rescale(inverted(v))
			}
		}
		if ok {
			return false
		}
	}
	if op != simd.Add || !f.open() {
		return false
	}
	if axis >= 0 && f.bias == nil && f.biasAt == nil && alongOnly(y, axis) {
		f.biasAt = y
		return true
	}
	if f.residual == nil && full(y) {
		f.residual = p.in(y, l.order())
		return true
	}
	return false
}

// full reports whether no axis is repeated.
func full(t *tensor) bool {
	for i, s := range t.strides {
		if s == 0 && t.dims[i] != 1 {
			return false
		}
	}
	return true
}

// alongOnly reports whether t is a vector along the axis, repeated along all
// others.
func alongOnly(t *tensor, axis int) bool {
	for i, s := range t.strides {
		if t.dims[i] == 1 {
			continue
		}
		if i == axis && s != 1 || i != axis && s != 0 {
			return false
		}
	}
	return true
}

func (f *finish) shift(v []float32) bool {
	if f.bias == nil {
		f.bias = v
		return true
	}
	sum := make([]float32, len(v))
	simd.Binary(simd.Add, sum, f.bias, v)
	f.bias = sum
	return true
}

func (l *late) rescale(s []float32) bool {
	if slices.ContainsFunc(s, func(v float32) bool { return v == 0 || v-v != 0 }) {
		return false // 0·∞ would come out otherwise
	}
	if !l.main.scale(s) {
		return false
	}
	if f := &l.tail; f.bias != nil {
		b := make([]float32, len(s))
		simd.Binary(simd.Mul, b, f.bias, s)
		f.bias = b
	}
	return true
}

// bound takes a maximum or minimum with s in.
func (f *finish) bound(op simd.BinaryOp, s float32) bool {
	if s != s {
		return false
	}
	lo, hi := float32(math.Inf(-1)), float32(math.Inf(1))
	if f.clip {
		lo, hi = f.lo, f.hi
	}
	if op == simd.Max {
		lo, hi = max(lo, s), max(hi, s)
	} else {
		lo, hi = min(lo, s), min(hi, s)
	}
	if lo == 0 && hi == 0 { // stands for no bounds in simd
		return false
	}
	f.clip, f.lo, f.hi = true, lo, hi
	return true
}

func negated(v []float32) []float32 {
	out := make([]float32, len(v))
	simd.Apply(simd.Neg, out, v)
	return out
}

func inverted(v []float32) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = 1 / x
	}
	return out
}
