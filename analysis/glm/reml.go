package glm

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A candidate is one noise of armaGrid and what a run's design is under it, in
// terms of the orthonormal basis Q of the design: W Q = Q' R'.
type candidate struct {
	arma
	filter *filter
	q      *mat.Dense // Q', volumes × columns
	back   *mat.Dense // R'⁻¹
	logDet float64    // log |V| + log |QᵀV⁻¹Q|, V being the covariance of the noise
	metric *metric    // (QᵀV⁻¹Q)⁻¹

	once        sync.Once
	slopes      [2][]float64 // of the metric, by φ and by λ
	uncertainty mat.SymDense // of log σ², φ and λ
}

func candidates(q *mat.Dense) []*candidate {
	var out []*candidate
	for _, a := range armaGrid {
		out = append(out, a.candidate(q))
	}
	return out
}

func (a arma) candidate(q *mat.Dense) *candidate {
	n, k := q.Dims()
	c := &candidate{arma: a, filter: a.filter(n)}
	w := mat.NewDense(n, k, nil)
	c.filter.whiten(w, q, make([]float64, k), make([]float64, k))
	f, _ := factorise(w) // of full rank, as W is invertible
	c.q, c.back, c.logDet = f.q, f.inverse(), c.filter.logDet
	for i := range k {
		c.logDet += 2 * math.Log(f.r.At(i, i))
	}
	var p mat.Dense
	p.Mul(c.back, c.back.T())
	c.metric = &metric{rho: a.lambda * a.phi, inverse: p.RawMatrix().Data}
	return c
}

// freedom returns the degrees of freedom of the variance u = zᵀPz·σ² of a
// contrast, P being the metric: by Satterthwaite, 2/Var(log u), to first order in
// what is not known of log σ², φ and λ.
func (c *candidate) freedom(q *mat.Dense, drift int, z []float64) float64 {
	n, k := q.Dims()
	c.once.Do(func() {
		const h = 1e-3
		for i := range c.slopes {
			hi, lo := c.arma, c.arma
			if i == 0 {
				hi.phi, lo.phi = hi.phi+h, max(lo.phi-h, 0)
			} else {
				hi.lambda, lo.lambda = min(hi.lambda+h, 1), max(lo.lambda-h, 0)
			}
			by := hi.phi - lo.phi + hi.lambda - lo.lambda
			c.slopes[i] = quotient(hi.candidate(q).metric.inverse, lo.candidate(q).metric.inverse, by)
		}
		var chol mat.Cholesky
		chol.Factorize(c.information(n, k, drift))
		chol.InverseTo(&c.uncertainty)
	})
	u := c.metric.product(z, z)
	g := mat.NewVecDense(3, []float64{1, (&metric{inverse: c.slopes[0]}).product(z, z) / u, (&metric{inverse: c.slopes[1]}).product(z, z) / u})
	return 2 / mat.Inner(g, &c.uncertainty, g)
}

// likeliest gives each voxel of a strip, whose residuals by ordinary least
// squares are in s.e, the noise that makes them likeliest,
//
//	−½ ((n − k) log(eᵀPe) + log |V| + log |QᵀV⁻¹Q|),  eᵀPe = |We|² − |Q'ᵀWe|²
//
// and adds to s.g what the fit under it differs by: R'⁻¹Q'ᵀWe.
func (r *runFit) likeliest(s *scratch, n, v, first int, dead []bool) {
	k := len(s.g) / v
	s.w, s.best, s.squares, s.m = sized(s.w, n*v), sized(s.best, v*k), sized(s.squares, v), sized(s.m, v)
	score := sized(s.r1, v)
	s.r1 = score
	for j := range score {
		score[j] = math.Inf(-1)
	}
	e, w := mat.NewDense(n, v, s.e), mat.NewDense(n, v, s.w)
	h := blas64.General{Rows: v, Cols: k, Stride: k, Data: s.h}
	freedom := float64(r.dof())
	for b, c := range r.candidates {
		c.filter.whiten(w, e, s.m, s.squares)
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, w.RawMatrix(), c.q.RawMatrix(), 0, h)
		for j, rest := range s.squares {
			row := s.h[j*k : (j+1)*k]
			rest -= floats.Dot(row, row)
			if l := -freedom*math.Log(rest) - c.logDet; l > score[j] && !dead[first+j] {
				score[j] = l
				r.bin[first+j], r.dispersion[first+j] = int16(b), rest/freedom
				copy(s.best[j*k:(j+1)*k], row)
			}
		}
	}
	for j := range v {
		if dead[first+j] {
			continue
		}
		back, best := r.candidates[r.bin[first+j]].back.RawMatrix(), s.best[j*k:(j+1)*k]
		for i := range k {
			s.g[j*k+i] += floats.Dot(back.Data[i*k+i:(i+1)*k], best[i:])
		}
	}
}
