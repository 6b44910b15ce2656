package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/analysis/tuning"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Selective figure draws whether training makes units selective: how many an
// independent set of images finds again, as a share of the layer's units, in the
// trained network (squares, with their number) and in untrained twins (open
// points, one for each seed, a line at their mean). A dotted line is what would
// be found again by chance, if the two sets of images had nothing to do with
// each other (Replication.ChanceAlive). Of one layer the regions stand side by
// side; of several layers each region has a panel.
//
// Responses to the independent set, if they are given, are boxes for each
// category of images: median, quartiles, whiskers to the farthest values within
// 1.5 times their distance, a dot for every image.
type Selective struct {
	// Rows hold every layer and region of every network, as
	// models.Twins.Survey returns them: the network of the first row is the
	// trained one, all others are its untrained twins. Sources are named
	// network/layer.
	Rows  []localizer.Replication
	Title string // default: the network

	// Responses are those of the selective units to the images that did not
	// choose them: the trained network's, then the twins', or their mean.
	// Several are z-scored over their images.
	Responses []*tuning.Profile
}

// A selectiveCell is a layer and a region: the trained network's row, and those
// of the twins.
type selectiveCell struct {
	layer, region string
	trained       localizer.Replication
	twins         []localizer.Replication
}

func percent(r localizer.Replication) float64 {
	return 100 * float64(r.Replicated) / float64(r.Channels)
}

func chancePercent(r localizer.Replication) float64 {
	return 100 * r.ChanceAlive() / float64(r.Channels)
}

// meanTwins is the mean over the twins of what a function gives; 0 without
// any.
func (c selectiveCell) meanTwins(of func(localizer.Replication) float64) float64 {
	sum := 0.0
	for _, r := range c.twins {
		sum += of(r) / float64(len(c.twins))
	}
	return sum
}

// check validates the figure and returns its cells, the layers and the regions
// in order of first appearance, and the profiles as they are drawn.
func (f Selective) check() (cells []selectiveCell, layers, regions []string, ps []*tuning.Profile, err error) {
	fail := func(format string, a ...any) ([]selectiveCell, []string, []string, []*tuning.Profile, error) {
		return nil, nil, nil, nil, fmt.Errorf("plots: "+format, a...)
	}
	if len(f.Rows) == 0 {
		return nil, nil, nil, nil, errors.New("plots: no selective units to draw")
	}
	type key struct{ layer, region string }
	index := map[key]int{}
	first, _, _ := strings.Cut(f.Rows[0].Source, "/")
	seen := map[string]map[key]bool{}
	for _, r := range f.Rows {
		network, layer, _ := strings.Cut(r.Source, "/")
		k := key{layer, r.Region}
		if r.Channels < 1 || r.Replicated < 0 || r.Replicated > r.Channels || r.First < 0 || r.Second < 0 || r.Dead < 0 || r.Dead > r.Channels {
			return fail("%d of %d units of %q, %d of them dead, are found again", r.Replicated, r.Channels, r.Source, r.Dead)
		}
		if seen[network] == nil {
			seen[network] = map[key]bool{}
		}
		if seen[network][k] {
			return fail("%q of %q stands twice", r.Region, r.Source)
		}
		seen[network][k] = true
		if network == first {
			index[k] = len(cells)
			cells = append(cells, selectiveCell{layer: layer, region: r.Region, trained: r})
			if !slices.Contains(layers, layer) {
				layers = append(layers, layer)
			}
			if !slices.Contains(regions, r.Region) {
				regions = append(regions, r.Region)
			}
		}
	}
	for _, r := range f.Rows {
		network, layer, _ := strings.Cut(r.Source, "/")
		if network == first {
			continue
		}
		i, there := index[key{layer, r.Region}]
		switch {
		case !there:
			return fail("%q has %q in layer %q, the trained network %q has not", network, r.Region, layer, first)
		case r.Channels != cells[i].trained.Channels:
			return fail("%q has %d units, %q has %d; a twin has as many", r.Source, r.Channels, cells[i].trained.Source, cells[i].trained.Channels)
		}
		cells[i].twins = append(cells[i].twins, r)
	}
	for _, c := range cells {
		if len(c.twins) != len(seen)-1 {
			return fail("%q in layer %q is not there in each of %d twins of %q", c.region, c.layer, len(seen)-1, first)
		}
	}
	if len(f.Responses) > 0 {
		if ps, err = (Tuning{Profiles: f.Responses}).check(); err != nil {
			return nil, nil, nil, nil, err
		}
	}
	return cells, layers, regions, ps, nil
}

// network is the name of the trained one.
func (f Selective) network() string {
	name, _, _ := strings.Cut(f.Rows[0].Source, "/")
	return orUnnamed(name)
}

// Size suggests the width of a page, or of a column where there is one panel.
func (f Selective) Size() (w, h vg.Length) {
	_, layers, regions, ps, err := f.check()
	if err != nil || len(layers) == 1 && len(ps) == 0 {
		return 3.6 * vg.Inch, 3 * vg.Inch
	}
	n := 1
	if len(layers) > 1 {
		n = len(regions)
	}
	if len(ps) > 0 {
		n++
	}
	return 7.2 * vg.Inch, 3 * vg.Inch * vg.Length((n+2)/3)
}

var twinColor = color.RGBA{0x8a, 0x8a, 0x8a, 255}

var trainedLook = look{fill: networkColor, edge: darker(networkColor), shape: square}
var twinLook = look{fill: color.RGBA{255, 255, 255, 255}, edge: color.RGBA{0x55, 0x55, 0x55, 255}}

// Draw implements Figure.
func (f Selective) Draw(c draw.Canvas) error {
	cells, layers, regions, ps, err := f.check()
	if err != nil {
		return err
	}
	h := heading{title: label(f.Title), names: []string{"trained"}}
	if h.title == "" {
		h.title = f.network() + ": units that other images find again"
	}
	if n := len(cells[0].twins); n > 0 {
		h.names = append(h.names, "untrained, "+count(n, "seed"))
	}
	h.names = append(h.names, "chance")
	h.key = func(p pen, i int, x, y vg.Length) vg.Length {
		switch {
		case i == 0:
			p.point(x+3.5, y, 2.8, trainedLook)
		case i == len(h.names)-1:
			p.segment(x, y, x+7, y, plain, ink, 1.2, 1.5)
		default:
			p.point(x+3.5, y, 2, twinLook)
		}
		return 7
	}
	top := 0.0
	for _, c := range cells {
		for _, r := range append([]localizer.Replication{c.trained}, c.twins...) {
			top = math.Max(top, math.Max(percent(r), chancePercent(r)))
		}
	}
	if top == 0 {
		top = 1
	}
	_, top = round(0, top*1.08) // air for the numbers
	var panels []panel
	if len(layers) == 1 {
		q := sharePanel(cells, regions, top, false)
		q.title, q.note = nick(layers[0]), fmt.Sprintf("%d units; numbers: units found again", cells[0].trained.Channels)
		panels = append(panels, q)
	} else {
		for _, region := range regions {
			var own []selectiveCell
			var names []string
			for _, l := range layers {
				if i := slices.IndexFunc(cells, func(c selectiveCell) bool { return c.layer == l && c.region == region }); i >= 0 {
					own, names = append(own, cells[i]), append(names, l)
				}
			}
			q := sharePanel(own, names, top, true)
			q.title, q.note = nick(region), "numbers: units found again"
			panels = append(panels, q)
		}
	}
	if len(ps) > 0 {
		h.note = boxNote
		panels = append(panels, responsePanel(ps))
	}
	return pen{c}.panelRows("figure of selective units", h, panels)
}

// sharePanel shows cells side by side, joined by lines where they are layers.
func sharePanel(cells []selectiveCell, names []string, top float64, joined bool) panel {
	values, tickNames := ticks(0, top, 5)
	const text = "found again (% of units)"
	margin := yMargin(tickNames, text)
	labels := make([]string, len(names))
	for i, s := range names {
		labels[i] = label(s)
	}
	n := vg.Length(len(cells))
	return panel{
		width: margin + max(min(46*n, 260), 90), minWidth: margin + max(min(24*n, 140), 90), minHeight: 50,
		bottom: func(w vg.Length) vg.Length { return namesRoom(labels, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			step := (x1 - x0) / n
			y := scale{0, top, area.Min.Y, area.Max.Y}
			shift := vg.Length(0)
			if len(cells[0].twins) > 0 {
				shift = step * 0.2
			}
			at := make([]vg.Length, len(cells))
			for i, c := range cells {
				at[i] = x0 + step*(vg.Length(i)+0.5)
				// Chance of each stands where its points are.
				p.segment(at[i]-shift-step*0.18, y.at(chancePercent(c.trained)), at[i]-shift+step*0.18, y.at(chancePercent(c.trained)), plain, ink, 1.2, 1.5)
				if len(c.twins) > 0 {
					chance := c.meanTwins(chancePercent)
					p.segment(at[i]+shift-step*0.18, y.at(chance), at[i]+shift+step*0.18, y.at(chance), plain, ink, 1.2, 1.5)
					mean := y.at(c.meanTwins(percent))
					p.segment(at[i]+shift-step*0.18, mean, at[i]+shift+step*0.18, mean, thick, twinColor)
				}
				if joined && i > 0 {
					b := cells[i-1]
					p.segment(at[i-1]-shift, y.at(percent(b.trained)), at[i]-shift, y.at(percent(c.trained)), thick, networkColor)
					if len(c.twins) > 0 {
						p.segment(at[i-1]+shift, y.at(b.meanTwins(percent)), at[i]+shift, y.at(c.meanTwins(percent)), plain, twinColor, 4, 1.5)
					}
				}
			}
			for i, c := range cells {
				for k, r := range c.twins {
					_, turn := math.Modf((float64(k) + 0.5) * 0.618034)
					q := vg.Point{X: at[i] + shift + step*0.3*vg.Length(turn-0.5), Y: y.at(percent(r))}
					p.point(q.X, q.Y, 1.8, twinLook)
					p.markAt(q.X, q.Y, 2.4, altReplication(r))
				}
				q := vg.Point{X: at[i] - shift, Y: y.at(percent(c.trained))}
				p.point(q.X, q.Y, 3, trainedLook)
				p.markAt(q.X, q.Y, 3.4, altReplication(c.trained))
				if s := fmt.Sprint(c.trained.Replicated); noteFont.width(s) <= step-2 {
					p.text(s, noteFont, ink, max(q.X, x0+noteFont.width(s)/2+1), q.Y+5, middle, start, 0)
				}
			}
			p.yAxis(x0, y, values, tickNames, text)
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			p.names(labels, at, area.Min.Y, step, namesRoom(labels, step))
		},
	}
}

// responseNote says whose responses are shown.
func responseNote(ps []*tuning.Profile) string {
	if len(ps) == 1 {
		return nick(ps[0].Source)
	}
	others := make([]string, len(ps)-1)
	for i, p := range ps[1:] {
		others[i] = nick(p.Source)
	}
	return "squares: " + nick(ps[0].Source) + "; circles: " + analysis.Few(others, 2)
}

// responsePanel shows a box for each category and profile.
func responsePanel(ps []*tuning.Profile) panel {
	categories := categoriesOf(ps)
	lo, hi := 0.0, 0.0
	type box struct {
		v       []float64
		stimuli []int
	}
	boxes := make([]map[string]*box, len(ps))
	for i, q := range ps {
		boxes[i] = map[string]*box{}
		for s, v := range q.Values {
			c := q.Stimuli.At(s).Category
			if boxes[i][c] == nil {
				boxes[i][c] = &box{}
			}
			boxes[i][c].v, boxes[i][c].stimuli = append(boxes[i][c].v, v), append(boxes[i][c].stimuli, s)
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if len(categories) == 0 {
		categories = []string{""}
	}
	lo, hi = round(lo, hi)
	values, tickNames := ticks(lo, hi, 5)
	text := Tuning{Profiles: ps}.axis()
	margin := yMargin(tickNames, text)
	labels := make([]string, len(categories))
	for i, c := range categories {
		labels[i] = orNone(c)
	}
	n := vg.Length(len(categories))
	each := vg.Length(len(ps))
	return panel{
		title: "Independent images", note: responseNote(ps),
		width: margin + max(n*(16*each+8), 120), minWidth: margin + min(n*(14*each+6), 200), minHeight: 50,
		bottom: func(w vg.Length) vg.Length { return namesRoom(labels, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			step := (x1 - x0) / n
			wide := step * 0.84 / each
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			if lo < 0 {
				p.segment(x0, y.at(0), x1, y.at(0), thin, grid)
			}
			at := make([]vg.Length, len(categories))
			for k, c := range categories {
				at[k] = x0 + step*(vg.Length(k)+0.5)
				for i, q := range ps {
					b := boxes[i][c]
					if b == nil {
						continue
					}
					l := trainedLook
					if i > 0 {
						l = look{fill: twinColor, edge: twinLook.edge}
					}
					x := at[k] + wide*(vg.Length(i)+0.5-each/2)
					for j, pt := range p.boxPlot(b.v, x, min(wide*0.8, 30), y, l) {
						s := q.Stimuli.At(b.stimuli[j])
						p.markAt(pt.X, pt.Y, 2, naming(s)+", "+nick(q.Source)+": "+num(b.v[j], 2), s)
					}
				}
			}
			p.yAxis(x0, y, values, tickNames, text)
			p.segment(x0, area.Min.Y, x1, area.Min.Y, plain, line)
			p.names(labels, at, area.Min.Y, step, namesRoom(labels, step))
		},
	}
}

func altReplication(r localizer.Replication) string {
	return fmt.Sprintf("%s, %s: %d of %d units found again (%s %%), by chance %s", label(r.Source), label(r.Region), r.Replicated, r.Channels, brief(percent(r)), brief(r.ChanceAlive()))
}

// twinsEnough is the number of twins from which on none is to be doubted: five
// seeds, as in the paper.
const twinsEnough = 5

// Doubts returns the warnings of the responses, and says where fewer than five
// twins stand for all untrained networks.
func (f Selective) Doubts() []error {
	var all [][]error
	if cells, _, _, _, err := f.check(); err == nil {
		if n := len(cells[0].twins); n > 0 && n < twinsEnough {
			all = append(all, []error{fmt.Errorf("%s for all untrained networks: need >= %d", count(n, "untrained twin"), twinsEnough)})
		}
	}
	for _, p := range f.Responses {
		if p != nil {
			all = append(all, p.Warnings)
		}
	}
	return once(all...)
}

// Alt implements Figure: of each region and layer how many units are found
// again, in the trained network and in its twins, and how many chance would.
func (f Selective) Alt() string {
	cells, _, _, ps, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Selective units of %s that an independent set of images finds again.", f.network())
	const most = 12
	for i, c := range cells {
		if i == most {
			fmt.Fprintf(&b, " And %d more layers and regions.", len(cells)-most)
			break
		}
		t := c.trained
		fmt.Fprintf(&b, " %s in %s: %d of %d (%s %%), by chance %s", orNone(c.region), orUnnamed(c.layer), t.Replicated, t.Channels, brief(percent(t)), brief(t.ChanceAlive()))
		if n := len(c.twins); n > 0 {
			lo, hi := c.twins[0].Replicated, c.twins[0].Replicated
			for _, r := range c.twins {
				lo, hi = min(lo, r.Replicated), max(hi, r.Replicated)
			}
			fmt.Fprintf(&b, "; untrained %s on average over %s (%d to %d), by chance %s",
				brief(c.meanTwins(func(r localizer.Replication) float64 { return float64(r.Replicated) })), count(n, "seed"), lo, hi, brief(c.meanTwins(localizer.Replication.ChanceAlive)))
		}
		b.WriteString(".")
	}
	for _, q := range ps {
		fmt.Fprintf(&b, " Responses of %s:", orUnnamed(q.Source))
		var parts []string
		for _, c := range categoriesOf(ps) {
			var v []float64
			for s, x := range q.Values {
				if q.Stimuli.At(s).Category == c {
					v = append(v, x)
				}
			}
			if len(v) > 0 {
				parts = append(parts, nick(c)+" "+altValues(v))
			}
		}
		fmt.Fprintf(&b, " %s.", strings.Join(parts, ", "))
	}
	return b.String()
}
