package simd

import (
	"fmt"
	"sync"
)

// Filters are the weights of a convolution. They hold for every batch, image
// size, stride, padding and dilation, do not change, and may be used by
// several goroutines at once.
type Filters struct {
	kh, kw, cPerGroup, k, groups int

	w      []float32 // kh×kw×cPerGroup×k
	packed [AVX512 + 1]struct {
		once sync.Once
		b    []float32
		sets [][]panel // of blockColumns output channels
	}
}

// A panel is a number of output channels that one call of the kernel does,
// and where their weights are: a row of whole vectors for each of
// kh·kw·cPerGroup.
type panel struct {
	column     int // first output channel
	channel    int // first input channel
	n          int // output channels
	vecs, tail int // see tileOp
	b          int // first weight
}

// PackFilters returns filters w in the order HWIO: kh×kw×cPerGroup×k. Output
// channels [g·k/groups, (g+1)·k/groups) belong to group g. It keeps w, which
// must not change any more: the order that the kernels need depends on the
// level in use and is made when it is needed first.
func PackFilters(kh, kw, cPerGroup, k, groups int, w []float32) *Filters {
	if min(kh, kw, cPerGroup, k, groups) < 1 || k%groups != 0 || !fits(kh, kw, cPerGroup, k) || len(w) != kh*kw*cPerGroup*k {
		panic(fmt.Sprintf("simd: %d weights for %d×%d×%d×%d filters in %d groups", len(w), kh, kw, cPerGroup, k, groups))
	}
	return &Filters{kh: kh, kw: kw, cPerGroup: cPerGroup, k: k, groups: groups, w: w}
}

// pack returns the weights as the kernel of the level wants them.
func (f *Filters) pack(l Level) (b []float32, sets [][]panel) {
	p := &f.packed[l]
	p.once.Do(func() {
		t := tilingOf[float32](l)
		depth, columns := f.kh*f.kw*f.cPerGroup, f.k/f.groups
		vecs := (columns + t.lanes - 1) / t.lanes
		perGroup := (vecs + t.vecs - 1) / t.vecs
		var panels []panel
		size := 0
		for g := range f.groups {
			for i := range perGroup { // of about as many vectors each
				first, last := i*vecs/perGroup*t.lanes, min((i+1)*vecs/perGroup*t.lanes, columns)
				q := panel{column: g*columns + first, channel: g * f.cPerGroup, n: last - first, b: size}
				q.vecs, q.tail = t.split(q.n)
				panels = append(panels, q)
				size += depth * q.vecs * t.lanes
			}
		}
		for first, i := 0, 1; i <= len(panels); i++ {
			if i == len(panels) || panels[i].column+panels[i].n-panels[first].column > blockColumns {
				p.sets = append(p.sets, panels[first:i])
				first = i
			}
		}
		p.b = make([]float32, size)
		Parallel(len(panels), Grain(depth*t.width()), func(lo, hi int) {
			for _, q := range panels[lo:hi] {
				for k := range depth {
					copy(p.b[q.b+k*q.vecs*t.lanes:], f.w[k*f.k+q.column:][:q.n])
				}
			}
		})
	})
	return p.b, p.sets
}
