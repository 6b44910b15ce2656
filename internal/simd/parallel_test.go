package simd

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// Every item is visited once, whatever nests and runs side by side.
func TestParallel(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2, 3, 8} {
		runtime.GOMAXPROCS(procs)
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				rng := rand.New(rand.NewPCG(uint64(procs), uint64(g)))
				for range 200 {
					n, inner := rng.IntN(300), 1+rng.IntN(20)
					visits := make([]atomic.Int32, n*inner)
					Parallel(n, 1+rng.IntN(10), func(lo, hi int) {
						for i := lo; i < hi; i++ {
							Parallel(inner, 3, func(a, b int) {
								for k := a; k < b; k++ {
									visits[i*inner+k].Add(1)
								}
							})
						}
					})
					for i := range visits {
						if v := visits[i].Load(); v != 1 {
							t.Errorf("item %d of %d×%d was visited %d times", i, n, inner, v)
							return
						}
					}
				}
			}()
		}
		wg.Wait()
	}
}

func TestParallelPanics(t *testing.T) {
	for range 100 {
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); p != "at 57" {
					t.Fatalf("recovered %q, want the panic of the part", p)
				}
			}()
			Parallel(100, 1, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					if i == 57 {
						panic("at 57")
					}
				}
			})
		}()
	}
}

func BenchmarkParallel(b *testing.B) {
	for b.Loop() {
		Parallel(2, 1, func(lo, hi int) {})
	}
}
