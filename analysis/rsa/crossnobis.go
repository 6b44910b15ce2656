package rsa

import (
	"context"
	"fmt"
	"math"

	"fusiform/analysis"
)

// Crossnobis makes cross-validated distances, which noise does not make
// larger. The zero value weighs all channels alike: cross-validated squared
// Euclidean distances.
type Crossnobis struct {
	// Noise weighs the channels by its precision; nil: all alike.
	Noise *Noise
}

// RDM returns the distances of n stimuli that were measured in K ≥ 2 runs,
// over c channels:
//
//	D[i,j] = 1/(K(K−1)) Σ_{k≠l} (x_k[i,:] − x_k[j,:]) Σ⁻¹ (x_l[i,:] − x_l[j,:])ᵀ / c
//
// the mean over all pairs of runs, which is that of each run with the mean of
// the others, and what rsatoolbox calls 'crossnobis'. The noise of different
// runs is independent, so its products cancel: the expected distance of two
// stimuli that are answered alike is 0, and half of such distances are below
// it. They are kept.
//
// Runs are aligned by stimulus ID to the first; with trials rather than
// conditions average each run first (Responses.Averaged). The runs must not
// share noise: a GLM's betas of one run do. K·n²·c multiplications; blocks of
// channels, so the memory is that of the result and, with shrunk noise of r
// residuals, K·n·r numbers.
//
// It fails with fewer than two runs or stimuli, with an
// *analysis.AlignmentError if the runs differ in stimuli or in the number of
// channels or the noise has another number, with analysis.ErrDead if no
// channel varies in some run, if the work would take more than 4 GiB beside
// its inputs, and with ctx's error. Warnings are those of the noise, and count
// what Euclidean counts in the first run.
//
// Walther et al. (2016), doi:10.1016/j.neuroimage.2015.12.012.
func (x Crossnobis) RDM(ctx context.Context, runs []*analysis.Responses) (*RDM, error) {
	aligned, err := folds(runs)
	if err != nil {
		return nil, err
	}
	first := aligned[0]
	n, c := first.Dims()
	names := make([]string, len(runs))
	out := &RDM{Stimuli: first.Stimuli(), Distance: CrossEuclideanDistance}
	if x.Noise != nil {
		if err := x.Noise.fits(first); err != nil {
			return nil, err
		}
		out.Distance = CrossnobisDistance
		out.Warnings = append(out.Warnings, x.Noise.Warnings...)
	}
	for k, r := range aligned {
		names[k] = r.Source()
		warnings, err := lively(r)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			out.Warnings = append(out.Warnings, warnings...)
		}
	}
	out.Source = sourceOf(names)
	out.Values, err = gram{
		n: n, c: c, weights: pairWeights(len(runs)), noise: x.Noise, centre: true,
		fill: func(to [][]float64, i, lo, hi int) { contrasts(to, aligned, i, lo, hi) },
	}.distances(ctx, true)
	if err != nil {
		return nil, out.named(err)
	}
	return out, nil
}

// folds returns the runs in the order of the first one's stimuli.
func folds(runs []*analysis.Responses) ([]*analysis.Responses, error) {
	if len(runs) < 2 {
		return nil, fmt.Errorf("rsa: cross-validation over %d run; it needs at least 2: split the trials by run, or take Mahalanobis, which noise makes larger", len(runs))
	}
	first := runs[0]
	n, c := first.Dims()
	if n < 2 {
		return nil, fmt.Errorf("rsa: %q answered %d stimulus; an RDM needs at least 2", first.Source(), n)
	}
	out := make([]*analysis.Responses, len(runs))
	for k, r := range runs {
		if _, channels := r.Dims(); channels != c {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("run %d (%q) has %d channels, run 1 (%q) has %d", k+1, r.Source(), channels, first.Source(), c)}
		}
		a, err := r.On(first.Stimuli())
		if err == nil && r.Stimuli().Len() != n {
			_, err = r.Stimuli().In(first.Stimuli(), fmt.Sprintf("run 1 (%q)", first.Source()))
		}
		if err != nil {
			return nil, fmt.Errorf("rsa: run %d (%q) and run 1 have different stimuli; take all runs On those that they share: %w", k+1, r.Source(), err)
		}
		out[k] = a
	}
	return out, nil
}

// contrasts writes what the K runs of a stimulus sum to, over √K, and the
// K−1 contrasts of each run with those before it (Helmert), all orthonormal.
// Products of different runs are then products of each of these with itself:
//
//	Σ_{k≠l} x_k·x_l = (K−1)·u₀·u₀ − Σ_{k≥1} u_k·u_k
func contrasts(to [][]float64, runs []*analysis.Responses, i, lo, hi int) {
	sum := to[0]
	copy(sum, runs[0].Row(i)[lo:hi])
	for k := 1; k < len(runs); k++ {
		scale := 1 / math.Sqrt(float64(k*(k+1)))
		u, row := to[k], runs[k].Row(i)[lo:hi]
		for j, v := range row {
			u[j] = (sum[j] - float64(k)*v) * scale
			sum[j] += v
		}
	}
	scale := 1 / math.Sqrt(float64(len(runs)))
	for j := range sum {
		sum[j] *= scale
	}
}

// pairWeights are the factors of contrasts in the mean over pairs of runs.
func pairWeights(k int) []float64 {
	w := make([]float64, k)
	w[0] = 1 / float64(k)
	for i := 1; i < k; i++ {
		w[i] = -1 / float64(k*(k-1))
	}
	return w
}
