// Package blas puts gonum on the kernels of package simd: the products of
// matrices (Gemm, Syrk, Syr2k, Symm, Trmm), the solution of triangular systems
// (Trsm), large products with a vector (Gemv) and the Cholesky decomposition.
// All else is gonum's own, and so is everything on an amd64 without AVX2, where
// gonum's loops are faster than ours.
//
// It is imported for its effect:
//
//	import _ "fusiform/internal/blas"
//
// Package mat and everything above it call the implementation that blas64,
// blas32 and lapack64 hold, of which there is one in a program; this package
// puts itself there when the program starts. An init function is right here
// and hardly anywhere else: the numbers are the same to rounding, so nobody
// chooses; a call that each program had to remember would be forgotten by one;
// and it has to come before any other goroutine, since those variables are not
// guarded. Package analysis imports this one, so whatever uses an analysis has
// it. A program that wants another BLAS calls blas64.Use in its main.
//
// Two differences to gonum's own: 0·NaN and 0·Inf are NaN in every product
// that runs on the kernels, as IEEE 754 has it, where gonum skips zeros; and
// sums are formed in another order. That order depends on the sizes and the
// instruction set, not on the number of processors.
package blas
