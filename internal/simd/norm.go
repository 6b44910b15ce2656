package simd

import "math"

// LayerNorm normalizes each of n rows of c elements to mean 0 and variance 1:
//
//	dst[i,j] = (src[i,j]−μ_i)/√(σ²_i+eps)·gamma[j] + beta[j]
//
// with μ_i and σ²_i the mean and the variance (divisor c) of row i, summed in
// float64 in two passes. gamma and beta may be nil (1 and 0). dst may be src.
func LayerNorm(dst, src, gamma, beta []float32, n, c int, eps float32) {
	shaped("LayerNorm", len(src), n, c)
	alike("LayerNorm", len(src), len(dst))
	if gamma != nil {
		alike("LayerNorm", c, len(gamma))
	}
	if beta != nil {
		alike("LayerNorm", c, len(beta))
	}
	if n == 0 || c == 0 {
		return
	}
	if gamma == nil {
		gamma = filled(c, 1)
	}
	if beta == nil {
		beta = make([]float32, c)
	}
	if n*c <= stretch {
		layerNormRows(dst, src, gamma, beta, eps)
		return
	}
	spreadRows(n, c, func(lo, hi int) { layerNormRows(dst[lo*c:hi*c], src[lo*c:hi*c], gamma, beta, eps) })
}

func layerNormRows(dst, src, gamma, beta []float32, eps float32) {
	c := len(gamma)
	for i := 0; i < len(src); i += c {
		layerNormRow(dst[i:i+c], src[i:i+c], gamma, beta, eps)
	}
}

func layerNormRow(dst, src, gamma, beta []float32, eps float32) {
	n := len(src)
	mean := sum64(src) / float64(n)
	var variance float64
	for lo := 0; lo < n; lo += stretch {
		variance += deviations(src[lo:min(lo+stretch, n)], mean)
	}
	variance /= float64(n)
	scale := 1 / math.Sqrt(variance+float64(eps))
	for lo := 0; lo < n; lo += stretch {
		hi := min(lo+stretch, n)
		normalize(dst[lo:hi], src[lo:hi], gamma[lo:hi], beta[lo:hi], float32(mean), float32(scale))
	}
}
