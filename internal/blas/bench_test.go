package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// sides are what is compared.
var sides = []struct {
	name   string
	blas   blas.Float64
	single blas.Float32
	lapack lapack.Float64
}{
	{"ours", Implementation{}, Implementation{}, Lapack{}},
	{"gonum", gonum.Implementation{}, gonum.Implementation{}, lapackgonum.Implementation{}},
}

// use makes mat run on one side until restore is called.
func use(b blas.Float64, l lapack.Float64) (restore func()) {
	blas64.Use(b)
	lapack64.Use(l)
	return func() {
		blas64.Use(Implementation{})
		lapack64.Use(Lapack{})
	}
}

// bench times f on each side and reports the best rate: the others tell what
// else the machine was doing.
func bench(b *testing.B, name string, flops float64, f func(side int)) {
	for i, s := range sides {
		b.Run(name+"/"+s.name, func(b *testing.B) {
			defer use(s.blas, s.lapack)()
			best := math.Inf(1)
			for b.Loop() {
				start := time.Now()
				f(i)
				best = min(best, time.Since(start).Seconds())
			}
			b.ReportMetric(best*1e3, "best-ms")
			b.ReportMetric(flops/best/1e9, "GFLOP/s")
		})
	}
}

func noise[T real](n int) []T {
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

func BenchmarkGemm(b *testing.B) {
	for _, n := range []int{256, 1000} {
		x, y, z := noise[float64](n*n), noise[float64](n*n), make([]float64, n*n)
		bench(b, fmt.Sprintf("float64/%d", n), 2*float64(n*n*n), func(i int) {
			sides[i].blas.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, y, n, 0, z, n)
		})
		p, q, r := noise[float32](n*n), noise[float32](n*n), make([]float32, n*n)
		bench(b, fmt.Sprintf("float32/%d", n), 2*float64(n*n*n), func(i int) {
			sides[i].single.Sgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, p, n, q, n, 0, r, n)
		})
	}
}

// The Gram matrix of 1000 stimuli and 4096 channels.
func BenchmarkSyrk(b *testing.B) {
	const n, k = 1000, 4096
	x, c := noise[float64](n*k), make([]float64, n*n)
	bench(b, "rows/1000x4096", n*(n+1)*k, func(i int) {
		sides[i].blas.Dsyrk(blas.Upper, blas.NoTrans, n, k, 1, x, k, 0, c, n)
	})
	bench(b, "columns/4096x1000", n*(n+1)*k, func(i int) {
		sides[i].blas.Dsyrk(blas.Upper, blas.Trans, n, k, 1, x, n, 0, c, n)
	})
	x32, c32 := noise[float32](n*k), make([]float32, n*n)
	bench(b, "rows32/1000x4096", n*(n+1)*k, func(i int) {
		sides[i].single.Ssyrk(blas.Upper, blas.NoTrans, n, k, 1, x32, k, 0, c32, n)
	})
}

func BenchmarkSymmetric(b *testing.B) {
	const n = 1000
	x, y, c := noise[float64](n*n), noise[float64](n*n), make([]float64, n*n)
	bench(b, "Dsymm/1000", 2*n*n*n, func(i int) {
		sides[i].blas.Dsymm(blas.Left, blas.Upper, n, n, 1, x, n, y, n, 0, c, n)
	})
	bench(b, "Dsyr2k/1000", 2*n*n*n, func(i int) {
		sides[i].blas.Dsyr2k(blas.Upper, blas.NoTrans, n, n, 1, x, n, y, n, 0, c, n)
	})
}

func BenchmarkTriangular(b *testing.B) {
	const n = 1000
	a, y, x := noise[float64](n*n), noise[float64](n*n), make([]float64, n*n)
	for i := range n {
		a[i*n+i] = 100
	}
	for _, c := range []struct {
		name string
		s    blas.Side
		t    blas.Transpose
	}{
		{"left", blas.Left, blas.NoTrans},
		{"left transposed", blas.Left, blas.Trans},
		{"right", blas.Right, blas.NoTrans},
		{"right transposed", blas.Right, blas.Trans},
	} {
		bench(b, "Dtrsm/"+c.name, n*n*n, func(i int) {
			copy(x, y)
			sides[i].blas.Dtrsm(c.s, blas.Upper, c.t, blas.NonUnit, n, n, 1, a, n, x, n)
		})
		bench(b, "Dtrmm/"+c.name, n*n*n, func(i int) {
			copy(x, y)
			sides[i].blas.Dtrmm(c.s, blas.Upper, c.t, blas.NonUnit, n, n, 1, a, n, x, n)
		})
	}
}

// positive returns a symmetric, positive definite n×n matrix.
func positive(n int) *mat.SymDense {
	s := mat.NewSymDense(n, nil)
	s.SymOuterK(1, mat.NewDense(n, n+5, noise[float64](n*(n+5))))
	return s
}

func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{100, 300, 1000} {
		s, w := positive(n), make([]float64, n*n)
		for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
			bench(b, fmt.Sprintf("Dpotrf/%c/%d", ul, n), float64(n*n*n)/3, func(i int) {
				copy(w, s.RawSymmetric().Data)
				if !sides[i].lapack.Dpotrf(ul, n, w, n) {
					b.Fatal("not positive definite")
				}
			})
		}
	}
	s := positive(1000)
	var c mat.Cholesky
	bench(b, "mat/1000", 1e9/3, func(int) { c.Factorize(s) })
}

func BenchmarkMul(b *testing.B) {
	for _, n := range []int{64, 128, 256, 512, 1024, 2048} {
		x, y := mat.NewDense(n, n, noise[float64](n*n)), mat.NewDense(n, n, noise[float64](n*n))
		var z mat.Dense
		bench(b, fmt.Sprint(n), 2*float64(n*n*n), func(int) { z.Mul(x, y) })
	}
}

// Decompositions that are gonum's, on our products.
func BenchmarkDecompositions(b *testing.B) {
	const n = 400
	s, x := positive(n), mat.NewDense(n, n, noise[float64](n*n))
	bench(b, "EigenSym/400", 9*n*n*n, func(int) { new(mat.EigenSym).Factorize(s, true) })
	bench(b, "SVD/400", 22*n*n*n, func(int) { new(mat.SVD).Factorize(x, mat.SVDThin) })
	bench(b, "LU/400", 2*n*n*n/3, func(int) { new(mat.LU).Factorize(x) })
	bench(b, "QR/400", 4*n*n*n/3, func(int) { new(mat.QR).Factorize(x) })
}

// BenchmarkSmall tells limits: where our side becomes the faster one.
func BenchmarkSmall(b *testing.B) {
	old := limits
	defer func() { limits = old }()
	limits = limit{1, 1, 1, 16, 512, 32, 64, true}
	const reps = 20 // for the clock
	for _, n := range []int{4, 6, 8, 10, 12, 16, 24, 32, 64} {
		x, y, z := noise[float64](n*n), noise[float64](n*n), make([]float64, n*n)
		p, q, r := noise[float32](n*n), noise[float32](n*n), make([]float32, n*n)
		for _, t := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			bench(b, fmt.Sprintf("float64/%c/%d", t, n), 2*float64(reps*n*n*n), func(i int) {
				for range reps {
					sides[i].blas.Dgemm(blas.NoTrans, t, n, n, n, 1, x, n, y, n, 0, z, n)
				}
			})
			bench(b, fmt.Sprintf("float32/%c/%d", t, n), 2*float64(reps*n*n*n), func(i int) {
				for range reps {
					sides[i].single.Sgemm(blas.NoTrans, t, n, n, n, 1, p, n, q, n, 0, r, n)
				}
			})
		}
		bench(b, fmt.Sprintf("syrk/%d", n), float64(reps*n*n*n), func(i int) {
			for range reps {
				sides[i].blas.Dsyrk(blas.Upper, blas.NoTrans, n, n, 1, x, n, 0, z, n)
			}
		})
		for i := range n {
			x[i*n+i] = 10
		}
		for _, s := range []blas.Side{blas.Left, blas.Right} {
			bench(b, fmt.Sprintf("trsm/%c/%d", s, n), float64(reps*n*n*n), func(i int) {
				for range reps {
					copy(z, y)
					sides[i].blas.Dtrsm(s, blas.Upper, blas.Trans, blas.NonUnit, n, n, 1, x, n, z, n)
				}
			})
		}
		bench(b, fmt.Sprintf("symm/%d", n), float64(reps*2*n*n*n), func(i int) {
			for range reps {
				sides[i].blas.Dsymm(blas.Left, blas.Upper, n, n, 1, x, n, y, n, 0, z, n)
			}
		})
		bench(b, fmt.Sprintf("syr2k/%d", n), float64(reps*2*n*n*n), func(i int) {
			for range reps {
				sides[i].blas.Dsyr2k(blas.Upper, blas.NoTrans, n, n, 1, x, n, y, n, 0, z, n)
			}
		})
	}
}

func BenchmarkVector(b *testing.B) {
	old := limits
	defer func() { limits = old }()
	limits.vector = 1
	const reps = 20
	for _, n := range []int{4, 8, 12, 16, 20, 24, 32, 64, 300, 1000} {
		x, y, z := noise[float64](n*n), noise[float64](n*n), make([]float64, n*n)
		p, q, r := noise[float32](n*n), noise[float32](n*n), make([]float32, n*n)
		for _, t := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			bench(b, fmt.Sprintf("float64/%c/%d", t, n), float64(reps*2*n*n), func(i int) {
				for range reps {
					sides[i].blas.Dgemv(t, n, n, 1, x, n, y, 1, 0, z, 1)
				}
			})
			bench(b, fmt.Sprintf("float32/%c/%d", t, n), float64(reps*2*n*n), func(i int) {
				for range reps {
					sides[i].single.Sgemv(t, n, n, 1, p, n, q, 1, 0, r, 1)
				}
			})
			bench(b, fmt.Sprintf("columns/%c/%d", t, n), float64(reps*2*n*n), func(i int) {
				for range reps {
					sides[i].blas.Dgemv(t, n, n, 1, x, n, y, n, 0, z, n)
				}
			})
		}
	}
}
