package simd

import "unsafe"

//go:generate go run -C gen ./rows/activation -out ../activation_amd64.s -stubs ../activation_amd64_stubs.go -pkg simd

// run applies a to one stretch.
func (a Activation) run(dst, src []float32) {
	dst = dst[:len(src)]
	d, s, n := unsafe.SliceData(dst), unsafe.SliceData(src), len(src)
	switch {
	case a == None:
		copy(dst, src)
	case Active() == AVX512:
		a.runAVX512(d, s, n)
	case Active() == AVX2:
		a.runAVX2(d, s, n)
	default:
		a.portable(dst, src)
	}
}

func (a Activation) runAVX512(dst, src *float32, n int) {
	switch a {
	case SiLU:
		siluAVX512(dst, src, n)
	case GELU:
		geluAVX512(dst, src, n)
	case GELUTanh:
		geluTanhAVX512(dst, src, n)
	case Sigmoid:
		sigmoidAVX512(dst, src, n)
	case Tanh:
		tanhAVX512(dst, src, n)
	case HardSwish:
		hardSwishAVX512(dst, src, n)
	case HardSigmoid:
		hardSigmoidAVX512(dst, src, n)
	case Erf:
		erfAVX512(dst, src, n)
	case Exp:
		expAVX512(dst, src, n)
	case Log:
		logAVX512(dst, src, n)
	case Sqrt:
		sqrtAVX512(dst, src, n)
	case Rsqrt:
		rsqrtAVX512(dst, src, n)
	case Reciprocal:
		reciprocalAVX512(dst, src, n)
	case Neg:
		negAVX512(dst, src, n)
	case Abs:
		absAVX512(dst, src, n)
	}
}

func (a Activation) runAVX2(dst, src *float32, n int) {
	switch a {
	case SiLU:
		siluAVX2(dst, src, n)
	case GELU:
		geluAVX2(dst, src, n)
	case GELUTanh:
		geluTanhAVX2(dst, src, n)
	case Sigmoid:
		sigmoidAVX2(dst, src, n)
	case Tanh:
		tanhAVX2(dst, src, n)
	case HardSwish:
		hardSwishAVX2(dst, src, n)
	case HardSigmoid:
		hardSigmoidAVX2(dst, src, n)
	case Erf:
		erfAVX2(dst, src, n)
	case Exp:
		expAVX2(dst, src, n)
	case Log:
		logAVX2(dst, src, n)
	case Sqrt:
		sqrtAVX2(dst, src, n)
	case Rsqrt:
		rsqrtAVX2(dst, src, n)
	case Reciprocal:
		reciprocalAVX2(dst, src, n)
	case Neg:
		negAVX2(dst, src, n)
	case Abs:
		absAVX2(dst, src, n)
	}
}
