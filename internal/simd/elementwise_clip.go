package simd

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

func filled(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}
