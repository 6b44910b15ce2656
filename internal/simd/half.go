package simd

import "math"

// FromFloat16 stores the IEEE half-precision numbers src as float32 in dst.
func FromFloat16(dst []float32, src []uint16) {
	alike("FromFloat16", len(dst), len(src))
	spread(len(src), func(lo, hi int) { fromFloat16(dst[lo:hi], src[lo:hi]) })
}

// FromBFloat16 stores the bfloat16 numbers src as float32 in dst.
func FromBFloat16(dst []float32, src []uint16) {
	alike("FromBFloat16", len(dst), len(src))
	spread(len(src), func(lo, hi int) { fromBFloat16(dst[lo:hi], src[lo:hi]) })
}

func fromFloat16Portable(dst []float32, src []uint16) {
	dst = dst[:len(src)]
	for i, h := range src {
		sign, rest := uint32(h&0x8000)<<16, uint32(h&0x7fff)<<13
		switch {
		case rest >= 0x0f800000: // infinite or NaN
			rest |= 0x7f800000
			if rest&0x7fffff != 0 {
				rest |= 0x400000 // quiet
			}
		case rest >= 0x00800000:
			rest += (127 - 15) << 23
		default: // subnormal or zero
			rest = math.Float32bits(float32(rest>>13) * 0x1p-24)
		}
		dst[i] = math.Float32frombits(sign | rest)
	}
}

func fromBFloat16Portable(dst []float32, src []uint16) {
	dst = dst[:len(src)]
	for i, h := range src {
		dst[i] = math.Float32frombits(uint32(h) << 16)
	}
}
