package blas

import (
	"testing"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/blas/testblas"
	"gonum.org/v1/gonum/lapack/testlapack"
)

// atLevels runs f at each level of instructions, with the limits as they are
// and so low that blocks are cut in the smallest matrices.
func atLevels(t *testing.T, f func(t *testing.T)) {
	for _, l := range simd.Levels() {
		for _, low := range []bool{false, true} {
			name := l.String()
			if low {
				name += ", low limits"
			}
			t.Run(name, func(t *testing.T) {
				defer simd.Use(l)()
				if low {
					defer func(old limit) { limits = old }(limits)
					limits = limit{1, 1, 1, 1, 1, 1, 1, true}
				}
				f(t)
			})
		}
	}
}

// Gonum's own test suite. It has no tests of float32, for which see
// TestRandom.
func TestGonum(t *testing.T) {
	var i Implementation
	for name, f := range map[string]func(t *testing.T){
		"Dgemm":  func(t *testing.T) { testblas.TestDgemm(t, i) },
		"Dgemv":  func(t *testing.T) { testblas.DgemvTest(t, i) },
		"Dsyrk":  func(t *testing.T) { testblas.DsyrkTest(t, i) },
		"Dsyr2k": func(t *testing.T) { testblas.Dsyr2kTest(t, i) },
		"Dsymm":  func(t *testing.T) { testblas.DsymmTest(t, i) },
		"Dtrsm":  func(t *testing.T) { testblas.DtrsmTest(t, i) },
		"Dtrmm":  func(t *testing.T) { testblas.DtrmmTest(t, i) },
		"Dtrsv":  func(t *testing.T) { testblas.DtrsvTest(t, i) },
		"Dlansy": func(t *testing.T) { testlapack.DlansyTest(t, Lapack{}) },
		"Dpocon": func(t *testing.T) { testlapack.DpoconTest(t, Lapack{}) },
		"Dpotrf": func(t *testing.T) { testlapack.DpotrfTest(t, Lapack{}) },
		// These are gonum's decompositions on our products.
		"Dgetrf": func(t *testing.T) { testlapack.DgetrfTest(t, Lapack{}) },
		"Dsyev":  func(t *testing.T) { testlapack.DsyevTest(t, Lapack{}) },
		"Dpotri": func(t *testing.T) { testlapack.DpotriTest(t, Lapack{}) },
	} {
		t.Run(name, func(t *testing.T) { atLevels(t, f) })
	}
}
