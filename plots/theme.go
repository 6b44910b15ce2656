package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Colours of lines and text.
var (
	ink   = color.RGBA{0x22, 0x22, 0x22, 255} // text
	line  = color.RGBA{0x44, 0x44, 0x44, 255} // axes
	faint = color.RGBA{0x6b, 0x6b, 0x6b, 255} // second-rank text; 5:1 on white
	band  = color.RGBA{0xd4, 0xd4, 0xd4, 255} // noise ceilings
	grid  = color.RGBA{0x8c, 0x8c, 0x8c, 255} // reference lines, edges of bands; 3:1 on white
)

// Colours of the field, those of Dipani & Ratan Murty (2026).
var (
	brainColor   = color.RGBA{0xd8, 0x5a, 0x30, 255}
	networkColor = color.RGBA{0x37, 0x8a, 0xdd, 255}
)

// A fnt is one size and weight of the theme's only typeface.
type fnt struct {
	size vg.Length
	bold bool
}

// Sizes of text, for a figure as wide as a page (7.2 inch).
var (
	titleFont = fnt{9.5, true}
	headFont  = fnt{8.5, true}
	labelFont = fnt{8.5, false}
	tickFont  = fnt{7.5, false}
	noteFont  = fnt{7, false}
)

// capHeight is the height of capitals and digits in Liberation Sans, in ems
// (1409 of 2048 units).
const capHeight = 0.688

// typefaces parses Liberation Sans (SIL Open Font License), which has the
// widths of Arial and Helvetica: an SVG keeps its layout where those stand in.
var typefaces = sync.OnceValue(func() [2]*opentype.Font {
	var faces [2]*opentype.Font
	for i, ttf := range [2][]byte{liberationsansregular.TTF, liberationsansbold.TTF} {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic(fmt.Sprintf("plots: the embedded font is damaged: %v", err)) // cannot depend on input
		}
		faces[i] = f
	}
	return faces
})

func (f fnt) face() font.Face {
	d := font.Font{Typeface: "Liberation", Variant: "Sans", Size: f.size}
	if f.bold {
		d.Weight = stdfont.WeightBold
		return font.Face{Font: d, Face: typefaces()[1]}
	}
	return font.Face{Font: d, Face: typefaces()[0]}
}

// width returns how wide s is.
func (f fnt) width(s string) vg.Length {
	face := f.face()
	return face.Width(bare(s))
}

// widest returns the width of the widest string.
func (f fnt) widest(s []string) vg.Length {
	var w vg.Length
	for _, t := range s {
		w = max(w, f.width(t))
	}
	return w
}

// fit shortens s, with an ellipsis, until it is no wider than w. It returns
// "" if not even one letter fits.
func (f fnt) fit(s string, w vg.Length) string {
	if f.width(s) <= w {
		return s
	}
	r := []rune(s)
	// The first length that does not fit; longer ones do not either.
	n := sort.Search(len(r), func(n int) bool { return n > 0 && f.width(cut(r, n)) > w })
	if n <= 1 {
		return ""
	}
	return cut(r, n-1)
}

// longest is the number of letters that a label may have.
const longest = 120

// clean makes text from files fit to be drawn and to stand in XML: one line,
// valid UTF-8, no control characters, none that turn the reading direction
// of what follows.
func clean(s string) string { return cleanBut(s) }

// cleanBut cleans s and leaves some of the letters that clean takes off.
func cleanBut(s string, keep ...rune) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == 0x2028 || r == 0x2029:
			return ' '
		case unprintable(r) && !slices.Contains(keep, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
}

// unprintable tells characters that control what is around them.
func unprintable(r rune) bool {
	return r < 0x20 || 0x7f <= r && r < 0xa0 || // control characters
		r == 0xfffe || r == 0xffff || // not allowed in XML
		0x200b <= r && r <= 0x200f || // zero width, direction marks
		r == 0x2028 || r == 0x2029 || // breaks
		0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 || r == 0x61c || r == 0xfeff
}

// label cleans s, shortens it to what a figure has room for and isolates it
// where it runs from right to left.
func label(s string) string {
	if len(s) > 8*longest { // before the work of looking at each letter
		s = s[:8*longest]
	}
	s = clean(s)
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest-1]) + "…"
	}
	return apart(s)
}

// A glyph is the shape of a point.
type glyph int

const (
	circle glyph = iota
	square
	triangle
	diamond
	wedge // a triangle that stands on its tip
	cross
	plus
	star
	glyphs // how many there are
)

// A look is how a category appears in every figure.
type look struct {
	fill, edge color.RGBA
	shape      glyph
}

// field holds the colours and shapes of the field's categories, by how a word
// of their name begins ("face" of "human faces").
var field = []struct {
	words string
	fill  color.RGBA
	shape glyph
}{
	{"face adult child", color.RGBA{0xf0, 0x96, 0x78, 255}, circle},
	{"body bodies bodypart limb", color.RGBA{0xa7, 0xd6, 0xa1, 255}, square},
	{"scene place house corridor", color.RGBA{0xa6, 0xd2, 0xe5, 255}, triangle},
	{"object car instrument", color.RGBA{0x80, 0x80, 0x80, 255}, diamond},
	{"character word number letter", color.RGBA{0xe3, 0xc2, 0x5b, 255}, wedge},
	{"scrambled", color.RGBA{0xe2, 0xe2, 0xe2, 255}, cross},
}

// others are the colours of categories that the field has none for.
var others = []color.RGBA{
	{0xb3, 0x9d, 0xdb, 255}, {0x6f, 0xb5, 0xa8, 255}, {0xd9, 0x8c, 0xb3, 255}, {0xc7, 0xa9, 0x7e, 255},
	{0x7f, 0x97, 0xd1, 255}, {0xb5, 0xc9, 0x5a, 255}, {0xc9, 0x6f, 0x6f, 255}, {0x5c, 0x9e, 0xb8, 255},
}

// looks gives each category its colour and shape. Categories of one kind
// (human face, animal face) share the hue, the later ones darker; no two share
// a shape while there are enough.
func looks(categories []string) map[string]look {
	out := make(map[string]look, len(categories))
	kind := make([]int, len(field))
	var used [glyphs]bool
	unknown := 0
	for _, c := range categories {
		k := kindOf(c)
		var l look
		if k < 0 {
			l.fill = others[unknown%len(others)]
			l.shape = glyph(unknown) % glyphs
			unknown++
		} else {
			l.fill, l.shape = field[k].fill, field[k].shape
			if n := kind[k]; n > 0 {
				base := toLab(l.fill)
				to := lab{0.35, base.a, base.b}
				if base.l < 0.65 {
					to.l = 0.9
				}
				l.fill = mix(base, to, math.Min(0.3*float64(n), 0.8)).rgba()
			}
			kind[k]++
		}
		for i := glyph(0); i < glyphs && used[l.shape]; i++ {
			l.shape = (l.shape + 1) % glyphs
		}
		used[l.shape] = true
		l.edge = darker(l.fill)
		out[c] = l
	}
	return out
}

// darker is the colour of an edge around a fill: 4:1 or more on white for all
// colours of the theme.
func darker(c color.RGBA) color.RGBA { return mix(toLab(c), lab{}, 0.42).rgba() }

// kindOf returns which of the field's categories a name means, or −1.
func kindOf(category string) int {
	category = category[:min(len(category), 8*longest)]
	names := strings.FieldsFunc(strings.ToLower(category), func(r rune) bool { return !unicode.IsLetter(r) })
	for i, f := range field {
		for _, w := range strings.Fields(f.words) {
			for _, n := range names {
				if n == w || n == w+"s" {
					return i
				}
			}
		}
	}
	return -1
}

// isNetwork tells networks from people by the name of the source: that of a
// network is model/layer.
func isNetwork(source string) bool { return strings.Contains(source, "/") }

// sourceColors gives every source its colour: people those of the brain,
// networks theirs, from dark to light where there are several of one kind.
func sourceColors(sources []string) []color.RGBA {
	total := map[bool]int{}
	for _, s := range sources {
		total[isNetwork(s)]++
	}
	seen := map[bool]int{}
	out := make([]color.RGBA, len(sources))
	for i, s := range sources {
		net := isNetwork(s)
		c := brainColor
		if net {
			c = networkColor
		}
		if n := total[net]; n > 1 {
			t := float64(seen[net]) / float64(n-1) // 0 first, 1 last
			base := toLab(c)
			c = mix(mix(base, lab{}, 0.25), mix(base, white, 0.6), t).rgba()
		}
		seen[net]++
		out[i] = c
	}
	return out
}
