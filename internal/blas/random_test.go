package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// routines are those of one precision.
type routines[T real] struct {
	gemm  func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	gemv  func(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	syrk  func(ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int)
	syr2k func(ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	symm  func(s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	trsm  func(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)
	trmm  func(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)
}

func double(i blas.Float64) routines[float64] {
	return routines[float64]{i.Dgemm, i.Dgemv, i.Dsyrk, i.Dsyr2k, i.Dsymm, i.Dtrsm, i.Dtrmm}
}

func single(i blas.Float32) routines[float32] {
	return routines[float32]{i.Sgemm, i.Sgemv, i.Ssyrk, i.Ssyr2k, i.Ssymm, i.Strsm, i.Strmm}
}

// TestRandom compares with gonum's routines in float64: sizes on both sides of
// where blocks are cut, strides with NaN in the gaps, NaN in the triangles
// that are not to be read, NaN in C where β = 0.
func TestRandom(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		t.Run("float64", func(t *testing.T) { testRandom(t, double(Implementation{}), 0x1p-52) })
		t.Run("float32", func(t *testing.T) { testRandom(t, single(Implementation{}), 0x1p-23) })
	})
}

func testRandom[T real](t *testing.T, ours routines[T], eps float64) {
	theirs := double(gonum.Implementation{})
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := []int{1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 129, 200, 257, 300}
	size := func() int { return sizes[rng.IntN(len(sizes))] }
	scalars := []T{0, 1, -1, 0.5, 2}
	scalar := func() T { return scalars[rng.IntN(len(scalars))] }
	n := 10
	for range n {
		for _, s := range []blas.Side{blas.Left, blas.Right} {
			for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
				for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
					for _, d := range []blas.Diag{blas.Unit, blas.NonUnit} {
						m, n, k := size(), size(), size()
						if limits.product == 1 {
							m, n, k = 1+m%40, 1+n%40, 1+k%40
						}
						alpha, beta := scalar(), scalar()
						what := fmt.Sprintf("%c %c %c %c %d×%d×%d α=%v β=%v", s, ul, tA, d, m, n, k, alpha, beta)
						check := func(name string, got, want operand[T], terms int) {
							t.Helper()
							if diff := got.differs(want, eps*float64(4+terms)); diff != "" {
								t.Errorf("%s %s: %s", name, what, diff)
							}
						}

						tB := blas.NoTrans
						if d == blas.Unit {
							tB = blas.Trans
						}
						a, b, c := dense[T](rng, m, k, tA), dense[T](rng, k, n, tB), product[T](rng, m, n, beta)
						want := c.clone()
						theirs.gemm(tA, tB, m, n, k, float64(alpha), a.wide(), a.stride, b.wide(), b.stride, float64(beta), want.ref, want.stride)
						ours.gemm(tA, tB, m, n, k, alpha, a.x, a.stride, b.x, b.stride, beta, c.x, c.stride)
						check("gemm", c, want, k)

						a, b, c = dense[T](rng, m, n, tA), dense[T](rng, n, 1, blas.NoTrans), product[T](rng, m, 1, beta)
						want = c.clone()
						rows, cols := m, n
						if tA == blas.Trans {
							rows, cols = n, m
						}
						theirs.gemv(tA, rows, cols, float64(alpha), a.wide(), a.stride, b.wide(), b.stride, float64(beta), want.ref, want.stride)
						ours.gemv(tA, rows, cols, alpha, a.x, a.stride, b.x, b.stride, beta, c.x, c.stride)
						check("gemv", c, want, n)

						a, b, c = dense[T](rng, n, k, tA), dense[T](rng, n, k, tA), product[T](rng, n, n, beta)
						want = c.clone()
						if beta == 0 {
							want.zero(ul, n) // gonum v0.17 lets NaN in a lower C survive β = 0
						}
						theirs.syrk(ul, tA, n, k, float64(alpha), a.wide(), a.stride, float64(beta), want.ref, want.stride)
						ours.syrk(ul, tA, n, k, alpha, a.x, a.stride, beta, c.x, c.stride)
						check("syrk", c, want, k)

						c = product[T](rng, n, n, beta)
						want = c.clone()
						theirs.syr2k(ul, tA, n, k, float64(alpha), a.wide(), a.stride, b.wide(), b.stride, float64(beta), want.ref, want.stride)
						ours.syr2k(ul, tA, n, k, alpha, a.x, a.stride, b.x, b.stride, beta, c.x, c.stride)
						check("syr2k", c, want, 2*k)

						q := m
						if s == blas.Right {
							q = n
						}
						a, b, c = triangle[T](rng, q, ul, blas.NonUnit), dense[T](rng, m, n, blas.NoTrans), product[T](rng, m, n, beta)
						want = c.clone()
						theirs.symm(s, ul, m, n, float64(alpha), a.wide(), a.stride, b.wide(), b.stride, float64(beta), want.ref, want.stride)
						ours.symm(s, ul, m, n, alpha, a.x, a.stride, b.x, b.stride, beta, c.x, c.stride)
						check("symm", c, want, q)

						a, b = triangle[T](rng, q, ul, d), dense[T](rng, m, n, blas.NoTrans)
						want = b.clone()
						theirs.trmm(s, ul, tA, d, m, n, float64(alpha), a.wide(), a.stride, want.ref, want.stride)
						got := b.clone()
						ours.trmm(s, ul, tA, d, m, n, alpha, a.x, a.stride, got.x, got.stride)
						check("trmm", got, want, q)

						want = b.clone()
						theirs.trsm(s, ul, tA, d, m, n, float64(alpha), a.wide(), a.stride, want.ref, want.stride)
						ours.trsm(s, ul, tA, d, m, n, alpha, a.x, a.stride, b.x, b.stride)
						check("trsm", b, want, q)
						if t.Failed() {
							return
						}
					}
				}
			}
		}
	}
}

// An operand is a matrix with gaps between its rows; ref has what x should
// become.
type operand[T real] struct {
	stride int
	x      []T
	ref    []float64
}

func (o operand[T]) wide() []float64 {
	w := make([]float64, len(o.x))
	for i, v := range o.x {
		w[i] = float64(v)
	}
	return w
}

func (o operand[T]) clone() operand[T] {
	return operand[T]{o.stride, append([]T(nil), o.x...), o.wide()}
}

// zero clears a triangle of ref.
func (o operand[T]) zero(ul blas.Uplo, n int) {
	for i := range n {
		for j := range n {
			if i == j || (ul == blas.Upper) == (j > i) {
				o.ref[i*o.stride+j] = 0
			}
		}
	}
}

// differs says where o.x is further from want.ref than tol times the largest
// of want.
func (o operand[T]) differs(want operand[T], tol float64) string {
	top := 1.
	for _, v := range want.ref {
		if !math.IsNaN(v) {
			top = max(top, math.Abs(v))
		}
	}
	for i, w := range want.ref {
		v := float64(o.x[i])
		if math.IsNaN(v) != math.IsNaN(w) || math.Abs(v-w) > tol*top {
			return fmt.Sprintf("element %d,%d is %g, want %g", i/o.stride, i%o.stride, v, w)
		}
	}
	return ""
}

func empty[T real](rng *rand.Rand, r, c int) operand[T] {
	o := operand[T]{stride: c + rng.IntN(2)*(1+rng.IntN(9))}
	o.x = make([]T, (r-1)*o.stride+c)
	for i := range o.x {
		o.x[i] = T(math.NaN())
	}
	return o
}

// dense returns an r×c matrix, stored as its transpose if t says so.
func dense[T real](rng *rand.Rand, r, c int, t blas.Transpose) operand[T] {
	if t != blas.NoTrans {
		r, c = c, r
	}
	o := empty[T](rng, r, c)
	for i := range r {
		for j := range c {
			o.x[i*o.stride+j] = T(rng.NormFloat64())
		}
	}
	return o
}

// product returns what C is before a product: NaN if β = 0.
func product[T real](rng *rand.Rand, r, c int, beta T) operand[T] {
	if beta == 0 {
		return empty[T](rng, r, c)
	}
	return dense[T](rng, r, c, blas.NoTrans)
}

// triangle returns a well-conditioned triangular matrix with NaN in the other
// triangle, and on the diagonal if that is not to be read.
func triangle[T real](rng *rand.Rand, n int, ul blas.Uplo, d blas.Diag) operand[T] {
	o := empty[T](rng, n, n)
	for i := range n {
		for j := range n {
			switch {
			case i == j && d == blas.NonUnit:
				o.x[i*o.stride+j] = T(1 + rng.Float64())
			case i != j && (ul == blas.Upper) == (j > i):
				o.x[i*o.stride+j] = T(rng.NormFloat64() / math.Sqrt(float64(n)) / 2)
			}
		}
	}
	return o
}
