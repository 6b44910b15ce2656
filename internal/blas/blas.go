package blas

import (
	"runtime"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

func init() {
	blas64.Use(Implementation{})
	blas32.Use(Implementation{})
	lapack64.Use(Lapack{})
}

// Implementation is gonum's BLAS with its level 3, Gemv and Dtrsv on the kernels of
// package simd. Calls that are wrong, empty or too small to gain are gonum's: it
// panics as it always did.
type Implementation struct{ gonum.Implementation }

var (
	_ blas.Float64 = Implementation{}
	_ blas.Float32 = Implementation{}
)

// real is what the routines compute with.
type real interface{ float32 | float64 }

// limits are the sizes at which work is handed over to gonum. They were
// measured (BenchmarkSmall, BenchmarkVector); tests lower them.
var limits = limit{
	product:  10 * 10 * 10,
	syrk:     24 * 24 * 24,
	vector:   80 * 80,
	triangle: 16,
	square:   512,
	potrf:    32,
	solve:    64,
	portable: runtime.GOARCH != "amd64",
}

type limit struct {
	product  int  // multiplications from which on a product beats gonum's loops, which pack nothing
	syrk     int  // the same of a symmetric product, counting both triangles
	vector   int  // the same of a matrix and a vector
	triangle int  // size of a triangle on the diagonal of Trsm and Trmm
	square   int  // size of a square on the diagonal of Symm and Syr2k, formed in a buffer
	potrf    int  // size of a triangle on the diagonal of Dpotrf
	solve    int  // the same of Trsv
	portable bool // use kernels in plain Go too; gonum's are SSE2 on amd64, twice as fast
}

// pays reports whether a number of multiplications reaches the limit.
func pays(work, limit int) bool {
	return work >= limit && (limits.portable || simd.Active() != simd.Portable)
}

// A shape is an r×c matrix as an argument of BLAS: its stride and the length
// of its slice.
type shape struct{ r, c, stride, len int }

// ok reports whether the matrix has elements and the slice has them all.
func (s shape) ok() bool {
	return s.r > 0 && s.c > 0 && s.stride >= s.c && s.len >= (s.r-1)*s.stride+s.c
}

// turned returns the shape of the transpose if t says so.
func (s shape) turned(t bool) shape {
	if t {
		s.r, s.c = s.c, s.r
	}
	return s
}

func isTrans(t blas.Transpose) bool { return t == blas.Trans || t == blas.ConjTrans }

func okTrans(t blas.Transpose) bool { return t == blas.NoTrans || isTrans(t) }

func okUplo(u blas.Uplo) bool { return u == blas.Upper || u == blas.Lower }

func okSide(s blas.Side) bool { return s == blas.Left || s == blas.Right }

func okDiag(d blas.Diag) bool { return d == blas.Unit || d == blas.NonUnit }

// half returns where to cut n in two: near the middle, at a multiple of unit
// if n is longer.
func half(n, unit int) int {
	if n <= 2*unit {
		return n / 2
	}
	return (n/2 + unit - 1) / unit * unit
}
