package dataset

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// block reads n vertices of every frame: a row for each. Arrays are unpacked by
// all processors, each holding one; by fewer if they are so large that all of
// these have more values than the largest that is allowed.
func (g *giftiFile) block(ctx context.Context, frames, n int, vertex func(k int) int) (*mat.Dense, error) {
	likely := int(max(1<<20, 8*g.size)) // values that there is room for before the file has shown that it holds them
	if frames*n > likely {
		return g.slowly(ctx, frames, n, vertex)
	}
	data := make([]float64, frames*n)
	workers := g.workers()
	errs, at := make([]error, workers), make([]int, workers)
	var next atomic.Int64
	var failed atomic.Bool
	var reports sync.Mutex
	done := 0
	work := func(w int) {
		own := *g // with values of its own
		own.loaded, own.values, own.piece = -1, nil, nil
		for !failed.Load() {
			i := int(next.Add(1)) - 1
			if i >= len(g.arrays) {
				return
			}
			a := &g.arrays[i]
			for t := a.first; t < a.first+a.k; t++ {
				err := ctx.Err()
				var values []float64
				if err == nil {
					values, err = own.frame(t)
				}
				if err != nil {
					errs[w], at[w] = err, i
					failed.Store(true)
					return
				}
				row := data[t*n : (t+1)*n]
				for k := range row {
					row[k] = values[vertex(k)]
				}
				reports.Lock()
				if ctx.Err() == nil {
					done++
					analysis.ReportProgress(ctx, done, frames)
				}
				reports.Unlock()
			}
		}
	}
	var wait sync.WaitGroup
	for w := 1; w < workers; w++ {
		wait.Go(func() { work(w) })
	}
	work(0)
	wait.Wait()
	var first error
	least := len(g.arrays)
	for w, err := range errs {
		if err != nil && at[w] < least {
			first, least = err, at[w]
		}
	}
	if first != nil {
		return nil, first
	}
	return mat.NewDense(frames, n, data), nil
}

// workers is how many arrays are held at once.
func (g *giftiFile) workers() int {
	most := 1
	for _, a := range g.arrays {
		most = max(most, a.n*a.k)
	}
	return min(len(g.arrays), runtime.GOMAXPROCS(0), 8, maxArray/most)
}

// slowly reads a block that is very large for its file, in memory that grows
// with what is found.
func (g *giftiFile) slowly(ctx context.Context, frames, n int, vertex func(k int) int) (*mat.Dense, error) {
	var data []float64
	for t := range frames {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		values, err := g.frame(t)
		if err != nil {
			return nil, err
		}
		for k := range n {
			data = append(data, values[vertex(k)])
		}
		analysis.ReportProgress(ctx, t+1, frames)
	}
	return mat.NewDense(frames, n, data), nil
}
