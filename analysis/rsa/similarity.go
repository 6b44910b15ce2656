package rsa

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A cellError is a similarity that is not finite.
type cellError struct {
	i, j  int
	value float64
}

func (e *cellError) Error() string { return fmt.Sprintf("cell (%d, %d) is %v", e.i, e.j, e.value) }

// unitRows returns the n×c rows of r after f, centred and scaled to length 1:
// the product of two of them is their Pearson correlation.
func unitRows(r *analysis.Responses, f func([]float64) []float64) blas64.General {
	n, c := r.Dims()
	z := blas64.General{Rows: n, Cols: c, Stride: c, Data: make([]float64, n*c)}
	parallel(n, func(i int) {
		row := z.Data[i*c : (i+1)*c]
		copy(row, f(r.Row(i)))
		unit(row)
	})
	return z
}

func same(x []float64) []float64 { return x }

// unit centres x and scales it to length 1 in place. Squares of values beyond
// 1e±100 would overflow or vanish, so such a row is brought to 1 first.
func unit(x []float64) {
	top := math.Max(slices.Max(x), -slices.Min(x))
	if top > 1e100 || top < 1e-100 {
		for i := range x {
			x[i] /= top
		}
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	m, ss := sum/float64(len(x)), 0.0
	for i := range x {
		x[i] -= m
		ss += x[i] * x[i]
	}
	length := math.Sqrt(ss)
	for i := range x {
		x[i] /= length
	}
}

// block is the side of the tiles that correlations computes one by one:
// 128 rows of 4096 channels are 4 MB, which a second-level cache or a core's
// share of the third holds.
const block = 128

// correlations returns z zᵀ with the diagonal set to 1 and rounding beyond ±1
// cut off. Only tiles on and above the diagonal are computed; they run in
// parallel, and no sum is split between them, so the result does not depend on
// the number of processors.
func correlations(z blas64.General) (*mat.SymDense, error) {
	n := z.Rows
	s := mat.NewSymDense(n, nil)
	raw := s.RawSymmetric()
	rows := func(i int) blas64.General {
		return blas64.General{Rows: min(block, n-i), Cols: z.Cols, Stride: z.Stride, Data: z.Data[i*z.Stride:]}
	}
	var tiles [][2]int
	for i := 0; i < n; i += block {
		for j := i; j < n; j += block {
			tiles = append(tiles, [2]int{i, j})
		}
	}
	parallel(len(tiles), func(k int) {
		i, j := tiles[k][0], tiles[k][1]
		a, b := rows(i), rows(j)
		// A SymDense reads its upper triangle alone, so a tile on the
		// diagonal may write both.
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, a, b, 0,
			blas64.General{Rows: a.Rows, Cols: b.Rows, Stride: raw.Stride, Data: raw.Data[i*raw.Stride+j:]})
	})
	for i := 0; i < n; i++ {
		row := raw.Data[i*raw.Stride : i*raw.Stride+n]
		for j := i + 1; j < n; j++ {
			if math.IsNaN(row[j]) {
				return nil, &cellError{i, j, row[j]}
			}
			row[j] = math.Max(-1, math.Min(1, row[j]))
		}
		row[i] = 1
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

// parallel calls f(0) … f(n−1), as many at a time as there are processors.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
