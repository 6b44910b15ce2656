package models

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"math"
	"math/cmplx"
	"testing"

	"fusiform/analysis"
)

func photo(id string, w, h int, f func(x, y int) uint8) analysis.Stimulus {
	return analysis.Stimulus{ID: id, Category: "face", Subcategory: "adult",
		Image: func() (image.Image, error) {
			g := image.NewGray(image.Rect(0, 0, w, h))
			for y := range h {
				for x := range w {
					g.SetGray(x, y, color.Gray{f(x, y)})
				}
			}
			return g, nil
		},
		Digest: func() ([32]byte, error) { return [32]byte{byte(len(id)), byte(w)}, nil },
	}
}

func grays(t *testing.T, it analysis.Stimulus) *image.Gray {
	t.Helper()
	img, err := it.Image()
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.Gray)
}

// After control every picture has the same mean, deviation and amplitudes, and
// the phases that it had.
func TestControl(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{
		photo("a", 48, 48, func(x, y int) uint8 { return uint8(5*x + 3*y*(x%7)) }),
		photo("b", 48, 48, func(x, y int) uint8 { return uint8(200 + (x*y)%31) }),
		photo("wide", 96, 48, func(x, y int) uint8 { return uint8(x * x / 40) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, scrambled := range []bool{false, true} {
		c, err := Controlled{Side: 48, PhaseScrambled: scrambled, Seed: 3}.Stimuli(s)
		if err != nil {
			t.Fatal(err)
		}
		var amplitude [3]float64 // at one frequency
		for i := range 3 {
			g := grays(t, c.At(i))
			if g.Bounds() != image.Rect(0, 0, 48, 48) {
				t.Fatalf("%s: %v", c.At(i).ID, g.Bounds())
			}
			p := canvas{48, make([]float64, 48*48)}
			mean, square := 0., 0.
			for k, v := range g.Pix {
				p.v[k] = float64(v)
				mean += float64(v) / (48 * 48)
				square += float64(v) * float64(v) / (48 * 48)
			}
			if sd := math.Sqrt(square - mean*mean); math.Abs(mean-127.5) > .5 || math.Abs(sd-24) > .5 {
				t.Errorf("%s: mean %.2f, standard deviation %.2f", c.At(i).ID, mean, sd)
			}
			img, _ := s.At(i).Image()
			was, is := grey(img, 48).spectrum(), p.spectrum()
			amplitude[i] = cmplx.Abs(is.v[3*48+2])
			if ratio := cmplx.Abs(is.v[2]) / cmplx.Abs(is.v[8]); math.Abs(ratio-math.Pow(4, 1.2)) > .15*math.Pow(4, 1.2) {
				t.Errorf("%s: amplitude at 2 is %.2f of that at 8, want 4^1.2", c.At(i).ID, ratio)
			}
			turn := math.Abs(cmplx.Phase(was.v[48+1] / is.v[48+1]))
			if cmplx.Abs(was.v[48+1]) > 1 && !scrambled && turn > .05 {
				t.Errorf("%s: a phase turned by %.2f", c.At(i).ID, turn)
			}
		}
		if math.Abs(amplitude[0]/amplitude[1]-1) > .1 || math.Abs(amplitude[0]/amplitude[2]-1) > .1 {
			t.Errorf("scrambled %v: amplitudes %v", scrambled, amplitude)
		}
		mark := map[bool]string{false: " (controlled)", true: " (phases scrambled)"}[scrambled]
		if it := c.At(0); it.ID != "a"+mark || it.Category != "face" || it.Subcategory != "adult" {
			t.Errorf("%+v", it)
		}
		own, _ := s.At(0).Digest()
		one, err := c.At(0).Digest()
		two, err2 := c.At(2).Digest()
		if err != nil || err2 != nil || one == own || one == two {
			t.Errorf("digests %x, %x, %x (%v, %v)", own, one, two, err, err2)
		}
	}
	a, _ := Controlled{Side: 32, PhaseScrambled: true, Seed: 1}.Stimuli(s)
	b, _ := Controlled{Side: 32, PhaseScrambled: true, Seed: 1}.Stimuli(s)
	c, _ := Controlled{Side: 32, PhaseScrambled: true, Seed: 2}.Stimuli(s)
	if x, y, z := grays(t, a.At(0)).Pix, grays(t, b.At(0)).Pix, grays(t, c.At(0)).Pix; !bytes.Equal(x, y) || bytes.Equal(x, z) || bytes.Equal(x, grays(t, a.At(1)).Pix) {
		t.Error("the noise follows from the seed and the stimulus")
	}
	for _, side := range []int{-1, 1, 5000} {
		if _, err := (Controlled{Side: side}).Stimuli(s); err == nil {
			t.Errorf("Side %d", side)
		}
	}
	broken := analysis.Stimulus{ID: "broken", Image: func() (image.Image, error) { return nil, errors.New("torn") }}
	w, _ := analysis.NewStimuli([]analysis.Stimulus{broken, {ID: "none"}})
	if w, err = (Controlled{}).Stimuli(w); err != nil {
		t.Fatal(err)
	}
	if _, err := w.At(0).Image(); err == nil || w.At(1).Image != nil {
		t.Errorf("a broken image: %v", err)
	}
}

func TestOval(t *testing.T) {
	s, _ := analysis.NewStimuli([]analysis.Stimulus{photo("a", 100, 100, func(x, y int) uint8 { return uint8(x + y) })})
	o, err := Oval(s)
	if err != nil {
		t.Fatal(err)
	}
	img, err := o.At(0).Image()
	if err != nil {
		t.Fatal(err)
	}
	at := func(x, y int) int { r, _, _, _ := img.At(x, y).RGBA(); return int(r >> 8) }
	for _, p := range [][3]int{{0, 0, 128}, {99, 50, 128}, {5, 50, 128}, {50, 50, 100}, {50, 10, 72}, {30, 50, 86}} {
		if got := at(p[0], p[1]); got < p[2]-2 || got > p[2]+2 {
			t.Errorf("pixel %d, %d is %d, want %d", p[0], p[1], got, p[2])
		}
	}
	if o.At(0).ID != "a (oval)" {
		t.Errorf("ID %q", o.At(0).ID)
	}
}
