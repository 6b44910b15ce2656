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
	sharedColor  = color.RGBA{0x3a, 0x3a, 0x3a, 255} // pairs of one person; darker than any similarity
)

// An allPairsLayout says what stands around the matrix, and how much room it
// takes.
type allPairsLayout struct {
	left, right, top, bottom vg.Length
	title, note              string
	blocks                   []systemBlock
	names                    []string   // of the blocks, above
	lines                    [][]string // of the blocks, left
	negative                 [][2]int   // pairs of blocks whose median is below 0
	systems                  []string   // names of the systems, if there are few
	slanted                  bool       // names above do not fit in their blocks
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
	nameMost := min(110, 0.33*w)
	l.left, l.bottom = pad+stripSize+stripGap, pad
	l.top = pad + titleFont.size*1.2 + noteFont.size + 5 + stripSize + stripGap
	if n <= named {
		for _, s := range systems {
			l.systems = append(l.systems, tickFont.fit(systemName(s), nameMost))
		}
		l.left += tickFont.widest(l.systems) + nameGap
	}
	leftMost := vg.Length(0)
	for _, b := range l.blocks {
		name := tickFont.fit(label(b.region), nameMost)
		l.names = append(l.names, name)
		lines := []string{name}
		if tall := (min(w, h) - 150) * vg.Length(b.j-b.i) / vg.Length(n); tall > 2.5*tickFont.size {
			if two := tickFont.wrap(label(b.region), min(nameMost, 62), 2); two != nil {
				lines = two
			}
		}
		l.lines = append(l.lines, lines)
		leftMost = max(leftMost, tickFont.widest(lines))
	}
	widest := tickFont.widest(l.names)
	if l.systems == nil {
		l.left += leftMost + nameGap
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
		if tickFont.width(l.names[i]) > side*vg.Length(b.j-b.i)/vg.Length(n)-6 {
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
		add(fmt.Sprintf("%s of one person: shared noise", count(shared, "pair")), sharedColor)
	}
	if unknown > 0 {
		add("not known", unknownColor)
	}
	if l.negative = f.negative(l.blocks); len(l.negative) > 0 {
		add("median below 0", color.RGBA{255, 255, 255, 255})
	}
	l.keys = shorten(l.keys, w-2*pad)
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

// negative are the pairs of blocks whose median is below 0: they are marked, for
// grey does not tell blue from red.
func (f AllPairs) negative(blocks []systemBlock) [][2]int {
	var out [][2]int
	for a, s := range blocks {
		for b, t := range blocks {
			var v []float64
			for i := s.i; i < s.j; i++ {
				for j := t.i; j < t.j; j++ {
					if q := f.at(i, j); q.Known(i, j) && !q.SharesNoise(i, j) {
						v = append(v, q.Values.At(i, j))
					}
				}
			}
			if len(v) > 0 && analysis.Median(v) < 0 {
				out = append(out, [2]int{a, b})
			}
		}
	}
	return out
}

// minus draws a minus sign on white.
func (p pen) minus(x, y vg.Length) {
	p.box(x-3, y-2, x+3, y+2, color.RGBA{255, 255, 255, 255})
	p.segment(x-2, y, x+2, y, 1, ink)
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
	width := min(plain, (x1-x0)/vg.Length(30*len(l.blocks)))
	for k, b := range l.blocks {
		c := networkColor
		if b.person {
			c = brainColor
		}
		// A hair of white between blocks of one kind; networks are light.
		p.bar(x0-outside, y1-at(b.j)+0.4, x0-stripGap, y1-at(b.i)-0.4, c, !b.person)
		p.bar(x0+at(b.i)+0.4, y1+stripGap, x0+at(b.j)-0.4, y1+outside, c, !b.person)
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
	for _, k := range l.negative {
		a, b := l.blocks[k[0]], l.blocks[k[1]]
		if side := min(at(a.j)-at(a.i), at(b.j)-at(b.i)); side >= 9 {
			p.minus(x0+at(b.i)+5, y1-at(a.i)-5)
		}
	}

	free := vg.Length(math.Inf(-1))
	for i, b := range l.blocks {
		half := tickFont.size * vg.Length(len(l.lines[i])) / 2
		if mid := (at(b.i) + at(b.j)) / 2; l.systems == nil && mid-half >= free {
			for k, s := range l.lines[i] {
				p.text(s, tickFont, ink, x0-outside-nameGap, y1-mid+half-tickFont.size*(vg.Length(k)+0.5), end, middle, 0)
			}
			free = mid + half
		}
	}
	if cell := at(1); cell >= tickFont.size {
		for i, s := range l.systems {
			p.text(s, tickFont, ink, x0-outside-nameGap, y1-at(i)-cell/2, end, middle, 0)
		}
	}
	middles := make([]vg.Length, len(l.blocks))
	for i, b := range l.blocks {
		middles[i] = x0 + (at(b.i)+at(b.j))/2
	}
	p.namesAbove(l.names, middles, y1+outside+nameGap, l.slanted)
	p.legend(x0-l.left+pad, y0-6, p.Max.X-pad-(x0-l.left+pad), l.keys, func(i int, x, y vg.Length) vg.Length {
		p.bar(x, y-3, x+6, y+3, l.colors[i], l.colors[i] == networkColor)
		if l.keys[i] == "median below 0" {
			p.minus(x+3, y)
		}
		return 6
	})
}

// tell marks the cells: what they are, or why they are grey.
func (f AllPairs) tell(p pen, area vg.Rectangle) {
	systems := make([]analysis.Stimulus, len(f.Pairs.Systems))
	for i, s := range f.Pairs.Systems {
		systems[i] = analysis.Stimulus{ID: strings.ReplaceAll(systemName(s), "/", "∕"), Category: s.Region} // not a path
		if s.Person != "" {                                                                                 // the label names the region
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
