package simd

import (
	"fmt"
	"math/bits"
)

// A ConvShape is the geometry of a 2-D convolution over images in the order
// NHWC (batch, row, column, channel).
type ConvShape struct {
	N, H, W, C int // of the input
	K          int // output channels
	KH, KW     int // of the filters

	StrideH, StrideW                     int // 1 or more
	PadTop, PadLeft, PadBottom, PadRight int // zeros around each image
	DilationH, DilationW                 int // from one tap of a filter to the next, 1 or more

	// Groups divides C and K: output channels of a group see the input
	// channels of that group only.
	Groups int
}

// OutH returns the rows of the output, 0 or less where filters do not fit.
func (s ConvShape) OutH() int { return s.rows().out }

// OutW returns the columns of the output, 0 or less where filters do not fit.
func (s ConvShape) OutW() int { return s.columns().out }

func (s ConvShape) rows() axis {
	return newAxis(s.H, s.KH, s.StrideH, s.PadTop, s.PadBottom, s.DilationH)
}

func (s ConvShape) columns() axis {
	return newAxis(s.W, s.KW, s.StrideW, s.PadLeft, s.PadRight, s.DilationW)
}

// Check says what is wrong with the shape: a number that is not positive (or
// negative padding), groups that do not divide the channels, filters that do
// not fit into the padded image, or so many elements that their count
// overflows.
func (s ConvShape) Check() error {
	if s.Groups < 1 || s.C%s.Groups != 0 || s.K%s.Groups != 0 || s.K < 1 {
		return fmt.Errorf("simd: convolution of %d channels to %d in %d groups", s.C, s.K, s.Groups)
	}
	w := s.window()
	if err := w.Check(); err != nil {
		return err
	}
	if !fits(s.KH, s.KW, s.C/s.Groups, s.K) || !fits(s.N, s.OutH(), s.OutW(), s.K) {
		return fmt.Errorf("simd: convolution is too large: %+v", s)
	}
	return nil
}

func (s ConvShape) window() Window {
	return Window{N: s.N, H: s.H, W: s.W, C: s.C, KH: s.KH, KW: s.KW, StrideH: s.StrideH, StrideW: s.StrideW,
		PadTop: s.PadTop, PadLeft: s.PadLeft, PadBottom: s.PadBottom, PadRight: s.PadRight,
		DilationH: s.DilationH, DilationW: s.DilationW}
}

// fits reports whether that many float32 can be addressed, with room to spare.
func fits(dims ...int) bool {
	n := uint64(4)
	for _, d := range dims {
		hi, lo := bits.Mul64(n, uint64(d))
		if d < 0 || hi != 0 || lo >= 1<<47 {
			return false
		}
		n = max(lo, 1)
	}
	return true
}

// An axis is one spatial dimension of a convolution or a pooling window.
type axis struct{ in, out, taps, stride, pad, dilation int }

func newAxis(in, taps, stride, before, after, dilation int) axis {
	a := axis{in, 0, taps, stride, before, dilation}
	if room := in + before + after - (taps-1)*dilation - 1; room >= 0 && stride > 0 {
		a.out = room/stride + 1
	}
	return a
}

// valid returns the taps [lo, hi) of output o that lie inside of the input.
func (a axis) valid(o int) (lo, hi int) {
	start := o*a.stride - a.pad
	if start < 0 {
		lo = (-start + a.dilation - 1) / a.dilation
	}
	if start < a.in {
		hi = (a.in-1-start)/a.dilation + 1
	}
	hi = min(hi, a.taps)
	return min(lo, hi), hi
}

// A span is a run of outputs [lo, hi) that see the same taps [first, last).
type span struct{ lo, hi, first, last int }

// spans divides the outputs of the axis into spans.
func (a axis) spans() []span {
	var all []span
	for o := range a.out {
		first, last := a.valid(o)
		if n := len(all); n > 0 && all[n-1].first == first && all[n-1].last == last {
			all[n-1].hi++
			continue
		}
		all = append(all, span{o, o + 1, first, last})
	}
	return all
}

// taps are those in [lo, hi).
type taps struct{ lo, hi int }

// valids returns the valid taps of each output.
func (a axis) valids() []taps {
	all := make([]taps, a.out)
	for o := range all {
		all[o].lo, all[o].hi = a.valid(o)
	}
	return all
}
