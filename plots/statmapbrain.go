package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// A brain is a checked map: its values by voxel of the image, how the image
// lies in space, and which slices are drawn.
type brain struct {
	f      StatMap
	value  []float64
	has    []bool
	lo, hi float64 // the range of the values, with 0

	axes   [3]int  // of the directions right, front and above: which axis of the image runs along
	flip   [3]bool // that axis runs the other way
	plane  Plane
	slices []int
	grey   [2]float64 // the darkest and the brightest value behind
	crop   [2][2]int  // of the directions across and up: the first voxel that is drawn, and the one after the last
}

// orient finds how the image lies, and what is drawn of it.
func (b *brain) orient() error {
	m := b.f.Affine
	if m == ([4][4]float64{}) {
		for i := range 3 {
			m[i][i] = 1
		}
	}
	best := -1.0
	for _, axes := range [6][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		sum := 0.0
		for w, a := range axes {
			length := math.Hypot(math.Hypot(m[0][a], m[1][a]), m[2][a])
			if !(length > 0) || !drawable(length) {
				return fmt.Errorf("plots: axis %d of the image has a length of %v mm; give the affine of the image, or none", a, length)
			}
			sum += math.Abs(m[w][a]) / length
		}
		if sum > best+1e-9 {
			best, b.axes = sum, axes
		}
	}
	for w, a := range b.axes {
		b.flip[w] = m[w][a] < 0
	}
	b.f.Affine = m
	b.findGrey()
	b.plane = b.f.Plane
	if b.plane == AnyPlane {
		b.plane = Axial
		for k, p := range [3]Plane{Sagittal, Coronal, Axial} {
			if b.f.Shape[b.axes[k]] == 1 {
				b.plane = p
			}
		}
	}
	return b.choose()
}

// directions returns which directions of space run across, up and through the
// slices: 0 to the right, 1 to the front, 2 above.
func (b *brain) directions() (across, up, through int) {
	switch b.plane {
	case Coronal:
		return 0, 2, 1
	case Sagittal:
		return 1, 2, 0
	}
	return 0, 1, 2
}

func (b *brain) planeName() string {
	return [...]string{"", "axial", "coronal", "sagittal"}[b.plane]
}

// count is how many slices there are.
func (b *brain) count() int {
	_, _, through := b.directions()
	return b.f.Shape[b.axes[through]]
}

// along returns a voxel's place along an axis of the image.
func (b *brain) along(at, axis int) int {
	for k := range axis {
		at /= b.f.Shape[k]
	}
	return at % b.f.Shape[axis]
}

func (b *brain) sliceOf(at int) int {
	_, _, through := b.directions()
	return b.along(at, b.axes[through])
}

// choose finds the slices and the part of them that is drawn.
func (b *brain) choose() error {
	n := b.count()
	for k, s := range b.f.Slices {
		if s < 0 || s >= n || slices.Contains(b.f.Slices[:k], s) {
			return fmt.Errorf("plots: there is no %s slice %d, or it is named twice; the image has %d", b.planeName(), s, n)
		}
	}
	across, up, through := b.directions()
	some, any := make([]bool, n), make([]bool, n)
	for i, d := range [2]int{across, up} {
		b.crop[i] = [2]int{b.f.Shape[b.axes[d]], 0}
	}
	for at := range b.value {
		if !b.has[at] && (b.f.Behind == nil || b.f.Behind[at] == 0) {
			continue
		}
		s := b.sliceOf(at)
		any[s] = true
		some[s] = some[s] || b.beyond(at)
		for i, d := range [2]int{across, up} {
			x := b.along(at, b.axes[d])
			b.crop[i][0], b.crop[i][1] = min(b.crop[i][0], x), max(b.crop[i][1], x+1)
		}
	}
	for _, r := range b.f.Regions {
		for k, keep := range r.Keep {
			if keep {
				some[b.sliceOf(b.f.at(k))] = true
			}
		}
	}
	if b.slices = b.f.Slices; b.slices == nil {
		from := some
		if !slices.Contains(some, true) {
			from = any
		}
		for s, is := range from {
			if is {
				b.slices = append(b.slices, s)
			}
		}
		if b.flip[through] {
			slices.Reverse(b.slices)
		}
		if all := b.slices; len(all) > slicesMost {
			b.slices = nil
			for i := range slicesMost {
				b.slices = append(b.slices, all[i*(len(all)-1)/(slicesMost-1)])
			}
		}
	}
	return nil
}

// voxel returns which voxel is drawn in a slice's row and column, counted from
// the top left of what is drawn.
func (b *brain) voxel(s, row, col int) int {
	across, up, through := b.directions()
	x := b.crop[0][0] + col
	if b.flip[across] {
		x = b.crop[0][1] - 1 - col
	}
	y := b.crop[1][1] - 1 - row
	if b.flip[up] {
		y = b.crop[1][0] + row
	}
	var at [3]int
	at[b.axes[across]], at[b.axes[up]], at[b.axes[through]] = x, y, s
	return at[0] + b.f.Shape[0]*(at[1]+b.f.Shape[1]*at[2])
}

// size is how many columns and rows of voxels are drawn, and how wide and high
// they are in mm.
func (b *brain) size() (cols, rows int, width, height float64) {
	across, up, _ := b.directions()
	cols, rows = b.crop[0][1]-b.crop[0][0], b.crop[1][1]-b.crop[1][0]
	length := func(d int) float64 {
		a := b.axes[d]
		return math.Hypot(math.Hypot(b.f.Affine[0][a], b.f.Affine[1][a]), b.f.Affine[2][a])
	}
	return cols, rows, float64(cols) * length(across), float64(rows) * length(up)
}

// mm returns where a voxel lies.
func (b *brain) mm(at int) (p [3]float64) {
	for w := range p {
		p[w] = b.f.Affine[w][3]
		for a := range 3 {
			p[w] += b.f.Affine[w][a] * float64(b.along(at, a))
		}
	}
	return p
}

// place names where a voxel lies.
func (b *brain) place(at int) string {
	p := b.mm(at)
	s := fmt.Sprintf("%s, %s, %s", short(math.Round(p[0])), short(math.Round(p[1])), short(math.Round(p[2])))
	if !b.spatial() {
		return "voxel " + s
	}
	return s + " mm"
}

// spatial reports whether the image says where it lies.
func (b *brain) spatial() bool { return b.f.Affine[3][3] == 1 }

// where names a slice.
func (b *brain) where(s int) string {
	if !b.spatial() {
		return fmt.Sprintf("slice %d", s)
	}
	_, _, through := b.directions()
	// The middle of what is drawn, since slices may be oblique.
	p := b.mm(b.voxel(s, (b.crop[1][1]-b.crop[1][0])/2, (b.crop[0][1]-b.crop[0][0])/2))
	return fmt.Sprintf("%c = %s mm", "xyz"[through], short(math.Round(p[through])))
}

// of names what the map is of, from its title.
func (b *brain) of() string {
	if t := nick(b.f.Title); t != "" {
		return " (" + t + ")"
	}
	return ""
}

// tell says what is in a slice.
func (b *brain) tell(s int) string {
	cols, rows, _, _ := b.size()
	n, lo, hi := 0, math.Inf(1), math.Inf(-1)
	for r := range rows {
		for c := range cols {
			if at := b.voxel(s, r, c); b.beyond(at) {
				n++
				lo, hi = math.Min(lo, b.value[at]), math.Max(hi, b.value[at])
			}
		}
	}
	if n == 0 {
		return fmt.Sprintf("%s: no voxel beyond ±%s", b.where(s), short(b.f.Threshold))
	}
	return fmt.Sprintf("%s: %s beyond ±%s, %s from %s to %s", b.where(s), count(n, "voxel"), short(b.f.Threshold), b.f.name(), num(lo, 2), num(hi, 2))
}

// Colours of a map: of the air around a brain, of what lies behind, and of
// values, dim at the threshold and bright at the end.
var (
	night        = color.RGBA{0x10, 0x10, 0x10, 255}
	behind       = [2]lab{lch(0.2, 0, 0), lch(0.72, 0, 0)}
	hot          = [2]lab{lch(0.5, 0.19, 29), lch(0.94, 0.15, 103)}
	cold         = [2]lab{lch(0.45, 0.17, 264), lch(0.93, 0.07, 205)}
	outlineWidth = vg.Length(1)
)

// Levels of a map's palette: the air, greys, values.
const (
	greys    = 63
	half     = 96 // levels on either side of 0
	firstOne = 1 + greys
)

func mapPalette() color.Palette {
	p := color.Palette{night}
	for i := range greys {
		p = append(p, mix(behind[0], behind[1], float64(i)/(greys-1)).rgba())
	}
	for i := range half {
		p = append(p, mix(cold[1], cold[0], float64(i)/(half-1)).rgba())
	}
	for i := range half {
		p = append(p, mix(hot[0], hot[1], float64(i)/(half-1)).rgba())
	}
	return p
}

// level is that of a value in the palette, for any value that is drawn.
func (b *brain) level(v float64) uint8 {
	t := (math.Abs(v) - b.f.Threshold) / (b.end() - b.f.Threshold)
	k := int(math.Round(math.Max(0, math.Min(t, 1)) * (half - 1)))
	if v < 0 {
		return uint8(firstOne + half - 1 - k)
	}
	return uint8(firstOne + half + k)
}
