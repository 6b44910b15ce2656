package encoding

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// blockFeatures is how many features, centred, products over features are made
// of at once: no centred copy of all is needed.
const blockFeatures = 1024

// features calls f with each block of the given columns of x (nil: all),
// centred and transposed: b×n in row-major order. at is the place of its first
// column among them, mean the b means.
func features(x *mat.Dense, cols []int, f func(at int, block, mean []float64)) {
	n, p := x.Dims()
	if cols != nil {
		p = len(cols)
	}
	mean := make([]float64, min(p, blockFeatures))
	buf := simd.Large[float64](n * min(p, blockFeatures))
	for at := 0; at < p; at += blockFeatures {
		b := min(blockFeatures, p-at)
		const part = 32 // columns of a row that are next to each other in memory
		simd.Parallel((b+part-1)/part, simd.Grain(6*n*part), func(lo, hi int) {
			for c := lo * part; c < min(b, hi*part); c += part {
				d := min(b, c+part)
				for i := range n {
					src, dst := x.RawRowView(i), buf[c*n+i:]
					if cols == nil {
						for k, v := range src[at+c : at+d] {
							dst[k*n] = v
						}
						continue
					}
					for k, j := range cols[at+c : at+d] {
						dst[k*n] = src[j]
					}
				}
				for k := c; k < d; k++ {
					mean[k] = centreRow(buf[k*n : (k+1)*n])
				}
			}
		})
		f(at, buf[:n*b], mean[:b])
	}
}

// centreRow subtracts the mean, which it returns. The first value is
// subtracted before the mean is taken, so that equal values become exactly 0.
func centreRow(x []float64) float64 {
	first, sum := x[0], 0.
	for _, v := range x {
		sum += v - first
	}
	mean := first + sum/float64(len(x))
	for i := range x {
		x[i] -= mean
	}
	return mean
}

// centreStrided subtracts the means of c columns of n rows, a row every ld
// numbers, and stores them. The first row is subtracted before the mean is
// taken, so that constant columns become exactly 0.
func centreStrided(x []float64, n, c, ld int, mean []float64) {
	first := append([]float64(nil), x[:c]...)
	clear(mean)
	for i := range n {
		for j, v := range x[i*ld : i*ld+c] {
			mean[j] += v - first[j]
		}
	}
	for j := range mean {
		mean[j] = first[j] + mean[j]/float64(n)
	}
	for i := range n {
		row := x[i*ld : i*ld+c]
		for j := range row {
			row[j] -= mean[j]
		}
	}
}

// gram returns the n×n matrix of the products of centred rows, over the given
// columns of x (nil: all):
//
//	K = Σⱼ (xⱼ − x̄ⱼ)(xⱼ − x̄ⱼ)ᵀ
func gram(x *mat.Dense, cols []int) *mat.Dense {
	n, _ := x.Dims()
	k := mat.NewDense(n, n, simd.Large[float64](n*n))
	features(x, cols, func(_ int, block, mean []float64) {
		b := len(mean)
		simd.Syrk(true, true, n, b, 1, block, n, 1, k.RawMatrix().Data, n)
	})
	reflect(k)
	return k
}

// reflect copies the upper triangle to the lower one, by squares, since rows
// of one are columns of the other.
func reflect(g *mat.Dense) {
	const side = 32
	n, _ := g.Dims()
	d := g.RawMatrix().Data
	for i0 := 0; i0 < n; i0 += side {
		for j0 := 0; j0 <= i0; j0 += side {
			for i := i0; i < min(n, i0+side); i++ {
				for j := j0; j < min(i, j0+side); j++ {
					d[i*n+j] = d[j*n+i]
				}
			}
		}
	}
}
