package ceiling

import (
	"context"
	"errors"
	"math"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// fewStimuli is how many different stimuli a draw must hold to have a value: a
// correlation of two values is ±1, whatever they are. rsatoolbox has the same.
const fewStimuli = 3

// A couple is two vectors of values on the same cells, to be compared in every
// draw.
type couple struct{ x, y []float64 }

// A drawn is what a couple gives in every draw, where it gives anything.
type drawn struct {
	values []float64
	known  []bool
}

// resample compares each couple in each draw of b over the stimuli.
func (a *samples) resample(ctx context.Context, b analysis.Bootstrap, m *analysis.Measure, couples []couple) ([]drawn, error) {
	n := a.stimuli.Len()
	counts, enough := make([][]float64, b.Size()), make([]bool, b.Size())
	if err := b.Each(quiet(ctx), n, func(k int, c []float64) error {
		counts[k], enough[k] = c, different(c) >= fewStimuli
		return nil
	}); err != nil {
		return nil, err
	}
	out := make([]drawn, len(couples))
	for i := range out {
		out[i] = drawn{make([]float64, len(counts)), make([]bool, len(counts))}
	}
	if m == analysis.Pearson {
		return out, a.pearson(ctx, counts, enough, couples, out)
	}
	cells := len(couples[0].x)
	return out, b.Each(ctx, n, func(k int, c []float64) error {
		if !enough[k] {
			return nil
		}
		w := make([]float64, cells)
		a.weights(w, c, 0)
		for i, p := range couples {
			v, err := m.Resampled(p.x, p.y, w)
			if errors.Is(err, analysis.ErrConstant) {
				continue
			}
			if err != nil {
				return err
			}
			out[i].values[k], out[i].known[k] = v, !math.IsNaN(v)
		}
		return nil
	})
}

// quiet is ctx without its reports of progress.
func quiet(ctx context.Context) context.Context {
	return analysis.WithProgress(ctx, func(int, int) {})
}

func different(counts []float64) int {
	n := 0
	for _, c := range counts {
		if c > 0 {
			n++
		}
	}
	return n
}

// cellBlock cells at a time, the weights of 1000 draws are 16 MB.
const cellBlock = 2048

// pearson correlates couples in all draws at once. A weighted correlation
// follows from the weighted sums of x, y, x², y² and xy, and those of all
// couples and draws are one product of the draws' weights with the values:
//
//	r = (Sxy − Sx·Sy/W) / √((Sxx − Sx²/W)(Syy − Sy²/W))
//
// The values are standardised first, so that the differences lose nothing.
func (a *samples) pearson(ctx context.Context, counts [][]float64, enough []bool, couples []couple, out []drawn) error {
	at := map[*float64]int{} // of a vector among the standardised
	var vectors [][]float64
	index := make([][2]int, len(couples))
	for i, p := range couples {
		for k, x := range [2][]float64{p.x, p.y} {
			v, there := at[&x[0]]
			if !there {
				v = len(vectors)
				at[&x[0]] = v
				if analysis.Constant(x) {
					vectors = append(vectors, make([]float64, len(x)))
				} else {
					vectors = append(vectors, analysis.ZScores(x, nil))
				}
			}
			index[i][k] = v
		}
	}
	draws, cells := len(counts), len(couples[0].x)
	rows := 2*len(vectors) + len(couples)
	total, sums := make([]float64, draws), make([]float64, draws*rows)
	w, terms := make([]float64, draws*min(cells, cellBlock)), make([]float64, rows*min(cells, cellBlock))
	for lo := 0; lo < cells; lo += cellBlock {
		if err := ctx.Err(); err != nil {
			return err
		}
		size := min(cellBlock, cells-lo)
		simd.Parallel(draws, 8, func(from, to int) {
			for k := from; k < to; k++ {
				row := w[k*size : (k+1)*size]
				a.weights(row, counts[k], lo)
				total[k] += simd.Sum(row)
			}
		})
		for v, x := range vectors {
			copy(terms[2*v*size:], x[lo:lo+size])
			multiply(terms[(2*v+1)*size:(2*v+2)*size], x[lo:], x[lo:])
		}
		for i, p := range index {
			r := 2*len(vectors) + i
			multiply(terms[r*size:(r+1)*size], vectors[p[0]][lo:], vectors[p[1]][lo:])
		}
		simd.Gemm(false, true, draws, rows, size, 1, w[:draws*size], size, terms[:rows*size], size, 1, sums, rows)
		analysis.ReportProgress(ctx, lo+size, cells)
	}
	for k := range counts {
		s := sums[k*rows : (k+1)*rows]
		for i, p := range index {
			x, y := s[2*p[0]:2*p[0]+2], s[2*p[1]:2*p[1]+2]
			xx, yy := x[1]-x[0]*x[0]/total[k], y[1]-y[0]*y[0]/total[k]
			if !enough[k] || !(xx > constantBelow*total[k]) || !(yy > constantBelow*total[k]) {
				continue
			}
			r := (s[2*len(vectors)+i] - x[0]*y[0]/total[k]) / math.Sqrt(xx*yy)
			out[i].values[k], out[i].known[k] = math.Max(-1, math.Min(1, r)), true
		}
	}
	return nil
}

// constantBelow is the share of a vector's variance that is rounding.
const constantBelow = 1e-13

func multiply(dst, x, y []float64) {
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}
