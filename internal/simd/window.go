package simd

import (
	"math"
	"unsafe"
)

// windowArgs tells a kernel what to do with a row (or column, or any regular
// row of steps) of output pixels that see the same taps of their windows. All
// steps are in bytes. Package gen/window knows the order of the fields.
type windowArgs struct {
	dst, src       unsafe.Pointer // first pixel; first tap of its window
	weights        unsafe.Pointer // of that tap
	bias           unsafe.Pointer // or nil
	residual       unsafe.Pointer // or nil
	scale          unsafe.Pointer // one number for a pixel
	pixels         int
	channels       int
	rows, cols     int // of taps
	srcStep        int // from pixel to pixel
	dstStep        int
	residualStep   int
	scaleStep      int
	srcRow, srcCol int // from tap to tap
	weightRow      int
	weightCol      int
	ahead          int // not 0: fetch what the next row of outputs adds
	srcAt, dstAt   int // scratch of the kernel, 0
	residualAt     int
	scaleAt        int
	lo, hi         float32 // bounds; a maximum begins with lo
}

// A windowOp is what happens to the elements of a window.
type windowOp uint8

const (
	windowFMA  windowOp = iota // depthwise convolution
	windowFour                 // convolution in groups of four channels
	windowMax
	windowSum
)

// A windowRun is one operation over all windows of a batch of images.
type windowRun struct {
	Window
	op       windowOp
	dst, src []float32
	weights  []float32 // KH×KW×C, with four rows of C for each tap in groups of four
	scale    []float32
	e        Epilogue
	slide    func(*windowArgs) // the kernel for rows with all taps, or nil
}

// windowBand is how many rows of output are done before the next begin, so
// that what their borders need is still in the cache.
const windowBand = 4

// aheadFloats is the size of images that are worth fetching ahead: more than
// a processor's part of the caches, 6 MiB.
const aheadFloats = 6 << 18

// run does it. The shapes have been checked.
func (r *windowRun) run() {
	rows, cols := r.rows(), r.columns()
	down, across := rows.spans(), cols.spans()
	kernel := windowKernel(r.op)
	if r.op == windowFMA && r.DilationW == 1 {
		r.slide = slideKernel(r.KW, r.StrideW)
	}
	Parallel(r.N*rows.out, Grain(2*cols.out*r.C*r.KH*r.KW), func(lo, hi int) {
		for lo < hi {
			n, y := lo/rows.out, lo%rows.out
			for _, d := range down {
				if y < d.lo || y >= d.hi {
					continue
				}
				end := min(d.hi, y+windowBand, y+hi-lo)
				for _, a := range across {
					r.block(kernel, n, span{y, end, d.first, d.last}, a)
				}
				lo += end - y
				break
			}
		}
	})
}

// block does the outputs of image n where d and a meet.
func (r *windowRun) block(kernel func(*windowArgs), n int, d, a span) {
	ow := r.columns().out
	pixel := (n*r.OutH()+d.lo)*ow + a.lo
	c, group := 4*r.C, 1
	if r.op == windowFour {
		group = 4
	}
	args := windowArgs{
		dst:       unsafe.Pointer(&r.dst[pixel*r.C]),
		src:       unsafe.Pointer(&r.src[0]),
		channels:  r.C,
		rows:      d.last - d.first,
		cols:      a.last - a.first,
		srcRow:    r.DilationH * r.W * c,
		srcCol:    r.DilationW * c,
		weightRow: r.KW * group * c,
		weightCol: group * c,
	}
	if r.N*r.H*r.W*r.C > aheadFloats {
		args.ahead = 1
	}
	if args.rows == 0 || args.cols == 0 {
		args.rows = 0
	} else {
		y, x := d.lo*r.StrideH-r.PadTop+d.first*r.DilationH, a.lo*r.StrideW-r.PadLeft+a.first*r.DilationW
		args.src = unsafe.Pointer(&r.src[((n*r.H+y)*r.W+x)*r.C])
	}
	args.lo, args.hi = r.e.clip()
	if r.e.Act != None {
		args.lo, args.hi = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	switch r.op {
	case windowFMA, windowFour:
		args.weights = unsafe.Pointer(&r.weights[0])
		if args.rows > 0 {
			args.weights = unsafe.Pointer(&r.weights[(d.first*r.KW+a.first)*group*r.C])
		}
		if r.e.Bias != nil {
			args.bias = unsafe.Pointer(&r.e.Bias[0])
		}
		if r.e.Residual != nil {
			args.residual = unsafe.Pointer(&r.e.Residual[pixel*r.e.Stride])
		}
	case windowMax:
		args.lo = float32(math.Inf(-1))
	case windowSum:
		args.scale = unsafe.Pointer(&r.scale[0])
		if len(r.scale) > 1 {
			args.scale = unsafe.Pointer(&r.scale[d.lo*ow+a.lo])
		}
	}

	// Along rows or, where the block is narrow, along columns.
	lines, high, wide := d.hi-d.lo, r.StrideH*r.W*c, r.StrideW*c
	line, step := ow, 1 // pixels of the output
	args.pixels, args.srcStep = a.hi-a.lo, wide
	next := high
	if args.pixels < lines {
		lines, args.pixels = args.pixels, lines
		line, step = step, line
		args.srcStep, next = high, wide
	} else if r.slide != nil && args.cols == r.KW {
		kernel = r.slide
	}
	args.dstStep, args.residualStep = step*c, 4*step*r.e.Stride
	if len(r.scale) > 1 {
		args.scaleStep = 4 * step
	}
	for i := range lines {
		row := args
		row.dst = unsafe.Add(args.dst, i*line*c)
		if args.rows > 0 {
			row.src = unsafe.Add(args.src, i*next)
		}
		if args.residual != nil {
			row.residual = unsafe.Add(args.residual, 4*i*line*r.e.Stride)
		}
		if len(r.scale) > 1 {
			row.scale = unsafe.Add(args.scale, 4*i*line)
		}
		row.run(kernel)
	}
	if r.e.Act != None {
		for y := d.lo; y < d.hi; y++ {
			row := r.dst[(n*r.OutH()+y)*ow*r.C:][:ow*r.C]
			r.e.activate(row, len(row), a.lo*r.C, a.hi*r.C)
		}
	}
}

// maxWindowCall bounds the work of one call of assembly, in which a goroutine
// cannot be stopped.
const maxWindowCall = 1 << 22

// run calls the kernel, several times if there is much to do.
func (a *windowArgs) run(kernel func(*windowArgs)) {
	most := max(1, maxWindowCall/max(1, a.channels*max(1, a.rows*a.cols)))
	for done := 0; done < a.pixels; done += most {
		part := *a
		part.pixels = min(most, a.pixels-done)
		part.dst = unsafe.Add(a.dst, done*a.dstStep)
		if a.rows > 0 {
			part.src = unsafe.Add(a.src, done*a.srcStep)
		}
		if a.residual != nil {
			part.residual = unsafe.Add(a.residual, done*a.residualStep)
		}
		if a.scale != nil {
			part.scale = unsafe.Add(a.scale, done*a.scaleStep)
		}
		kernel(&part)
	}
}
