package ceiling

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// ChannelsOverStimuli returns the ceiling that OfChannels makes of
// Splits.Channels, the median over channels of √reliability, with the 95 %
// interval that holds for other stimuli of the same kind. Of 1000 simulated
// people with 40 or 100 stimuli and 60 channels it holds the truth in 97 to 99 of
// 100: the draws of a median lie more steadily about the truth than the median
// itself.
//
// For Pearson all draws are products of matrices, 10 operations per stimulus,
// channel, draw and division; another measure is computed draw by draw and
// channel by channel. Memory is 8 bytes per draw and channel, and little more:
// channels come in blocks.
//
// It fails like Splits.Channels, with fewer than three stimuli, and with ctx. A
// Warning that is ErrUnreliable counts channels without reliability.
func ChannelsOverStimuli(ctx context.Context, b analysis.Bootstrap, s Splits, repeats []*analysis.Responses, m *analysis.Measure) (analysis.Estimate, error) {
	rel, err := s.Channels(repeats, m)
	if err != nil {
		return analysis.Estimate{}, err
	}
	is, err := OfChannels(rel, m)
	if err != nil {
		return analysis.Estimate{}, err
	}
	x, orders, err := s.of(repeats)
	if err != nil {
		return analysis.Estimate{}, err
	}
	n := len(x.of) - len(x.once())
	if err := enoughStimuli(n); err != nil {
		return analysis.Estimate{}, err
	}
	counts := make([][]float64, b.Size())
	if err := b.Each(quiet(ctx), n, func(k int, c []float64) error { counts[k] = c; return nil }); err != nil {
		return analysis.Estimate{}, err
	}
	bounds := mat.NewDense(len(counts), x.channels, nil)
	for lo := 0; lo < x.channels; lo += channelBlock {
		hi := min(lo+channelBlock, x.channels)
		part := bounds.Slice(0, len(counts), lo, hi).(*mat.Dense)
		var d division
		for _, order := range orders {
			if err := ctx.Err(); err != nil {
				return analysis.Estimate{}, err
			}
			if d, err = x.columns(lo, hi).divide(order); err != nil {
				return analysis.Estimate{}, err
			}
			if m == analysis.Pearson {
				d.standardise()
				d.pearson(part, counts)
			} else if err := d.resampled(part, counts, m); err != nil {
				return analysis.Estimate{}, err
			}
		}
		for k := range counts {
			for j, r := range part.RawRowView(k) {
				part.Set(k, j, math.Sqrt(d.whole(r/float64(len(orders)))))
			}
		}
		analysis.ReportProgress(ctx, hi, x.channels)
	}
	all := make([]float64, len(counts))
	simd.Parallel(len(all), 1, func(from, to int) {
		for k := from; k < to; k++ {
			all[k] = analysis.Median(bounds.RawRowView(k))
		}
	})
	var draws []float64
	for k, v := range all {
		if different(counts[k]) >= fewStimuli {
			draws = append(draws, v)
		}
	}
	e, err := b.Summary(is.Lo, draws, n)
	if err != nil {
		return e, fmt.Errorf("ceiling: the channels of %s: %w", x.source, err)
	}
	e.Warnings = append(slices.Clone(is.Warnings), e.Warnings...)
	return e, nil
}

// standardise brings each channel of the halves to mean 0 and standard
// deviation 1; one that does not vary becomes 0.
func (d *division) standardise() {
	for k, h := range d.halves {
		n, c := h.Dims()
		v := mat.DenseCopyOf(h.Matrix())
		sum, squares := make([]float64, c), make([]float64, c)
		for i := range n {
			simd.Moments(sum, squares, h.Row(i), h.Row(0))
		}
		dead := h.Dead()
		for i := range n {
			row := v.RawRowView(i)
			for j := range row {
				m := sum[j] / float64(n)
				row[j] = (row[j] - h.Row(0)[j] - m) / math.Sqrt(squares[j]/float64(n)-m*m)
				if dead[j] || math.IsNaN(row[j]) || math.IsInf(row[j], 0) {
					row[j] = 0
				}
			}
		}
		d.halves[k], _ = analysis.NewResponses(h.Source(), h.Stimuli(), v) // finite
	}
}

// channelBlock channels with their five terms of 1000 stimuli are 10 MB.
const channelBlock = 256

// pearson adds the correlation of each channel's halves in each draw to sums.
// The weighted sums of x, y, x², y² and xy of all channels are one product; see
// samples.pearson.
func (d *division) pearson(sums *mat.Dense, counts [][]float64) {
	n, c := d.halves[0].Dims()
	w := make([]float64, 0, len(counts)*n)
	for _, k := range counts {
		w = append(w, k...)
	}
	terms, got := make([]float64, n*5*c), make([]float64, len(counts)*5*c)
	for i := range n {
		t := terms[5*c*i : 5*c*(i+1)]
		x, y := d.halves[0].Row(i), d.halves[1].Row(i)
		copy(t, x)
		copy(t[c:], y)
		multiply(t[2*c:3*c], x, x)
		multiply(t[3*c:4*c], y, y)
		multiply(t[4*c:], x, y)
	}
	simd.Gemm(false, false, len(counts), 5*c, n, 1, w, n, terms, 5*c, 0, got, 5*c)
	total := float64(n)
	for k := range counts {
		s, row := got[5*c*k:5*c*(k+1)], sums.RawRowView(k)
		for j := range row {
			x, y := s[j], s[c+j]
			xx, yy := s[2*c+j]-x*x/total, s[3*c+j]-y*y/total
			if xx > constantBelow*total && yy > constantBelow*total {
				row[j] += math.Max(-1, math.Min(1, (s[4*c+j]-x*y/total)/math.Sqrt(xx*yy)))
			}
		}
	}
}

// resampled is pearson for another measure.
func (d *division) resampled(sums *mat.Dense, counts [][]float64, m *analysis.Measure) error {
	n, c := d.halves[0].Dims()
	errs := make([]error, c)
	simd.Parallel(c, 1, func(lo, hi int) {
		x, y := make([]float64, n), make([]float64, n)
		for j := lo; j < hi; j++ {
			for i := range x {
				x[i], y[i] = d.halves[0].Row(i)[j], d.halves[1].Row(i)[j]
			}
			for k, w := range counts {
				r, err := m.Resampled(x, y, w)
				if err == nil {
					sums.Set(k, j, sums.At(k, j)+r)
				} else if !errors.Is(err, analysis.ErrConstant) {
					errs[j] = err
				}
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("ceiling: %w", err)
		}
	}
	return nil
}
