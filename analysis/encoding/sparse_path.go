package encoding

import (
	"context"
	"math"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// The paths of many targets are their non-negative Lasso solutions along a
// falling penalty.
type paths struct {
	x, y   *mat.Dense
	rows   []int
	alphas [][]float64 // per target, equally many, falling
	unseen []float64   // memory for held-out rows
}

// choose returns the best penalty of each target by cross-validation. It takes
// the memory of m, and returns what can be taken again.
func (p *paths) choose(ctx context.Context, folds [][]int, m *normals, tick func(done int)) ([]float64, *normals, error) {
	_, t := p.y.Dims()
	errs := make([][]float64, t) // per target and penalty: the sum over folds of the mean squared error
	for j := range errs {
		errs[j] = make([]float64, len(p.alphas[j]))
	}
	for k, held := range folds {
		m = newNormals(p.x, others(p.rows, held), false, m)
		err := p.fold(ctx, m, held, errs, func(done int) { tick(k*t + done) })
		if err != nil {
			return nil, nil, err
		}
	}
	best := make([]float64, t)
	for j, e := range errs {
		at := 0
		for k := range e {
			if e[k] < e[at] {
				at = k
			}
		}
		best[j] = p.alphas[j][at]
	}
	return best, m, nil
}

// fold follows the paths on the rows of m, and adds the errors on those held
// out.
func (p *paths) fold(ctx context.Context, m *normals, held []int, errs [][]float64, tick func(done int)) error {
	_, t := p.y.Dims()
	h := len(held)
	p.unseen = columns(p.unseen, p.x, held, 0, m.p)
	unseen := p.unseen // p×h, centred on the training mean
	for j, mean := range m.mean {
		for r := range h {
			unseen[j*h+r] -= mean
		}
	}
	step := m.blockOf()
	for lo := 0; lo < t; lo += step {
		hi := min(lo+step, t)
		yb, mean := m.targets(p.y, others(p.rows, held), lo, hi, false)
		kappa := make([][]float64, hi-lo)
		for i := range kappa {
			kappa[i] = make([]float64, len(p.alphas[lo+i]))
			for k, a := range p.alphas[lo+i] {
				kappa[i][k] = a * float64(m.n)
			}
		}
		want := columns(nil, p.y, held, lo, hi)
		err := m.block(yb).follow(ctx, kappa, func(i, k int, a *active) {
			left := make([]float64, h) // observed − predicted
			for r := range left {
				left[r] = want[i*h+r] - mean[i]
			}
			for _, at := range a.free {
				j := a.member[at]
				simd.Axpy(left, -a.w[at], unseen[j*h:(j+1)*h])
			}
			errs[lo+i][k] += simd.SumSquares(left) / float64(h)
		})
		if err != nil {
			return err
		}
		tick(hi)
	}
	return nil
}

// largest returns, per target, the largest xᵀy/n, or where none is positive
// the largest |xᵀy|/n: from there up, all weights are 0.
func (m *normals) largest(y *mat.Dense, rows []int) []float64 {
	_, t := y.Dims()
	out := make([]float64, t)
	step := m.blockOf()
	for lo := 0; lo < t; lo += step {
		hi := min(lo+step, t)
		yb, _ := m.targets(y, rows, lo, hi, false)
		q := m.block(yb).q
		for i := range hi - lo {
			row := q[i*m.p : (i+1)*m.p]
			top := simd.Largest(row)
			if top <= 0 {
				for _, v := range row {
					top = max(top, math.Abs(v))
				}
			}
			out[lo+i] = top / float64(m.n)
		}
	}
	return out
}
