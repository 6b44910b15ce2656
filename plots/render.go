package plots

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
)

// DPI is the resolution of PNG: twice that of a CSS pixel (1/96 inch), so
// that a figure is sharp on a high-density screen if it is shown at half its
// width in pixels.
const DPI = 192

// Sizes that are accepted, in either direction.
const (
	minSize = vg.Inch / 2
	maxSize = 60 * vg.Inch // a page is 8
)

// PNG renders f as a PNG image of w×h at 192 dpi; the resolution stands in
// the file, so that it keeps its size in print. Where both lengths are 0 the
// figure's own size is used; where one is, the figure's own aspect ratio.
//
// It fails if f is nil, the size is not between half an inch and five feet,
// or f cannot be drawn. Equal figures give equal bytes.
func PNG(f Figure, w, h vg.Length) ([]byte, error) { return Print{Width: w, Height: h}.PNG(f) }

// SVG renders f as an SVG image of w×h, as Print.SVG does.
func SVG(f Figure, w, h vg.Length) ([]byte, error) { return Print{Width: w, Height: h}.SVG(f) }

// PDF renders f as a PDF page of w×h, as Print.PDF does.
func PDF(f Figure, w, h vg.Length) ([]byte, error) { return Print{Width: w, Height: h}.PDF(f) }

// Save renders f into a file of w×h, as Print.Save does.
func Save(f Figure, path string, w, h vg.Length) error {
	return Print{Width: w, Height: h}.Save(f, path)
}

// PNG renders f as a PNG image. Its resolution stands in the file, and so do
// the alternative text (iTXt "Description") and what made it.
func (p Print) PNG(f Figure) ([]byte, error) {
	pg, err := p.page(f)
	if err != nil {
		return nil, err
	}
	c := newPixelCanvas(pg.w, pg.h, pg.pixels())
	if err := pg.draw(f, c); err != nil {
		return nil, err
	}
	data, err := encodePNG(c.pixels())
	if err != nil {
		return nil, err
	}
	return annotatePNG(data, pg.perMetre(), f.Alt(), p.Made), nil
}

// Save renders f into a file whose format is that of its name: .png, .svg or
// .pdf. The file is written whole or not at all.
func (p Print) Save(f Figure, path string) error {
	var data []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".png":
		data, err = p.PNG(f)
	case ".svg":
		data, err = p.SVG(f)
	case ".pdf":
		data, err = p.PDF(f)
	default:
		return fmt.Errorf("plots: cannot save %q: its format would be %q, and .png, .svg and .pdf are what there is", path, ext)
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
