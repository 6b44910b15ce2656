package encoding

import (
	"context"
	"math"
	"math/rand/v2"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// The latents are the components of a partial least-squares regression: scores
// T = XR, n×a, from which the targets are predicted by their loadings,
// Ŷ = TQᵀ. The first k of them are those of a regression with k.
//
// The components of scikit-learn's PLSRegression (NIPALS, both sides regressed
// on the scores of X) are, for centred X and Y,
//
//	w_a  the leading left singular vector of X_aᵀY
//	t_a  = X_a w_a,  X_{a+1} = X_a − t_a t_aᵀX_a/t_aᵀt_a
//	q_a  = Yᵀt_a/t_aᵀt_a
//
// (X_aᵀ takes away what earlier scores explain, so Y need not be deflated.)
// Neither X_a nor iterations over X and Y are needed:
//
// Primal, p ≤ n, with G = XᵀX and S = XᵀY: S_a = (I − PRᵀ)S, where R and P
// hold the rotations and the loadings p_a = G r_a/r_aᵀG r_a so far, and
// r_a = (I − RPᵀ)w_a. Dayal & MacGregor (1997),
// doi:10.1002/(SICI)1099-128X(199701)11:1<73::AID-CEM435>3.0.CO;2-#.
//
// Dual, with K = XXᵀ: all rotations are Xᵀ of something, w_a = Xᵀu_a. With T̂
// the scores so far at length 1, and D = I − T̂T̂ᵀ, u_a is the leading
// eigenvector of D YYᵀ D K, which is self-adjoint in the inner product uᵀKv.
// Rännar et al. (1994), doi:10.1002/cem.1180080204.
type latents struct {
	r [][]float64 // per component: R, p long; in the dual ρ, n long, and R = Xᵀρ
	q [][]float64 // per component: Q, t long
}

// faint is the covariance of a component with the targets, as a part of the
// first component's, below which it is rounding.
const faint = 1e-11

// primalLatents finds up to a components from G, p×p, and S, p×t.
func primalLatents(ctx context.Context, g, s *mat.Dense, a int, tick func(done int)) (*latents, error) {
	p, _ := s.Dims()
	l := &latents{}
	var load [][]float64 // P
	ss, v := squared(s), make([]float64, p)
	apply := func(dst, u []float64) {
		copy(v, u)
		for i := len(load) - 1; i >= 0; i-- { // (I − RPᵀ)u
			simd.Axpy(v, -simd.Dot(load[i], v), l.r[i])
		}
		ss(dst, v)
		for i, r := range l.r { // (I − PRᵀ)
			simd.Axpy(dst, -simd.Dot(r, dst), load[i])
		}
	}
	first := 0.
	for k := range a {
		start := somewhere(s)
		for i, r := range l.r {
			simd.Axpy(start, -simd.Dot(r, start), load[i])
		}
		w, theta, err := lead(ctx, apply, nil, start)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			first = theta
		}
		if theta <= faint*faint*first {
			break
		}
		for i := len(load) - 1; i >= 0; i-- {
			simd.Axpy(w, -simd.Dot(load[i], w), l.r[i])
		}
		pa := times(g, false, w)
		tt := simd.Dot(w, pa) // the squared length of the scores
		l.r, load = append(l.r, w), append(load, scaled(pa, 1/tt))
		l.q = append(l.q, scaled(times(s, true, w), 1/tt))
		tick(k + 1)
	}
	return l, nil
}

// dualLatents finds up to a components from K, n×n, and Y, n×t.
func dualLatents(ctx context.Context, k, y *mat.Dense, a int, tick func(done int)) (*latents, error) {
	l := &latents{}
	var scores, load [][]float64 // T̂; K t/tᵀt
	yy := squared(y)
	kernel := func(dst, v []float64) { copy(dst, times(k, false, v)) }
	apart := func(v []float64) { // D
		for _, t := range scores {
			simd.Axpy(v, -simd.Dot(t, v), t)
		}
	}
	apply := func(dst, u []float64) {
		v := times(k, false, u)
		apart(v)
		yy(dst, v)
		apart(dst)
	}
	first := 0.
	for c := range a {
		start := somewhere(y)
		apart(start)
		u, theta, err := lead(ctx, apply, kernel, start)
		if err != nil {
			return nil, err
		}
		if c == 0 {
			first = theta
		}
		if theta <= faint*faint*first {
			break
		}
		for i := len(load) - 1; i >= 0; i-- {
			simd.Axpy(u, -simd.Dot(load[i], u), l.r[i])
		}
		t := times(k, false, u)
		tt := simd.SumSquares(t)
		l.r, scores = append(l.r, u), append(scores, scaled(t, 1/math.Sqrt(tt)))
		load = append(load, scaled(times(k, false, t), 1/tt))
		l.q = append(l.q, scaled(times(y, true, t), 1/tt))
		tick(c + 1)
	}
	return l, nil
}

// squared returns v ↦ MMᵀv, by one product with MMᵀ where that is the smaller
// matrix, by two with M otherwise.
func squared(m *mat.Dense) operator {
	r, c := m.Dims()
	if c < r {
		return func(dst, v []float64) { copy(dst, times(m, false, times(m, true, v))) }
	}
	g := outer(m)
	return func(dst, v []float64) { copy(dst, times(g, false, v)) }
}

// outer returns MMᵀ.
func outer(m *mat.Dense) *mat.Dense {
	r, c := m.Dims()
	g := mat.NewDense(r, r, nil)
	addOuter(g, m.RawMatrix().Data, r, c)
	mirror(g)
	return g
}

// addOuter adds MMᵀ, M r×c, to the upper triangle of g.
func addOuter(g *mat.Dense, m []float64, r, c int) {
	simd.Syrk(true, false, r, c, 1, m, c, 1, g.RawMatrix().Data, r)
}

// mirror copies the upper triangle to the lower one.
func mirror(g *mat.Dense) {
	n, _ := g.Dims()
	d := g.RawMatrix().Data
	for i := range n {
		for j := range i {
			d[i*n+j] = d[j*n+i]
		}
	}
}

// times returns Mv or Mᵀv.
func times(m *mat.Dense, trans bool, v []float64) []float64 {
	raw := m.RawMatrix()
	rows, inner := raw.Rows, raw.Cols
	if trans {
		rows, inner = inner, rows
	}
	out := make([]float64, rows)
	simd.Gemm(trans, false, rows, 1, inner, 1, raw.Data, raw.Stride, v, 1, 0, out, 1)
	return out
}

// somewhere returns a fixed random combination of the columns of m, which is
// orthogonal to no singular vector.
func somewhere(m *mat.Dense) []float64 {
	_, c := m.Dims()
	rng := rand.New(rand.NewPCG(1, 2))
	v := make([]float64, c)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return times(m, false, v)
}
