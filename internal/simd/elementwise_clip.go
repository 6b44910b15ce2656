package simd

import (
	"fmt"
	"math"
)

// Clip stores src[i], or the bound that it is beyond, in dst[i]. NaN stays NaN.
// The bounds may be infinite: Clip(x, x, 0, +Inf) is ReLU. dst may be src.
func Clip(dst, src []float32, lo, hi float32) {
	alike("Clip", len(dst), len(src))
	if len(src) <= stretch {
		clipStretch(dst, src, lo, hi)
		return
	}
	spread(len(src), func(i, j int) { clipStretch(dst[i:j], src[i:j], lo, hi) })
}

// ScaleShift stores src[i,j]·scale[j] + shift[j] in dst[i,j]: batch
// normalization with its statistics folded. Rows are as long as scale and
// shift, either of which may be nil (1 and 0). dst may be src.
func ScaleShift(dst, src, scale, shift []float32) {
	inf := float32(math.Inf(1))
	ScaleShiftClip(dst, src, scale, shift, -inf, inf)
}

// ScaleShiftClip is ScaleShift followed by Clip.
func ScaleShiftClip(dst, src, scale, shift []float32, lo, hi float32) {
	alike("ScaleShift", len(dst), len(src))
	c := max(len(scale), len(shift))
	if len(src) == 0 {
		return
	}
	if scale == nil && shift == nil {
		Clip(dst, src, lo, hi)
		return
	}
	if c == 0 || len(src)%c != 0 || scale != nil && len(scale) != c || shift != nil && len(shift) != c {
		panic(fmt.Sprintf("simd: ScaleShift: %d elements, scale %d, shift %d", len(src), len(scale), len(shift)))
	}
	if scale == nil {
		scale = filled(c, 1)
	}
	if shift == nil {
		shift = filled(c, float32(math.Copysign(0, -1))) // −0 + −0 is −0
	}
	if len(src) <= stretch {
		scaleShiftRows(dst, src, scale, shift, lo, hi)
		return
	}
	spreadRows(len(src)/c, c, func(i, j int) {
		scaleShiftRows(dst[i*c:j*c], src[i*c:j*c], scale, shift, lo, hi)
	})
}

// scaleShiftRows is ScaleShiftClip on this processor.
func scaleShiftRows(dst, src, scale, shift []float32, lo, hi float32) {
	var scales, shifts [tile]float32
	rows := len(src) / len(scale)
	scale, shift = repeat(scales[:], scale, rows), repeat(shifts[:], shift, rows)
	for i := 0; i < len(src); i += len(scale) {
		end := min(i+len(scale), len(src))
		for j := i; j < end; j += stretch {
			k := min(j+stretch, end)
			scaleShift(dst[j:k], src[j:k], scale[j-i:k-i], shift[j-i:k-i], lo, hi)
		}
	}
}

func filled(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}
