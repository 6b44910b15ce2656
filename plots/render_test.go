package plots_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"html"
	"image/png"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// figures are one of each, with as much in them as they hold.
func figures() map[string]plots.Figure {
	s := stimuli(kind{"face", 6}, kind{"body", 5}, kind{"scene", 9}, kind{"object", 7})
	a, b := simulate("S1", s, 10, "face", 1), simulate("net/layer", s, 10, "face", 2)
	pa, pb := must(tuning.New(a)), must(tuning.New(b))
	all := map[string]plots.Figure{
		"rsm":      plots.RSM{Matrix: must(rsa.New(a, analysis.Pearson))},
		"tuning":   plots.Tuning{Profiles: []*tuning.Profile{pa, pb}, Scores: []analysis.Score{score(.5, .3, .65)}, Ceiling: peopleCeiling()},
		"rows":     plots.Tuning{Profiles: []*tuning.Profile{pa, pb, pa, pb, pa}},
		"encoding": plots.Encoding{Result: result(), Ceiling: peopleCeiling()},
		"subsets":  plots.Subsets{Result: subsets(), Ceiling: peopleCeiling()},
	}
	maps.Copy(all, moreFigures())
	maps.Copy(all, stimulusFigures())
	return all
}

func TestSameFigureSameBytes(t *testing.T) {
	for name, f := range figures() {
		if a, b := must(plots.PNG(f, 0, 0)), must(plots.PNG(f, 0, 0)); !bytes.Equal(a, b) {
			t.Errorf("%s: two PNGs differ", name)
		}
		if a, b := must(plots.SVG(f, 0, 0)), must(plots.SVG(f, 0, 0)); !bytes.Equal(a, b) {
			t.Errorf("%s: two SVGs differ", name)
		}
	}
}

// Whatever the canvas, a figure is drawn or refused, and what is drawn stays
// on the page.
func TestEverySize(t *testing.T) {
	sides := []vg.Length{36, 90, 130, 260, 400, 1400}
	if testing.Short() {
		sides = []vg.Length{36, 130, 700}
	}
	for name, f := range figures() {
		drawn := 0
		for _, w := range sides {
			for _, h := range sides {
				data, err := plots.SVG(f, w, h)
				if err != nil {
					if !strings.Contains(err.Error(), "too small") || w > 500 && h > 500 {
						t.Errorf("%s at %v×%v: %v", name, w, h, err)
					}
					if w == 130 && h == 130 {
						would := regexp.MustCompile(`; ([\d.]+)×([\d.]+) inch would do$`).FindStringSubmatch(err.Error())
						if would == nil {
							t.Errorf("%s at %v×%v: no size that would do: %v", name, w, h, err)
							continue
						}
						x, _ := strconv.ParseFloat(would[1], 64)
						y, _ := strconv.ParseFloat(would[2], 64)
						if _, err := plots.SVG(f, vg.Length(x)*vg.Inch, vg.Length(y)*vg.Inch); err != nil {
							t.Errorf("%s at %s×%s inch: %v", name, would[1], would[2], err)
						}
					}
					continue
				}
				drawn++
				ss, err := parse(string(data))
				if err != nil {
					t.Fatalf("%s at %v×%v: %v", name, w, h, err)
				}
				for _, s := range ss {
					x0, y0, x1, y1 := s.bounds()
					if x0 < -.01 || y0 < -.01 || x1 > float64(w)+.01 || y1 > float64(h)+.01 || math.IsNaN(x0+y0+x1+y1) {
						t.Errorf("%s at %v×%v: %s %q at %v, %v … %v, %v leaves the page", name, w, h, s.kind, s.text, x0, y0, x1, y1)
						break
					}
				}
			}
		}
		if drawn == 0 {
			t.Errorf("%s is drawn at no size", name)
		}
	}
}

func TestPNGSizeAndResolution(t *testing.T) {
	f := figures()["encoding"]
	data := must(plots.PNG(f, 4*vg.Inch, 3*vg.Inch))
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || c.Width != 768 || c.Height != 576 {
		t.Errorf("4×3 inch is %d×%d pixels (%v), want 768×576", c.Width, c.Height, err)
	}
	i := bytes.Index(data, []byte("pHYs"))
	if i < 0 || binary.BigEndian.Uint32(data[i+4:]) != 7559 || data[i+12] != 1 { // 192/0.0254 per metre
		t.Error("the PNG does not say that it has 192 dots per inch")
	}
	// One length: the aspect ratio is the figure's.
	w, h := f.(plots.Sized).Size()
	c, err = png.DecodeConfig(bytes.NewReader(must(plots.PNG(f, 2*w, 0))))
	if err != nil || math.Abs(float64(c.Width)/float64(c.Height)-float64(w/h)) > .01 {
		t.Errorf("with its width alone the figure is %d×%d (%v)", c.Width, c.Height, err)
	}
	for _, l := range [][2]vg.Length{{-1, 100}, {vg.Length(math.NaN()), 100}, {100, vg.Length(math.Inf(1))}, {1, 1}, {1e6, 1e6}} {
		if _, err := plots.PNG(f, l[0], l[1]); err == nil || !strings.Contains(err.Error(), "inch") {
			t.Errorf("size %v: %v", l, err)
		}
	}
	for _, none := range []plots.Figure{nil, (*plots.RSM)(nil)} {
		if _, err := plots.SVG(none, 0, 0); err == nil || !strings.Contains(err.Error(), "no figure") {
			t.Errorf("no figure: %v", err)
		}
	}
}

// No text stands on another, or off the page.
func TestTextsStayApart(t *testing.T) {
	check := func(name string, f plots.Figure, w, h vg.Length) {
		t.Helper()
		ss := shapes(t, f, w, h)
		for i, a := range ss {
			if a.kind != "text" || a.box == [4]float64{} {
				continue
			}
			if a.box[0] < 0 || a.box[1] < 0 || a.box[2] > float64(w) && w > 0 {
				t.Errorf("%s: %q leaves the page", name, a.text)
			}
			for _, b := range ss[i+1:] {
				if b.kind != "text" || b.box == [4]float64{} {
					continue
				}
				if a.box[0] < b.box[2]-.1 && b.box[0] < a.box[2]-.1 && a.box[1] < b.box[3]-.1 && b.box[1] < a.box[3]-.1 {
					t.Errorf("%s: %q stands on %q: %.1f, %.1f", name, a.text, b.text, a.box, b.box)
				}
			}
		}
	}
	for name, f := range figures() {
		w, h := f.(plots.Sized).Size()
		for _, k := range []vg.Length{1, 1.5, 3} {
			check(name, f, k*w, k*h)
		}
		check(name+", narrow", f, 4*vg.Inch, 8*vg.Inch)
	}
	for _, kinds := range [][]kind{
		{{"face", 3}, {"body", 3}, {"scene", 2}, {"object", 2}}, // 10
		{{"human bodypart", 12}, {"human face", 12}, {"nonhuman bodypart", 12}, {"nonhuman face", 12}, {"natural object", 23}, {"artificial object", 21}}, // 92
		murty, // 185
		{{"a category whose name is longer than any figure has room for", 20}, {"b", 1}, {"c", 1}, {"d", 1}, {"another one of those whose names are much too long", 9}},
	} {
		s := stimuli(kinds...)
		a := simulate("S1", s, 12, "face", 1)
		p, long := must(tuning.New(a)), must(tuning.New(a.Named("model/a layer whose name does not end soon enough")))
		nine := []*tuning.Profile{p, p, p, p, p, p, p, p, long}
		name := fmt.Sprint(s.Len(), " stimuli")
		check(name+", RSM", plots.RSM{Matrix: must(rsa.New(a, analysis.Pearson))}, 0, 0)
		check(name+", 1 profile", plots.Tuning{Profiles: []*tuning.Profile{long}, Ceiling: peopleCeiling()}, 0, 0)
		check(name+", 3 profiles", plots.Tuning{Profiles: nine[6:], Ceiling: peopleCeiling(), Scores: []analysis.Score{score(.5, .3, .65), score(-.5, -.3, -.65)}}, 0, 0)
		check(name+", 9 profiles", plots.Tuning{Profiles: nine}, 0, 0)
	}
}

// A figure is drawn on any gonum canvas, also on part of one.
func TestDrawOnForeignCanvas(t *testing.T) {
	for name, f := range figures() {
		for _, part := range [][4]vg.Length{{60, -60, 90, -70}, {200, -20, 20, -100}} { // left, right, bottom, top
			c := vgimg.New(650, 600)
			if err := f.Draw(draw.Crop(draw.New(c), part[0], part[1], part[2], part[3])); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			img := c.Image()
			outside, inside := 0, 0
			b := img.Bounds()
			scale := float64(b.Dx()) / 650
			for y := range b.Dy() {
				for x := range b.Dx() {
					if r, g, bl, _ := img.At(x, y).RGBA(); r&g&bl == 0xffff {
						continue
					}
					px, py := vg.Length(float64(x)/scale), vg.Length(600-float64(y)/scale)
					if px < part[0]-1 || px > 651+part[1] || py < part[2]-1 || py > 601+part[3] {
						outside++
					} else {
						inside++
					}
				}
			}
			if outside > 0 || inside == 0 {
				t.Errorf("%s in %v: %d pixels outside its part of the canvas, %d inside", name, part, outside, inside)
			}
		}
	}
}

func TestSVGIsAccessible(t *testing.T) {
	for name, f := range figures() {
		s := string(must(plots.SVG(f, 0, 0)))
		if !strings.HasPrefix(s, `<svg role="img" aria-label="`) {
			t.Errorf("%s starts with %.60q", name, s)
		}
		if !strings.Contains(s, "<title>") || !strings.Contains(s, html.EscapeString(f.Alt())) {
			t.Errorf("%s does not carry its alternative text", name)
		}
		if strings.Contains(s, "font-family:Liberation Sans;") || !strings.Contains(s, "Arial,Helvetica,sans-serif") {
			t.Errorf("%s has fonts without a fallback", name)
		}
		if n := len(s); n > 250_000 {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
}

// Text from files is shortened and escaped wherever it stands.
func TestHostileText(t *testing.T) {
	evil := `"><script>alert('x')</script><!--]]>` + "\x00\u202e" + `&amp; style="font-family:Liberation Sans;font-variant:normal; xlink:href="data:image/jpg;base64,`
	for name, text := range map[string]string{
		"markup": evil, "long": strings.Repeat("Wäre ", 20000), "right to left": "فص مغزلي שלום", "wide": strings.Repeat("𝕎", 500),
		"empty": "", "control": "\n\r\t\x01\x1b[31m", "not UTF-8": "\xff\xfe\xfd",
	} {
		var items []analysis.Stimulus
		for i := range 8 {
			items = append(items, analysis.Stimulus{ID: text + "/" + text + string(rune('a'+i)), Category: text + string(rune('a'+i/4))})
		}
		s := must(analysis.NewStimuli(items))
		a, b := simulate(text, s, 6, "", 1), simulate("net/"+text, s, 6, "", 2)
		pa, pb := must(tuning.New(a)), must(tuning.New(b))
		m := *analysis.Pearson
		m.Name, m.Symbol = text, text
		r := result()
		r.X, r.Y, r.Stimuli, r.Measure = text, text, must(analysis.NewStimuli(items[:5])), &m
		sc := score(.5, .4, .6)
		sc.Measure = &m
		hostile := map[string]plots.Figure{
			"rsm":      plots.RSM{Matrix: must(rsa.New(a, &m)), Title: text},
			"tuning":   plots.Tuning{Profiles: []*tuning.Profile{pa, pb}, Title: text, Scores: []analysis.Score{sc}, Names: []string{text}, Unit: text},
			"rows":     plots.Tuning{Profiles: []*tuning.Profile{pa, pb, pa, pb}, Title: text},
			"encoding": plots.Encoding{Result: r, Title: text, Unit: text},
			"subsets":  plots.Subsets{Result: &encoding.SubsetResult{All: r, Random: []*encoding.Result{r, r}}, Title: text},
			"grid":     plots.Grid{Title: text, Figures: []plots.Figure{plots.RSM{Matrix: must(rsa.New(a, &m)), Icons: true}}},
		}
		maps.Copy(hostile, hostileFigures(text, &m))
		maps.Copy(hostile, hostileStimulusFigures(text, s))
		for kind, f := range hostile {
			data, err := plots.SVG(f, 0, 0)
			if err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
				continue
			}
			ss, err := parse(string(data))
			if err != nil {
				t.Errorf("%s, %s: not XML: %v", kind, name, err)
			}
			if bytes.Contains(data, []byte("<script")) || len(data) > 100_000 {
				t.Errorf("%s, %s: %d bytes, raw markup: %v", kind, name, len(data), bytes.Contains(data, []byte("<script")))
			}
			for _, x := range ss {
				if x.kind == "text" && len([]rune(x.text)) > 130 {
					t.Errorf("%s, %s: a text of %d letters", kind, name, len([]rune(x.text)))
				}
			}
			alt := f.Alt()
			for _, r := range alt {
				if r < 0x20 || 0x202a <= r && r <= 0x202e || r == 0xfffd && name != "not UTF-8" {
					t.Errorf("%s, %s: Alt holds %q", kind, name, r)
					break
				}
			}
			if !utf8.ValidString(alt) || len(alt) > 10_000 {
				t.Errorf("%s, %s: Alt has %d bytes, valid: %v", kind, name, len(alt), utf8.ValidString(alt))
			}
			made := []plots.Fact{{Name: "layer", Value: strings.ToValidUTF8(text, "\ufffd")}}
			pdf := must(plots.Print{Made: made}.PDF(f))
			readPDF(t, pdf)
			if got, err := plots.MadeOf(pdf); err != nil || !slices.Equal(got, made) {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
			if bytes.Contains(pdf, []byte("<script")) || len(pdf) > 120_000+4*len(text) {
				t.Errorf("%s, %s: the PDF has %d bytes", kind, name, len(pdf))
			}
			marks, cells, err := plots.Marks(f, 0, 0)
			if err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
			for _, c := range cells {
				marks = append(marks, plots.Mark{Text: c.Text(0, 1)})
			}
			for _, m := range marks {
				if len([]rune(m.Text)) > 200 || strings.ContainsAny(m.Text, "\x00\u202e\n") {
					t.Errorf("%s, %s: a mark says %q", kind, name, m.Text)
				}
			}
			if kind == "rsm" || !testing.Short() {
				data, err := plots.PNG(f, 0, 0)
				if err != nil {
					t.Errorf("%s, %s: %v", kind, name, err)
				}
				if !bytes.Contains(data, []byte("iTXtDescription\x00\x00\x00\x00\x00"+alt)) {
					t.Errorf("%s, %s: the PNG does not hold the alternative text", kind, name)
				}
			}
		}
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := figures()["encoding"]
	for _, name := range []string{"a.png", "b.svg", "C.PNG"} {
		path := filepath.Join(dir, name)
		if err := plots.Save(f, path, 0, 0); err != nil {
			t.Fatal(err)
		}
		got := must(os.ReadFile(path))
		want := must(plots.PNG(f, 0, 0))
		if strings.HasSuffix(name, "svg") {
			want = must(plots.SVG(f, 0, 0))
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s holds something else than the figure", name)
		}
	}
	if err := plots.Save(f, filepath.Join(dir, "a.eps"), 0, 0); err == nil || !strings.Contains(err.Error(), ".png, .svg and .pdf") {
		t.Errorf("an unknown format: %v", err)
	}
	if err := plots.Save(f, filepath.Join(dir, "none", "a.png"), 0, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := plots.Save(plots.RSM{}, filepath.Join(dir, "bad.png"), 0, 0); err == nil {
		t.Error("an empty figure is saved")
	}
	if entries := must(os.ReadDir(dir)); len(entries) != 3 {
		t.Errorf("%d files, want 3: failed saves leave something behind", len(entries))
	}
}
