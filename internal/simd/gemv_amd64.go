package simd

import "unsafe"

func dotsAsm(l Level, size int, y, a, x unsafe.Pointer, rows, lda, n int) {
	switch {
	case l == AVX512 && size == 4:
		dots32AVX512((*float32)(y), (*float32)(a), (*float32)(x), rows, lda, n)
	case l == AVX512:
		dots64AVX512((*float64)(y), (*float64)(a), (*float64)(x), rows, lda, n)
	case size == 4:
		dots32AVX2((*float32)(y), (*float32)(a), (*float32)(x), rows, lda, n)
	default:
		dots64AVX2((*float64)(y), (*float64)(a), (*float64)(x), rows, lda, n)
	}
}

func axpysAsm(l Level, size int, y, b, x unsafe.Pointer, rows, ldb, n int) {
	switch {
	case l == AVX512 && size == 4:
		axpys32AVX512((*float32)(y), (*float32)(b), (*float32)(x), rows, ldb, n)
	case l == AVX512:
		axpys64AVX512((*float64)(y), (*float64)(b), (*float64)(x), rows, ldb, n)
	case size == 4:
		axpys32AVX2((*float32)(y), (*float32)(b), (*float32)(x), rows, ldb, n)
	default:
		axpys64AVX2((*float64)(y), (*float64)(b), (*float64)(x), rows, ldb, n)
	}
}

func turnAsm(size int, dst, src unsafe.Pointer, ldd, lds, rows, cols int) {
	if size == 4 {
		turn32AVX2((*float32)(dst), (*float32)(src), ldd, lds, rows, cols)
	} else {
		turn64AVX2((*float64)(dst), (*float64)(src), ldd, lds, rows, cols)
	}
}
