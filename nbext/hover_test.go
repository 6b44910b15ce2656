package nbext

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/internal/realdata"
	"fusiform/plots"
)

// matrix is an RSM of values that differ from cell to cell.
func matrix(t *testing.T, s analysis.Stimuli) plots.RSM {
	t.Helper()
	v := mat.NewSymDense(s.Len(), nil)
	for i := range s.Len() {
		for j := range i {
			v.SetSym(i, j, float64((i*7919+j*104729)%2001)/1000-1)
		}
		v.SetSym(i, i, 1)
	}
	m, err := rsa.FromSimilarity("S1", s, v, analysis.Pearson)
	if err != nil {
		t.Fatal(err)
	}
	return plots.RSM{Matrix: m}
}

// TestSizeOfAFigure: the matrix of murty185, with its photographs, is no more
// than 600 kB of HTML, and the same bytes with the pictures kept and without.
func TestSizeOfAFigure(t *testing.T) {
	realdata.Folder(t, "images/murty185")
	t.Setenv("FUSIFORM_CACHE", t.TempDir())
	s, err := Data("murty185")
	if err != nil {
		t.Fatal(err)
	}
	p, err := drawPicture(matrix(t, s), plots.DPI)
	if err != nil {
		t.Fatal(err)
	}
	page := figureHTML(p)
	bare := len(p.img())
	t.Logf("%d bytes, of which %d are the picture; the rest is said where scripts run", len(page), bare)
	if len(page) > 600_000 {
		t.Errorf("%d bytes of HTML", len(page))
	}
	if !strings.Contains(page, "data:image/jpeg;base64,") || !strings.Contains(page, `"table":"`) {
		t.Error("no pictures or no values")
	}
	kept, _ := filepath.Glob(filepath.Join(os.Getenv("FUSIFORM_CACHE"), "responses", "*", "*"+picturesSuffix))
	if len(kept) != 1 {
		t.Fatalf("%d sprites are kept", len(kept))
	}
	if figureHTML(p) != page {
		t.Error("another page the second time")
	}
	if err := os.WriteFile(kept[0], []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if figureHTML(p) != page {
		t.Error("another page when what was kept is damaged")
	}
}

func TestPictures(t *testing.T) {
	var stimuli []analysis.Stimulus
	colours := []color.RGBA{{200, 0, 0, 255}, {0, 160, 0, 255}, {0, 0, 220, 255}, {120, 120, 120, 255}, {}}
	for i, c := range colours {
		s := analysis.Stimulus{ID: string(rune('a' + i)), Image: func() (image.Image, error) {
			img := image.NewRGBA(image.Rect(5, 7, 45, 27)) // twice as wide as it is high
			for y := 7; y < 27; y++ {
				for x := 5; x < 45; x++ {
					img.SetRGBA(x, y, c)
				}
			}
			return img, nil
		}}
		if i == 1 {
			s.Image = func() (image.Image, error) { return nil, errors.New("broken") }
		}
		stimuli = append(stimuli, s, analysis.Stimulus{ID: "no image"}, s)
	}
	sp := pictures(stimuli)
	if sp == nil || sp.Columns != 3 || sp.Tile != 64 {
		t.Fatalf("sprite %+v", sp)
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sp.Source, "data:image/jpeg;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got != image.Pt(192, 128) {
		t.Errorf("the sprite is %v", got)
	}
	near := func(x, y int, want color.RGBA) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		far := func(a uint32, b uint8) bool { return int(a>>8)-int(b) > 12 || int(b)-int(a>>8) > 12 }
		return !far(r, want.R) && !far(g, want.G) && !far(b, want.B)
	}
	white := color.RGBA{255, 255, 255, 255}
	for i, c := range colours {
		k, ok := sp.tiles[string(rune('a'+i))]
		if ok != (i != 1) {
			t.Errorf("%d has a tile: %v", i, ok)
		}
		if !ok {
			continue
		}
		if i == 4 {
			c = white // what is transparent stands on white
		}
		x, y := k%3*64, k/3*64
		if !near(x+32, y+32, c) || !near(x+32, y+6, white) || !near(x+4, y+32, c) {
			t.Errorf("tile %d shows %v, %v, %v", i, img.At(x+32, y+32), img.At(x+32, y+6), img.At(x+4, y+32))
		}
	}
	if pictures([]analysis.Stimulus{stimuli[3], {ID: "x"}}) != nil || pictures(nil) != nil {
		t.Error("a sprite of nothing")
	}
}

// TestPicturesAreBounded: many noisy images are shown smaller, more are left
// out.
func TestPicturesAreBounded(t *testing.T) {
	var stimuli []analysis.Stimulus
	for i := range maxPictures + 10 {
		stimuli = append(stimuli, analysis.Stimulus{ID: strings.Repeat("x", i+1), Image: func() (image.Image, error) {
			img := image.NewGray(image.Rect(0, 0, 64, 64))
			state := uint32(i + 1)
			for k := range img.Pix {
				state = state*1664525 + 1013904223
				img.Pix[k] = uint8(state >> 24)
			}
			return img, nil
		}})
	}
	sp := pictures(stimuli)
	if sp == nil || sp.Tile >= 64 || len(sp.Source) > maxSprite+30 || len(sp.tiles) != maxPictures {
		t.Fatalf("tile %d, %d bytes, %d tiles", sp.Tile, len(sp.Source), len(sp.tiles))
	}
}

// TestBoundsOfTheTold: large matrices have names alone, and texts end.
func TestBoundsOfTheTold(t *testing.T) {
	var many []analysis.Stimulus
	for i := range 400 {
		many = append(many, analysis.Stimulus{ID: strings.Repeat("name ", 50) + string(rune('a'+i))})
	}
	h := &hover{}
	asked := false
	h.add(picture{w: 100, h: 100}, nil, []plots.Cells{{Area: rect(0, 0, 100, 100), Rows: many, Columns: many, Value: func(i, j int) string { asked = true; return "x" }}})
	if asked || h.Frames[0].Cells[0].Table != "" || len(h.Names) != len(many) {
		t.Error("160 000 values are told")
	}
	var marks []plots.Mark
	for range 5000 {
		marks = append(marks, plots.Mark{Area: rect(0, 0, 1, 1), Text: strings.Repeat("y", 400)})
	}
	h = &hover{}
	h.add(picture{w: 100, h: 100}, marks, nil)
	if n := len(h.Frames[0].Marks); n < 300 || n > 1000 {
		t.Errorf("%d long marks are told", n)
	}
}

// TestHostileNames: names stand in an output as JSON in which nothing is
// markup, and every run gives the same bytes. What a browser makes of it is
// tried in TestHoverInTheBrowser.
func TestHostileNames(t *testing.T) {
	page := hovering(t)
	if hovering(t) != page {
		t.Error("another page the second time")
	}
	for mark, want := range map[string]int{"<script": 2, "</script": 2, "<img ": 1, "<figure": 1, "</figure": 1, "<!--": 0, `onerror="`: 0} {
		if got := strings.Count(page, mark); got != want {
			t.Errorf("%q stands %d times in the page, want %d", mark, got, want)
		}
	}
	_, rest, _ := strings.Cut(page, `<script type="application/json">`)
	js, _, _ := strings.Cut(rest, "</script>")
	var got hover
	if err := json.Unmarshal([]byte(js), &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range hostile {
		r := []rune(name)
		start := string(r[:min(len(r), maxName-1)])
		if !slices.ContainsFunc(got.Names, func(s string) bool { return strings.HasPrefix(s, start) }) {
			t.Errorf("%.100q is not among the names", name)
		}
	}
}
