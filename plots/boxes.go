package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// boxLeast is the number of values from which a box is drawn around them;
// fewer are points with a line at their median.
const boxLeast = 5

// boxNote says what a box is.
const boxNote = "box: quartiles; whiskers: within 1.5 × its height"

// A summary is what a box shows: median, quartiles (linear between the values
// in order, as in R's type 7), and the farthest values that are no more than
// 1.5 times the distance of the quartiles beyond them. Tukey (1977),
// Exploratory data analysis.
type summary struct{ low, q1, median, q3, high float64 }

func summarize(v []float64) summary {
	v = slices.Sorted(slices.Values(v))
	at := func(q float64) float64 {
		x := q * float64(len(v)-1)
		i := int(x)
		if i+1 >= len(v) {
			return v[len(v)-1]
		}
		return v[i] + (x-float64(i))*(v[i+1]-v[i])
	}
	s := summary{q1: at(.25), median: at(.5), q3: at(.75)}
	reach := 1.5 * (s.q3 - s.q1)
	s.low, s.high = s.q1, s.q3
	for _, x := range v {
		if x >= s.q1-reach {
			s.low = math.Min(s.low, x)
		}
		if x <= s.q3+reach {
			s.high = math.Max(s.high, x)
		}
	}
	return s
}

// boxPlot draws the box of some values, w wide about x, and a dot for every
// value. Dots take turns left and right in the order of their values, so that
// near ones stay apart; where they stand across means nothing.
func (p pen) boxPlot(v []float64, x, w vg.Length, y scale, l look) []vg.Point {
	s := summarize(v)
	c := l.fill
	dark := mix(toLab(c), lab{}, 0.45).rgba()
	if len(v) >= boxLeast {
		p.segment(x, y.at(s.low), x, y.at(s.q1), plain, dark)
		p.segment(x, y.at(s.q3), x, y.at(s.high), plain, dark)
		for _, e := range [2]float64{s.low, s.high} {
			p.segment(x-w*0.2, y.at(e), x+w*0.2, y.at(e), plain, dark)
		}
		p.box(x-w/2, y.at(s.q1), x+w/2, y.at(s.q3), mix(toLab(c), white, 0.72).rgba())
		p.frame(x-w/2, y.at(s.q1), x+w/2, y.at(s.q3), plain, dark)
	}
	at := make([]vg.Point, len(v))
	r := min(1.9, w/8)
	switch {
	case len(v) > 60:
		r *= 0.6
	case len(v) > 20:
		r *= 0.8
	}
	for rank, i := range order(v) {
		_, turn := math.Modf((float64(rank) + 0.5) * 0.618034)
		if len(v) == 1 {
			turn = 0.5
		}
		at[i] = vg.Point{X: x + (w-3*r)*vg.Length(turn-0.5), Y: y.at(v[i])}
		p.point(at[i].X, at[i].Y, r, look{fill: c, edge: dark, shape: l.shape})
	}
	p.segment(x-w/2, y.at(s.median), x+w/2, y.at(s.median), 1.6, ink)
	return at
}

// order returns the positions of the values from the least to the greatest,
// ties as they stand.
func order(v []float64) []int {
	out := make([]int, len(v))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int {
		switch {
		case v[a] < v[b]:
			return -1
		case v[a] > v[b]:
			return 1
		}
		return 0
	})
	return out
}

// altValues says the median, the quartiles and the range of values in words.
func altValues(v []float64) string {
	s := summarize(v)
	if len(v) == 1 {
		return num(v[0], 2)
	}
	return fmt.Sprintf("median %s (quartiles %s and %s, %d values from %s to %s)",
		num(s.median, 2), num(s.q1, 2), num(s.q3, 2), len(v), num(least(v), 2), num(most(v), 2))
}

// spanBand draws a band across [x0, x1] from lo to hi, a line where they are
// the same. Its edges are darker: a pale band alone is not seen by everybody.
func (p pen) spanBand(lo, hi float64, x0, x1 vg.Length, y scale, c color.Color) {
	a, b := y.at(lo), y.at(hi)
	if b-a < 1.5 {
		a, b = (a+b)/2-0.75, (a+b)/2+0.75
	}
	p.box(x0, a, x1, b, c)
	p.segment(x0, a, x1, a, thin, grid)
	p.segment(x0, b, x1, b, thin, grid)
}
