package plots_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
)

// raster returns the matrix of an RSM's SVG as an image.
func raster(t *testing.T, ss []shape) (image.Image, shape) {
	t.Helper()
	var best shape
	area := 0.0
	for _, s := range ss {
		if s.kind != "image" {
			continue
		}
		if x0, y0, x1, y1 := s.bounds(); (x1-x0)*(y1-y0) > area {
			area, best = (x1-x0)*(y1-y0), s
		}
	}
	data, ok := strings.CutPrefix(best.text, "data:image/png;base64,")
	if !ok {
		t.Fatal("no matrix in the SVG")
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img, best
}

// stepped has −1, −.5, 0, .5, 1 where one looks first: S[0,0], S[0,1] … and
// nothing symmetric about the other diagonal.
func stepped() *rsa.RSM {
	s := stimuli(kind{"face", 2}, kind{"body", 2})
	return must(rsa.FromSimilarity("S1", s, mat.NewSymDense(4, []float64{
		1, 0.5, 0, -1,
		0.5, 1, -0.5, 0,
		0, -0.5, 1, 0.25,
		-1, 0, 0.25, 1,
	}), analysis.Pearson))
}

func TestRSMOrientationAndColours(t *testing.T) {
	img, place := raster(t, shapes(t, plots.RSM{Matrix: stepped()}, 0, 0))
	x0, y0, x1, y1 := place.bounds()
	if math.Abs((x1-x0)-(y1-y0)) > 1e-3 {
		t.Errorf("the matrix is %v×%v, not square", x1-x0, y1-y0)
	}
	n := img.Bounds().Dx()
	at := func(i, j int) color.RGBA { // row i from the top, column j from the left
		c := color.RGBAModel.Convert(img.At(j*n/4+n/8, i*n/4+n/8)).(color.RGBA)
		return c
	}
	white := color.RGBA{255, 255, 255, 255}
	red := func(c color.RGBA) bool { return c.R > c.B && c.R > c.G }
	blue := func(c color.RGBA) bool { return c.B > c.R }
	if at(0, 2) != white || at(2, 0) != white {
		t.Errorf("similarity 0 is %v, not white", at(0, 2))
	}
	if !blue(at(0, 3)) || !blue(at(3, 0)) || !blue(at(1, 2)) || at(1, 2).R <= at(0, 3).R {
		t.Errorf("−1 is %v, −0.5 is %v: not blue and paler blue", at(0, 3), at(1, 2))
	}
	if !red(at(0, 0)) || !red(at(0, 1)) || at(0, 1).B <= at(0, 0).B || !red(at(2, 3)) || at(2, 3).B <= at(0, 1).B {
		t.Errorf("1, 0.5, 0.25 are %v, %v, %v: not red, paler, palest", at(0, 0), at(0, 1), at(2, 3))
	}
	// Each cell is one colour, to its edges: no seams, no smoothing.
	for y := range n {
		for x := range n {
			if got, want := img.At(x, y), img.At(x*4/n*n/4+n/8, y*4/n*n/4+n/8); got != want {
				t.Fatalf("pixel %d, %d is %v, its cell is %v", x, y, got, want)
			}
		}
	}
}

// The PNG shows the same, read from its pixels: stimulus 0 at the top left,
// its cell as large as the others.
func TestRSMPixels(t *testing.T) {
	s := stimuli(kind{"face", 3})
	m := must(rsa.FromSimilarity("S1", s, mat.NewSymDense(3, []float64{-1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 1}), analysis.Pearson))
	img, err := png.Decode(bytes.NewReader(must(plots.PNG(plots.RSM{Matrix: m}, 0, 0))))
	if err != nil {
		t.Fatal(err)
	}
	_, place := raster(t, shapes(t, plots.RSM{Matrix: m}, 0, 0))
	px0, py0, px1, py1 := place.bounds()
	scale := float64(plots.DPI) / 72
	cell := (px1 - px0) * scale / 3
	height := float64(img.Bounds().Dy())
	pixel := func(i, j float64) color.RGBA { // in cells from the top left of the matrix
		return color.RGBAModel.Convert(img.At(int(px0*scale+j*cell), int(height-py1*scale+i*cell))).(color.RGBA)
	}
	blueEnd, redEnd := pixel(0.5, 0.5), pixel(2.5, 2.5)
	if blueEnd.B <= blueEnd.R || redEnd.R <= redEnd.B {
		t.Fatalf("the first stimulus is %v, the last %v: the matrix does not start at the top left", blueEnd, redEnd)
	}
	for _, d := range []float64{2 / cell, 1 - 2/cell} { // but for the pixel that the frame covers
		if pixel(d, d) != blueEnd || pixel(2+d, 2+d) != redEnd {
			t.Errorf("cells are not whole: %v and %v at %v", pixel(d, d), pixel(2+d, 2+d), d)
		}
	}
	if py0 < 0 || px0 < 0 {
		t.Error("the matrix lies outside the page")
	}
}

func TestRSMBlocksAndLabels(t *testing.T) {
	m := must(rsa.New(simulate("net/layer", stimuli(murty...), 20, "face", 1), analysis.Pearson))
	ss := shapes(t, plots.RSM{Matrix: m}, 0, 0)
	_, place := raster(t, ss)
	x0, y0, x1, y1 := place.bounds()
	side := x1 - x0

	// Names: each category once left of the matrix and once above it, in the
	// middle of its block.
	from := 0
	for _, k := range murty {
		mid := side * (float64(from) + float64(k.n)/2) / 185
		left, above := 0, 0
		for _, s := range ss {
			if s.kind != "text" || s.text != k.name {
				continue
			}
			p := s.points[0]
			if p[0] < x0 && math.Abs(p[1]-(y1-mid)) < 4 {
				left++
			}
			if p[1] > y1 && math.Abs(p[0]-(x0+mid)) < 16 {
				above++
			}
		}
		if left != 1 || above != 1 {
			t.Errorf("%s stands %d times left of its block, %d times above it", k.name, left, above)
		}
		from += k.n
	}

	// Separators: a line across at every border between categories, no other.
	var across, down []float64
	for _, s := range ss {
		if a0, b0, a1, b1 := s.bounds(); s.kind == "path" && s.stroke != "" && len(s.points) == 2 {
			if math.Abs(a1-a0-side) < 0.01 && a0 > x0-.01 && a0 < x0+.01 {
				across = append(across, (y1-b0)/side*185)
			}
			if math.Abs(b1-b0-side) < 0.01 && a0 < x1 {
				down = append(down, (a0-x0)/side*185)
			}
		}
	}
	for _, got := range [][]float64{across, down} {
		if len(got) != 3 || math.Abs(got[0]-50) > .1 || math.Abs(got[1]-75) > .1 || math.Abs(got[2]-135) > .1 {
			t.Errorf("separators at stimuli %v, want 50, 75, 135", got)
		}
	}
	if y0 < 0 {
		t.Error("the matrix leaves the page")
	}

	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"Pearson r (−1 to 1)", "net/layer", "185 stimuli, 20 channels", "−1.0", "0.5"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
}

func TestRSMKeepsTheOrderOfMixedStimuli(t *testing.T) {
	var items []analysis.Stimulus
	for i := range 30 {
		items = append(items, analysis.Stimulus{ID: "x/" + string(rune('a'+i)), Category: []string{"face", "body"}[i/3%2]})
	}
	s := must(analysis.NewStimuli(items))
	v := mat.NewSymDense(30, nil)
	for i := range 30 {
		for j := i; j < 30; j++ {
			v.SetSym(i, j, float64((i*7+j*3)%20)/10-1)
		}
	}
	m := must(rsa.FromSimilarity("S1", s, v, analysis.Pearson))
	before := mat.DenseCopyOf(m.Values)
	ss := shapes(t, plots.RSM{Matrix: m}, 0, 0)
	img, _ := raster(t, ss)
	n := img.Bounds().Dx()
	for i := range 30 {
		for j := range 30 {
			c := color.RGBAModel.Convert(img.At(j*n/30+n/60, i*n/30+n/60)).(color.RGBA)
			if x := m.Values.At(i, j); (x > .01) != (c.R > c.B) || (x < -.01) != (c.B > c.R) {
				t.Fatalf("cell %d, %d of %v is %v: the figure reordered stimuli", i, j, x, c)
			}
		}
	}
	if !mat.Equal(before, m.Values) {
		t.Error("the figure modified its matrix")
	}
	for _, s := range ss {
		if len(s.points) == 2 && s.stroke == "#222222" {
			t.Error("mixed categories have separators")
		}
	}
	if n := len(filled(ss, "#F09678")); n != 1 {
		t.Errorf("%d keys of faces in the legend, want 1", n)
	}
}

// Mixed categories have a lane each, so that a stimulus's category is read
// without colour: the first outermost, left and above.
func TestRSMLanes(t *testing.T) {
	var items []analysis.Stimulus
	names := []string{"scene", "face", "body"}
	for i := range 30 {
		items = append(items, analysis.Stimulus{ID: fmt.Sprint(i), Category: names[i*i%3+i%2*(i%3)%2]})
	}
	s := must(analysis.NewStimuli(items))
	names = s.Categories()
	m := must(rsa.New(simulate("S1", s, 12, "face", 1), analysis.Pearson))
	ss := shapes(t, plots.RSM{Matrix: m}, 0, 0)
	_, place := raster(t, ss)
	x0, _, _, y1 := place.bounds()
	strips := 0
	for _, x := range ss {
		a0, b0, a1, _ := x.bounds()
		if x.kind != "image" || a0 >= x0 && b0 < y1 {
			continue
		}
		strips++
		raw := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(x.text, "data:image/png;base64,")))
		img := must(png.Decode(bytes.NewReader(raw)))
		w, h := img.Bounds().Dx(), img.Bounds().Dy()
		for i := range 30 {
			for k, c := range names {
				px, py := (2*k+1)*w/(2*len(names)), (2*i+1)*h/60
				if a1 > x0 { // above
					px, py = (2*i+1)*w/60, (2*k+1)*h/(2*len(names))
				}
				got := color.RGBAModel.Convert(img.At(px, py)).(color.RGBA)
				if is := got != (color.RGBA{255, 255, 255, 255}); is != (items[i].Category == c) {
					t.Errorf("stimulus %d is a %s; its lane of %s is marked: %v", i, items[i].Category, c, is)
				}
			}
		}
	}
	if strips != 2 {
		t.Errorf("%d strips", strips)
	}
	legend := texts(ss)
	if at := slices.Index(legend, names[0]); at < 0 || !slices.Equal(legend[at:at+len(names)], names) {
		t.Errorf("the legend %q does not name the lanes %q in their order", legend, names)
	}
}

func TestRSMNamesFewStimuli(t *testing.T) {
	m := must(rsa.New(simulate("S1", stimuli(kind{"face", 5}, kind{"body", 5}), 20, "face", 1), analysis.Pearson))
	count := map[string]int{}
	for _, s := range texts(shapes(t, plots.RSM{Matrix: m}, 0, 0)) {
		count[s]++
	}
	for _, name := range []string{"face-001", "face-005", "body-001", "body-005"} {
		if count[name] != 2 {
			t.Errorf("%s is named %d times, want left and below", name, count[name])
		}
	}
}

func TestRSMRange(t *testing.T) {
	unbounded := &analysis.Measure{Name: "covariance", Symbol: "c", Min: math.Inf(-1), Max: math.Inf(1)}
	s := stimuli(kind{"face", 2}, kind{"body", 1})
	m := &rsa.RSM{Source: "S1", Stimuli: s, Measure: unbounded, Values: mat.NewSymDense(3, []float64{9, .1, -.37, .1, 9, .2, -.37, .2, 9})}
	for _, c := range []struct {
		name     string
		f        plots.RSM
		want     string
		pointed  int
		negative bool
	}{
		{"the range of the measure", plots.RSM{Matrix: stepped()}, "Pearson r (−1 to 1)", 0, true},
		{"a range given", plots.RSM{Matrix: stepped(), Min: -.5, Max: .5}, "Pearson r (−0.5 to 0.5)", 2, true},
		{"one without negative values", plots.RSM{Matrix: stepped(), Max: 1}, "Pearson r (0 to 1)", 1, false},
		{"unbounded: symmetric, without the diagonal", plots.RSM{Matrix: m}, "covariance (−0.4 to 0.4)", 1, true},
	} {
		ss := shapes(t, c.f, 0, 0)
		found, points := false, 0
		for _, s := range ss {
			found = found || s.text == c.want
			if s.kind == "path" && s.stroke == "" && len(s.points) == 3 {
				points++
			}
		}
		if !found || points != c.pointed {
			t.Errorf("%s: bar labelled %q is there: %v; %d of its ends are pointed, want %d; texts %q", c.name, c.want, found, points, c.pointed, texts(ss))
		}
	}
}

func TestRSMAlt(t *testing.T) {
	got := plots.RSM{Matrix: stepped()}.Alt()
	want := "Representational similarity matrix of S1: 4 stimuli. Colours show Pearson r from −1 to 1; off the diagonal it ranges from −1.00 to 0.50. " +
		"Mean within categories: face 0.50, body 0.25; between categories −0.38."
	if got != want { // (0 − 1 − .5 + 0)/4 = −.375
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
}

func TestRSMErrors(t *testing.T) {
	s := stimuli(kind{"face", 2})
	sym := func(v ...float64) *mat.SymDense { return mat.NewSymDense(int(math.Sqrt(float64(len(v)))), v) }
	for name, c := range map[string]struct {
		f    plots.RSM
		want string
	}{
		"no matrix":        {plots.RSM{}, "no matrix"},
		"no values":        {plots.RSM{Matrix: &rsa.RSM{Stimuli: s}}, "no matrix"},
		"empty values":     {plots.RSM{Matrix: &rsa.RSM{Stimuli: s, Values: &mat.SymDense{}}}, "no matrix"},
		"another size":     {plots.RSM{Matrix: &rsa.RSM{Stimuli: s, Values: sym(1, 0, 0, 0, 1, 0, 0, 0, 1)}}, "3×3 for 2 stimuli"},
		"one stimulus":     {plots.RSM{Matrix: &rsa.RSM{Stimuli: stimuli(kind{"face", 1}), Values: sym(1)}}, "takes two"},
		"NaN":              {plots.RSM{Matrix: &rsa.RSM{Stimuli: s, Values: sym(1, math.NaN(), 0, 1)}}, `"set/face-001.png" and "set/face-002.png" is NaN`},
		"infinite":         {plots.RSM{Matrix: &rsa.RSM{Stimuli: s, Values: sym(1, math.Inf(1), 0, 1)}}, "+Inf"},
		"a range reversed": {plots.RSM{Matrix: stepped(), Min: 1, Max: -1}, "range from 1 to -1"},
		"a range of NaN":   {plots.RSM{Matrix: stepped(), Min: math.NaN(), Max: 1}, "NaN"},
	} {
		for _, render := range []func() error{
			func() error { _, err := plots.PNG(c.f, 0, 0); return err },
			func() error { _, err := plots.SVG(c.f, 0, 0); return err },
		} {
			if err := render(); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "plots: ") {
				t.Errorf("%s: %v, want an error with %q", name, err, c.want)
			}
		}
		if alt := c.f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
}

func TestRSMGolden(t *testing.T) {
	m := must(rsa.New(simulate("net/layer faces", stimuli(kind{"face", 12}, kind{"body", 12}, kind{"scene", 12}, kind{"object", 12}), 30, "face", 1), analysis.Pearson))
	golden.PNG(t, "rsm.png", must(plots.PNG(plots.RSM{Matrix: m}, 0, 0)))
}
