package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

const (
	extensions = "png, jpg, jpeg, gif, bmp, tif, tiff, webp"
	maxPixels  = 100_000_000 // beyond any stimulus; 400 MB once decoded, 800 of 16 bits
	maxBytes   = 1 << 28     // of a file
)

// An imageHead is what an image says of itself.
type imageHead struct {
	format        string
	width, height int
	moves         bool // it has more than one frame
	turned        bool // EXIF says that it is to be turned or mirrored
}

// readHead reads the head of an image of so many bytes. No pixel is decoded.
func readHead(r io.ReaderAt, size int64) (imageHead, error) {
	c, format, err := image.DecodeConfig(io.NewSectionReader(r, 0, size))
	h := imageHead{format: format, width: c.Width, height: c.Height}
	switch {
	case errors.Is(err, image.ErrFormat):
		return h, fmt.Errorf("is not an image, whatever it is called: %w; remove it from the folder, or save it again as PNG", err)
	case err != nil:
		return h, fmt.Errorf("is not a whole image: %w; copy it again from where it comes", err)
	}
	if err := checkSize(h.width, h.height); err != nil {
		return h, err
	}
	if most, known := pixelsPerByte[format]; known && int64(h.width)*int64(h.height)/most > size {
		return h, fmt.Errorf("says that it has %d×%d pixels, which its %d bytes cannot hold: it is damaged or was cut short", h.width, h.height, size)
	}
	switch format {
	case "gif":
		h.moves = gifMoves(io.NewSectionReader(r, 0, size))
	case "webp":
		w, err := readWebP(r, size)
		if err != nil {
			return h, err
		}
		h.moves = w.moves
	case "jpeg":
		h.turned = jpegTurned(io.NewSectionReader(r, 0, size))
	}
	return h, nil
}

// pixelsPerByte is the most that a byte of a file can stand for. PNG: deflate
// shrinks at most to 1/1032, a byte of its output holds 8 pixels of one bit.
// GIF: a code of 12 bits stands for at most 4096 pixels. BMP has at least one
// bit for a pixel. JPEG, WebP and TIFF have no such limit.
var pixelsPerByte = map[string]int64{"png": 8 * 1032, "gif": 4096, "bmp": 8}

// checkSize says what is wrong with an image's size.
func checkSize(width, height int) error {
	switch {
	case width <= 0 || height <= 0:
		return fmt.Errorf("is an image of %d×%d pixels", width, height)
	case width > maxPixels/height:
		return fmt.Errorf("is an image of %d×%d pixels, more than the %d megapixels that are read; make it smaller: networks see some hundred pixels a side", width, height, maxPixels/1_000_000)
	}
	return nil
}

// decodeImage decodes an image, of several frames the first. A decoder that panics
// is an error of the image.
func decodeImage(data []byte) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("cannot be decoded: %v", p)
		}
	}()
	h, err := readHead(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	at := image.Point{}
	if h.format == "webp" && h.moves {
		w, err := readWebP(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil, err
		}
		data, at = w.still(data), w.at
	}
	img, _, err = image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("is not a whole image: %w; copy it again from where it comes", err)
	}
	return onCanvas(img, at, h.width, h.height), nil
}

// onCanvas puts a frame of an animation that does not fill its canvas in its
// place; what is not covered is transparent.
func onCanvas(frame image.Image, at image.Point, width, height int) image.Image {
	b := frame.Bounds()
	if b.Dx() == width && b.Dy() == height {
		return frame
	}
	canvas := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, b.Add(at), frame, b.Min, draw.Src)
	return canvas
}
