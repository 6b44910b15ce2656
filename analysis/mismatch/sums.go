package mismatch

import (
	"math"

	"fusiform/internal/simd"
)

// products are the sums over stimuli that decide the effects of a side, for a
// block of draws at once. With y the profiles of K sources, the features of a
// stimulus are
//
//	y[p],  y[p]·[in A],  y[p]·[in B],  and y[p]·y[q] for p ≤ q
//
// (of a side that is not corrected, for p = q alone), and their sums, weighted,
// a product of the draws×n weights and the n×columns features.
type products struct {
	s              side
	n, na, nb      float64
	stimuli, width int
	features       func(i int, into []float64)
	whole          []float64 // sums with every weight 1
	sums           []float64 // drawBlock×width
}

// featureBlock is how many features are kept at once, at most, if they are
// those of more than 16 stimuli.
const featureBlock = 1 << 19

func newProducts(s side, t *table, n int) *products {
	k := len(s.z)
	p := &products{s: s, n: float64(n), na: float64(len(t.a)), nb: float64(len(t.b)), stimuli: n, width: 4 * k}
	if s.corrected {
		p.width = 3*k + k*(k+1)/2
	}
	inA, inB := marked(t.a, n), marked(t.b, n)
	p.features = func(i int, into []float64) {
		clear(into)
		at := 3 * k
		for j, z := range s.z {
			y := z[i]
			into[j] = y
			if inA[i] {
				into[k+j] = y
			}
			if inB[i] {
				into[2*k+j] = y
			}
			if !s.corrected {
				into[at] = y * y
				at++
				continue
			}
			for _, other := range s.z[j:] {
				into[at] = y * other[i]
				at++
			}
		}
	}
	p.whole, p.sums = make([]float64, p.width), make([]float64, drawBlock*p.width)
	p.multiply(ones(n), 1)
	copy(p.whole, p.sums)
	return p
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// multiply computes the sums of m draws of weights, m×n.
func (p *products) multiply(w []float64, m int) {
	if p.width == 0 {
		return
	}
	rows := min(p.stimuli, max(16, featureBlock/p.width))
	f := make([]float64, rows*p.width)
	for from := 0; from < p.stimuli; from += rows {
		k := min(rows, p.stimuli-from)
		for i := range k {
			p.features(from+i, f[i*p.width:(i+1)*p.width])
		}
		beta := 1.
		if from == 0 {
			beta = 0
		}
		simd.Gemm(false, false, m, p.width, k, 1, w[from:], p.stimuli, f, p.width, beta, p.sums, p.width)
	}
}

func (p *products) row(draw int) []float64 { return p.sums[draw*p.width : (draw+1)*p.width] }

// moments are what the sums of one draw say.
type moments struct {
	p      *products
	effect []float64 // per source: the difference of the groups, in standard deviations
	sd     []float64
	r      []float64 // of a corrected side: correlation of sources p < q, in order
}

func (p *products) moments() *moments {
	k := len(p.s.z)
	m := &moments{p: p, effect: make([]float64, k), sd: make([]float64, k)}
	if p.s.corrected {
		m.r = make([]float64, k*(k-1)/2)
	}
	return m
}

// of fills m from the sums; it reports whether every source varies.
func (m *moments) of(sums []float64) bool {
	p, k := m.p, len(m.effect)
	at := 3 * k
	for j := range k {
		mean := sums[j] / p.n
		v := sums[at]/p.n - mean*mean
		if v < 1e-12 {
			return false
		}
		m.sd[j] = math.Sqrt(v)
		m.effect[j] = (sums[k+j]/p.na - sums[2*k+j]/p.nb) / m.sd[j]
		at++
		if p.s.corrected {
			at += k - 1 - j
		}
	}
	if !p.s.corrected {
		return true
	}
	at = 3 * k
	r := 0
	for j := range k {
		at++
		for q := j + 1; q < k; q++ {
			m.r[r] = (sums[at]/p.n - sums[j]/p.n*(sums[q]/p.n)) / (m.sd[j] * m.sd[q])
			at++
			r++
		}
	}
	return true
}

// mean is the effect of the sources that stand u[k] times, nil for once, on the
// scale of a profile without noise where the side is corrected. ok is false
// where there is no such scale.
func (m *moments) mean(u []float64) (effect float64, ok bool) {
	if len(m.effect) == 0 {
		return 0, true
	}
	var n float64
	for k, d := range m.effect {
		c := 1.
		if u != nil {
			c = u[k]
		}
		effect += c * d
		n += c
	}
	effect /= n
	if m.p.s.corrected {
		a := m.agreement(u)
		if a < leastAgreement {
			return 0, false
		}
		effect /= math.Sqrt(a)
	}
	return effect, true
}

// agreement is the mean correlation over pairs of different sources that stand
// u[k] times; of all of them if only one stands there.
func (m *moments) agreement(u []float64) float64 {
	var sum, pairs float64
	r, k := 0, len(m.effect)
	for j := range k {
		if u == nil {
			for range k - 1 - j {
				sum += m.r[r]
				r++
			}
			pairs += float64(k - 1 - j)
			continue
		}
		if u[j] == 0 {
			r += k - 1 - j
			continue
		}
		for _, c := range u[j+1:] {
			sum += u[j] * c * m.r[r]
			pairs += u[j] * c
			r++
		}
	}
	if pairs == 0 {
		return m.agreement(nil)
	}
	return math.Min(1, sum/pairs)
}

// leastAgreement is the least agreement that a draw may have to give a scale;
// below it an effect would be drawn out by more than 10.
const leastAgreement = .01
