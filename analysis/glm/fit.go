package glm

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A runFit is what is kept of one run.
type runFit struct {
	name       string
	design     *Design
	whitener   *whitener
	beta       *mat.Dense   // regressors × voxels
	dispersion []float64    // per voxel: the variance of the (whitened) residuals
	bin        []int16      // per voxel: hundredths of ρ, or which candidate
	candidates []*candidate // of ARMA11
}

func newRunFit(name string, d *Design, noise Noise, voxels int) *runFit {
	_, k := d.X.Dims()
	f, _ := factorise(d.X) // of full rank, which Design checks
	r := &runFit{name: name, design: d, whitener: newWhitener(f), beta: mat.NewDense(k, voxels, nil), dispersion: make([]float64, voxels), bin: make([]int16, voxels)}
	if noise == ARMA11 {
		r.candidates = candidates(f.q)
	}
	return r
}

// dof are the degrees of freedom of the residuals.
func (r *runFit) dof() int {
	n, k := r.design.X.Dims()
	return n - k
}

// A scratch is memory that one strip leaves to the next: the time courses,
// which become residuals, their products with Q and S, and sums per voxel.
type scratch struct {
	e, g, h             []float64
	mean, total, r0, r1 []float64
	w, best, squares, m []float64 // of ARMA11
}

// fit fits the voxels of y, the first of which is voxel first, and marks those
// that are dead.
func (r *runFit) fit(m FirstLevel, y *mat.Dense, first int, dead []bool, s *scratch) error {
	n, v := y.Dims()
	_, k := r.design.X.Dims()
	s.e, s.g, s.h = sized(s.e, n*v), sized(s.g, v*k), sized(s.h, v*k)
	if err := s.centre(r.name, m.Raw, y, first); err != nil {
		return err
	}
	e := blas64.General{Rows: n, Cols: v, Stride: v, Data: s.e}
	g := blas64.General{Rows: v, Cols: k, Stride: k, Data: s.g}
	q := r.whitener.q.RawMatrix()
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, e, q, 0, g)  // G = YᵀQ
	blas64.Gemm(blas.NoTrans, blas.Trans, -1, q, g, 1, e) // E = Y − QGᵀ
	s.products(n, v)
	for j := range v {
		// Without variance, or nothing left but rounding.
		r.dispersion[first+j] = s.r0[j] / float64(r.dof())
		if s.total[j] == 0 || s.r0[j] <= 1e-24*s.total[j] {
			dead[first+j] = true
		}
	}
	switch m.Noise {
	case ARMA11:
		r.likeliest(s, n, v, first, dead)
	case AR1:
		h := blas64.General{Rows: v, Cols: k, Stride: k, Data: s.h}
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, e, r.whitener.s.RawMatrix(), 0, h) // H = EᵀS
		for j := range v {
			if !dead[first+j] {
				r.whiten(s, n, v, j, first)
			}
		}
	}
	beta := r.beta.Slice(0, k, first, first+v).(*mat.Dense).RawMatrix()
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, r.whitener.ri.RawMatrix(), g, 0, beta)
	return nil
}

// whiten turns the ordinary fit of voxel j of a strip into that under its ρ: see
// whitener.
func (r *runFit) whiten(s *scratch, n, v, j, first int) {
	rho := (s.r1[j] / float64(n-1)) / (s.r0[j] / float64(n))
	b := binned(rho)
	if b == 0 {
		return
	}
	r.bin[first+j] = b
	m := r.whitener.metric(b)
	k := len(s.g) / v
	rhs, g := s.h[j*k:(j+1)*k], s.g[j*k:(j+1)*k]
	end := s.e[(n-1)*v+j]
	last := r.whitener.q.RawRowView(n - 1)
	for i := range rhs {
		rhs[i] = -m.rho*rhs[i] - m.rho*m.rho*last[i]*end
	}
	explained := 0.0
	for i := range g {
		x := floats.Dot(m.inverse[i*k:(i+1)*k], rhs)
		g[i] += x
		explained += x * rhs[i]
	}
	rest := (1+m.rho*m.rho)*s.r0[j] - 2*m.rho*s.r1[j] - m.rho*m.rho*end*end
	r.dispersion[first+j] = (rest - explained) / float64(r.dof())
}

// centre copies y less the mean of each voxel, in percent of it unless raw, and
// sums its squares. So the constant regressor has nothing to do, which no
// contrast asks for.
func (s *scratch) centre(run string, raw bool, y *mat.Dense, first int) error {
	n, v := y.Dims()
	s.mean, s.total, s.r0 = sized(s.mean, v), sized(s.total, v), sized(s.r0, v)
	clear(s.mean)
	for t := range n {
		floats.Add(s.mean, y.RawRowView(t))
	}
	for j, x := range s.mean {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return notFinite(run, y, first, j)
		}
		s.mean[j] = x / float64(n)
	}
	for t := range n {
		floats.SubTo(s.e[t*v:(t+1)*v], y.RawRowView(t), s.mean)
	}
	if !raw {
		scale := s.r0
		for j, mean := range s.mean {
			scale[j] = 100 / math.Max(mean, 1)
		}
		for t := range n {
			floats.Mul(s.e[t*v:(t+1)*v], scale)
		}
	}
	clear(s.total)
	for t := range n {
		total := s.total[:v]
		for j, x := range s.e[t*v : (t+1)*v] {
			total[j] += x * x
		}
	}
	return nil
}

// products sums e[t]² and e[t]e[t+1] of each voxel.
func (s *scratch) products(n, v int) {
	s.r0, s.r1 = sized(s.r0, v), sized(s.r1, v)
	clear(s.r0)
	clear(s.r1)
	for t := range n {
		row := s.e[t*v : (t+1)*v]
		r0, r1 := s.r0[:len(row)], s.r1[:len(row)]
		for j, x := range row {
			r0[j] += x * x
		}
		if t == 0 {
			continue
		}
		before := s.e[(t-1)*v : t*v][:len(row)]
		for j, x := range row {
			r1[j] += x * before[j]
		}
	}
}

// sized returns a slice of n values, of which nothing is known.
func sized(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}

// notFinite says where voxel j of y, the first of which is voxel first, is not
// finite.
func notFinite(run string, y *mat.Dense, first, j int) error {
	n, _ := y.Dims()
	for t := range n {
		if x := y.At(t, j); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("glm: run %q: voxel %d is %v in volume %d; leave the voxel out by a mask: missing values are not guessed", run, first+j, x, t)
		}
	}
	return fmt.Errorf("glm: run %q: the values of voxel %d are too large to be summed; are they numbers?", run, first+j)
}
