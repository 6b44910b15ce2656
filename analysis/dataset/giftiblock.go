package dataset

import (
	"context"
	"runtime"
	"sync"

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
	own := make([]giftiFile, workers) // with values of their own
	for w := range own {
		own[w] = *g
		own[w].loaded, own[w].values, own[w].piece = -1, nil, nil
	}
	var reports sync.Mutex
	done := 0
	err := together(len(g.arrays), workers, func(w, i int) error {
		a := &g.arrays[i]
		for t := a.first; t < a.first+a.k; t++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			values, err := own[w].frame(t)
			if err != nil {
				return err
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
		return nil
	})
	if err != nil {
		return nil, err
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
