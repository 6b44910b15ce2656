package simd

import (
	"fmt"
	"math"
)

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
func MaxPool(dst, src []float32, w Window) {
	w.run(dst, src, func(x []float32, taps []float32, first bool) {
		if first {
			copy(x, taps)
			return
		}
		for i, v := range taps {
			if !(v <= x[i]) && x[i] == x[i] {
				x[i] = v
			}
		}
	}, func(x []float32, pixel int, none bool) {
		if none {
			for i := range x {
				x[i] = float32(math.Inf(-1))
			}
		}
	})
}

// SumPool sets dst, N×OutH×OutW×C, to the sum of each channel in each window
// times the scale. Padding counts as 0. There is one scale for all windows, or
// one for each of the OutH×OutW of an image: average pooling has 1/(KH·KW), or
// one by the number of pixels that are no padding.
func SumPool(dst, src []float32, w Window, scale []float32) {
	if n := w.OutH() * w.OutW(); len(scale) != 1 && len(scale) != n {
		panic(fmt.Sprintf("simd: %d scales for %d windows", len(scale), n))
	}
	w.run(dst, src, func(x []float32, taps []float32, first bool) {
		if first {
			copy(x, taps)
			return
		}
		for i, v := range taps {
			x[i] += v
		}
	}, func(x []float32, pixel int, none bool) {
		if none {
			clear(x)
		}
		s := scale[0]
		if len(scale) > 1 {
			s = scale[pixel]
		}
		for i := range x {
			x[i] *= s
		}
	})
}

func (w Window) run(dst, src []float32, tap func(x, taps []float32, first bool), end func(x []float32, pixel int, none bool)) {
	if err := w.Check(); err != nil {
		panic(err)
	}
	rows, cols := w.rows(), w.columns()
	if len(dst) < w.N*rows.out*cols.out*w.C || len(src) < w.N*w.H*w.W*w.C {
		panic(fmt.Sprintf("simd: pooling %d to %d elements: %+v", len(src), len(dst), w))
	}
	Parallel(w.N*rows.out, Grain(cols.out*w.C*w.KH*w.KW), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			n, oy := r/rows.out, r%rows.out
			y0, y1 := rows.valid(oy)
			for ox := range cols.out {
				x0, x1 := cols.valid(ox)
				out := dst[(r*cols.out+ox)*w.C:][:w.C]
				first := true
				for ky := y0; ky < y1; ky++ {
					for kx := x0; kx < x1; kx++ {
						iy, ix := oy*w.StrideH-w.PadTop+ky*w.DilationH, ox*w.StrideW-w.PadLeft+kx*w.DilationW
						tap(out, src[((n*w.H+iy)*w.W+ix)*w.C:][:w.C], first)
						first = false
					}
				}
				end(out, oy*cols.out+ox, first)
			}
		}
	})
}

// GlobalSum sets dst, n×c, to the sum over the hw pixels of src, n×hw×c, times
// the scale: global average pooling has 1/hw.
func GlobalSum(dst, src []float32, n, hw, c int, scale float32) {
	if min(n, hw, c) < 0 || !fits(n, hw, c) || len(dst) < n*c || len(src) < n*hw*c {
		panic(fmt.Sprintf("simd: sum of %d×%d×%d over %d to %d elements", n, hw, c, len(src), len(dst)))
	}
	Parallel(n, Grain(hw*c), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			out := dst[i*c:][:c]
			clear(out)
			for p := range hw {
				for j, v := range src[(i*hw+p)*c:][:c] {
					out[j] += v
				}
			}
			for j := range out {
				out[j] *= scale
			}
		}
	})
}
