package dataset

import (
	"sync"
	"sync/atomic"
)

// together does jobs in so many goroutines, each of which knows which worker it
// is. It returns the error of the first job that failed.
func together(jobs, workers int, do func(worker, job int) error) error {
	var next atomic.Int64
	var failed atomic.Bool
	errs, at := make([]error, workers), make([]int, workers)
	work := func(w int) {
		for !failed.Load() {
			job := int(next.Add(1)) - 1
			if job >= jobs {
				return
			}
			if err := do(w, job); err != nil {
				errs[w], at[w] = err, job
				failed.Store(true)
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
	least := jobs
	for w, err := range errs {
		if err != nil && at[w] < least {
			first, least = err, at[w]
		}
	}
	return first
}
