package rsa

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// Crossnobis makes cross-validated distances, which noise does not make
// larger. The zero value weighs all channels alike: cross-validated squared
// Euclidean distances.
type Crossnobis struct {
	// Noise weighs the channels by its precision; nil: all alike.
	Noise *Noise

	// Each is the noise of each run in its turn, where runs differ in it; a
	// pair of runs is weighed by the precision of the mean of their two
	// covariances. Noise is nil then.
	Each []*Noise
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
// conditions average each run first (Responses.Averaged). All are of one
// source, which is the RDM's: those of one person, not of several. The runs must
// not share noise: a GLM's betas of one run do. K·n²·c multiplications; blocks of
// channels, so the memory is that of the result and, with shrunk noise of r
// residuals, K·n·r numbers.
//
// With Each every pair of runs is gone through with noise of its own, K−1 times
// the work.
//
// It fails with fewer than two runs or stimuli, with an
// *analysis.AlignmentError if the runs differ in source, in stimuli or in the
// number of channels or the noise has another number, with analysis.ErrCircular
// if two runs are the same, with analysis.ErrDead if no channel varies in some
// run, if the work would take more than 4 GiB beside its inputs, and with ctx's
// error. Warnings are those of the noise, name runs of which some stimuli are
// the same, and count what Euclidean counts in the first run.
//
// Walther et al. (2016), doi:10.1016/j.neuroimage.2015.12.012.
func (x Crossnobis) RDM(ctx context.Context, runs []*analysis.Responses) (*RDM, error) {
	rows, err := folds(runs)
	if err != nil {
		return nil, err
	}
	out := &RDM{Source: runs[0].Source(), Stimuli: runs[0].Stimuli(), Distance: CrossEuclideanDistance}
	noises, err := x.noises(runs)
	if err != nil {
		return nil, err
	}
	alike, err := copies(rows, out.Stimuli)
	if err != nil {
		return nil, out.named(err)
	}
	out.Warnings = append(out.Warnings, alike...)
	for _, noise := range noises {
		out.Distance = CrossnobisDistance
		out.Warnings = append(out.Warnings, noise.Warnings...)
	}
	for k, r := range runs {
		warnings, err := lively(r)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			out.Warnings = append(out.Warnings, warnings...)
		}
	}
	if x.Each != nil {
		out.Values, err = pairwiseNoise(ctx, rows, x.Each)
	} else {
		out.Values, err = crossed(ctx, rows, x.Noise)
	}
	if err != nil {
		return nil, out.named(err)
	}
	return out, nil
}

// noises returns all noise that there is, checked.
func (x Crossnobis) noises(runs []*analysis.Responses) ([]*Noise, error) {
	all := x.Each
	if x.Noise != nil {
		all = []*Noise{x.Noise}
	}
	if x.Each != nil && (x.Noise != nil || len(x.Each) != len(runs)) {
		return nil, fmt.Errorf("rsa: Crossnobis of %d runs has noise for each of %d; give one for each run and no Noise beside, or Noise alone", len(runs), len(x.Each))
	}
	for k, n := range all {
		if n == nil {
			return nil, fmt.Errorf("rsa: Crossnobis has no noise for run %d; give it for each run, or for none", k+1)
		}
		if err := n.fits(runs[k]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// crossed returns the mean distances over all pairs of runs, of which the rows
// are aligned.
func crossed(ctx context.Context, runs [][][]float64, noise *Noise) (*mat.SymDense, error) {
	return gram{
		n: len(runs[0]), c: len(runs[0][0]), weights: pairWeights(len(runs)), noise: noise, centre: true,
		fill: func(to [][]float64, i, lo, hi int) { contrasts(to, runs, i, lo, hi) },
	}.distances(ctx, true)
}

// pairwiseNoise is crossed with noise that depends on the run.
func pairwiseNoise(ctx context.Context, runs [][][]float64, each []*Noise) (*mat.SymDense, error) {
	sum := mat.NewSymDense(len(runs[0]), nil)
	pairs, done := len(runs)*(len(runs)-1)/2, 0
	within := analysis.WithProgress(ctx, func(int, int) {})
	for k := range runs {
		for l := range k {
			analysis.ReportProgress(ctx, done, pairs)
			noise, err := each[l].with(within, each[k])
			if err != nil {
				return nil, err
			}
			d, err := crossed(within, [][][]float64{runs[l], runs[k]}, noise)
			if err != nil {
				return nil, err
			}
			sum.AddSym(sum, d)
			done++
		}
	}
	analysis.ReportProgress(ctx, done, pairs)
	sum.ScaleSym(1/float64(pairs), sum)
	return sum, nil
}

// contrasts writes what the K runs of a stimulus sum to, over √K, and the
// K−1 contrasts of each run with those before it (Helmert), all orthonormal.
// Products of different runs are then products of each of these with itself:
//
//	Σ_{k≠l} x_k·x_l = (K−1)·u₀·u₀ − Σ_{k≥1} u_k·u_k
func contrasts(to [][]float64, runs [][][]float64, i, lo, hi int) {
	sum := to[0]
	copy(sum, runs[0][i][lo:hi])
	for k := 1; k < len(runs); k++ {
		scale := 1 / math.Sqrt(float64(k*(k+1)))
		u, row := to[k], runs[k][i][lo:hi]
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
