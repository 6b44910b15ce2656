package plots

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"
)

// Images with a palette are copied pixel by pixel as image/draw does it.
func TestPaint(t *testing.T) {
	src := image.NewPaletted(image.Rect(3, 4, 10, 9), color.Palette{color.RGBA{1, 2, 3, 255}, color.Gray{200}, color.NRGBA{9, 8, 7, 255}})
	for i := range src.Pix {
		src.Pix[i] = uint8(i*i) % 3
	}
	got, want := image.NewRGBA(image.Rect(0, 0, 20, 20)), image.NewRGBA(image.Rect(0, 0, 20, 20))
	at := image.Pt(5, 6)
	paint(got, at, src)
	draw.Draw(want, image.Rectangle{at, at.Add(src.Bounds().Size())}, src, src.Bounds().Min, draw.Over)
	if !bytes.Equal(got.Pix, want.Pix) {
		t.Error("the copy differs")
	}
}

// What the encoder writes, image/png reads as it was.
func TestEncodePNG(t *testing.T) {
	img := image.NewRGBA(image.Rect(2, 3, 39, 20))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i * 7)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	data, err := encodePNG(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.(*image.RGBA).Pix, img.Pix) || got.Bounds().Size() != img.Bounds().Size() {
		t.Error("the image comes back as another")
	}
}
