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
	if n*c <= stretch {
		softmaxRows(dst, src, c)
		return
	}
	spreadRows(n, c, func(lo, hi int) { softmaxRows(dst[lo*c:hi*c], src[lo*c:hi*c], c) })
}

func softmaxRows(dst, src []float32, c int) {
	for i := 0; i < len(src); i += c {
		softmaxRow(dst[i:i+c], src[i:i+c])
	}
}

func softmaxRow(dst, src []float32) {
	m := Largest(src)
	var sum float64
	for lo := 0; lo < len(src); lo += stretch {
		hi := min(lo+stretch, len(src))
		sum += float64(expSum(dst[lo:hi], src[lo:hi], m))
	}
	scale := float32(1 / sum)
	for lo := 0; lo < len(src); lo += stretch {
		part := dst[lo:min(lo+stretch, len(src))]
		vectorScalar(Mul, part, part, scale)
	}
}
