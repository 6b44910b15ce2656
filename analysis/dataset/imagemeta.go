package dataset

import (
	"bufio"
	"encoding/binary"
	"errors"
	"image"
	"io"
)

// gifMoves reports whether a GIF has a second frame.
//
// GIF89a specification, sections 17 to 26.
func gifMoves(r io.Reader) bool {
	b := bufio.NewReader(r)
	skip := func(n int) bool { _, err := b.Discard(n); return err == nil }
	table := func(flags byte) int { // bytes of a colour table
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (1 + flags&7)
	}
	subBlocks := func() bool {
		for {
			n, err := b.ReadByte()
			if err != nil || n == 0 {
				return err == nil
			}
			if !skip(int(n)) {
				return false
			}
		}
	}
	var head [13]byte
	if _, err := io.ReadFull(b, head[:]); err != nil || !skip(table(head[10])) {
		return false
	}
	for frames := 0; ; {
		kind, err := b.ReadByte()
		if err != nil {
			return false
		}
		switch kind {
		case '!': // an extension: its label, then blocks
			if !skip(1) || !subBlocks() {
				return false
			}
		case ',': // a frame
			if frames++; frames == 2 {
				return true
			}
			var desc [9]byte
			if _, err := io.ReadFull(b, desc[:]); err != nil || !skip(table(desc[8])+1) || !subBlocks() {
				return false
			}
		default:
			return false
		}
	}
}

// jpegTurned reports whether the EXIF orientation of a JPEG is one that turns
// or mirrors it (2 to 8).
//
// CIPA DC-008 (Exif 2.32), tag 0x0112.
func jpegTurned(r io.ReadSeeker) bool {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return false
	}
	for {
		if _, err := io.ReadFull(r, b[:]); err != nil || b[0] != 0xff || b[1] == 0xda || b[1] == 0xd9 {
			return false // the pixels begin
		}
		n := int64(binary.BigEndian.Uint16(b[2:])) - 2
		if n < 0 {
			return false
		}
		if b[1] == 0xe1 {
			data := make([]byte, n)
			if _, err := io.ReadFull(r, data); err != nil {
				return false
			}
			if o, ok := exifOrientation(data); ok {
				return o >= 2 && o <= 8
			}
			continue
		}
		if _, err := r.Seek(n, io.SeekCurrent); err != nil {
			return false
		}
	}
}

// exifOrientation reads the orientation from an APP1 segment.
func exifOrientation(b []byte) (uint16, bool) {
	if len(b) < 14 || string(b[:6]) != "Exif\x00\x00" {
		return 0, false
	}
	b = b[6:]
	var order binary.ByteOrder
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 0, false
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 0, false
	}
	n := int(order.Uint16(b[at:]))
	for entry := b[at+2:]; n > 0 && len(entry) >= 12; n, entry = n-1, entry[12:] {
		if order.Uint16(entry) == 0x0112 {
			return order.Uint16(entry[8:]), true
		}
	}
	return 0, false
}

// A webpFile is what is to be known of a WebP before its pixels are decoded.
//
// RFC 9649.
type webpFile struct {
	moves  bool
	at     image.Point // of the first frame on the canvas
	frame  span        // the chunks of the first frame, if it moves
	width  int         // of the first frame
	height int
}

type span struct{ from, to int64 }

var errWebP = errors.New("is not a whole WebP: copy it again from where it comes, or save it as PNG")

// readWebP finds the first frame and checks that its size is no other than
// the file's head says: the decoder makes room for what the frame says.
func readWebP(r io.ReaderAt, size int64) (webpFile, error) {
	var w webpFile
	canvas, hasCanvas := image.Point{}, false
	end := size
	for at := int64(12); ; {
		var head [24]byte
		if at+8 > end {
			return w, errWebP
		}
		n, err := r.ReadAt(head[:min(24, end-at)], at)
		if err != nil && err != io.EOF || n < 8 {
			return w, errWebP
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		body := head[8:n]
		next := at + 8 + length + length&1
		switch string(head[:4]) {
		case "VP8X":
			if len(body) < 10 {
				return w, errWebP
			}
			w.moves = body[0]&2 != 0
			canvas, hasCanvas = image.Pt(1+uint24(body[4:]), 1+uint24(body[7:])), true
		case "ANMF":
			if len(body) < 16 || at+8+length > size || !w.moves {
				return w, errWebP
			}
			w.at = image.Pt(2*uint24(body), 2*uint24(body[3:]))
			w.width, w.height = 1+uint24(body[6:]), 1+uint24(body[9:])
			w.frame = span{at + 24, at + 8 + length}
			if w.at.X+w.width > canvas.X || w.at.Y+w.height > canvas.Y {
				return w, errWebP
			}
			canvas = image.Pt(w.width, w.height)
			end, next = w.frame.to, w.frame.from
		case "VP8 ", "VP8L":
			if w.moves && w.frame.to == 0 {
				return w, errWebP
			}
			width, height, ok := webpSize(string(head[:4]), body)
			if !ok || hasCanvas && (width != canvas.X || height != canvas.Y) {
				return w, errWebP
			}
			return w, checkSize(width, height)
		}
		at = next
	}
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// webpSize reads the size from the first bytes of an image's chunk.
func webpSize(kind string, b []byte) (width, height int, ok bool) {
	if kind == "VP8L" {
		if len(b) < 5 || b[0] != 0x2f {
			return 0, 0, false
		}
		v := binary.LittleEndian.Uint32(b[1:])
		return 1 + int(v&0x3fff), 1 + int(v>>14&0x3fff), true
	}
	if len(b) < 10 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
		return 0, 0, false
	}
	return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), true
}

// still makes a WebP of the first frame alone.
func (w webpFile) still(data []byte) []byte {
	chunks := data[w.frame.from:w.frame.to]
	var b []byte
	if len(chunks) >= 4 && string(chunks[:4]) == "ALPH" {
		b = append(b, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		for _, v := range []int{w.width - 1, w.height - 1} {
			b = append(b, byte(v), byte(v>>8), byte(v>>16))
		}
	}
	b = append(b, chunks...)
	file := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(4+len(b)))...)
	file = append(append(file, "WEBP"...), b...)
	return file
}
