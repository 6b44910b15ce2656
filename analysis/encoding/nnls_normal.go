package encoding

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// The normals are n training rows of p features, ready for solvers that look
// at few features at a time. With at most as many features as rows, G = XᵀX
// is multiplied out; otherwise products are made when they are asked for, so
// that nothing of p×p numbers is ever held.
type normals struct {
	n, p int
	x    []float64 // p×n: the responses of a feature lie together, centred
	mean []float64 // per feature: what was subtracted; 0 where nothing is
	size []float64 // per feature: its length ‖x‖; 0 if it does not vary
	gram []float64 // p×p, or nil
}

// newNormals takes the given rows of x, centred unless the fit is through the
// origin. It takes the memory of old, if that is not nil: old is gone then.
func newNormals(x *mat.Dense, rows []int, origin bool, old *normals) *normals {
	_, p := x.Dims()
	m := &normals{n: len(rows), p: p, mean: make([]float64, p), size: make([]float64, p)}
	if old == nil {
		old = &normals{}
	}
	m.x = columns(old.x, x, rows, 0, p)
	simd.Parallel(p, simd.Grain(4*m.n), func(lo, hi int) {
		for j := lo; j < hi; j++ {
			col := m.x[j*m.n : (j+1)*m.n]
			if !origin {
				m.mean[j] = centreOne(col)
			}
			m.size[j] = math.Sqrt(simd.SumSquares(col))
		}
	})
	if p <= m.n {
		m.gram = sized(old.gram, p*p)
		simd.Syrk(true, false, p, m.n, 1, m.x, m.n, 0, m.gram, p)
		for i := range p {
			for j := range i {
				m.gram[i*p+j] = m.gram[j*p+i]
			}
		}
	}
	return m
}

// sized returns n numbers, in the memory of old where there is enough.
func sized(old []float64, n int) []float64 {
	if cap(old) < n {
		return make([]float64, n)
	}
	return old[:n]
}

// columns returns the transpose of some rows of the columns from lo to hi, in
// the memory of old where there is enough.
func columns(old []float64, x *mat.Dense, rows []int, lo, hi int) []float64 {
	const tile = 32
	out, n := sized(old, (hi-lo)*len(rows)), len(rows)
	simd.Parallel((hi-lo+tile-1)/tile, simd.Grain(4*tile*n), func(from, to int) {
		for b := lo + from*tile; b < min(hi, lo+to*tile); b += tile {
			e := min(b+tile, hi)
			for i, r := range rows {
				for j, v := range x.RawRowView(r)[b:e] {
					out[(b-lo+j)*n+i] = v
				}
			}
		}
	})
	return out
}

// centreOne subtracts the mean, which it returns. Equal values become exactly 0.
func centreOne(v []float64) float64 {
	first, sum := v[0], 0.
	for _, x := range v {
		sum += x - first
	}
	mean := first + sum/float64(len(v))
	for i := range v {
		v[i] -= mean
	}
	return mean
}

// products fills in the products of all members of a with those from one on.
func (m *normals) products(a *active, from int) {
	all, added := a.member, a.member[from:]
	k := len(all)
	block := make([]float64, len(added)*k)
	if m.gram != nil {
		for i, f := range added {
			row := m.gram[f*m.p : (f+1)*m.p]
			for j, o := range all {
				block[i*k+j] = row[o]
			}
		}
	} else {
		for _, f := range added {
			a.x = append(a.x, m.feature(f)...)
		}
		simd.Gemm(false, true, len(added), k, m.n, 1, a.x[from*m.n:], m.n, a.x, m.n, 0, block, k)
	}
	for i := range from {
		for j := range added {
			a.g[i] = append(a.g[i], block[j*k+i])
		}
	}
	for i := range added {
		row := make([]float64, k, k+k/2+32)
		copy(row, block[i*k:])
		a.g = append(a.g, row)
	}
}

func (m *normals) feature(j int) []float64 { return m.x[j*m.n : (j+1)*m.n] }

// residual subtracts from y, one target, what the weights of a predict.
func (m *normals) residual(y []float64, a *active) {
	for _, at := range a.free {
		simd.Axpy(y, -a.w[at], m.feature(a.member[at]))
	}
}

// A block is some targets that are solved side by side, since their gradients
// are one matrix product.
type block struct {
	m       *normals
	y       []float64   // b×n, centred as the features are
	q       []float64   // b×p: XᵀY
	c       [][]float64 // per target, p: Xᵀ(y − Xw)
	targets []*active
}

// blockOf returns how many targets of a design are solved side by side: as
// many as suit a matrix product, fewer where their working sets are large.
func (m *normals) blockOf() int {
	k := min(m.n, m.p)
	return max(4, min(64, 1<<29/(48*k*k+24*(m.n+m.p))))
}

func (m *normals) block(y []float64) *block {
	b := &block{m: m, y: y, targets: make([]*active, len(y)/m.n)}
	b.q = make([]float64, len(b.targets)*m.p)
	simd.Gemm(false, true, len(b.targets), m.p, m.n, 1, y, m.n, m.x, m.n, 0, b.q, m.p)
	c := slices.Clone(b.q)
	for t := range b.targets {
		b.targets[t] = &active{in: make([]bool, m.p), length: math.Sqrt(simd.SumSquares(y[t*m.n : (t+1)*m.n]))}
		b.c = append(b.c, c[t*m.p:(t+1)*m.p])
	}
	return b
}

// follow solves each target for each of its penalties κ, from the largest to
// the smallest, and calls visit for each solution; several calls may run at
// once, of different targets. All targets have equally many penalties.
//
// For each penalty, working sets take in the features that the strong rule
// does not rule out; when all are solved, features outside that still gain are
// taken in, until there is none. Tibshirani et al. (2012),
// doi:10.1111/j.1467-9868.2011.01004.x.
func (b *block) follow(ctx context.Context, kappa [][]float64, visit func(target, k int, a *active)) error {
	for k := range kappa[0] {
		pending := upTo(len(b.targets))
		err := b.each(ctx, pending, func(t int) error {
			at := kappa[t][k]
			if k > 0 {
				at = 2*at - kappa[t][k-1]
			}
			b.targets[t].prune(b.m)
			b.widen(t, at)
			return nil
		})
		for len(pending) > 0 && err == nil {
			err = b.each(ctx, pending, func(t int) error {
				if !b.targets[t].solve(min(b.m.n-1, b.m.p), kappa[t][k]) {
					return fmt.Errorf("the exchange of features does not end: features repeat each other up to rounding; use Ridge, or leave such features out")
				}
				return nil
			})
			if err != nil {
				break
			}
			b.gradients(pending)
			wider := make([]bool, len(b.targets))
			err = b.each(ctx, pending, func(t int) error {
				wider[t] = b.widen(t, kappa[t][k])
				return nil
			})
			pending = slices.DeleteFunc(pending, func(t int) bool { return !wider[t] })
		}
		if err == nil {
			err = b.each(ctx, upTo(len(b.targets)), func(t int) error {
				visit(t, k, b.targets[t])
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// widen takes into a target's working set features whose gradient is above a
// penalty; of many, the steepest. It reports whether there were any.
func (b *block) widen(t int, above float64) bool {
	a, c, m := b.targets[t], b.c[t], b.m
	var join []int
	noise := a.noise()
	for j, g := range c {
		if g > above && !a.in[j] && g-above > noise*m.size[j] && m.size[j] > 0 {
			join = append(join, j)
		}
	}
	join = largest(join, c, 32+len(a.free)/2)
	a.join(m, join, func(j int) float64 { return b.q[t*m.p+j] })
	return len(join) > 0
}

// gradients brings c up to date for some targets: from the Gram matrix where
// there is one, from residuals otherwise.
func (b *block) gradients(targets []int) {
	m := b.m
	c := make([]float64, len(targets)*m.p)
	if m.gram != nil {
		simd.Parallel(len(targets), 1, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				a, t := b.targets[targets[i]], targets[i]
				row := c[i*m.p : (i+1)*m.p]
				copy(row, b.q[t*m.p:(t+1)*m.p])
				for _, at := range a.free {
					f := a.member[at]
					simd.Axpy(row, -a.w[at], m.gram[f*m.p:(f+1)*m.p])
				}
			}
		})
	} else {
		r := make([]float64, len(targets)*m.n)
		simd.Parallel(len(targets), 1, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				t := targets[i]
				copy(r[i*m.n:], b.y[t*m.n:(t+1)*m.n])
				m.residual(r[i*m.n:(i+1)*m.n], b.targets[t])
			}
		})
		simd.Gemm(false, true, len(targets), m.p, m.n, 1, r, m.n, m.x, m.n, 0, c, m.p)
	}
	for i, t := range targets {
		copy(b.c[t], c[i*m.p:(i+1)*m.p])
	}
}

// refined corrects the weights of target t by the residuals themselves.
func (b *block) refined(t int, kappa float64) {
	m := b.m
	r := slices.Clone(b.y[t*m.n : (t+1)*m.n])
	m.residual(r, b.targets[t])
	b.targets[t].refine(func(j int) float64 { return simd.Dot(r, m.feature(j)) }, kappa)
}

// each calls f for some targets on all processors, and returns the error of
// the first of them; ctx may end it.
func (b *block) each(ctx context.Context, targets []int, f func(t int) error) error {
	var mu sync.Mutex
	first, failed := len(targets), error(nil)
	simd.Parallel(len(targets), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			err := ctx.Err()
			if err == nil {
				err = f(targets[i])
			}
			if err != nil {
				mu.Lock()
				if i < first {
					first, failed = i, err
				}
				mu.Unlock()
				return
			}
		}
	})
	return failed
}
