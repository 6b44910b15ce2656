package fastgo

import (
	"hash/maphash"
	"sync"
	"unsafe"
	"weak"

	"fusiform/internal/simd"
)

// Packed weights are shared between executables: a network that is compiled
// for another batch size, or for another output, packs nothing again.

// A packKey tells weights apart by their content: 128 bits of it and all that
// decides how it is packed.
type packKey struct {
	a, b  uint64
	shape [6]int
	level simd.Level
}

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func keyOf(w []float32, shape ...int) packKey {
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), 4*len(w))
	k := packKey{a: maphash.Bytes(seeds[0], b), b: maphash.Bytes(seeds[1], b), level: simd.Active()}
	copy(k.shape[:], shape)
	return k
}

// A packs is a set of packed weights, each kept as long as somebody uses it.
type packs[T any] struct {
	mu  sync.Mutex
	all map[packKey]weak.Pointer[T]
}

func (p *packs[T]) get(key packKey, pack func() *T) *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.all[key].Value(); t != nil {
		return t
	}
	t := pack()
	if p.all == nil {
		p.all = map[packKey]weak.Pointer[T]{}
	}
	for k, w := range p.all {
		if w.Value() == nil {
			delete(p.all, k)
		}
	}
	p.all[key] = weak.Make(t)
	return t
}

var (
	allFilters packs[simd.Filters]
	allPacked  packs[simd.Packed]
)

func sharedFilters(s simd.ConvShape, w []float32) *simd.Filters {
	return allFilters.get(keyOf(w, s.KH, s.KW, s.C/s.Groups, s.K, s.Groups), func() *simd.Filters {
		return simd.PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w)
	})
}

func sharedPack(d *denseProduct) *simd.Packed {
	rows, cols, flip := d.k, d.n, 0
	if d.flip {
		rows, cols, flip = d.n, d.k, 1
	}
	w := d.w[:(rows-1)*d.ldw+cols]
	return allPacked.get(keyOf(w, d.k, d.n, d.ldw, flip), func() *simd.Packed { return simd.Pack(d.flip, d.k, d.n, w, d.ldw) })
}
