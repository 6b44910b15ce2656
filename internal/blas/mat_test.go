package blas

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/mat"
)

// TestRegistered: importing this package is enough for package mat.
func TestRegistered(t *testing.T) {
	x := mat.NewDense(40, 40, noise[float64](1600))
	want := make([]float64, 1600)
	Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, 40, 40, 40, 1, x.RawMatrix().Data, 40, x.RawMatrix().Data, 40, 0, want, 40)
	var got mat.Dense
	got.Mul(x, x)
	if !mat.Equal(&got, mat.NewDense(40, 40, want)) {
		t.Error("mat.Mul does not run on this package")
	}
}

// TestMat: decompositions of package mat are the same on both sides.
func TestMat(t *testing.T) {
	for _, n := range []int{30, 65, 150, 300} {
		x := mat.NewDense(n, n+7, noise[float64](n*(n+7)))
		s := mat.NewSymDense(n, nil)
		s.SymOuterK(1, x)
		results := func() (all []*mat.Dense) {
			keep := func(m mat.Matrix) { all = append(all, mat.DenseCopyOf(m)) }
			var c mat.Cholesky
			if !c.Factorize(s) {
				t.Fatal("not positive definite")
			}
			var u mat.TriDense
			c.UTo(&u)
			keep(&u)
			var b mat.Dense
			if err := c.SolveTo(&b, x); err != nil {
				t.Fatal(err)
			}
			keep(&b)

			var e mat.EigenSym
			if !e.Factorize(s, true) {
				t.Fatal("no eigenvalues")
			}
			var v, vdv mat.Dense
			e.VectorsTo(&v)
			keep(mat.NewDense(1, n, e.Values(nil)))
			vdv.Product(&v, mat.NewDiagDense(n, e.Values(nil)), v.T())
			keep(&vdv)

			var d mat.SVD
			if !d.Factorize(x, mat.SVDThin) {
				t.Fatal("no singular values")
			}
			var du, dv, usv mat.Dense
			d.UTo(&du)
			d.VTo(&dv)
			keep(mat.NewDense(1, n, d.Values(nil)))
			usv.Product(&du, mat.NewDiagDense(n, d.Values(nil)), dv.T())
			keep(&usv)

			var qr mat.QR
			qr.Factorize(x.T())
			var r mat.Dense
			qr.RTo(&r)
			keep(&r)
			var inv mat.Dense
			if err := inv.Inverse(s); err != nil {
				t.Fatal(err)
			}
			keep(&inv)
			return all
		}
		restore := use(gonum.Implementation{}, lapackgonum.Implementation{})
		want := results()
		restore()
		for i, got := range results() {
			scale := mat.Norm(want[i], math.Inf(1))
			var diff mat.Dense
			diff.Sub(got, want[i])
			if d := mat.Norm(&diff, math.Inf(1)); !(d <= 1e-11*scale) {
				t.Errorf("n = %d, result %d differs by %g of %g", n, i, d, scale)
			}
		}
	}
}

// TestCholeskyFails: a matrix that is not positive definite, wherever that
// shows, and one with NaN.
func TestCholeskyFails(t *testing.T) {
	for _, n := range []int{5, 33, 100, 200} {
		for _, at := range []int{0, n / 2, n - 1} {
			for _, v := range []float64{-1, 0, math.NaN()} {
				s := positive(n)
				s.SetSym(at, at, v)
				for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
					a := mat.DenseCopyOf(s).RawMatrix().Data
					if (Lapack{}).Dpotrf(ul, n, a, n) {
						t.Errorf("n = %d: %v at %d passed", n, v, at)
					}
				}
			}
		}
	}
}
