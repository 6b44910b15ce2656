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

// An RSM draws a representational similarity matrix: stimulus 0 at the top
// left, one square per pair of stimuli, nothing between them. It is drawn in
// the order of its stimuli; order those first to see other blocks, by
// category with its method Grouped.
//
// Where each category stands in one piece, black lines separate the
// categories and their names stand left and above, as many as there is room
// for; where categories are mixed, the strips along the matrix have a lane for
// each (up to 8), the first outermost, and a legend names them in that order,
// so that they are told apart without colour. Up to 20 stimuli are named one by
// one.
//
// Ranges that hold negative values are drawn blue for negative, white for 0
// and red for positive, equally strong for equal magnitudes; other ranges from
// white to dark violet. Values beyond the range take the colour of its end,
// which then is pointed.
type RSM struct {
	Matrix *rsa.RSM
	Title  string // default: the source of the matrix

	// Icons draws pictures of the stimuli along the left and the upper edge:
	// each, up to 20 stimuli; beyond, the first of each category that stands
	// in one piece, as many as there is room for.
	Icons bool

	// Min and Max are the values at the ends of the colour bar. Where both
	// are 0 they are the range of the measure, so that figures can be
	// compared; if the measure has no bounds, a range symmetric about 0
	// that holds all values off the diagonal.
	Min, Max float64
}

// named is the number of stimuli up to which each is named, lanesMost that of
// categories up to which each has a lane of the strips.
const (
	named     = 20
	lanesMost = 8
)

// Lengths of the parts of the figure.
const (
	pad       = vg.Length(8)   // around everything
	stripSize = vg.Length(5)   // the strips of category colours
	laneSize  = vg.Length(2)   // the lane of a category in a strip
	stripGap  = vg.Length(1.5) // between strip and matrix
	nameGap   = vg.Length(3.5) // between a name and what it names
	barGap    = vg.Length(14)  // between matrix and colour bar
	barSize   = vg.Length(9)   // the colour bar
	pixel     = vg.Length(72.0 / DPI)
)

// check validates the matrix and returns the range of its colours.
func (f RSM) check() (ramp, error) {
	m := f.Matrix
	if m == nil || m.Values == nil || m.Values.IsEmpty() {
		return ramp{}, errors.New("plots: the RSM has no matrix")
	}
	n := m.Values.SymmetricDim()
	if n != m.Stimuli.Len() {
		return ramp{}, fmt.Errorf("plots: the RSM of %q is %d×%d for %d stimuli", m.Source, n, n, m.Stimuli.Len())
	}
	if n < 2 {
		return ramp{}, fmt.Errorf("plots: the RSM of %q has %d stimulus; it takes two to be similar", m.Source, n)
	}
	largest := 0.0
	for i := range n {
		for j := i; j < n; j++ {
			v := m.Values.At(i, j)
			if !drawable(v) {
				return ramp{}, fmt.Errorf("plots: the similarity of %q and %q is %v; leave out stimuli without a value",
					m.Stimuli.At(i).ID, m.Stimuli.At(j).ID, v)
			}
			if i != j {
				largest = math.Max(largest, math.Abs(v))
			}
		}
	}
	r := ramp{f.Min, f.Max}
	switch {
	case r.min != 0 || r.max != 0:
		if !(r.min < r.max) || !drawable(r.min) || !drawable(r.max) {
			return ramp{}, fmt.Errorf("plots: the colours of an RSM cannot range from %v to %v", r.min, r.max)
		}
	case m.Measure != nil && m.Measure.Min < m.Measure.Max && drawable(m.Measure.Min) && drawable(m.Measure.Max):
		r = ramp{m.Measure.Min, m.Measure.Max}
	default:
		if largest == 0 {
			largest = 1
		}
		_, hi := round(0, largest)
		r = ramp{-hi, hi}
	}
	return r, nil
}

// Size suggests a size at which PNG draws every cell with the same whole
// number of pixels, the matrix about 4 inches wide.
func (f RSM) Size() (w, h vg.Length) {
	r, err := f.check()
	if err != nil {
		return 4 * vg.Inch, 4 * vg.Inch
	}
	n := float64(f.Matrix.Stimuli.Len())
	side := vg.Length(n*math.Max(1, math.Round(780/n))) * pixel
	l := f.layout(side+150, side+100, r)
	l = f.layout(side+l.left+l.right, side+l.top+l.bottom, r)
	return side + l.left + l.right + pixel, side + l.top + l.bottom + pixel
}

// Draw implements Figure.
func (f RSM) Draw(c draw.Canvas) error {
	r, err := f.check()
	if err != nil {
		return err
	}
	p := pen{c}
	m := f.Matrix
	n := m.Stimuli.Len()
	w, h := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	l := f.layout(w, h, r)
	side := p.whole(min(w-l.left-l.right, h-l.top-l.bottom), n)
	if side < vg.Inch/2 {
		return tooSmall("RSM", w, h)
	}
	// What room is left stays right and below.
	x0 := p.snap(c.Min.X + l.left)
	y1 := p.snap(c.Max.Y - l.top)
	x1, y0 := x0+side, y1-side

	f.matrix(p, vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}, r)
	f.around(p, l, x0, y0, x1, y1)
	f.mark(p, vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}})
	f.bar(p, l, r, x1+barGap, y0, y1)

	left, top := x0-l.left+pad, y1+l.top-pad
	if l.title != "" {
		top -= titleFont.size * capHeight
		p.text(titleFont.fit(l.title, c.Max.X-pad-left), titleFont, ink, left, top, start, start, 0)
		top -= titleFont.size*(1.2-capHeight) + 1
	}
	p.text(noteFont.fit(l.note, c.Max.X-pad-left), noteFont, faint, left, top-noteFont.size*capHeight, start, start, 0)
	return nil
}

// matrix draws the cells. Where cells are smaller than pixels, a pixel shows
// the mean of the cells that it covers.
func (f RSM) matrix(p pen, area vg.Rectangle, r ramp) {
	n := f.Matrix.Stimuli.Len()
	cells := make([]uint8, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			v := r.index(f.Matrix.Values.At(i, j))
			cells[i*n+j], cells[j*n+i] = v, v
		}
	}
	p.raster(area, n, n, r.palette(), func(r0, r1, c0, c1 int) uint8 {
		if r1 == r0+1 && c1 == c0+1 {
			return cells[r0*n+c0]
		}
		sum, k := 0, (r1-r0)*(c1-c0)
		for i := r0; i < r1; i++ {
			for _, v := range cells[i*n+c0 : i*n+c1] {
				sum += int(v)
			}
		}
		return uint8((2*sum + k) / (2 * k))
	})
}

// mark tells of each cell which stimuli it compares and how similar they are.
func (f RSM) mark(p pen, area vg.Rectangle) {
	m := f.Matrix
	items := make([]analysis.Stimulus, m.Stimuli.Len())
	for i := range items {
		items[i] = m.Stimuli.At(i)
	}
	name := "similarity"
	if m.Measure != nil {
		name = label(m.Measure.Name)
	}
	p.cells(area, items, items, func(i, j int) string { return name + " " + num(m.Values.At(i, j), 2) })
}

// Alt implements Figure: size, measure, range of the colours, range of the
// values off the diagonal, and their mean within each category that stands
// for at least two stimuli and between categories.
func (f RSM) Alt() string {
	r, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	m := f.Matrix
	n := m.Stimuli.Len()
	var b strings.Builder
	fmt.Fprintf(&b, "Representational similarity matrix of %s: %d stimuli", orUnnamed(m.Source), n)
	if m.Channels > 0 {
		fmt.Fprintf(&b, ", %s", count(m.Channels, "channel"))
	}
	name := "similarity"
	if m.Measure != nil {
		name = label(m.Measure.Name)
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	type tally struct {
		sum float64
		n   int
	}
	within := map[string]tally{}
	var between tally
	for i := range n {
		for j := i + 1; j < n; j++ {
			v := m.Values.At(i, j)
			lo, hi = math.Min(lo, v), math.Max(hi, v)
			if a := m.Stimuli.At(i).Category; a == m.Stimuli.At(j).Category {
				t := within[a]
				within[a] = tally{t.sum + v, t.n + 1}
			} else {
				between = tally{between.sum + v, between.n + 1}
			}
		}
	}
	fmt.Fprintf(&b, ". Colours show %s from %s to %s; off the diagonal it ranges from %s to %s",
		name, short(r.min), short(r.max), num(lo, 2), num(hi, 2))
	var means []string
	for _, c := range m.Stimuli.Categories() {
		if t := within[c]; t.n > 0 {
			means = append(means, fmt.Sprintf("%s %s", orNone(c), num(t.sum/float64(t.n), 2)))
		}
	}
	if len(means) > 0 {
		fmt.Fprintf(&b, ". Mean within categories: %s", analysis.Few(means, 12))
		if between.n > 0 {
			fmt.Fprintf(&b, "; between categories %s", num(between.sum/float64(between.n), 2))
		}
	}
	return b.String() + "."
}
