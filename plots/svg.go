package plots

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// SVG renders f as an SVG image. The root element has role="img" and f's
// alternative text, escaped, as its label and title; the text stays text, in
// Liberation Sans or the sans-serif font that is there. What made the figure
// stands in its metadata element. It can stand in a page as it is: it has no
// prolog, style sheet or script.
//
// The marks of the figure (see Marks) are transparent areas with titles,
// which a browser shows to who points there: all of a kind, or none where the
// file would become larger than 250 kB by them.
func (p Print) SVG(f Figure) ([]byte, error) {
	pg, err := p.page(f)
	if err != nil {
		return nil, err
	}
	c := &svgCanvas{Canvas: vgsvg.New(pg.w, pg.h)}
	if err := pg.draw(f, c); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("plots: %w", err)
	}
	body, err := mendSVG(b.String())
	if err != nil {
		return nil, err
	}
	alt := html.EscapeString(cleanSentence(f.Alt()))
	zoom := vg.Length(pg.zoom)
	var out strings.Builder
	fmt.Fprintf(&out, `<svg role="img" aria-label="%s" width="%.5gpt" height="%.5gpt" viewBox="0 0 %.5g %.5g"`+"\n\t"+
		`xmlns="http://www.w3.org/2000/svg"`+"\n\t"+`xmlns:xlink="http://www.w3.org/1999/xlink">`+"\n",
		alt, pg.w*zoom, pg.h*zoom, pg.w, pg.h)
	fmt.Fprintf(&out, "<title>%s</title>\n", alt)
	if made := encodeFacts(p.Made); made != "" {
		out.WriteString(metadataTag + html.EscapeString(made) + "</metadata>\n")
	}
	out.WriteString(`<rect width="100%" height="100%" fill="#FFFFFF"/>` + "\n")
	end := strings.LastIndex(body, "</svg>")
	if end < 0 {
		return nil, errors.New("plots: the SVG does not end")
	}
	out.WriteString(body[:end])
	out.WriteString(c.titles(pg.h, svgMost-out.Len()))
	out.WriteString(body[end:])
	return []byte(out.String()), nil
}

// svgMost is the size in bytes that marks may not make a file larger than.
const svgMost = 250_000

// metadataTag starts the element that holds what made a figure.
const metadataTag = `<metadata id="fusiform">`

// An svgCanvas draws and listens.
type svgCanvas struct {
	*vgsvg.Canvas
	ears
}

// titles returns the marks as transparent areas with titles, as far as they
// fit into so many bytes: cells below the marks, since these are on top.
func (c *svgCanvas) titles(h vg.Length, room int) string {
	const open, shut = `<g fill="#FFFFFF" fill-opacity="0">` + "\n", "</g>\n"
	room -= len(open) + len(shut)
	area := func(b *strings.Builder, r vg.Rectangle, text string) {
		fmt.Fprintf(b, `<rect x="%.4g" y="%.4g" width="%.4g" height="%.4g"><title>%s</title></rect>`+"\n",
			r.Min.X, h-r.Max.Y, r.Max.X-r.Min.X, r.Max.Y-r.Min.Y, html.EscapeString(text))
	}
	var marks strings.Builder
	for _, m := range c.marks {
		if area(&marks, m.Area, m.Text); marks.Len() > room {
			marks.Reset()
			break
		}
	}
	var cells strings.Builder
	for _, m := range c.cells {
		before := cells.String()
		for i := range m.Rows {
			for j := range m.Columns {
				if cells.Len()+marks.Len() <= room {
					area(&cells, m.Cell(i, j), m.Text(i, j))
				}
			}
		}
		if cells.Len()+marks.Len() > room {
			cells.Reset()
			cells.WriteString(before)
		}
	}
	if marks.Len()+cells.Len() == 0 {
		return ""
	}
	return open + cells.String() + marks.String() + shut
}

// mendSVG takes off the root element's start and mends what vgsvg leaves open:
// a font family without a fallback, which a browser replaces by its serif
// font, and a PNG that calls itself a JPEG and is blurred when enlarged. Texts
// of the figure are escaped by vgsvg, so no pattern with a quote occurs in
// them.
func mendSVG(s string) (string, error) {
	root := strings.Index(s, "<svg ")
	if root < 0 {
		return "", errors.New("plots: the SVG has no root element")
	}
	length := strings.Index(s[root:], ">\n")
	if length < 0 {
		return "", errors.New("plots: the root element of the SVG does not end")
	}
	return strings.NewReplacer(
		`style="font-family:Liberation Sans;font-variant:normal;`, `style="font-family:'Liberation Sans',Arial,Helvetica,sans-serif;`,
		`xlink:href="data:image/jpg;base64,`, `style="image-rendering:pixelated" preserveAspectRatio="none" xlink:href="data:image/png;base64,`,
	).Replace(s[root+length+2:]), nil
}
