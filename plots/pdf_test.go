package plots_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fusiform/plots"
)

// A pdfFile is a PDF read back by other code than that which wrote it: its
// objects, found through the table at its end.
type pdfFile struct {
	objects map[int][]byte
	trailer string
}

var (
	objectHead = regexp.MustCompile(`^(\d+) 0 obj\n`)
	reference  = regexp.MustCompile(`(\d+) 0 R`)
)

func readPDF(t *testing.T, data []byte) pdfFile {
	t.Helper()
	end := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(data)
	if end == nil || !bytes.HasPrefix(data, []byte("%PDF-1.7\n")) {
		t.Fatalf("no PDF: starts %.20q, ends %.40q", data, data[max(0, len(data)-40):])
	}
	from := must(strconv.Atoi(string(end[1])))
	lines := strings.Split(string(data[from:]), "\n")
	if lines[0] != "xref" {
		t.Fatalf("no table at %d: %.20q", from, lines[0])
	}
	n := must(strconv.Atoi(strings.Fields(lines[1])[1]))
	f := pdfFile{objects: map[int][]byte{}, trailer: strings.Join(lines[2+n:], "\n")}
	for i := 1; i < n; i++ {
		at := must(strconv.Atoi(lines[2+i][:10]))
		if len(lines[2+i]) != 19 { // and a newline: 20 bytes each
			t.Errorf("entry %d of the table has %d bytes", i, len(lines[2+i])+1)
		}
		m := objectHead.FindSubmatch(data[at:])
		if m == nil || string(m[1]) != strconv.Itoa(i) {
			t.Fatalf("object %d is not at %d: %.20q", i, at, data[at:])
		}
		body, _, ok := bytes.Cut(data[at+len(m[0]):], []byte("\nendobj\n"))
		if !ok {
			t.Fatalf("object %d does not end", i)
		}
		f.objects[i] = body
	}
	for i, body := range f.objects {
		head, _, _ := bytes.Cut(body, []byte("stream\n"))
		for _, m := range reference.FindAllSubmatch(head, -1) {
			if n := must(strconv.Atoi(string(m[1]))); f.objects[n] == nil {
				t.Errorf("object %d names object %d, which is not there", i, n)
			}
		}
	}
	return f
}

// stream returns the data of an object.
func (f pdfFile) stream(t *testing.T, n int) []byte {
	t.Helper()
	head, rest, ok := bytes.Cut(f.objects[n], []byte("\nstream\n"))
	m := regexp.MustCompile(`/Length (\d+)`).FindSubmatch(head)
	if !ok || m == nil {
		t.Fatalf("object %d is no stream: %.80q", n, f.objects[n])
	}
	length := must(strconv.Atoi(string(m[1])))
	if got := len(rest) - len("\nendstream"); got != length {
		t.Errorf("stream %d has %d bytes and says %d", n, got, length)
	}
	r, err := zlib.NewReader(bytes.NewReader(rest[:length]))
	if err != nil {
		t.Fatal(err)
	}
	return must(io.ReadAll(r))
}

// entry returns the object that an entry of an object names.
func (f pdfFile) entry(t *testing.T, n int, key string) int {
	t.Helper()
	m := regexp.MustCompile(`/` + key + ` \[?(\d+) 0 R`).FindSubmatch(f.objects[n])
	if m == nil {
		t.Fatalf("object %d has no %s: %.200q", n, key, f.objects[n])
	}
	return must(strconv.Atoi(string(m[1])))
}

// texts returns what is written on the page, by the table from glyphs to
// letters that a reader copies text with.
func (f pdfFile) texts(t *testing.T) []string {
	t.Helper()
	page := f.leaf(t)
	letters := map[string]map[string]string{}
	for _, font := range []string{"F0", "F1"} {
		m := regexp.MustCompile(`/` + font + ` (\d+) 0 R`).FindSubmatch(f.objects[page])
		if m == nil {
			continue
		}
		letters[font] = map[string]string{}
		table := f.stream(t, f.entry(t, must(strconv.Atoi(string(m[1]))), "ToUnicode"))
		for _, p := range regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]+)>\nendbfchar`).FindAllSubmatch(table, -1) {
			raw := must(hex.DecodeString(string(p[2])))
			letters[font][string(p[1])] = string(rune(binary.BigEndian.Uint16(raw)))
		}
	}
	var out []string
	content := f.stream(t, f.entry(t, page, "Contents"))
	for _, m := range regexp.MustCompile(`BT /(F\d) .* Tf\n.* Td\n\[(.*)\] TJ`).FindAllSubmatch(content, -1) {
		var s strings.Builder
		for _, run := range regexp.MustCompile(`<([0-9A-F]*)>`).FindAllSubmatch(m[2], -1) {
			for i := 0; i < len(run[1]); i += 4 {
				s.WriteString(letters[string(m[1])][string(run[1][i:i+4])])
			}
		}
		out = append(out, s.String())
	}
	return out
}

// leaf is the page.
func (f pdfFile) leaf(t *testing.T) int {
	t.Helper()
	root := regexp.MustCompile(`/Root (\d+) 0 R`).FindStringSubmatch(f.trailer)
	return f.entry(t, f.entry(t, must(strconv.Atoi(root[1])), "Pages"), "Kids")
}

// A PDF holds the texts of the SVG, as text that is searched and copied; its
// fonts; no date, no path, no ID; and it says what it shows. That readers take
// it was seen with poppler 22.12 (pdffonts: embedded, subset, with Unicode;
// pdfinfo: tagged), MuPDF 1.26 and qpdf: no warning.
func TestPDF(t *testing.T) {
	for name, f := range figures() {
		data := must(plots.PDF(f, 0, 0))
		if !bytes.Equal(data, must(plots.PDF(f, 0, 0))) {
			t.Errorf("%s: two PDFs differ", name)
		}
		pdf := readPDF(t, data)
		if got, want := pdf.texts(t), texts(shapes(t, f, 0, 0)); !slices.Equal(got, want) {
			t.Errorf("%s: texts %q, want %q", name, got, want)
		}
		w, h := f.(plots.Sized).Size()
		box := regexp.MustCompile(`/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]`).FindSubmatch(pdf.objects[pdf.leaf(t)])
		if box == nil || fmt.Sprintf("%.2f", number(string(box[1]))) != fmt.Sprintf("%.2f", float64(w)) || fmt.Sprintf("%.2f", number(string(box[2]))) != fmt.Sprintf("%.2f", float64(h)) {
			t.Errorf("%s: the page is %s, want %v×%v", name, box, w, h)
		}
		for _, no := range []string{"Date", "/ID", "/tmp", "/work", "JavaScript", "/URI", "/Launch"} {
			if bytes.Contains(data, []byte(no)) {
				t.Errorf("%s: the PDF holds %q", name, no)
			}
		}
		for _, yes := range []string{"/Alt " + plots.PDFString(f.Alt()), "/Subject " + plots.PDFString(f.Alt()), "/Marked true", "/S /Figure", "/FontFile2"} {
			if !bytes.Contains(data, []byte(yes)) {
				t.Errorf("%s: the PDF does not hold %.60q", name, yes)
			}
		}
		if len(data) > 150_000 {
			t.Errorf("%s: %d bytes: whole fonts?", name, len(data))
		}
	}
}

// The embedded typeface has the outlines of the letters that are used, as they
// stand in the whole one, and no others.
func TestPDFFont(t *testing.T) {
	pdf := readPDF(t, must(plots.PDF(figures()["rsm"], 0, 0)))
	m := regexp.MustCompile(`/F0 (\d+) 0 R`).FindSubmatch(pdf.objects[pdf.leaf(t)])
	cid := pdf.entry(t, must(strconv.Atoi(string(m[1]))), "DescendantFonts")
	used := map[int]bool{0: true}
	for _, g := range regexp.MustCompile(`(\d+) \[([0-9.]+)\]`).FindAllSubmatch(pdf.objects[cid], -1) {
		used[must(strconv.Atoi(string(g[1])))] = true
	}
	ttf := pdf.stream(t, pdf.entry(t, pdf.entry(t, cid, "FontDescriptor"), "FontFile2"))
	tables := ttfTables(ttf)
	if len(used) < 20 || len(tables["loca"])%4 != 0 {
		t.Fatalf("%d glyphs used, loca of %d bytes", len(used), len(tables["loca"]))
	}
	drawn := 0
	for g := range len(tables["loca"])/4 - 1 {
		from, to := binary.BigEndian.Uint32(tables["loca"][4*g:]), binary.BigEndian.Uint32(tables["loca"][4*g+4:])
		if to > from {
			drawn++
		}
	}
	// A space has no outline; "−" and letters with accents are composed.
	if drawn < len(used)-2 || drawn > len(used)+3 {
		t.Errorf("%d glyphs have outlines, %d are used", drawn, len(used))
	}
	for _, name := range []string{"head", "hhea", "hmtx", "maxp", "glyf"} {
		if len(tables[name]) == 0 {
			t.Errorf("the font has no table %s", name)
		}
	}
}

func ttfTables(ttf []byte) map[string][]byte {
	out := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
		e := ttf[12+16*i:]
		from, n := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		out[string(e[:4])] = ttf[from : from+n]
	}
	return out
}
