package rsa

import (
	"fmt"
	"math"
	"sync"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// WhitenedCosine is the cosine of two RDMs after their cells were whitened:
//
//	cos = aᵀV⁻¹b / √(aᵀV⁻¹a · bᵀV⁻¹b)
//
// Two cells that share a stimulus share its noise. V is the covariance of the
// noise of squared distances that this gives if noise is alike in all stimuli
// and independent between them: 4 for a cell with itself, 1 for two cells of
// one common stimulus, 0 for others. It is for distances with a true zero, best
// cross-validated ones; it changes when a constant is added. Diedrichsen et al.
// (2021), doi:10.51628/001c.27664.
//
// It takes the n(n−1)/2 cells of Upper; another number of values is an error.
// V has n⁴/4 cells and is never made: up to a factor, the product with V⁻¹ is
// that of the doubly centred n×n matrices of −a/2 and −b/2, so the cosine is
// the linear CKA of what the RDMs are of; n² steps. Zeros alone have none.
//
// Cells, which V ties together, cannot be drawn one by one. Weighted takes the
// counts of a draw of stimuli, in which a cell stands as often as the product
// of its stimuli's counts says. The cells between copies of one stimulus are
// missing then, and are left out of V: n² steps, as rsatoolbox has it.
//
// It has no interval. People are pooled after division by their root mean
// square, as rsatoolbox does; a norm with V⁻¹ would be a little better.
var WhitenedCosine = &analysis.Measure{
	Name: "whitened cosine", Symbol: "whitened cos", Min: -1, Max: 1,
	Cite:  "Diedrichsen et al. (2021), doi:10.51628/001c.27664",
	Func:  func(x, y []float64) float64 { return whitenedAgainst(false)(x)(y) },
	Check: func(x, w []float64) error { return checkWhitened(x, w, false) },

	Against:   whitenedAgainst(false),
	Weighted:  func(x, y, w []float64) float64 { return whitenedDraw(x, y, w, false) },
	Normalize: analysis.UnitMeanSquare,
}

// WhitenedPearson is WhitenedCosine of two RDMs whose mean cell was taken off
// before, so that a constant added to one, such as the bias of distances that
// were not cross-validated, does not count. RDMs whose cells are all equal have
// none. People are pooled by z-scores. Diedrichsen et al. (2021),
// doi:10.51628/001c.27664.
var WhitenedPearson = &analysis.Measure{
	Name: "whitened Pearson r", Symbol: "whitened r", Min: -1, Max: 1,
	Cite:  "Diedrichsen et al. (2021), doi:10.51628/001c.27664",
	Func:  func(x, y []float64) float64 { return whitenedAgainst(true)(x)(y) },
	Check: func(x, w []float64) error { return checkWhitened(x, w, true) },

	Against:   whitenedAgainst(true),
	Weighted:  func(x, y, w []float64) float64 { return whitenedDraw(x, y, w, true) },
	Normalize: analysis.ZScores,
}

// stimuliOf returns of how many stimuli an RDM has so many cells, or the
// largest number that has fewer.
func stimuliOf(cells int) int {
	n := int((1 + math.Sqrt(1+8*float64(cells))) / 2)
	for n*(n-1)/2 > cells {
		n--
	}
	return n
}

func checkWhitened(x, w []float64, centred bool) error {
	n := stimuliOf(len(x))
	if n < 2 || n*(n-1)/2 != len(x) {
		return fmt.Errorf("%d values are not the cells of an RDM above its diagonal; %d stimuli have %d, %d have %d", len(x), n, n*(n-1)/2, n+1, (n+1)*n/2)
	}
	if w != nil {
		if err := checkDrawn(w, n); err != nil {
			return err
		}
	}
	first := -1
	for k, v := range x {
		switch {
		case w != nil && w[k] == 0:
		case !centred && v != 0:
			return nil
		case centred && first >= 0 && v != x[first]:
			return nil
		case first < 0:
			first = k
		}
	}
	if centred {
		return fmt.Errorf("%w: all %d cells are %v", analysis.ErrConstant, len(x), x[max(first, 0)])
	}
	return fmt.Errorf("%w: all %d cells are 0 and point nowhere", analysis.ErrConstant, len(x))
}

// A whitener holds an RDM whose cells are uncorrelated: doubly centred, with
// the diagonal, which centring makes.
type whitener struct{ cells, diagonal []float64 }

var whiteners = sync.Pool{New: func() any { return new(whitener) }}

func whitenedAgainst(centred bool) func(x []float64) func(y []float64) float64 {
	return func(x []float64) func(y []float64) float64 {
		a := new(whitener)
		la := a.set(x, centred)
		return func(y []float64) float64 {
			if len(x) != len(y) || la == 0 {
				return math.NaN()
			}
			b := whiteners.Get().(*whitener)
			defer whiteners.Put(b)
			lb := b.set(y, centred)
			r := a.dot(b) / (la * lb)
			return math.Max(-1, math.Min(1, r))
		}
	}
}

// set makes w that of x, less its mean if centred, and returns its length; 0
// where x is not of whole stimuli.
//
// With x₀ᵢ the mean of row i, its 0 on the diagonal included, and x₀ the mean
// of these, cell i, j is x[i,j] − x₀ᵢ − x₀ⱼ + x₀.
func (w *whitener) set(x []float64, centred bool) (length float64) {
	n := stimuliOf(len(x))
	if n < 2 || n*(n-1)/2 != len(x) {
		return 0
	}
	w.cells, w.diagonal = room(w.cells, len(x)), room(w.diagonal, n)
	f, mean := tame(x), 0.0
	if f != 1 {
		simd.BinaryScalar(simd.Mul, w.cells, x, f)
		x = w.cells
	}
	if centred {
		mean = simd.Sum(x) / float64(len(x))
	}
	simd.BinaryScalar(simd.Sub, w.cells, x, mean)
	sums := w.diagonal
	clear(sums)
	for i, at := 0, 0; i < n-1; i++ {
		row := w.cells[at : at+n-1-i]
		below := sums[i+1:]
		sums[i] += simd.Sum(row)
		simd.Binary(simd.Add, below, below, row)
		at += len(row)
	}
	all := simd.Sum(sums) / float64(n*n)
	for i := range sums {
		sums[i] /= float64(n)
	}
	for i, at := 0, 0; i < n-1; i++ {
		row := w.cells[at : at+n-1-i]
		simd.Binary(simd.Sub, row, row, sums[i+1:])
		simd.BinaryScalar(simd.Sub, row, row, sums[i]-all)
		at += len(row)
	}
	for i, m := range sums {
		w.diagonal[i] = all - 2*m
	}
	return math.Sqrt(w.dot(w))
}

// dot returns the product; cells stand on both sides of the diagonal.
func (w *whitener) dot(v *whitener) float64 {
	return 2*simd.Dot(w.cells, v.cells) + simd.Dot(w.diagonal, v.diagonal)
}

// tame returns a factor for values whose squares would over- or underflow.
func tame(x []float64) float64 {
	if ss := simd.Dot(x, x); 1e-200 < ss && ss < 1e200 {
		return 1
	}
	top := 0.0
	for _, v := range x {
		if v = math.Abs(v); v > top {
			top = v
		}
	}
	_, e := math.Frexp(top)
	return math.Ldexp(1, min(-e, 1022))
}

// room returns a slice of n, the given one if it is long enough.
func room(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}
