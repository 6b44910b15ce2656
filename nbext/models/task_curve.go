package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
)

// Curve is Measure for a lesion that grows: of the units of f, the most
// selective first (by FROI.Stat), such shares, 0 < share ≤ 1; none given means
// an eighth, a quarter, a half and all. Shares that come to the same number of
// units count once, and each is at least one unit. The rows of the smallest
// lesion come first; plots.LesionCurve draws them. A score that falls in
// proportion says that many units do a little each, one that falls at once that
// few do much.
//
// It fails like Measure, if a share is out of range, and if f has no statistic
// for its units.
func (e LesionEffects) Curve(ctx context.Context, m *Model, f *analysis.FROI, s analysis.Stimuli, shares ...float64) (*Effects, error) {
	if f == nil {
		return nil, m.wrap(errors.New("no fROI to lesion"))
	}
	sizes, err := lesionSizes(f, shares)
	if err != nil {
		return nil, m.wrap(err)
	}
	units := f.Channels()
	slices.SortStableFunc(units, func(a, b int) int { return cmp.Compare(f.Stat[b], f.Stat[a]) })
	out := &Effects{}
	for k, n := range sizes {
		part := *f
		part.Keep = make([]bool, len(f.Keep))
		for _, u := range units[:n] {
			part.Keep[u] = true
		}
		each := analysis.WithProgress(ctx, func(done, total int) { analysis.ReportProgress(ctx, k*total+done, len(sizes)*total) })
		one, err := e.Measure(each, m, &part, s)
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, one.Rows...)
		out.draws = append(out.draws, one.draws...)
		out.Warnings = append(out.Warnings, one.Warnings...)
	}
	out.Warnings = analysis.Fold(out.Warnings)
	return out, nil
}

// lesionSizes turns shares of f's units into numbers of units, rising.
func lesionSizes(f *analysis.FROI, shares []float64) ([]int, error) {
	n := f.Count()
	if n == 0 {
		return nil, fmt.Errorf("%w: fROI %q of %q has no units to lesion", analysis.ErrEmpty, f.Contrast.Name, f.Source)
	}
	if len(f.Stat) != len(f.Keep) {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("models: fROI %q of %q has %d statistics for %d units; the most selective are lesioned first, so it takes a fROI that a localizer made", f.Contrast.Name, f.Source, len(f.Stat), len(f.Keep))}
	}
	if len(shares) == 0 {
		shares = []float64{.125, .25, .5, 1}
	}
	var out []int
	for _, v := range shares {
		if !(v > 0 && v <= 1) {
			return nil, fmt.Errorf("a lesion of %v of the units; a share is above 0 and at most 1", v)
		}
		out = append(out, max(1, int(math.Round(v*float64(n)))))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
