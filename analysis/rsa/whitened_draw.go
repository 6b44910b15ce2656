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
	var there []int // the stimuli drawn
	var counts []float64
	all := 0.0
	for i, m := range c {
		if m > 0 {
			there, counts = append(there, i), append(counts, m)
			all += m
		}
	}
	k := len(there)
	w.cells, w.diagonal = room(w.cells, k*(k-1)/2), room(w.diagonal, k)
	f, mean, at := tame(x), 0.0, 0
	var sum, weight float64
	for a, i := range there {
		row := x[i*n-i*(i+1)/2:] // from the diagonal on
		for b := a + 1; b < k; b++ {
			v := row[there[b]-i-1] * f
			w.cells[at] = v
			sum += counts[a] * counts[b] * v
			weight += counts[a] * counts[b]
			at++
		}
	}
	if centred {
		mean = sum / weight
	}
	b, roots := w.diagonal, make([]float64, k)
	clear(b)
	eachRow(w.cells, k, func(i int, row []float64) {
		s, others, more := 0.0, b[i+1:][:len(row)], counts[i+1:][:len(row)]
		for j, v := range row {
			v -= mean
			row[j] = v
			s += more[j] * v
			others[j] += counts[i] * v
		}
		b[i] += s
		roots[i] = math.Sqrt(counts[i])
	})
	solveRows(b, counts, all)
	eachRow(w.cells, k, func(i int, row []float64) {
		others, more := b[i+1:][:len(row)], roots[i+1:][:len(row)]
		for j, v := range row {
			row[j] = roots[i] * more[j] * (v - (b[i]+others[j])/2)
		}
	})
	for i := range b {
		w.diagonal[i] = -roots[i] * b[i]
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

// eachRow calls f with the cells of each row of n stimuli beyond the diagonal.
func eachRow(cells []float64, n int, f func(i int, row []float64)) {
	for i, at := 0, 0; i < n; i++ {
		f(i, cells[at:at+n-1-i])
		at += n - 1 - i
	}
}
