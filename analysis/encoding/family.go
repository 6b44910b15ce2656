package encoding

import (
	"context"
	"math"
	"slices"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// A family is the H = A(M + λI)⁻¹ of all λ of a grid, as sums of a few:
//
//	H(λ) ≈ Σₖ c[λ,k] H(μₖ),  μₖ in the grid
//
// H is a smooth function of λ, so that on a grid of decades about half of them
// make the others up to float32 rounding, and predictions need as many
// products. Each sum is compared with what it stands for: see tolerance.
type family struct {
	hats  []*mat.Dense // of each λ; nil where it was not computed
	basis []int        // which λ the μ are
	coef  [][]float64  // per λ: c
}

// tolerance bounds the root mean square over held-out rows of ‖δH‖, the error
// of H, which is the error of a prediction relative to the length of y.
// Rounding H to float32 alone gives about 3e-8.
const tolerance = 1e-7

// mostAmplified bounds Σ|c|·‖H(μ)‖ over ‖H‖ as large as 1: how much a sum
// magnifies the rounding of its parts.
const mostAmplified = 8

// family returns the H of a grid, given in any order.
//
// From the least λ upwards, two are computed at a time, unless those that are
// there make it up. That can be known without computing it: with the sum H̃,
//
//	(H − H̃)(M + λI) = A − Σ c[k] (A + (λ−μₖ)Hₖ) =: R,  ‖H − H̃‖ ≤ ‖R‖/λ
//
// and c is what makes R least.
func (s *system) family(ctx context.Context, grid []float64) (*family, error) {
	f := &family{hats: make([]*mat.Dense, len(grid)), coef: make([][]float64, len(grid))}
	h, q := s.a.Dims()
	limit := tolerance * math.Sqrt(float64(h))
	order := upTo(len(grid))
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case grid[a] < grid[b]:
			return -1
		case grid[a] > grid[b]:
			return 1
		}
		return 0
	})
	g := newSpan(s.a, h*q)
	var there []int // computed, ascending
	over := make([][]float64, len(grid))
	for len(order) > 0 {
		var next []int
		for _, i := range order[:min(2, len(order))] {
			if c := g.extrapolate(grid, there, i, limit); c != nil {
				over[i] = c
			} else {
				next = append(next, i)
			}
		}
		order = order[min(2, len(order)):]
		err := each(ctx, len(next), func(k int) (err error) {
			f.hats[next[k]], err = s.hat(grid[next[k]])
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, i := range next {
			g.add(f.hats[i])
			there = append(there, i)
		}
	}
	// The sums so far are over the first of those computed.
	f.basis, f.coef = g.thin(there, over, limit)
	return f, nil
}

// stack returns the H of the basis below each other, in float32.
func (f *family) stack() []float32 {
	h, q := f.hats[f.basis[0]].Dims()
	out := simd.Large[float32](len(f.basis) * h * q)
	for k, i := range f.basis {
		round(out[k*h*q:(k+1)*h*q], f.hats[i].RawMatrix().Data)
	}
	return out
}

// round stores x as float32.
func round(dst []float32, x []float64) {
	simd.Parallel(len(x), 1<<15, func(lo, hi int) {
		d := dst[lo:hi]
		for i, v := range x[lo:hi] {
			d[i] = float32(v)
		}
	})
}

// A span is matrices as vectors, with their products: first A, then the H.
type span struct {
	v   [][]float64
	dot [][]float64 // dot[i][j], j ≤ i
	buf []float64
}

func newSpan(a *mat.Dense, size int) *span {
	g := &span{buf: simd.Large[float64](size)}
	g.add(a)
	return g
}

func (g *span) add(m *mat.Dense) {
	g.v = append(g.v, m.RawMatrix().Data)
	d := make([]float64, len(g.v))
	for j := range d {
		d[j] = simd.Dot(g.v[len(g.v)-1], g.v[j])
	}
	g.dot = append(g.dot, d)
}

func (g *span) at(i, j int) float64 { return g.dot[max(i, j)][min(i, j)] }

// extrapolate returns what makes H(grid[i]) from those that are there, nil if
// they are not enough.
func (g *span) extrapolate(grid []float64, there []int, i int, limit float64) []float64 {
	n, lambda := len(there), grid[i]
	if n == 0 || !(lambda > 0) {
		return nil
	}
	// B[k] = A + (λ−μₖ)H[k]
	step := make([]float64, n)
	m, rhs := mat.NewSymDense(n, nil), make([]float64, n)
	for k := range n {
		step[k] = lambda - grid[there[k]]
		if step[k] == 0 {
			c := make([]float64, n)
			c[k] = 1
			return c
		}
	}
	for k := range n {
		rhs[k] = g.at(0, 0) + step[k]*g.at(0, k+1)
		for l := k; l < n; l++ {
			m.SetSym(k, l, g.at(0, 0)+step[k]*g.at(0, k+1)+step[l]*g.at(0, l+1)+step[k]*step[l]*g.at(k+1, l+1))
		}
	}
	c := least(m, rhs)
	if c == nil || !g.moderate(c, upTo(n), limit) {
		return nil
	}
	rest := 1.
	for _, v := range c {
		rest -= v
	}
	w := make([]float64, n)
	for k, v := range c {
		w[k] = -v * step[k]
	}
	if g.length(rest, w, upTo(n), -1) > limit*lambda {
		return nil
	}
	return c
}

// moderate tells whether a sum of some H magnifies rounding little. The limit
// is tolerance·√h, so √h is that of an H of length 1 per row.
func (g *span) moderate(c []float64, at []int, limit float64) bool {
	sum := 0.
	for k, v := range c {
		sum += math.Abs(v) * math.Sqrt(g.at(at[k]+1, at[k]+1))
	}
	return sum <= mostAmplified*limit/tolerance
}

// length returns ‖a·A + Σ w[k]H[at[k]] − H[less]‖, the last unless less < 0.
func (g *span) length(a float64, w []float64, at []int, less int) float64 {
	size := len(g.buf)
	sums := make([]float64, (size+stretch-1)/stretch)
	simd.Parallel(len(sums), 1, func(lo, hi int) {
		for s := lo; s < hi; s++ {
			from, to := s*stretch, min(size, (s+1)*stretch)
			d := g.buf[from:to]
			clear(d)
			if a != 0 {
				simd.Axpy(d, a, g.v[0][from:to])
			}
			for k, v := range w {
				simd.Axpy(d, v, g.v[at[k]+1][from:to])
			}
			if less >= 0 {
				simd.Axpy(d, -1, g.v[less+1][from:to])
			}
			sums[s] = simd.SumSquares(d)
		}
	})
	return math.Sqrt(simd.Sum(sums))
}

// stretch is how many numbers are gone through at once.
const stretch = 1 << 13

// thin returns a basis of the matrices that are there, and the coefficients of
// all λ over it, given those that were extrapolated.
func (g *span) thin(there []int, over [][]float64, limit float64) (basis []int, coef [][]float64) {
	n := len(there)
	chosen := g.pivots(n, limit)
	back := make([][]float64, n) // of each that is there, over chosen
	for k := 0; k < n; k++ {
		if back[k] = g.project(k, chosen, limit); back[k] == nil {
			chosen = append(chosen, k)
			k = -1 // again with one more
		}
	}
	coef = make([][]float64, len(over))
	for i, c := range over {
		coef[i] = make([]float64, len(chosen))
		for k, v := range c {
			simd.Axpy(coef[i], v, back[k])
		}
		if c != nil && !g.moderate(coef[i], chosen, limit) { // as they are, then
			chosen = upTo(n)
			for k := range back {
				back[k] = make([]float64, n)
				back[k][k] = 1
			}
			coef = make([][]float64, len(over))
			for i, c := range over {
				coef[i] = make([]float64, n)
				copy(coef[i], c)
			}
			break
		}
	}
	for k, i := range there {
		coef[i] = back[k]
	}
	for _, k := range chosen {
		basis = append(basis, there[k])
	}
	return basis, coef
}

// pivots chooses, one after the other, the H that those chosen before make
// worst, until all are made within the limit.
func (g *span) pivots(n int, limit float64) (chosen []int) {
	rest := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			rest.SetSym(i, j, g.at(i+1, j+1))
		}
	}
	for len(chosen) < n {
		worst := 0
		for i := range n {
			if rest.At(i, i) > rest.At(worst, worst) {
				worst = i
			}
		}
		d := rest.At(worst, worst)
		if len(chosen) > 0 && d <= limit*limit {
			break
		}
		chosen = append(chosen, worst)
		if d <= 0 {
			break
		}
		col := mat.Col(nil, worst, rest)
		for i := range n {
			for j := i; j < n; j++ {
				rest.SetSym(i, j, rest.At(i, j)-col[i]*col[j]/d)
			}
		}
		for i := range n { // rounding must not choose it again
			rest.SetSym(worst, i, 0)
		}
	}
	return chosen
}

// project returns what makes H[k] from those chosen, nil if they are not
// enough.
func (g *span) project(k int, chosen []int, limit float64) []float64 {
	n := len(chosen)
	c := make([]float64, n)
	if at := slices.Index(chosen, k); at >= 0 {
		c[at] = 1
		return c
	}
	m, rhs := mat.NewSymDense(n, nil), make([]float64, n)
	for i, a := range chosen {
		rhs[i] = g.at(a+1, k+1)
		for j := i; j < n; j++ {
			m.SetSym(i, j, g.at(a+1, chosen[j]+1))
		}
	}
	c = least(m, rhs)
	if c == nil || !g.moderate(c, chosen, limit) || g.length(0, c, chosen, k) > limit {
		return nil
	}
	return c
}

// least solves Mc = r, M of products, scaled to a diagonal of 1 and kept
// definite by 1e-14 of it; nil if M is not definite.
func least(m *mat.SymDense, r []float64) []float64 {
	n := len(r)
	scale := make([]float64, n)
	for i := range n {
		if !(m.At(i, i) > 0) {
			return nil
		}
		scale[i] = 1 / math.Sqrt(m.At(i, i))
	}
	s, b := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		b.SetVec(i, r[i]*scale[i])
		for j := i; j < n; j++ {
			s.SetSym(i, j, m.At(i, j)*scale[i]*scale[j])
		}
		s.SetSym(i, i, 1+1e-14)
	}
	var c mat.Cholesky
	if !c.Factorize(s) {
		return nil
	}
	var x mat.VecDense
	_ = c.SolveVecTo(&x, b) // near-singular: its result is checked by length
	out := make([]float64, n)
	for i := range out {
		out[i] = x.AtVec(i) * scale[i]
	}
	return out
}
