package inference

import (
	"context"
	"errors"
	"math"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// moments is the route for the correlation of Pearson and, without centring,
// for the cosine. Both are functions of weighted sums of products, and so are
// both bounds of the ceiling: of unit vectors with correlations C, where
// person k stands s[k] times, the pool of all has with person i
//
//	r = (C·s)[i] / √(sᵀ·C·s)
//
// and that of the others the same with s[i] = 0. So all draws are one product,
// of the draws×cells weights and the cells×products of two vectors. It is
// taken in blocks of draws and of cells, whose number bounds the memory:
// blockSums weights, as many products, as many sums.
type moments struct {
	*problem
	centre bool

	vectors                [][]float64 // see standard
	out, weights, products []float64   // room, from one visit to the next
}

// blockSums is how many numbers one of the three matrices of a block may hold:
// 16 MiB.
const blockSums = 2 << 20

// doubtful is the share of a vector's variance about its overall mean that
// must be left about the mean of a draw; below, the draw is computed
// explicitly, for the difference of two sums would lose digits.
const doubtful = .01

func (m *moments) visit(ctx context.Context, counts [][]float64, visit func(int, view) error) error {
	if m.vectors == nil {
		var err error
		if m.vectors, err = m.standard(); err != nil {
			return err
		}
	}
	sums := m.sums()
	block := max(1, min(len(counts), blockSums/sums))
	m.out = room(m.out, block*sums)
	out := m.out
	for at := 0; at < len(counts); at += block {
		part := counts[at:min(at+block, len(counts))]
		clear(out)
		if err := m.sum(ctx, out, part); err != nil {
			return err
		}
		err := inTurn(ctx, len(part), func() func(int) error {
			v := &momentView{k: len(m.people), j: len(m.models)}
			v.c, v.values = make([]float64, v.k*v.k), make([]float64, v.k*v.j)
			return func(k int) error {
				if different(part[k]) < fewStimuli {
					return visit(at+k, void{errFew})
				}
				if v.set(out[k*sums:(k+1)*sums], m.total(part[k]), m.centre) {
					v.exact = func() (view, error) { return m.exactly(part[k]) }
					return visit(at+k, v)
				}
				slow, err := m.exactly(part[k])
				if err != nil {
					return err
				}
				return visit(at+k, slow)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exactly returns the view of a draw by the slow route.
func (m *moments) exactly(counts []float64) (view, error) {
	return newExplicit(m.problem).at(counts, make([]float64, m.cells()))
}

// standard returns people and models, centred and of mean square 1.
func (m *moments) standard() ([][]float64, error) {
	var out [][]float64
	for _, x := range append(append([][]float64(nil), m.people...), m.models...) {
		if m.centre {
			x = analysis.ZScores(x, nil)
		} else {
			x = analysis.UnitMeanSquare(x, nil)
		}
		if r := x[0] * 0; r != 0 {
			return nil, errors.New("inference: the scale of the values is too extreme")
		}
		out = append(out, x)
	}
	return out, nil
}

// sums returns how many sums a draw has: of each vector, of the square of
// each, of each two people, and of each person with each model.
func (m *moments) sums() int {
	k, j := len(m.people), len(m.models)
	return 2*(k+j) + k*(k-1)/2 + k*j
}

// sum adds the weighted sums of each draw to the rows of out.
func (m *moments) sum(ctx context.Context, out []float64, counts [][]float64) error {
	cells, sums, draws := m.cells(), m.sums(), len(counts)
	chunk := max(64, min(cells, blockSums/max(sums, draws), 2048))
	m.weights, m.products = room(m.weights, draws*chunk), room(m.products, sums*chunk)
	weights, products := m.weights, m.products
	for lo := 0; lo < cells; lo += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(lo+chunk, cells)
		simd.Parallel(draws, simd.Grain(hi-lo), func(a, b int) {
			for k := a; k < b; k++ {
				m.weigh(weights[k*chunk:k*chunk+hi-lo], counts[k], lo, hi)
			}
		})
		m.multiply(products, chunk, lo, hi)
		simd.Gemm(false, true, draws, sums, hi-lo, 1, weights, chunk, products, chunk, 1, out, sums)
	}
	return nil
}

// multiply writes the vectors and their products at cells lo to hi, a row
// each: vectors, squares, people with people, people with models.
func (m *moments) multiply(dst []float64, stride, lo, hi int) {
	row, vectors := 0, m.vectors
	next := func() []float64 {
		row++
		return dst[(row-1)*stride : (row-1)*stride+hi-lo]
	}
	for _, x := range vectors {
		copy(next(), x[lo:hi])
	}
	for _, x := range vectors {
		simd.Binary(simd.Mul, next(), x[lo:hi], x[lo:hi])
	}
	k := len(m.people)
	for a := range k {
		for b := a + 1; b < len(vectors); b++ {
			simd.Binary(simd.Mul, next(), vectors[a][lo:hi], vectors[b][lo:hi])
		}
	}
}

// momentView is a draw as correlations.
type momentView struct {
	k, j   int
	c      []float64 // person with person
	values []float64 // person with model
	root   []float64 // √ of each vector's weighted sum of squares
	exact  func() (view, error)
}

func (v *momentView) scores() []float64 { return v.values }

// set makes v the view of a draw with these sums. It returns false where they
// do not tell enough.
func (v *momentView) set(sums []float64, total float64, centre bool) bool {
	all := v.k + v.j
	mean, squares, cross := sums[:all], sums[all:2*all], sums[2*all:]
	v.root = v.root[:0]
	for i := range all {
		ss := squares[i]
		if centre {
			ss -= mean[i] * mean[i] / total
		}
		if !(ss > doubtful*squares[i]) || !(ss > 1e-9*total) {
			return false
		}
		v.root = append(v.root, math.Sqrt(ss))
	}
	at := 0
	for a := range v.k {
		v.c[a*v.k+a] = 1
		for b := a + 1; b < all; b++ {
			r := cross[at]
			if centre {
				r -= mean[a] * mean[b] / total
			}
			r = math.Max(-1, math.Min(1, r/(v.root[a]*v.root[b])))
			if b < v.k {
				v.c[a*v.k+b], v.c[b*v.k+a] = r, r
			} else {
				v.values[a*v.j+b-v.k] = r
			}
			at++
		}
	}
	return true
}

func (v *momentView) ceiling(s []float64) (lo, hi float64, err error) {
	// with[i] is person i with the pool, square that of the pool.
	var square, n, unique float64
	with := make([]float64, v.k)
	for i, c := range s {
		with[i] = simd.Dot(v.c[i*v.k:(i+1)*v.k], s)
		square += c * with[i]
		n += c
		if c > 0 {
			unique++
		}
	}
	for i, c := range s {
		if c == 0 {
			continue
		}
		others := square - 2*c*with[i] + c*c
		if !(others > 1e-6*n*n) || !(square > 1e-6*n*n) { // people who cancel out
			e, err := v.exact()
			if err != nil {
				return 0, 0, err
			}
			return e.ceiling(s)
		}
		lo += math.Max(-1, math.Min(1, (with[i]-c)/math.Sqrt(others))) / unique
		hi += math.Max(-1, math.Min(1, with[i]/math.Sqrt(square))) / unique
	}
	return lo, hi, nil
}
