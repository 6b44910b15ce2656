package dataset

import (
	"encoding/binary"
	"math"
)

type niftiType struct {
	name  string
	bytes int
	why   string // why it is refused; empty if it is read
}

// niftiTypes are the element types by their code.
var niftiTypes = map[int16]niftiType{
	2:    {name: "uint8", bytes: 1},
	4:    {name: "int16", bytes: 2},
	8:    {name: "int32", bytes: 4},
	16:   {name: "float32", bytes: 4},
	64:   {name: "float64", bytes: 8},
	256:  {name: "int8", bytes: 1},
	512:  {name: "uint16", bytes: 2},
	768:  {name: "uint32", bytes: 4},
	1024: {name: "int64", bytes: 8},
	1280: {name: "uint64", bytes: 8},
	0:    {why: "the type is unknown; write the image again with a type, float32 say"},
	1:    {why: "single bits; write the image as uint8"},
	32:   {why: "complex values; save their magnitude (or the real part) as float32"},
	1792: {why: "complex values; save their magnitude (or the real part) as float64"},
	2048: {why: "complex values; save their magnitude (or the real part) as float64"},
	128:  {why: "RGB colours; save one channel, or the grey level, as uint8"},
	2304: {why: "RGBA colours; save one channel, or the grey level, as uint8"},
	1536: {why: "128-bit floats; save the image as float64"},
}

// decode turns the bytes of elements into scaled values. The bytes may be
// turned round.
func (h *NIfTIHeader) decode(to []float64, raw []byte) {
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
	if h.Slope == 1 && h.Inter == 0 {
		return
	}
	for i, x := range to {
		to[i] = float64(x*h.Slope) + h.Inter // never fused: nibabel rounds twice
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
