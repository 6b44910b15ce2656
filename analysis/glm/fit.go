package glm

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A runFit is what is kept of one run.
type runFit struct {
	name       string
	design     *Design
	beta       *mat.Dense // regressors × voxels
	dispersion []float64  // per voxel: the variance of the (whitened) residuals
	bin        []int16    // per voxel: hundredths of ρ
	factors    *factors
}

// factors are the whitened designs that were needed so far, by hundredths of ρ.
type factors struct {
	mu  sync.Mutex
	all map[int16]*factor
}

func newRunFit(name string, d *Design, voxels int) *runFit {
	_, k := d.X.Dims()
	return &runFit{name: name, design: d, beta: mat.NewDense(k, voxels, nil), dispersion: make([]float64, voxels), bin: make([]int16, voxels), factors: &factors{all: map[int16]*factor{}}}
}

// factor returns the design whitened by a bin's ρ, factorised.
func (r *runFit) factor(bin int16) *factor {
	r.factors.mu.Lock()
	defer r.factors.mu.Unlock()
	f := r.factors.all[bin]
	if f == nil {
		f, _ = factorise(whitened(r.design.X, float64(bin)/100)) // of full rank, as X is
		r.factors.all[bin] = f
	}
	return f
}

// dof are the degrees of freedom of the residuals.
func (r *runFit) dof() int {
	n, k := r.design.X.Dims()
	return n - k
}

// fit fits the voxels of y, the first of which is voxel first, and marks those
// that are dead.
func (r *runFit) fit(m FirstLevel, y *mat.Dense, first int, dead []bool, s *scratch) error {
	if err := finite(r.name, y, first); err != nil {
		return err
	}
	_, v := y.Dims()
	s.work = copied(s.work, y)
	work := &s.work
	if !m.Raw {
		percent(work)
	}
	total := spread(work, y)
	e, qy := s.residuals(r.factor(0), work)
	r.keep(r.factor(0), qy, e, first, nil)
	for j := range v {
		// Without variance, or nothing left but rounding.
		if rest := r.dispersion[first+j] * float64(r.dof()); total[j] == 0 || rest <= 1e-24*total[j] {
			dead[first+j] = true
		}
	}
	if m.Noise == White {
		return nil
	}
	bins := autocorrelation(e)
	groups := map[int16][]int{}
	for j, b := range bins {
		if dead[first+j] {
			continue
		}
		groups[b] = append(groups[b], j)
		r.bin[first+j] = b
	}
	for b, voxels := range groups {
		if b == 0 {
			continue // fitted already
		}
		f := r.factor(b)
		chosen(&s.group, work, voxels, float64(b)/100)
		e, qy := s.residuals(f, &s.group)
		r.keep(f, qy, e, first, voxels)
	}
	return nil
}

// A scratch is memory that one fit leaves to the next.
type scratch struct{ work, group, e, qy mat.Dense }

// residuals returns Y − QQᵀY and QᵀY, until it is called again.
func (s *scratch) residuals(f *factor, y *mat.Dense) (e, qy *mat.Dense) {
	s.e.Reset()
	s.qy.Reset()
	s.qy.Mul(f.q.T(), y)
	s.e.Mul(f.q, &s.qy)
	s.e.Sub(y, &s.e)
	return &s.e, &s.qy
}

// copied returns a copy of y in the memory of old, which is used up.
func copied(old mat.Dense, y *mat.Dense) mat.Dense {
	old.Reset()
	old.CloneFrom(y)
	return old
}

// keep stores betas and dispersions of the voxels; nil stands for all.
func (r *runFit) keep(f *factor, qy, e *mat.Dense, first int, voxels []int) {
	f.betas(qy)
	n, v := e.Dims()
	at := func(j int) int {
		if voxels == nil {
			return first + j
		}
		return first + voxels[j]
	}
	k, _ := qy.Dims()
	for i := range k {
		to := r.beta.RawRowView(i)
		for j, b := range qy.RawRowView(i) {
			to[at(j)] = b
		}
	}
	sse := make([]float64, v)
	for t := range n {
		for j, x := range e.RawRowView(t) {
			sse[j] += x * x
		}
	}
	for j, s := range sse {
		r.dispersion[at(j)] = s / float64(r.dof())
	}
}

// autocorrelation returns ρ of each column, in hundredths; 0 where there is
// nothing.
func autocorrelation(e *mat.Dense) []int16 {
	n, v := e.Dims()
	r0, r1 := make([]float64, v), make([]float64, v)
	for t := range n {
		row := e.RawRowView(t)
		for j, x := range row {
			r0[j] += x * x
		}
		if t > 0 {
			before := e.RawRowView(t - 1)
			for j, x := range row {
				r1[j] += x * before[j]
			}
		}
	}
	bins := make([]int16, v)
	for j := range bins {
		if rho := (r1[j] / float64(n-1)) / (r0[j] / float64(n)); r0[j] > 0 && !math.IsNaN(rho) {
			bins[j] = int16(binned(rho))
		}
	}
	return bins
}

// chosen writes some columns of y, whitened by ρ, to w.
func chosen(w, y *mat.Dense, voxels []int, rho float64) {
	n, _ := y.Dims()
	w.Reset()
	w.ReuseAs(n, len(voxels))
	for t := range n {
		row, to := y.RawRowView(t), w.RawRowView(t)
		if t == 0 {
			for i, j := range voxels {
				to[i] = row[j]
			}
			continue
		}
		before := y.RawRowView(t - 1)
		for i, j := range voxels {
			to[i] = row[j] - rho*before[j]
		}
	}
}

func means(y *mat.Dense) []float64 {
	n, v := y.Dims()
	mean := make([]float64, v)
	for t := range n {
		floats.Add(mean, y.RawRowView(t))
	}
	floats.Scale(1/float64(n), mean)
	return mean
}

// percent turns each column into the change in percent of its mean.
func percent(y *mat.Dense) {
	mean := means(y)
	for j := range mean {
		mean[j] = math.Max(mean[j], 1)
	}
	n, _ := y.Dims()
	for t := range n {
		row := y.RawRowView(t)
		for j, x := range row {
			row[j] = 100 * (x/mean[j] - 1)
		}
	}
}

// spread returns Σ (w − mean)² of each column of w, 0 where that of y, from
// which w was made, is constant.
func spread(w, y *mat.Dense) []float64 {
	n, v := w.Dims()
	mean, total, varies := means(w), make([]float64, v), make([]bool, v)
	first := y.RawRowView(0)
	for t := range n {
		for j, x := range w.RawRowView(t) {
			d := x - mean[j]
			total[j] += d * d
		}
		for j, x := range y.RawRowView(t) {
			if x != first[j] {
				varies[j] = true
			}
		}
	}
	for j, m := range varies {
		if !m {
			total[j] = 0
		}
	}
	return total
}
