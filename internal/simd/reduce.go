package simd

// Sum returns Σ x[i], summed in float64 by several accumulators: the order
// depends on the length and the level alone.
func Sum[T Float](x []T) T { return T(sum64(x)) }

// SumSquares returns Σ x[i]², summed in float64.
func SumSquares[T Float](x []T) T { return T(dot64(x, x)) }

// Dot returns Σ x[i]·y[i], summed in float64.
func Dot[T Float](x, y []T) T {
	alike("Dot", len(x), len(y))
	return T(dot64(x, y))
}

// Largest returns the maximum of x, or NaN if x has one. It panics if x is
// empty.
func Largest[T Float](x []T) T {
	if len(x) == 0 {
		panic("simd: Largest: no elements")
	}
	m := largest(x[:min(len(x), stretch)])
	for lo := stretch; lo < len(x); lo += stretch {
		m = max(m, largest(x[lo:min(lo+stretch, len(x))]))
	}
	return m
}

// RowSums stores the sums of n rows of c elements in dst[:n].
func RowSums[T Float](dst, src []T, n, c int) {
	shaped("RowSums", len(src), n, c)
	alike("RowSums", n, len(dst))
	spreadRows(n, c, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			dst[i] = Sum(src[i*c : (i+1)*c])
		}
	})
}

// sum64 returns Σ x[i], a stretch at a time.
func sum64[T Float](x []T) (s float64) {
	for lo := 0; lo < len(x); lo += stretch {
		s += sum(x[lo:min(lo+stretch, len(x))])
	}
	return s
}

// dot64 returns Σ x[i]·y[i], a stretch at a time.
func dot64[T Float](x, y []T) (s float64) {
	for lo := 0; lo < len(x); lo += stretch {
		hi := min(lo+stretch, len(x))
		s += dot(x[lo:hi], y[lo:hi])
	}
	return s
}
