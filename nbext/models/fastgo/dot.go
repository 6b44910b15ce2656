package fastgo

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"fusiform/internal/simd"
)

// A dense product multiplies m rows of k numbers by a known k×n matrix.
type denseProduct struct {
	a       *tensor // its rows lie lda apart
	m, k, n int
	lda     int
	w       *tensor     // rows of n numbers ldw apart, or, transposed, of k
	scales  [][]float32 // that columns are to be multiplied by
	ldw     int
	flip    bool // w holds the transpose, n×k
	column  int  // axis of the result
}

func (d *denseProduct) columns() int { return d.column }

func (d *denseProduct) scale(s []float32) bool {
	d.scales = append(d.scales, s)
	return true
}

func (d *denseProduct) emit(p *planner, dst *tensor, f *finish) {
	s := &step{what: "product", reads: append(f.reads(), d.a.m), writes: []*mem{dst.m}}
	packed := d.pack(p)
	m, n, lda, a, fin := d.m, d.n, d.lda, d.a, *f
	s.do = func(x *run) error {
		simd.MatMul(m, x.f32[a.m.index][a.off:], lda, packed, fin.epilogue(x, n), dst.numbers(x), n)
		return nil
	}
	p.add(s)
}

// A batch of products, both operands computed.
type batchProduct struct {
	a, b     *tensor
	aAt, bAt []int // where each product's operands begin
	m, n, k  int
	ta, tb   bool
	lda, ldb int
	alpha    float32
}

func (b *batchProduct) columns() int { return -1 }

func (b *batchProduct) scale(s []float32) bool {
	b.alpha *= s[0]
	return true
}

func (b *batchProduct) emit(p *planner, dst *tensor, f *finish) {
	q := *b
	s := &step{what: "products", reads: append(f.reads(), b.a.m, b.b.m), writes: []*mem{dst.m}}
	fin := *f
	s.do = func(x *run) error {
		a, bb, c := x.f32[q.a.m.index], x.f32[q.b.m.index], dst.numbers(x)
		each := q.m * q.n
		beta := float32(0)
		if fin.residual != nil {
			copy(c, fin.residual.numbers(x))
			beta = 1
		}
		simd.Parallel(len(q.aAt), simd.Grain(2*each*q.k), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				part := c[i*each : (i+1)*each]
				simd.Gemm(q.ta, q.tb, q.m, q.n, q.k, q.alpha, a[q.aAt[i]:], q.lda, bb[q.bAt[i]:], q.ldb, beta, part, q.n)
				if fin.act != simd.None {
					simd.Apply(fin.act, part, part)
				}
				if fin.clip {
					simd.Clip(part, part, fin.lo, fin.hi)
				}
			}
		})
		return nil
	}
	p.add(s)
}

// A side is one operand of a product as rows×inner numbers.
type side struct {
	t           *tensor
	batch       []int
	rows, inner int
	ld          int
	flip        bool // inner numbers lie ld apart, rows follow each other
}

// side views t as batches of matrices, whose rows go through the axes rows
// and whose columns go through the axes inner; it is copied if need be.
func (p *planner) side(t *tensor, batch, rows, inner []int) side {
	n, rs, okR := t.collapse(rows)
	k, ks, okK := t.collapse(inner)
	s := side{t: t, batch: batch, rows: n, inner: k}
	switch {
	case okR && okK && (ks == 1 || k == 1) && (n == 1 || rs >= k):
		s.ld = max(rs, k)
		if n == 1 {
			s.ld = k
		}
	case okR && okK && (rs == 1 || n == 1) && (k == 1 || ks >= n):
		s.flip, s.ld = true, max(ks, n)
		if k == 1 {
			s.ld = n
		}
	default:
		s.t = p.in(t, slices.Concat(batch, rows, inner))
		s.rows, s.inner = 1, 1
		for _, a := range rows {
			s.rows *= t.dims[a]
		}
		for _, a := range inner {
			s.inner *= t.dims[a]
		}
		s.ld = s.inner
	}
	return s
}

// others returns the axes that are in none of the lists, in their order.
func others(rank int, lists ...[]int) []int {
	var rest []int
	for a := range rank {
		if !slices.ContainsFunc(lists, func(l []int) bool { return slices.Contains(l, a) }) {
			rest = append(rest, a)
		}
	}
	return rest
}

// dot lowers DotGeneral.
func (p *planner) dot(n *node) bool {
	config := n.attrs[4].(compute.DotGeneralConfig)
	for _, d := range []dtypes.DType{config.AccumulatorDType, config.OutputDType} {
		if d != dtypes.InvalidDType && d != dtypes.Float32 {
			return false
		}
	}
	return p.contract(n.out[0], n.in[0], n.in[1], n.attrs[0].([]int), n.attrs[1].([]int), n.attrs[2].([]int), n.attrs[3].([]int))
}

// contract lowers the sum of products over the axes ak of a and bk of b, for
// each index of the axes ab and bb.
func (p *planner) contract(out, av, bv *value, ak, ab, bk, bb []int) bool {
	dims := out.shape.Dimensions
	a, b := p.tensor(av), p.tensor(bv)
	am, bn := others(len(a.dims), ak, ab), others(len(b.dims), bk, bb)
	l := &late{dims: dims, strides: rowMajor(dims)}
	if b.m.kind == constant && a.m.kind != constant && len(bb) == 0 {
		x, w := p.side(a, ab, am, ak), p.side(b, nil, bn, bk)
		if x.flip {
			x = side{t: p.in(a, slices.Concat(ab, am, ak)), rows: x.rows, inner: x.inner, ld: x.inner}
		}
		d := &denseProduct{a: x.t, m: x.rows, k: x.inner, n: w.rows, lda: x.ld, ldw: w.ld, flip: !w.flip, column: -1}
		d.w = w.t
		for _, i := range bn {
			if b.dims[i] == w.rows { // all columns along one axis
				d.column = len(am) + slices.Index(bn, i)
			}
		}
		l.main = d
		p.locs[out] = &loc{late: l}
		return true
	}
	x, y := p.side(a, ab, am, ak), p.side(b, bb, bn, bk)
	l.main = &batchProduct{a: x.t, b: y.t, aAt: x.t.offsets(x.batch), bAt: y.t.offsets(y.batch), m: x.rows, n: y.rows, k: x.inner,
		ta: x.flip, tb: !y.flip, lda: x.ld, ldb: y.ld, alpha: 1}
	p.locs[out] = &loc{late: l}
	return true
}

// fusedDense lowers FusedDense: a product, a bias and an activation.
func (p *planner) fusedDense(n *node) bool {
	config := n.attrs[0].(compute.DenseConfig)
	x, w := n.in[0], n.in[1]
	k := 0
	if config.WeightLayout == compute.DenseLayoutOutputsInput {
		k = w.shape.Rank() - 1
	}
	act, relu := simd.None, false
	switch config.Activation {
	case compute.ActivationNone:
	case compute.ActivationRelu:
		relu = true
	case compute.ActivationSilu:
		act = simd.SiLU
	case compute.ActivationGelu:
		act = simd.GELU
	case compute.ActivationHardSwish:
		act = simd.HardSwish
	case compute.ActivationTanh:
		act = simd.Tanh
	default:
		return false
	}
	var bias *tensor
	out := n.out[0]
	if len(n.in) > 2 && n.in[2] != nil {
		bias = p.tensor(n.in[2])
		dims := out.shape.Dimensions
		if k := len(dims) - len(bias.dims); k < 0 || !slices.Equal(bias.dims, dims[k:]) {
			return false
		}
	}
	if !p.contract(out, x, w, []int{x.shape.Rank() - 1}, nil, []int{k}, nil) {
		return false
	}
	l := p.locs[out]
	if bias != nil {
		// The bias has the shape of the last axes of the result.
		rank := len(out.shape.Dimensions)
		y := bias.repeat(out.shape.Dimensions, upTo(rank)[rank-len(bias.dims):])
		if !l.late.absorb(p, simd.Add, y, false) {
			l = &loc{late: newChain(p.tensor(out))}
			l.late.binary(p, simd.Add, y, false)
		}
	}
	if act != simd.None {
		if l.late.main != nil {
			l.late.tail.act = act
		} else {
			l.late.chain.ops = append(l.late.chain.ops, link{kind: activate, act: act})
		}
	}
	if relu {
		if l.late.main != nil {
			l.late.tail.bound(simd.Max, 0)
		} else {
			l.late.bound(simd.Max, 0)
		}
	}
	p.locs[out] = l
	return true
}
