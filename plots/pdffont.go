package plots

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A pdfFont is a typeface of a PDF file: of its glyphs, numbered as in the
// typeface, those that are used.
type pdfFont struct {
	font *opentype.Font
	bold bool
	used map[uint16]rune // a letter that each glyph stands for
}

// show returns a text as an operand of TJ: glyphs, with kerning between them.
func (f *pdfFont) show(s string) string {
	var (
		b     strings.Builder
		buf   sfnt.Buffer
		units = fixed.Int26_6(f.font.UnitsPerEm())
		last  sfnt.GlyphIndex
	)
	b.WriteString("[<")
	for i, r := range s {
		g, err := f.font.GlyphIndex(&buf, r)
		if err != nil {
			g = 0
		}
		if k, err := f.font.Kern(&buf, last, g, units, 0); i > 0 && err == nil && k != 0 {
			fmt.Fprintf(&b, "> %d <", -1000*int(k)/int(units))
		}
		if _, ok := f.used[uint16(g)]; !ok {
			if g == 0 {
				r = '\ufffd' // a letter that the typeface does not have
			}
			f.used[uint16(g)] = r
		}
		fmt.Fprintf(&b, "%04X", uint16(g))
		last = g
	}
	b.WriteString(">]")
	return b.String()
}

// add adds the font's objects and returns the number of the first.
func (f *pdfFont) add(o *objects) (int, error) {
	ttf, name := liberationsansregular.TTF, "FUSIFO+LiberationSans"
	if f.bold {
		ttf, name = liberationsansbold.TTF, "FUSIFO+LiberationSans-Bold"
	}
	glyphs := slices.Sorted(maps.Keys(f.used))
	sub, err := fewer(ttf, glyphs)
	if err != nil {
		return 0, fmt.Errorf("plots: the embedded font is damaged: %w", err)
	}
	file, err := o.stream(fmt.Sprintf("/Length1 %d", len(sub)), sub)
	if err != nil {
		return 0, err
	}
	var buf sfnt.Buffer
	units := fixed.Int26_6(f.font.UnitsPerEm())
	var widths, letters strings.Builder
	for _, g := range glyphs {
		w, err := f.font.GlyphAdvance(&buf, sfnt.GlyphIndex(g), units, 0)
		if err != nil {
			return 0, fmt.Errorf("plots: the embedded font is damaged: %w", err)
		}
		fmt.Fprintf(&widths, " %d [%s]", g, strings.TrimSuffix(fmt.Sprintf("%.2f", 1000*float64(w)/float64(units)), ".00"))
		fmt.Fprintf(&letters, "1 beginbfchar\n<%04X> <", g)
		for _, u := range utf16.Encode([]rune{f.used[g]}) {
			fmt.Fprintf(&letters, "%04X", u)
		}
		letters.WriteString(">\nendbfchar\n")
	}
	// Heights in thousandths of an em, from the typeface's tables hhea and
	// OS/2; both weights have the same.
	desc := o.add("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [-544 -303 1302 980] /ItalicAngle 0 /Ascent 905 /Descent -212 /CapHeight 688 /StemV 80 /FontFile2 %d 0 R >>",
		name, file)
	cid := o.add("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %d 0 R /DW 0 /W [%s ] /CIDToGIDMap /Identity >>",
		name, desc, widths.String())
	unicode, err := o.stream("", []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Letters def\n/CMapType 2 def\n"+
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"+letters.String()+"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"))
	if err != nil {
		return 0, err
	}
	return o.add("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>", name, cid, unicode), nil
}

var errFont = errors.New("a table ends too early")

// fewer returns a TrueType font with the outlines of some glyphs, and those
// that they are composed of; the others are empty. Glyphs keep their numbers.
// OpenType specification 1.9.1, tables head, loca, glyf.
func fewer(ttf []byte, glyphs []uint16) ([]byte, error) {
	be := binary.BigEndian
	if len(ttf) < 12 {
		return nil, errFont
	}
	tables := map[string][]byte{}
	for i := range int(be.Uint16(ttf[4:])) {
		at := 12 + 16*i
		if at+16 > len(ttf) {
			return nil, errFont
		}
		from, n := int(be.Uint32(ttf[at+8:])), int(be.Uint32(ttf[at+12:]))
		if from+n > len(ttf) {
			return nil, errFont
		}
		tables[string(ttf[at:at+4])] = ttf[from : from+n]
	}
	head, loca, glyf := slices.Clone(tables["head"]), tables["loca"], tables["glyf"]
	if len(head) < 54 || len(tables["maxp"]) < 6 {
		return nil, errFont
	}
	count := int(be.Uint16(tables["maxp"][4:]))
	where := func(g int) int {
		if be.Uint16(head[50:]) == 0 {
			return 2 * int(be.Uint16(loca[2*g:]))
		}
		return int(be.Uint32(loca[4*g:]))
	}
	if n := len(loca); n < 2*(count+1) || be.Uint16(head[50:]) != 0 && n < 4*(count+1) {
		return nil, errFont
	}
	keep := make([]bool, count)
	todo := append([]uint16{0}, glyphs...)
	for len(todo) > 0 {
		g := int(todo[len(todo)-1])
		todo = todo[:len(todo)-1]
		if g >= count || keep[g] {
			continue
		}
		keep[g] = true
		from, to := where(g), where(g+1)
		if from > to || to > len(glyf) {
			return nil, errFont
		}
		parts, err := components(glyf[from:to])
		if err != nil {
			return nil, err
		}
		todo = append(todo, parts...)
	}
	var outlines, places []byte
	for g := range count {
		places = be.AppendUint32(places, uint32(len(outlines)))
		if keep[g] {
			outlines = append(outlines, glyf[where(g):where(g+1)]...)
			for len(outlines)%4 != 0 {
				outlines = append(outlines, 0)
			}
		}
	}
	be.PutUint16(head[50:], 1) // places have 32 bits
	be.PutUint32(head[8:], 0)  // the checksum of the file, which readers of PDF ignore
	tables["head"], tables["glyf"] = head, outlines
	tables["loca"] = be.AppendUint32(places, uint32(len(outlines)))
	return pack(tables), nil
}

// components returns the glyphs that a glyph is composed of.
func components(glyph []byte) ([]uint16, error) {
	be := binary.BigEndian
	if len(glyph) < 10 || int16(be.Uint16(glyph)) >= 0 {
		return nil, nil
	}
	const words, scale, more, xyScale, twoByTwo = 0x1, 0x8, 0x20, 0x40, 0x80
	var out []uint16
	for at := 10; ; {
		if at+4 > len(glyph) {
			return nil, errFont
		}
		flags := be.Uint16(glyph[at:])
		out = append(out, be.Uint16(glyph[at+2:]))
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&xyScale != 0:
			at += 4
		case flags&twoByTwo != 0:
			at += 8
		}
		if flags&more == 0 {
			return out, nil
		}
	}
}

// pack writes the tables that a PDF reader needs into a TrueType file.
func pack(tables map[string][]byte) []byte {
	be := binary.BigEndian
	var names []string
	for _, n := range []string{"cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"} {
		if _, ok := tables[n]; ok {
			names = append(names, n)
		}
	}
	n, log := len(names), 3 // 2³ ≤ 9 tables
	out := be.AppendUint32(nil, 0x00010000)
	out = be.AppendUint16(out, uint16(n))
	out = be.AppendUint16(out, uint16(16<<log))
	out = be.AppendUint16(out, uint16(log))
	out = be.AppendUint16(out, uint16(16*n-16<<log))
	at := 12 + 16*n
	var data []byte
	for _, name := range names {
		t := slices.Clone(tables[name])
		size := len(t)
		for len(t)%4 != 0 {
			t = append(t, 0)
		}
		var sum uint32
		for i := 0; i < len(t); i += 4 {
			sum += be.Uint32(t[i:])
		}
		out = append(out, name...)
		out = be.AppendUint32(out, sum)
		out = be.AppendUint32(out, uint32(at+len(data)))
		out = be.AppendUint32(out, uint32(size))
		data = append(data, t...)
	}
	return append(out, data...)
}
