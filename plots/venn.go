package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"fusiform/analysis/localizer"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Venn draws on which channels two localizers agree: two circles whose areas
// are in proportion to how many channels each selects, and what they share to
// how many both do, with the numbers, the indices of overlap and p.
type Venn struct {
	Overlap localizer.Overlap
	A, B    string // names of the two; default: their rules
	Title   string // default: the source
}

// check validates the overlap: what cannot be a number of channels cannot be
// drawn.
func (f Venn) check() error {
	o := f.Overlap
	switch {
	case o.A < 0 || o.B < 0 || o.Both < 0 || o.Both > min(o.A, o.B):
		return fmt.Errorf("plots: no overlap has %d channels, %d channels and %d shared by both", o.A, o.B, o.Both)
	case o.A+o.B-o.Both > o.Channels:
		return fmt.Errorf("plots: the overlap selects %d channels of %d", o.A+o.B-o.Both, o.Channels)
	}
	for _, v := range [...]float64{o.Jaccard, o.Dice, o.Expected, o.P} {
		if !drawable(v) {
			return fmt.Errorf("plots: the overlap of %q has Jaccard %v, Dice %v, %v expected, p %v", o.Source, o.Jaccard, o.Dice, o.Expected, o.P)
		}
	}
	return nil
}

// names returns those of the two localizers.
func (f Venn) names() [2]string {
	out := [2]string{label(f.A), label(f.B)}
	for k, rule := range [2]string{f.Overlap.RuleA, f.Overlap.RuleB} {
		if out[k] == "" {
			out[k] = label(rule)
		}
		if out[k] == "" {
			out[k] = [2]string{"A", "B"}[k]
		}
	}
	if f.A == "" && f.B == "" && out[0] == out[1] { // one rule on two sets of images
		out[0], out[1] = "first: "+out[0], "second: "+out[1]
	}
	return out
}

// Size suggests one column.
func (f Venn) Size() (w, h vg.Length) { return Column, 2.7 * vg.Inch }

// Draw implements Figure.
func (f Venn) Draw(c draw.Canvas) error {
	if err := f.check(); err != nil {
		return err
	}
	o, names := f.Overlap, f.names()
	h := heading{title: label(f.Title)}
	if h.title == "" {
		h.title = orUnnamed(o.Source)
	}
	colors := vennColors(names)
	for k, n := range [2]int{o.A, o.B} {
		h.names = append(h.names, fmt.Sprintf("%s (%d)", tickFont.fit(names[k], 150), n))
	}
	h.key = func(p pen, i int, x, y vg.Length) vg.Length {
		p.disc(x+3.5, y, 3.5, colors[i], vennDashes[i])
		return 7
	}
	return pen{c}.panels("Venn diagram", h, []panel{{
		title: f.indices(), note: f.note(),
		width: 200, minWidth: 90, minHeight: 50,
		bottom: func(vg.Length) vg.Length { return 0 },
		draw:   func(p pen, area vg.Rectangle) { f.circles(p, area, names, colors) },
	}})
}

// indices writes those of overlap.
func (f Venn) indices() string {
	return "Jaccard " + index(f.Overlap.Jaccard) + ", Dice " + index(f.Overlap.Dice)
}

// index writes an index of overlap with two decimals, or below 0.01 with two
// digits: what shares little is not written as if it shared nothing.
func index(v float64) string {
	if 0 < v && v < 0.01 {
		return brief(v)
	}
	return num(v, 2)
}

// note says how much is shared, and how much would be by chance.
func (f Venn) note() string {
	o := f.Overlap
	if o.A == 0 || o.B == 0 {
		return "an overlap with nothing is 0"
	}
	return fmt.Sprintf("%d of %s in both; %s by chance, %s", o.Both, count(o.Channels, "channel"), short(math.Round(10*o.Expected)/10), probability("p", o.P))
}

// vennColors are those of the two and of what they share.
func vennColors(names [2]string) [3]color.RGBA {
	l := looks([]string{names[0] + " ", names[1] + "  "}) // two, whatever they are called
	a, b := toLab(l[names[0]+" "].fill), toLab(l[names[1]+"  "].fill)
	pale := func(c lab) lab { return mix(c, white, 0.35) }
	both := mix(mix(a, b, 0.5), lab{}, 0.12)
	both.l = math.Min(both.l, math.Min(pale(a).l, pale(b).l)-0.1)
	return [3]color.RGBA{pale(a).rgba(), pale(b).rgba(), both.rgba()}
}

// vennDashes tell the second circle from the first where there is no colour.
var vennDashes = [2][]vg.Length{nil, {2.5, 1.5}}

// disc draws a filled circle with a thin outline.
func (p pen) disc(x, y, r vg.Length, c color.RGBA, dashes []vg.Length) {
	var path vg.Path
	path.Move(vg.Point{X: x + r, Y: y})
	path.Arc(vg.Point{X: x, Y: y}, r, 0, 2*math.Pi)
	path.Close()
	p.SetColor(c)
	p.Fill(path)
	p.ring(x, y, r, dashes)
}

// ring draws the outline of a circle.
func (p pen) ring(x, y, r vg.Length, dashes []vg.Length) {
	var path vg.Path
	path.Move(vg.Point{X: x + r, Y: y})
	path.Arc(vg.Point{X: x, Y: y}, r, 0, 2*math.Pi)
	path.Close()
	p.stroke(plain, line, dashes)
	p.Stroke(path)
}

// circles draws the two circles, the lens and the numbers of the three parts.
func (f Venn) circles(p pen, area vg.Rectangle, names [2]string, colors [3]color.RGBA) {
	o := f.Overlap
	ra, rb, d := pair(o.A, o.B, o.Both)
	if ra == 0 && rb == 0 {
		p.text(labelFont.fit("no channel is selected by either", area.Size().X), labelFont, faint, (area.Min.X+area.Max.X)/2, (area.Min.Y+area.Max.Y)/2, middle, middle, 0)
		return
	}
	left, right, tall := -ra, math.Max(ra, d+rb), math.Max(ra, rb)
	left = math.Min(left, d-rb)
	const below = vg.Length(14) // for numbers that their parts have no room for
	k := min(area.Size().X/vg.Length(right-left), (area.Size().Y-2*below)/vg.Length(2*tall)) * 0.98
	x0 := (area.Min.X+area.Max.X)/2 - k*vg.Length(left+right)/2
	y := (area.Min.Y + area.Max.Y) / 2
	at := func(v float64) vg.Length { return x0 + k*vg.Length(v) }
	circles := [2]struct {
		n    int
		x, r vg.Length
	}{{o.A, at(0), k * vg.Length(ra)}, {o.B, at(d), k * vg.Length(rb)}}
	order := [2]int{0, 1}
	if rb > ra { // the smaller one above, where one holds the other
		order = [2]int{1, 0}
	}
	for _, i := range order {
		if c := circles[i]; c.n > 0 {
			p.disc(c.x, y, c.r, colors[i], vennDashes[i])
		}
	}
	p.lens(circles[0].x, circles[1].x, y, circles[0].r, circles[1].r, o.Both, min(o.A, o.B), colors[2])
	for i, c := range circles { // over the lens
		if c.n > 0 && o.Both > 0 {
			p.ring(c.x, y, c.r, vennDashes[i])
		}
	}
	parts := []struct {
		n        int
		from, to float64 // along the line through the centres
		name     string
		at       anchor
	}{
		{o.A - o.Both, -ra, math.Min(ra, d-rb), "only " + names[0], end},
		{o.Both, math.Max(-ra, d-rb), math.Min(ra, d+rb), "both", middle},
		{o.B - o.Both, math.Max(ra, d-rb), d + rb, "only " + names[1], start},
	}
	if o.Both == 0 { // apart, or one of them empty
		parts[0].to, parts[2].from = ra, d-rb
	}
	free := vg.Length(math.Inf(-1)) // right of the numbers below
	for _, part := range parts {
		if part.n <= 0 {
			continue
		}
		text := fmt.Sprint(part.n)
		from, to := at(part.from), at(part.to)
		mid := (from + to) / 2
		p.mark(vg.Rectangle{Min: vg.Point{X: from, Y: y - k*vg.Length(tall)}, Max: vg.Point{X: to, Y: y + k*vg.Length(tall)}},
			part.name+": "+count(part.n, "channel"))
		if to-from >= headFont.width(text)+4 {
			p.text(text, headFont, ink, mid, y, middle, middle, 0)
			continue
		}
		foot := y - k*vg.Length(tall) - 4
		p.segment(mid, y, mid, foot, thin, line)
		x := mid
		if part.at == end {
			x += 3
		} else if part.at == start {
			x -= 3
		}
		wide := headFont.width(text)
		left := max(x-wide*vg.Length(part.at), free)
		free = left + wide + 5
		p.text(text, headFont, ink, left, foot-2, start, end, 0)
	}
}

// lens fills what two circles share: all of the smaller one where it lies in
// the other.
func (p pen) lens(xa, xb, y, ra, rb vg.Length, both, least int, c color.RGBA) {
	switch {
	case both == 0:
		return
	case both == least:
		if ra < rb {
			p.disc(xa, y, ra, c, vennDashes[0])
		} else {
			p.disc(xb, y, rb, c, vennDashes[1])
		}
		return
	}
	a, b, d := float64(ra), float64(rb), float64(xb-xa)
	alpha := math.Acos(within((d*d+a*a-b*b)/(2*d*a), -1, 1)) // half the arc of A
	beta := math.Acos(within((d*d+b*b-a*a)/(2*d*b), -1, 1))
	sin, cos := math.Sincos(alpha)
	var path vg.Path
	path.Move(vg.Point{X: xa + ra*vg.Length(cos), Y: y - ra*vg.Length(sin)})
	path.Arc(vg.Point{X: xa, Y: y}, ra, -alpha, 2*alpha)
	path.Arc(vg.Point{X: xb, Y: y}, rb, math.Pi-beta, 2*beta)
	path.Close()
	p.SetColor(c)
	p.Fill(path)
}

func within(v, lo, hi float64) float64 { return math.Max(lo, math.Min(v, hi)) }

// pair returns the radii of circles of the areas a and b, and how far apart
// their centres are for the circles to share the area both. Where one holds
// the other it lies inside, off the middle; where they share nothing there is
// a gap.
func pair(a, b, both int) (ra, rb, d float64) {
	ra, rb = math.Sqrt(float64(a)/math.Pi), math.Sqrt(float64(b)/math.Pi)
	switch {
	case both == 0 && (a == 0 || b == 0):
		return ra, rb, 0
	case both == 0:
		return ra, rb, (ra + rb) * 1.06
	case both == min(a, b):
		return ra, rb, 0.6 * math.Abs(ra-rb)
	}
	lo, hi := math.Abs(ra-rb), ra+rb // the lens shrinks from the smaller circle to nothing
	for range 100 {
		d = (lo + hi) / 2
		if lensArea(ra, rb, d) > float64(both) {
			lo = d
		} else {
			hi = d
		}
	}
	return ra, rb, d
}

// lensArea is the area that two circles share, d from centre to centre, with
// |ra−rb| ≤ d ≤ ra+rb: two sectors less the kite.
func lensArea(ra, rb, d float64) float64 {
	alpha := math.Acos(within((d*d+ra*ra-rb*rb)/(2*d*ra), -1, 1))
	beta := math.Acos(within((d*d+rb*rb-ra*ra)/(2*d*rb), -1, 1))
	return ra*ra*(alpha-math.Sin(2*alpha)/2) + rb*rb*(beta-math.Sin(2*beta)/2)
}

// Alt implements Figure.
func (f Venn) Alt() string {
	if err := f.check(); err != nil {
		return "Empty figure: " + err.Error()
	}
	o, names := f.Overlap, f.names()
	var b strings.Builder
	fmt.Fprintf(&b, "Venn diagram of %s of %s: %s selects %d, %s selects %d, both select %d.",
		count(o.Channels, "channel"), orUnnamed(o.Source), nick(names[0]), o.A, nick(names[1]), o.B, o.Both)
	if o.A > 0 && o.B > 0 {
		fmt.Fprintf(&b, " %s; %s would be shared by chance, %s.", f.indices(), short(math.Round(10*o.Expected)/10), probability("p", o.P))
	}
	return b.String()
}

// Doubts returns the warnings of the overlap.
func (f Venn) Doubts() []error { return once(f.Overlap.Warnings) }
