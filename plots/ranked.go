package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/tuning"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Ranked draws every stimulus of a profile in the order of its response,
// strongest first, in the colour of its category, and the pictures of those
// that are answered most and least. A stimulus without a picture is a box in
// the colour and with the glyph of its category. Below, in a row per category,
// stands where its stimuli are.
type Ranked struct {
	Profile  *tuning.Profile
	Pictures int    // of the strongest and of the weakest, each; 0 means 8, −1 none
	Title    string // default: the source
	Unit     string // of the responses; default: "own unit"
}

const defaultPictures = 8

// check validates the figure.
func (f Ranked) check() error {
	if f.Profile == nil {
		return errors.New("plots: no profile to rank")
	}
	_, err := Tuning{Profiles: []*tuning.Profile{f.Profile}}.check()
	return err
}

// ends returns the positions of the strongest and the weakest stimuli, each
// from the strongest on, no stimulus in both.
func (f Ranked) ends(order []int) (strong, weak []int) {
	n := f.Pictures
	if n == 0 {
		n = defaultPictures
	}
	n = max(0, min(n, len(order)/2))
	if f.Pictures >= 0 && len(order) == 1 {
		return order, nil
	}
	return order[:n], order[len(order)-n:]
}

// Size suggests the width of a page.
func (f Ranked) Size() (w, h vg.Length) {
	if f.Pictures < 0 {
		return Page, 2.5 * vg.Inch
	}
	return Page, 3.4 * vg.Inch
}

// Draw implements Figure.
func (f Ranked) Draw(c draw.Canvas) error {
	if err := f.check(); err != nil {
		return err
	}
	title := label(f.Title)
	if title == "" {
		title = orUnnamed(f.Profile.Source)
	}
	n := len(f.Profile.Values)
	return pen{c}.panels("ranked profile", heading{title: title}, []panel{f.panel(n)})
}

const (
	pictureGap   = vg.Length(1.5)
	leaderRoom   = vg.Length(15) // between pictures and bars
	pictureMost  = vg.Length(52) // the side of one
	pictureLeast = vg.Length(18)
)

func (f Ranked) panel(n int) panel {
	prof := f.Profile
	r := newRanking(prof.Stimuli.Categories())
	lo, hi := round(math.Min(0, least(prof.Values)), math.Max(0, most(prof.Values)))
	values, names := ticks(lo, hi, 4)
	text := Tuning{Profiles: []*tuning.Profile{prof}, Unit: f.Unit}.axis()
	margin := r.margin(yMargin(names, text))
	order := prof.Ranked()
	strong, weak := f.ends(order)
	var note []string
	if len(r.categories) > 0 {
		note = append(note, "coloured by category")
	}
	least := vg.Length(40)
	if len(strong) > 0 {
		note = append(note, "pictures: answered most and least")
		least += pictureLeast + leaderRoom
	}
	return panel{
		title: stimuliCount(n) + " by response of " + count(prof.Channels, "channel"), note: strings.Join(note, "; "),
		width: 400, minWidth: margin + 100, minHeight: least, bottom: r.bottom,
		draw: func(p pen, area vg.Rectangle) {
			x0 := p.snap(area.Min.X + margin)
			top := area.Max.Y
			side, each := pictureSide(len(strong), area.Max.X-x0, area.Max.Y-area.Min.Y)
			if each > 0 {
				top -= side + leaderRoom
			}
			y := scale{lo, hi, area.Min.Y, top}
			at := r.draw(p, prof, x0, area.Max.X, y, uncategorised.fill)
			p.yAxis(x0, y, values, names, text)
			picture := func(rank int, left vg.Length) {
				s := order[rank]
				st := prof.Stimuli.At(s)
				l := lookOf(r.look, st)
				area := vg.Rectangle{Min: vg.Point{X: left, Y: area.Max.Y - side}, Max: vg.Point{X: left + side, Y: area.Max.Y}}
				p.picture(st, area, l)
				foot := max(y.at(prof.Values[s]), y.at(0)) + 1
				p.leader(left+side/2, area.Min.Y-1, (at(rank)+at(rank+1))/2, foot, mix(toLab(l.edge), white, 0.35).rgba())
				p.mark(area, ranked(prof, rank, s), st)
			}
			right := max(at(n), x0+2*vg.Length(each)*(side+pictureGap))
			for k := range min(each, len(strong)) {
				picture(k, x0+vg.Length(k)*(side+pictureGap))
			}
			for k := range min(each, len(weak)) {
				picture(n-1-k, right-side-vg.Length(k)*(side+pictureGap))
			}
			r.foot(p, area, x0)
		},
	}
}

// pictureSide returns how large the pictures are, and how many of n there are
// at each end: all beside each other with a gap in the middle, fewer where they
// would be too small to be recognised, no higher than a third of the panel.
func pictureSide(n int, w, h vg.Length) (side vg.Length, each int) {
	const gap = 24
	each = min(n, int((w-gap)/2/(pictureLeast+pictureGap)))
	if each < 1 {
		return 0, 0
	}
	return min(pictureMost, (w-gap)/2/vg.Length(each)-pictureGap, h*0.36), each
}

// leader draws a line from a picture to what it shows: straight down from the
// picture, then to the place.
func (p pen) leader(x0, y0, x1, y1 vg.Length, c color.Color) {
	p.segment(x0, y0, x0, y0-2, thin, c)
	p.segment(x0, y0-2, x1, min(y0-leaderRoom+3, y0-2), thin, c)
	if foot := y0 - leaderRoom + 3; y1 < foot {
		p.segment(x1, foot, x1, y1, thin, c)
	}
}

// Alt implements Figure: the stimuli at both ends, and of each category the
// median rank.
func (f Ranked) Alt() string {
	if err := f.check(); err != nil {
		return "Empty figure: " + err.Error()
	}
	p := f.Profile
	order := p.Ranked()
	unit := "own unit"
	if f.Unit != "" {
		unit = label(f.Unit)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s ranked by the response of %s (%s), from %s to %s.", stimuliCount(len(order)), orUnnamed(p.Source), unit,
		short(p.Values[order[0]]), short(p.Values[order[len(order)-1]]))
	name := func(at []int) string {
		var out []string
		for _, s := range at {
			out = append(out, fmt.Sprintf("%s (%s)", nick(p.Stimuli.At(s).ID), short(p.Values[s])))
		}
		return analysis.Few(out, defaultPictures)
	}
	strong, weak := f.ends(order)
	if len(strong) > 0 {
		fmt.Fprintf(&b, " Answered most: %s.", name(strong))
	}
	if len(weak) > 0 {
		fmt.Fprintf(&b, " Answered least: %s.", name(weak))
	}
	ranks := map[string][]float64{}
	for k, s := range order {
		c := p.Stimuli.At(s).Category
		ranks[c] = append(ranks[c], float64(k+1))
	}
	var parts []string
	for _, c := range p.Stimuli.Categories() {
		parts = append(parts, fmt.Sprintf("%s %s", nick(c), short(analysis.Median(ranks[c]))))
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, " Median rank: %s.", analysis.Few(parts, 10))
	}
	return b.String()
}

// Doubts returns the warnings of the profile, and which categories share a
// colour.
func (f Ranked) Doubts() []error {
	if f.Profile == nil {
		return nil
	}
	return once(f.Profile.Warnings, sharedColors(f.Profile.Stimuli.Categories()))
}
