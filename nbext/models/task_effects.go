package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
)

// LesionEffects asks what a lesion costs: how well the network does a task
// with the images of each category, intact, without the units of a fROI, and
// without as many other units. Only the last says that it takes these units:
// any hole may hurt.
type LesionEffects struct {
	Layer  string // where the units are
	Output string // the layer that answers; empty: the last one

	// Tasks; nil means SameTop, TopResponse and Resemblance, which a
	// classifier of any classes can be asked. Identify suits descriptors,
	// Accuracy a network whose classes are the categories.
	Tasks []*Task

	// Controls draw the other units; nil means as many of the layer
	// (encoding.MatchedNumber) and, if enough units are left outside the
	// fROI, such that vary as much (encoding.MatchedEffect).
	Controls []encoding.Control

	Draws int // of each control; 0 means 99, so that the least p is 1/100
	Seed  uint64

	// MeanOver replaces units by their mean over these stimuli, as Lesion
	// does; empty silences them.
	MeanOver analysis.Stimuli

	// Subcategories scores those instead of categories (stimuli without one:
	// their category).
	Subcategories bool
}

// A LesionEffect is the score of one task with the images of one category,
// beside what random lesions leave of it. It is a row of a table.
type LesionEffect struct {
	Task, Category string
	Images, Units  int     // scored; lesioned
	Chance         float64 // of the score; 0 where the task knows none
	Intact         float64
	Lesioned       float64
	Control        string  // what the random lesions have in common with the fROI
	Random         float64 // mean over the draws
	RandomLo       float64 // the 2.5th percentile of the draws
	RandomHi       float64 // and the 97.5th
	draws          []float64
	contrast       bool // it compares categories

	// P is the share of random lesions that leave as little, (1 + c)/(1 + n)
	// for c of n draws with a score of at most Lesioned. Phipson & Smyth
	// (2010), doi:10.2202/1544-6115.1585.
	P float64

	// Q is P adjusted for the categories of this task and control (Benjamini
	// & Hochberg 1995). The comparison of categories stands by itself: there
	// it is P.
	Q float64
}

// Draws returns the score of each random lesion, which a table leaves out.
func (r LesionEffect) Draws() []float64 { return slices.Clone(r.draws) }

// Effects are the rows of LesionEffects, by task, control and category in the
// order of the stimuli. The last row of each task and control, "faces less the
// others", is the score of the contrast's own categories less that of the
// rest: whether the lesion hurts these more. (Rows of one category with a
// score that has other units, like a logit, compare badly with each other.)
type Effects struct {
	Rows     []LesionEffect
	Warnings []error
}

// Hurt lists the categories whose score the lesion lowers more than random
// ones do, Q ≤ level, the most hurt first: by how far Lesioned lies below
// Random, in standard deviations of the draws.
func (e *Effects) Hurt(level float64) []LesionEffect {
	var out []LesionEffect
	for _, r := range e.Rows {
		if !r.contrast && r.Q <= level && r.Lesioned < r.Random {
			out = append(out, r)
		}
	}
	below := func(r LesionEffect) float64 { return (r.Random - r.Lesioned) / stat.StdDev(r.draws, nil) } // +Inf if all draws are the same
	slices.SortStableFunc(out, func(a, b LesionEffect) int { return cmp.Compare(below(b), below(a)) })
	return out
}

// Measure lesions the units of f in m, which is not changed, and shows the
// intact and the lesioned network s. What comes before the layer is computed
// once for all lesions. Draw i of a control depends on Seed and i alone.
// Progress is in lesions.
//
// It fails with analysis.ErrCircular if s and the stimuli that defined f have
// some in common, unless f.AllowCircular: units chosen because they answer
// these very images would be missed most for them. It fails like Lesioned and
// Responses; if Output is not behind Layer; if a control cannot draw; and
// where a task does not suit.
func (e LesionEffects) Measure(ctx context.Context, m *Model, f *analysis.FROI, s analysis.Stimuli) (*Effects, error) {
	outer := ctx
	ctx = analysis.WithProgress(ctx, func(int, int) {}) // of the images
	b, err := e.begin(ctx, m, f, s)
	if err != nil {
		return nil, err
	}
	defer b.close()
	intact, err := b.answer(ctx, nil)
	if err != nil {
		return nil, err
	}
	b.intact = intact
	before, err := b.scores(intact)
	if err != nil {
		return nil, m.wrap(err)
	}
	after, err := b.lesion(ctx, f.Channels())
	if err != nil {
		return nil, err
	}
	out := &Effects{Warnings: b.warnings}
	total, done := 2+len(b.controls)*b.draws, 2
	draws := make([][][]float64, len(b.controls)) // by control, draw, score
	for k, c := range b.controls {
		var drawn [][]int
		for i := range b.draws {
			units, err := c.Draw(b.own, f, rand.New(rand.NewPCG(e.Seed, uint64(i))))
			if err != nil {
				return nil, m.wrap(err)
			}
			if err := b.check(c, units); err != nil {
				return nil, err
			}
			drawn = append(drawn, units)
			score, err := b.lesion(ctx, units)
			if err != nil {
				return nil, err
			}
			draws[k] = append(draws[k], score)
			done++
			analysis.ReportProgress(outer, done, total)
		}
		out.Warnings = append(out.Warnings, b.doubts(c, f, drawn)...)
	}
	for t, task := range b.tasks {
		for k, c := range b.controls {
			at := t * len(b.names)
			out.Rows = append(out.Rows, b.rows(task, c, before[at:], after[at:], draws[k], at, f)...)
		}
	}
	return out, nil
}

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

// rows compares the scores of one task, of the categories and of the contrast.
func (b *bout) rows(t *Task, c encoding.Control, before, after []float64, draws [][]float64, at int, f *analysis.FROI) []LesionEffect {
	row := func(name string, images int, value func(scores []float64) float64) LesionEffect {
		r := LesionEffect{Task: t.Name, Category: name, Images: images, Units: f.Count(), Control: c.String(), Intact: value(before), Lesioned: value(after)}
		as := 1.
		for _, d := range draws {
			v := value(d[at:])
			r.draws = append(r.draws, v)
			if v <= r.Lesioned {
				as++
			}
		}
		r.P = as / float64(1+len(draws))
		r.Q = r.P
		sorted := slices.Sorted(slices.Values(r.draws))
		r.Random = stat.Mean(sorted, nil)
		r.RandomLo, r.RandomHi = stat.Quantile(.025, stat.LinInterp, sorted, nil), stat.Quantile(.975, stat.LinInterp, sorted, nil)
		return r
	}
	var out []LesionEffect
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
		return out
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
	last.contrast = true
	return append(out, last)
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
