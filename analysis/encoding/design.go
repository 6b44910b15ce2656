package encoding

import "gonum.org/v1/gonum/mat"

// A design is the features of n stimuli, ready for ridge regression on any of
// them: centred over all n (which changes no fit, but keeps digits), and, with
// at least as many features as stimuli, multiplied out once to the n×n Gram
// matrix, from which every training set takes its part.
type design struct {
	x    *mat.Dense // n×p, centred; nil in a sum of Gram matrices
	mean []float64  // what was subtracted, per feature; nil in a joined design
	k    *mat.Dense // n×n, XXᵀ; nil where p < n, and p×p systems are smaller
}

// newDesign takes the given columns of x; nil takes all.
func newDesign(x *mat.Dense, cols []int) *design {
	if cols == nil {
		x = mat.DenseCopyOf(x)
	} else {
		x = channelsOf(x, cols)
	}
	d := &design{x: x}
	d.mean = centre(d.x)
	if n, p := x.Dims(); p >= n {
		d.k = gram(d.x)
	}
	return d
}

// less returns the design of the columns left of x, all those of d but the
// ones of part.
func (d *design) less(part *design, x *mat.Dense, left []int) *design {
	n, _ := x.Dims()
	if d.k == nil || len(left) < n {
		return newDesign(x, left)
	}
	taken := part.k
	if taken == nil {
		taken = gram(part.x)
	}
	k := mat.NewDense(n, n, nil)
	k.Sub(d.k, taken)
	if all, rest := mat.Trace(d.k), mat.Trace(k); rest < leastLeft*all {
		return newDesign(x, left)
	}
	return &design{k: k}
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
	m     *mat.SymDense
	a     *mat.Dense // h×q; nil without rows to predict
	xt    *mat.Dense // primal only: Xᵀ
	scale float64    // mean squared length of the centred training rows
}

func (d *design) system(train, test []int) *system {
	if d.k != nil {
		return dual(d.k, train, test)
	}
	return primal(d.x, train, test)
}

func primal(x *mat.Dense, train, test []int) *system {
	xc := rows(x, train)
	mean := centre(xc)
	s := &system{xt: mat.DenseCopyOf(xc.T())}
	_, p := x.Dims()
	s.m = mat.NewSymDense(p, nil)
	s.m.SymOuterK(1, s.xt)
	for j := 0; j < p; j++ {
		s.scale += s.m.At(j, j) / float64(len(train))
	}
	if len(test) > 0 {
		s.a = rows(x, test)
		subtract(s.a, mean)
	}
	return s
}

// dual centres the part of the Gram matrix that the training rows use:
//
//	(xᵢ−x̄)·(xⱼ−x̄) = kᵢⱼ − k̄ᵢ − k̄ⱼ + k̄,  means over training rows
func dual(k *mat.Dense, train, test []int) *system {
	n := float64(len(train))
	mean := make([]float64, len(train))
	var grand, raw, centred float64
	for i, r := range train {
		row := k.RawRowView(r)
		for _, c := range train {
			mean[i] += row[c] / n
		}
		grand += mean[i] / n
		raw += row[r]
	}
	s := &system{m: mat.NewSymDense(len(train), nil)}
	for i, r := range train {
		row := k.RawRowView(r)
		for j := i; j < len(train); j++ {
			s.m.SetSym(i, j, row[train[j]]-mean[i]-mean[j]+grand)
		}
		centred += s.m.At(i, i)
	}
	// What is left of identical rows is rounding: about n ulps of raw.
	if centred > 1e-15*n*raw {
		s.scale = centred / n
	}
	if len(test) == 0 {
		return s
	}
	s.a = mat.NewDense(len(test), len(train), nil)
	for i, r := range test {
		row, dst := k.RawRowView(r), s.a.RawRowView(i)
		own := 0.0
		for _, c := range train {
			own += row[c] / n
		}
		for j, c := range train {
			dst[j] = row[c] - own - mean[j] + grand
		}
	}
	return s
}

// rhs returns Z of the centred training targets y.
func (s *system) rhs(y *mat.Dense) *mat.Dense {
	if s.xt == nil {
		return y
	}
	var z mat.Dense
	z.Mul(s.xt, y)
	return &z
}

// gram returns XXᵀ, computed above the diagonal in strips, each one matrix
// product, and mirrored.
func gram(x *mat.Dense) *mat.Dense {
	const strip = 128 // two of gonum's 64-row blocks: wide enough to split over threads
	n, p := x.Dims()
	k := mat.NewDense(n, n, nil)
	for i := 0; i < n; i += strip {
		j := min(i+strip, n)
		k.Slice(i, j, i, n).(*mat.Dense).Mul(x.Slice(i, j, 0, p), x.Slice(i, n, 0, p).T())
	}
	for i := 0; i < n; i++ {
		for j := i + 1; j < n; j++ {
			k.Set(j, i, k.At(i, j))
		}
	}
	return k
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
	first := append([]float64(nil), x.RawRowView(0)...)
	mean := make([]float64, c)
	for i := 0; i < n; i++ {
		for j, v := range x.RawRowView(i) {
			mean[j] += v - first[j]
		}
	}
	for j := range mean {
		mean[j] = first[j] + mean[j]/float64(n)
	}
	subtract(x, mean)
	return mean
}

func subtract(x *mat.Dense, mean []float64) { shift(x, -1, mean) }

func add(x *mat.Dense, mean []float64) { shift(x, 1, mean) }

// shift adds sign·by to each row in place.
func shift(x *mat.Dense, sign float64, by []float64) {
	n, _ := x.Dims()
	for i := 0; i < n; i++ {
		row := x.RawRowView(i)
		for j, b := range by {
			row[j] += sign * b
		}
	}
}
