package glm

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A whitener knows what the design of a run becomes under noise of each ρ,
// without whitening it, or the data, for each. W takes ρ times the volume before
// from every volume but the first, so WᵀW is a polynomial in ρ, and so, in terms
// of the orthonormal basis Q of the design, are
//
//	A   = QᵀWᵀWQ = (1 + ρ²) I − ρ QᵀS − ρ² q qᵀ,  S = (D + Dᵀ) Q
//	rhs = QᵀWᵀWe = −ρ Sᵀe − ρ² q e[last]
//
// where D shifts by one volume, q is the last row of Q and e are the residuals
// of ordinary least squares, for which Qᵀe = 0. The whitened fit differs from
// the ordinary one by Q A⁻¹ rhs. A's eigenvalues lie between (1 − |ρ|)² and
// (1 + |ρ|)², so that nothing is lost.
type whitener struct {
	factor
	ri *mat.Dense // R⁻¹
	s  *mat.Dense // S, volumes × columns
	qs *mat.Dense // QᵀS

	mu  sync.Mutex
	bin map[int16]*metric
}

// A metric is A⁻¹ for the ρ of a bin.
type metric struct {
	rho     float64
	inverse []float64 // columns × columns
}

func newWhitener(f *factor) *whitener {
	n, k := f.q.Dims()
	w := &whitener{factor: *f, ri: f.inverse(), s: mat.NewDense(n, k, nil), qs: new(mat.Dense), bin: map[int16]*metric{}}
	for t := range n {
		to := w.s.RawRowView(t)
		if t > 0 {
			floats.Add(to, f.q.RawRowView(t-1))
		}
		if t < n-1 {
			floats.Add(to, f.q.RawRowView(t+1))
		}
	}
	w.qs.Mul(f.q.T(), w.s)
	return w
}

// metric returns that of a bin, hundredths of ρ.
func (w *whitener) metric(bin int16) *metric {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.bin[bin]
	if m == nil {
		m = w.invert(float64(bin) / 100)
		w.bin[bin] = m
	}
	return m
}

func (w *whitener) invert(rho float64) *metric {
	n, k := w.q.Dims()
	last := w.q.RawRowView(n - 1)
	a := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			x := -rho*(w.qs.At(i, j)+w.qs.At(j, i))/2 - rho*rho*last[i]*last[j]
			if i == j {
				x += 1 + rho*rho
			}
			a.SetSym(i, j, x)
		}
	}
	var c mat.Cholesky
	c.Factorize(a) // positive definite, as W is invertible
	inverse := mat.NewSymDense(k, nil)
	c.InverseTo(inverse)
	m := &metric{rho: rho, inverse: make([]float64, k*k)}
	for i := range k {
		for j := range k {
			m.inverse[i*k+j] = inverse.At(i, j)
		}
	}
	return m
}

// product returns aᵀA⁻¹b.
func (m *metric) product(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * floats.Dot(m.inverse[i*len(b):(i+1)*len(b)], b)
	}
	return sum
}

// binned cuts an autocorrelation to hundredths, towards 0, as nilearn does.
func binned(rho float64) int16 { return int16(math.Trunc(rho * 100)) }
