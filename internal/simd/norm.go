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
	spreadRows(n, c, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			layerNormRow(dst[i*c:(i+1)*c], src[i*c:(i+1)*c], gamma, beta, eps)
		}
	})
}

func layerNormRowPortable(dst, src, gamma, beta []float32, eps float32) {
	mean := float32(sumPortable(src) / float64(len(src)))
	var squares [4]float64
	for i, x := range src {
		d := float64(x - mean)
		squares[i%4] += d * d
	}
	variance := (squares[0] + squares[1] + squares[2] + squares[3]) / float64(len(src))
	scale := float32(1 / math.Sqrt(variance+float64(eps)))
	dst, gamma, beta = dst[:len(src)], gamma[:len(src)], beta[:len(src)]
	for i, x := range src {
		dst[i] = (x-mean)*scale*gamma[i] + beta[i]
	}
}
