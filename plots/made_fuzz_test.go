package plots

import (
	"encoding/xml"
	"html"
	"slices"
	"strings"
	"testing"
)

// Whatever a file holds, MadeOf returns; whatever facts are, they come back
// from each format.
func FuzzMadeOf(f *testing.F) {
	for _, s := range []string{"\x89PNG\r\n\x1a\n\x00\x00\x00\x01iTXtFusiform\x00\x00\x00\x00\x00a: b\x00\x00\x00\x00",
		"%PDF-1.7 /Fusiform <FEFF0041003A>", `<svg><metadata id="fusiform">a\u{110000}: \</metadata>`} {
		f.Add([]byte(s), "name:", "value\n")
	}
	header := pngSignature + strings.Repeat("h", 25)
	f.Fuzz(func(t *testing.T, data []byte, name, value string) {
		MadeOf(data)
		made := []Fact{{name, value}, {Name: "last"}}
		want := []Fact{{strings.ToValidUTF8(name, "\ufffd"), strings.ToValidUTF8(value, "\ufffd")}, {Name: "last"}}
		text := encodeFacts(made)
		element := metadataTag + html.EscapeString(text) + "</metadata>"
		if err := xml.Unmarshal([]byte(element), new(struct{})); err != nil {
			t.Errorf("not XML: %v: %q", err, element)
		}
		// As annotatePNG writes it, behind a header that is one chunk.
		png := appendChunk([]byte(header[:8]), "IHDR", []byte(header[8:21]))
		for kind, file := range map[string][]byte{
			"svg": []byte("<svg>" + element + "</svg>"),
			"png": annotatePNG(append(png, "\x00\x00\x00\x00IEND\xae\x42\x60\x82"...), 1, value, made),
			"pdf": []byte("%PDF-1.7 << /Title " + pdfString(name) + " /" + madeKey + " " + pdfString(text) + " >>"),
		} {
			if got, err := MadeOf(file); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %q, %v; want %q", kind, got, err, want)
			}
		}
	})
}
