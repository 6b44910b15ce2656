package rsa

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// A cellError is a similarity that is not finite.
type cellError struct {
	i, j  int
	value float64
}

func (e *cellError) Error() string { return fmt.Sprintf("cell (%d, %d) is %v", e.i, e.j, e.value) }

// unitRows are rows of c values that are seen centred and scaled to length 1:
// the product of two of them is their Pearson correlation, or their cosine
// where they keep their mean. The values are not copied as a whole.
type unitRows struct {
	n, c         int
	row          func(i int) []float64
	keepsMean    bool
	first        []float64 // brings a row near 1 whose squares would over- or underflow
	mean, factor []float64
}

// centred returns the rows of r without their means.
func centred(r *analysis.Responses) unitRows {
	n, c := r.Dims()
	return unitRows{n: n, c: c, row: r.Row}.measured()
}

// directed returns the rows of r, scaled alone.
func directed(r *analysis.Responses) unitRows {
	n, c := r.Dims()
	return unitRows{n: n, c: c, row: r.Row, keepsMean: true}.measured()
}

// ranked returns the mid-ranks of the rows of r.
func ranked(r *analysis.Responses) unitRows {
	n, c := r.Dims()
	ranks := make([][]float64, n)
	simd.Parallel(n, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			ranks[i] = analysis.Ranks(r.Row(i))
		}
	})
	return unitRows{n: n, c: c, row: func(i int) []float64 { return ranks[i] }}.measured()
}

// measured returns z with the mean and the length of its rows.
func (z unitRows) measured() unitRows {
	z.first, z.mean, z.factor = make([]float64, z.n), make([]float64, z.n), make([]float64, z.n)
	simd.Parallel(z.n, simd.Grain(4*z.c), func(lo, hi int) {
		buf := make([]float64, min(z.c, blockChannels))
		for i := lo; i < hi; i++ {
			x := z.row(i)
			z.first[i] = 1
			ss := z.moments(i, x, buf)
			if !(ss > 1e-200 && ss < 1e200) {
				z.first[i] = 1 / math.Max(slices.Max(x), -slices.Min(x))
				ss = z.moments(i, x, buf)
			}
			z.factor[i] = 1 / math.Sqrt(ss)
		}
	})
	return z
}

// moments sets the mean of row i, x, and returns Σ(x − mean)².
func (z unitRows) moments(i int, x, buf []float64) (ss float64) {
	sum := 0.
	switch f := z.first[i]; {
	case z.keepsMean:
	case f == 1:
		sum = simd.Sum(x)
	default:
		for _, v := range x {
			sum += v * f
		}
	}
	z.mean[i] = sum / float64(z.c)
	for lo := 0; lo < len(x); lo += len(buf) {
		part := x[lo:min(lo+len(buf), len(x))]
		to := buf[:len(part)]
		z.centre(to, i, part)
		ss += simd.SumSquares(to)
	}
	return ss
}

// centre stores x, of row i, without the row's mean.
func (z unitRows) centre(to []float64, i int, x []float64) {
	if z.first[i] != 1 {
		simd.BinaryScalar(simd.Mul, to, x, z.first[i])
		x = to
	}
	simd.BinaryScalar(simd.Sub, to, x, z.mean[i])
}

// correlations returns the n×n correlations of the rows with the diagonal set
// to 1 and rounding beyond ±1 cut off. No sum is split between processors, so
// the result does not depend on their number.
func (z unitRows) correlations() (*mat.SymDense, error) {
	n := z.n
	s, err := gram{
		n: n, c: z.c, weights: []float64{1},
		fill: func(to [][]float64, i, lo, hi int) {
			z.centre(to[0], i, z.row(i)[lo:hi])
			simd.BinaryScalar(simd.Mul, to[0], to[0], z.factor[i])
		},
	}.sum(context.Background())
	if err != nil {
		return nil, err
	}
	raw := s.RawSymmetric()
	for i := range n {
		row := raw.Data[i*raw.Stride : i*raw.Stride+n]
		row[i] = 1
		for j := i + 1; j < n; j++ {
			switch v := row[j]; {
			case v >= -1 && v <= 1:
			case v > 1:
				row[j] = 1
			case v < -1:
				row[j] = -1
			default:
				return nil, &cellError{i, j, v}
			}
		}
	}
	return s, nil
}

// pairwise applies m to every two rows. What m.Func may assume was checked:
// rows are finite, of equal length, and vary.
func pairwise(r *analysis.Responses, m *analysis.Measure) (*mat.SymDense, error) {
	n, _ := r.Dims()
	s := mat.NewSymDense(n, nil)
	for i := 0; i < n; i++ {
		s.SetSym(i, i, m.Max)
		for j := i + 1; j < n; j++ {
			v := m.Func(r.Row(i), r.Row(j))
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, &cellError{i, j, v}
			}
			s.SetSym(i, j, v)
		}
	}
	return s, nil
}
