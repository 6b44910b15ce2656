package plots

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
)

// PDF renders f as a PDF page: text as text in embedded subsets of Liberation
// Sans, lines and areas as such, matrices as images of a pixel per cell or
// more. The page is a tagged figure with f's alternative text, which a screen
// reader reads; title and subject are that text too. The file holds no date,
// path or random number: equal figures give equal bytes.
//
// It is written here, since gonum's vgpdf knows only the letters of Windows
// Latin 1 (no minus sign), dates its files and orders images at random.
func (p Print) PDF(f Figure) ([]byte, error) {
	pg, err := p.page(f)
	if err != nil {
		return nil, err
	}
	c := newPDFCanvas(pg)
	if err := pg.draw(f, c); err != nil {
		return nil, err
	}
	return c.file(pg, cleanSentence(f.Alt()), p.Made)
}

// objects are those of a PDF file, numbered from 1.
type objects struct{ list [][]byte }

// add adds an object and returns its number.
func (o *objects) add(format string, args ...any) int {
	o.list = append(o.list, fmt.Appendf(nil, format, args...))
	return len(o.list)
}

// stream adds a compressed stream; dict are the entries of its dictionary.
func (o *objects) stream(dict string, data []byte) (int, error) {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		return 0, fmt.Errorf("plots: %w", err)
	}
	if err := z.Close(); err != nil {
		return 0, fmt.Errorf("plots: %w", err)
	}
	return o.add("<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", dict, b.Len(), b.Bytes()), nil
}

// file returns the whole file: the objects, where each stands, and which is
// the root.
func (o *objects) file(root, info int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(o.list))
	for i, body := range o.list {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, root, info, xref)
	return b.Bytes()
}

// file puts the document together. Objects 1 to 3, which others name before
// they are written, are the pages, the page and the figure's structure.
func (c *pdfCanvas) file(pg page, alt string, made []Fact) ([]byte, error) {
	const pages, leaf, figure = 1, 2, 3
	o := &objects{list: make([][]byte, 3)}
	// The whole page is the content of one structure element, a figure.
	content := fmt.Appendf(nil, "/Figure << /MCID 0 >> BDC\nq\n%s 0 0 %s 0 0 cm\n", dec(vg.Length(pg.zoom)), dec(vg.Length(pg.zoom)))
	content = append(append(content, c.b.Bytes()...), "Q\nEMC\n"...)
	stream, err := o.stream("", content)
	if err != nil {
		return nil, err
	}
	var resources strings.Builder
	resources.WriteString("/Font <<")
	for i := range c.fonts {
		if len(c.fonts[i].used) > 0 {
			n, err := c.fonts[i].add(o)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&resources, " /F%d %d 0 R", i, n)
		}
	}
	resources.WriteString(" >> /XObject <<")
	for i, m := range c.images {
		n, err := o.stream(m.dict, m.data)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&resources, " /I%d %d 0 R", i, n)
	}
	resources.WriteString(" >> /ExtGState <<")
	for i, a := range c.alphas {
		fmt.Fprintf(&resources, " /A%d << /ca %.3g /CA %.3g >>", i, a, a)
	}
	resources.WriteString(" >>")

	tree := o.add("<< /Type /StructTreeRoot /K %d 0 R /ParentTree << /Nums [0 [%d 0 R]] >> >>", figure, figure)
	zoom := vg.Length(pg.zoom)
	box := fmt.Sprintf("[0 0 %s %s]", dec(pg.w*zoom), dec(pg.h*zoom))
	o.list[pages-1] = fmt.Appendf(nil, "<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", leaf)
	o.list[leaf-1] = fmt.Appendf(nil, "<< /Type /Page /Parent %d 0 R /MediaBox %s /Contents %d 0 R /Resources << %s >> /StructParents 0 >>",
		pages, box, stream, resources.String())
	o.list[figure-1] = fmt.Appendf(nil, "<< /Type /StructElem /S /Figure /P %d 0 R /Pg %d 0 R /K 0 /Alt %s /A << /O /Layout /BBox %s >> >>",
		tree, leaf, pdfString(alt), box)
	title, _, _ := strings.Cut(alt, ". ")
	info := fmt.Sprintf("/Title %s /Subject %s /Creator (Fusiform)", pdfString(label(title)), pdfString(alt))
	if text := encodeFacts(made); text != "" {
		info += " /" + madeKey + " " + pdfString(text)
	}
	root := o.add("<< /Type /Catalog /Pages %d 0 R /Lang (en) /MarkInfo << /Marked true >> /StructTreeRoot %d 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
		pages, tree)
	return o.file(root, o.add("<< %s >>", info)), nil
}
