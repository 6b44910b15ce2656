package models

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"fusiform/analysis"
)

// Individuating finds the units of a layer that tell the images of a set apart,
// whatever the image is seen like: the counterpart of a category localizer
// within one category. For every unit, over n images in v views,
//
//	F = v·s²(means of the images) / (mean of the images' s² over views)
//
// with n−1 and n·(v−1) degrees of freedom, a one-way analysis of variance. The
// fROI holds the units with the largest F. P and Q are those of F, which
// takes the views for a random sample; they order units and prove little.
//
// Units that prefer faces need not be those that know one face from another:
// of face_resnet's last map, 4 of 37 are both. In people, too, Kriegeskorte et
// al. (2007), doi:10.1073/pnas.0705654104, find faces told apart in anterior
// temporal cortex, not in the FFA.
type Individuating struct {
	Layer string
	Units int    // how many
	Views []View // nil means Views: six images of each, with the image itself
}

// Localize shows m all views of s. The fROI is defined on s.
//
// It fails with analysis.ErrDead if fewer units than asked for vary, if there
// are fewer than two images, and like Responses.
func (l Individuating) Localize(ctx context.Context, m *Model, s analysis.Stimuli) (*analysis.FROI, error) {
	views := l.Views
	if views == nil {
		views = Views
	}
	n, v := s.Len(), len(views)+1
	switch {
	case n < 2 || v < 2:
		return nil, m.wrap(fmt.Errorf("%d images in %d views; it takes two of each to see what tells images apart", n, v))
	case l.Units < 1:
		return nil, m.wrap(errors.New("the field Units says how many units to keep, at least 1"))
	}
	all, err := viewed(s, views)
	if err != nil {
		return nil, m.wrap(err)
	}
	r, err := m.Responses(ctx, l.Layer, all)
	if err != nil {
		return nil, err
	}
	_, c := r.Dims()
	f := &analysis.FROI{Source: r.Source(), Contrast: analysis.Contrast{Name: "individuating", Prefer: s.Categories()},
		Rule: fmt.Sprintf("the %d largest F over %d images in %d views", l.Units, n, v),
		Keep: make([]bool, c), Stat: make([]float64, c), P: make([]float64, c), DefinedOn: s}
	dist := distuv.F{D1: float64(n - 1), D2: float64(n * (v - 1))}
	means, x := make([]float64, n), make([]float64, v)
	var living []int
	for j := range c {
		within := 0.
		for i := range n {
			for k := range v {
				x[k] = r.Row(k*n + i)[j]
			}
			mean, s2 := stat.MeanVariance(x, nil)
			means[i], within = mean, within+s2/float64(n)
		}
		f.P[j] = 1
		if within == 0 { // the same for every view: dead, or of no use to compare
			f.Dead++
			continue
		}
		f.Stat[j] = float64(v) * stat.Variance(means, nil) / within
		f.P[j] = dist.Survival(f.Stat[j])
		living = append(living, j)
	}
	if len(living) < l.Units {
		return nil, m.wrap(fmt.Errorf("%w: %d of the %d units of %q vary, %d are to be found", analysis.ErrDead, len(living), c, l.Layer, l.Units))
	}
	f.Q = analysis.BenjaminiHochberg(f.P)
	slices.SortStableFunc(living, func(a, b int) int {
		switch {
		case f.Stat[a] > f.Stat[b]:
			return -1
		case f.Stat[a] < f.Stat[b]:
			return 1
		}
		return a - b
	})
	for _, j := range living[:l.Units] {
		f.Keep[j] = true
	}
	return f, nil
}
