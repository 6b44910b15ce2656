package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

const (
	sliceGap  = vg.Length(3)  // between slices side by side
	sliceText = vg.Length(14) // below each slice
)

// A mapLayout says where the slices of a map stand.
type mapLayout struct {
	title, note   string
	names         []string // of the regions
	top, bar      vg.Length
	columns, rows int
	side          vg.Point // of a slice
}

func (b *brain) layout(w, h vg.Length) mapLayout {
	l := mapLayout{title: label(b.f.Title)}
	if l.title == "" {
		l.title = b.f.name()
		if len(b.f.Regions) > 0 {
			l.title = label(b.f.Regions[0].Source)
		}
	}
	l.note = fmt.Sprintf("%s, in colour where it is beyond ±%s", b.f.name(), short(b.f.Threshold))
	if b.f.Threshold == 0 {
		l.note = b.f.name()
	}
	if n := b.count(); n > len(b.slices) {
		l.note += fmt.Sprintf("; %d of %d slices", len(b.slices), n)
	}
	for _, r := range b.f.Regions {
		if name := label(r.Contrast.Name); !slices.Contains(l.names, name) {
			l.names = append(l.names, name)
		}
	}
	l.names = shorten(l.names, w-2*pad)
	l.top = pad + titleFont.size*1.2 + 1 + noteFont.size + 7
	if len(l.names) > 0 {
		l.top += vg.Length(len(legendRows(l.names, w-2*pad))) * legendLine
	}
	l.bar = b.bar().width()
	width, height := w-2*pad-l.bar+sliceGap, h-l.top-pad/2
	_, _, mx, my := b.size()
	n := len(b.slices)
	for columns := range n {
		columns++
		rows := (n + columns - 1) / columns
		x := width/vg.Length(columns) - sliceGap
		y := height/vg.Length(rows) - sliceText
		if k := min(float64(x)/mx, float64(y)/my); k*mx > float64(l.side.X) {
			l.columns, l.rows, l.side = columns, rows, vg.Point{X: vg.Length(k * mx), Y: vg.Length(k * my)}
		}
	}
	l.columns, l.rows = max(l.columns, 1), max(l.rows, 1)
	return l
}

// slice draws one slice with the outlines of the regions.
func (b *brain) slice(p pen, area vg.Rectangle, s int, names []string) {
	cols, rows, _, _ := b.size()
	lo, hi := b.greyRange()
	p.raster(area, rows, cols, mapPalette(), func(r0, r1, c0, c1 int) uint8 {
		best, at, grey, n := 0.0, -1, 0.0, 0
		for r := r0; r < r1; r++ {
			for c := c0; c < c1; c++ {
				v := b.voxel(s, r, c)
				if b.beyond(v) && math.Abs(b.value[v]) > best {
					best, at = math.Abs(b.value[v]), v
				}
				switch {
				case b.f.Behind != nil && b.f.Behind[v] != 0:
					grey += math.Max(0, math.Min(1, (b.f.Behind[v]-lo)/(hi-lo)))
					n++
				case b.f.Behind == nil && b.has[v]:
					grey += 0.4
					n++
				}
			}
		}
		switch {
		case at >= 0:
			return b.level(b.value[at])
		case n == 0:
			return 0
		}
		return uint8(1 + math.Round(grey/float64(n)*(greys-1)))
	})
	colors := looks(names)
	for _, r := range b.f.Regions {
		in := map[int]bool{}
		for k, keep := range r.Keep {
			if at := b.f.at(k); keep && b.sliceOf(at) == s {
				in[at] = true
			}
		}
		if len(in) == 0 {
			continue
		}
		edge := outline(area, rows, cols, func(row, col int) bool { return in[b.voxel(s, row, col)] })
		p.stroke(2*outlineWidth, night, nil)
		p.Stroke(edge)
		fill := color.RGBA{255, 255, 255, 255} // of those the legend has no room for
		if look, ok := colors[label(r.Contrast.Name)]; ok {
			fill = look.fill
		}
		p.stroke(outlineWidth, fill, nil)
		p.Stroke(edge)
	}
}

// outline returns the edges of the cells that are in, those in one line in one
// piece.
func outline(area vg.Rectangle, rows, cols int, in func(row, col int) bool) vg.Path {
	is := func(row, col int) bool { return row >= 0 && col >= 0 && row < rows && col < cols && in(row, col) }
	size := area.Size()
	at := func(row, col int) vg.Point {
		return vg.Point{X: area.Min.X + size.X*vg.Length(col)/vg.Length(cols), Y: area.Max.Y - size.Y*vg.Length(row)/vg.Length(rows)}
	}
	var path vg.Path
	for row := range rows + 1 {
		for col := 0; col < cols; col++ {
			from := col
			for col < cols && is(row-1, col) != is(row, col) {
				col++
			}
			if col > from {
				path.Move(at(row, from))
				path.Line(at(row, col))
			}
		}
	}
	for col := range cols + 1 {
		for row := 0; row < rows; row++ {
			from := row
			for row < rows && is(row, col-1) != is(row, col) {
				row++
			}
			if row > from {
				path.Move(at(from, col))
				path.Line(at(row, col))
			}
		}
	}
	return path
}

// greyRange are the values behind that are darkest and brightest: the 2nd and
// the 98th percentile of those that are not 0.
func (b *brain) greyRange() (lo, hi float64) {
	if b.grey[1] > b.grey[0] {
		return b.grey[0], b.grey[1]
	}
	return 0, 1
}

// findGrey sets the range of greys.
func (b *brain) findGrey() {
	var v []float64
	for _, x := range b.f.Behind {
		if x != 0 {
			v = append(v, x)
		}
	}
	if len(v) == 0 {
		return
	}
	slices.Sort(v)
	b.grey = [2]float64{v[len(v)*2/100], v[(len(v)-1)*98/100]}
	if b.grey[0] == b.grey[1] {
		b.grey = [2]float64{v[0] - 1, v[0] + 1}
	}
}

// sides writes which side of the first slice is which.
func (b *brain) sides(p pen, area vg.Rectangle) {
	if !b.spatial() {
		return
	}
	left, right := "L", "R"
	if b.plane == Sagittal {
		left, right = "P", "A"
	}
	p.text(left, noteFont, paper, area.Min.X+2, area.Max.Y-2, start, end, 0)
	p.text(right, noteFont, paper, area.Max.X-2, area.Max.Y-2, end, end, 0)
}

// bar explains the colours: of the side or sides of 0 where something is drawn.
func (b *brain) bar() colorBar {
	up, down := b.hi > b.f.Threshold, b.lo < -b.f.Threshold
	r := ramp{-b.end(), b.end()}
	switch {
	case up && !down:
		r.min = b.f.Threshold
	case down && !up:
		r.max = -b.f.Threshold
	}
	c := newColorBar(r, b.lo < -b.end()*(1+1e-9), b.hi > b.end()*(1+1e-9), b.f.name())
	if t := b.f.Threshold; t > 0 && t < .85*b.end() {
		c.values, c.names = nil, nil
		for _, v := range [5]float64{-b.end(), -t, 0, t, b.end()} {
			if v >= r.min && v <= r.max && (v != 0 || t > .2*b.end()) {
				c.values, c.names = append(c.values, v), append(c.names, minus(fmt.Sprintf("%.3g", v)))
			}
		}
	}
	all := mapPalette()
	c.palette = make(color.Palette, levels)
	for i := range c.palette {
		v := r.min + (r.max-r.min)*float64(i)/(levels-1)
		c.palette[i] = all[b.level(v)]
		if math.Abs(v) < b.f.Threshold {
			c.palette[i] = all[1+greys*4/10]
		}
	}
	return c
}
