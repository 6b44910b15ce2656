package models

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
)

// LesionEffects asks what a lesion costs: how well the network does a task
// with the images of each category, intact, without the units of a fROI, and
// without as many other units. Only the last says that it takes these units:
// any hole may hurt.
type LesionEffects struct {
	Layer  string // where the units are; MeasureAt has it from its lesions
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
	// does; empty silences them. MeasureAt has it from its lesions.
	MeanOver analysis.Stimuli

	// Subcategories scores those instead of categories (stimuli without one:
	// their category).
	Subcategories bool
}

// Effects are the rows of LesionEffects, by task, control and category in the
// order of the stimuli. The last row of each task and control, "faces less the
// others", is the score of the contrast's own categories less that of the
// rest: whether the lesion hurts these more. (Rows of one category with a
// score that has other units, like a logit, compare badly with each other.)
type Effects struct {
	Rows     []analysis.LesionEffect
	Warnings []error

	draws [][]float64 // per row
}

// Draws returns the score of each random lesion of row i, which a table leaves
// out.
func (e *Effects) Draws(i int) []float64 { return slices.Clone(e.draws[i]) }

// Hurt lists the categories whose score the lesion lowers more than random
// ones do, Q ≤ level, the most hurt first: by how far Lesioned lies below
// Random, in standard deviations of the draws.
func (e *Effects) Hurt(level float64) []analysis.LesionEffect {
	var at []int
	for i, r := range e.Rows {
		if !r.Contrast && r.Q <= level && r.Lesioned < r.Random {
			at = append(at, i)
		}
	}
	below := func(i int) float64 { // +Inf if all draws are the same
		return (e.Rows[i].Random - e.Rows[i].Lesioned) / stat.StdDev(e.draws[i], nil)
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(below(b), below(a)) })
	var out []analysis.LesionEffect
	for _, i := range at {
		out = append(out, e.Rows[i])
	}
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
	at := e
	at.Layer, at.MeanOver = "", analysis.Stimuli{}
	return at.MeasureAt(ctx, m, s, Lesion{Layer: e.Layer, FROI: f, MeanOver: e.MeanOver})
}

// MeasureAt is Measure for lesions of several layers, all at once, as LesionedAt
// makes them: a category may be dealt with in many layers, and what one of them
// has lost, a shortcut past it still carries. A random lesion is drawn layer by
// layer, from each as many units as its fROI has there. The order of the
// lesions makes no difference. Means are those of m before any of the lesions.
//
// It fails like Measure, if two lesions are of one layer, and if Layer or
// MeanOver are set, which the lesions say here.
func (e LesionEffects) MeasureAt(ctx context.Context, m *Model, s analysis.Stimuli, lesions ...Lesion) (*Effects, error) {
	if e.Layer != "" || e.MeanOver.Len() > 0 {
		return nil, m.wrap(errors.New("MeasureAt has layers and means from its lesions; leave the fields Layer and MeanOver of LesionEffects empty"))
	}
	outer := ctx
	ctx = analysis.WithProgress(ctx, func(int, int) {}) // of the images
	b, err := e.begin(ctx, m, lesions, s)
	if err != nil {
		return nil, err
	}
	defer b.close()
	if b.intact, err = b.answer(ctx, nil); err != nil {
		return nil, err
	}
	before, err := b.scores(b.intact)
	if err != nil {
		return nil, m.wrap(err)
	}
	var own [][]int
	for _, l := range b.lesions {
		own = append(own, l.FROI.Channels())
	}
	after, err := b.lesion(ctx, own)
	if err != nil {
		return nil, err
	}
	out := &Effects{Warnings: b.warnings}
	total, done := 2+len(b.controls)*b.draws, 2
	draws := make([][][]float64, len(b.controls)) // by control, draw, score
	for k, c := range b.controls {
		var drawn [][][]int
		for i := range b.draws {
			units, err := b.draw(c, e.Seed, i)
			if err != nil {
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
		out.Warnings = append(out.Warnings, b.doubts(c, drawn)...)
	}
	for t, task := range b.tasks {
		for k, c := range b.controls {
			at := t * len(b.names)
			b.rows(out, task, c, before[at:], after[at:], draws[k], at)
		}
	}
	return out, nil
}
