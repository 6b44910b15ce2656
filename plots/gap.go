package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"fusiform/analysis/ceiling"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Gap figure draws how far networks are from people, a panel for each
// region: left, how similar each person's region is to that of the other
// people; right, how similar each network's units are to it. Tuning
// (Univariate) and geometry (Multivariate) stand side by side where both are
// given, in one panel for each region that they share. Each person and each
// network is a dot.
//
// A box holds the middle half of the values, the line in it is the median;
// whiskers end at the farthest values within 1.5 times its height. Fewer than
// five values have no box. The grey band is the ceiling of the people, with the
// 95 % interval of ceiling.Gap.Over where there is one, and below stands by how
// much the median network falls short of it. Values are noise-corrected: they
// can exceed 1, and are drawn where they are.
type Gap struct {
	Univariate   []ceiling.Gap
	Multivariate []ceiling.Gap
	Title        string
}

// A gapHalf is the people and the networks of one region and kind.
type gapHalf struct {
	kind             string
	gap              ceiling.Gap
	people, networks []float64
}

// A gapPanel is a region.
type gapPanel struct {
	region string
	halves []gapHalf
}

// check validates the figure and returns its panels.
func (f Gap) check() ([]gapPanel, error) {
	var out []gapPanel
	for k, list := range [2][]ceiling.Gap{f.Univariate, f.Multivariate} {
		kind := [2]string{"univariate", "multivariate"}[k]
		for _, g := range list {
			h := gapHalf{kind: kind, gap: g}
			for _, part := range []struct {
				what string
				m    *ceiling.Medians
				v    *[]float64
			}{{"people", g.People, &h.people}, {"networks", g.Networks, &h.networks}} {
				if part.m == nil || len(part.m.Values) == 0 {
					return nil, fmt.Errorf("plots: the %s gap of %q has no %s", kind, g.Region, part.what)
				}
				if len(part.m.Systems) != len(part.m.Values) {
					return nil, fmt.Errorf("plots: the %s gap of %q has %d values for %d %s", kind, g.Region, len(part.m.Values), len(part.m.Systems), part.what)
				}
				for i, v := range part.m.Values {
					if !drawable(v) {
						return nil, fmt.Errorf("plots: the similarity of %q with %q is %v", systemName(part.m.Systems[i]), g.Region, v)
					}
				}
				*part.v = part.m.Values
			}
			if o := g.Over; o != nil && (!drawable(o.Ceiling.Lo) || !drawable(o.Ceiling.Hi) || !drawable(o.Gap.Value)) {
				return nil, fmt.Errorf("plots: the ceiling of %q is %v, the gap %v", g.Region, o.Ceiling, o.Gap)
			}
			i := slices.IndexFunc(out, func(p gapPanel) bool { return p.region == g.Region && p.halves[len(p.halves)-1].kind != kind })
			if i < 0 {
				out = append(out, gapPanel{region: g.Region})
				i = len(out) - 1
			}
			out[i].halves = append(out[i].halves, h)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("plots: no gaps to draw")
	}
	return out, nil
}

// band is the ceiling of a half: its interval, or its value.
func (h gapHalf) band() (lo, hi float64) {
	if o := h.gap.Over; o != nil {
		return o.Ceiling.Lo, o.Ceiling.Hi
	}
	v := h.gap.People.Median()
	return v, v
}

// short is the gap with its interval, if it has one.
func (h gapHalf) short() (value, interval string) {
	if o := h.gap.Over; o != nil {
		return num(o.Gap.Value, 2), fmt.Sprintf("[%s, %s]", num(o.Gap.Lo, 2), num(o.Gap.Hi, 2))
	}
	return num(h.gap.Networks.Median()-h.gap.People.Median(), 2), ""
}

// Size suggests the width of a page, of a column for one or two narrow panels.
func (f Gap) Size() (w, h vg.Length) {
	panels, err := f.check()
	if err != nil {
		return 3.6 * vg.Inch, 3 * vg.Inch
	}
	columns := 0
	for _, p := range panels {
		columns += 2 * len(p.halves)
	}
	if columns <= 4 {
		return 3.6 * vg.Inch, 3.2 * vg.Inch
	}
	return 7.2 * vg.Inch, 3.2 * vg.Inch * vg.Length(math.Ceil(float64(columns)/12))
}

// Draw implements Figure.
func (f Gap) Draw(c draw.Canvas) error {
	ps, err := f.check()
	if err != nil {
		return err
	}
	lo, hi := 0.0, 1.0
	for _, p := range ps {
		for _, h := range p.halves {
			a, b := h.band()
			lo = math.Min(lo, math.Min(a, math.Min(least(h.people), least(h.networks))))
			hi = math.Max(hi, math.Max(b, math.Max(most(h.people), most(h.networks))))
		}
	}
	lo, hi = round(lo, hi)
	title := label(f.Title)
	if title == "" {
		title = "Noise-corrected similarity with people"
	}
	h := heading{title: title, note: bandNote(ps) + boxNote, names: []string{"people", "networks"},
		key: func(p pen, i int, x, y vg.Length) vg.Length {
			p.point(x+3, y, 2.2, gapLook(i == 1))
			return 6
		}}
	panels := make([]panel, len(ps))
	for i, p := range ps {
		panels[i] = p.panel(lo, hi)
	}
	return pen{c}.panelRows("figure of gaps", h, panels)
}

// bandNote says what the grey bands are: ceilings of people are numbers, and
// where they have intervals these are as high.
func bandNote(ps []gapPanel) string {
	for _, p := range ps {
		for _, h := range p.halves {
			if a, b := h.band(); a < b {
				return "grey: ceiling, 95 % interval; "
			}
		}
	}
	return "grey: ceiling; "
}

func gapLook(network bool) look {
	if network {
		return look{fill: networkColor, edge: darker(networkColor), shape: square}
	}
	return look{fill: brainColor, edge: darker(brainColor)}
}

func (g gapPanel) panel(lo, hi float64) panel {
	values, tickNames := ticks(lo, hi, 7)
	const text = "similarity (noise-corrected)"
	margin := yMargin(tickNames, text)
	n := vg.Length(len(g.halves))
	// Where "networks" has no room, they go by what the field calls them.
	names := func(step vg.Length) []string {
		for _, noun := range [2]string{"network", "ANN"} {
			var out []string
			for _, h := range g.halves {
				out = append(out, people(len(h.people)), count(len(h.networks), noun))
			}
			if noun == "ANN" || flat(out, step) != nil {
				return out
			}
		}
		return nil
	}
	under := 3 * (noteFont.size + 2)
	return panel{
		title: orUnnamed(g.region), note: g.note(),
		width: margin + 92*n, minWidth: margin + 44*n, minHeight: 60,
		bottom: func(w vg.Length) vg.Length {
			step := (w - margin) / (2 * n)
			return namesRoom(names(step), step) + under
		},
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			half := (x1 - x0) / n
			step := half / 2
			names := names(step)
			room := namesRoom(names, step)
			var at []vg.Length
			for k, h := range g.halves {
				left := x0 + half*vg.Length(k)
				a, b := h.band()
				p.spanBand(a, b, left+2, left+half-2, y, band)
				if k > 0 {
					p.segment(left, y.lo, left, y.hi, thin, grid)
				}
				for i, v := range [2][]float64{h.people, h.networks} {
					x := left + step*(vg.Length(i)+0.5)
					at = append(at, x)
					systems := [2]*ceiling.Medians{h.gap.People, h.gap.Networks}[i].Systems
					for j, q := range p.boxPlot(v, x, min(step*0.62, 40), y, gapLook(i == 1)) {
						p.markAt(q.X, q.Y, 2.2, systemName(systems[j])+": "+num(v[j], 3))
					}
				}
				mid, line := left+half/2, area.Min.Y-room-noteFont.size
				value, interval := h.short()
				for i, s := range []string{h.kind, "gap " + value, interval} {
					p.text(noteFont.fit(s, half-4), noteFont, [3]color.RGBA{ink, ink, faint}[i], mid, line-vg.Length(i)*(noteFont.size+2), middle, start, 0)
				}
			}
			if lo < 0 {
				p.segment(x0, y.at(0), x1, y.at(0), thin, grid)
			}
			p.yAxis(x0, y, values, tickNames, text)
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			p.names(names, at, area.Min.Y, step, room)
		},
	}
}

// note says which networks stand in a panel.
func (g gapPanel) note() string {
	var of []string
	for _, h := range g.halves {
		if s := nick(h.gap.Of); s != "" && !slices.Contains(of, s) {
			of = append(of, s)
		}
	}
	return strings.Join(of, "; ")
}

// Doubts returns the warnings of the gaps.
func (f Gap) Doubts() []error {
	var all [][]error
	for _, list := range [2][]ceiling.Gap{f.Univariate, f.Multivariate} {
		for _, g := range list {
			all = append(all, g.Warnings)
			for _, m := range []*ceiling.Medians{g.People, g.Networks} {
				if m != nil {
					all = append(all, m.Warnings)
				}
			}
			if g.Over != nil {
				all = append(all, g.Over.Warnings)
			}
		}
	}
	return once(all...)
}

// Alt implements Figure: of each region and kind the people, the networks and
// the gap.
func (f Gap) Alt() string {
	ps, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	b.WriteString("Noise-corrected similarity of people with each other, and of networks with people.")
	for _, p := range ps {
		for _, h := range p.halves {
			value, interval := h.short()
			fmt.Fprintf(&b, " %s, %s: people with people %s; networks with people %s; gap %s", orUnnamed(p.region), h.kind, altValues(h.people), altValues(h.networks), value)
			if interval != "" {
				fmt.Fprintf(&b, " (95 %% interval %s to %s)", num(h.gap.Over.Gap.Lo, 2), num(h.gap.Over.Gap.Hi, 2))
			}
			b.WriteString(".")
		}
	}
	return b.String()
}
