package dataset

import (
	"encoding/binary"
	"math"
)

// decode turns the bytes of elements into scaled values. The bytes may be
// turned round.
func (h *NIfTIHeader) decode(to []float64, raw []byte) {
	for len(to) > 0 {
		k := min(len(to), niftiPiece) // few enough to be still at hand for the second step
		h.convert(to[:k], raw[:k*h.bytes])
		if h.Slope != 1 || h.Inter != 0 {
			slope, inter := h.Slope, h.Inter
			for i, x := range to[:k] {
				to[i] = float64(x*slope) + inter // never fused: nibabel rounds twice
			}
		}
		to, raw = to[k:], raw[k*h.bytes:]
	}
}

// convert turns the bytes of elements into numbers: the commonest types eight bytes
// at a time.
func (h *NIfTIHeader) convert(to []float64, raw []byte) {
	if h.BigEndian {
		swap(raw, h.bytes)
	}
	le := binary.LittleEndian
	switch h.code {
	case 2:
		for i := range to {
			to[i] = float64(raw[i])
		}
	case 256:
		for i := range to {
			to[i] = float64(int8(raw[i]))
		}
	case 4:
		to, raw := to, raw
		for ; len(to) >= 4 && len(raw) >= 8; to, raw = to[4:], raw[8:] { // four at once: most runs are int16
			x := le.Uint64(raw)
			to[0], to[1], to[2], to[3] = float64(int16(x)), float64(int16(x>>16)), float64(int16(x>>32)), float64(int16(x>>48))
		}
		for i := range to {
			to[i] = float64(int16(le.Uint16(raw[2*i:])))
		}
	case 512:
		for i := range to {
			to[i] = float64(le.Uint16(raw[2*i:]))
		}
	case 8:
		for i := range to {
			to[i] = float64(int32(le.Uint32(raw[4*i:])))
		}
	case 768:
		for i := range to {
			to[i] = float64(le.Uint32(raw[4*i:]))
		}
	case 16:
		to, raw := to, raw
		for ; len(to) >= 2 && len(raw) >= 8; to, raw = to[2:], raw[8:] {
			x := le.Uint64(raw)
			to[0], to[1] = float64(math.Float32frombits(uint32(x))), float64(math.Float32frombits(uint32(x>>32)))
		}
		for i := range to {
			to[i] = float64(math.Float32frombits(le.Uint32(raw[4*i:])))
		}
	case 64:
		for i := range to {
			to[i] = math.Float64frombits(le.Uint64(raw[8*i:]))
		}
	case 1024:
		for i := range to {
			to[i] = float64(int64(le.Uint64(raw[8*i:])))
		}
	case 1280:
		for i := range to {
			to[i] = float64(le.Uint64(raw[8*i:]))
		}
	}
}

// swap turns round the bytes of each element.
func swap(raw []byte, size int) {
	switch size {
	case 2:
		for i := 0; i+1 < len(raw); i += 2 {
			raw[i], raw[i+1] = raw[i+1], raw[i]
		}
	case 4:
		for i := 0; i+3 < len(raw); i += 4 {
			binary.LittleEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
		}
	case 8:
		for i := 0; i+7 < len(raw); i += 8 {
			binary.LittleEndian.PutUint64(raw[i:], binary.BigEndian.Uint64(raw[i:]))
		}
	}
}
