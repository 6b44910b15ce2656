package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// An AllPairs figure draws the noise-corrected similarity of every two of n
// people's regions and networks, system 0 at the top left, in the order of the
// systems. Negative values are blue, 0 is white, positive ones red. Systems of
// one region that stand together make a block; black lines separate blocks, a
// thicker one people from networks, and names of blocks stand left and above. A
// minus sign marks blocks whose median is below 0, for who sees no colours.
// Strips are orange along people, light blue along networks. Up to 20 systems
// are named one by one.
//
// Two regions of one person share the noise of their sessions, which the
// correction takes for signal: such pairs are nearly black, whatever their value.
// Pairs that are not known, and the diagonal, are light grey.
//
// Below, if it is given, is drawn below the diagonal and Pairs above it, the
// geometry below the tuning, say; otherwise Pairs on both sides.
type AllPairs struct {
	Pairs *ceiling.Pairs
	Below *ceiling.Pairs // of the same systems in the same order
	Title string         // default: how many people and networks

	// Names say what Pairs and Below are: {"univariate", "multivariate"}.
	Names []string

	// Max is the value at the upper end of the colours, −Max that at the
	// lower; 0 means 1. Values beyond take the colour of the end, which then
	// is pointed.
	Max float64
}

// check validates the figure and returns the range of its colours.
func (f AllPairs) check() (ramp, error) {
	r := ramp{-f.Max, f.Max}
	switch {
	case f.Max == 0:
		r = ramp{-1, 1}
	case !(f.Max > 0) || !drawable(f.Max):
		return ramp{}, fmt.Errorf("plots: the colours of all pairs cannot range to %v; Max must be above 0", f.Max)
	}
	if f.Pairs == nil {
		return ramp{}, errors.New("plots: no pairs to draw")
	}
	for k, p := range f.parts() {
		n := len(p.Systems)
		if n < 2 || p.Values == nil || p.Values.IsEmpty() {
			return ramp{}, fmt.Errorf("plots: %d systems make no pair", n)
		}
		if rows, cols := p.Values.Dims(); rows != n || cols != n {
			return ramp{}, fmt.Errorf("plots: the pairs are %d×%d for %d systems", rows, cols, n)
		}
		if k == 1 && !slices.Equal(p.Systems, f.Pairs.Systems) {
			return ramp{}, errors.New("plots: the pairs below the diagonal are not of the same systems in the same order as those above")
		}
		for i := range n {
			for j := range n {
				if v := p.Values.At(i, j); p.Known(i, j) && !drawable(v) {
					return ramp{}, fmt.Errorf("plots: the similarity of %q with %q is %v", systemName(p.Systems[i]), systemName(p.Systems[j]), v)
				}
			}
		}
	}
	if len(f.Names) > len(f.parts()) {
		return ramp{}, fmt.Errorf("plots: %d names for %d matrices", len(f.Names), len(f.parts()))
	}
	return r, nil
}

// parts are the matrices that there are.
func (f AllPairs) parts() []*ceiling.Pairs {
	if f.Below == nil {
		return []*ceiling.Pairs{f.Pairs}
	}
	return []*ceiling.Pairs{f.Pairs, f.Below}
}

// at is the matrix that cell i, j is read from.
func (f AllPairs) at(i, j int) *ceiling.Pairs {
	if f.Below != nil && i > j {
		return f.Below
	}
	return f.Pairs
}

// name says what matrix k is.
func (f AllPairs) name(k int) string {
	if k < len(f.Names) && label(f.Names[k]) != "" {
		return nick(f.Names[k])
	}
	return [2]string{"Pairs", "Below"}[k]
}

// systemName is how a system is called in a figure.
func systemName(s ceiling.System) string {
	if s.Label != "" {
		return nick(s.Label)
	}
	return orUnnamed(strings.TrimSpace(s.Person + " " + s.Region))
}

// A systemBlock is a run of systems, from i up to j, of one region, all people
// or all networks.
type systemBlock struct {
	region string
	person bool
	i, j   int
}

func systemBlocks(systems []ceiling.System) []systemBlock {
	var out []systemBlock
	for i, s := range systems {
		if k := len(out) - 1; k >= 0 && out[k].region == s.Region && out[k].person == (s.Person != "") {
			out[k].j = i + 1
			continue
		}
		out = append(out, systemBlock{s.Region, s.Person != "", i, i + 1})
	}
	return out
}

// title is the Title, or what there is.
func (f AllPairs) title() string {
	if s := label(f.Title); s != "" {
		return s
	}
	persons, networks := map[string]bool{}, map[string]bool{}
	for _, s := range f.Pairs.Systems {
		if s.Person != "" {
			persons[s.Person] = true
		} else {
			networks[s.Label] = true
		}
	}
	var parts []string
	if n := len(persons); n > 0 {
		parts = append(parts, people(n))
	}
	if n := len(networks); n > 0 {
		parts = append(parts, count(n, "network"))
	}
	return "All pairs of " + strings.Join(parts, " and ")
}

// Size suggests a size at which PNG draws every cell with the same whole
// number of pixels, the matrix about 4 inches wide.
func (f AllPairs) Size() (w, h vg.Length) {
	r, err := f.check()
	if err != nil {
		return 4 * vg.Inch, 4 * vg.Inch
	}
	n := float64(len(f.Pairs.Systems))
	side := vg.Length(n*math.Max(1, math.Round(780/n))) * pixel
	l := f.layout(side+200, side+150, r)
	l = f.layout(side+l.left+l.right, side+l.top+l.bottom, r)
	return side + l.left + l.right + pixel, side + l.top + l.bottom + pixel
}

// Draw implements Figure.
func (f AllPairs) Draw(c draw.Canvas) error {
	r, err := f.check()
	if err != nil {
		return err
	}
	p := pen{c}
	w, h := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	l := f.layout(w, h, r)
	side := p.whole(min(w-l.left-l.right, h-l.top-l.bottom), len(f.Pairs.Systems))
	if side < vg.Inch/2 {
		return tooSmall("matrix of all pairs", w, h)
	}
	x0 := p.snap(c.Min.X + l.left + (w-l.left-l.right-side)/2)
	y1 := p.snap(c.Max.Y - l.top - (h-l.top-l.bottom-side)/2)
	area := vg.Rectangle{Min: vg.Point{X: x0, Y: y1 - side}, Max: vg.Point{X: x0 + side, Y: y1}}
	f.matrix(p, area, r)
	f.tell(p, area)
	f.around(p, l, area)
	l.bar.draw(p, area.Max.X+barGap, area.Min.Y, area.Max.Y)

	left, top := x0-l.left+pad, y1+l.top-pad
	top -= titleFont.size * capHeight
	p.text(titleFont.fit(l.title, c.Max.X-pad-left), titleFont, ink, left, top, start, start, 0)
	top -= titleFont.size*(1.2-capHeight) + 1
	p.text(noteFont.fit(l.note, c.Max.X-pad-left), noteFont, faint, left, top-noteFont.size*capHeight, start, start, 0)
	return nil
}

// Doubts returns the warnings of the pairs.
func (f AllPairs) Doubts() []error {
	var all [][]error
	for _, p := range f.parts() {
		if p != nil {
			all = append(all, p.Warnings)
		}
	}
	return once(all...)
}

// Alt implements Figure: how many people and networks, the range of the
// colours, the medians of people with people and of networks with people (those
// of ceiling.Pairs.Medians), and how many pairs share noise.
func (f AllPairs) Alt() string {
	r, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: noise-corrected similarities of %d systems, coloured from %s to %s.", f.title(), len(f.Pairs.Systems), short(r.min), short(r.max))
	blocks := systemBlocks(f.Pairs.Systems)
	for k, p := range f.parts() {
		if f.Below != nil {
			fmt.Fprintf(&b, " %s, %s the diagonal:", f.name(k), [2]string{"above", "below"}[k])
		}
		var within, across []string
		shared, beyond, most := 0, 0, 0.0
		for _, s := range blocks {
			if s.person {
				if m, err := p.Medians(s.region, s.region); err == nil {
					within = append(within, fmt.Sprintf("%s %s", orUnnamed(s.region), num(m.Median(), 2)))
				}
				continue
			}
			var to []string
			for _, t := range blocks {
				if m, err := p.Medians(s.region, t.region); t.person && err == nil {
					to = append(to, fmt.Sprintf("%s %s", nick(t.region), num(m.Median(), 2)))
				}
			}
			if len(to) > 0 {
				across = append(across, orUnnamed(s.region)+" with "+strings.Join(to, ", "))
			}
		}
		for i := range p.Systems {
			for j := range i {
				switch v := p.Values.At(i, j); {
				case !p.Known(i, j):
				case p.SharesNoise(i, j):
					shared, most = shared+1, math.Max(most, v)
				case v > r.max || v < r.min:
					beyond++
				}
			}
		}
		if len(within) > 0 {
			fmt.Fprintf(&b, " People with people, median: %s.", analysis.Few(within, 12))
		}
		if len(across) > 0 {
			fmt.Fprintf(&b, " Networks with people, median: %s.", strings.Join(analysisFew(across, 8), "; "))
		}
		if shared > 0 {
			verb := "share noise and are dark"
			if shared == 1 {
				verb = "shares noise and is dark"
			}
			fmt.Fprintf(&b, " %s of one person %s, the largest %s.", count(shared, "pair"), verb, num(most, 2))
		}
		if beyond > 0 {
			fmt.Fprintf(&b, " %s beyond the range of the colours.", are(beyond, "other pair"))
		}
	}
	return b.String()
}

// are writes "1 pair is", "3 pairs are".
func are(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return count(n, noun) + " are"
}
