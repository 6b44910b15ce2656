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
		to, raw = to[k:], raw[k*h.bytes:]
	}
}

// convert does what decode does. Most runs are int16 or float32, so these two
// are taken several at a time.
func (h *NIfTIHeader) convert(to []float64, raw []byte) {
	if h.BigEndian {
		swap(raw, h.bytes)
	}
	le, slope, inter := binary.LittleEndian, h.Slope, h.Inter
	if h.code == 4 && len(to)%4 == 0 { // scaled at once: never fused, since nibabel rounds twice
		for ; len(to) >= 4 && len(raw) >= 8; to, raw = to[4:], raw[8:] {
			x := le.Uint64(raw)
			to[0] = float64(float64(int16(x))*slope) + inter
			to[1] = float64(float64(int16(x>>16))*slope) + inter
			to[2] = float64(float64(int16(x>>32))*slope) + inter
			to[3] = float64(float64(int16(x>>48))*slope) + inter
		}
		return
	}
	h.widen(to, raw)
	if slope != 1 || inter != 0 {
		for i, x := range to {
			to[i] = float64(x*slope) + inter
		}
	}
}

// widen turns the bytes of elements into numbers that are not scaled yet.
func (h *NIfTIHeader) widen(to []float64, raw []byte) {
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
		for ; len(to) >= 8 && len(raw) >= 32; to, raw = to[8:], raw[32:] {
			d, r := (*[8]float64)(to), (*[32]byte)(raw)
			d[0] = float64(math.Float32frombits(le.Uint32(r[0:])))
			d[1] = float64(math.Float32frombits(le.Uint32(r[4:])))
			d[2] = float64(math.Float32frombits(le.Uint32(r[8:])))
			d[3] = float64(math.Float32frombits(le.Uint32(r[12:])))
			d[4] = float64(math.Float32frombits(le.Uint32(r[16:])))
			d[5] = float64(math.Float32frombits(le.Uint32(r[20:])))
			d[6] = float64(math.Float32frombits(le.Uint32(r[24:])))
			d[7] = float64(math.Float32frombits(le.Uint32(r[28:])))
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
