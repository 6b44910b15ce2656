package fastgo

import (
	"slices"

	"fusiform/internal/simd"
)

// A chain is a run of element-wise operations on one tensor. It goes through
// memory once: each block of elements passes all operations while it is in
// the nearest cache.
type chain struct {
	base *tensor
	ops  []link
}

// A link is one operation of a chain.
type link struct {
	kind   linkKind
	op     simd.BinaryOp
	right  bool // the running value is the right operand
	y      *tensor
	c      int // length of a row
	rows   int // rows that share a gate
	s      float32
	act    simd.Activation
	lo, hi float32
}

type linkKind uint8

const (
	withNumber linkKind = iota // s
	withScalar                 // y has one element
	withFull                   // y has as many elements, in the same order
	withRow                    // y is a row of c elements
	withColumn                 // y has one element for each row of c
	withGate                   // y is rows of c elements, each for some rows
	activate
	clip
)

// newChain begins a chain on a dense tensor.
func newChain(base *tensor) *late {
	return &late{dims: base.dims, strides: base.strides, chain: &chain{base: base}}
}

// binary appends an operation with y, which has the shape of the result,
// perhaps by repetition.
func (l *late) binary(p *planner, op simd.BinaryOp, y *tensor, right bool) {
	k := link{op: op, right: right}
	if y.m.kind == constant {
		if s, ok := scalar(y); ok {
			k.kind, k.s = withNumber, s
			if s == s && (op == simd.Max || op == simd.Min) {
				l.bound(op, s)
				return
			}
			l.chain.ops = append(l.chain.ops, k)
			return
		}
	}
	k.kind, k.c, k.rows = l.fit(y)
	if k.kind == withFull {
		y = p.in(y, l.order())
	}
	k.y = y
	l.chain.ops = append(l.chain.ops, k)
}

// bound appends a maximum or minimum with s; consecutive ones are one.
func (l *late) bound(op simd.BinaryOp, s float32) {
	ops := l.chain.ops
	if n := len(ops); n > 0 && ops[n-1].kind == clip {
		f := finish{clip: true, lo: ops[n-1].lo, hi: ops[n-1].hi}
		if f.bound(op, s) {
			ops[n-1].lo, ops[n-1].hi = f.lo, f.hi
			return
		}
	}
	var f finish
	f.bound(op, s)
	l.chain.ops = append(ops, link{kind: clip, lo: f.lo, hi: f.hi})
}

// fit tells how y repeats in the order of the result. withFull stands for
// everything that must be written out first, too.
func (l *late) fit(y *tensor) (kind linkKind, c, rows int) {
	var present []bool // for each axis of more than one element
	var sizes, steps, have []int
	for _, a := range l.order() {
		if l.dims[a] == 1 {
			continue
		}
		if y.strides[a] < 0 {
			return withFull, 0, 0
		}
		present, sizes = append(present, y.strides[a] != 0), append(sizes, l.dims[a])
		have = append(have, y.strides[a])
	}
	// What the strides of y are if it lies in the same order without gaps.
	steps = make([]int, len(sizes))
	step := 1
	for i := len(sizes) - 1; i >= 0; i-- {
		if present[i] {
			steps[i] = step
			step *= sizes[i]
		}
	}
	if !slices.Equal(steps, have) {
		return withFull, 0, 0
	}
	// Runs of present and absent axes: [present] [absent] [present].
	i, n := 0, len(sizes)
	head, mid, foot := 1, 1, 1
	for ; i < n && present[i]; i++ {
		head *= sizes[i]
	}
	for ; i < n && !present[i]; i++ {
		mid *= sizes[i]
	}
	for ; i < n && present[i]; i++ {
		foot *= sizes[i]
	}
	switch {
	case i < n:
		return withFull, 0, 0
	case head == 1 && foot == 1:
		return withScalar, 0, 0
	case mid == 1:
		return withFull, 0, 0
	case head == 1:
		return withRow, foot, 0
	case foot == 1:
		return withColumn, mid, 0
	}
	return withGate, foot, mid
}

// block is how many elements pass the chain at once.
const block = 4096

// emit adds the step that computes dst.
func (c *chain) emit(p *planner, dst *tensor) {
	s := &step{what: "element-wise", reads: []*mem{c.base.m}, writes: []*mem{dst.m}, over: dst.m, under: c.base.m}
	if c.base.size() != c.base.m.size {
		s.under = nil
	}
	for i, k := range c.ops {
		if k.y != nil {
			s.reads = append(s.reads, k.y.m)
			if k.y.m == c.base.m && (i > 0 || k.kind != withFull) {
				s.under = nil // it is read again after it was written
			}
		}
	}
	ops, base := c.ops, c.base
	cost := 0
	for _, k := range ops {
		cost += 4
		if k.kind == activate {
			cost += 12
		}
	}
	s.do = func(x *run) error {
		d, src := dst.numbers(x), base.numbers(x)
		ys := make([][]float32, len(ops))
		for i, k := range ops {
			if k.y != nil {
				ys[i] = x.f32[k.y.m.index][k.y.off:]
			}
		}
		blocks := (len(d) + block - 1) / block
		simd.Parallel(blocks, simd.Grain(cost*block), func(b0, b1 int) {
			for b := b0; b < b1; b++ {
				lo, hi := b*block, min((b+1)*block, len(d))
				from := src[lo:hi]
				for i, k := range ops {
					k.do(d[lo:hi], from, ys[i], lo)
					from = d[lo:hi]
				}
			}
		})
		return nil
	}
	p.add(s)
}

// do computes dst of src; both begin at element at of the tensor.
func (k *link) do(dst, src, y []float32, at int) {
	switch k.kind {
	case activate:
		simd.Apply(k.act, dst, src)
	case clip:
		simd.Clip(dst, src, k.lo, k.hi)
	case withNumber:
		k.number(dst, src, k.s)
	case withScalar:
		k.number(dst, src, y[0])
	case withFull:
		k.vector(dst, src, y[at:at+len(dst)])
	case withRow:
		k.row(dst, src, y[:k.c], at)
	case withColumn:
		for len(dst) > 0 {
			n := min(k.c-at%k.c, len(dst))
			if n == k.c && k.c < 32 && !k.right && len(dst) >= 2*k.c {
				m := len(dst) / k.c
				simd.BinaryColumn(k.op, dst[:m*k.c], src[:m*k.c], y[at/k.c:at/k.c+m])
				n = m * k.c
			} else {
				k.number(dst[:n], src[:n], y[at/k.c])
			}
			dst, src, at = dst[n:], src[n:], at+n
		}
	case withGate:
		for len(dst) > 0 {
			each := k.c * k.rows
			n, g := min(each-at%each, len(dst)), at/each
			k.row(dst[:n], src[:n], y[g*k.c:(g+1)*k.c], at)
			dst, src, at = dst[n:], src[n:], at+n
		}
	}
}

func (k *link) number(dst, src []float32, s float32) {
	if k.right {
		simd.ScalarBinary(k.op, dst, s, src)
		return
	}
	simd.BinaryScalar(k.op, dst, src, s)
}

func (k *link) vector(dst, src, y []float32) {
	if k.right {
		simd.Binary(k.op, dst, y, src)
		return
	}
	simd.Binary(k.op, dst, src, y)
}

// row repeats y, beginning at element at of the tensor.
func (k *link) row(dst, src, y []float32, at int) {
	for len(dst) > 0 {
		j := at % len(y)
		n := min(len(y)-j, len(dst))
		if j == 0 && !k.right && len(dst) >= 2*len(y) {
			n = len(dst) / len(y) * len(y)
			simd.BinaryRow(k.op, dst[:n], src[:n], y)
		} else {
			k.vector(dst[:n], src[:n], y[j:j+n])
		}
		dst, src, at = dst[n:], src[n:], at+n
	}
}
