package encoding

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// A design is the features of n stimuli, ready for ridge regression on any of
// them: centred over all n (which changes no fit, but keeps digits), and, with
// at least as many features as stimuli, multiplied out once to the n×n Gram
// matrix, from which every training set takes its part.
type design struct {
	x     *mat.Dense // n×p, centred; nil in the dual
	k     *mat.Dense // n×n, XXᵀ; nil where p < n, and p×p systems are smaller
	noise float64    // by how much more than K itself the rounding of K is
}

// newDesign takes the given columns of x; nil takes all.
func newDesign(x *mat.Dense, cols []int) *design {
	n, p := x.Dims()
	if cols != nil {
		p = len(cols)
	}
	if p >= n {
		return &design{k: gram(x, cols), noise: 1}
	}
	d := &design{noise: 1}
	if cols == nil {
		d.x = mat.DenseCopyOf(x)
	} else {
		d.x = channelsOf(x, cols)
	}
	centre(d.x)
	return d
}

// less returns the design of the columns left of x, all those of d but the
// ones of part.
func (d *design) less(part *design, x *mat.Dense, left []int) *design {
	n, _ := x.Dims()
	if d.k == nil || len(left) < n {
		return newDesign(x, left)
	}
	k := mat.NewDense(n, n, simd.Large[float64](n*n))
	if part.k != nil {
		k.Sub(d.k, part.k)
	} else {
		k.Copy(d.k)
		_, p := part.x.Dims()
		data := k.RawMatrix().Data
		simd.Syrk(true, false, n, p, -1, part.x.RawMatrix().Data, p, 1, data, n)
		reflect(k)
	}
	all, rest := mat.Trace(d.k), mat.Trace(k)
	if rest < leastLeft*all {
		return newDesign(x, left)
	}
	return &design{k: k, noise: all / rest}
}

// leastLeft is the share of the variance that a difference of Gram matrices
// must have, so that it keeps 13 of 16 digits.
const leastLeft = 1e-3

// channelsOf copies the given columns; those of nil are nil.
func channelsOf(x *mat.Dense, cols []int) *mat.Dense {
	if x == nil {
		return nil
	}
	n, _ := x.Dims()
	out := mat.NewDense(n, len(cols), nil)
	for i := range n {
		src, dst := x.RawRowView(i), out.RawRowView(i)
		for k, j := range cols {
			dst[k] = src[j]
		}
	}
	return out
}

// A system is the linear problem of one training set,
//
//	(M + λI) C = Z,  Ŷ = A C
//
// where, with X the training rows centred on their mean and X₊ the rows to
// predict, centred on that same mean,
//
//	primal (p < n):  M = XᵀX, Z = XᵀY, A = X₊,   C = W, the weights
//	dual:            M = XXᵀ, Z = Y,   A = X₊Xᵀ, W = XᵀC
//
// Both give the same Ŷ, since (XᵀX+λI)⁻¹Xᵀ = Xᵀ(XXᵀ+λI)⁻¹.
type system struct {
	train, test []int
	m           *mat.SymDense // the upper triangle
	a           *mat.Dense    // h×q; nil without rows to predict
	xt          *mat.Dense    // primal only: Xᵀ
	trace       float64       // of M
	scale       float64       // mean squared length of the centred training rows
}

func (d *design) system(train, test []int) *system {
	if d.k != nil {
		return dual(d, train, test)
	}
	return primal(d.x, train, test)
}

func primal(x *mat.Dense, train, test []int) *system {
	xc := rows(x, train)
	mean := centre(xc)
	s := &system{train: train, test: test, xt: mat.DenseCopyOf(xc.T())}
	_, p := x.Dims()
	s.m = mat.NewSymDense(p, nil)
	s.m.SymOuterK(1, s.xt)
	s.trace = mat.Trace(s.m)
	s.scale = s.trace / float64(len(train))
	if len(test) > 0 {
		s.a = rows(x, test)
		subtract(s.a, mean)
	}
	return s
}

// dual centres the part of the Gram matrix that the training rows use:
//
//	(xᵢ−x̄)·(xⱼ−x̄) = kᵢⱼ − k̄ᵢ − k̄ⱼ + k̄,  means over training rows
func dual(d *design, train, test []int) *system {
	q, n := len(train), float64(len(train))
	mean := make([]float64, q)
	var grand, raw float64
	for i, r := range train {
		row := d.k.RawRowView(r)
		sum := 0.
		for _, c := range train {
			sum += row[c]
		}
		mean[i] = sum / n
		grand += mean[i] / n
		raw += row[r]
	}
	m := simd.Large[float64](q * q)
	simd.Parallel(q, simd.Grain(4*q), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, dst, less := d.k.RawRowView(train[i]), m[i*q:(i+1)*q], mean[i]-grand
			for j := i; j < q; j++ {
				dst[j] = row[train[j]] - less - mean[j]
			}
		}
	})
	s := &system{train: train, test: test, m: mat.NewSymDense(q, m)}
	s.trace = mat.Trace(s.m)
	// What is left of identical rows is rounding: about n ulps of raw.
	if s.trace > 1e-15*n*raw*d.noise {
		s.scale = s.trace / n
	}
	if len(test) == 0 {
		return s
	}
	s.a = mat.NewDense(len(test), q, simd.Large[float64](len(test)*q))
	for i, r := range test {
		row, dst := d.k.RawRowView(r), s.a.RawRowView(i)
		own := 0.0
		for _, c := range train {
			own += row[c] / n
		}
		own -= grand
		for j, c := range train {
			dst[j] = row[c] - own - mean[j]
		}
	}
	return s
}

// rows copies the given rows.
func rows(x *mat.Dense, at []int) *mat.Dense {
	_, c := x.Dims()
	out := mat.NewDense(len(at), c, nil)
	for i, r := range at {
		copy(out.RawRowView(i), x.RawRowView(r))
	}
	return out
}

// centre subtracts the column means in place and returns them. The first row
// is subtracted before the mean is taken, so that constant columns become
// exactly 0.
func centre(x *mat.Dense) []float64 {
	n, c := x.Dims()
	raw := x.RawMatrix()
	mean := make([]float64, c)
	const part = 64
	simd.Parallel((c+part-1)/part, simd.Grain(4*n*part), func(lo, hi int) {
		for ; lo < hi; lo++ {
			a, b := lo*part, min(c, (lo+1)*part)
			centreStrided(raw.Data[a:], n, b-a, raw.Stride, mean[a:b])
		}
	})
	return mean
}

func subtract(x *mat.Dense, mean []float64) { shift(x, -1, mean) }

func add(x *mat.Dense, mean []float64) { shift(x, 1, mean) }

// shift adds sign·by to each row in place.
func shift(x *mat.Dense, sign float64, by []float64) {
	n, _ := x.Dims()
	for i := 0; i < n; i++ {
		simd.Axpy(x.RawRowView(i), sign, by)
	}
}
