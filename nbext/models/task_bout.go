package models

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
)

// A bout is one measurement.
type bout struct {
	*operation
	tasks    []*Task
	controls []encoding.Control
	draws    int
	own      *analysis.Responses // of the layer to the images as they are
	fill     []float32
	names    []string // of categories
	images   [][]int  // of each
	prefer   []bool   // whether the contrast prefers the category
	views    []View   // of all tasks
	intact   *mat.Dense
	warnings []error
}

func (e LesionEffects) begin(ctx context.Context, m *Model, f *analysis.FROI, s analysis.Stimuli) (*bout, error) {
	if f == nil {
		return nil, m.wrap(errors.New("no fROI to lesion"))
	}
	if ids := f.DefinedOn.Shared(s); len(ids) > 0 && !f.AllowCircular {
		return nil, m.wrap(fmt.Errorf("%w: %d of the %d stimuli defined fROI %q (%s), and its units would be missed most for these; measure on others (Stimuli.Halves)",
			analysis.ErrCircular, len(ids), s.Len(), f.Contrast.Name, analysis.Few(ids, 2)))
	}
	if e.Draws < 0 {
		return nil, m.wrap(fmt.Errorf("%d draws", e.Draws))
	}
	place, err := m.place(e.Layer)
	if err != nil {
		return nil, err
	}
	if err := m.holds(place, f); err != nil {
		return nil, err
	}
	b := &bout{tasks: e.Tasks, controls: e.Controls, draws: e.Draws, fill: make([]float32, len(place.fill))}
	if b.tasks == nil {
		b.tasks = []*Task{SameTop, TopResponse, Resemblance}
	}
	if b.draws == 0 {
		b.draws = 99
	}
	for _, t := range b.tasks {
		for _, v := range t.Views {
			if !slices.ContainsFunc(b.views, func(o View) bool { return o.Name == v.Name }) {
				b.views = append(b.views, v)
			}
		}
	}
	b.categories(s, f, e.Subcategories)
	all, err := viewed(s, b.views)
	if err != nil {
		return nil, m.wrap(err)
	}
	if b.operation, err = m.operate(ctx, e.Layer, e.Output, all); err != nil {
		return nil, err
	}
	if b.own, err = b.before[b.at.layer].On(s); err != nil {
		return nil, m.wrap(err)
	}
	if e.MeanOver.Len() > 0 {
		r, err := m.Responses(ctx, b.at.layer, e.MeanOver)
		if err != nil {
			return nil, err
		}
		for j := range b.fill {
			b.fill[j] = float32(stat.Mean(mat.Col(nil, j, r.Matrix()), nil))
		}
	}
	b.defaults(f)
	return b, nil
}

// defaults chooses the controls where none are given.
func (b *bout) defaults(f *analysis.FROI) {
	if b.controls != nil {
		return
	}
	b.controls = []encoding.Control{encoding.MatchedNumber{}}
	outside := 0
	for j, dead := range b.own.Dead() {
		if !dead && !f.Keep[j] {
			outside++
		}
	}
	if outside < f.Count() {
		b.warnings = append(b.warnings, fmt.Errorf("no random lesions that are matched in effect size: %d living units outside the fROI, %d in it", outside, f.Count()))
		return
	}
	b.controls = append(b.controls, encoding.MatchedEffect{})
}

// categories groups the images.
func (b *bout) categories(s analysis.Stimuli, f *analysis.FROI, sub bool) {
	place := map[string]int{}
	for i := range s.Len() {
		it := s.At(i)
		name := it.Category
		if sub && it.Subcategory != "" {
			name = it.Subcategory
		}
		k, known := place[name]
		if !known {
			k = len(b.names)
			place[name] = k
			b.names = append(b.names, name)
			b.images = append(b.images, nil)
			b.prefer = append(b.prefer, slices.Contains(f.Contrast.Prefer, it.Category) || slices.Contains(f.Contrast.Prefer, it.Subcategory))
		}
		b.images[k] = append(b.images[k], i)
	}
}

// answer returns what the network puts out without the units.
func (b *bout) answer(ctx context.Context, units []int) (*mat.Dense, error) {
	return b.try(ctx, units, b.fill)
}

func (b *bout) lesion(ctx context.Context, units []int) ([]float64, error) {
	y, err := b.answer(ctx, units)
	if err != nil {
		return nil, err
	}
	scores, err := b.scores(y)
	if err != nil {
		return nil, b.m.wrap(err)
	}
	return scores, nil
}

// scores returns the score of every category in every task.
func (b *bout) scores(y *mat.Dense) ([]float64, error) {
	n, _ := b.own.Dims()
	var out []float64
	for _, t := range b.tasks {
		sets := []int{0} // where the images as they are and the views begin
		for _, v := range t.Views {
			sets = append(sets, n*(1+slices.IndexFunc(b.views, func(o View) bool { return o.Name == v.Name })))
		}
		for k, name := range b.names {
			a := Answers{Category: name}
			for _, from := range sets {
				a.Intact = append(a.Intact, rowsOf(b.intact, from, b.images[k]))
				a.Now = append(a.Now, rowsOf(y, from, b.images[k]))
			}
			v, err := t.Score(a)
			if err != nil {
				return nil, fmt.Errorf("the task %q with the category %q: %w", t.Name, name, err)
			}
			out = append(out, v)
		}
	}
	return out, nil
}

func rowsOf(m *mat.Dense, from int, rows []int) *mat.Dense {
	_, c := m.Dims()
	out := mat.NewDense(len(rows), c, nil)
	for i, r := range rows {
		out.SetRow(i, m.RawRowView(from+r))
	}
	return out
}

// rows adds to e the scores of one task, of the categories and of the contrast.
func (b *bout) rows(e *Effects, t *Task, c encoding.Control, before, after []float64, draws [][]float64, at int, f *analysis.FROI) {
	row := func(name string, images int, value func(scores []float64) float64) analysis.LesionEffect {
		r := analysis.LesionEffect{Task: t.Name, Category: name, Images: images, Units: f.Count(), Of: len(f.Keep), Control: c.String(), Intact: value(before), Lesioned: value(after)}
		as := 1.
		own := make([]float64, len(draws))
		for i, d := range draws {
			v := value(d[at:])
			own[i] = v
			if v <= r.Lesioned {
				as++
			}
		}
		r.P = as / float64(1+len(draws))
		r.Q = r.P
		sorted := slices.Sorted(slices.Values(own))
		r.Random = stat.Mean(sorted, nil)
		r.RandomLo, r.RandomHi = stat.Quantile(.025, stat.LinInterp, sorted, nil), stat.Quantile(.975, stat.LinInterp, sorted, nil)
		e.draws = append(e.draws, own)
		return r
	}
	var out []analysis.LesionEffect
	var p []float64
	for k, name := range b.names {
		r := row(name, len(b.images[k]), func(scores []float64) float64 { return scores[k] })
		if t.Chance != nil {
			r.Chance = t.Chance(r.Images, b.output.Units)
		}
		out, p = append(out, r), append(p, r.P)
	}
	for k, q := range analysis.BenjaminiHochberg(p) {
		out[k].Q = q
	}
	if !slices.Contains(b.prefer, true) || !slices.Contains(b.prefer, false) {
		e.Rows = append(e.Rows, out...)
		return
	}
	n, _ := b.own.Dims()
	last := row(f.Contrast.Name+" less the others", n, func(scores []float64) float64 {
		var sum, count [2]float64
		for k, own := range b.prefer {
			side := 0
			if own {
				side = 1
			}
			sum[side] += scores[k]
			count[side]++
		}
		return sum[1]/count[1] - sum[0]/count[0]
	})
	last.Contrast = true
	e.Rows = append(e.Rows, append(out, last)...)
}

// check says what is wrong with a draw.
func (b *bout) check(c encoding.Control, units []int) error {
	sorted := slices.Sorted(slices.Values(units))
	n := len(sorted)
	if n == 0 || sorted[0] < 0 || sorted[n-1] >= len(b.fill) || len(slices.Compact(sorted)) != n {
		return b.m.wrap(fmt.Errorf("the control %s drew %d units, or one twice, or one that the layer does not have", c, n))
	}
	return nil
}

// doubts compares the sizes of what a control that matches them has drawn with
// those of the fROI.
func (b *bout) doubts(c encoding.Control, f *analysis.FROI, drawn [][]int) []error {
	e, ok := c.(encoding.MatchedEffect)
	if !ok {
		return nil
	}
	size := e.Size
	if size == nil {
		_, units := b.own.Dims()
		for j := range units {
			size = append(size, stat.PopVariance(mat.Col(nil, j, b.own.Matrix()), nil))
		}
	}
	var own, theirs []float64
	for _, j := range f.Channels() {
		own = append(own, size[j])
	}
	for _, d := range drawn {
		for _, j := range d {
			theirs = append(theirs, size[j])
		}
	}
	if a, o := analysis.Median(own), analysis.Median(theirs); o < .8*a || o > 1.25*a {
		return []error{fmt.Errorf("the random lesions %s are not: the median size of their units is %.2f of the fROI's; there are too few such units outside", c, o/a)}
	}
	return nil
}
