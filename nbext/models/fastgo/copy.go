package fastgo

import (
	"slices"

	"fusiform/internal/simd"
)

// A transfer copies a view into another of the same shape.
type transfer struct {
	axes []transferAxis // the slowest of the destination first, the last innermost
	// Where both are dense, a permutation of axes does all of it.
	dense      bool
	dims, perm []int
}

type transferAxis struct{ n, dst, src int }

// newTransfer plans a copy from src to dst.
func newTransfer(dst, src *tensor) *transfer {
	so, sdense := src.order()
	do, ddense := dst.order()
	if sdense && ddense {
		t := &transfer{dense: true}
		for _, a := range so {
			t.dims = append(t.dims, src.dims[a])
		}
		for _, a := range do {
			t.perm = append(t.perm, slices.Index(so, a))
		}
		return t
	}
	var axes []transferAxis
	for _, a := range do {
		x := transferAxis{dst.dims[a], dst.strides[a], src.strides[a]}
		if x.n == 1 {
			continue
		}
		if k := len(axes) - 1; k >= 0 && axes[k].dst == x.n*x.dst && axes[k].src == x.n*x.src {
			axes[k] = transferAxis{axes[k].n * x.n, x.dst, x.src}
			continue
		}
		axes = append(axes, x)
	}
	if len(axes) == 0 {
		axes = []transferAxis{{1, 1, 1}}
	}
	return &transfer{axes: axes}
}

// run copies; dst and src begin where the views do.
func (t *transfer) run(dst, src []float32) {
	if t.dense {
		n := sizeOf(t.dims)
		simd.Permute(dst[:n], src[:n], t.dims, t.perm)
		return
	}
	outer, inner := t.axes[:len(t.axes)-1], t.axes[len(t.axes)-1]
	var rows transferAxis
	rows.n = 1
	if k := len(outer) - 1; k >= 0 && inner.dst == 1 && inner.src == 1 {
		rows, outer = outer[k], outer[:k]
	}
	n := 1
	for _, a := range outer {
		n *= a.n
	}
	simd.Parallel(n, simd.Grain(8*inner.n*rows.n), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			d, s, rest := 0, 0, i
			for _, a := range slices.Backward(outer) {
				d, s, rest = d+rest%a.n*a.dst, s+rest%a.n*a.src, rest/a.n
			}
			switch {
			case inner.dst == 1 && inner.src == 1 && rows.src >= 0:
				if rows.n == 1 {
					copy(dst[d:d+inner.n], src[s:s+inner.n])
					continue
				}
				simd.CopyRows(dst[d:], rows.dst, src[s:], rows.src, rows.n, inner.n)
			case inner.dst == 1 && inner.src == 0:
				v := src[s]
				for k := range dst[d : d+inner.n] {
					dst[d+k] = v
				}
			default:
				for range inner.n {
					dst[d] = src[s]
					d, s = d+inner.dst, s+inner.src
				}
			}
		}
	})
}
