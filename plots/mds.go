package plots

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/rsa"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// An MDS draws a map of stimuli (rsa.MDS): near each other where a source
// answers them alike. Where all stimuli have pictures and are not too many,
// each is its picture, framed in the colour of its category, with the
// category's glyph; otherwise it is the glyph. Only distances mean something, so
// both axes have one scale and no numbers: a bar says how long a distance is,
// and the stress how far to believe it.
type MDS struct {
	Embedding *rsa.Embedding
	Title     string // default: the source
}

// mdsPictures is the number of stimuli up to which pictures can be told apart.
const mdsPictures = 200

func (f MDS) check() error {
	e := f.Embedding
	if e == nil || e.Points == nil || e.Points.IsEmpty() {
		return errors.New("plots: no map of stimuli to draw")
	}
	n, c := e.Points.Dims()
	if c != 2 || n != e.Stimuli.Len() {
		return fmt.Errorf("plots: the map of %q has %d×%d coordinates for %d stimuli; it needs two for each", e.Source, n, c, e.Stimuli.Len())
	}
	if !drawable(e.Stress) || !drawable(e.R) {
		return fmt.Errorf("plots: the map of %q has the stress %v and r = %v", e.Source, e.Stress, e.R)
	}
	for i := range n {
		if !drawable(e.Points.At(i, 0)) || !drawable(e.Points.At(i, 1)) {
			return fmt.Errorf("plots: %q lies at (%v, %v) on the map of %q", e.Stimuli.At(i).ID, e.Points.At(i, 0), e.Points.At(i, 1), e.Source)
		}
	}
	return nil
}

// pictures tells whether the map shows pictures.
func (f MDS) pictures() bool {
	s := f.Embedding.Stimuli
	for i := range s.Len() {
		if s.At(i).Image == nil {
			return false
		}
	}
	return s.Len() <= mdsPictures
}

// fit says how well the map shows the dissimilarities.
func (f MDS) fit() string {
	if f.onePlace() {
		return "all in one place: no distances to read"
	}
	s := "stress " + num(f.Embedding.Stress, 2)
	if r := f.Embedding.R; r != 0 {
		s += ", distances r = " + num(r, 2) + " with dissimilarities"
	}
	return s
}

// Size suggests about a square.
func (f MDS) Size() (w, h vg.Length) { return 4.4 * vg.Inch, 4.6 * vg.Inch }

// Draw implements Figure.
func (f MDS) Draw(c draw.Canvas) error {
	if err := f.check(); err != nil {
		return err
	}
	e := f.Embedding
	h := heading{title: label(f.Title)}
	if h.title == "" {
		h.title = orUnnamed(e.Source)
	}
	categories := e.Stimuli.Categories()
	look := looks(categories)
	h.categoryLegend(categories, look)
	return pen{c}.panels("map of stimuli", h, []panel{{
		title: "Map of " + stimuliCount(e.Stimuli.Len()), note: f.fit(),
		width: 250, minWidth: 100, minHeight: 80,
		bottom: func(vg.Length) vg.Length { return barRoom },
		draw:   func(p pen, area vg.Rectangle) { f.points(p, area, look) },
	}})
}

// barRoom is the room below a map for the bar of its scale.
const barRoom = vg.Length(14)

func (f MDS) points(p pen, area vg.Rectangle, looks map[string]look) {
	e := f.Embedding
	n := e.Stimuli.Len()
	size := area.Size()
	half := vg.Length(3) // of what stands at a point
	pictures := f.pictures()
	vector := pictureDPI * math.Min(1, math.Sqrt(60/float64(n))) // many small pictures are as many bytes as few
	if pictures {
		half = vg.Length(within(0.26*math.Sqrt(float64(size.X*size.Y)/float64(n)), 5, 22))
	}
	lo, hi := f.extent()
	wide := math.Max(hi[0]-lo[0], 1e-300)
	tall := math.Max(hi[1]-lo[1], 1e-300)
	unit := min((size.X-2*half-2)/vg.Length(wide), (size.Y-2*half-2)/vg.Length(tall)) // of length on the map
	at := func(i int) (x, y vg.Length) {
		return (area.Min.X+area.Max.X)/2 + unit*vg.Length(e.Points.At(i, 0)-(lo[0]+hi[0])/2),
			(area.Min.Y+area.Max.Y)/2 + unit*vg.Length(e.Points.At(i, 1)-(lo[1]+hi[1])/2)
	}
	for i := range n {
		s := e.Stimuli.At(i)
		l := lookOf(looks, s)
		x, y := at(i)
		if !pictures {
			p.point(x, y, half, l)
			p.markAt(x, y, half, stimulusName(s.ID, s.Category), s)
			continue
		}
		r := vg.Rectangle{Min: vg.Point{X: x - half, Y: y - half}, Max: vg.Point{X: x + half, Y: y + half}}
		seen := p.coarse(s, r, l, vector)
		p.frame(seen.Min.X, seen.Min.Y, seen.Max.X, seen.Max.Y, thick, l.fill)
		if len(looks) > 1 {
			p.point(seen.Max.X-1, seen.Min.Y+1, 2.2, l)
		}
		p.mark(r, stimulusName(s.ID, s.Category), s)
	}
	if !f.onePlace() { // else there is no distance
		p.scaleBar(area, unit, label(e.Kind))
	}
}

// extent returns the least and the largest coordinates.
func (f MDS) extent() (lo, hi [2]float64) {
	for k := range 2 {
		lo[k], hi[k] = math.Inf(1), math.Inf(-1)
		for i := range f.Embedding.Stimuli.Len() {
			v := f.Embedding.Points.At(i, k)
			lo[k], hi[k] = math.Min(lo[k], v), math.Max(hi[k], v)
		}
	}
	return lo, hi
}

// onePlace tells a map whose stimuli, two or more, all lie in one place.
func (f MDS) onePlace() bool {
	lo, hi := f.extent()
	return lo == hi && f.Embedding.Stimuli.Len() > 1
}

// scaleBar draws, below a map, how long a round distance is on it.
func (p pen) scaleBar(area vg.Rectangle, unit vg.Length, kind string) {
	most := float64((area.Max.X - area.Min.X) / 4 / unit) // at most a quarter of the width
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, k := range [2]float64{5, 2} {
		if k*step <= most {
			step *= k
			break
		}
	}
	y, long := area.Min.Y-barRoom+4, unit*vg.Length(step)
	p.segment(area.Min.X, y, area.Min.X+long, y, thick, line)
	for _, x := range [2]vg.Length{area.Min.X, area.Min.X + long} {
		p.segment(x, y-2, x, y+2, plain, line)
	}
	p.text(tickFont.fit(short(step)+" ("+kind+")", area.Max.X-area.Min.X-long-6), tickFont, ink, area.Min.X+long+6, y, start, middle, 0)
}

// Alt implements Figure: how well the map fits, and of each category how far
// its stimuli lie from their centre, and its centre from the others'.
func (f MDS) Alt() string {
	if err := f.check(); err != nil {
		return "Empty figure: " + err.Error()
	}
	e := f.Embedding
	var b strings.Builder
	fmt.Fprintf(&b, "Map of %s by how alike %s answers them: distances stand for %s; %s.", stimuliCount(e.Stimuli.Len()), orUnnamed(e.Source), label(e.Kind), f.fit())
	x, y, n := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for i := range e.Stimuli.Len() {
		c := e.Stimuli.At(i).Category
		x[c], y[c], n[c] = x[c]+e.Points.At(i, 0), y[c]+e.Points.At(i, 1), n[c]+1
	}
	apart := map[string]float64{}
	for i := range e.Stimuli.Len() {
		c := e.Stimuli.At(i).Category
		apart[c] += math.Hypot(e.Points.At(i, 0)-x[c]/n[c], e.Points.At(i, 1)-y[c]/n[c]) / n[c]
	}
	categories := e.Stimuli.Categories()
	var parts []string
	for _, c := range categories {
		nearest, who := math.Inf(1), ""
		for _, o := range categories {
			if d := math.Hypot(x[c]/n[c]-x[o]/n[o], y[c]/n[c]-y[o]/n[o]); o != c && d < nearest {
				nearest, who = d, o
			}
		}
		if who != "" {
			parts = append(parts, fmt.Sprintf("%s within %s of their centre, %s from that of %s", nick(c), brief(apart[c]), brief(nearest), nick(who)))
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, " On the map, on average: %s.", analysis.Few(parts, 8))
	}
	return b.String()
}

// Doubts returns the warnings of the map, whether all lies in one place, and
// which categories share a colour.
func (f MDS) Doubts() []error {
	if f.Embedding == nil {
		return nil
	}
	var flat []error
	if f.check() == nil && f.onePlace() {
		flat = append(flat, fmt.Errorf("plots: all %s lie in one place on the map of %s: it tells none apart and has no scale; see whether the responses to them differ",
			stimuliCount(f.Embedding.Stimuli.Len()), orUnnamed(f.Embedding.Source)))
	}
	return once(f.Embedding.Warnings, flat, sharedColors(f.Embedding.Stimuli.Categories()))
}
