package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strings"

	"fusiform/analysis/mismatch"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A ReportCard draws what a battery says of a network, a row for each entry:
// the effect in people with its interval, about it the band within which a
// network matches, and the network's effect with its interval, on one axis; the
// verdict in words and by its sign; q.
type ReportCard struct {
	Report *mismatch.Report
	Title  string // default: the network and the battery
}

// check validates the report.
func (f ReportCard) check() error {
	if f.Report == nil || len(f.Report.Lines) == 0 {
		return errors.New("plots: no report to draw")
	}
	for _, l := range f.Report.Lines {
		values := []float64{l.Human.Value, l.Human.Lo, l.Human.Hi, l.Band, l.Q}
		if l.Verdict != mismatch.Untested {
			values = append(values, l.Network.Value, l.Network.Lo, l.Network.Hi, l.Mismatch.Value)
		}
		for _, v := range values {
			if !drawable(v) {
				return fmt.Errorf("plots: entry %q of the report: people %v, network %v, band %v, q %v", l.Entry, l.Human, l.Network, l.Band, l.Q)
			}
		}
		if l.Band < 0 {
			return fmt.Errorf("plots: entry %q of the report has a band of %v", l.Entry, l.Band)
		}
	}
	return nil
}

// reportRow is the least height of a row, reportRoom what it has by itself.
const (
	reportRow  = vg.Length(22)
	reportRoom = vg.Length(32)
)

// Size suggests the width of a page and a row for each entry.
func (f ReportCard) Size() (w, h vg.Length) {
	n := 1
	if f.Report != nil {
		n = max(1, len(f.Report.Lines))
	}
	return Page, min(115+reportRoom*vg.Length(n), 30*vg.Inch)
}

// Draw implements Figure.
func (f ReportCard) Draw(c draw.Canvas) error {
	if err := f.check(); err != nil {
		return err
	}
	h := heading{title: label(f.Title), names: []string{"people", "network", "band within which a network matches"}}
	if h.title == "" {
		h.title = orUnnamed(f.Report.Network)
		if b := nick(f.Report.Battery); b != "" {
			h.title += ": " + b
		}
	}
	h.key = func(p pen, i int, x, y vg.Length) vg.Length {
		switch i {
		case 0:
			p.point(x+3.5, y, 2.8, peopleLook)
		case 1:
			p.point(x+3.5, y, 2.8, networkLook)
		default:
			p.box(x, y-3, x+7, y+3, band)
		}
		return 7
	}
	return pen{c}.panels("report card", h, []panel{f.panel()})
}

// How people and networks look where both are points.
var (
	peopleLook  = look{fill: brainColor, edge: mix(toLab(brainColor), lab{}, 0.4).rgba(), shape: circle}
	networkLook = look{fill: mix(toLab(networkColor), white, 0.45).rgba(), edge: mix(toLab(networkColor), lab{}, 0.4).rgba(), shape: diamond}
)

const effectLabel = "A less B (standard deviations)"

func (f ReportCard) panel() panel {
	lines := f.Report.Lines
	lo, hi := 0.0, 0.0
	names, regions, words := make([]string, len(lines)), make([]string, len(lines)), make([]string, len(lines))
	for i, l := range lines {
		lo, hi = math.Min(lo, l.Human.Value-l.Band), math.Max(hi, l.Human.Value+l.Band)
		lo, hi = math.Min(lo, l.Human.Lo), math.Max(hi, l.Human.Hi)
		if l.Verdict != mismatch.Untested {
			lo, hi = math.Min(lo, l.Network.Lo), math.Max(hi, l.Network.Hi)
		}
		names[i], regions[i], words[i] = label(l.Entry), label(l.Region), l.Verdict.String()
	}
	lo, hi = round(lo, hi)
	values, tickNames := ticks(lo, hi, 6)
	n := vg.Length(len(lines))
	wide := min(max(tickFont.widest(names), noteFont.widest(regions)), 150) + 8
	room := func(w vg.Length) vg.Length { return min(wide, max(60, w*0.3)) } // for names
	right := max(headFont.widest(words), noteFont.width("q < 0.001")) + 24
	return panel{
		title: "Effects with 95 % intervals", note: verdictCounts(f.Report),
		width: 400, minWidth: min(wide, 60) + right + 70, minHeight: reportRow * n,
		bottom: func(vg.Length) vg.Length { return xMargin(effectLabel) },
		draw: func(p pen, area vg.Rectangle) {
			left := room(area.Max.X - area.Min.X)
			x := scale{lo, hi, area.Min.X + left, area.Max.X - right}
			step := (area.Max.Y - area.Min.Y) / n
			p.segment(x.at(0), area.Min.Y, x.at(0), area.Max.Y, thin, grid)
			for i, l := range lines {
				y := area.Max.Y - step*(vg.Length(i)+0.5)
				if i > 0 {
					p.segment(area.Min.X, y+step/2, area.Max.X, y+step/2, 0.25, grid)
				}
				name, region := tickFont.fit(names[i], left-8), noteFont.fit(regions[i], left-8)
				p.text(name, tickFont, ink, area.Min.X, y+2, start, start, 0)
				p.text(region, noteFont, faint, area.Min.X, y-2, start, end, 0)
				p.box(x.at(l.Human.Value-l.Band), y-step*0.36, x.at(l.Human.Value+l.Band), y+step*0.36, band)
				p.effect(l.Human, x, y+step*0.15, peopleLook)
				if l.Verdict != mismatch.Untested {
					p.effect(l.Network, x, y-step*0.15, networkLook)
				}
				at := area.Max.X - right + 12
				p.verdict(at+3, y+2+headFont.size*capHeight/2, 3, l.Verdict)
				p.text(words[i], headFont, ink, at+10, y+2, start, start, 0)
				if l.Verdict != mismatch.Untested {
					p.text(probability("q", l.Q), noteFont, faint, at+10, y-2, start, end, 0)
				}
				p.mark(vg.Rectangle{Min: vg.Point{X: area.Min.X, Y: y - step/2}, Max: vg.Point{X: area.Max.X, Y: y + step/2}}, f.told(l))
			}
			p.xAxis(area.Min.Y, x, values, tickNames, effectLabel)
		},
	}
}

// effect draws an effect and its interval.
func (p pen) effect(e mismatch.Effect, x scale, y vg.Length, l look) {
	p.segment(x.at(e.Lo), y, x.at(e.Hi), y, thick, l.edge)
	p.point(x.at(e.Value), y, 2.8, l)
}

// verdict draws the sign of a verdict: a disc for a match, an empty one for what
// is undecided, up for too strong, down for too weak, a cross for opposite, a
// line for untested.
func (p pen) verdict(x, y, r vg.Length, v mismatch.Verdict) {
	l := look{fill: ink, edge: ink}
	switch v {
	case mismatch.Matches:
	case mismatch.Undecided:
		l.fill = color.RGBA{255, 255, 255, 255}
	case mismatch.TooStrong:
		l.shape = triangle
	case mismatch.TooWeak:
		l.shape = wedge
	case mismatch.Opposite:
		l.shape = cross
	default:
		p.segment(x-r, y, x+r, y, plain, ink)
		return
	}
	p.point(x, y, r, l)
}

// verdictCounts counts the verdicts: "1 matches, 2 too strong (of 3)".
func verdictCounts(r *mismatch.Report) string {
	short := *r
	short.Network = ""
	return strings.TrimPrefix(short.String(), ": ")
}

// told says an entry in words.
func (f ReportCard) told(l mismatch.Line) string {
	s := nick(l.Entry)
	if r := nick(l.Region); r != "" {
		s += " (" + r + ")"
	}
	s += fmt.Sprintf(": %v; people %s", l.Verdict, effectText(l.Human))
	if l.Verdict == mismatch.Untested {
		return s
	}
	s += fmt.Sprintf(", network %s, band ± %s, %s", effectText(l.Network), num(l.Band, 2), probability("q", l.Q))
	if t := label(l.Reading); t != "" {
		s += "; " + t
	}
	return s
}

func effectText(e mismatch.Effect) string {
	return fmt.Sprintf("%s [%s, %s]", signed(e.Value), signed(e.Lo), signed(e.Hi))
}

// Alt implements Figure.
func (f ReportCard) Alt() string {
	if err := f.check(); err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Report card of %s", orUnnamed(f.Report.Network))
	if s := nick(f.Report.Battery); s != "" {
		fmt.Fprintf(&b, " by the battery %s", s)
	}
	fmt.Fprintf(&b, ": %s. Effects are A less B in standard deviations, with 95 %% intervals.", verdictCounts(f.Report))
	for i, l := range f.Report.Lines {
		if i == 20 {
			fmt.Fprintf(&b, " And %d more entries.", len(f.Report.Lines)-20)
			break
		}
		fmt.Fprintf(&b, " %s.", f.told(l))
	}
	return b.String()
}

// Doubts returns the warnings of the report and of its lines.
func (f ReportCard) Doubts() []error {
	if f.Report == nil {
		return nil
	}
	all := [][]error{f.Report.Warnings}
	for _, l := range f.Report.Lines {
		all = append(all, l.Warnings)
	}
	return once(all...)
}
