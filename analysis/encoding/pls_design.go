package encoding

import (
	"context"
	"fmt"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// A latentDesign is n stimuli of p features and t targets, ready for PLS on
// any of the stimuli. With more features than stimuli, only their Gram matrix
// is held, and features are read again in blocks of columns for the rotations.
type latentDesign struct {
	n, p, t int
	x       *mat.Dense // n×p, as given
	y       *mat.Dense // n×t, centred on all
	mean    []float64  // of y
	k       *mat.Dense // n×n: XXᵀ, centred on all; nil where p ≤ n
}

// strip is how many features are centred at once.
const strip = 2048

func newLatentDesign(x, y *mat.Dense) (*latentDesign, error) {
	n, p := x.Dims()
	_, t := y.Dims()
	d := &latentDesign{n: n, p: p, t: t, x: x}
	side := float64(min(n, p))
	if err := roomFor(float64(t)*float64(n+p)+3*side*side+float64(n)*min(strip, float64(p))+min(side, float64(t))*side, p, t); err != nil {
		return nil, err
	}
	d.y = mat.DenseCopyOf(y)
	d.mean = centre(d.y)
	alive := false
	if p > n {
		d.k = mat.NewDense(n, n, nil)
	}
	for lo := 0; lo < p && (d.k != nil || !alive); lo += strip {
		part := d.features(lo)
		alive = alive || mat.Norm(part, 1) > 0
		if _, c := part.Dims(); d.k != nil {
			addOuter(d.k, part.RawMatrix().Data, n, c)
		}
	}
	if !alive {
		return nil, fmt.Errorf("%w: no feature varies over the %d stimuli to fit on", analysis.ErrDead, n)
	}
	if d.k != nil {
		mirror(d.k)
	}
	return d, nil
}

// features returns a strip of the features, centred.
func (d *latentDesign) features(lo int) *mat.Dense {
	part := mat.DenseCopyOf(d.x.Slice(0, d.n, lo, min(lo+strip, d.p)))
	centre(part)
	return part
}

// A latentFold is a design's training rows, and what predicts the others.
type latentFold struct {
	in, out *mat.Dense // X or K, centred on training rows: training and held-out rows
	y, held *mat.Dense // targets, centred on training rows
	dual    bool
}

func (d *latentDesign) fold(train, test []int) *latentFold {
	f := &latentFold{y: rows(d.y, train), dual: d.k != nil}
	mean := centre(f.y)
	if len(test) > 0 {
		f.held = rows(d.y, test)
		subtract(f.held, mean)
	}
	if !f.dual {
		f.in = rows(d.x, train)
		mean := centre(f.in)
		if len(test) > 0 {
			f.out = rows(d.x, test)
			subtract(f.out, mean)
		}
		return f
	}
	f.in, f.out = centredKernel(d.k, train, test)
	return f
}

// centredKernel returns the products of features centred on the rows train,
// given those centred otherwise:
//
//	(xᵢ−x̄)·(xⱼ−x̄) = kᵢⱼ − k̄ᵢ − k̄ⱼ + k̄,  means over training rows
//
// of training rows with each other, and of the rows test with them.
func centredKernel(k *mat.Dense, train, test []int) (in, out *mat.Dense) {
	part := func(of []int) (*mat.Dense, []float64) {
		m, mean := mat.NewDense(len(of), len(train), nil), make([]float64, len(of))
		for i, r := range of {
			from, to := k.RawRowView(r), m.RawRowView(i)
			for j, c := range train {
				to[j] = from[c]
				mean[i] += from[c] / float64(len(train))
			}
		}
		return m, mean
	}
	in, mean := part(train)
	grand := 0.
	for _, v := range mean {
		grand += v / float64(len(train))
	}
	centred := func(m *mat.Dense, own []float64) {
		for i, o := range own {
			for j := range mean {
				m.RawRowView(i)[j] -= o + mean[j] - grand
			}
		}
	}
	if len(test) > 0 {
		var own []float64
		out, own = part(test)
		centred(out, own)
	}
	centred(in, mean)
	return in, out
}

// find finds up to a components.
func (f *latentFold) find(ctx context.Context, a int, tick func(done int)) (*latents, error) {
	n, c := f.in.Dims()
	a = min(a, n-1, c)
	if f.dual {
		return dualLatents(ctx, f.in, f.y, a, tick)
	}
	var s mat.Dense
	s.Mul(f.in.T(), f.y)
	return primalLatents(ctx, outer(mat.DenseCopyOf(f.in.T())), &s, a, tick)
}

// scores returns, a×m, the scores of m rows of X or K.
func (f *latentFold) scores(l *latents, of *mat.Dense) *mat.Dense {
	var s mat.Dense
	s.Mul(asRows(l.r), of.T())
	return &s
}

// choose returns the number of components with the least held-out error.
func (d *latentDesign) choose(ctx context.Context, among []int, folds [][]int, tick func(done int)) (int, error) {
	largest := 0
	for _, a := range among {
		largest = max(largest, a)
	}
	errs := make([]float64, largest+1) // by number of components
	for i, test := range folds {
		f := d.fold(others(upTo(d.n), test), test)
		l, err := f.find(ctx, largest, func(k int) { tick(i*largest + k) })
		if err != nil {
			return 0, err
		}
		var scores *mat.Dense
		if len(l.r) > 0 {
			scores = f.scores(l, f.out)
		}
		left := f.held
		for a := 1; a <= largest; a++ {
			if a <= len(l.r) {
				left.RankOne(left, -1, mat.NewVecDense(len(test), scores.RawRowView(a-1)), mat.NewVecDense(d.t, l.q[a-1]))
			}
			norm := mat.Norm(left, 2)
			errs[a] += norm * norm / float64(len(test))
		}
	}
	best := among[0]
	for _, a := range among {
		if errs[a] < errs[best] || errs[a] == errs[best] && a < best {
			best = a
		}
	}
	return best, nil
}

// rotations returns R, p×a.
func (d *latentDesign) rotations(l *latents) *mat.Dense {
	r := asRows(l.r) // a×p, or a×n
	if d.k == nil {
		return mat.DenseCopyOf(r.T())
	}
	out := mat.NewDense(d.p, len(l.r), nil)
	for lo := 0; lo < d.p; lo += strip {
		part := d.features(lo)
		_, c := part.Dims()
		out.Slice(lo, lo+c, 0, len(l.r)).(*mat.Dense).Mul(part.T(), r.T())
	}
	return out
}

// model multiplies the rotations and the loadings out to weights.
func (d *latentDesign) model(l *Latent) *Model {
	w := mat.NewDense(d.p, d.t, nil)
	w.Mul(l.Rotations, l.Loadings.T())
	mean := make([]float64, d.p)
	first := d.x.RawRowView(0)
	for i := range d.n {
		for j, v := range d.x.RawRowView(i) {
			mean[j] += (v - first[j]) / float64(d.n)
		}
	}
	for j := range mean {
		mean[j] += first[j]
	}
	b := times(w, true, mean)
	for j := range b {
		b[j] = d.mean[j] - b[j]
	}
	return &Model{Weights: w, Intercept: b}
}

// asRows makes a matrix of equally long rows.
func asRows(v [][]float64) *mat.Dense {
	m := mat.NewDense(len(v), len(v[0]), nil)
	for i, r := range v {
		m.SetRow(i, r)
	}
	return m
}
