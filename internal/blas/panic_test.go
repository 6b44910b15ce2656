package blas

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	lapack "gonum.org/v1/gonum/lapack/gonum"
)

// TestPanics calls each routine with arguments that are now right, now wrong:
// ours panics when gonum's does, with the same words.
func TestPanics(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	counts := map[string]int{}
	limited := limits
	defer func() { limits = limited }()
	limits = limit{1, 1, 1, 4, 4, 4, 1, true}
	for range 30_000 {
		pick := func(v ...int) int { return v[rng.IntN(len(v))] }
		often := func(v ...int) int { return v[max(0, rng.IntN(10*len(v))-9*len(v))] }
		m, n, k := pick(0, 1, 5, 9), pick(0, 1, 5, 9), pick(0, 1, 5, 9)
		m, n, k = often(m, -1), often(n, -1), often(k, -1)
		lda, ldb, ldc := often(9, 8, 0, -1), often(9, 8, 0, -1), often(9, 8, 0, -1)
		incX, incY := often(1, 3, -2, 0), often(1, 3, -2, 0)
		a, b, c := make([]float64, often(81, 40, 0)), make([]float64, often(81, 40, 0)), make([]float64, often(81, 40, 0))
		for i := range a {
			a[i] = 1
		}
		s := blas.Side(often('L', 'R', 'l'))
		ul := blas.Uplo(often('U', 'L', 'u'))
		tA, tB := blas.Transpose(often('N', 'T', 'C', 't')), blas.Transpose(often('N', 'T', 'C', 't'))
		d := blas.Diag(often('U', 'N', 'n'))
		alpha, beta := float64(pick(0, 1, 2)), float64(pick(0, 1, 2))
		call := func(i routines[float64], potrf func(blas.Uplo, int, []float64, int) bool) []string {
			return []string{
				words(func() { i.gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) }),
				words(func() { i.gemv(tA, m, n, alpha, a, lda, b, incX, beta, c, incY) }),
				words(func() { i.syrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc) }),
				words(func() { i.syr2k(ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc) }),
				words(func() { i.symm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc) }),
				words(func() { i.trsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) }),
				words(func() { i.trmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) }),
				words(func() { potrf(ul, n, a, lda) }),
			}
		}
		got := call(double(Implementation{}), Lapack{}.Dpotrf)
		want := call(double(gonum.Implementation{}), lapack.Implementation{}.Dpotrf)
		for r := range got {
			if counts[want[r]]++; got[r] != want[r] {
				t.Fatalf("routine %d of %c %c %c %c %c %d %d %d α=%v β=%v strides %d %d %d %d %d lengths %d %d %d: %q, want %q",
					r, s, ul, tA, tB, d, m, n, k, alpha, beta, lda, ldb, ldc, incX, incY, len(a), len(b), len(c), got[r], want[r])
			}
		}
	}
	if len(counts) < 16 { // 15 things that can be wrong, and nothing
		t.Errorf("saw only the panics %v", counts)
	}
}

func words(f func()) (panicked string) {
	defer func() {
		if p := recover(); p != nil {
			panicked = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}
