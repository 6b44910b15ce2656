package main

import (
	"fmt"
	"runtime"
	"time"

	"fusiform/internal/simd"
	"fusiform/nbext/kernel"
)

// speed says which instructions the kernels use and how many floating-point
// operations they do a second. It takes about a second.
func speed() kernel.Fact {
	const patience = 500 * time.Millisecond
	single, took := rate[float32](patience)
	value := fmt.Sprintf("%v, %d threads: %.3g GFLOP/s in float32", simd.Active(), runtime.GOMAXPROCS(0), single/1e9)
	if took <= patience {
		double, _ := rate[float64](patience)
		value += fmt.Sprintf(", %.3g in float64", double/1e9)
	}
	return kernel.Fact{What: "arithmetic", Value: value + " (products of 1024×1024 matrices)"}
}

// rate returns the floating-point operations a second of the fastest of the
// products of two 1024×1024 matrices that fit into the time, one at least, and
// how long that one took.
func rate[T float32 | float64](patience time.Duration) (flops float64, took time.Duration) {
	const n = 1024
	a, b, c := make([]T, n*n), make([]T, n*n), make([]T, n*n)
	for i := range a {
		a[i], b[i] = T(i%7)-3, T(i%5)-2
	}
	for start := time.Now(); took == 0 || time.Since(start)+took < patience; {
		once := time.Now()
		simd.Gemm(false, false, n, n, n, 1, a, n, b, n, 0, c, n)
		if d := time.Since(once); took == 0 || d < took {
			took = d
		}
	}
	return 2 * n * n * n / took.Seconds(), took
}
