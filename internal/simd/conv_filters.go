package simd

import (
	"fmt"
	"slices"
	"sync"
)

// Filters are the weights of a convolution. They hold for every batch, image
// size, stride, padding and dilation, do not change, and may be used by
// several goroutines at once.
type Filters struct {
	kh, kw, cPerGroup, k, groups int

	w      []float32 // kh×kw×cPerGroup×k, of windowed ones alone
	home   Level     // at which they were packed first
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
// channels [g·k/groups, (g+1)·k/groups) belong to group g. It keeps a copy of w, in
// the order that the kernels of the level in use need; at another level they
// are ordered anew when they are needed first.
func PackFilters(kh, kw, cPerGroup, k, groups int, w []float32) *Filters {
	if min(kh, kw, cPerGroup, k, groups) < 1 || k%groups != 0 || !fits(kh, kw, cPerGroup, k) || len(w) != kh*kw*cPerGroup*k {
		panic(fmt.Sprintf("simd: %d weights for %d×%d×%d×%d filters in %d groups", len(w), kh, kw, cPerGroup, k, groups))
	}
	f := &Filters{kh: kh, kw: kw, cPerGroup: cPerGroup, k: k, groups: groups, home: Active()}
	if f.windowed() {
		f.w = slices.Clone(w)
	} else {
		f.pack(f.home, w)
	}
	return f
}

// windowed reports whether there is a kernel for groups of one or four channels
// to as many, which takes filters as they are.
func (f *Filters) windowed() bool {
	return f.k == f.groups*f.cPerGroup && (f.cPerGroup == 1 || f.cPerGroup == 4)
}

// at returns the weights as the kernel of the level wants them.
func (f *Filters) at(l Level) (b []float32, sets [][]panel) { return f.pack(l, nil) }

// pack is at; w are the weights, or nil where they are packed at f.home.
func (f *Filters) pack(l Level, w []float32) (b []float32, sets [][]panel) {
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
		if w == nil {
			w = f.unpacked()
		}
		p.b = Large[float32](size)
		Parallel(len(panels), Grain(depth*t.width()), func(lo, hi int) {
			for _, q := range panels[lo:hi] {
				for k := range depth {
					copy(p.b[q.b+k*q.vecs*t.lanes:], w[k*f.k+q.column:][:q.n])
				}
			}
		})
	})
	return p.b, p.sets
}

// unpacked returns the weights in their first order.
func (f *Filters) unpacked() []float32 {
	b, sets := f.at(f.home)
	lanes := tilingOf[float32](f.home).lanes
	w := make([]float32, f.kh*f.kw*f.cPerGroup*f.k)
	for _, set := range sets {
		for _, q := range set {
			for k := range f.kh * f.kw * f.cPerGroup {
				copy(w[k*f.k+q.column:][:q.n], b[q.b+k*q.vecs*lanes:])
			}
		}
	}
	return w
}
