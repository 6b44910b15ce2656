package simd

import "fmt"

// A Window is the geometry of pooling over images in the order NHWC.
type Window struct {
	N, H, W, C int // of the input
	KH, KW     int // of the window

	StrideH, StrideW                     int // 1 or more
	PadTop, PadLeft, PadBottom, PadRight int // around each image
	DilationH, DilationW                 int // from one element of the window to the next, 1 or more
}

// OutH returns the rows of the output, 0 where the window does not fit.
func (w Window) OutH() int { return w.rows().out }

// OutW returns the columns of the output, 0 where the window does not fit.
func (w Window) OutW() int { return w.columns().out }

func (w Window) rows() axis {
	return newAxis(w.H, w.KH, w.StrideH, w.PadTop, w.PadBottom, w.DilationH)
}

func (w Window) columns() axis {
	return newAxis(w.W, w.KW, w.StrideW, w.PadLeft, w.PadRight, w.DilationW)
}

// Check says what is wrong with the shape: a number that is not positive (or
// negative padding), a window that does not fit into the padded image, or more
// elements than can be addressed.
func (w Window) Check() error {
	if min(w.N, w.H, w.W, w.C, w.KH, w.KW, w.StrideH, w.StrideW, w.DilationH, w.DilationW) < 1 {
		return fmt.Errorf("simd: window with a number below 1: %+v", w)
	}
	if min(w.PadTop, w.PadLeft, w.PadBottom, w.PadRight) < 0 {
		return fmt.Errorf("simd: window with negative padding: %+v", w)
	}
	if !fits(w.KH, w.DilationH) || !fits(w.KW, w.DilationW) || !fits(1, w.PadTop) || !fits(1, w.PadBottom) ||
		!fits(1, w.PadLeft) || !fits(1, w.PadRight) || !fits(1, w.StrideH) || !fits(1, w.StrideW) || !fits(w.N, w.H, w.W, w.C) {
		return fmt.Errorf("simd: window is too large: %+v", w)
	}
	if w.OutH() < 1 || w.OutW() < 1 {
		return fmt.Errorf("simd: the window does not fit into the image: %+v", w)
	}
	if !fits(w.N, w.OutH(), w.OutW(), w.C) {
		return fmt.Errorf("simd: window is too large: %+v", w)
	}
	return nil
}

// MaxPool sets dst, N×OutH×OutW×C, to the maximum of each channel in each
// window. Padding counts as −Inf; a window with a NaN gives NaN.
func MaxPool(dst, src []float32, w Window) { w.pool(windowMax, dst, src, nil) }

// SumPool sets dst, N×OutH×OutW×C, to the sum of each channel in each window
// times the scale. Padding counts as 0. There is one scale for all windows, or
// one for each of the OutH×OutW of an image: average pooling has 1/(KH·KW), or
// one by the number of pixels that are no padding.
func SumPool(dst, src []float32, w Window, scale []float32) {
	if n := w.OutH() * w.OutW(); len(scale) != 1 && len(scale) != n {
		panic(fmt.Sprintf("simd: %d scales for %d windows", len(scale), n))
	}
	w.pool(windowSum, dst, src, scale)
}

func (w Window) pool(op windowOp, dst, src, scale []float32) {
	if err := w.Check(); err != nil {
		panic(err)
	}
	if len(dst) < w.N*w.OutH()*w.OutW()*w.C || len(src) < w.N*w.H*w.W*w.C {
		panic(fmt.Sprintf("simd: pooling %d to %d elements: %+v", len(src), len(dst), w))
	}
	r := windowRun{Window: w, op: op, dst: dst, src: src, scale: scale}
	r.run()
}

// GlobalSum sets dst, n×c, to the sum over the hw pixels of src, n×hw×c, times
// the scale: global average pooling has 1/hw.
func GlobalSum(dst, src []float32, n, hw, c int, scale float32) {
	if min(n, hw, c) < 0 || !fits(n, hw, c) || len(dst) < n*c || len(src) < n*hw*c {
		panic(fmt.Sprintf("simd: sum of %d×%d×%d over %d to %d elements", n, hw, c, len(src), len(dst)))
	}
	if hw == 0 {
		clear(dst[:n*c])
		return
	}
	const block = 64 // channels that are summed together
	blocks := (c + block - 1) / block
	Parallel(n*blocks, Grain(hw*min(c, block)), func(lo, hi int) {
		for lo < hi {
			i, first := lo/blocks, lo%blocks
			last := min(blocks, first+hi-lo, first+max(1, maxWindowCall/(hw*block)))
			from, to := first*block, min(c, last*block)
			sumPixels(dst[i*c+from:i*c+to], src[i*hw*c+from:], hw, c, scale)
			lo += last - first
		}
	})
}
