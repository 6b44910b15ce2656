package glm

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A factor is a design X = Q R: Q has orthonormal columns, R is upper triangular.
type factor struct {
	q *mat.Dense // volumes × columns
	r *mat.Dense // columns × columns
}

// solved returns z = R⁻ᵀc, the contrast c in terms of Q: cᵀ(XᵀX)⁻¹c = |z|².
func (f *factor) solved(c []float64) []float64 {
	z := make([]float64, len(c))
	for i := range z {
		s := c[i]
		for j := range i {
			s -= f.r.At(j, i) * z[j]
		}
		z[i] = s / f.r.At(i, i)
	}
	return z
}

// inverse returns R⁻¹, whose rows are R⁻ᵀ of unit contrasts.
func (f *factor) inverse() *mat.Dense {
	k, _ := f.r.Dims()
	out := mat.NewDense(k, k, nil)
	for i := range k {
		unit := make([]float64, k)
		unit[i] = 1
		out.SetRow(i, f.solved(unit))
	}
	return out
}

// factorise orthogonalises the columns one after the other, twice each, which
// keeps Q orthonormal to rounding. It returns nil and the column if one
// is zero or, to ten digits, a sum of those before it. Giraud et al. (2005),
// doi:10.1007/s00211-005-0615-4.
func factorise(x *mat.Dense) (*factor, int) {
	n, k := x.Dims()
	cols := make([][]float64, k)
	r := mat.NewDense(k, k, nil)
	for j := range k {
		c := mat.Col(nil, j, x)
		before := floats.Norm(c, 2)
		for range 2 {
			for i := range j {
				s := floats.Dot(cols[i], c)
				floats.AddScaled(c, -s, cols[i])
				r.Set(i, j, r.At(i, j)+s)
			}
		}
		norm := floats.Norm(c, 2)
		if !(norm > 1e-10*before) {
			return nil, j
		}
		floats.Scale(1/norm, c)
		r.Set(j, j, norm)
		cols[j] = c
	}
	q := mat.NewDense(n, k, nil)
	for j, c := range cols {
		q.SetCol(j, c)
	}
	return &factor{q, r}, 0
}
