package plots_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"sync"
	"sync/atomic"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	drawn "fusiform/analysis/simulate"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Means by hand: of a 4×2 picture in 2×1 pixels, each pixel is the mean of
// four.
func TestReduce(t *testing.T) {
	src := image.NewGray(image.Rect(0, 0, 4, 2))
	src.Pix = []uint8{0, 100, 10, 20, 200, 100, 30, 40}
	got := plots.Reduce(src, 2, 2) // its aspect ratio is 2:1
	if got.Bounds().Size() != image.Pt(2, 1) || got.RGBAAt(0, 0).R != 100 || got.RGBAAt(1, 0).G != 25 {
		t.Errorf("%v %v", got.Bounds(), got.Pix)
	}
	// A pixel of three that covers two thirds of its neighbours' halves:
	// 0–1⅓ of 0, 90, 180, 30 is (0 + 90/3)/1⅓ = 22.5.
	row := image.NewGray(image.Rect(5, 5, 9, 6)) // not at the origin
	row.Pix = []uint8{0, 90, 180, 30}
	got = plots.Reduce(row, 3, 3)
	if got.Bounds().Size() != image.Pt(3, 1) || got.RGBAAt(0, 0).R != 23 && got.RGBAAt(0, 0).R != 22 || got.RGBAAt(2, 0).R != 68 && got.RGBAAt(2, 0).R != 67 {
		t.Errorf("%v %v", got.Bounds(), got.Pix) // (180/3 + 30)/1⅓ = 67.5
	}
	// Transparent is white; half black is grey.
	clear := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	clear.SetNRGBA(1, 0, color.NRGBA{0, 0, 0, 128})
	got = plots.Reduce(clear, 2, 2)
	if got.RGBAAt(0, 0) != (color.RGBA{255, 255, 255, 255}) || got.RGBAAt(1, 0) != (color.RGBA{127, 127, 127, 255}) {
		t.Errorf("%v", got.Pix)
	}
	// A constant picture stays constant whatever the sizes, up and down.
	for _, s := range [][4]int{{7, 5, 3, 3}, {100, 1, 9, 9}, {3, 3, 50, 50}, {1, 1, 1, 1}, {640, 480, 33, 20}} {
		flat := image.NewGray(image.Rect(0, 0, s[0], s[1]))
		for i := range flat.Pix {
			flat.Pix[i] = 77
		}
		got := plots.Reduce(flat, s[2], s[3])
		if b := got.Bounds(); b.Dx() > s[2] || b.Dy() > s[3] || b.Dx() != s[2] && b.Dy() != s[3] {
			t.Errorf("%v: fitted to %v", s, b)
		}
		for i, v := range got.Pix {
			if want := uint8(77); i%4 != 3 && v != want {
				t.Errorf("%v: %d of a constant 77", s, v)
				break
			}
		}
	}
}

// quarters is a picture whose quarters are red, green, blue, yellow.
func quarters(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [4]color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 0, 255}}[2*(2*y/h)+2*x/w]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// A pictured figure draws one picture in a square.
type pictured struct {
	s    analysis.Stimulus
	r    vg.Rectangle
	tell func(vg.Rectangle)
}

func (f pictured) Draw(c draw.Canvas) error {
	if at := plots.PictureOn(c, f.s, f.r); f.tell != nil {
		f.tell(at)
	}
	return nil
}
func (f pictured) Alt() string { return "a picture" }

// Pictures stand upright, their aspect ratio kept, in the middle.
func TestPicture(t *testing.T) {
	s := analysis.Stimulus{ID: "a", Category: "face", Image: func() (image.Image, error) { return quarters(200, 100), nil }}
	var at vg.Rectangle
	f := pictured{s: s, r: vg.Rectangle{Min: vg.Point{X: 30, Y: 30}, Max: vg.Point{X: 90, Y: 90}}, tell: func(r vg.Rectangle) { at = r }}
	img, err := png.Decode(bytes.NewReader(must(plots.PNG(f, 120, 120))))
	if err != nil {
		t.Fatal(err)
	}
	if w, h := at.Max.X-at.Min.X, at.Max.Y-at.Min.Y; w != 60 || h != 30 || at.Min.Y != 45 {
		t.Errorf("a 2:1 picture in a square of 60 points stands at %v", at)
	}
	px := func(x, y float64) color.RGBA { // points from the upper left
		return color.RGBAModel.Convert(img.At(int(x*192/72), int(y*192/72))).(color.RGBA)
	}
	for _, c := range []struct {
		x, y float64
		want color.RGBA
	}{{40, 50, color.RGBA{255, 0, 0, 255}}, {80, 50, color.RGBA{0, 255, 0, 255}}, {40, 70, color.RGBA{0, 0, 255, 255}}, {80, 70, color.RGBA{255, 255, 0, 255}}, {60, 40, color.RGBA{255, 255, 255, 255}}} {
		if got := px(c.x, c.y); got != c.want {
			t.Errorf("at %v, %v: %v, want %v", c.x, c.y, got, c.want)
		}
	}
	for _, bad := range []analysis.Stimulus{
		{ID: "b", Category: "face"},
		{ID: "c", Category: "face", Image: func() (image.Image, error) { return nil, errors.New("damaged") }},
		{ID: "d", Category: "face", Image: func() (image.Image, error) { return nil, nil }},
		{ID: "e", Category: "face", Image: func() (image.Image, error) { return image.NewRGBA(image.Rectangle{}), nil }},
	} {
		ss := shapes(t, pictured{s: bad, r: f.r}, 120, 120)
		arcs := 0
		for _, s := range ss {
			arcs += s.arcs
		}
		if arcs == 0 {
			t.Errorf("%s: no glyph of a face where there is no picture", bad.ID)
		}
	}
}

// Pictures are decoded once for each size, whoever asks at a time.
func TestPicturesAreDecodedOnce(t *testing.T) {
	var decoded atomic.Int32
	s := analysis.Stimulus{ID: "a", Category: "face",
		Image:  func() (image.Image, error) { decoded.Add(1); return quarters(64, 64), nil },
		Digest: func() ([32]byte, error) { return [32]byte{1, 2, 3}, nil }}
	f := pictured{s: s, r: vg.Rectangle{Max: vg.Point{X: 33, Y: 33}}}
	first := must(plots.PNG(f, 40, 40))
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if !bytes.Equal(first, must(plots.PNG(f, 40, 40))) {
				t.Error("another picture")
			}
		})
	}
	wait.Wait()
	if n := decoded.Load(); n != 1 {
		t.Errorf("decoded %d times", n)
	}
	must(plots.PNG(f, 0, 80)) // the same size in points: the same pixels
	if n := decoded.Load(); n != 1 {
		t.Errorf("decoded %d times", n)
	}
	if _, _, err := plots.Marks(f, 40, 40); err != nil || decoded.Load() != 1 {
		t.Error("listening decodes", err)
	}
	// Another content under the same ID is another picture.
	other := s
	other.Digest = func() ([32]byte, error) { return [32]byte{9}, nil }
	other.Image = func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 64, 64)), nil }
	if bytes.Equal(first, must(plots.PNG(pictured{s: other, r: f.r}, 40, 40))) {
		t.Error("a picture is taken from another of the same ID")
	}
}

// Pictures along an RSM: each of up to 20 stimuli, or one of each category,
// beside its row and above its column.
func TestRSMIcons(t *testing.T) {
	for _, c := range []struct{ each, want int }{{3, 15}, {12, 5}} {
		s := must(drawn.Drawings{PerCategory: c.each}.Stimuli())
		m := must(rsa.New(simulate("net/layer", s, 12, "face", 1), analysis.Pearson))
		f := plots.RSM{Matrix: m, Icons: true}
		marks, cells, err := plots.Marks(f, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		area := cells[0].Area
		cell := (area.Max.X - area.Min.X) / vg.Length(s.Len())
		left, above := 0, 0
		for _, k := range marks {
			i, ok := s.Index(k.Stimuli[0].ID)
			if !ok {
				t.Fatalf("a picture of %v", k.Stimuli)
			}
			per := s.Len() / c.want // the stimuli that a picture stands for
			mid := cell * (vg.Length(i) + vg.Length(per)/2)
			x, y := (k.Area.Min.X+k.Area.Max.X)/2, (k.Area.Min.Y+k.Area.Max.Y)/2
			switch {
			case k.Area.Max.X < area.Min.X && abs(area.Max.Y-mid-y) < 1:
				left++
			case k.Area.Min.Y > area.Max.Y && abs(area.Min.X+mid-x) < 1:
				above++
			default:
				t.Errorf("the picture of %s stands at %v, its row's middle is %v from the top", k.Text, k.Area, mid)
			}
		}
		if left != c.want || above != c.want {
			t.Errorf("%d stimuli: %d pictures left, %d above, want %d", s.Len(), left, above, c.want)
		}
		images := 0
		for _, x := range shapes(t, f, 0, 0) {
			if x.kind == "image" {
				images++
			}
		}
		if want := 2*c.want + 4; images != want { // matrix, two strips, bar
			t.Errorf("%d images, want %d", images, want)
		}
	}
}

func abs(v vg.Length) vg.Length { return max(v, -v) }
