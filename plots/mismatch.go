package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Mismatch draws on which stimuli networks and brains disagree: each stimulus
// at the brain's z-scored response, across, and the network's, up, in the
// colour and shape of its category, with the line on which both agree. The
// stimuli farthest from it are numbered, and shown by picture and name.
type Mismatch struct {
	Residuals *mismatch.Residuals // means of people and of networks; or
	Ranked    []mismatch.Residual // one of each (mismatch.Rank)

	Outliers       int    // how many are shown by picture and name; 0 means 6, −1 none
	Brain, Network string // names of the axes; default: those of Residuals
	Title          string
}

const defaultOutliers = 6

// An outlier is a stimulus in the order of how far brain and network differ.
type outlier struct {
	stimulus          analysis.Stimulus
	brain, network, e float64
	q                 float64 // −1 where it is not known
}

// all validates the figure and returns its stimuli, those that differ most
// first.
func (f Mismatch) all() ([]outlier, error) {
	var out []outlier
	switch {
	case f.Residuals != nil && f.Ranked != nil:
		return nil, errors.New("plots: a mismatch of Residuals or of Ranked, not of both")
	case f.Residuals != nil:
		r := f.Residuals
		if len(r.Brain) == 0 || len(r.Model) == 0 {
			return nil, errors.New("plots: the residuals have nobody or no network")
		}
		for _, rows := range [2][][]float64{r.Brain, r.Model} {
			for _, row := range rows {
				if len(row) != r.Stimuli.Len() {
					return nil, fmt.Errorf("plots: the residuals have %d values for %d stimuli", len(row), r.Stimuli.Len())
				}
			}
		}
		for _, x := range r.Ranked() {
			q := x.Q
			if len(r.Brain) < 2 {
				q = -1
			}
			out = append(out, outlier{x.Stimulus, x.Brain, x.Model, x.E, q})
		}
	default:
		for _, x := range f.Ranked {
			s := x.Stimulus
			if s.ID == "" {
				s.ID, s.Category = x.ID, x.Category
			}
			out = append(out, outlier{s, x.Brain, x.Model, x.E, -1})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("plots: no residuals to draw")
	}
	for _, x := range out {
		if !drawable(x.brain) || !drawable(x.network) || !drawable(x.e) {
			return nil, fmt.Errorf("plots: the response to %q is %v of the brain and %v of the network", x.stimulus.ID, x.brain, x.network)
		}
	}
	return out, nil
}

// shown returns how many of n stimuli are shown by picture.
func (f Mismatch) shown(n int) int {
	k := f.Outliers
	if k == 0 {
		k = defaultOutliers
	}
	return max(0, min(k, n))
}

// sides names brain and network.
func (f Mismatch) sides() (brain, network string) {
	brain, network = label(f.Brain), label(f.Network)
	of := func(names []string, many string) string {
		if len(names) == 1 {
			return orUnnamed(names[0])
		}
		return fmt.Sprintf("mean of %d %s", len(names), many)
	}
	if f.Residuals != nil && brain == "" {
		brain = of(f.Residuals.People, "people")
	}
	if f.Residuals != nil && network == "" {
		network = of(f.Residuals.Models, "networks")
	}
	if brain == "" {
		brain = "brain"
	}
	if network == "" {
		network = "network"
	}
	return brain, network
}

// categories returns those of the stimuli, in the order of the drawing.
func (f Mismatch) categories(stimuli []analysis.Stimulus) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, st := range f.inOrder(stimuli) {
		if !seen[st.Category] {
			seen[st.Category] = true
			out = append(out, st.Category)
		}
	}
	return out
}

// Size suggests a square scatter with the outliers beside it.
func (f Mismatch) Size() (w, h vg.Length) {
	if f.Outliers < 0 {
		return 3.8 * vg.Inch, 4 * vg.Inch
	}
	n := f.shown(1 << 20)
	if f.Residuals != nil {
		n = f.shown(f.Residuals.Stimuli.Len())
	} else {
		n = min(n, len(f.Ranked))
	}
	return 6 * vg.Inch, max(4*vg.Inch, 125+outlierRow*vg.Length(n))
}

// outlierRow is the height that an outlier needs.
const outlierRow = vg.Length(17)

// Draw implements Figure.
func (f Mismatch) Draw(c draw.Canvas) error {
	all, err := f.all()
	if err != nil {
		return err
	}
	brain, network := f.sides()
	h := heading{title: label(f.Title)}
	if h.title == "" {
		h.title = nick(network) + " against " + nick(brain)
	}
	s := scatter{xText: brain + " (z)", yText: network + " (z)"}
	for _, x := range all {
		s.stimuli = append(s.stimuli, x.stimulus)
		s.x, s.y = append(s.x, x.brain), append(s.y, x.network)
	}
	categories := f.categories(s.stimuli)
	s.looks = looks(categories)
	h.categoryLegend(categories, s.looks)
	top := all[:f.shown(len(all))]
	points := s.panel(stimuliCount(len(all)), "above the line: answered more by the network", func(p pen, x, y scale) { numberPoints(p, top, x, y, s.radius()) })
	points.minWidth += 70 // where there is less, the outliers stand below
	points.minHeight = 110
	ps := []panel{points}
	if len(top) > 0 {
		ps = append(ps, outlierPanel(top, s.looks))
	}
	return pen{c}.panels("mismatch figure", h, ps)
}

// inOrder returns the stimuli as the data set has them, where it is known:
// categories have the colours that they have in other figures.
func (f Mismatch) inOrder(s []analysis.Stimulus) []analysis.Stimulus {
	if f.Residuals != nil {
		return itemsOf(f.Residuals.Stimuli)
	}
	return s
}

// numberPoints rings the points of the outliers and writes their numbers beside
// them, where no other number, no such point and no axis is.
func numberPoints(p pen, top []outlier, x, y scale, radius vg.Length) {
	var taken []vg.Rectangle
	free := func(r vg.Rectangle) bool {
		if r.Min.X < x.lo+1 || r.Max.X > x.hi || r.Min.Y < y.lo+1 || r.Max.Y > y.hi {
			return false
		}
		for _, t := range taken {
			if r.Min.X < t.Max.X && t.Min.X < r.Max.X && r.Min.Y < t.Max.Y && t.Min.Y < r.Max.Y {
				return false
			}
		}
		return true
	}
	about := func(cx, cy, w, h vg.Length) vg.Rectangle {
		return vg.Rectangle{Min: vg.Point{X: cx - w/2, Y: cy - h/2}, Max: vg.Point{X: cx + w/2, Y: cy + h/2}}
	}
	for _, o := range top {
		taken = append(taken, about(x.at(o.brain), y.at(o.network), 2*radius+2.6, 2*radius+2.6))
	}
	for k, o := range top {
		text := fmt.Sprint(k + 1)
		w, h := headFont.width(text)+1, headFont.size*capHeight+1
		cx, cy := x.at(o.brain), y.at(o.network)
		spot := about(cx, cy+radius+h, w, h)
	places:
		for _, far := range []vg.Length{1, 1.8, 2.8} { // nearest first, away from the line
			for turn := range 8 {
				from := math.Pi * 0.75
				if o.e < 0 {
					from = -math.Pi * 0.25
				}
				sign := 1 - 2*float64(turn%2)
				sin, cos := math.Sincos(from + sign*float64((turn+1)/2)*math.Pi/4)
				r := about(cx+(radius+2.5+w/2)*far*vg.Length(cos), cy+(radius+2.5+h/2)*far*vg.Length(sin), w, h)
				if free(r) {
					spot = r
					break places
				}
			}
		}
		taken = append(taken, spot)
		p.ring(cx, cy, radius+1.3, nil)
		p.box(spot.Min.X, spot.Min.Y, spot.Max.X, spot.Max.Y, color.RGBA{255, 255, 255, 255})
		p.text(text, headFont, ink, (spot.Min.X+spot.Max.X)/2, (spot.Min.Y+spot.Max.Y)/2, middle, middle, 0)
	}
}

// outlierPanel lists stimuli by number, picture and name.
func outlierPanel(top []outlier, looks map[string]look) panel {
	n := vg.Length(len(top))
	return panel{
		title: "Where they differ most", note: "network less brain, in standard deviations",
		width: 165, minWidth: 125, minHeight: outlierRow * n,
		bottom: func(vg.Length) vg.Length { return 0 },
		draw: func(p pen, area vg.Rectangle) {
			step := min((area.Max.Y-area.Min.Y)/n, 44)
			side := step - 3
			numbers := headFont.width(fmt.Sprint(len(top))) + 4
			for k, o := range top {
				y := area.Max.Y - step*vg.Length(k) - side/2
				x := area.Min.X
				p.text(fmt.Sprint(k+1), headFont, ink, x, y, start, middle, 0)
				x += numbers
				r := vg.Rectangle{Min: vg.Point{X: x, Y: y - side/2}, Max: vg.Point{X: x + side, Y: y + side/2}}
				l := lookOf(looks, o.stimulus)
				seen := p.picture(o.stimulus, r, l)
				p.frame(seen.Min.X, seen.Min.Y, seen.Max.X, seen.Max.Y, plain, l.edge)
				x += side + 5
				w := area.Max.X - x
				name, value := tickFont.fit(base(o.stimulus.ID), w), tickFont.fit(o.text(), w)
				if side >= 2*tickFont.size+2 {
					p.text(name, tickFont, ink, x, y+2, start, start, 0)
					p.text(value, tickFont, faint, x, y-2, start, end, 0)
				} else {
					value = tickFont.fit(signed(o.e), w)
					p.text(value, tickFont, faint, x, y, start, middle, 0)
					d := tickFont.width("+0.00") + 4
					p.text(tickFont.fit(base(o.stimulus.ID), w-d), tickFont, ink, x+d, y, start, middle, 0)
				}
				p.mark(vg.Rectangle{Min: vg.Point{X: area.Min.X, Y: y - side/2}, Max: vg.Point{X: area.Max.X, Y: y + side/2}},
					fmt.Sprintf("%s: network %s, brain %s, difference %s", stimulusName(o.stimulus.ID, o.stimulus.Category), num(o.network, 2), num(o.brain, 2), o.text()), o.stimulus)
			}
		},
	}
}

// text writes the difference.
func (o outlier) text() string {
	if o.q < 0 {
		return signed(o.e)
	}
	return signed(o.e) + ", " + probability("q", o.q)
}

// signed writes a number with its sign.
func signed(v float64) string {
	if s := num(v, 2); v > 0 && hasDigit(s) {
		return "+" + s
	} else {
		return s
	}
}

// base is what stands behind the last slash of an ID, for a place with little
// room.
func base(id string) string {
	s := label(id)
	if i := strings.LastIndexByte(s, '/'); i >= 0 && i < len(s)-1 {
		return s[i+1:]
	}
	return s
}

// Alt implements Figure.
func (f Mismatch) Alt() string {
	all, err := f.all()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	brain, network := f.sides()
	var ss float64
	for _, x := range all {
		ss += x.e * x.e / float64(len(all))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Responses of %s against %s, z-scored, for %s; they differ by %s on average (root mean square).", nick(network), nick(brain), stimuliCount(len(all)), num(math.Sqrt(ss), 2))
	var parts []string
	for _, o := range all[:f.shown(len(all))] {
		parts = append(parts, fmt.Sprintf("%s: network %s, brain %s, difference %s", stimulusName(nick(o.stimulus.ID), o.stimulus.Category), num(o.network, 2), num(o.brain, 2), o.text()))
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, " They differ most on %s.", strings.Join(parts, "; "))
	}
	return b.String()
}

// Doubts returns the warnings of the residuals, and which categories share a
// colour.
func (f Mismatch) Doubts() []error {
	var stimuli []analysis.Stimulus
	all, _ := f.all() // none where there is nothing to draw
	for _, x := range all {
		stimuli = append(stimuli, x.stimulus)
	}
	shared := sharedColors(f.categories(stimuli))
	if f.Residuals == nil {
		return once(shared)
	}
	return once(f.Residuals.Warnings, shared)
}
