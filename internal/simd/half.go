package simd

import "math"

// FromFloat16 stores the IEEE half-precision numbers src as float32 in dst.
func FromFloat16(dst []float32, src []uint16) {
	alike("FromFloat16", len(dst), len(src))
	spread(len(src), func(lo, hi int) { fromFloat16(dst[lo:hi], src[lo:hi]) })
}

// ToFloat16 stores src in half precision, rounded to nearest, ties to even.
// What is too large becomes infinite; NaN stays NaN.
func ToFloat16(dst []uint16, src []float32) {
	alike("ToFloat16", len(dst), len(src))
	spread(len(src), func(lo, hi int) { toFloat16(dst[lo:hi], src[lo:hi]) })
}

// FromBFloat16 stores the bfloat16 numbers src as float32 in dst.
func FromBFloat16(dst []float32, src []uint16) {
	alike("FromBFloat16", len(dst), len(src))
	spread(len(src), func(lo, hi int) { fromBFloat16(dst[lo:hi], src[lo:hi]) })
}

// ToBFloat16 stores src as bfloat16, rounded to nearest, ties to even. NaN
// stays NaN.
func ToBFloat16(dst []uint16, src []float32) {
	alike("ToBFloat16", len(dst), len(src))
	spread(len(src), func(lo, hi int) { toBFloat16(dst[lo:hi], src[lo:hi]) })
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

func toFloat16Portable(dst []uint16, src []float32) {
	dst = dst[:len(src)]
	for i, x := range src {
		bits := math.Float32bits(x)
		sign, rest := uint16(bits>>16&0x8000), bits&0x7fffffff
		switch {
		case rest > 0x7f800000:
			dst[i] = sign | 0x7e00 | uint16(rest>>13&0x3ff)
		case rest >= 0x477ff000: // rounds to 2¹⁶ or more
			dst[i] = sign | 0x7c00
		case rest < 0x38800000: // below 2⁻¹⁴: let the addition round
			dst[i] = sign | uint16(math.Float32bits(math.Float32frombits(rest)+.5)-0x3f000000)
		default:
			rest += 0xfff + rest>>13&1
			dst[i] = sign | uint16(rest>>13-(127-15)<<10)
		}
	}
}

func fromBFloat16Portable(dst []float32, src []uint16) {
	dst = dst[:len(src)]
	for i, h := range src {
		dst[i] = math.Float32frombits(uint32(h) << 16)
	}
}

func toBFloat16Portable(dst []uint16, src []float32) {
	dst = dst[:len(src)]
	for i, x := range src {
		bits := math.Float32bits(x)
		if bits&0x7fffffff > 0x7f800000 {
			bits |= 0x400000
		} else {
			bits += 0x7fff + bits>>16&1
		}
		dst[i] = uint16(bits >> 16)
	}
}
