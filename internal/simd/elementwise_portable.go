package simd

func vectorsPortable[T Float](op BinaryOp, dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	switch op {
	case Add:
		for i, x := range a {
			dst[i] = x + b[i]
		}
	case Sub:
		for i, x := range a {
			dst[i] = x - b[i]
		}
	case Mul:
		for i, x := range a {
			dst[i] = x * b[i]
		}
	case Div:
		for i, x := range a {
			dst[i] = x / b[i]
		}
	case Max:
		for i, x := range a {
			dst[i] = max(x, b[i])
		}
	case Min:
		for i, x := range a {
			dst[i] = min(x, b[i])
		}
	}
}

func vectorScalarPortable[T Float](op BinaryOp, dst, a []T, s T) {
	a = a[:len(dst)]
	switch op {
	case Add:
		for i, x := range a {
			dst[i] = x + s
		}
	case Sub:
		for i, x := range a {
			dst[i] = x - s
		}
	case Mul:
		for i, x := range a {
			dst[i] = x * s
		}
	case Div:
		for i, x := range a {
			dst[i] = x / s
		}
	case Max:
		for i, x := range a {
			dst[i] = max(x, s)
		}
	case Min:
		for i, x := range a {
			dst[i] = min(x, s)
		}
	}
}

func scalarVectorPortable[T Float](op BinaryOp, dst []T, s T, a []T) {
	a = a[:len(dst)]
	switch op {
	case Sub:
		for i, x := range a {
			dst[i] = s - x
		}
	case Div:
		for i, x := range a {
			dst[i] = s / x
		}
	default:
		vectorScalarPortable(op, dst, a, s)
	}
}

func axpyPortable[T Float](dst []T, a T, x []T) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] += a * v
	}
}

func clipPortable(dst, src []float32, lo, hi float32) {
	dst = dst[:len(src)]
	for i, x := range src {
		dst[i] = min(max(x, lo), hi)
	}
}

func normalizePortable(dst, src, gamma, beta []float32, mean, scale float32) {
	src, gamma, beta = src[:len(dst)], gamma[:len(dst)], beta[:len(dst)]
	for i, x := range src {
		dst[i] = (x-mean)*scale*gamma[i] + beta[i]
	}
}
