package simd

func run32(l Level, t *tileOp32) {
	if l == AVX512 {
		tile32AVX512(t)
	} else {
		tile32AVX2(t)
	}
}

func run64(l Level, t *tileOp64) {
	if l == AVX512 {
		tile64AVX512(t)
	} else {
		tile64AVX2(t)
	}
}
