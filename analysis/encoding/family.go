package encoding

import (
	"cmp"
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
// H is a smooth function of λ. On a grid of ten decades 6 make the others up to
// float32 rounding where the eigenvalues of M are alike, and 9 where they are
// not, and predictions need as many products. How far each sum can be from what
// it stands for is known: see tolerance.
type family struct {
	hats  []*mat.Dense // of each λ; nil where it was not computed
	basis []int        // which λ the μ are
	coef  [][]float64  // per λ: c
	off   []float64    // per λ: a bound of ‖δH‖
}

// tolerance bounds the root mean square over held-out rows of ‖δH‖, the error
// of H, which is the error of a prediction relative to the length of y.
const tolerance = 1e-7

// mostAmplified bounds Σ|c|·‖H(μ)‖ over ‖H‖ as large as 1: how much a sum
// magnifies the rounding of its parts.
const mostAmplified = 8

// family returns the H of a grid, given in any order.
//
// H is computed for the least λ, and then from those near the mean eigenvalue
// of M outwards, two at a time, unless those that are there make it up. That
// can be known without computing it. For the sum H̃ = Σ cₖHₖ,
//
//	(H − H̃)(M + λI) = A − Σ cₖ(A + (λ−μₖ)Hₖ) =: R
//
// so that ‖H − H̃‖ ≤ ‖R‖/λ, and with λ₀ ≤ λ the least of all also
//
//	‖H − H̃‖ ≤ ‖R(M + λ₀I)⁻¹‖,  Hₖ(M + λ₀I)⁻¹ = (H₀ − Hₖ)/(μₖ − λ₀)
//
// c is what makes the bound least. The first is sharp above the eigenvalues of
// M, the second below.
func (s *system) family(ctx context.Context, grid []float64) (*family, error) {
	f := &family{hats: make([]*mat.Dense, len(grid)), coef: make([][]float64, len(grid))}
	h, q := s.a.Dims()
	limit := tolerance * math.Sqrt(float64(h))
	order := upTo(len(grid))
	lowest := slices.MinFunc(order, func(a, b int) int { return cmp.Compare(grid[a], grid[b]) })
	order = slices.Delete(order, lowest, lowest+1)
	far := func(i int) float64 { return math.Abs(math.Log(grid[i] / s.scale)) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(far(a), far(b)) })
	order = slices.Insert(order, 0, lowest)
	g := &span{buf: simd.Large[float64](h * q)}
	g.add(s.a)
	var there []int // which are computed
	over := make([]sum, len(grid))
	var space *mat.Dense
	for len(order) > 0 {
		var next []int
		for _, i := range order[:min(2, len(order))] {
			if over[i] = g.extrapolate(grid, there, i, limit); over[i].c == nil {
				next = append(next, i)
			}
		}
		order = order[min(2, len(order)):]
		err := each(ctx, len(next), func(k int) (err error) {
			if next[k] == lowest {
				f.hats[lowest], space, err = s.hats(grid[lowest])
				return err
			}
			f.hats[next[k]], err = s.hat(grid[next[k]])
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, i := range next {
			g.add(f.hats[i])
			if there = append(there, i); i == lowest {
				g.add(space)
			}
		}
	}
	// The sums so far are over the first of those computed.
	f.thin(g, there, over, limit)
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

// A sum is coefficients of some H, nil if there are none good enough, and a
// bound of how far it is from what it stands for.
type sum struct {
	c   []float64
	off float64
}

// A span is matrices as vectors, with their products: A, H₀, H₀(M + λ₀I)⁻¹,
// and the other H.
type span struct {
	v   [][]float64
	dot [][]float64 // dot[i][j], j ≤ i
	buf []float64
}

func (g *span) add(m *mat.Dense) {
	g.v = append(g.v, m.RawMatrix().Data)
	d := make([]float64, len(g.v))
	for j := range d {
		d[j] = simd.Dot(g.v[len(g.v)-1], g.v[j])
	}
	g.dot = append(g.dot, d)
}

// place returns where the k-th H is.
func place(k int) int {
	if k == 0 {
		return 1
	}
	return k + 2
}

// at returns the product of two H.
func (g *span) at(i, j int) float64 { return g.product(place(i), place(j)) }

func (g *span) product(i, j int) float64 { return g.dot[max(i, j)][min(i, j)] }

// extrapolate returns what makes H(grid[i]) from those that are there, if they
// are enough.
func (g *span) extrapolate(grid []float64, there []int, i int, limit float64) sum {
	n, lambda := len(there), grid[i]
	if n == 0 || !(lambda > 0) {
		return sum{}
	}
	for k, j := range there {
		if grid[j] == lambda {
			return unit(k, n)
		}
	}
	// R and R(M + λ₀I)⁻¹ are want − Σ c[k] part[k], sums over g.v.
	want, part := make([]float64, len(g.v)), mat.NewDense(n, len(g.v), nil)
	want[0] = 1
	for k, j := range there {
		part.Set(k, 0, 1)
		part.Set(k, place(k), lambda-grid[j])
	}
	if s := g.fit(want, part, limit*lambda); s.c != nil && g.moderate(s.c, upTo(n), limit) {
		return sum{s.c, s.off / lambda}
	}
	want[0], want[1] = 0, 1
	part.Zero()
	for k, j := range there {
		part.Set(k, 1, 1)
		if k == 0 {
			part.Set(0, 2, lambda-grid[j])
			continue
		}
		step := (lambda - grid[j]) / (grid[j] - grid[there[0]])
		part.Set(k, 1, 1+step)
		part.Set(k, place(k), -step)
	}
	if s := g.fit(want, part, limit); s.c != nil && g.moderate(s.c, upTo(n), limit) {
		return s
	}
	return sum{}
}

// unit is the k-th of n, as it is.
func unit(k, n int) sum {
	c := make([]float64, n)
	c[k] = 1
	return sum{c: c}
}

// fit returns the c that make want − Σ c[k] part[k], sums of the vectors of g,
// least, if that is not more than limit.
func (g *span) fit(want []float64, part *mat.Dense, limit float64) sum {
	n, size := part.Dims()
	gram := mat.NewSymDense(size, nil)
	for i := range size {
		for j := i; j < size; j++ {
			gram.SetSym(i, j, g.product(i, j))
		}
	}
	var left, m mat.Dense
	left.Mul(part, gram)
	m.Mul(&left, part.T())
	var rhs mat.VecDense
	rhs.MulVec(&left, mat.NewVecDense(size, want))
	c := least(mat.NewSymDense(n, m.RawMatrix().Data), rhs.RawVector().Data)
	if c == nil {
		return sum{}
	}
	rest := append([]float64(nil), want...)
	for k, v := range c {
		simd.Axpy(rest, -v, part.RawRowView(k))
	}
	off := g.length(rest)
	if !(off <= limit) {
		return sum{}
	}
	return sum{c, off}
}

// moderate tells whether a sum of some H magnifies rounding little. The limit
// is tolerance·√h, so √h is that of an H of length 1 per row.
func (g *span) moderate(c []float64, at []int, limit float64) bool {
	size := 0.
	for k, v := range c {
		size += math.Abs(v) * math.Sqrt(g.at(at[k], at[k]))
	}
	return size <= mostAmplified*limit/tolerance
}

// length returns the length of a sum of the vectors.
func (g *span) length(w []float64) float64 {
	size := len(g.buf)
	sums := make([]float64, (size+stretch-1)/stretch)
	simd.Parallel(len(sums), 1, func(lo, hi int) {
		for s := lo; s < hi; s++ {
			from, to := s*stretch, min(size, (s+1)*stretch)
			d := g.buf[from:to]
			clear(d)
			for k, v := range w {
				if v != 0 {
					simd.Axpy(d, v, g.v[k][from:to])
				}
			}
			sums[s] = simd.SumSquares(d)
		}
	})
	return math.Sqrt(simd.Sum(sums))
}

// stretch is how many numbers are gone through at once.
const stretch = 1 << 13

// thin makes the family of the H that are there, and of those that were
// extrapolated: as sums of fewer, if they make up the others.
func (f *family) thin(g *span, there []int, over []sum, limit float64) {
	n := len(there)
	chosen := g.pivots(n, limit)
	back := make([]sum, n) // of each that is there, over chosen
	for k := 0; k < n; k++ {
		if back[k] = g.project(k, chosen, limit); back[k].c == nil {
			chosen = append(chosen, k)
			k = -1 // again with one more
		}
	}
	if !f.join(g, there, chosen, over, back, limit) {
		for k := range back {
			back[k] = unit(k, n)
		}
		f.join(g, there, upTo(n), over, back, math.Inf(1))
	}
}

// join sets the family to sums of those chosen, unless one of them would not be
// moderate.
func (f *family) join(g *span, there, chosen []int, over, back []sum, limit float64) bool {
	f.off = make([]float64, len(over))
	for k, i := range there {
		f.coef[i], f.off[i] = back[k].c, back[k].off
	}
	for i, s := range over {
		if s.c == nil {
			continue
		}
		f.coef[i], f.off[i] = make([]float64, len(chosen)), s.off
		for k, v := range s.c {
			simd.Axpy(f.coef[i], v, back[k].c)
			f.off[i] += math.Abs(v) * back[k].off
		}
		if !g.moderate(f.coef[i], chosen, limit) {
			return false
		}
	}
	f.basis = nil
	for _, k := range chosen {
		f.basis = append(f.basis, there[k])
	}
	return true
}

// pivots chooses, one after the other, the H that those chosen before make
// worst, until all are made within the limit.
func (g *span) pivots(n int, limit float64) (chosen []int) {
	rest := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			rest.SetSym(i, j, g.at(i, j))
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

// project returns what makes H[k] from those chosen.
func (g *span) project(k int, chosen []int, limit float64) sum {
	n := len(chosen)
	if at := slices.Index(chosen, k); at >= 0 {
		return unit(at, n)
	}
	want, part := make([]float64, len(g.v)), mat.NewDense(n, len(g.v), nil)
	want[place(k)] = 1
	for i, a := range chosen {
		part.Set(i, place(a), 1)
	}
	s := g.fit(want, part, limit)
	if s.c == nil || !g.moderate(s.c, chosen, limit) {
		return sum{}
	}
	return s
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
