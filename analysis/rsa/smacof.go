package rsa

import (
	"context"
	"errors"
	"math"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// classical returns the two leading coordinates of classical scaling, n×2. The
// second is 0 where the eigenvalue is not above rounding.
func classical(delta *mat.SymDense) (*mat.Dense, error) {
	n := delta.SymmetricDim()
	b := mat.NewSymDense(n, nil)
	mean := make([]float64, n)
	all := 0.0
	for i := range n {
		for j := range n {
			v := delta.At(i, j)
			mean[i] += v * v / float64(n)
		}
		all += mean[i] / float64(n)
	}
	for i := range n {
		for j := i; j < n; j++ {
			v := delta.At(i, j)
			b.SetSym(i, j, -(v*v-mean[i]-mean[j]+all)/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(b, true) {
		return nil, errors.New("the eigenvalues of the dissimilarities did not converge")
	}
	values := eigen.Values(nil) // rising
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	x := mat.NewDense(n, 2, nil)
	for k := range min(2, n) {
		at := n - 1 - k
		l := values[at]
		if l <= 1e-12*values[n-1] {
			continue
		}
		for i := range n {
			x.Set(i, k, math.Sqrt(l)*vectors.At(i, at))
		}
	}
	return x, nil
}

// A smacof moves points until their distances are the dissimilarities.
type smacof struct{ delta *mat.SymDense }

// run takes at most so many steps from x, and returns where they led and how
// many they were. A step is the Guttman transform of equal weights,
//
//	x[i] ← (1/n) Σⱼ (D[i,j]/d[i,j]) (x[i] − x[j])
//
// in which points at one place do not push each other; so those that are,
// though unlike, are moved apart a little before.
func (s smacof) run(ctx context.Context, x *mat.Dense, steps int, tolerance float64) (*mat.Dense, int, error) {
	n, _ := x.Dims()
	x, next := s.loosened(x), mat.NewDense(n, 2, nil)
	before := math.Inf(1)
	for k := range steps {
		if k%16 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, k, err
			}
			analysis.ReportProgress(ctx, k, steps)
		}
		now, squares := s.step(next, x)
		x, next = next, x
		if before-now < tolerance*squares {
			analysis.ReportProgress(ctx, steps, steps)
			return x, k + 1, nil
		}
		before = now
	}
	analysis.ReportProgress(ctx, steps, steps)
	return x, steps, nil
}

// loosened returns x with points moved a thousandth of the mean dissimilarity
// where steps could not part them.
func (s smacof) loosened(x *mat.Dense) *mat.Dense {
	n, _ := x.Dims()
	out := mat.DenseCopyOf(x)
	size, stuck := 0.0, map[int]bool{}
	for i := range n {
		for j := i + 1; j < n; j++ {
			size += s.delta.At(i, j)
		}
	}
	size /= float64(n*(n-1)) / 2
	for i := range n {
		for j := i + 1; j < n; j++ {
			if s.delta.At(i, j) > 0 && math.Hypot(x.At(i, 0)-x.At(j, 0), x.At(i, 1)-x.At(j, 1)) < 1e-9*size {
				stuck[i], stuck[j] = true, true
			}
		}
	}
	for i := range stuck {
		sin, cos := math.Sincos(2.399963229728653 * float64(i)) // the golden angle: no two alike
		out.Set(i, 0, x.At(i, 0)+1e-3*size*cos)
		out.Set(i, 1, x.At(i, 1)+1e-3*size*sin)
	}
	return out
}

// step writes the Guttman transform of x to next, and returns σ and Σ d² of x.
func (s smacof) step(next, x *mat.Dense) (stress, squares float64) {
	n, _ := x.Dims()
	from, to := x.RawMatrix().Data, next.RawMatrix().Data
	raw := s.delta.RawSymmetric()
	clear(to)
	for i := range n {
		xi, yi := from[2*i], from[2*i+1]
		row := raw.Data[i*raw.Stride : i*raw.Stride+n]
		var sx, sy float64
		for j := i + 1; j < n; j++ {
			dx, dy := xi-from[2*j], yi-from[2*j+1]
			d2 := dx*dx + dy*dy
			d := math.Sqrt(d2)
			e := row[j] - d
			stress += e * e
			squares += d2
			if d == 0 {
				continue
			}
			r := row[j] / d
			dx, dy = r*dx, r*dy
			sx += dx
			sy += dy
			to[2*j] -= dx
			to[2*j+1] -= dy
		}
		to[2*i] += sx
		to[2*i+1] += sy
	}
	for i := range to {
		to[i] /= float64(n)
	}
	return stress, squares
}

// fit returns Kruskal's stress-1 and the correlation of the dissimilarities
// with the distances.
func (s smacof) fit(x *mat.Dense) (stress, r float64) {
	n, _ := x.Dims()
	var delta, d []float64
	var raw, squares float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			delta = append(delta, s.delta.At(i, j))
			v := math.Hypot(x.At(i, 0)-x.At(j, 0), x.At(i, 1)-x.At(j, 1))
			d = append(d, v)
			e := v - s.delta.At(i, j)
			raw, squares = raw+e*e, squares+v*v
		}
	}
	if score, err := analysis.Pearson.Compare(delta, d); err == nil {
		r = score.Value
	}
	return math.Sqrt(raw / squares), r
}

// principal centres x, turns it so that its widest extent lies along the first
// axis, and mirrors each axis so that the farthest point along it is positive.
func principal(x *mat.Dense) {
	n, _ := x.Dims()
	var mx, my float64
	for i := range n {
		mx += x.At(i, 0) / float64(n)
		my += x.At(i, 1) / float64(n)
	}
	var xx, xy, yy float64
	for i := range n {
		a, b := x.At(i, 0)-mx, x.At(i, 1)-my
		x.Set(i, 0, a)
		x.Set(i, 1, b)
		xx, xy, yy = xx+a*a, xy+a*b, yy+b*b
	}
	sin, cos := math.Sincos(math.Atan2(2*xy, xx-yy) / 2)
	far := [2]float64{}
	for i := range n {
		a, b := x.At(i, 0), x.At(i, 1)
		v := [2]float64{a*cos + b*sin, b*cos - a*sin}
		x.SetRow(i, v[:])
		for k := range v {
			if math.Abs(v[k]) > math.Abs(far[k])*(1+1e-9) {
				far[k] = v[k]
			}
		}
	}
	for k := range far {
		if far[k] < 0 {
			for i := range n {
				x.Set(i, k, -x.At(i, k))
			}
		}
	}
}
