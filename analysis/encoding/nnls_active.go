package encoding

import (
	"cmp"
	"math"
	"slices"

	"fusiform/internal/simd"
)

// An active is the problem of one target on a working set of features,
//
//	minimise  ½wᵀGw − (q − κ1)ᵀw  over  w ≥ 0
//
// solved exactly, not to a tolerance, by the active-set method: of the
// features whose weight is 0, the one with the steepest gradient q − κ − Gw is
// set free, the weights of the free ones are solved for, and those that would
// become negative are bound to 0 again. κ = 0 is non-negative least squares,
// κ = nα the non-negative Lasso. What is free for one κ is where the next one
// starts. The Cholesky factor of the free features' part of G is updated, so
// that an exchange among k free features costs O(k²).
//
// Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23; Bro & de
// Jong (1997), doi:10.1002/(SICI)1099-128X(199709/10)11:5<393::AID-CEM483>3.0.CO;2-L.
type active struct {
	member []int       // the working set, in order of joining
	in     []bool      // per feature: a member
	q      []float64   // per member: xᵀy
	size   []float64   // per member: ‖x‖
	x      []float64   // per member: its responses, where there is no Gram matrix
	g      [][]float64 // per member: its products with all members
	w      []float64   // per member: its weight
	length float64     // ‖y‖

	free []int       // positions in member
	l    [][]float64 // per free: its row of the factor, i+1 long

	blocked []bool    // per member: cannot be told from the free ones
	grad    []float64 // per member
	s       []float64 // per free
}

// dependent is the part of a feature's variance, left when the free features
// are regressed out, below which it counts as their linear combination: some
// hundred rounding errors of a Gram matrix, a millionth of its length.
const dependent = 1e-12

// join takes features into the working set, given their products with the
// target.
func (a *active) join(m *normals, features []int, xy func(feature int) float64) {
	for _, f := range features {
		a.member, a.in[f] = append(a.member, f), true
		a.q, a.size, a.w = append(a.q, xy(f)), append(a.size, m.size[f]), append(a.w, 0)
		a.blocked, a.grad = append(a.blocked, false), append(a.grad, 0)
	}
	if len(features) > 0 {
		m.products(a, len(a.member)-len(features))
	}
}

// prune leaves the working set only the free features, if there are many
// others: what a smaller penalty needs is taken in again.
func (a *active) prune(m *normals) {
	if len(a.member) <= 2*len(a.free)+64 {
		return
	}
	keep := active{in: a.in, length: a.length, l: a.l}
	clear(keep.in)
	for i, at := range a.free {
		keep.member, keep.in[a.member[at]] = append(keep.member, a.member[at]), true
		keep.q, keep.size, keep.w = append(keep.q, a.q[at]), append(keep.size, a.size[at]), append(keep.w, a.w[at])
		keep.free = append(keep.free, i)
		row := make([]float64, len(a.free), 2*len(a.free)+32)
		for j, o := range a.free {
			row[j] = a.g[at][o]
		}
		keep.g = append(keep.g, row)
		if a.x != nil {
			keep.x = append(keep.x, a.x[at*m.n:(at+1)*m.n]...)
		}
	}
	keep.blocked, keep.grad = make([]bool, len(a.free)), make([]float64, len(a.free))
	*a = keep
}

// zero is the part of the lengths of what is multiplied and summed that counts
// as 0 in a gradient: some ten thousand rounding errors.
const zero = 1e-12

// noise returns what counts as 0 in the gradient of a feature of length 1.
func (a *active) noise() float64 {
	sum := a.length
	for _, at := range a.free {
		sum += a.w[at] * a.size[at]
	}
	return zero * sum
}

// solve finds the weights for the penalty κ, from those of the last one. It
// reports whether they were found: exchanges without end can come from
// rounding alone.
//
// Several features are set free at once, the steepest first, as long as that
// gets on: those that turn out to be in the way are bound before anything has
// moved. When all are, one at a time is; and from half of rank on, how many can
// be independent, where the order decides which solution is found if there are
// several.
func (a *active) solve(rank int, kappa float64) bool {
	a.settle(kappa)
	clear(a.blocked)
	alone := false
	for range 20*len(a.member) + 100 {
		most := 1
		if k := len(a.free); !alone && 2*k < rank {
			most = min(5+k/4, rank/2-k+1)
		}
		steep := a.steepest(kappa, most)
		if len(steep) == 0 {
			return true
		}
		moved := false
		for _, j := range steep {
			if !a.release(j, kappa) {
				a.blocked[j] = true
			}
		}
		a.settle(kappa)
		for _, j := range steep {
			moved = moved || a.w[j] > 0
		}
		if moved {
			clear(a.blocked)
		} else if alone {
			a.blocked[steep[0]] = true
		}
		alone = !moved
	}
	return false
}

// steepest returns the members, bound to 0, that gain most per weight, the
// steepest first, at most so many; none if none gains.
func (a *active) steepest(kappa float64, most int) []int {
	for j, q := range a.q {
		a.grad[j] = q - kappa
	}
	for _, at := range a.free {
		simd.Axpy(a.grad, -a.w[at], a.g[at])
	}
	for _, at := range a.free {
		a.grad[at] = 0
	}
	noise := a.noise()
	var steep []int
	for j, g := range a.grad {
		if g > noise*a.size[j] && !a.blocked[j] {
			steep = append(steep, j)
		}
	}
	return largest(steep, a.grad, most)
}

// largest keeps those positions whose values are largest, in falling order.
func largest(at []int, values []float64, most int) []int {
	slices.SortFunc(at, func(i, j int) int {
		return cmp.Or(cmp.Compare(values[j], values[i]), i-j)
	})
	return at[:min(most, len(at))]
}

// release sets member j free. Where it depends on the free ones, it takes the
// place of one of them, if that gains.
func (a *active) release(j int, kappa float64) bool {
	l, independent := a.extended(j)
	if !independent {
		if !a.exchange(l, j, kappa) {
			return false
		}
		if l, independent = a.extended(j); !independent {
			a.w[j] = 0
			return false
		}
	}
	a.free, a.l = append(a.free, j), append(a.l, l)
	return true
}

// extended returns the row of the factor for another free feature, and whether
// it is independent of those that are free: more than dependent of its
// variance is its own.
func (a *active) extended(j int) (l []float64, independent bool) {
	k, row := len(a.free), a.g[j]
	l = make([]float64, k+1)
	for i, at := range a.free {
		l[i] = (row[at] - simd.Dot(a.l[i][:i], l[:i])) / a.l[i][i]
	}
	left := row[j] - simd.SumSquares(l[:k])
	l[k] = math.Sqrt(max(0, left))
	return l, left > dependent*row[j]
}

// exchange sets a feature free that is a linear combination of the free ones,
// x_j = X_free z, in place of one of them: w_j rises and w falls by z as much
// until the first weight is 0. That changes no prediction, and lowers the
// penalty if Σz > 1; otherwise nothing is gained. l is the row that extended
// returns.
func (a *active) exchange(l []float64, j int, kappa float64) bool {
	k := len(a.free)
	z := append([]float64(nil), l[:k]...)
	a.back(z)
	if kappa == 0 || simd.Sum(z) <= 1+1e-9 {
		return false
	}
	step, first := math.Inf(1), -1
	for i, at := range a.free {
		if z[i] > 0 && a.w[at]/z[i] < step {
			step, first = a.w[at]/z[i], i
		}
	}
	if first < 0 {
		return false
	}
	for i, at := range a.free {
		a.w[at] = max(0, a.w[at]-step*z[i])
	}
	a.w[j], a.w[a.free[first]] = step, 0
	a.bind(first)
	return true
}

// unbound returns the weights of the free features if they could be negative.
func (a *active) unbound(kappa float64) []float64 {
	a.s = a.s[:0]
	for _, at := range a.free {
		a.s = append(a.s, a.q[at]-kappa)
	}
	a.substitute(a.s)
	return a.s
}

// substitute replaces b by G⁻¹b of the free features.
func (a *active) substitute(b []float64) {
	for i, l := range a.l {
		b[i] = (b[i] - simd.Dot(l[:i], b[:i])) / l[i]
	}
	a.back(b)
}

// back replaces b by L⁻ᵀb.
func (a *active) back(b []float64) {
	for i := len(a.l) - 1; i >= 0; i-- {
		l := a.l[i]
		b[i] /= l[i]
		simd.Axpy(b[:i], -b[i], l[:i])
	}
}

// settle gives the free features their weights, and binds those that are in
// the way: it goes towards the unbound solution until the first weight is 0,
// as often as needed. The objective never rises.
func (a *active) settle(kappa float64) {
	for len(a.free) > 0 {
		s := a.unbound(kappa)
		step, first := 1., -1
		for i, at := range a.free {
			if s[i] <= 0 {
				if d := a.w[at] / (a.w[at] - s[i]); first < 0 || d < step {
					step, first = d, i
				}
			}
		}
		if first < 0 {
			for i, at := range a.free {
				a.w[at] = s[i]
			}
			return
		}
		for i, at := range a.free {
			a.w[at] += step * (s[i] - a.w[at])
		}
		a.w[a.free[first]] = 0
		for i := len(a.free) - 1; i >= 0; i-- {
			if at := a.free[i]; s[i] <= 0 && a.w[at] <= 0 {
				a.w[at] = 0
				a.bind(i)
			}
		}
	}
}

// bind takes the i-th free feature from the factor: the rows below have one
// column too many, which rotations of neighbouring columns empty.
func (a *active) bind(i int) {
	k := len(a.free) - 1
	for c := i; c < k; c++ {
		l := a.l[c+1]
		h := math.Hypot(l[c], l[c+1])
		cos, sin := l[c]/h, l[c+1]/h
		for r := c + 1; r <= k; r++ {
			u, v := a.l[r][c], a.l[r][c+1]
			a.l[r][c], a.l[r][c+1] = cos*u+sin*v, cos*v-sin*u
		}
		a.l[c] = l[:c+1]
	}
	a.l = a.l[:k]
	a.free = append(a.free[:i], a.free[i+1:]...)
}

// refine corrects the weights by what is left of the gradient, given exactly
// (from residuals, not from the Gram matrix, which squares the condition): one
// step of iterative refinement.
func (a *active) refine(gradient func(feature int) float64, kappa float64) {
	a.s = a.s[:0]
	for _, at := range a.free {
		a.s = append(a.s, gradient(a.member[at])-kappa)
	}
	a.substitute(a.s)
	for i, at := range a.free {
		a.w[at] = max(0, a.w[at]+a.s[i])
	}
}
