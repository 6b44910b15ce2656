package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// Colours of what is no similarity.
var (
	unknownColor = color.RGBA{0xd9, 0xd9, 0xd9, 255} // the diagonal, and pairs that are not known
	sharedColor  = color.RGBA{0x6e, 0x6e, 0x6e, 255} // pairs of one person
)

// An allPairsLayout says what stands around the matrix, and how much room it
// takes.
type allPairsLayout struct {
	left, right, top, bottom vg.Length
	title, note              string
	blocks                   []systemBlock
	names                    []string // of the blocks
	systems                  []string // names of the systems, if there are few
	slanted                  bool     // names above do not fit in their blocks
	bar                      colorBar
	keys                     []string // of the legend
	colors                   []color.RGBA
	rows                     int
}

// layout plans the figure for a canvas of w×h; it assumes checked data.
func (f AllPairs) layout(w, h vg.Length, r ramp) allPairsLayout {
	systems := f.Pairs.Systems
	n := len(systems)
	l := allPairsLayout{title: f.title(), blocks: systemBlocks(systems)}
	nameMost := min(110, 0.25*w)
	l.left, l.bottom = pad+stripSize+stripGap, pad
	l.top = pad + titleFont.size*1.2 + noteFont.size + 5 + stripSize + stripGap
	if n <= named {
		for _, s := range systems {
			l.systems = append(l.systems, tickFont.fit(systemName(s), nameMost))
		}
		l.left += tickFont.widest(l.systems) + nameGap
	}
	for _, b := range l.blocks {
		l.names = append(l.names, tickFont.fit(label(b.region), nameMost))
	}
	widest := tickFont.widest(l.names)
	if l.systems == nil {
		l.left += widest + nameGap
	}

	shared, unknown, below, above := f.tally(r)
	what := "similarity"
	if m := f.Pairs.Measure; m != nil {
		what = label(m.Name)
	}
	ends := fmt.Sprintf(" (%s to %s)", short(r.min), short(r.max))
	l.bar = newColorBar(r, below, above, "noise-corrected "+what+ends, what+ends, what)
	l.right = l.bar.width() + pad

	side := min(w-l.left-l.right, h-l.top-l.bottom-legendLine-6)
	for i, b := range l.blocks {
		if tickFont.width(l.names[i]) > side*vg.Length(b.j-b.i)/vg.Length(n)-3 {
			l.slanted = true
		}
	}
	if l.slanted {
		l.top += widest*math.Sqrt2/2 + nameGap + tickFont.size*0.5
	} else {
		l.top += tickFont.size + nameGap
	}

	var note []string
	if f.Below != nil {
		note = append(note, f.name(0)+" above the diagonal, "+f.name(1)+" below")
	} else if len(f.Names) > 0 && label(f.Names[0]) != "" {
		note = append(note, f.name(0))
	}
	if shared > 0 {
		note = append(note, fmt.Sprintf("%s within one person share noise: greyed", count(shared, "pair")))
	}
	if len(note) == 0 {
		note = append(note, fmt.Sprintf("%d systems", n))
	}
	l.note = strings.Join(note, "; ")

	add := func(name string, c color.RGBA) { l.keys, l.colors = append(l.keys, name), append(l.colors, c) }
	people, networks := false, false
	for _, b := range l.blocks {
		people, networks = people || b.person, networks || !b.person
	}
	if people {
		add("people", brainColor)
	}
	if networks {
		add("networks", networkColor)
	}
	if shared > 0 {
		add("one person: shared noise", sharedColor)
	}
	if unknown > 0 {
		add("not known", unknownColor)
	}
	l.rows = len(legendRows(l.keys, w-2*pad))
	l.bottom += vg.Length(l.rows)*legendLine + 6
	return l
}

// tally counts, over pairs of systems, those that share noise and those that
// are not known, and tells whether values lie beyond the range.
func (f AllPairs) tally(r ramp) (shared, unknown int, below, above bool) {
	slack := (r.max - r.min) * 1e-9
	for i := range f.Pairs.Systems {
		for j := range f.Pairs.Systems {
			p := f.at(i, j)
			switch v := p.Values.At(i, j); {
			case i == j:
			case !p.Known(i, j):
				unknown++
			case p.SharesNoise(i, j):
				if i < j {
					shared++
				}
			default:
				below, above = below || v < r.min-slack, above || v > r.max+slack
			}
		}
	}
	return shared, unknown, below, above
}

// matrix draws the cells. Where cells are smaller than pixels, a pixel shows
// the cell at its middle.
func (f AllPairs) matrix(p pen, area vg.Rectangle, r ramp) {
	n := len(f.Pairs.Systems)
	// An image has 256 colours: the lowest level lends its own to the pairs
	// that share noise, and is drawn as the next.
	pal := append(r.palette(), unknownColor)
	pal[0] = sharedColor
	cells := make([]uint8, n*n)
	for i := range n {
		for j := range n {
			q := f.at(i, j)
			switch {
			case !q.Known(i, j):
				cells[i*n+j] = levels
			case q.SharesNoise(i, j):
				cells[i*n+j] = 0
			default:
				cells[i*n+j] = max(1, r.index(q.Values.At(i, j)))
			}
		}
	}
	p.raster(area, n, n, pal, func(r0, r1, c0, c1 int) uint8 { return cells[(r0+r1)/2*n+(c0+c1)/2] })
}

// around draws strips, separators, names and the legend.
func (f AllPairs) around(p pen, l allPairsLayout, area vg.Rectangle) {
	x0, y0, x1, y1 := area.Min.X, area.Min.Y, area.Max.X, area.Max.Y
	n := vg.Length(len(f.Pairs.Systems))
	at := func(i int) vg.Length { return (x1 - x0) * vg.Length(i) / n }
	outside := stripSize + stripGap
	width := min(plain, (x1-x0)/vg.Length(12*len(l.blocks)))
	for k, b := range l.blocks {
		c := networkColor
		if b.person {
			c = brainColor
		}
		// A hair of white between blocks of one kind.
		p.box(x0-outside, y1-at(b.j)+0.4, x0-stripGap, y1-at(b.i)-0.4, c)
		p.box(x0+at(b.i)+0.4, y1+stripGap, x0+at(b.j)-0.4, y1+outside, c)
		if k == 0 {
			continue
		}
		w := width
		if l.blocks[k-1].person != b.person {
			w = 2 * width
		}
		p.segment(x0, y1-at(b.i), x1, y1-at(b.i), w, color.Black)
		p.segment(x0+at(b.i), y0, x0+at(b.i), y1, w, color.Black)
	}
	p.frame(x0, y0, x1, y1, width, color.Black)

	free := vg.Length(math.Inf(-1))
	for i, b := range l.blocks {
		if mid := (at(b.i) + at(b.j)) / 2; l.systems == nil && mid-tickFont.size/2 >= free {
			p.text(l.names[i], tickFont, ink, x0-outside-nameGap, y1-mid, end, middle, 0)
			free = mid + tickFont.size/2
		}
	}
	if cell := at(1); cell >= tickFont.size {
		for i, s := range l.systems {
			p.text(s, tickFont, ink, x0-outside-nameGap, y1-at(i)-cell/2, end, middle, 0)
		}
	}
	free = vg.Length(math.Inf(-1))
	for i, b := range l.blocks {
		mid := (at(b.i) + at(b.j)) / 2
		switch {
		case !l.slanted:
			p.text(l.names[i], tickFont, ink, x0+mid, y1+outside+nameGap, middle, start, 0)
		case mid >= free:
			room := (p.Max.X - pad - x0 - mid) * math.Sqrt2
			p.text(tickFont.fit(l.names[i], room), tickFont, ink, x0+mid, y1+outside+nameGap, start, middle, 45)
			free = mid + tickFont.size*1.35
		}
	}
	p.legend(x0-l.left+pad, y0-6, p.Max.X-pad-(x0-l.left+pad), l.keys, func(i int, x, y vg.Length) vg.Length {
		p.box(x, y-3, x+6, y+3, l.colors[i])
		return 6
	})
}

// tell marks the cells: what they are, or why they are grey.
func (f AllPairs) tell(p pen, area vg.Rectangle) {
	systems := make([]analysis.Stimulus, len(f.Pairs.Systems))
	for i, s := range f.Pairs.Systems {
		systems[i] = analysis.Stimulus{ID: strings.ReplaceAll(systemName(s), "/", "∕"), Category: s.Region} // not a path
		if s.Person != "" { // the label names the region
			systems[i].Category = ""
		}
	}
	p.cells(area, systems, systems, func(i, j int) string {
		q := f.at(i, j)
		switch {
		case !q.Known(i, j):
			return "not known"
		case q.SharesNoise(i, j):
			return num(q.Values.At(i, j), 3) + ", but they share noise"
		}
		return num(q.Values.At(i, j), 3)
	})
}
