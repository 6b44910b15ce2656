package glm

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A factor is a design X = Q R: Q has orthonormal columns, R is upper triangular.
type factor struct {
	q *mat.Dense // volumes × columns
	r *mat.Dense // columns × columns
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

// betas turns QᵀY, k×v, into R⁻¹QᵀY in place.
func (f *factor) betas(qy *mat.Dense) {
	k, _ := qy.Dims()
	for i := k - 1; i >= 0; i-- {
		row := qy.RawRowView(i)
		for j := i + 1; j < k; j++ {
			floats.AddScaled(row, -f.r.At(i, j), qy.RawRowView(j))
		}
		floats.Scale(1/f.r.At(i, i), row)
	}
}

// variance returns cᵀ(XᵀX)⁻¹c = |R⁻ᵀc|².
func (f *factor) variance(c []float64) float64 {
	z := f.solved(c)
	return floats.Dot(z, z)
}

// solved returns R⁻ᵀc.
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

// whitened returns x with ρ times the row before taken from every row but the
// first: what leaves the noise of an AR(1) process white.
func whitened(x *mat.Dense, rho float64) *mat.Dense {
	n, k := x.Dims()
	w := mat.NewDense(n, k, nil)
	for i := range n {
		copy(w.RawRowView(i), x.RawRowView(i))
		if i > 0 {
			floats.AddScaled(w.RawRowView(i), -rho, x.RawRowView(i-1))
		}
	}
	return w
}

// binned cuts an autocorrelation to hundredths, towards 0, as nilearn does.
func binned(rho float64) int { return int(math.Trunc(rho * 100)) }
