package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

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
// each other (Replication.Chance). Of one layer the regions stand side by
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
	return 100 * r.Chance / float64(r.Channels)
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

func altReplication(r localizer.Replication) string {
	return fmt.Sprintf("%s, %s: %d of %d units found again (%s %%), by chance %s", label(r.Source), label(r.Region), r.Replicated, r.Channels, brief(percent(r)), brief(r.Chance))
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
		fmt.Fprintf(&b, " %s in %s: %d of %d (%s %%), by chance %s", orNone(c.region), orUnnamed(c.layer), t.Replicated, t.Channels, brief(percent(t)), brief(t.Chance))
		if n := len(c.twins); n > 0 {
			lo, hi := c.twins[0].Replicated, c.twins[0].Replicated
			for _, r := range c.twins {
				lo, hi = min(lo, r.Replicated), max(hi, r.Replicated)
			}
			fmt.Fprintf(&b, "; untrained %s on average over %s (%d to %d), by chance %s",
				brief(c.meanTwins(func(r localizer.Replication) float64 { return float64(r.Replicated) })), count(n, "seed"), lo, hi, brief(c.meanTwins(func(r localizer.Replication) float64 { return r.Chance })))
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
