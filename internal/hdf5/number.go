package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Numbers returns what decodes elements of the type: it sets each of dst to
// the element of as many bytes in src. The numbers of an array type are decoded
// with its Base. Integers beyond ±2⁵³ are rounded.
//
// It fails with an *UnsupportedError if elements are no real numbers of up to
// 64 bits.
func (t *Type) Numbers() (func(dst []float64, src []byte), error) {
	switch t.Class {
	case Enum:
		return t.Base.Numbers()
	case Fixed, Bits:
		if t.Size > 8 {
			return nil, &UnsupportedError{What: fmt.Sprintf("an integer of %d bits", 8*t.Size), Remedy: "write it as 64 bits"}
		}
		if t.Shift == 0 && t.Precision == 8*t.Size {
			if d := whole(t.Size, t.Signed, t.Order); d != nil {
				return d, nil
			}
		}
		return t.each(func(v uint64) float64 {
			v = v >> t.Shift << (64 - t.Precision)
			if t.Signed {
				return float64(int64(v) >> (64 - t.Precision))
			}
			return float64(v >> (64 - t.Precision))
		}), nil
	case Float:
		if t.Size > 8 {
			return nil, &UnsupportedError{What: fmt.Sprintf("a float of %d bits", 8*t.Size), Remedy: `write it as 64 bits: .astype("float64")`}
		}
		switch t.ieee() {
		case 64:
			return floats64(t.Order), nil
		case 32:
			return floats32(t.Order), nil
		}
		if !t.implied || t.mantissaBits > 52 || t.exponentBits > 11 || t.exponentBits == 0 {
			return nil, &UnsupportedError{What: "a float of an unusual kind", Remedy: `write it as .astype("float64")`}
		}
		return t.each(t.float), nil
	}
	return nil, &UnsupportedError{What: "a value of type " + t.String() + " as a number"}
}

// ieee returns 32 or 64 for the floats of these sizes that processors have.
func (t *Type) ieee() int {
	if !t.implied || t.Shift != 0 || t.mantissa != 0 || t.Precision != 8*t.Size || t.sign != 8*t.Size-1 || t.exponent != t.mantissaBits {
		return 0
	}
	switch [3]int{t.exponentBits, t.mantissaBits, t.bias} {
	case [3]int{11, 52, 1023}:
		return 64
	case [3]int{8, 23, 127}:
		return 32
	}
	return 0
}

// float assembles a float of any other size, as float16 and bfloat16 are:
// (1 + m/2ᴹ)·2^(e−bias), with m/2ᴹ·2^(1−bias) for e = 0, and Inf and NaN for
// the largest e.
func (t *Type) float(v uint64) float64 {
	e := int(v >> t.exponent & (1<<t.exponentBits - 1))
	m := v >> t.mantissa & (1<<t.mantissaBits - 1)
	var x float64
	switch {
	case e == 0:
		x = math.Ldexp(float64(m), 1-t.bias-t.mantissaBits)
	case e < 1<<t.exponentBits-1:
		x = math.Ldexp(float64(m|1<<t.mantissaBits), e-t.bias-t.mantissaBits)
	case m == 0:
		x = math.Inf(1)
	default:
		return math.NaN()
	}
	if v>>t.sign&1 == 1 {
		return -x
	}
	return x
}

// each decodes element by element.
func (t *Type) each(value func(uint64) float64) func([]float64, []byte) {
	size, big := t.Size, t.Order == binary.BigEndian
	return func(dst []float64, src []byte) {
		for i := range dst {
			var v uint64
			for k, b := range src[i*size : (i+1)*size] {
				if big {
					v = v<<8 | uint64(b)
				} else {
					v |= uint64(b) << (8 * k)
				}
			}
			dst[i] = value(v)
		}
	}
}

func floats64(order binary.ByteOrder) func([]float64, []byte) {
	if order == binary.BigEndian {
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = math.Float64frombits(binary.BigEndian.Uint64(src[8*i:]))
			}
		}
	}
	return func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
		}
	}
}

func floats32(order binary.ByteOrder) func([]float64, []byte) {
	if order == binary.BigEndian {
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(math.Float32frombits(binary.BigEndian.Uint32(src[4*i:])))
			}
		}
	}
	return func(dst []float64, src []byte) {
		le := binary.LittleEndian
		for ; len(dst) >= 8; dst, src = dst[8:], src[32:] {
			d, s := (*[8]float64)(dst), (*[32]byte)(src)
			d[0] = float64(math.Float32frombits(le.Uint32(s[0:])))
			d[1] = float64(math.Float32frombits(le.Uint32(s[4:])))
			d[2] = float64(math.Float32frombits(le.Uint32(s[8:])))
			d[3] = float64(math.Float32frombits(le.Uint32(s[12:])))
			d[4] = float64(math.Float32frombits(le.Uint32(s[16:])))
			d[5] = float64(math.Float32frombits(le.Uint32(s[20:])))
			d[6] = float64(math.Float32frombits(le.Uint32(s[24:])))
			d[7] = float64(math.Float32frombits(le.Uint32(s[28:])))
		}
		for i := range dst {
			dst[i] = float64(math.Float32frombits(le.Uint32(src[4*i:])))
		}
	}
}

// shorts decodes int16, as betas are stored: four at a time.
func shorts(dst []float64, src []byte) {
	for len(dst) >= 4 {
		d, v := dst[:4], binary.LittleEndian.Uint64(src)
		d[0], d[1], d[2], d[3] = float64(int16(v)), float64(int16(v>>16)), float64(int16(v>>32)), float64(int16(v>>48))
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = float64(int16(binary.LittleEndian.Uint16(src[2*i:])))
	}
}

// whole decodes integers of all their bits; nil for sizes that processors do
// not have.
func whole(size int, signed bool, order binary.ByteOrder) func([]float64, []byte) {
	big := order == binary.BigEndian
	switch {
	case size == 1 && signed:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(int8(src[i]))
			}
		}
	case size == 1:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(src[i])
			}
		}
	case size == 2 && signed && !big:
		return shorts
	case size == 2 && signed:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(int16(binary.BigEndian.Uint16(src[2*i:])))
			}
		}
	case size == 2:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(order.Uint16(src[2*i:]))
			}
		}
	case size == 4 && signed:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(int32(order.Uint32(src[4*i:])))
			}
		}
	case size == 4:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(order.Uint32(src[4*i:]))
			}
		}
	case size == 8 && signed:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(int64(order.Uint64(src[8*i:])))
			}
		}
	case size == 8:
		return func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = float64(order.Uint64(src[8*i:]))
			}
		}
	}
	return nil
}
