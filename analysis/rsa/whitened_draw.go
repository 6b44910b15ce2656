package rsa

import (
	"errors"
	"fmt"
	"math"

	"fusiform/analysis"
)

// A draw of stimuli gives cell i, j of an RDM the weight cᵢcⱼ, where stimulus i
// stands cᵢ times.

// countsOf returns the counts of n stimuli whose products the weights are, or
// nil where fewer than three stimuli stand there at all, which leaves them
// open.
func countsOf(w []float64, n int) []float64 {
	at := func(i, j int) float64 {
		i, j = min(i, j), max(i, j)
		return w[i*n-i*(i+1)/2+j-i-1]
	}
	j, k := firstCell(w, n)
	if j < 0 {
		return nil
	}
	for i := range n {
		if i == j || i == k || at(i, j) == 0 || at(i, k) == 0 {
			continue
		}
		c := make([]float64, n)
		c[j] = math.Round(math.Sqrt(at(i, j) * at(j, k) / at(i, k)))
		for i := range n {
			if i != j {
				c[i] = at(i, j) / c[j]
			}
		}
		return c
	}
	return nil
}

// firstCell returns the first cell that has a weight; −1 if none has.
func firstCell(w []float64, n int) (i, j int) {
	at := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			if w[at] != 0 {
				return i, j
			}
			at++
		}
	}
	return -1, -1
}

// checkDrawn refuses weights of cells that no draw of n stimuli gives.
func checkDrawn(w []float64, n int) error {
	c := countsOf(w, n)
	if c == nil {
		return fmt.Errorf("%w: fewer than 3 different stimuli", analysis.ErrConstant)
	}
	at := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			if w[at] != c[i]*c[j] {
				return errors.New("the cells of an RDM are whitened together and cannot be drawn one by one; draw stimuli, so that cell i, j stands as often as stimulus i times stimulus j")
			}
			at++
		}
	}
	return nil
}

// whitenedDraw is the Weighted of the whitened measures.
func whitenedDraw(x, y, w []float64, centred bool) float64 {
	n := stimuliOf(len(x))
	c := countsOf(w, n)
	if c == nil {
		return math.NaN()
	}
	a, b := whiteners.Get().(*whitener), whiteners.Get().(*whitener)
	defer whiteners.Put(a)
	defer whiteners.Put(b)
	la, lb := a.draw(x, c, centred), b.draw(y, c, centred)
	return math.Max(-1, math.Min(1, a.dot(b)/(la*lb)))
}

// draw is set where stimulus i stands c[i] times. Cells are multiplied with
// the root of how often they stand there.
//
// Centring takes b off the rows and columns so that those of what is left sum
// to 0, as set does; but the rows of copies of one stimulus lack the cells
// between them. With N = Σ c and r the sums of the rows, row i says
//
//	(N/2 + 1 − cᵢ) bᵢ + t = rᵢ,   t = Σⱼ cⱼ bⱼ / 2
func (w *whitener) draw(x, c []float64, centred bool) (length float64) {
	n := len(c)
	w.cells, w.diagonal = room(w.cells, len(x)), room(w.diagonal, n)
	f, mean := tame(x), 0.0
	all := 0.0
	for _, m := range c {
		all += m
	}
	if centred {
		var sum, weight float64
		eachCell(n, func(k, i, j int) {
			sum += c[i] * c[j] * x[k] * f
			weight += c[i] * c[j]
		})
		mean = sum / weight
	}
	b := w.diagonal
	clear(b)
	eachCell(n, func(k, i, j int) {
		v := x[k]*f - mean
		w.cells[k] = v
		b[i] += c[j] * v
		b[j] += c[i] * v
	})
	solveRows(b, c, all)
	eachCell(n, func(k, i, j int) { w.cells[k] = math.Sqrt(c[i]*c[j]) * (w.cells[k] - (b[i]+b[j])/2) })
	for i, m := range c {
		w.diagonal[i] = -math.Sqrt(m) * b[i]
	}
	return math.Sqrt(w.dot(w))
}

// solveRows puts the solution b of draw in place of r. Where one stimulus
// stands for just over half of all, its own factor is 0.
func solveRows(r, c []float64, all float64) {
	factor := func(i int) float64 { return all/2 + 1 - c[i] }
	num, den, bare := 0.0, 1.0, -1
	for i := range r {
		if f := factor(i); f == 0 {
			bare = i
		} else {
			num += c[i] * r[i] / f / 2
			den += c[i] / f / 2
		}
	}
	t := num / den
	if bare >= 0 {
		t = r[bare]
	}
	rest := 2 * t
	for i := range r {
		if i != bare {
			r[i] = (r[i] - t) / factor(i)
			rest -= c[i] * r[i]
		}
	}
	if bare >= 0 {
		r[bare] = rest / c[bare]
	}
}

func eachCell(n int, f func(k, i, j int)) {
	k := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			f(k, i, j)
			k++
		}
	}
}
