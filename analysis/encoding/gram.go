package encoding

import (
	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// A block of features, centred, is what products over features are made of:
// no centred copy of all features is needed.
const blockFeatures = 512

// features calls f with each block of the given columns of x (nil: all),
// centred, n×b in row-major order, with the place of its first column among
// them and the means.
func features(x *mat.Dense, cols []int, f func(at int, block, mean []float64)) {
	n, p := x.Dims()
	if cols != nil {
		p = len(cols)
	}
	mean := make([]float64, min(p, blockFeatures))
	buf := simd.Large[float64](n * min(p, blockFeatures))
	for at := 0; at < p; at += blockFeatures {
		b := min(blockFeatures, p-at)
		const part = 64 // columns that stay in the first-level cache
		simd.Parallel((b+part-1)/part, simd.Grain(4*n*part), func(lo, hi int) {
			for c := lo * part; c < min(b, hi*part); c += part {
				d := min(b, c+part)
				for i := range n {
					src, dst := x.RawRowView(i), buf[i*b+c:i*b+d]
					if cols == nil {
						copy(dst, src[at+c:at+d])
						continue
					}
					for k, j := range cols[at+c : at+d] {
						dst[k] = src[j]
					}
				}
				centreStrided(buf[c:], n, d-c, b, mean[c:d])
			}
		})
		f(at, buf[:n*b], mean[:b])
	}
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
		simd.Syrk(true, false, n, b, 1, block, b, 1, k.RawMatrix().Data, n)
	})
	mirror(k)
	return k
}
