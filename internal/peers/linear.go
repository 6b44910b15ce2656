package main

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	_ "fusiform/internal/blas" // gonum computes with it
)

// linearTasks are matrix products through gonum's blas32 and blas64, and a
// Cholesky decomposition through mat.
func linearTasks() []Task {
	var tasks []Task
	for _, s := range [][3]int{
		{256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048}, {4096, 4096, 4096},
		{4096, 256, 4096}, {100000, 64, 64}, {1000, 4096, 1000},
	} {
		tasks = append(tasks, gemm[float32](s[0], s[1], s[2]), gemm[float64](s[0], s[1], s[2]))
	}
	for _, s := range [][2]int{{256, 256}, {512, 512}, {1024, 1024}, {2048, 2048}, {4096, 4096}, {4096, 256}, {1000, 4096}} {
		tasks = append(tasks, syrk[float32](s[0], s[1], false), syrk[float64](s[0], s[1], false))
	}
	tasks = append(tasks, syrk[float32](100000, 64, true), syrk[float64](100000, 64, true))
	return append(tasks, cholesky(1000))
}

var numpyLinear = []Peer{{Name: "numpy", Script: "linear"}}

type float interface{ float32 | float64 }

func typeName[T float]() string { return fmt.Sprintf("%T", T(0)) }

// gemm is A·B, A m×k and B k×n.
func gemm[T float](m, k, n int) Task {
	return Task{
		Name:  fmt.Sprintf("gemm/%s/%dx%dx%d", typeName[T](), m, k, n),
		Peers: numpyLinear,
		Args:  map[string]any{"what": "gemm", "type": typeName[T](), "m": m, "k": k, "n": n},
		// A multiplication and an addition count as two.
		Amount: 2e-9 * float64(m) * float64(k) * float64(n), Unit: "GFLOP",
		Prepare: func() (func() error, func() []float64, error) {
			a, b, c := uniform[T](1, m*k), uniform[T](2, k*n), make([]T, m*n)
			work := func() error {
				switch a := any(a).(type) {
				case []float32:
					blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, blas32.General{Rows: m, Cols: k, Stride: k, Data: a},
						blas32.General{Rows: k, Cols: n, Stride: n, Data: any(b).([]float32)}, 0, blas32.General{Rows: m, Cols: n, Stride: n, Data: any(c).([]float32)})
				case []float64:
					blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: m, Cols: k, Stride: k, Data: a},
						blas64.General{Rows: k, Cols: n, Stride: n, Data: any(b).([]float64)}, 0, blas64.General{Rows: m, Cols: n, Stride: n, Data: any(c).([]float64)})
				}
				return nil
			}
			return work, func() []float64 { return sample(m*n, func(i int) float64 { return float64(c[i]) }) }, nil
		},
	}
}

// syrk is A·Aᵀ, A m×k, or Aᵀ·A if trans. BLAS fills one triangle, and so do
// we; numpy, which has no symmetric matrices, copies it to the other.
func syrk[T float](m, k int, trans bool) Task {
	n, depth, t, name := m, k, blas.NoTrans, "syrk"
	if trans {
		n, depth, t, name = k, m, blas.Trans, "syrk-t"
	}
	return Task{
		Name:   fmt.Sprintf("%s/%s/%dx%d", name, typeName[T](), m, k),
		Peers:  numpyLinear,
		Args:   map[string]any{"what": name, "type": typeName[T](), "m": m, "k": k},
		Amount: 1e-9 * float64(n) * float64(n+1) * float64(depth), Unit: "GFLOP",
		Prepare: func() (func() error, func() []float64, error) {
			a, c := uniform[T](1, m*k), make([]T, n*n)
			work := func() error {
				switch a := any(a).(type) {
				case []float32:
					blas32.Syrk(t, 1, blas32.General{Rows: m, Cols: k, Stride: k, Data: a}, 0,
						blas32.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: any(c).([]float32)})
				case []float64:
					blas64.Syrk(t, 1, blas64.General{Rows: m, Cols: k, Stride: k, Data: a}, 0,
						blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: any(c).([]float64)})
				}
				return nil
			}
			answer := func() []float64 {
				return sample(n*n, func(i int) float64 { return float64(c[min(i/n, i%n)*n+max(i/n, i%n)]) })
			}
			return work, answer, nil
		},
	}
}

// cholesky is the decomposition A = L·Lᵀ of the positive definite n×n matrix
// B·Bᵀ, B n×1.2n.
func cholesky(n int) Task {
	k := n * 6 / 5
	return Task{
		Name:   fmt.Sprintf("cholesky/float64/%d", n),
		Peers:  []Peer{{Name: "numpy", Script: "linear"}, {Name: "scipy", Script: "linear"}},
		Args:   map[string]any{"what": "cholesky", "type": "float64", "m": n, "k": k},
		Amount: 1e-9 * float64(n) * float64(n) * float64(n) / 3, Unit: "GFLOP",
		Prepare: func() (func() error, func() []float64, error) {
			a := mat.NewSymDense(n, nil)
			a.SymOuterK(1, mat.NewDense(n, k, uniform[float64](1, n*k)))
			var c mat.Cholesky
			work := func() error {
				if !c.Factorize(a) {
					return errors.New("the matrix is not positive definite")
				}
				return nil
			}
			answer := func() []float64 {
				var l mat.TriDense
				c.LTo(&l)
				return sample(n*n, func(i int) float64 { return l.At(i/n, i%n) })
			}
			return work, answer, nil
		},
	}
}
