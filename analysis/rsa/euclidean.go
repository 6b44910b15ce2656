package rsa

import (
	"context"
	"errors"
	"fmt"

	"fusiform/analysis"
)

// Euclidean returns the squared Euclidean distances of the n stimuli of r per
// channel, over its c channels:
//
//	D[i,j] = Σₖ (r[i,k] − r[j,k])² / c
//
// It is what rsatoolbox calls 'euclidean'. Unlike 1 − r it sees how strong a
// response is, and needs no variance within a pattern: one channel and
// constant patterns are fine. The diagonal is 0. Distances below about 1e-15
// of the patterns' squared length are rounding.
//
// It fails with fewer than two stimuli, with analysis.ErrDead if no channel
// varies over stimuli, and if a distance overflows. Warnings are those of New.
func Euclidean(r *analysis.Responses) (*RDM, error) {
	return distances(context.Background(), r, nil, EuclideanDistance)
}

// Mahalanobis returns the squared distances of the n stimuli of r in units of
// the noise, per channel: with Σ the noise's covariance,
//
//	D[i,j] = (r[i,:] − r[j,:]) Σ⁻¹ (r[i,:] − r[j,:])ᵀ / c
//
// It is what rsatoolbox calls 'mahalanobis'. Noise in r makes every distance
// larger than it is (by about 2, if r has the noise of Σ); see Crossnobis.
//
// It fails without noise, with an *analysis.AlignmentError if the noise is of
// another number of channels, and like Euclidean.
func Mahalanobis(ctx context.Context, r *analysis.Responses, noise *Noise) (*RDM, error) {
	if noise == nil {
		return nil, fmt.Errorf("rsa: Mahalanobis distances of %q need its noise (Covariance); without it they are Euclidean", r.Source())
	}
	if err := noise.fits(r); err != nil {
		return nil, err
	}
	return distances(ctx, r, noise, MahalanobisDistance)
}

func distances(ctx context.Context, r *analysis.Responses, noise *Noise, kind *Distance) (*RDM, error) {
	n, c := r.Dims()
	if n < 2 {
		return nil, fmt.Errorf("rsa: %q answered %d stimulus; an RDM needs at least 2", r.Source(), n)
	}
	out := &RDM{Source: r.Source(), Stimuli: r.Stimuli(), Distance: kind}
	if noise != nil {
		out.Warnings = append(out.Warnings, noise.Warnings...)
	}
	warnings, err := lively(r)
	if err != nil {
		return nil, err
	}
	out.Warnings = append(out.Warnings, warnings...)
	out.Values, err = gram{
		n: n, c: c, weights: []float64{1}, noise: noise, centre: true,
		fill: func(to [][]float64, i, lo, hi int) { copy(to[0], r.Row(i)[lo:hi]) },
	}.distances(ctx, kind.Signed)
	if err != nil {
		return nil, out.named(err)
	}
	return out, nil
}

// lively refuses responses of which no channel varies, and warns of those that
// do not and of few channels.
func lively(r *analysis.Responses) ([]error, error) {
	n, c := r.Dims()
	dead := still(r)
	if dead == c {
		return nil, fmt.Errorf("rsa: %w: each of the %d channels of %q gives all %d stimuli the same response, so all patterns are one", analysis.ErrDead, c, r.Source(), n)
	}
	var warnings []error
	if dead > 0 {
		warnings = append(warnings, fmt.Errorf("%s: %d of %d channels give every stimulus the same response; they are kept as part of the pattern", r.Source(), dead, c))
	}
	if c < fewChannels {
		warnings = append(warnings, fmt.Errorf("%s: dissimilarities over %d channels are unreliable: need >= %d", r.Source(), c, fewChannels))
	}
	return warnings, nil
}

// still counts the channels that give every stimulus the same response. Only
// those that did so far are looked at, so the first rows settle it.
func still(r *analysis.Responses) int {
	n, c := r.Dims()
	first := r.Row(0)
	left := make([]int, c)
	for j := range left {
		left[j] = j
	}
	for i := 1; i < n && len(left) > 0; i++ {
		row, keep := r.Row(i), left[:0]
		for _, j := range left {
			if row[j] == first[j] {
				keep = append(keep, j)
			}
		}
		left = keep
	}
	return len(left)
}

// named gives the error of a cell the names of its stimuli.
func (d *RDM) named(err error) error {
	var cell *cellError
	if errors.As(err, &cell) {
		return fmt.Errorf("rsa: the %s of %q between %q and %q is %v; is the scale of the responses extreme?",
			d.Kind(), d.Source, d.Stimuli.At(cell.i).ID, d.Stimuli.At(cell.j).ID, cell.value)
	}
	return err
}
