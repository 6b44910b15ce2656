package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
)

// A bout is one measurement.
type bout struct {
	*operation
	lesions  []Lesion
	tasks    []*Task
	controls []encoding.Control
	draws    int
	own      []*analysis.Responses // of each layer to the images as they are
	fill     [][]float32           // for each layer
	names    []string              // of categories
	images   [][]int               // of each
	prefer   []bool                // whether the contrast prefers the category
	views    []View                // of all tasks
	intact   *mat.Dense
	warnings []error
}

// begin opens the network at the layers of the lesions, and shows it s.
func (e LesionEffects) begin(ctx context.Context, m *Model, lesions []Lesion, s analysis.Stimuli) (*bout, error) {
	if len(lesions) == 0 {
		return nil, m.wrap(errors.New("no lesion given"))
	}
	if e.Draws < 0 {
		return nil, m.wrap(fmt.Errorf("%d draws", e.Draws))
	}
	b := &bout{tasks: e.Tasks, controls: e.Controls, draws: e.Draws, lesions: slices.Clone(lesions)}
	if b.tasks == nil {
		b.tasks = []*Task{SameTop, TopResponse, Resemblance}
	}
	if b.draws == 0 {
		b.draws = 99
	}
	for i := range b.lesions {
		if err := m.measurable(&b.lesions[i], s); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(b.lesions, func(a, b Lesion) int { return cmp.Compare(a.Layer, b.Layer) })
	var layers []string
	for _, l := range b.lesions {
		if slices.Contains(layers, l.Layer) {
			return nil, m.wrap(fmt.Errorf("two lesions of %q; give all its units in one fROI", l.Layer))
		}
		layers = append(layers, l.Layer)
	}
	for _, t := range b.tasks {
		for _, v := range t.Views {
			if !slices.ContainsFunc(b.views, func(o View) bool { return o.Name == v.Name }) {
				b.views = append(b.views, v)
			}
		}
	}
	b.categories(s, e.Subcategories)
	all, err := viewed(s, b.views)
	if err != nil {
		return nil, m.wrap(err)
	}
	if b.operation, err = m.operate(ctx, layers, e.Output, all); err != nil {
		return nil, err
	}
	if err := b.see(ctx, s); err != nil {
		b.close()
		return nil, err
	}
	b.defaults()
	return b, nil
}

// measurable checks a lesion against the images that it is to be measured on,
// and gives its layer the name that the file has for it.
func (m *Model) measurable(l *Lesion, s analysis.Stimuli) error {
	f := l.FROI
	if f == nil {
		return m.wrap(fmt.Errorf("the lesion of %q has no fROI", l.Layer))
	}
	if ids := f.DefinedOn.Shared(s); len(ids) > 0 && !f.AllowCircular {
		return m.wrap(fmt.Errorf("%w: %d of the %d stimuli defined fROI %q (%s), and its units would be missed most for these; measure on others (Stimuli.Halves)",
			analysis.ErrCircular, len(ids), s.Len(), f.Contrast.Name, analysis.Few(ids, 2)))
	}
	place, err := m.place(l.Layer)
	if err != nil {
		return err
	}
	l.Layer = place.layer
	return m.holds(place, f)
}

// see finds the responses of the lesioned layers, and what replaces them.
func (b *bout) see(ctx context.Context, s analysis.Stimuli) error {
	var rest []string
	for _, l := range b.lesions {
		if b.before[l.Layer] == nil {
			rest = append(rest, l.Layer)
		}
	}
	var shown map[string]*analysis.Responses
	var err error
	if len(rest) > 0 {
		if shown, err = b.m.ResponsesAt(ctx, rest, s); err != nil {
			return err
		}
	}
	for i, l := range b.lesions {
		own := shown[l.Layer]
		if own == nil {
			if own, err = b.before[l.Layer].On(s); err != nil {
				return b.m.wrap(err)
			}
		}
		b.own = append(b.own, own)
		b.fill = append(b.fill, make([]float32, len(b.at[i].fill)))
		if l.MeanOver.Len() == 0 {
			continue
		}
		r, err := b.m.Responses(ctx, l.Layer, l.MeanOver)
		if err != nil {
			return err
		}
		for j := range b.fill[i] {
			b.fill[i][j] = float32(stat.Mean(mat.Col(nil, j, r.Matrix()), nil))
		}
	}
	return nil
}

// defaults chooses the controls where none are given.
func (b *bout) defaults() {
	if b.controls != nil {
		return
	}
	b.controls = []encoding.Control{encoding.MatchedNumber{}}
	for i, l := range b.lesions {
		outside := 0
		for j, dead := range b.own[i].Dead() {
			if !dead && !l.FROI.Keep[j] {
				outside++
			}
		}
		if outside < l.FROI.Count() {
			b.warnings = append(b.warnings, fmt.Errorf("no random lesions that are matched in effect size: %d living units outside the fROI of %q, %d in it", outside, l.Layer, l.FROI.Count()))
			return
		}
	}
	b.controls = append(b.controls, encoding.MatchedEffect{})
}

// categories groups the images.
func (b *bout) categories(s analysis.Stimuli, sub bool) {
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
			b.prefer = append(b.prefer, slices.ContainsFunc(b.lesions, func(l Lesion) bool {
				c := l.FROI.Contrast
				return slices.Contains(c.Prefer, it.Category) || slices.Contains(c.Prefer, it.Subcategory)
			}))
		}
		b.images[k] = append(b.images[k], i)
	}
}

// answer returns what the network puts out without the units of each layer.
func (b *bout) answer(ctx context.Context, units [][]int) (*mat.Dense, error) {
	return b.try(ctx, units, b.fill)
}

func (b *bout) lesion(ctx context.Context, units [][]int) ([]float64, error) {
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

// draw makes draw i of a control, layer by layer.
func (b *bout) draw(c encoding.Control, seed uint64, i int) ([][]int, error) {
	rng := rand.New(rand.NewPCG(seed, uint64(i)))
	var out [][]int
	for k, l := range b.lesions {
		units, err := c.Draw(b.own[k], l.FROI, rng)
		if err != nil {
			return nil, b.m.wrap(err)
		}
		if err := b.check(c, k, units); err != nil {
			return nil, err
		}
		out = append(out, units)
	}
	return out, nil
}

// contrast is what the lesions are called together, and how many units they
// have, of how many in their layers.
func (b *bout) contrast() (name string, units, of int) {
	var names []string
	for _, l := range b.lesions {
		units, of = units+l.FROI.Count(), of+len(l.FROI.Keep)
		if n := l.FROI.Contrast.Name; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", "), units, of
}

// scores returns the score of every category in every task.
func (b *bout) scores(y *mat.Dense) ([]float64, error) {
	n, _ := b.own[0].Dims()
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
func (b *bout) rows(e *Effects, t *Task, c encoding.Control, before, after []float64, draws [][]float64, at int) {
	contrast, units, of := b.contrast()
	row := func(name string, images int, value func(scores []float64) float64) analysis.LesionEffect {
		r := analysis.LesionEffect{Task: t.Name, Category: name, Images: images, Units: units, Of: of, Control: c.String(), Intact: value(before), Lesioned: value(after)}
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
	n, _ := b.own[0].Dims()
	last := row(contrast+" less the others", n, func(scores []float64) float64 {
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

// check says what is wrong with a draw from lesioned layer k.
func (b *bout) check(c encoding.Control, k int, units []int) error {
	sorted := slices.Sorted(slices.Values(units))
	n := len(sorted)
	if n == 0 || sorted[0] < 0 || sorted[n-1] >= len(b.fill[k]) || len(slices.Compact(sorted)) != n {
		return b.m.wrap(fmt.Errorf("the control %s drew %d units of %q, or one twice, or one that the layer does not have", c, n, b.lesions[k].Layer))
	}
	return nil
}

// doubts compares the sizes of what a control that matches them has drawn with
// those of the fROI, in each layer.
func (b *bout) doubts(c encoding.Control, draws [][][]int) (out []error) {
	e, ok := c.(encoding.MatchedEffect)
	if !ok {
		return nil
	}
	for k, l := range b.lesions {
		size := e.Size
		if size == nil {
			_, units := b.own[k].Dims()
			for j := range units {
				size = append(size, stat.PopVariance(mat.Col(nil, j, b.own[k].Matrix()), nil))
			}
		}
		var own, theirs []float64
		for _, j := range l.FROI.Channels() {
			own = append(own, size[j])
		}
		for _, d := range draws {
			for _, j := range d[k] {
				theirs = append(theirs, size[j])
			}
		}
		if a, o := analysis.Median(own), analysis.Median(theirs); o < .8*a || o > 1.25*a {
			out = append(out, fmt.Errorf("the random lesions of %q %s are not: the median size of their units is %.2f of the fROI's; there are too few such units outside", l.Layer, c, o/a))
		}
	}
	return out
}
