package plots

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/glm"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Design draws the design matrix of a run: a row for each volume, the first
// at the top, a column for each regressor, divided by its own largest magnitude so
// that all are seen. A line parts the conditions from what the model has
// besides.
type Design struct {
	Design *glm.Design
	Title  string // default: Design matrix
}

func (f Design) check() (rows, cols int, err error) {
	d := f.Design
	if d == nil || d.X == nil || d.X.IsEmpty() {
		return 0, 0, errors.New("plots: there is no design to draw")
	}
	rows, cols = d.X.Dims()
	if len(d.Columns) != cols || d.Conditions < 0 || d.Conditions > cols || len(d.Times) != rows {
		return 0, 0, fmt.Errorf("plots: a design of %d×%d has %d names, %d conditions and %d times", rows, cols, len(d.Columns), d.Conditions, len(d.Times))
	}
	for i := range rows {
		for j, v := range d.X.RawRowView(i) {
			if !drawable(v) || !drawable(d.Times[i]) {
				return 0, 0, fmt.Errorf("plots: regressor %q of the design is %v in volume %d", d.Columns[j], v, i)
			}
		}
	}
	return rows, cols, nil
}

// scaled returns the matrix with each column divided by its largest magnitude.
func (f Design) scaled() [][]float64 {
	rows, cols := f.Design.X.Dims()
	largest := make([]float64, cols)
	for i := range rows {
		for j, v := range f.Design.X.RawRowView(i) {
			largest[j] = math.Max(largest[j], math.Abs(v))
		}
	}
	out := make([][]float64, rows)
	for i := range out {
		out[i] = make([]float64, cols)
		for j, v := range f.Design.X.RawRowView(i) {
			if largest[j] > 0 {
				out[i][j] = v / largest[j]
			}
		}
	}
	return out
}

// Size suggests a size by the number of regressors.
func (f Design) Size() (w, h vg.Length) {
	_, cols, err := f.check()
	if err != nil {
		return 4 * vg.Inch, 4 * vg.Inch
	}
	return max(3, min(7, 1.3+0.22*vg.Length(cols))) * vg.Inch, 4.5 * vg.Inch
}

// Draw implements Figure.
func (f Design) Draw(c draw.Canvas) error {
	rows, cols, err := f.check()
	if err != nil {
		return err
	}
	p := pen{c}
	w, h := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	names := make([]string, cols)
	for j, n := range f.Design.Columns {
		names[j] = label(n)
	}
	times := f.Design.Times
	first, last := times[0], times[rows-1]
	if rows == 1 || first >= last {
		last = first + 1
	}
	step := (last - first) / float64(max(rows-1, 1))
	values, ticked := ticks(first, last, 6)
	bar := newColorBar(ramp{-1, 1}, false, false, "of the regressor's largest")
	left := pad + yMargin(ticked, "time (s)")
	slant := min(tickFont.widest(names), 70) / math.Sqrt2
	top := pad + titleFont.size*1.2 + slant + tickFont.size
	side := w - left - bar.width() - pad
	if side < vg.Length(cols)*1.5 || side < 40 || h-top-pad < 60 {
		return tooSmall("design matrix", w, h)
	}
	area := vg.Rectangle{
		Min: vg.Point{X: p.snap(c.Min.X + left), Y: p.snap(c.Min.Y + pad)},
		Max: vg.Point{X: p.snap(c.Min.X + left + side), Y: p.snap(c.Max.Y - top)},
	}
	r := ramp{-1, 1}
	x := f.scaled()
	p.raster(area, rows, cols, r.palette(), func(r0, r1, c0, c1 int) uint8 {
		sum := 0.0
		for i := r0; i < r1; i++ {
			for _, v := range x[i][c0:c1] {
				sum += v
			}
		}
		return r.index(sum / float64((r1-r0)*(c1-c0)))
	})
	p.frame(area.Min.X, area.Min.Y, area.Max.X, area.Max.Y, thin, line)
	at := func(j int) vg.Length { return area.Min.X + side*vg.Length(j)/vg.Length(cols) }
	if k := f.Design.Conditions; k > 0 && k < cols {
		p.segment(at(k), area.Min.Y, at(k), area.Max.Y, plain, ink)
	}
	middles := make([]vg.Length, cols)
	for j := range cols {
		middles[j] = (at(j) + at(j+1)) / 2
		p.mark(vg.Rectangle{Min: vg.Point{X: at(j), Y: area.Min.Y}, Max: vg.Point{X: at(j + 1), Y: area.Max.Y}}, f.tell(j))
	}
	p.namesAbove(names, middles, area.Max.Y+nameGap, true)
	// Times stand at the middles of their rows.
	s := scale{first - step/2, last + step/2, area.Max.Y, area.Min.Y}
	p.yAxis(area.Min.X, s, values, ticked, "time (s)")
	bar.draw(p, area.Max.X+barGap, area.Min.Y, area.Max.Y)
	title := label(f.Title)
	if title == "" {
		title = "Design matrix"
	}
	p.text(titleFont.fit(title, w-2*pad), titleFont, ink, c.Min.X+pad, c.Max.Y-pad-titleFont.size*capHeight, start, start, 0)
	return nil
}

// tell names a regressor and its range.
func (f Design) tell(j int) string {
	lo, hi := math.Inf(1), math.Inf(-1)
	rows, _ := f.Design.X.Dims()
	for i := range rows {
		v := f.Design.X.At(i, j)
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	kind := "condition"
	if j >= f.Design.Conditions {
		kind = "of no interest"
	}
	return fmt.Sprintf("%s (%s), from %s to %s", nick(f.Design.Columns[j]), kind, short(lo), short(hi))
}

// Alt implements Figure: how many volumes and regressors, and their names.
func (f Design) Alt() string {
	rows, cols, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	if t := nick(f.Title); t != "" {
		fmt.Fprintf(&b, "%s: design", t)
	} else {
		b.WriteString("Design")
	}
	fmt.Fprintf(&b, " matrix of %s (%s to %s s) and %s, each divided by its largest magnitude. ", count(rows, "volume"), short(f.Design.Times[0]), short(f.Design.Times[rows-1]), count(cols, "regressor"))
	fmt.Fprintf(&b, "%s: %s", count(f.Design.Conditions, "condition"), f.named(0, f.Design.Conditions))
	if n := cols - f.Design.Conditions; n > 0 {
		fmt.Fprintf(&b, ". %d of no interest: %s", n, f.named(f.Design.Conditions, cols))
	}
	return b.String() + "."
}

// named lists the names of some regressors.
func (f Design) named(from, to int) string {
	var names []string
	for _, n := range f.Design.Columns[from:to] {
		names = append(names, nick(n))
	}
	return analysis.Few(names, 12)
}
