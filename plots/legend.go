package plots

import (
	"fmt"

	"gonum.org/v1/plot/vg"
)

// legendLine is the height of a row of a legend.
const legendLine = vg.Length(11)

// legendRows breaks names into rows no wider than w, each name with its key.
func legendRows(names []string, w vg.Length) [][]int {
	var rows [][]int
	var x vg.Length
	for i, s := range names {
		d := legendWidth(s)
		if len(rows) == 0 || x+d > w {
			rows = append(rows, nil)
			x = 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], i)
		x += d
	}
	return rows
}

// legendMost is the number of rows that a legend may have.
const legendMost = 4

// shorten leaves out names that a legend of width w has no room for; the last
// that is left counts them.
func shorten(names []string, w vg.Length) []string {
	if rows := legendRows(names, w); len(rows) > legendMost {
		last := rows[legendMost-1]
		n := last[max(len(last)-2, 0)] + 1
		out := append([]string(nil), names[:n]...)
		out[n-1] += fmt.Sprintf(" and %d more", len(names)-n)
		return out
	}
	return names
}

// legendWidth is the room of an entry: key, gap, name, gap.
func legendWidth(s string) vg.Length { return 7 + 3.5 + tickFont.width(s) + 10 }

// legend draws names in rows from the top left (x, y) on, no wider than w. The
// function draws the key of entry i with its left edge at x, its middle at y,
// and returns how wide it is.
func (p pen) legend(x, y, w vg.Length, names []string, key func(i int, x, y vg.Length) vg.Length) {
	for k, row := range legendRows(names, w) {
		at, mid := x, y-vg.Length(k)*legendLine-legendLine/2
		for _, i := range row {
			d := key(i, at, mid)
			p.text(names[i], tickFont, ink, at+d+3.5, mid, start, middle, 0)
			at += legendWidth(names[i])
		}
	}
}
