package plots

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panelRows draws the heading and the panels in rows, as many side by side as
// have room; the panels of a short last row are as wide as those above.
func (p pen) panelRows(what string, h heading, ps []panel) error {
	w := p.Max.X - p.Min.X - 2*pad
	each := len(ps)
	for each > 1 && share(ps[:each], w) == nil {
		each--
	}
	rows := (len(ps) + each - 1) / each
	each = (len(ps) + rows - 1) / rows
	if rows == 1 || each == 1 {
		return p.panels(what, h, ps)
	}
	h.names = shorten(h.names, w)
	head := h.height(w)
	high := (p.Max.Y - p.Min.Y - head) / vg.Length(rows)
	for k := range rows {
		row := append([]panel(nil), ps[k*each:min((k+1)*each, len(ps))]...)
		for len(row) < each {
			q := row[0]
			q.title, q.note, q.draw = "", "", func(pen, vg.Rectangle) {}
			row = append(row, q)
		}
		top := p.Max.Y - vg.Length(k)*high
		c := draw.Crop(p.Canvas, 0, 0, top-head-high-p.Min.Y, top-p.Max.Y-head)
		own := heading{}
		if k == 0 {
			c = draw.Crop(p.Canvas, 0, 0, top-head-high-p.Min.Y, 0)
			own = h
		}
		if err := (pen{c}).panels(what, own, row); err != nil {
			return tooSmall(what, p.Max.X-p.Min.X, p.Max.Y-p.Min.Y)
		}
	}
	return nil
}
