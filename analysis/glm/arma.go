package glm

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// An arma is noise of variance 1, λ of which is AR(1) with φ, the rest white.
type arma struct{ phi, lambda float64 }

// armaGrid is what a voxel's noise may be; white comes first. With 65 pairs
// p of simulated voxels was the same within its error.
var armaGrid = func() []arma {
	out := []arma{{}}
	for _, phi := range []float64{.3, .5, .7, .85, .94, .98} {
		for _, lambda := range []float64{.15, .3, .5, .75, 1} {
			out = append(out, arma{phi, lambda})
		}
	}
	return out
}()

// A filter whitens noise: the innovations of Kalman's filter for the part that
// persists, over their standard deviation,
//
//	w[t] = (e[t] − m[t])·scale[t],  m[t+1] = φ m[t] + gain[t] (e[t] − m[t])
type filter struct {
	phi         float64
	gain, scale []float64 // per volume
	logDet      float64   // of the covariance of the noise: Σ log of the innovations' variance
}

func (a arma) filter(n int) *filter {
	f := &filter{phi: a.phi, gain: make([]float64, n), scale: make([]float64, n)}
	p := a.lambda // the variance of the part that persists, given all before
	for t := range n {
		s := p + 1 - a.lambda
		f.gain[t] = a.phi * p / s
		f.scale[t] = 1 / math.Sqrt(s)
		f.logDet += math.Log(s)
		p = a.phi*a.phi*(p-p*p/s) + a.lambda*(1-a.phi*a.phi)
	}
	return f
}

// whiten writes the columns of e, whitened, to w, and sums their squares. m is
// scratch of a row.
func (f *filter) whiten(w, e *mat.Dense, m, squares []float64) {
	clear(m)
	clear(squares)
	n, v := e.Dims()
	m, squares = m[:v], squares[:v]
	for t := range n {
		row, to := e.RawRowView(t)[:v], w.RawRowView(t)[:v]
		gain, scale := f.gain[t], f.scale[t]
		for j, x := range row {
			d := x - m[j]
			m[j] = f.phi*m[j] + gain*d
			d *= scale
			to[j] = d
			squares[j] += d * d
		}
	}
}

// information returns what n volumes tell of log σ², φ and λ when slow drift is
// taken out and k columns in all, by Whittle's approximation: the mean over
// frequencies, above those of the drift, of the products of the derivatives
// of the log of the spectrum
//
//	1 − λ + λ (1 − φ²) / (1 − 2φ cos ω + φ²)
//
// times (n − k)/2. φ and λ lie between 0 and 1, which is as much as measuring
// them with a variance of 1/12.
func (a arma) information(n, k, drift int) *mat.SymDense {
	out := mat.NewSymDense(3, nil)
	f2 := a.phi * a.phi
	for i := drift + 1; i < n; i++ {
		c := math.Cos(math.Pi * float64(i) / float64(n))
		d := 1 - 2*a.phi*c + f2
		persists := (1 - f2) / d
		spectrum := 1 - a.lambda + a.lambda*persists
		g := [3]float64{1, a.lambda * (-2*a.phi*d - (1-f2)*(2*a.phi-2*c)) / (d * d) / spectrum, (persists - 1) / spectrum}
		for x := range 3 {
			for y := x; y < 3; y++ {
				out.SetSym(x, y, out.At(x, y)+g[x]*g[y])
			}
		}
	}
	out.ScaleSym(float64(n-k)/2/float64(n-1-drift), out)
	for x := 1; x < 3; x++ {
		out.SetSym(x, x, out.At(x, x)+12)
	}
	return out
}
