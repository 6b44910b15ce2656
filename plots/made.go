package plots

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A Fact says one thing of what made a figure: the network's key, the digest
// of the stimuli, a seed, a version. Facts are no place for times and paths:
// the same inputs should give the same bytes. Text that is not valid UTF-8 is
// made so; anything else comes back from MadeOf as it was.
type Fact struct{ Name, Value string }

// MadeOf returns the facts that stand in a PNG, SVG or PDF file of this
// package, in their order; none if there are none. It fails if data is none
// of the three, or is damaged where the facts stand.
func MadeOf(data []byte) ([]Fact, error) {
	switch {
	case bytes.HasPrefix(data, []byte(pngSignature)):
		text, err := pngText(data, madeKey)
		return decodeFacts(text), err
	case bytes.HasPrefix(data, []byte("%PDF-")):
		text, err := pdfText(data, madeKey)
		return decodeFacts(text), err
	case bytes.Contains(data[:min(len(data), 4096)], []byte("<svg")):
		_, after, ok := bytes.Cut(data, []byte(metadataTag))
		if !ok {
			return nil, nil
		}
		text, _, ok := bytes.Cut(after, []byte("</metadata>"))
		if !ok {
			return nil, errors.New("plots: the metadata of the SVG do not end")
		}
		return decodeFacts(html.UnescapeString(string(text))), nil
	}
	return nil, errors.New("plots: what made a figure can be read from PNG, SVG and PDF; this is none of them")
}

// madeKey is the keyword of the facts in PNG and PDF.
const madeKey = "Fusiform"

// encodeFacts writes facts as lines "name: value".
func encodeFacts(made []Fact) string {
	var b strings.Builder
	for i, f := range made {
		if i > 0 {
			b.WriteByte('\n')
		}
		escapeFact(&b, f.Name, true)
		b.WriteString(": ")
		escapeFact(&b, f.Value, false)
	}
	return b.String()
}

// escapeFact writes s with a backslash before backslashes and, in a name,
// colons, and control characters, those that turn the reading direction among
// them, as \u{…}.
func escapeFact(b *strings.Builder, s string, name bool) {
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case r == '\\', r == ':' && name:
			b.WriteByte('\\')
			b.WriteRune(r)
		case unprintable(r):
			fmt.Fprintf(b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
}

// decodeFacts is the inverse of encodeFacts; of other text it makes what it
// can.
func decodeFacts(text string) []Fact {
	if text == "" {
		return nil
	}
	var out []Fact
	for _, line := range strings.Split(text, "\n") {
		var f Fact
		var b strings.Builder
		named := false
		for i := 0; i < len(line); i++ {
			c := line[i]
			switch {
			case c == ':' && !named:
				f.Name = b.String()
				b.Reset()
				named = true
				if strings.HasPrefix(line[i+1:], " ") {
					i++
				}
			case c == '\\' && i+1 < len(line):
				i++
				if code, _, ok := strings.Cut(line[i:], "}"); ok && strings.HasPrefix(code, "u{") {
					if r, err := strconv.ParseUint(code[2:], 16, 21); err == nil {
						b.WriteRune(rune(r))
						i += len(code)
						continue
					}
				}
				b.WriteByte(line[i])
			default:
				b.WriteByte(c)
			}
		}
		if named {
			f.Value = b.String()
		} else {
			f.Name = b.String()
		}
		out = append(out, f)
	}
	return out
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// annotatePNG inserts behind the header of a PNG file (signature 8 bytes, IHDR
// 25) its resolution, the alternative text and what made the figure.
func annotatePNG(data []byte, perMetre uint32, alt string, made []Fact) []byte {
	const header = 8 + 25
	out := append([]byte(nil), data[:header]...)
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, perMetre), perMetre)
	out = appendChunk(out, "pHYs", append(size, 1)) // the unit is the metre
	for _, t := range [][2]string{{"Description", cleanSentence(alt)}, {"Software", "Fusiform"}, {madeKey, encodeFacts(made)}} {
		if t[1] != "" {
			// Keyword, not compressed, no language, no translated keyword, text.
			out = appendChunk(out, "iTXt", []byte(t[0]+"\x00\x00\x00\x00\x00"+t[1]))
		}
	}
	return append(out, data[header:]...)
}

func appendChunk(out []byte, kind string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	from := len(out)
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
}

// pngText returns the text of the first iTXt chunk with that keyword that
// annotatePNG wrote, or "".
func pngText(data []byte, keyword string) (string, error) {
	prefix := []byte(keyword + "\x00\x00\x00\x00\x00")
	rest := data[len(pngSignature):]
	for len(rest) >= 12 {
		n := int64(binary.BigEndian.Uint32(rest))
		if n > int64(len(rest)-12) {
			return "", errors.New("plots: the PNG is cut off")
		}
		body, sum := rest[4:8+n], binary.BigEndian.Uint32(rest[8+n:])
		if string(body[:4]) == "iTXt" && bytes.HasPrefix(body[4:], prefix) {
			if crc32.ChecksumIEEE(body) != sum {
				return "", errors.New("plots: the text of the PNG is damaged: its checksum differs")
			}
			return string(body[4+len(prefix):]), nil
		}
		rest = rest[12+n:]
	}
	return "", nil
}

// pdfText returns the text of an entry of a PDF's information dictionary as
// pdfString writes it, or "".
func pdfText(data []byte, key string) (string, error) {
	at := bytes.LastIndex(data, []byte("/"+key+" <FEFF"))
	if at < 0 {
		return "", nil
	}
	digits, _, ok := bytes.Cut(data[at+len(key)+len("/ <FEFF"):], []byte(">"))
	raw := make([]byte, len(digits)/2)
	if _, err := hex.Decode(raw, digits); err != nil || !ok || len(raw)%2 != 0 {
		return "", errors.New("plots: the text of the PDF is damaged")
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

// pdfString writes a text for a PDF: UTF-16 in hexadecimal.
func pdfString(s string) string {
	raw := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		raw = binary.BigEndian.AppendUint16(raw, u)
	}
	return fmt.Sprintf("<%X>", raw)
}
