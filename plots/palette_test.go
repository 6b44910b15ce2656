package plots

import (
	"image/color"
	"math"
	"testing"
)

// cielab converts sRGB to CIE L*a*b* (D65) by the CIE's own formulas: another
// measure of colour differences than the one the palettes are made with.
func cielab(c color.RGBA) [3]float64 {
	lin := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, b := lin(c.R), lin(c.G), lin(c.B)
	f := func(x float64) float64 {
		if x > 216.0/24389 {
			return math.Cbrt(x)
		}
		return (24389.0/27*x + 16) / 116
	}
	x := f((0.4124564*r + 0.3575761*g + 0.1804375*b) / 0.95047)
	y := f(0.2126729*r + 0.7151522*g + 0.0721750*b)
	z := f((0.0193339*r + 0.1191920*g + 0.9503041*b) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func deltaE(a, b color.RGBA) float64 {
	p, q := cielab(a), cielab(b)
	return math.Sqrt((p[0]-q[0])*(p[0]-q[0]) + (p[1]-q[1])*(p[1]-q[1]) + (p[2]-q[2])*(p[2]-q[2]))
}

// Reference colours: Oklab by Ottosson's published test vectors (XYZ (D65) of
// the sRGB primaries), as CSS Color 4 gives them: red is oklch(62.80% .2577
// 29.23), green (86.64% .2948 142.50), blue (45.20% .3132 264.05).
func TestOklabPrimaries(t *testing.T) {
	for _, c := range []struct {
		c        color.RGBA
		l, ch, h float64
	}{
		{color.RGBA{255, 0, 0, 255}, .6280, .2577, 29.23},
		{color.RGBA{0, 255, 0, 255}, .8664, .2948, 142.50},
		{color.RGBA{0, 0, 255, 255}, .4520, .3132, 264.05},
	} {
		got := toLab(c.c)
		want := lch(c.l, c.ch, c.h)
		if math.Abs(got.l-want.l) > 5e-4 || math.Abs(got.a-want.a) > 5e-4 || math.Abs(got.b-want.b) > 5e-4 {
			t.Errorf("Oklab of %v is %v, want %v", c.c, got, want)
		}
		if back := got.rgba(); back != c.c {
			t.Errorf("%v comes back as %v", c.c, back)
		}
	}
}

func TestDivergingPalette(t *testing.T) {
	if c := diverging(0); c != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("0 is %v, not white", c)
	}
	last := [2]float64{100, 100}
	var steps []float64
	for i := 1; i <= 20; i++ {
		v := float64(i) / 20
		neg, pos := diverging(-v), diverging(v)
		if neg.B <= neg.R || pos.R <= pos.B {
			t.Errorf("±%v: %v is not blue or %v not red", v, neg, pos)
		}
		ln, lp := cielab(neg)[0], cielab(pos)[0]
		if math.Abs(ln-lp) > 3 {
			t.Errorf("±%v: lightness %v and %v: equal magnitudes do not look equal in grey", v, ln, lp)
		}
		if ln >= last[0] || lp >= last[1] {
			t.Errorf("±%v: not darker than the level before", v)
		}
		last = [2]float64{ln, lp}
		steps = append(steps, deltaE(diverging(v-.05), pos), deltaE(diverging(.05-v), neg))
	}
	uniform(t, steps)
	if diverging(7) != diverging(1) || diverging(-7) != diverging(-1) {
		t.Error("values beyond the range do not take the colour of its end")
	}
}

func TestSequentialPalette(t *testing.T) {
	var steps []float64
	for i := 1; i <= 20; i++ {
		a, b := sequential(float64(i-1)/20), sequential(float64(i)/20)
		if cielab(b)[0] >= cielab(a)[0] {
			t.Errorf("level %d is not darker than the one before", i)
		}
		steps = append(steps, deltaE(a, b))
	}
	uniform(t, steps)
}

// uniform checks that no step of a palette is much larger than another.
// Oklab and CIELAB agree on what looks equal only so far.
func uniform(t *testing.T, steps []float64) {
	t.Helper()
	lo, hi := math.Inf(1), 0.0
	for _, d := range steps {
		lo, hi = math.Min(lo, d), math.Max(hi, d)
	}
	if hi > 2*lo {
		t.Errorf("steps from %.2f to %.2f ΔE: not uniform", lo, hi)
	}
}

func TestPalettesStayInGamut(t *testing.T) {
	for _, end := range []lab{blueEnd, redEnd, darkEnd} {
		for i := range 101 {
			r, g, b := mix(white, end, float64(i)/100).linear()
			for _, x := range [3]float64{r, g, b} {
				if x < -1e-3 || x > 1+1e-3 {
					t.Fatalf("%v at %d %% is outside sRGB: %v %v %v", end, i, r, g, b)
				}
			}
		}
	}
}

func TestRampLevels(t *testing.T) {
	r := ramp{-1, 1}
	if len(r.palette()) != levels || r.palette()[r.index(0)] != (color.RGBA{255, 255, 255, 255}) {
		t.Error("0 is not white")
	}
	if r.index(-1) != 0 || r.index(1) != levels-1 || r.index(-9) != 0 || r.index(9) != levels-1 {
		t.Error("the ends of the range are not the ends of the palette")
	}
	// In a lopsided range equal magnitudes still have equal strength.
	lop := ramp{-0.2, 1}
	a := lop.palette()[lop.index(-0.2)].(color.RGBA)
	if d := deltaE(a, diverging(-0.2)); d > 1 {
		t.Errorf("−0.2 of −0.2…1 is %v, ΔE %v from a fifth of full blue", a, d)
	}
	neg := ramp{-1, -0.5} // wholly negative
	if c := neg.palette()[0].(color.RGBA); c != diverging(-1) {
		t.Errorf("the low end of −1…−0.5 is %v", c)
	}
	pos := ramp{0, 2}
	if c := pos.palette()[0].(color.RGBA); c != sequential(0) {
		t.Errorf("the low end of 0…2 is %v", c)
	}
}

// Categories have the colours of the field, and are told apart without colour
// vision by their shapes.
func TestLooks(t *testing.T) {
	field := looks([]string{"face", "body", "scene", "object", "character", "scrambled"})
	for name, want := range map[string]color.RGBA{
		"face": {0xf0, 0x96, 0x78, 255}, "body": {0xa7, 0xd6, 0xa1, 255}, "scene": {0xa6, 0xd2, 0xe5, 255}, "object": {0x80, 0x80, 0x80, 255},
	} {
		if field[name].fill != want {
			t.Errorf("%s is %v, the field's colour is %v", name, field[name].fill, want)
		}
	}
	shapes := map[glyph]bool{}
	for _, l := range field {
		shapes[l.shape] = true
	}
	if len(shapes) != len(field) {
		t.Error("two categories share a shape")
	}
	// The same colour whatever else is shown, and for the plural.
	if looks([]string{"scene", "faces"})["faces"].fill != field["face"].fill {
		t.Error("faces have another colour than face")
	}
	kin := looks([]string{"human face", "nonhuman face", "surface", "human body"})
	if kin["human face"].fill != field["face"].fill || kin["nonhuman face"].fill == kin["human face"].fill {
		t.Error("kinds of faces are not shades of the colour of faces")
	}
	if kin["surface"].fill == field["face"].fill {
		t.Error("a surface is no face")
	}
	many := make([]string, 40)
	for i := range many {
		many[i] = string(rune('A' + i))
	}
	if len(looks(many)) != 40 {
		t.Error("looks are missing")
	}
}
