package plots

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"html"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// DPI is the resolution of PNG: twice that of a CSS pixel (1/96 inch), so
// that a figure is sharp on a high-density screen if it is shown at half its
// width in pixels.
const DPI = 192

// Sizes that are accepted, in either direction.
const (
	minSize = vg.Inch / 2
	maxSize = 60 * vg.Inch // 11 520 pixels; a page is 8
)

// PNG renders f as a PNG image of w×h at 192 dpi; the resolution stands in
// the file, so that it keeps its size in print. Where both lengths are 0 the
// figure's own size is used; where one is, the figure's own aspect ratio.
//
// It fails if f is nil, the size is not between half an inch and five feet,
// or f cannot be drawn. Equal figures give equal bytes.
func PNG(f Figure, w, h vg.Length) ([]byte, error) {
	w, h, err := size(f, w, h)
	if err != nil {
		return nil, err
	}
	c := newPixelCanvas(w, h)
	if err := f.Draw(draw.New(c)); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	// Compressing harder costs ten times the time for a fifth of the size.
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, c.Image()); err != nil {
		return nil, fmt.Errorf("plots: %w", err)
	}
	return withResolution(b.Bytes()), nil
}

// withResolution inserts a pHYs chunk (pixels per metre) behind the header of
// a PNG file: signature 8 bytes, IHDR 25.
func withResolution(data []byte) []byte {
	const header = 8 + 25
	perMetre := uint32(math.Round(DPI / 0.0254))
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

// SVG renders f as an SVG image of w×h, sized like PNG. The root element has
// role="img" and f's alternative text, escaped, as its label and title; the
// text stays text, in Liberation Sans or the sans-serif font that is there.
// It can stand in a page as it is: it has no prolog, style sheet or script.
func SVG(f Figure, w, h vg.Length) ([]byte, error) {
	w, h, err := size(f, w, h)
	if err != nil {
		return nil, err
	}
	c := vgsvg.New(w, h)
	if err := f.Draw(draw.New(c)); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("plots: %w", err)
	}
	return finishSVG(b.String(), f.Alt())
}

// finishSVG puts the alternative text in, and mends what vgsvg leaves open: a
// font family without a fallback, which a browser replaces by its serif font,
// and a PNG that calls itself a JPEG and is blurred when enlarged. Texts of
// the figure are escaped by vgsvg, so no pattern with a quote occurs in them.
func finishSVG(s, alt string) ([]byte, error) {
	root := strings.Index(s, "<svg ")
	if root < 0 {
		return nil, errors.New("plots: the SVG has no root element")
	}
	length := strings.Index(s[root:], ">\n")
	if length < 0 {
		return nil, errors.New("plots: the root element of the SVG does not end")
	}
	end := root + length
	alt = html.EscapeString(clean(alt))
	body := strings.NewReplacer(
		`style="font-family:Liberation Sans;font-variant:normal;`, `style="font-family:'Liberation Sans',Arial,Helvetica,sans-serif;`,
		`xlink:href="data:image/jpg;base64,`, `style="image-rendering:pixelated" preserveAspectRatio="none" xlink:href="data:image/png;base64,`,
	).Replace(s[end+2:])
	return []byte(`<svg role="img" aria-label="` + alt + `" ` + s[root+len("<svg "):end] +
		">\n<title>" + alt + "</title>\n" +
		`<rect width="100%" height="100%" fill="#FFFFFF"/>` + "\n" + body), nil
}

// Save renders f into a file whose format is that of its name, .png or .svg,
// sized like PNG. The file is written whole or not at all.
func Save(f Figure, path string, w, h vg.Length) error {
	var data []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".png":
		data, err = PNG(f, w, h)
	case ".svg":
		data, err = SVG(f, w, h)
	default:
		return fmt.Errorf("plots: cannot save %q: its format would be %q, and .png and .svg are what there is", path, ext)
	}
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".figure-*")
	if err != nil {
		return fmt.Errorf("plots: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if e := tmp.Chmod(0o644); err == nil {
		err = e
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("plots: %w", err)
	}
	return nil
}

// size fills in the lengths that are 0 and refuses those that make no image.
func size(f Figure, w, h vg.Length) (vg.Length, vg.Length, error) {
	if v := reflect.ValueOf(f); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return 0, 0, errors.New("plots: no figure")
	}
	if w == 0 || h == 0 {
		fw, fh := 6*vg.Inch, 4*vg.Inch
		if s, ok := f.(Sized); ok {
			fw, fh = s.Size()
		}
		switch {
		case w != 0:
			h = w * fh / fw
		case h != 0:
			w = h * fw / fh
		default:
			w, h = fw, fh
		}
	}
	for _, l := range [2]vg.Length{w, h} {
		if !(l >= minSize && l <= maxSize) { // NaN too
			return 0, 0, fmt.Errorf("plots: a figure of %.3g×%.3g inch cannot be made; each side must be between %g and %g",
				w/vg.Inch, h/vg.Inch, minSize/vg.Inch, maxSize/vg.Inch)
		}
	}
	return w, h, nil
}
