package glm

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"fusiform/internal/simd"
)

// strip is how many voxels one worker fits at once: their time courses stay in
// its processor's cache.
const strip = 512

// fitAll fits the voxels of y, the first of which is voxel first, strip by strip
// on all processors. report is told how many are done more, by the goroutine
// that called. The error is that of the first strip that has one.
func (r *runFit) fitAll(ctx context.Context, m FirstLevel, y *mat.Dense, first int, dead []bool, report func(n int)) error {
	n, v := y.Dims()
	strips := (v + strip - 1) / strip
	errs := make([]error, strips)
	done := make(chan int, strips)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), strips) {
		workers.Go(func() {
			defer simd.Occupy()()
			var s scratch
			for {
				k := int(next.Add(1)) - 1
				if k >= strips || ctx.Err() != nil {
					return
				}
				lo, hi := k*strip, min((k+1)*strip, v)
				errs[k] = r.fit(m, y.Slice(0, n, lo, hi).(*mat.Dense), first+lo, dead, &s)
				done <- hi - lo
			}
		})
	}
	go func() {
		workers.Wait()
		close(done)
	}()
	for k := range done {
		report(k)
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
