package models

import (
	"encoding/base64"
	"image"
	"image/color"
	"testing"

	"fusiform/nbext/catalog"
)

func TestFill(t *testing.T) {
	at := func(img image.Image, in catalog.Input) []float32 {
		t.Helper()
		b := img.Bounds()
		in.Width, in.Height = b.Dx(), b.Dy()
		p := newPreparer(in)
		dst := make([]float32, p.size())
		if err := p.fill(dst, img); err != nil {
			t.Fatal(err)
		}
		return dst
	}
	rgb := catalog.Input{Channels: 3}
	grey := catalog.Input{Channels: 1}
	one := func(c color.Color) image.Image {
		img := image.NewNRGBA64(image.Rect(3, 4, 4, 5)) // off the origin
		img.Set(3, 4, c)
		return img
	}
	for _, c := range []struct {
		name string
		img  image.Image
		in   catalog.Input
		want []float32
	}{
		{"colour", one(color.NRGBA{10, 20, 30, 255}), rgb, []float32{10, 20, 30}},
		{"scaled", one(color.NRGBA{10, 20, 30, 255}), catalog.Input{Channels: 3, Mean: []float32{1, 2, 3}, Std: []float32{3, 6, 9}}, []float32{3, 3, 3}},
		{"mean alone", one(color.NRGBA{10, 20, 30, 255}), catalog.Input{Channels: 3, Mean: []float32{1, 2, 3}}, []float32{9, 18, 27}},
		{"transparent is white", one(color.NRGBA{10, 20, 30, 0}), rgb, []float32{255, 255, 255}},
		{"half transparent", one(color.NRGBA{0, 100, 255, 128}), rgb, []float32{127, 177, 255}},
		{"16 bits", one(color.NRGBA64{0x0a80, 0x14ff, 0x1e00, 0xffff}), rgb, []float32{10, 20, 30}},
		{"luma", one(color.NRGBA{10, 20, 30, 255}), grey, []float32{18}}, // .299·10 + .587·20 + .114·30 = 18.15
		{"grey in colour", &image.Gray{Pix: []uint8{77}, Stride: 1, Rect: image.Rect(0, 0, 1, 1)}, rgb, []float32{77, 77, 77}},
		{"grey", &image.Gray{Pix: []uint8{77}, Stride: 1, Rect: image.Rect(0, 0, 1, 1)}, grey, []float32{77}},
		{"blue first", one(color.NRGBA{10, 20, 30, 255}), catalog.Input{Channels: 3, BGR: true, Mean: []float32{1, 2, 3}}, []float32{29, 18, 7}},
	} {
		got := at(c.img, c.in)
		for i := range c.want {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, expected %v", c.name, got, c.want)
				break
			}
		}
	}
	// A colour image of the right size keeps every pixel.
	img := picture(3, 9, 7)
	got := at(img, rgb)
	for i := range 63 {
		px := img.NRGBAAt(i%9, i/9)
		if got[i] != float32(px.R) || got[63+i] != float32(px.G) || got[126+i] != float32(px.B) {
			t.Fatalf("pixel %d is %v %v %v, expected %v", i, got[i], got[63+i], got[126+i], px)
		}
	}
}

// Resizing agrees with pillow's bilinear filter to one grey level.
func TestResize(t *testing.T) {
	var ref struct {
		Cases []struct {
			From, To [2]int
			RGB      string
		}
	}
	readJSON(t, "testdata/resize.json", &ref)
	for _, c := range ref.Cases {
		want, err := base64.StdEncoding.DecodeString(c.RGB)
		if err != nil {
			t.Fatal(err)
		}
		p := newPreparer(catalog.Input{Width: c.To[0], Height: c.To[1], Channels: 3, NHWC: true})
		dst := make([]float32, p.size())
		if err := p.fill(dst, picture(0, c.From[0], c.From[1])); err != nil {
			t.Fatal(err)
		}
		worst, sum := float32(0), float32(0)
		for i, w := range want {
			d := max(dst[i]-float32(w), float32(w)-dst[i])
			worst, sum = max(worst, d), sum+d
		}
		if worst > 1 {
			t.Errorf("%v to %v: off by %v grey levels", c.From, c.To, worst)
		}
		t.Logf("%v to %v: at most %v, on average %.3f grey levels off", c.From, c.To, worst, sum/float32(len(want)))
	}
}

// A grey image of the network's size, which goes a way of its own, is what the
// same pixels in colour are, also as part of a larger one.
func TestFillGrey(t *testing.T) {
	whole := image.NewGray(image.Rect(0, 0, 11, 9))
	for i := range whole.Pix {
		whole.Pix[i] = uint8(37 * i)
	}
	g := whole.SubImage(image.Rect(2, 1, 9, 6)).(*image.Gray)
	colour := image.NewNRGBA(g.Bounds())
	for y := g.Rect.Min.Y; y < g.Rect.Max.Y; y++ {
		for x := g.Rect.Min.X; x < g.Rect.Max.X; x++ {
			colour.Set(x, y, g.At(x, y))
		}
	}
	for _, in := range []catalog.Input{{Channels: 1}, {Channels: 3, Mean: []float32{1, 2, 3}}, {Channels: 3, NHWC: true, BGR: true, Std: []float32{1, 2, 3}}, {Channels: 1, NHWC: true}} {
		in.Width, in.Height = 7, 5
		p := newPreparer(in)
		a, b := make([]float32, p.size()), make([]float32, p.size())
		if err := p.fill(a, g); err != nil {
			t.Fatal(err)
		}
		if err := p.fill(b, colour); err != nil {
			t.Fatal(err)
		}
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("%+v: value %d is %v, in colour %v", in, i, a[i], b[i])
			}
		}
	}
}
