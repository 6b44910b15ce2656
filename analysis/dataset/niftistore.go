package dataset

import (
	"encoding/binary"
	"math"
)

// store turns values into the bytes of elements, little-endian. It returns
// which value the type does not hold, or −1.
func (h *NIfTIHeader) store(raw []byte, values []float64) int {
	le := binary.LittleEndian
	plain := h.Slope == 1 && h.Inter == 0
	lo, hi := h.holds()
	for i, x := range values {
		if !plain {
			x = (x - h.Inter) / h.Slope
		}
		if lo < 0 || hi > 0 { // an integer
			x = math.RoundToEven(x)
			if !(x >= lo && x < hi) {
				return i
			}
		}
		switch h.code {
		case 16:
			f := float32(x)
			if math.IsInf(float64(f), 0) && !math.IsInf(x, 0) {
				return i
			}
			le.PutUint32(raw[4*i:], math.Float32bits(f))
		case 64:
			if math.IsInf(x, 0) && !math.IsInf(values[i], 0) {
				return i
			}
			le.PutUint64(raw[8*i:], math.Float64bits(x))
		case 2:
			raw[i] = uint8(x)
		case 256:
			raw[i] = uint8(int8(x))
		case 4:
			le.PutUint16(raw[2*i:], uint16(int16(x)))
		case 512:
			le.PutUint16(raw[2*i:], uint16(x))
		case 8:
			le.PutUint32(raw[4*i:], uint32(int32(x)))
		case 768:
			le.PutUint32(raw[4*i:], uint32(x))
		case 1024:
			le.PutUint64(raw[8*i:], uint64(int64(x)))
		case 1280:
			le.PutUint64(raw[8*i:], uint64(x))
		}
	}
	return -1
}

// holds returns the range of an integer type: from lo to below hi. Both are 0
// for a float.
func (h *NIfTIHeader) holds() (lo, hi float64) {
	all := math.Ldexp(1, 8*h.bytes)
	switch h.code {
	case 2, 512, 768, 1280:
		return 0, all
	case 256, 4, 8, 1024:
		return -all / 2, all / 2
	}
	return 0, 0
}
