package plots

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
)

// A scale maps values to places on the canvas.
type scale struct {
	min, max float64
	lo, hi   vg.Length
}

func (s scale) at(v float64) vg.Length {
	return s.lo + (s.hi-s.lo)*vg.Length((v-s.min)/(s.max-s.min))
}

// ticks returns about n round values within [min, max], and their names, all
// with as many decimals as the step has.
func ticks(min, max float64, n int) (values []float64, names []string) {
	step := math.Pow(10, math.Floor(math.Log10((max-min)/float64(n))))
	for _, f := range [4]float64{1, 2, 5, 10} {
		if (max-min)/(f*step) <= float64(n) {
			step *= f
			break
		}
	}
	decimals := 0
	if e := math.Floor(math.Log10(step) + 1e-9); e < 0 {
		decimals = int(-e)
	}
	most := math.Max(math.Abs(min), math.Abs(max))
	big := most >= 1e6 || step < 1e-4
	digits := 3 // as many as tell neighbours apart
	if d := int(math.Floor(math.Log10(most/step))) + 2; d > digits {
		digits = d
	}
	first := math.Ceil(min/step - 1e-9)
	for i := range 2*n + 2 { // bounded, whatever the range
		k := first + float64(i)
		v := k * step
		if v > max+1e-9*step {
			break
		}
		if k == 0 {
			v = 0 // never −0
		}
		values = append(values, v)
		if big {
			names = append(names, minus(fmt.Sprintf("%.*g", digits, v)))
		} else {
			names = append(names, minus(fmt.Sprintf("%.*f", decimals, v)))
		}
	}
	return values, names
}

// round extends a range to round numbers that hold a margin around it.
func round(min, max float64) (float64, float64) {
	if min == max {
		d := math.Max(math.Abs(min), 1) / 2
		min, max = min-d, max+d
	}
	v, _ := ticks(min, max, 8)
	step := max - min
	if len(v) > 1 {
		step = v[1] - v[0]
	}
	return math.Floor(min/step+1e-9) * step, math.Ceil(max/step-1e-9) * step
}

// Lengths of the parts of an axis.
const (
	tickLength = vg.Length(3)
	tickGap    = vg.Length(2.5)
	labelGap   = vg.Length(5)
)

// yMargin returns the room that the axis left of a panel takes.
func yMargin(names []string, label string) vg.Length {
	w := tickLength + tickGap + tickFont.widest(names)
	if label != "" {
		w += labelGap + labelFont.size*capHeight
	}
	return w
}

// axisLabel shortens a label to the length of its axis: what stands in
// brackets or behind a comma goes first.
func axisLabel(s string, w vg.Length) string {
	for _, mark := range [2]string{" (", ", "} {
		if i := strings.LastIndex(s, mark); i > 0 && labelFont.width(s) > w {
			s = s[:i]
		}
	}
	return labelFont.fit(s, w)
}

// yAxis draws a vertical axis at x, its ticks to the left, its label (shortened
// to the axis, if it is longer) left of them.
func (p pen) yAxis(x vg.Length, s scale, values []float64, names []string, label string) {
	p.segment(x, s.lo, x, s.hi, plain, line)
	for i, v := range values {
		y := s.at(v)
		p.segment(x-tickLength, y, x, y, plain, line)
		p.text(names[i], tickFont, ink, x-tickLength-tickGap, y, end, middle, 0)
	}
	left := x - yMargin(names, label) + labelFont.size*capHeight
	p.text(axisLabel(label, s.hi-s.lo), labelFont, ink, left, (s.lo+s.hi)/2, middle, start, 90)
}

// xMargin is the room that an axis below a panel takes.
func xMargin(label string) vg.Length {
	h := tickLength + tickGap + tickFont.size*capHeight
	if label != "" {
		h += labelGap + labelFont.size
	}
	return h
}

// xAxis draws a horizontal axis at y, ticks and label below.
func (p pen) xAxis(y vg.Length, s scale, values []float64, names []string, label string) {
	p.segment(s.lo, y, s.hi, y, plain, line)
	for i, v := range values {
		x := s.at(v)
		p.segment(x, y-tickLength, x, y, plain, line)
		p.text(names[i], tickFont, ink, x, y-tickLength-tickGap, middle, end, 0)
	}
	below := y - tickLength - tickGap - tickFont.size*capHeight - labelGap
	p.text(axisLabel(label, s.hi-s.lo+20), labelFont, ink, (s.lo+s.hi)/2, below, middle, end, 0)
}
