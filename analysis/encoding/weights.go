package encoding

import (
	"context"
	"math"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// weights returns W and the intercepts b = ȳ − x̄W of the features x, from the
// primal coefficients or the dual ones C of the targets y with their penalties.
//
// In the dual W = XᵀC, which is most of the work where both features and
// targets are many. Products of at least manyProducts are then in float32, in
// sums of no more than shortSum added up in float64, for the targets whose
// weights that leaves within 1e-6 of their root mean square.
func (d *design) weights(ctx context.Context, x, c, y *mat.Dense, lambda []float64) (*mat.Dense, []float64, error) {
	n, p := x.Dims()
	_, t := c.Dims()
	all := upTo(n)
	b := meanOf(y, all)
	if d.k == nil {
		simd.Gemm(false, false, 1, t, p, -1, meanOf(x, all), p, c.RawMatrix().Data, t, 1, b, t)
		return c, b, nil
	}
	w := mat.NewDense(p, t, simd.Large[float64](p*t))
	fine := upTo(t) // the targets in float64
	var rough *roughProduct
	if float64(n)*float64(p)*float64(t) >= manyProducts {
		if fine = d.fine(c, y, lambda, b, n); len(fine) < t/2 {
			rough = newRoughProduct(c)
		} else {
			fine = upTo(t)
		}
	}
	exact := c
	if len(fine) > 0 && len(fine) < t {
		exact = channelsOf(c, fine)
	}
	toMean := make([]float64, n) // the products of the centred rows with x̄
	features(x, nil, func(at int, block, mean []float64) {
		if ctx.Err() != nil {
			return
		}
		f, to := len(mean), w.Slice(at, at+len(mean), 0, t).(*mat.Dense)
		simd.Gemm(true, false, n, 1, f, 1, block, n, mean, 1, 1, toMean, 1)
		if rough == nil {
			simd.Gemm(false, false, f, t, n, 1, block, n, c.RawMatrix().Data, t, 0, to.RawMatrix().Data, t)
			return
		}
		rough.store(to, block)
		if len(fine) > 0 {
			part := mat.NewDense(f, len(fine), nil)
			part.Mul(mat.NewDense(f, n, block), exact)
			for i := range f {
				row := to.RawRowView(i)
				for k, v := range part.RawRowView(i) {
					row[fine[k]] = v
				}
			}
		}
	})
	simd.Gemm(false, false, 1, t, n, -1, toMean, n, c.RawMatrix().Data, t, 1, b, t)
	return w, b, ctx.Err()
}

const (
	manyProducts = 1 << 32
	shortSum     = 500
)

// fine returns the targets whose weights float32 would leave with too few
// digits. Rounding changes a weight by about 1e-8·‖x‖‖c‖ (9.5e-9 measured; a random
// walk of shortSum steps gives the same), and the weights have the root mean
// square ‖w‖/√p, of which
//
//	‖w‖² = cᵀKc = cᵀ(y − λc)
//
// so that the relative error is 1e-8·√(tr K)·‖c‖/‖w‖: some 3e-7 where the
// eigenvalues of K are alike, more where they are not and λ is small. Up to 5e-7
// is taken, since features that differ in size double it.
func (d *design) fine(c, y *mat.Dense, lambda, mean []float64, n int) []int {
	t := len(lambda)
	own, with := make([]float64, t), make([]float64, t)
	const part = 256
	simd.Parallel((t+part-1)/part, simd.Grain(4*n*part), func(lo, hi int) {
		for from := lo * part; from < min(t, hi*part); from += part {
			to := min(t, from+part)
			for i := range n {
				yr := y.RawRowView(i)[from:to]
				for k, v := range c.RawRowView(i)[from:to] {
					own[from+k] += v * v
					with[from+k] += v * (yr[k] - mean[from+k])
				}
			}
		}
	})
	trace := mat.Trace(d.k)
	ordinary := func(v float64) bool { return v > 1e-40 && v < 1e40 } // squares and roots are in float32's range
	var out []int
	for j, cc := range own {
		size := with[j] - lambda[j]*cc
		ok := 1e-8*math.Sqrt(trace*cc) <= 5e-7*math.Sqrt(size) && ordinary(trace) && ordinary(cc) && ordinary(size)
		if !ok && cc != 0 {
			out = append(out, j)
		}
	}
	return out
}

// A roughProduct multiplies blocks of features by C in float32.
type roughProduct struct {
	n, t  int
	c     []float32
	block []float32
	out   []float32
}

func newRoughProduct(c *mat.Dense) *roughProduct {
	n, t := c.Dims()
	r := &roughProduct{n: n, t: t, c: simd.Large[float32](n * t)}
	round(r.c, c.RawMatrix().Data)
	return r
}

// store sets w to the product of a block of features, b×n, and C.
func (r *roughProduct) store(w *mat.Dense, block []float64) {
	const wide = 1024
	b, _ := w.Dims()
	if r.block == nil {
		r.block, r.out = simd.Large[float32](len(block)), simd.Large[float32](b*min(wide, r.t))
	}
	round(r.block[:len(block)], block)
	for j := 0; j < r.t; j += wide {
		e := min(j+wide, r.t)
		for i := 0; i < r.n; i += shortSum {
			m := min(shortSum, r.n-i)
			simd.Gemm(false, false, b, e-j, m, 1, r.block[i:], r.n, r.c[i*r.t+j:], r.t, 0, r.out, e-j)
			simd.Parallel(b, simd.Grain(4*(e-j)), func(lo, hi int) {
				for k := lo; k < hi; k++ {
					dst, src := w.RawRowView(k)[j:e], r.out[k*(e-j):(k+1)*(e-j)]
					if i == 0 {
						for l, v := range src {
							dst[l] = float64(v)
						}
						continue
					}
					for l, v := range src {
						dst[l] += float64(v)
					}
				}
			})
		}
	}
}
