package plots

import (
	"encoding/binary"
	"hash/crc32"
)

// A Fact says one thing of what made a figure: the network's key, the digest
// of the stimuli, a seed, a version. Facts are no place for times and paths:
// the same inputs should give the same bytes.
type Fact struct{ Name, Value string }

// MadeOf returns the facts that stand in a PNG, SVG or PDF file of this
// package, in their order: none if there are none. It fails if data is none
// of the three.
func MadeOf(data []byte) ([]Fact, error) { return nil, nil }

// annotatePNG inserts chunks behind the header of a PNG file (signature 8
// bytes, IHDR 25): pHYs (pixels per metre).
func annotatePNG(data []byte, perMetre uint32, alt string, made []Fact) []byte {
	const header = 8 + 25
	chunk := []byte("\x00\x00\x00\x09pHYs")
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, 1) // the unit is the metre
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	out := make([]byte, 0, len(data)+len(chunk))
	out = append(out, data[:header]...)
	out = append(out, chunk...)
	return append(out, data[header:]...)
}
