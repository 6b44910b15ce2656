package plots

import (
	"image/color"
	"math"
	"testing"
)

// Ratios as contrast checkers give them: black on white 21, #767676 on white
// 4.54 (the palest grey that passes 4.5), #ff0000 on white 4.00 (WebAIM's
// checker, webaim.org/resources/contrastchecker).
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		c    color.RGBA
		want float64
	}{{color.RGBA{0, 0, 0, 255}, 21}, {color.RGBA{0x76, 0x76, 0x76, 255}, 4.54}, {color.RGBA{255, 0, 0, 255}, 4.00}, {paper, 1}} {
		if got := contrast(c.c, paper); math.Abs(got-c.want) > 0.005 || contrast(paper, c.c) != got {
			t.Errorf("contrast of %v on white is %.3f, want %v", c.c, got, c.want)
		}
	}
}

// everyLook is how the categories of the field and eight others look.
func everyLook() map[string]look {
	return looks([]string{"face", "body", "scene", "object", "character", "scrambled", "nonhuman face", "A", "B", "C", "D", "E", "F", "G", "H"})
}

func TestTextIsReadAndShapesAreSeen(t *testing.T) {
	for name, c := range map[string]color.RGBA{"ink": ink, "line": line, "faint": faint} {
		if got := contrast(c, paper); got < 4.5 {
			t.Errorf("text in %s: contrast %.2f on white, below 4.5", name, got)
		}
	}
	if got := contrast(ink, band); got < 4.5 {
		t.Errorf("text on a band: contrast %.2f", got)
	}
	for name, c := range map[string]color.RGBA{"grid": grid, "people": brainColor, "networks": networkColor,
		"the end of negative": blueEnd.rgba(), "the end of positive": redEnd.rgba(), "the end of a sequence": darkEnd.rgba()} {
		if got := contrast(c, paper); got < 3 {
			t.Errorf("%s: contrast %.2f on white, below 3", name, got)
		}
	}
	// The field's colours are pale; what is seen is their edge.
	for c, l := range everyLook() {
		if got := contrast(l.edge, paper); got < 3 {
			t.Errorf("the edge of %s: contrast %.2f on white, below 3", c, got)
		}
	}
	for n := 1; n < 10; n++ {
		sources := make([]string, n)
		for i := range sources {
			sources[i] = "S"
		}
		for i, c := range sourceColors(sources) {
			if contrast(c, paper) < 3 && contrast(darker(c), paper) < 3 {
				t.Errorf("source %d of %d: neither its colour nor its edge is seen", i, n)
			}
		}
	}
}

// Without any colour, categories still differ, by their shape.
func TestCategoriesDifferInGrey(t *testing.T) {
	all := looks([]string{"face", "body", "scene", "object", "character", "scrambled"})
	for a, la := range all {
		for b, lb := range all {
			if a < b && la.shape == lb.shape {
				t.Errorf("%s and %s are the same shape: in grey they are one", a, b)
			}
		}
	}
	// Diverging: equal magnitudes are equally dark, so sign is lost in grey;
	// magnitude must not be.
	if d := cielab(diverging(0.5))[0] - cielab(diverging(1))[0]; d < 15 {
		t.Errorf("half and full strength differ by %.1f in lightness", d)
	}
}

// Colour vision without middle- or long-wave cones, complete: linear sRGB
// matrices of Machado, Oliveira & Fernandes (2009),
// doi:10.1109/TVCG.2009.113, severity 1.0, as their page
// inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation lists them.
var (
	deuteranopia = [9]float64{0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881}
	protanopia   = [9]float64{0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998}
	tritanopia   = [9]float64{1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}
)

func seen(m [9]float64, c color.RGBA) color.RGBA {
	r, g, b := linear8(c.R), linear8(c.G), linear8(c.B)
	return color.RGBA{gamma(m[0]*r + m[1]*g + m[2]*b), gamma(m[3]*r + m[4]*g + m[5]*b), gamma(m[6]*r + m[7]*g + m[8]*b), 255}
}

func TestColourBlind(t *testing.T) {
	for name, m := range map[string][9]float64{"deuteranopia": deuteranopia, "protanopia": protanopia, "tritanopia": tritanopia} {
		// White stays white: a check of the matrices as typed.
		if w := seen(m, paper); deltaE(w, paper) > 0.5 {
			t.Errorf("%s: white is seen as %v", name, w)
		}
		// Signs are told apart from a tenth of the range on.
		for v := 0.1; v < 1.01; v += 0.1 {
			if d := deltaE(seen(m, diverging(v)), seen(m, diverging(-v))); d < 60*v*0.5 {
				t.Errorf("%s: −%.1f and %.1f differ by ΔE %.1f", name, v, v, d)
			}
		}
		// Magnitudes still grow darker.
		for v := 0.1; v < 1.01; v += 0.1 {
			for _, ramp := range []func(float64) color.RGBA{diverging, func(x float64) color.RGBA { return diverging(-x) }, sequential} {
				if cielab(seen(m, ramp(v)))[0] >= cielab(seen(m, ramp(v-0.1)))[0] {
					t.Errorf("%s: %.1f does not look darker than %.1f", name, v, v-0.1)
				}
			}
		}
		if d := deltaE(seen(m, brainColor), seen(m, networkColor)); d < 30 {
			t.Errorf("%s: people and networks differ by ΔE %.1f", name, d)
		}
		// Faces, bodies, scenes and objects differ in colour, or in shape.
		all := everyLook()
		four := []string{"face", "body", "scene", "object"}
		for i, a := range four {
			for _, b := range four[i+1:] {
				if d := deltaE(seen(m, all[a].fill), seen(m, all[b].fill)); d < 10 && all[a].shape == all[b].shape {
					t.Errorf("%s: %s and %s differ by ΔE %.1f and not in shape", name, a, b, d)
				} else if testing.Verbose() {
					t.Logf("%s: %s and %s differ by ΔE %.1f", name, a, b, d)
				}
			}
		}
	}
}
