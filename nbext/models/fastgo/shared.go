package fastgo

import (
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"unsafe"
	"weak"

	"github.com/pkg/errors"

	"fusiform/internal/simd"
)

// Packed weights are shared between executables: a network that is compiled
// for another batch size, or for another output, packs nothing again.

// A packKey tells weights apart: by their key or by 128 bits of their content,
// and by all that decides how they are packed.
type packKey struct {
	a, b   uint64
	weight string
	shape  [6]int
	level  simd.Level
}

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func keyOf(w *tensor, scales [][]float32, shape ...int) packKey {
	k := packKey{level: simd.Active()}
	copy(k.shape[:], shape)
	if w.m.weight != nil {
		k.weight = w.m.weight.Key
	}
	for i, out := range []*uint64{&k.a, &k.b} {
		var h maphash.Hash
		h.SetSeed(seeds[i])
		fmt.Fprint(&h, w.off, w.dims, w.strides, len(scales))
		for _, s := range scales {
			fmt.Fprint(&h, " ", len(s), " ")
			h.Write(bytesOf(s))
		}
		if w.m.weight == nil {
			h.Write(bytesOf(w.m.data))
		}
		*out = h.Sum64()
	}
	return k
}

func bytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
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
	allWhole   packs[[]float32]
)

// filters returns the packed filters w, HWIO, whose output channels are
// multiplied by scales.
func (p *planner) filters(s simd.ConvShape, w *tensor, scales [][]float32) *simd.Filters {
	return allFilters.get(keyOf(w, scales, s.KH, s.KW, s.C/s.Groups, s.K, s.Groups), func() *simd.Filters {
		all := p.passing(w.m)
		own := w.m.data == nil
		var x []float32
		if w.laid(upTo(len(w.dims))) {
			x = all[w.off : w.off+w.size()]
		} else {
			p.turned = slices.Grow(p.turned[:0], w.size())[:w.size()]
			x, own = p.turned, true
			newTransfer(&tensor{dims: w.dims, strides: rowMajor(w.dims)}, w).run(x, all[w.off:])
		}
		if scales != nil && !own {
			x = slices.Clone(x)
		}
		for _, s := range scales {
			simd.BinaryRow(simd.Mul, x, x, s)
		}
		return simd.PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, x)
	})
}

// pack returns the packed matrix of a product.
func (d *denseProduct) pack(p *planner) *simd.Packed {
	rows, cols, flip := d.k, d.n, 0
	if d.flip {
		rows, cols, flip = d.n, d.k, 1
	}
	// scale multiplies stored rows, of which first is the first.
	scale := func(w []float32, ld, rows, first int) {
		for _, s := range d.scales {
			for i := range rows {
				row := w[i*ld : i*ld+cols]
				switch {
				case d.column < 0:
					simd.BinaryScalar(simd.Mul, row, row, s[0])
				case d.flip:
					simd.BinaryScalar(simd.Mul, row, row, s[first+i])
				default:
					simd.Binary(simd.Mul, row, row, s)
				}
			}
		}
	}
	return allPacked.get(keyOf(d.w, d.scales, d.k, d.n, d.ldw, flip, d.column), func() *simd.Packed {
		if m := d.w.m; m.weight != nil && m.data == nil && d.w.off == 0 && d.ldw == cols && m.size == rows*cols {
			next, first := m.weight.Read(), 0
			return simd.PackRows(d.flip, d.k, d.n, func(w []float32) {
				if err := next(w); err != nil {
					panic(failure{errors.WithMessagef(err, "weight %q", m.weight.Name)})
				}
				scale(w, cols, len(w)/cols, first)
				first += len(w) / cols
			})
		}
		w := p.passing(d.w.m)[d.w.off:][:(rows-1)*d.ldw+cols]
		if d.scales != nil && d.w.m.data != nil {
			w = slices.Clone(w)
		}
		scale(w, d.ldw, rows, 0)
		return simd.Pack(d.flip, d.k, d.n, w, d.ldw)
	})
}
