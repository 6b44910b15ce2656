package plots_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"math"
	"strings"
	"testing"

	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

// coarse returns the mean grey of each of n×n fields of an image.
func coarse(img image.Image, n int) []float64 {
	b := img.Bounds()
	sum, count := make([]float64, n*n), make([]float64, n*n)
	at := img.(image.RGBA64Image).RGBA64At
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := at(x, y)
			k := y*n/b.Dy()*n + x*n/b.Dx()
			sum[k] += (float64(c.R) + float64(c.G) + float64(c.B)) / 3 / 257
			count[k]++
		}
	}
	for k := range sum {
		sum[k] /= count[k]
	}
	return sum
}

// A figure at any resolution is the same figure in more pixels.
func TestResolutions(t *testing.T) {
	all := figures()
	for name, resolutions := range map[string][]int{"rsm": {192, 96, 300}, "tuning": {192, 300}, "subsets": {192, 600}} {
		f := all[name]
		var first []float64
		for _, dpi := range resolutions {
			data := must(plots.Print{DPI: dpi}.PNG(f))
			img, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			w, h := f.(plots.Sized).Size()
			if x, y := float64(w)/72*float64(dpi), float64(h)/72*float64(dpi); math.Abs(x-float64(img.Bounds().Dx())) > 1 || math.Abs(y-float64(img.Bounds().Dy())) > 1 {
				t.Errorf("%s at %d dpi is %v, want %.0f×%.0f", name, dpi, img.Bounds().Size(), x, y)
			}
			i := bytes.Index(data, []byte("pHYs"))
			if got := binary.BigEndian.Uint32(data[i+4:]); math.Abs(float64(got)-float64(dpi)/.0254) > .5 {
				t.Errorf("%s at %d dpi says %d per metre", name, dpi, got)
			}
			fields := coarse(img, 16)
			if first == nil {
				first = fields
				continue
			}
			var worst, mean float64
			for k := range fields {
				d := math.Abs(fields[k] - first[k])
				worst, mean = math.Max(worst, d), mean+d/float64(len(fields))
			}
			if worst > 8 || mean > 1.6 {
				t.Errorf("%s at %d dpi: fields differ from 192 dpi by up to %.1f of 255, by %.2f in the mean: another figure", name, dpi, worst, mean)
			}
		}
	}
}

// What is drawn stands at one place in points, whatever the format.
func TestOneLayout(t *testing.T) {
	f := plots.RSM{Matrix: stepped()}
	_, place := raster(t, shapes(t, f, 0, 0))
	x0, y0, x1, y1 := place.bounds()
	_, cells, err := plots.Marks(f, 0, 0)
	if err != nil || len(cells) != 1 {
		t.Fatal(cells, err)
	}
	a := cells[0].Area
	for i, d := range []float64{x0 - float64(a.Min.X), y0 - float64(a.Min.Y), x1 - float64(a.Max.X), y1 - float64(a.Max.Y)} {
		if math.Abs(d) > .01 {
			t.Errorf("edge %d of the matrix lies %v points from its marks", i, d)
		}
	}
}

// A column of a journal is narrower than most figures: they become higher, and
// stay readable. A slide has the same figure, larger.
func TestColumnAndSlide(t *testing.T) {
	for name, f := range figures() {
		data, err := plots.Print{Width: plots.Column}.SVG(f)
		if err != nil {
			t.Errorf("%s in a column: %v", name, err)
			continue
		}
		if !strings.Contains(string(data), `width="252pt"`) {
			t.Errorf("%s in a column is not 3.5 inches wide: %.300s", name, data)
		}
		for _, x := range must(parse(string(data))) {
			if x.kind == "text" && x.box != [4]float64{} && (x.box[0] < 0 || x.box[2] > float64(plots.Column)) {
				t.Errorf("%s in a column: %q from %.1f to %.1f leaves the page", name, x.text, x.box[0], x.box[2])
			}
		}
		own := must(plots.Print{Width: plots.Slide / 2}.SVG(f))
		slide := string(must(plots.Print{Width: plots.Slide, Zoom: 2}.SVG(f)))
		if !strings.Contains(slide, `width="960pt"`) || !strings.Contains(slide, `viewBox="0 0 480 `) {
			t.Errorf("%s on a slide: %.400s", name, slide[strings.Index(slide, " width="):])
		}
		if strings.Join(texts(must(parse(slide))), "|") != strings.Join(texts(must(parse(string(own)))), "|") {
			t.Errorf("%s on a slide has other texts than at half its width", name)
		}
		c, err := png.DecodeConfig(bytes.NewReader(must(plots.Print{Width: plots.Slide, Zoom: 2, DPI: 48}.PNG(f))))
		if err != nil || c.Width != 640 { // 13⅓ inches
			t.Errorf("%s on a slide at 48 dpi is %d pixels wide (%v), want 640", name, c.Width, err)
		}
	}
}

func TestPrintLimits(t *testing.T) {
	f := figures()["encoding"]
	for _, c := range []struct {
		p    plots.Print
		want string
	}{
		{plots.Print{DPI: 20}, "20 dots per inch"},
		{plots.Print{DPI: 5000}, "5000 dots per inch"},
		{plots.Print{DPI: -1}, "-1 dots per inch"},
		{plots.Print{Zoom: -1}, "zoomed -1 times"},
		{plots.Print{Zoom: math.NaN()}, "zoomed NaN times"},
		{plots.Print{Width: 50 * vg.Inch, Height: 50 * vg.Inch, DPI: 2400}, "million pixels"},
		{plots.Print{Width: vg.Length(math.NaN())}, "inch"},
		{plots.Print{Width: 1e9}, "inch"},
	} {
		if _, err := c.p.PNG(f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want an error with %q", c.p, err, c.want)
		}
	}
}
