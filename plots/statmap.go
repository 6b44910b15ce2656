package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A StatMap draws a map over the voxels of a brain: slices side by side, what
// lies behind in grey, voxels beyond a threshold in colour (positive ones from
// red to yellow, negative ones from blue to light blue, brighter the farther),
// regions outlined. The left of the brain is at the left.
//
// Shape and Affine are those of the image (dataset.NIfTI), Voxels those of the
// series that was fitted (VoxelSeries.Voxels).
type StatMap struct {
	Values []float64 // one per voxel: an FROI's Stat, a glm.Map's T or Effect
	Name   string    // what the values are; default: t
	Title  string

	Shape  [3]int        // voxels of the image along its axes; the first runs fastest
	Affine [4][4]float64 // from voxels to mm: to the right, the front and above. 0: so do the axes, in voxels
	Voxels []int         // where in the image each value lies; nil: there is one for each voxel

	// Threshold is how far from 0 a value must be to be drawn, and Max where
	// the colours end; 0: the largest magnitude.
	Threshold, Max float64

	// Behind is a number for each voxel of the image, the mean of a run say.
	// Without it, the voxels that have a value are grey.
	Behind []float64

	// Regions are outlined and named by their contrasts; Keep has one value
	// for each of Values.
	Regions []*analysis.FROI

	// Plane says which slices are drawn; the zero value is axial, or the
	// plane of an image that is one voxel thick. Slices are counted along
	// it from 0 in the image; nil: those in which something is beyond the
	// threshold or in a region, of more than 12 as many evenly chosen.
	Plane  Plane
	Slices []int
}

// A Plane is how a volume is cut.
type Plane int

const (
	AnyPlane Plane = iota // axial, or the plane of an image that is one voxel thick
	Axial
	Coronal
	Sagittal
)

// slicesMost is the number of slices that are chosen where none are asked for.
const slicesMost = 12

func (f StatMap) name() string {
	if s := nick(f.Name); s != "" {
		return s
	}
	return "t"
}

// check validates the figure and returns what it draws.
func (f StatMap) check() (*brain, error) {
	total := 1
	for _, n := range f.Shape {
		if n < 1 || n > 1<<12 || total*n > 1<<28 {
			return nil, fmt.Errorf("plots: a map over an image of %v voxels; give Shape as the image has it", f.Shape)
		}
		total *= n
	}
	switch {
	case len(f.Values) == 0:
		return nil, errors.New("plots: the map has no values")
	case f.Voxels == nil && len(f.Values) != total:
		return nil, fmt.Errorf("plots: the map has %d values for the %d voxels of %v; say in Voxels where they lie (VoxelSeries.Voxels)", len(f.Values), total, f.Shape)
	case f.Voxels != nil && len(f.Values) != len(f.Voxels):
		return nil, fmt.Errorf("plots: the map has %d values for %d voxels", len(f.Values), len(f.Voxels))
	case f.Behind != nil && len(f.Behind) != total:
		return nil, fmt.Errorf("plots: behind the map are %d values for the %d voxels of %v", len(f.Behind), total, f.Shape)
	case !(f.Threshold >= 0) || !drawable(f.Threshold) || !(f.Max >= 0) || !drawable(f.Max) || f.Max > 0 && f.Max <= f.Threshold:
		return nil, fmt.Errorf("plots: the map's threshold is %v and its colours end at %v; they must be 0 or more, the end beyond the threshold", f.Threshold, f.Max)
	case f.Plane < AnyPlane || f.Plane > Sagittal:
		return nil, fmt.Errorf("plots: there is no plane %d", f.Plane)
	}
	b := &brain{f: f, value: make([]float64, total), has: make([]bool, total)}
	for k, v := range f.Values {
		at := f.at(k)
		if at < 0 || at >= total || b.has[at] {
			return nil, fmt.Errorf("plots: value %d of the map lies at voxel %d, which is taken or not among the %d of the image", k, at, total)
		}
		if !drawable(v) {
			return nil, fmt.Errorf("plots: value %d of the map, at voxel %d, is %v; leave out voxels without a value", k, at, v)
		}
		b.has[at], b.value[at] = true, v
		b.lo, b.hi = math.Min(b.lo, v), math.Max(b.hi, v)
	}
	for _, r := range f.Regions {
		if r == nil || len(r.Keep) != len(f.Values) {
			return nil, errors.New("plots: a region of the map is none, or has not one value for each of the map's")
		}
	}
	for at, v := range f.Behind {
		if !drawable(v) {
			return nil, fmt.Errorf("plots: behind the map, voxel %d is %v; write 0 where there is nothing", at, v)
		}
	}
	return b, b.orient()
}

// at is where in the image value k lies.
func (f StatMap) at(k int) int {
	if f.Voxels == nil {
		return k
	}
	return f.Voxels[k]
}

// end is where the colours end.
func (b *brain) end() float64 {
	largest := math.Max(-b.lo, b.hi)
	switch {
	case b.f.Max > 0:
		return b.f.Max
	case largest > b.f.Threshold:
		return largest
	}
	return math.Max(1, 2*b.f.Threshold) // nothing is drawn in colour
}

// beyond reports whether a voxel is drawn in colour.
func (b *brain) beyond(at int) bool {
	return b.has[at] && b.value[at] != 0 && math.Abs(b.value[at]) > b.f.Threshold
}

// Size suggests a size: up to seven slices beside each other, six inches wide
// where there are three or more.
func (f StatMap) Size() (w, h vg.Length) {
	b, err := f.check()
	if err != nil {
		return 6 * vg.Inch, 4 * vg.Inch
	}
	n := len(b.slices)
	rows := (n + 6) / 7
	columns := (n + rows - 1) / rows
	w = min(6, 2.2+1.3*vg.Length(columns)) * vg.Inch
	l := b.layout(w, 8*vg.Inch)
	_, _, mx, my := b.size()
	side := (w - 2*pad - l.bar + sliceGap) / vg.Length(columns)
	high := (side - sliceGap) * vg.Length(my/mx)
	return w, min(9*vg.Inch, max(1.5*vg.Inch, l.top+vg.Length(rows)*(high+sliceText)+pad/2))
}

// Draw implements Figure.
func (f StatMap) Draw(c draw.Canvas) error {
	b, err := f.check()
	if err != nil {
		return err
	}
	p := pen{c}
	w, h := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	l := b.layout(w, h)
	if l.side.X < 24 || l.side.Y < 18 {
		return tooSmall("map", w, h)
	}
	x, y := c.Min.X+pad, c.Max.Y-pad
	y -= titleFont.size * capHeight
	p.text(titleFont.fit(l.title, w-2*pad), titleFont, ink, x, y, start, start, 0)
	y -= titleFont.size*(1.2-capHeight) + 1
	p.text(noteFont.fit(l.note, w-2*pad), noteFont, faint, x, y-noteFont.size*capHeight, start, start, 0)
	y -= noteFont.size + 4
	if len(l.names) > 0 {
		colors := looks(l.names)
		p.legend(x, y, w-2*pad, l.names, func(i int, x, y vg.Length) vg.Length {
			p.box(x, y-3.5, x+7, y+3.5, night)
			p.frame(x+1.2, y-2.3, x+5.8, y+2.3, outlineWidth, colors[l.names[i]].fill)
			return 7
		})
	}
	top := c.Max.Y - l.top
	for i, s := range b.slices {
		sx := p.snap(x + vg.Length(i%l.columns)*(l.side.X+sliceGap))
		sy := p.snap(top - vg.Length(i/l.columns)*(l.side.Y+sliceText))
		area := vg.Rectangle{Min: vg.Point{X: sx, Y: sy - l.side.Y}, Max: vg.Point{X: sx + l.side.X, Y: sy}}
		b.slice(p, area, s, l.names)
		name := b.where(s)
		p.text(tickFont.fit(name, l.side.X), tickFont, ink, sx+l.side.X/2, area.Min.Y-3, middle, end, 0)
		p.mark(area, b.tell(s))
		if i == 0 {
			b.sides(p, area)
		}
	}
	bottom := top - l.side.Y
	if l.rows > 1 {
		bottom = top - min(vg.Length(l.rows)*(l.side.Y+sliceText)-sliceText, 170)
	}
	b.bar().draw(p, x+vg.Length(l.columns)*(l.side.X+sliceGap)-sliceGap+barGap, bottom, top)
	return nil
}

// Alt implements Figure: which slices, how many voxels are beyond the
// threshold on either side, where the farthest are, and how large the regions.
func (f StatMap) Alt() string {
	b, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var s strings.Builder
	fmt.Fprintf(&s, "Map of %s%s over %s of %d", f.name(), b.of(), count(len(b.slices), b.planeName()+" slice"), b.count())
	if n := len(b.slices); n > 1 {
		fmt.Fprintf(&s, " (%s to %s)", b.where(b.slices[0]), b.where(b.slices[n-1]))
	} else {
		fmt.Fprintf(&s, " (%s)", b.where(b.slices[0]))
	}
	up, down, hi, lo := 0, 0, -1, -1
	for at := range b.value {
		switch {
		case !b.beyond(at):
		case b.value[at] > 0:
			if up++; hi < 0 || b.value[at] > b.value[hi] {
				hi = at
			}
		default:
			if down++; lo < 0 || b.value[at] < b.value[lo] {
				lo = at
			}
		}
	}
	fmt.Fprintf(&s, ". Of %s in the image, %d are above %s", count(len(f.Values), "voxel"), up, short(f.Threshold))
	if hi >= 0 {
		fmt.Fprintf(&s, " (most %s at %s)", num(b.value[hi], 2), b.place(hi))
	}
	fmt.Fprintf(&s, ", %d below %s", down, short(-f.Threshold))
	if lo >= 0 {
		fmt.Fprintf(&s, " (least %s at %s)", num(b.value[lo], 2), b.place(lo))
	}
	for _, r := range f.Regions {
		fmt.Fprintf(&s, ". %s: %s", orUnnamed(r.Contrast.Name), count(r.Count(), "voxel"))
	}
	return s.String() + "."
}

// Doubts says how much is not drawn: in slices that are left out, and beyond
// the colours' end.
func (f StatMap) Doubts() []error {
	b, err := f.check()
	if err != nil {
		return nil
	}
	hidden, clipped := 0, 0
	for at := range b.value {
		if b.beyond(at) {
			if !slices.Contains(b.slices, b.sliceOf(at)) {
				hidden++
			}
			if math.Abs(b.value[at]) > b.end()*(1+1e-9) {
				clipped++
			}
		}
	}
	var out []error
	if hidden > 0 {
		out = append(out, fmt.Errorf("plots: %s beyond the threshold in slices that are not drawn; name more in Slices", count(hidden, "voxel")))
	}
	if clipped > 0 {
		out = append(out, fmt.Errorf("plots: %s beyond ±%s, where the colours end", count(clipped, "voxel"), short(b.end())))
	}
	return out
}
