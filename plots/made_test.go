package plots_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"fusiform/plots"

	"github.com/google/go-cmp/cmp"
)

// formats render a figure with facts, one entry per format.
func formats(t *testing.T, p plots.Print, f plots.Figure) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, render := range map[string]func(plots.Figure) ([]byte, error){"png": p.PNG, "svg": p.SVG, "pdf": p.PDF} {
		data, err := render(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = data
	}
	return out
}

// What made a figure comes back from each format as it was put in. exiftool
// 12.57 shows the PNG's and the PDF's as "Fusiform", and the alternative text
// as "Description" and "Subject".
func TestMade(t *testing.T) {
	made := []plots.Fact{
		{Name: "network", Value: "mobilenet_v2, sha256 5f70bf18a086007016e948b04aed3b82103a36be"},
		{Name: "network", Value: "a second of the name"},
		{Name: "a: b", Value: "c: d"},
		{Name: "back\\slash:", Value: `\u{41} \ \\`},
		{Name: "", Value: ""},
		{Name: "Größe · 大小", Value: "two\nlines\r\n\ttab\x00nul\u202eleft 𝕎"},
		{Name: `"><script>alert(1)</script>`, Value: "</metadata></svg>&amp;&#x3c; %PDF (Fusiform) <FEFF0041> endobj IEND"},
		{Name: "long", Value: strings.Repeat("x y ", 5000)},
	}
	f := figures()["encoding"]
	for name, data := range formats(t, plots.Print{Made: made}, f) {
		got, err := plots.MadeOf(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(made, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, data := range formats(t, plots.Print{}, f) {
		if got, err := plots.MadeOf(data); got != nil || err != nil {
			t.Errorf("%s without facts: %v, %v", name, got, err)
		}
	}
	// Text that is no UTF-8 is made so.
	for name, data := range formats(t, plots.Print{Made: []plots.Fact{{Name: "\xff", Value: "a\xfe"}}}, f) {
		if got, err := plots.MadeOf(data); err != nil || !slices.Equal(got, []plots.Fact{{Name: "\ufffd", Value: "a\ufffd"}}) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "hello", "<svg", "\x89PN", "GIF89a"} {
		got, err := plots.MadeOf([]byte(bad))
		if known := bad == "<svg"; known != (err == nil) || got != nil {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}

// The alternative text stands in each format, and only the facts make files
// of one figure differ.
func TestFilesSayWhatTheyShow(t *testing.T) {
	f := figures()["rsm"]
	a, b := formats(t, plots.Print{Made: []plots.Fact{{Name: "seed", Value: "1"}}}, f), formats(t, plots.Print{Made: []plots.Fact{{Name: "seed", Value: "2"}}}, f)
	for name := range a {
		if bytes.Equal(a[name], b[name]) {
			t.Errorf("%s: other facts, same bytes", name)
		}
	}
	if !bytes.Contains(a["png"], []byte("iTXtDescription\x00\x00\x00\x00\x00"+f.Alt())) {
		t.Error("the PNG does not say what it shows")
	}
	if !bytes.Contains(a["pdf"], []byte(plots.PDFString(f.Alt()))) {
		t.Error("the PDF does not say what it shows")
	}
	x, errX := png.Decode(bytes.NewReader(a["png"]))
	y, errY := png.Decode(bytes.NewReader(must(plots.PNG(f, 0, 0))))
	if errX != nil || errY != nil || !bytes.Equal(x.(*image.RGBA).Pix, y.(*image.RGBA).Pix) {
		t.Errorf("facts change pixels, or what decodes: %v, %v", errX, errY)
	}
}

func TestDamagedFiles(t *testing.T) {
	files := formats(t, plots.Print{Made: []plots.Fact{{Name: "network", Value: "alexnet"}}}, figures()["subsets"])
	text := files["png"]
	at := bytes.Index(text, []byte("alexnet"))
	flipped := slices.Clone(text)
	flipped[at] ^= 1
	if _, err := plots.MadeOf(flipped); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a flipped bit: %v", err)
	}
	if _, err := plots.MadeOf(text[:at+3]); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a PNG cut off: %v", err)
	}
	huge := slices.Clone(text[:8])
	huge = append(binary.BigEndian.AppendUint32(huge, 0xffffffff), "iTXtFusiform"...)
	if _, err := plots.MadeOf(huge); err == nil {
		t.Error("a chunk of 4 GB in a small file")
	}
	pdf := files["pdf"]
	at = bytes.Index(pdf, []byte("/Fusiform <FEFF"))
	for _, n := range []int{16, 17, 18, 19} {
		if _, err := plots.MadeOf(pdf[:at+n]); err == nil {
			t.Errorf("a PDF cut off after %d bytes of its facts is read", n)
		}
	}
	svg := files["svg"]
	if _, err := plots.MadeOf(svg[:bytes.Index(svg, []byte("alexnet"))]); err == nil {
		t.Error("an SVG cut off is read")
	}
}
