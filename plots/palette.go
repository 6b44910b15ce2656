package plots

import (
	"image/color"
	"math"
)

// A lab is a colour in Oklab (Ottosson 2020,
// bottosson.github.io/posts/oklab), where equal distances look about equal:
// lightness l from 0 to 1, and two opponent axes.
type lab struct{ l, a, b float64 }

// lch returns a colour by lightness, chroma and hue in degrees.
func lch(l, c, h float64) lab {
	sin, cos := math.Sincos(h * math.Pi / 180)
	return lab{l, c * cos, c * sin}
}

// mix returns the colour at t (from 0 to 1) on the straight line from p to q.
func mix(p, q lab, t float64) lab {
	return lab{p.l + t*(q.l-p.l), p.a + t*(q.a-p.a), p.b + t*(q.b-p.b)}
}

// The ends of the palettes. A straight line in Oklab from white to each of
// them stays inside sRGB. Both ends of the diverging palette are equally dark,
// so that equal magnitudes look equal in grey too; blue and red are told
// apart in every common colour blindness.
var (
	white   = lab{1, 0, 0}
	blueEnd = lch(0.44, 0.155, 258)
	redEnd  = lch(0.44, 0.155, 27)
	darkEnd = lch(0.32, 0.15, 300)
)

// diverging returns the colour of t from −1 (blue) over 0 (white) to 1 (red).
func diverging(t float64) color.RGBA {
	if t < 0 {
		return mix(white, blueEnd, math.Min(-t, 1)).rgba()
	}
	return mix(white, redEnd, math.Min(t, 1)).rgba()
}

// sequential returns the colour of t from 0 (white) to 1 (dark violet).
func sequential(t float64) color.RGBA {
	return mix(white, darkEnd, math.Max(0, math.Min(t, 1))).rgba()
}

// linear returns the components in linear sRGB; outside 0…1 is out of gamut.
func (c lab) linear() (r, g, b float64) {
	l := c.l + 0.3963377774*c.a + 0.2158037573*c.b
	m := c.l - 0.1055613458*c.a - 0.0638541728*c.b
	s := c.l - 0.0894841775*c.a - 1.2914855480*c.b
	l, m, s = l*l*l, m*m*m, s*s*s
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

func (c lab) rgba() color.RGBA {
	r, g, b := c.linear()
	return color.RGBA{gamma(r), gamma(g), gamma(b), 255}
}

// gamma encodes a linear component as eight bits of sRGB (IEC 61966-2-1).
func gamma(x float64) uint8 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 255
	case x <= 0.0031308:
		x *= 12.92
	default:
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * x))
}

// toLab is the inverse of rgba.
func toLab(c color.RGBA) lab {
	r, g, b := linear8(c.R), linear8(c.G), linear8(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return lab{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// A ramp gives the colours of values between min and max: diverging with
// white at 0 if the range holds negative values, otherwise sequential.
type ramp struct{ min, max float64 }

// levels is the number of colours of a ramp. It is odd, so that the middle of
// a symmetric range is exactly white, and leaves one index of 256 free.
const levels = 255

// index returns the level of v, from 0 to levels−1; beyond the range it is
// that of the nearer end.
func (r ramp) index(v float64) uint8 {
	t := (v - r.min) / (r.max - r.min)
	return uint8(math.Round(math.Max(0, math.Min(t, 1)) * (levels - 1)))
}

// palette returns the colours of all levels.
func (r ramp) palette() color.Palette {
	p := make(color.Palette, levels)
	for i := range p {
		t := float64(i) / (levels - 1)
		if r.min >= 0 {
			p[i] = sequential(t)
			continue
		}
		v := r.min + t*(r.max-r.min)
		p[i] = diverging(v / math.Max(-r.min, math.Abs(r.max)))
	}
	return p
}

// paper is the colour behind everything.
var paper = color.RGBA{255, 255, 255, 255}

// contrast returns the ratio of the luminances of two colours, from 1 to 21
// (WCAG 2.2, w3.org/TR/WCAG22/#dfn-contrast-ratio). Text takes 4.5 to be
// read, a shape 3 to be seen.
func contrast(a, b color.RGBA) float64 {
	luminance := func(c color.RGBA) float64 {
		return 0.2126*linear8(c.R) + 0.7152*linear8(c.G) + 0.0722*linear8(c.B)
	}
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// linear8 decodes eight bits of sRGB; the inverse of gamma.
func linear8(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}
