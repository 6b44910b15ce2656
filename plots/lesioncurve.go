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

// A LesionCurve draws what a lesion costs (models.Effects.Rows), by category.
// Of one lesion it is a pair of bars for each category, intact and lesioned,
// and beside them what random lesions of the same size leave: their mean, and a
// band that holds 95 of 100. Of several it is a panel for each category, with
// the score against the share of units lesioned, and the same band. A dotted
// line is chance. Comparisons of categories (LesionEffect.Contrast) are left
// out.
type LesionCurve struct {
	Effects []analysis.LesionEffect // one lesion's rows, or those of several, one after another
	Task    string                  // which task; default: that of the first row
	Control string                  // which random lesions; default: those of the first row of the task
	Title   string                  // default: the task

	Warnings []error // of the measurement (models.Effects.Warnings), shown beside the figure
}

// check validates the figure and returns the rows of each category, smaller
// lesions first.
func (f LesionCurve) check() (categories []string, rows map[string][]analysis.LesionEffect, err error) {
	if len(f.Effects) == 0 {
		return nil, nil, errors.New("plots: no effects of lesions to draw")
	}
	task, control := f.Task, f.Control
	if task == "" {
		task = f.Effects[0].Task
	}
	rows = map[string][]analysis.LesionEffect{}
	var tasks, controls []string
	for _, e := range f.Effects {
		if !slices.Contains(tasks, e.Task) {
			tasks = append(tasks, e.Task)
		}
		if e.Task != task || e.Contrast {
			continue
		}
		if control == "" {
			control = e.Control
		}
		if !slices.Contains(controls, e.Control) {
			controls = append(controls, e.Control)
		}
		if e.Control != control {
			continue
		}
		for _, v := range [...]float64{e.Chance, e.Intact, e.Lesioned, e.Random, e.RandomLo, e.RandomHi, e.P, e.Q} {
			if !drawable(v) {
				return nil, nil, fmt.Errorf("plots: the effect on %q of a lesion of %d units: intact %v, lesioned %v, random %v (%v to %v), chance %v, p %v, q %v; each must be a number", e.Category, e.Units, e.Intact, e.Lesioned, e.Random, e.RandomLo, e.RandomHi, e.Chance, e.P, e.Q)
			}
		}
		if e.Units < 0 || e.Of < 0 || e.Of > 0 && e.Units > e.Of {
			return nil, nil, fmt.Errorf("plots: the lesion of %q takes %d units of %d", e.Category, e.Units, e.Of)
		}
		if e.RandomLo > e.RandomHi {
			return nil, nil, fmt.Errorf("plots: the random lesions of %q lie from %v to %v", e.Category, e.RandomLo, e.RandomHi)
		}
		if rows[e.Category] == nil {
			categories = append(categories, e.Category)
		}
		rows[e.Category] = append(rows[e.Category], e)
	}
	if len(categories) == 0 {
		return nil, nil, fmt.Errorf("plots: no effects on the task %q beside random lesions %q; there are the tasks %s, and of this one lesions %s",
			task, control, orNo(tasks), orNo(controls))
	}
	for _, c := range categories {
		own := rows[c]
		slices.SortStableFunc(own, func(a, b analysis.LesionEffect) int { return a.Units - b.Units })
		for i, e := range own {
			if i > 0 && e.Units == own[i-1].Units {
				return nil, nil, fmt.Errorf("plots: two effects on %q of lesions of %d units; lesions of several layers or fROIs need a figure each", c, e.Units)
			}
			if e.Of != own[0].Of {
				return nil, nil, fmt.Errorf("plots: lesions of %q are of %d units and of %d; those of several layers need a figure each", c, own[0].Of, e.Of)
			}
		}
	}
	return categories, rows, nil
}

func orNo(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return analysis.Few(names, 5)
}

// single tells one lesion from several.
func single(rows map[string][]analysis.LesionEffect) bool {
	for _, own := range rows {
		if len(own) > 1 {
			return false
		}
	}
	return true
}

// Size suggests a width for so many categories.
func (f LesionCurve) Size() (w, h vg.Length) {
	if categories, rows, err := f.check(); err == nil && single(rows) {
		return min(max(Column, 90+60*vg.Length(len(categories))), Page), 2.9 * vg.Inch
	} else if rows := (len(categories) + 4) / 5; rows > 1 {
		return Page, min(40+135*vg.Length(rows), 30*vg.Inch)
	}
	return Page, 2.6 * vg.Inch
}

// Draw implements Figure.
func (f LesionCurve) Draw(c draw.Canvas) error {
	categories, rows, err := f.check()
	if err != nil {
		return err
	}
	first := rows[categories[0]][0]
	h := heading{title: label(f.Title)}
	if h.title == "" {
		h.title = label(first.Task)
	}
	looks := looks(categories)
	if single(rows) {
		return f.bars(pen{c}, h, categories, rows, looks)
	}
	h.names = []string{"lesioned", "random lesions, " + nick(first.Control) + " (mean, 95 %)"}
	h.key = func(p pen, i int, x, y vg.Length) vg.Length {
		if i == 0 {
			p.segment(x, y, x+7, y, thick, ink)
			p.point(x+3.5, y, 2.2, look{fill: ink, edge: ink})
			return 7
		}
		p.box(x, y-3, x+7, y+3, band)
		p.segment(x, y, x+7, y, plain, faint, 3, 1.5)
		return 7
	}
	chance := chanceOf(categories, rows)
	if chance > 0 {
		h.names = append(h.names, "chance")
		random := h.key
		h.key = func(p pen, i int, x, y vg.Length) vg.Length {
			if i < 2 {
				return random(p, i, x, y)
			}
			p.segment(x, y, x+7, y, plain, faint, 1, 1.5)
			return 7
		}
	}
	lo, hi := f.limits(categories, rows)
	ps := make([]panel, len(categories))
	for k, name := range categories {
		ps[k] = f.curve(name, rows[name], lookOf(looks, analysis.Stimulus{Category: name}), lo, hi)
	}
	return pen{c}.panelRows("lesion figure", h, ps)
}

// limits returns the range of the scores.
func (f LesionCurve) limits(categories []string, rows map[string][]analysis.LesionEffect) (lo, hi float64) {
	for _, c := range categories {
		for _, e := range rows[c] {
			for _, v := range [...]float64{e.Intact, e.Lesioned, e.Random, e.RandomLo, e.RandomHi} {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	return round(lo, hi)
}

// chanceOf is the chance of all categories, or 0 where they differ.
func chanceOf(categories []string, rows map[string][]analysis.LesionEffect) float64 {
	v := rows[categories[0]][0].Chance
	for _, own := range rows {
		for _, e := range own {
			if e.Chance != v {
				return 0
			}
		}
	}
	return v
}

// bars shows one lesion.
func (f LesionCurve) bars(p pen, h heading, categories []string, rows map[string][]analysis.LesionEffect, looks map[string]look) error {
	first := rows[categories[0]][0]
	of := ""
	if first.Of > 0 {
		of = fmt.Sprintf(" of %d", first.Of)
	}
	h.names = []string{"intact", fmt.Sprintf("%d%s lesioned", first.Units, unitsOf(first, of)), "as many at random (mean, 95 %)"}
	h.key = func(p pen, i int, x, y vg.Length) vg.Length {
		switch i {
		case 0:
			p.box(x, y-3, x+7, y+3, faint)
		case 1:
			p.bar(x, y-3, x+7, y+3, faint, true)
		default:
			p.box(x, y-3, x+7, y+3, band)
			p.segment(x, y, x+7, y, thick, ink)
		}
		return 7
	}
	lo, hi := f.limits(categories, rows)
	values, tickNames := ticks(lo, hi, 5)
	text := label(first.Task)
	margin := yMargin(tickNames, text)
	labels := make([]string, len(categories))
	for k, c := range categories {
		labels[k] = orNone(c)
	}
	n := vg.Length(len(categories))
	starred := false
	for _, own := range rows {
		starred = starred || lesionCounts(own[0])
	}
	note := "beside random lesions " + nick(first.Control)
	if starred {
		note += "; * q ≤ 0.05"
	}
	chance := chanceOf(categories, rows)
	if chance > 0 {
		note += "; dotted: chance"
	}
	return p.panels("lesion figure", h, []panel{{
		title: "Score by category", note: note,
		width: margin + 60*n, minWidth: margin + min(24*n, 200), minHeight: 60,
		bottom: func(w vg.Length) vg.Length { return namesRoom(labels, (w-margin)/n) },
		draw: func(p pen, area vg.Rectangle) {
			x0, x1 := area.Min.X+margin, area.Max.X
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			step := (x1 - x0) / n
			each := min(step*0.27, 24)
			at := make([]vg.Length, len(categories))
			for k, c := range categories {
				e := rows[c][0]
				at[k] = x0 + step*(vg.Length(k)+0.5)
				l := lookOf(looks, analysis.Stimulus{Category: c})
				left := at[k] - 1.5*each
				p.box(left, y.at(0), left+each*0.94, y.at(e.Intact), l.fill)
				p.frame(left, y.at(0), left+each*0.94, y.at(e.Intact), thin, l.edge)
				p.bar(left+each, y.at(0), left+each*1.94, y.at(e.Lesioned), l.fill, true)
				from, to := left+each*2.1, left+each*3
				p.randomBand(e, from, to, y)
				if lesionCounts(e) {
					p.text("*", headFont, ink, left+each*1.47, max(y.at(e.Lesioned), y.at(0))+2, middle, start, 0)
				}
				p.mark(vg.Rectangle{Min: vg.Point{X: at[k] - step/2, Y: y.lo}, Max: vg.Point{X: at[k] + step/2, Y: y.hi}}, toldLesion(e))
			}
			if chance > 0 {
				p.segment(x0, y.at(chance), x1, y.at(chance), plain, faint, 1, 1.5)
			}
			p.segment(x0, y.at(0), x1, y.at(0), plain, line)
			p.yAxis(x0, y, values, tickNames, text)
			p.names(labels, at, area.Min.Y, step, namesRoom(labels, step))
		},
	}})
}

// lesionCounts tells an effect that is marked: the lesion leaves less than random
// ones do, q ≤ .05, rounding aside (models.Effects.Hurt).
func lesionCounts(e analysis.LesionEffect) bool { return e.Q <= 0.05+1e-12 && e.Lesioned < e.Random }

func unitsOf(e analysis.LesionEffect, of string) string {
	if e.Units == 1 && of == "" {
		return " unit"
	}
	return of + " units"
}

// randomBand draws what random lesions leave, between two places.
func (p pen) randomBand(e analysis.LesionEffect, from, to vg.Length, y scale) {
	lo, hi := y.at(e.RandomLo), y.at(e.RandomHi)
	if hi-lo < 1.5 {
		lo, hi = (lo+hi)/2-0.75, (lo+hi)/2+0.75
	}
	p.box(from, lo, to, hi, band)
	p.segment(from, y.at(e.Random), to, y.at(e.Random), thick, ink)
}

// curve shows lesions of one category by their size.
func (f LesionCurve) curve(name string, rows []analysis.LesionEffect, l look, lo, hi float64) panel {
	l.fill = l.edge // a line on a grey band
	share := rows[0].Of > 0
	place := func(e analysis.LesionEffect) float64 {
		if share {
			return 100 * float64(e.Units) / float64(e.Of)
		}
		return float64(e.Units)
	}
	xText := "units lesioned"
	if share {
		xText += " (%)"
	}
	values, tickNames := ticks(lo, hi, 4)
	text := label(rows[0].Task)
	margin := yMargin(tickNames, text)
	end := place(rows[len(rows)-1])
	if end == 0 {
		end = 1
	}
	_, far := round(0, end)
	xs, xNames := ticks(0, far, 3)
	note := "none lower than random"
	if least := slices.MinFunc(rows, func(a, b analysis.LesionEffect) int {
		switch {
		case a.Q < b.Q:
			return -1
		case a.Q > b.Q:
			return 1
		}
		return 0
	}); least.Lesioned < least.Random {
		note = "least " + probability("q", least.Q)
	}
	return panel{
		title: orNone(name), note: note,
		width: margin + 90, minWidth: margin + 55, minHeight: 50,
		bottom: func(vg.Length) vg.Length { return xMargin(xText) },
		draw: func(p pen, area vg.Rectangle) {
			x := scale{0, far, area.Min.X + margin, area.Max.X - 4}
			y := scale{lo, hi, area.Min.Y, area.Max.Y}
			intact := vg.Point{X: x.at(0), Y: y.at(rows[0].Intact)}
			upper, lower, mean := []vg.Point{intact}, []vg.Point{intact}, []vg.Point{intact}
			c := curve{name: name, look: l, points: []curvePoint{{x: 0, y: rows[0].Intact, text: fmt.Sprintf("%s, intact: %s", orNone(name), num(rows[0].Intact, 3))}}}
			for _, e := range rows {
				if e.Units == 0 {
					continue
				}
				at := x.at(place(e))
				upper = append(upper, vg.Point{X: at, Y: y.at(e.RandomHi)})
				lower = append(lower, vg.Point{X: at, Y: y.at(e.RandomLo)})
				mean = append(mean, vg.Point{X: at, Y: y.at(e.Random)})
				c.points = append(c.points, curvePoint{x: place(e), y: e.Lesioned, text: toldLesion(e)})
			}
			slices.Reverse(lower)
			p.SetColor(band)
			p.Fill(polygon(append(slices.Clone(upper), lower...)...))
			for i := 1; i < len(mean); i++ {
				p.segment(mean[i-1].X, mean[i-1].Y, mean[i].X, mean[i].Y, plain, faint, 3, 1.5)
			}
			if v := rows[0].Chance; v > lo && v < hi && v > 0 {
				p.segment(x.lo, y.at(v), x.hi, y.at(v), plain, faint, 1, 1.5)
			}
			p.curves([]curve{c}, x, y)
			p.yAxis(x.lo, y, values, tickNames, text)
			p.xAxis(y.lo, x, xs, xNames, xText)
		},
	}
}

// toldLesion says an effect in words.
func toldLesion(e analysis.LesionEffect) string {
	units := count(e.Units, "unit")
	if e.Of > 0 {
		units = fmt.Sprintf("%d of %s", e.Units, count(e.Of, "unit"))
	}
	return fmt.Sprintf("%s: %s intact, %s without %s, %s without others %s (95 %% %s to %s), %s", orNone(e.Category), num(e.Intact, 2), num(e.Lesioned, 2),
		units, num(e.Random, 2), label(e.Control), num(e.RandomLo, 2), num(e.RandomHi, 2), probability("q", e.Q))
}

// Alt implements Figure.
func (f LesionCurve) Alt() string {
	categories, rows, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	first := rows[categories[0]][0]
	var b strings.Builder
	fmt.Fprintf(&b, "What a lesion costs: %s by category.", label(first.Task))
	told := 0
	for _, c := range categories {
		for _, e := range rows[c] {
			if told++; told <= 20 {
				fmt.Fprintf(&b, " %s.", toldLesion(e))
			}
		}
	}
	if told > 20 {
		fmt.Fprintf(&b, " And %d more.", told-20)
	}
	if v := chanceOf(categories, rows); v > 0 {
		fmt.Fprintf(&b, " Chance is %s.", num(v, 2))
	}
	return b.String()
}

// Doubts returns the warnings, and which categories share a colour.
func (f LesionCurve) Doubts() []error {
	categories, _, _ := f.check() // none where there is nothing to draw
	return once(f.Warnings, sharedColors(categories))
}
