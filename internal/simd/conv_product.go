package simd

import (
	"sync"
	"unsafe"
)

// A convolution is a product of a matrix with a row for each output pixel and
// a column for each tap and input channel by the filters. The kernel finds the
// rows by their offsets, so the matrix is never made.

// A depthBlock is a part of the sums that one call of the kernel does.
type depthBlock struct {
	tap, taps      int
	channel, depth int // of each of these taps
	row            int // of the packed weights
}

const (
	// mergeChannels is up to how many channels the taps of a row are read as
	// one, at the price of a copy of the images if their sides are padded.
	mergeChannels = 16
	// blockDepth is the most rows of packed weights for one call: with 64
	// columns they are 192 KiB and stay in the second-level cache for all
	// pixels.
	blockDepth = 768
	// blockColumns is the number of output channels done for a tile of pixels
	// before the next tile.
	blockColumns = 64
	// blockTiles is how many tiles are begun before any of them is finished
	// when the depth is more than one block.
	blockTiles = 48
)

// planTaps divides the sums into taps and blocks for the kernel.
func (c *Conv) planTaps() {
	s := &c.shape
	in := s.C / s.Groups
	c.taps, c.depth = s.KH*s.KW, in
	c.merged = s.KW > 1 && s.Groups == 1 && s.DilationW == 1 && in <= mergeChannels && s.KW*in <= tileDepth
	if c.merged {
		c.taps, c.depth = s.KH, s.KW*in
		c.tapBytes = make([]int64, s.KH)
	}
	c.seen = [2][]taps{c.rows.valids(), c.cols.valids()}
	width := c.width()
	for t := range c.taps {
		ky, kx := t, 0
		if !c.merged {
			ky, kx = t/s.KW, t%s.KW
		}
		if !c.merged {
			c.tapBytes = append(c.tapBytes, 0)
		}
		c.tapBytes[t] = int64(4 * s.C * (ky*s.DilationH*width + kx*s.DilationW))
	}
	if c.depth > tileDepth {
		parts := (c.depth + tileDepth - 1) / tileDepth
		for t := range c.taps {
			for p := range parts {
				lo, hi := p*c.depth/parts, (p+1)*c.depth/parts
				c.blocks = append(c.blocks, depthBlock{t, 1, lo, hi - lo, t*c.depth + lo})
			}
		}
		return
	}
	parts := (c.taps*c.depth + blockDepth - 1) / blockDepth
	each := (c.taps + parts - 1) / parts
	for t := 0; t < c.taps; t += each {
		c.blocks = append(c.blocks, depthBlock{t, min(each, c.taps-t), 0, c.depth, t * c.depth})
	}
}

// width returns the pixels of a row of the images that the kernel reads.
func (c *Conv) width() int {
	if c.merged {
		return c.shape.W + c.shape.PadLeft + c.shape.PadRight
	}
	return c.shape.W
}

// product runs the convolution.
func (c *Conv) product(dst, src []float32, e *Epilogue) {
	s := c.shape
	r := convRun{Conv: c, level: Active(), dst: dst, src: src, e: *e, images: s.N}
	r.tiling = tilingOf[float32](r.level)
	r.b, r.sets = c.f.pack(r.level)
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

// plain reports whether the pixels are rows of a matrix as they are.
func (c *Conv) plain() bool {
	s := &c.shape
	return s.KH == 1 && s.KW == 1 && s.StrideH == 1 && s.StrideW == 1 && c.rows.out == s.H && c.cols.out == s.W && s.PadTop == 0 && s.PadLeft == 0
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

// offsets sets off to where the kernel finds the taps of pixels [lo, hi).
func (k *convKernel) offsets(off []int64, lo, hi int) {
	s := &k.shape
	width := k.width()
	ox := lo % k.cols.out
	oy := lo / k.cols.out % k.rows.out
	n := lo / (k.cols.out * k.rows.out)
	for i := range hi - lo {
		y, x := oy*s.StrideH-s.PadTop, ox*s.StrideW-s.PadLeft
		down, across, kw := k.seen[0][oy], k.seen[1][ox], s.KW
		if k.merged {
			x += s.PadLeft
			across, kw = taps{0, 1}, 1
		}
		at := int64(4 * s.C * ((n*s.H+y)*width + x))
		if down.hi-down.lo == s.KH && across.hi-across.lo == kw {
			for t, b := range k.tapBytes {
				off[t*tileRows+i] = at + b
			}
		} else {
			for t := range k.tapBytes {
				off[t*tileRows+i] = -1
			}
			for ky := down.lo; ky < down.hi; ky++ {
				for kx := across.lo; kx < across.hi; kx++ {
					off[(ky*kw+kx)*tileRows+i] = at + k.tapBytes[ky*kw+kx]
				}
			}
		}
		if ox++; ox == k.cols.out {
			ox = 0
			if oy++; oy == k.rows.out {
				oy = 0
				n++
			}
		}
	}
}

// activate applies the activation and the bounds to columns [lo, hi) of x, of
// rows of n.
func (e *Epilogue) activate(x []float32, n, lo, hi int) {
	if lo == 0 && hi == n {
		n, hi = len(x), len(x)
	}
	least, most := e.clip()
	for ; len(x) > 0; x = x[n:] {
		row := x[lo:hi]
		e.Act.apply(row)
		if e.Lo == 0 && e.Hi == 0 {
			continue
		}
		for i, v := range row {
			row[i] = min(max(v, least), most)
		}
	}
}
