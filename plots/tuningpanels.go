package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/tuning"

	"gonum.org/v1/plot/vg"
)

// bar draws a bar: filled, with an outline where its colour is pale, or light
// with an outline.
func (p pen) bar(x0, y0, x1, y1 vg.Length, c color.RGBA, outlined bool) {
	if outlined {
		p.box(x0, y0, x1, y1, mix(toLab(c), white, 0.65).rgba())
		d := plain / 2
		p.frame(x0+d, min(y0, y1)+d, x1-d, max(y0, y1)-d, plain, mix(toLab(c), lab{}, 0.1).rgba())
		return
	}
	p.box(x0, y0, x1, y1, c)
	if contrast(c, paper) < 3 && x1-x0 >= 2*plain {
		d := thin / 2
		p.frame(x0+d, min(y0, y1)+d, x1-d, max(y0, y1)-d, thin, darker(c))
	}
}

// barPanel shows the mean of each category, a bar per profile.
func (f Tuning) barPanel(ps []*tuning.Profile, categories, sources []string, colors []color.RGBA) panel {
	lo, hi := 0.0, 0.0
	bars := make([]map[string]tuning.Bar, len(ps))
	for i, p := range ps {
		bars[i] = map[string]tuning.Bar{}
		for _, b := range p.ByCategory() {
			bars[i][b.Category] = b
			lo, hi = math.Min(lo, b.Mean-b.SEM), math.Max(hi, b.Mean+b.SEM)
		}
	}
	lo, hi = round(lo, hi)
	values, names := ticks(lo, hi, 6)
	text := f.axis()
	margin := yMargin(names, text)
	look := looks(categories)
	labels := make([]string, len(categories))
	for i, c := range categories {
		labels[i] = label(c)
	}
	n := vg.Length(len(categories))
	step := max(8*vg.Length(len(ps))+8, 26)
	step = min(step, 260/n)
	return panel{
		title: "Categories", note: "mean ± SEM over stimuli",
		width: margin + n*step, minWidth: margin + min(n*max(10, 2.4*vg.Length(len(ps))), 200), minHeight: 40,
		bottom: func(w vg.Length) vg.Length { return namesRoom(labels, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			step := (x1 - x0) / n
			group := step * 0.8
			if len(ps) == 1 {
				group = step * 0.68
			}
			each := group / vg.Length(len(ps))
			at := make([]vg.Length, len(categories))
			for k, c := range categories {
				at[k] = x0 + step*(vg.Length(k)+0.5)
				for i := range ps {
					b, ok := bars[i][c]
					if !ok {
						continue
					}
					left := at[k] - group/2 + each*vg.Length(i)
					fill := colors[i]
					if len(ps) == 1 {
						fill = look[c].fill
					}
					gap := min(each*0.08, 0.75)
					p.bar(left+gap, y.at(0), left+each-gap, y.at(b.Mean), fill, len(ps) > 1 && isNetwork(sources[i]))
					mid := left + each/2
					p.segment(mid, y.at(b.Mean-b.SEM), mid, y.at(b.Mean+b.SEM), min(1, each*0.3), ink)
					p.mark(vg.Rectangle{Min: vg.Point{X: left, Y: min(y.at(0), y.at(b.Mean))}, Max: vg.Point{X: left + each, Y: max(y.at(0), y.at(b.Mean))}},
						fmt.Sprintf("%s, %s: %s ± %s (SEM, n = %d)", label(sources[i]), label(c), num(b.Mean, 2), num(b.SEM, 2), b.N))
				}
			}
			p.segment(x0, y.at(0), x1, y.at(0), plain, line)
			p.yAxis(x0, y, values, names, text)
			p.names(labels, at, area.Min.Y, step, namesRoom(labels, step))
		},
	}
}

// rankGap stands between profiles that are ranked below each other.
const rankGap = vg.Length(12)

// rankedPanel shows the values of each profile in its own order.
func (f Tuning) rankedPanel(ps []*tuning.Profile, categories []string, colors []color.RGBA) panel {
	r := newRanking(categories)
	lo, hi := 0.0, 0.0
	for _, p := range ps {
		for _, v := range p.Values {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	lo, hi = round(lo, hi)
	values, names := ticks(lo, hi, 4)
	text := f.axis()
	margin := r.margin(yMargin(names, text))
	n := vg.Length(len(ps))
	var note []string
	if count := len(ps[0].Values); !slices.ContainsFunc(ps, func(p *tuning.Profile) bool { return len(p.Values) != count }) {
		note = append(note, stimuliCount(count))
	}
	if len(categories) > 0 {
		note = append(note, "coloured by category")
	}
	return panel{
		title: "Ranked stimuli", note: strings.Join(note, ", "),
		width: margin + 190, minWidth: margin + 100, minHeight: 40*n + (r.below+rankGap)*(n-1),
		bottom: r.bottom,
		draw: func(p pen, area vg.Rectangle) {
			room := (area.Max.Y - area.Min.Y - (r.below+rankGap)*(n-1)) / n
			x0 := p.snap(area.Min.X + margin)
			for i, prof := range ps {
				y1 := area.Max.Y - (room+r.below+rankGap)*vg.Length(i)
				y := scale{lo, hi, y1 - room, y1}
				at := r.draw(p, prof, x0, area.Max.X, y, colors[i])
				p.yAxis(x0, y, values, names, text)
				if len(ps) > 1 {
					x1 := at(len(prof.Values))
					p.text(noteFont.fit(label(prof.Source), x1-x0), noteFont, ink, x1, y1, end, end, 0)
				}
			}
			r.foot(p, area, x0)
		},
	}
}

// rowsPanel shows of each profile only the categories in the order of their
// rank, a row per profile.
func (f Tuning) rowsPanel(ps []*tuning.Profile, categories []string) panel {
	look := looks(categories)
	labels := make([]string, len(ps))
	for i, p := range ps {
		labels[i] = tickFont.fit(label(p.Source), 80)
	}
	margin := tickFont.widest(labels) + 5
	key := categoryKey(categories, look)
	pal := make(color.Palette, 0, len(categories)+1)
	index := map[string]uint8{}
	for i, c := range categories {
		index[c] = uint8(i % 255)
		if i < 255 {
			pal = append(pal, look[c].fill)
		}
	}
	index[""] = uint8(len(pal))
	pal = append(pal, color.RGBA{0xf4, 0xf4, 0xf4, 255})
	return panel{
		title: "Ranked stimuli", note: "one row per source, coloured by category",
		width: margin + 200, minWidth: margin + 100, minHeight: min(9*vg.Length(len(ps)), 80),
		bottom: func(w vg.Length) vg.Length { return labelGap + labelFont.size + key.height(w) },
		draw: func(p pen, area vg.Rectangle) {
			step := (area.Max.Y - area.Min.Y) / vg.Length(len(ps))
			x0 := p.snap(area.Min.X + margin)
			for i, prof := range ps {
				top := p.snap(area.Max.Y - step*vg.Length(i))
				bottom := p.snap(top - step*0.78)
				order := prof.Ranked()
				x1 := x0 + p.whole(area.Max.X-x0, len(order))
				row := vg.Rectangle{Min: vg.Point{X: x0, Y: bottom}, Max: vg.Point{X: x1, Y: top}}
				p.raster(row, 1, len(order), pal, func(_, _, c0, _ int) uint8 { return index[prof.Stimuli.At(order[c0]).Category] })
				if p.ears() != nil {
					stimuli := make([]analysis.Stimulus, len(order))
					for rank, s := range order {
						stimuli[rank] = prof.Stimuli.At(s)
					}
					p.cells(row, []analysis.Stimulus{{ID: prof.Source}}, stimuli,
						func(_, rank int) string {
							return fmt.Sprintf("%s, rank %d of %d", short(prof.Values[order[rank]]), rank+1, len(order))
						})
				}
				if step >= noteFont.size {
					p.text(labels[i], tickFont, ink, x0-4, (top+bottom)/2, end, middle, 0)
				}
			}
			y := area.Min.Y - labelGap
			p.rankLabel(area, x0, y)
			key.draw(p, area.Min.X, y-labelFont.size, area.Max.X-area.Min.X)
		},
	}
}

// A colorKey is a legend of category colours below a panel; without names it
// is empty.
type colorKey struct {
	names  []string
	colors []color.RGBA
}

func categoryKey(categories []string, looks map[string]look) colorKey {
	var k colorKey
	if len(categories) < 2 {
		return k
	}
	for _, c := range categories {
		k.names = append(k.names, tickFont.fit(label(c), 80))
		k.colors = append(k.colors, looks[c].fill)
	}
	return k
}

func (k colorKey) height(w vg.Length) vg.Length {
	if len(k.names) == 0 {
		return 0
	}
	return 3 + legendLine*vg.Length(len(legendRows(shorten(k.names, w), w)))
}

// draw draws the key with its top left at (x, y), no wider than w.
func (k colorKey) draw(p pen, x, y, w vg.Length) {
	p.legend(x, y-3, w, shorten(k.names, w), func(i int, x, y vg.Length) vg.Length {
		p.box(x, y-3, x+6, y+3, k.colors[i])
		return 6
	})
}
