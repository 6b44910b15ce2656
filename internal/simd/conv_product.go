package simd

import (
	"sync"
	"unsafe"
)

// product runs the convolution.
func (c *Conv) product(dst, src []float32, e *Epilogue) {
	s := c.shape
	r := convRun{Conv: c, level: Active(), dst: dst, src: src, e: *e, images: s.N}
	r.tiling = tilingOf[float32](r.level)
	r.b, r.sets = c.f.at(r.level)
	if !c.merged || s.PadLeft+s.PadRight == 0 {
		r.run()
		return
	}
	// Some images at once, so that the copies stay in the cache.
	size, pixels := s.H*c.width()*s.C, c.rows.out*c.cols.out
	some := min(s.N, max(1, stageFloats/size))
	stage := takeStage(some * size)
	defer stage.giveBack()
	for n := 0; n < s.N; n += some {
		r.images = min(some, s.N-n)
		r.src = stage.pad(src[n*s.H*s.W*s.C:][:r.images*s.H*s.W*s.C], s.W*s.C, s.PadLeft*s.C, s.PadRight*s.C)
		r.dst = dst[n*pixels*s.K:]
		if e.Residual != nil {
			r.e.Residual = e.Residual[n*pixels*e.Stride:]
		}
		r.run()
	}
}

// A convRun is a convolution of some images.
type convRun struct {
	*Conv
	level    Level
	tiling   tiling
	dst, src []float32
	e        Epilogue
	images   int
	b        []float32
	sets     [][]panel
}

// run spreads panels and tiles of pixels over the processors.
func (r *convRun) run() {
	pixels := r.images * r.rows.out * r.cols.out
	tiles := (pixels + r.tiling.rows - 1) / r.tiling.rows
	sets := r.sets
	cost := 2 * pixels / tiles * r.taps * r.depth * (r.shape.K + len(sets) - 1) / len(sets)
	Parallel(len(sets)*tiles, Grain(cost), func(lo, hi int) {
		k := r.kernel(pixels, tiles)
		defer k.giveBack()
		for lo < hi {
			// Items are ordered by chunk, set and tile.
			begin := lo / (len(sets) * blockTiles) * blockTiles
			end := min(tiles, begin+blockTiles)
			at := lo - begin*len(sets)
			set, first := at/(end-begin), begin+at%(end-begin)
			last := min(end, first+hi-lo)
			k.chunk(sets[set], first, last)
			lo += last - first
		}
	})
}

// A convKernel does a part of a run on one processor.
type convKernel struct {
	*convRun
	pixels, tiles int
	ahead         bool    // fetch where the next tile goes
	off           []int64 // for each tile of a chunk, tap and row
	first, last   int     // the tiles that off is for
	op            tileOp32
}

var kernels sync.Pool

func (r *convRun) kernel(pixels, tiles int) *convKernel {
	k, _ := kernels.Get().(*convKernel)
	if k == nil {
		k = &convKernel{}
	}
	*k = convKernel{convRun: r, pixels: pixels, tiles: tiles, off: k.off}
	k.ahead = r.level > Portable && pixels*r.shape.K > aheadFloats
	k.op = tileOp32{ldc: int64(4 * r.shape.K), ldr: int64(4 * r.e.Stride), alpha: 1, beta: 1}
	n := tileRows
	if !r.plain() {
		n *= min(tiles, blockTiles) * r.taps
	}
	if cap(k.off) < n {
		k.off = make([]int64, n)
	}
	k.off = k.off[:n]
	if r.plain() {
		for i := range k.off {
			k.off[i] = int64(4 * i * r.shape.C)
		}
	}
	return k
}

func (k *convKernel) giveBack() {
	*k = convKernel{off: k.off}
	kernels.Put(k)
}

// tile returns the pixels [lo, hi) of tile t.
func (k *convKernel) tile(t int) (lo, hi int) {
	return t * k.pixels / k.tiles, (t + 1) * k.pixels / k.tiles
}

// chunk does tiles [first, last) of these panels.
func (k *convKernel) chunk(panels []panel, first, last int) {
	plain := k.plain()
	final := panels[len(panels)-1]
	columns := final.column + final.n - panels[0].column
	if !plain && (k.first != first || k.last != last) {
		k.first, k.last = first, last
		for t := first; t < last; t++ {
			lo, hi := k.tile(t)
			k.offsets(k.off[(t-first)*k.taps*tileRows:][:k.taps*tileRows], lo, hi)
		}
	}
	e, op := &k.e, &k.op
	lo, hi := e.clip()
	clip := e.Act == None && (e.Lo != 0 || e.Hi != 0)
	op.lo, op.hi = lo, hi
	for i, block := range k.blocks {
		op.taps, op.depth = int64(block.taps), int64(block.depth)
		op.flags = 0
		if i > 0 {
			op.flags |= tileReadC
		}
		if clip && i == len(k.blocks)-1 {
			op.flags |= tileClip
		}
		for t := first; t < last; t++ {
			lo, hi := k.tile(t)
			op.rows = int64(hi - lo)
			if k.ahead && i == 0 && t+1 < k.tiles {
				_, end := k.tile(t + 1)
				fetchRows(&k.dst[hi*k.shape.K+panels[0].column], end-hi, 4*k.shape.K, 4*columns)
			}
			a := block.channel
			if plain {
				a += lo * k.shape.C
				op.off = &k.off[0]
			} else {
				op.off = &k.off[((t-first)*k.taps+block.tap)*tileRows]
			}
			for j := range panels {
				p := &panels[j]
				op.a = unsafe.Pointer(&k.src[a+p.channel])
				op.b = unsafe.Pointer(&k.b[p.b+block.row*p.vecs*k.tiling.lanes])
				op.c = unsafe.Pointer(&k.dst[lo*k.shape.K+p.column])
				op.vecs, op.tail = int64(p.vecs), int64(p.tail)
				op.bias, op.resid = nil, nil
				if i == 0 {
					if e.Bias != nil {
						op.bias = unsafe.Pointer(&e.Bias[p.column])
					}
					if e.Residual != nil {
						op.resid = unsafe.Pointer(&e.Residual[lo*e.Stride+p.column])
					}
				}
				op.run(k.level)
			}
		}
	}
	if e.Act != None {
		from, _ := k.tile(first)
		_, to := k.tile(last - 1)
		e.activate(k.dst[from*k.shape.K:to*k.shape.K], k.shape.K, panels[0].column, panels[0].column+columns)
	}
}
