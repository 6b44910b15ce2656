package simd

// Softmax stores the softmax of each of n rows of c elements:
//
//	dst[i,j] = e^(src[i,j]−m) / Σ_k e^(src[i,k]−m), m = max_k src[i,k]
//
// A row with NaN or +Inf, and a row of −Inf alone, become NaN. dst may be src.
func Softmax(dst, src []float32, n, c int) {
	shaped("Softmax", len(src), n, c)
	alike("Softmax", len(src), len(dst))
	if c == 0 {
		return
	}
	spreadRows(n, c, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			softmaxRow(dst[i*c:(i+1)*c], src[i*c:(i+1)*c])
		}
	})
}

func softmaxRowPortable(dst, src []float32) {
	m := src[0]
	for _, x := range src {
		if x > m {
			m = x
		}
	}
	dst = dst[:len(src)]
	var sum float64
	for i, x := range src {
		e := exp32(x - m)
		dst[i] = e
		sum += float64(e)
	}
	s := float32(1 / sum)
	for i := range dst {
		dst[i] *= s
	}
}
