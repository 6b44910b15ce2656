package plots

import (
	"fmt"
	"image/color"
	"math"
	"path"
	"strings"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// A run is a stretch of stimuli of one category, from i up to j.
type run struct {
	category string
	i, j     int
}

// runs returns the stretches of equal category, and whether each category
// stands in one piece.
func runs(s analysis.Stimuli) (out []run, grouped bool) {
	seen := map[string]bool{}
	grouped = true
	for i := range s.Len() {
		c := s.At(i).Category
		if n := len(out); n > 0 && out[n-1].category == c {
			out[n-1].j++
			continue
		}
		grouped = grouped && !seen[c]
		seen[c] = true
		out = append(out, run{c, i, i + 1})
	}
	return out, grouped
}

// shortName returns the last part of an ID without what every image has:
// "adult-001" of "floc/adult/adult-001.jpg".
func shortName(id string) string {
	base := path.Base(id)
	switch ext := strings.ToLower(path.Ext(base)); ext {
	case ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp":
		base = base[:len(base)-len(ext)]
	}
	return label(base)
}

// An rsmLayout says what stands around the matrix, and how much room it takes.
type rsmLayout struct {
	left, right, top, bottom vg.Length
	title, note              string
	runs                     []run
	looks                    map[string]look
	blocks                   bool      // separators and the names of categories
	strip                    vg.Length // how wide the strips of category colours are; 0: none
	lanes                    bool      // each category has a lane of the strips
	stimuli                  []string  // names of the stimuli, if there are few
	above                    []string  // names of the categories, as they stand above
	slanted                  bool      // they do not fit in their blocks
	legend                   []string  // categories in a legend
	icons                    []run     // the stimuli i whose pictures are drawn, each for i up to j
	icon                     vg.Length // the side of a picture
	legendRows               int
	barValues                []float64
	barNames                 []string
	barLabel                 string
	barShort                 []string // what to write where it does not fit
}

// layout plans the figure for a canvas of w×h; it assumes checked data.
func (f RSM) layout(w, h vg.Length, r ramp) rsmLayout {
	m := f.Matrix
	var l rsmLayout
	l.title = label(f.Title)
	if l.title == "" {
		l.title = label(m.Source)
	}
	l.note = fmt.Sprintf("%d stimuli", m.Stimuli.Len())
	if m.Channels > 0 {
		l.note += ", " + count(m.Channels, "channel")
	}
	categories := m.Stimuli.Categories()
	var grouped bool
	l.runs, grouped = runs(m.Stimuli)
	l.looks = looks(categories)
	l.blocks = grouped && len(categories) > 0 && len(l.runs) < m.Stimuli.Len()
	switch k := len(categories); {
	case k > 1 && !grouped && k <= lanesMost:
		l.strip, l.lanes = laneSize*vg.Length(k), true
	case k > 1:
		l.strip = stripSize
	}
	nameMost := min(110, 0.3*w)

	l.top = pad
	if l.title != "" {
		l.top += titleFont.size * 1.2
	}
	l.top += noteFont.size + 5
	l.left, l.bottom = pad, pad
	if l.strip > 0 {
		l.left += l.strip + stripGap
		l.top += l.strip + stripGap
	}
	if m.Stimuli.Len() <= named {
		for i := range m.Stimuli.Len() {
			l.stimuli = append(l.stimuli, tickFont.fit(shortName(m.Stimuli.At(i).ID), nameMost))
		}
		widest := tickFont.widest(l.stimuli)
		l.left += widest + nameGap
		l.bottom += widest*math.Sqrt2/2 + nameGap + tickFont.size
	}
	if l.blocks {
		for _, b := range l.runs {
			l.above = append(l.above, tickFont.fit(label(b.category), nameMost))
		}
		widest := tickFont.widest(l.above)
		if l.stimuli == nil {
			l.left += widest + nameGap
		}
		// Whether the names fit in their blocks depends on the side of the
		// matrix, which depends little on the answer.
		side := min(w-l.left-70, h-l.top-l.bottom-12)
		for i, b := range l.runs {
			if tickFont.width(l.above[i]) > side*vg.Length(b.j-b.i)/vg.Length(m.Stimuli.Len())-3 {
				l.slanted = true
			}
		}
		if l.slanted {
			l.top += widest*math.Sqrt2/2 + nameGap + tickFont.size*0.5
		} else {
			l.top += tickFont.size + nameGap
		}
	} else if l.strip > 0 {
		for _, c := range categories {
			l.legend = append(l.legend, tickFont.fit(label(c), nameMost))
		}
	}

	if f.Icons {
		l.withIcons(m.Stimuli.Len(), min(w-l.left-70, h-l.top-l.bottom-12))
	}

	l.barLabel = "similarity"
	if m.Measure != nil {
		l.barLabel = label(m.Measure.Name)
	}
	l.barValues, l.barNames = barTicks(r)
	l.barShort = []string{l.barLabel}
	if m.Measure != nil {
		l.barShort = append(l.barShort, label(m.Measure.Symbol))
	}
	l.barLabel += fmt.Sprintf(" (%s to %s)", short(r.min), short(r.max))
	l.right = barGap + barSize + tickLength + tickGap + tickFont.widest(l.barNames) + labelGap + labelFont.size + pad
	if l.legend != nil {
		l.legend = shorten(l.legend, w-l.left-pad)
		l.legendRows = len(legendRows(l.legend, w-l.left-pad))
		l.bottom += vg.Length(l.legendRows)*legendLine + 4
	}
	return l
}

// iconMost is the side of the largest picture, iconLeast that below which a
// picture shows nothing.
const (
	iconMost  = vg.Length(26)
	iconLeast = vg.Length(7)
)

// withIcons makes room for pictures along a matrix of a side a little larger
// than the one that remains.
func (l *rsmLayout) withIcons(n int, side vg.Length) {
	side -= side / 12
	l.icon = iconMost
	switch {
	case n <= named:
		for i := range n {
			l.icons = append(l.icons, run{i: i, j: i + 1})
		}
		l.icon = min(l.icon, side/vg.Length(n)-1)
	case l.blocks:
		for _, b := range l.runs {
			if room := side * vg.Length(b.j-b.i) / vg.Length(n); room >= iconLeast {
				l.icons = append(l.icons, b)
				l.icon = min(l.icon, max(room-1, iconMost/2))
			}
		}
	}
	if l.icon < iconLeast || len(l.icons) == 0 {
		l.icons, l.icon = nil, 0
		return
	}
	l.left += l.icon + stripGap
	l.top += l.icon + stripGap
}

// drawIcons draws the pictures outside of the strips.
func (f RSM) drawIcons(p pen, l rsmLayout, x0, y1, outside vg.Length, at func(i int) vg.Length) {
	for _, b := range l.icons {
		s := f.Matrix.Stimuli.At(b.i)
		c := l.looks[s.Category]
		side := min(l.icon, at(b.j)-at(b.i)-0.5)
		mid := (at(b.i) + at(b.j)) / 2
		square := func(x, y vg.Length) vg.Rectangle { // about its middle
			return vg.Rectangle{Min: vg.Point{X: x - side/2, Y: y - side/2}, Max: vg.Point{X: x + side/2, Y: y + side/2}}
		}
		for _, r := range [2]vg.Rectangle{
			square(x0-outside-stripGap-l.icon/2, y1-mid),
			square(x0+mid, y1+outside+stripGap+l.icon/2),
		} {
			p.mark(p.picture(s, r, c), naming(s), s)
		}
	}
}

// barTicks returns the values named beside a colour bar, its ends among them.
func barTicks(r ramp) ([]float64, []string) {
	inner, names := ticks(r.min, r.max, 4)
	decimals := 0
	if len(names) > 0 {
		if i := strings.IndexByte(names[0], '.'); i >= 0 {
			decimals = len(names[0]) - i - 1
		}
	}
	end := func(v float64) string {
		for d := decimals; d < decimals+3; d++ {
			if s := num(v, d); math.Abs(math.Round(v*math.Pow10(d))-v*math.Pow10(d)) < 1e-6 {
				return s
			}
		}
		return minus(fmt.Sprintf("%.3g", v))
	}
	values, out := []float64{r.min}, []string{end(r.min)}
	for i, v := range inner {
		if margin := (r.max - r.min) * 0.08; v > r.min+margin && v < r.max-margin {
			values, out = append(values, v), append(out, names[i])
		}
	}
	return append(values, r.max), append(out, end(r.max))
}

// around draws what surrounds the matrix at [x0, x1]×[y0, y1]: strips,
// separators, names.
func (f RSM) around(p pen, l rsmLayout, x0, y0, x1, y1 vg.Length) {
	n := vg.Length(f.Matrix.Stimuli.Len())
	at := func(i int) vg.Length { return (x1 - x0) * vg.Length(i) / n } // from the left, or from the top
	outside := vg.Length(0)
	if l.strip > 0 {
		outside = l.strip + stripGap
		f.strips(p, l, x0, y0, x1, y1)
	}
	if len(l.icons) > 0 {
		f.drawIcons(p, l, x0, y1, outside, at)
		outside += l.icon + stripGap
	}
	if l.blocks {
		width := min(plain, (x1-x0)/vg.Length(12*len(l.runs))) // many lines must not hide the cells
		for _, b := range l.runs[1:] {
			p.segment(x0, y1-at(b.i), x1, y1-at(b.i), width, ink)
			p.segment(x0+at(b.i), y0, x0+at(b.i), y1, width, ink)
		}
		free := vg.Length(math.Inf(-1)) // where the last name ended
		for i, b := range l.runs {
			mid := (at(b.i) + at(b.j)) / 2
			if l.stimuli == nil && mid-tickFont.size/2 >= free {
				p.text(l.above[i], tickFont, ink, x0-outside-nameGap, y1-mid, end, middle, 0)
				free = mid + tickFont.size/2
			}
		}
		middles := make([]vg.Length, len(l.runs))
		for i, b := range l.runs {
			middles[i] = x0 + (at(b.i)+at(b.j))/2
		}
		p.namesAbove(l.above, middles, y1+outside+nameGap, l.slanted)
	}
	p.frame(x0, y0, x1, y1, thin, line)
	if cell := at(1); cell >= tickFont.size {
		for i, s := range l.stimuli {
			mid := at(i) + cell/2
			p.text(s, tickFont, ink, x0-outside-nameGap, y1-mid, end, middle, 0)
			p.text(s, tickFont, ink, x0+mid+2, y0-nameGap-1, end, end, 45)
		}
	}
	if l.legend != nil {
		p.legend(x0, y0-l.bottom+pad+vg.Length(l.legendRows)*legendLine, p.Max.X-pad-x0, l.legend, func(i int, x, y vg.Length) vg.Length {
			c := l.looks[f.Matrix.Stimuli.Categories()[i]]
			p.box(x, y-3, x+6, y+3, c.fill)
			p.frame(x, y-3, x+6, y+3, thin, c.edge)
			return 6
		})
	}
}

// strips draws the colours of the categories left of and above the matrix: in
// lanes, the first category outermost, the colours are those of edges, which
// are seen on white.
func (f RSM) strips(p pen, l rsmLayout, x0, y0, x1, y1 vg.Length) {
	n := f.Matrix.Stimuli.Len()
	pal := color.Palette{paper}
	index, lane := map[string]uint8{"": 0}, map[string]int{"": -1}
	for i, c := range f.Matrix.Stimuli.Categories() {
		lane[c] = i
		index[c] = uint8(1 + i%255)
		if look := l.looks[c]; len(pal) < 256 && l.lanes {
			pal = append(pal, look.edge)
		} else if len(pal) < 256 {
			pal = append(pal, look.fill)
		}
	}
	of, at := make([]uint8, n), make([]int, n)
	for _, b := range l.runs {
		for i := b.i; i < b.j; i++ {
			of[i], at[i] = index[b.category], lane[b.category]
		}
	}
	lanes := 1
	if l.lanes {
		lanes = len(lane) - 1
	}
	level := func(i, k int) uint8 {
		if l.lanes && at[i] != k {
			return 0
		}
		return of[i]
	}
	sx, sy := p.snap(x0-stripGap-l.strip), p.snap(y1+stripGap)
	p.raster(vg.Rectangle{Min: vg.Point{X: sx, Y: y0}, Max: vg.Point{X: p.snap(x0 - stripGap), Y: y1}}, n, lanes, pal,
		func(r0, _, c0, _ int) uint8 { return level(r0, c0) })
	p.raster(vg.Rectangle{Min: vg.Point{X: x0, Y: sy}, Max: vg.Point{X: x1, Y: p.snap(y1 + stripGap + l.strip)}}, lanes, n, pal,
		func(r0, _, c0, _ int) uint8 { return level(c0, r0) })
}

// bar draws the colour bar at x, as high as the matrix, with a point at each
// end that values go beyond.
func (f RSM) bar(p pen, l rsmLayout, r ramp, x, y0, y1 vg.Length) {
	below, above := f.beyond(r)
	newColorBar(r, below, above, append([]string{l.barLabel}, l.barShort...)...).draw(p, x, y0, y1)
}

// beyond tells whether values lie below or above the range.
func (f RSM) beyond(r ramp) (below, above bool) {
	n := f.Matrix.Stimuli.Len()
	slack := (r.max - r.min) * 1e-9
	for i := range n {
		for j := i; j < n; j++ {
			v := f.Matrix.Values.At(i, j)
			below = below || v < r.min-slack
			above = above || v > r.max+slack
		}
	}
	return below, above
}

// namesAbove writes the names of blocks above a matrix, y its baseline, each at the
// middle of its block: level, or slanted and shortened to the page, and then as many
// as there is room for.
func (p pen) namesAbove(names []string, middles []vg.Length, y vg.Length, slanted bool) {
	free := vg.Length(math.Inf(-1)) // where the last name ended
	for i, x := range middles {
		switch {
		case !slanted:
			p.text(names[i], tickFont, ink, x, y, middle, start, 0)
		case x >= free:
			room := (p.Max.X - pad - x) * math.Sqrt2
			p.text(tickFont.fit(names[i], room), tickFont, ink, x, y, start, middle, 45)
			free = x + tickFont.size*1.35
		}
	}
}
