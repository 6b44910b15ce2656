package simd

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
	}
	c.tapBytes = make([]int64, c.taps)
	c.seen = [2][]taps{c.rows.valids(), c.cols.valids()}
	width := c.width()
	for t := range c.taps {
		ky, kx := t, 0
		if !c.merged {
			ky, kx = t/s.KW, t%s.KW
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

// plain reports whether the pixels are rows of a matrix as they are.
func (c *Conv) plain() bool {
	s := &c.shape
	return s.KH == 1 && s.KW == 1 && s.StrideH == 1 && s.StrideW == 1 && c.rows.out == s.H && c.cols.out == s.W && s.PadTop == 0 && s.PadLeft == 0
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
