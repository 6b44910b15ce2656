package simd

import (
	"fmt"
	"slices"
)

// stretch is how many elements a kernel is given at once: few enough that the
// goroutine can be preempted often, and about what is worth handing to another
// processor, as most element-wise work waits for memory.
const stretch = 1 << 15

// spread calls f for parts of [0, n), none longer than a stretch, on several
// processors if there are more than two stretches.
func spread(n int, f func(lo, hi int)) {
	if n <= stretch {
		if n > 0 {
			f(0, n)
		}
		return
	}
	grain := stretch
	if n <= 2*stretch {
		grain = n
	}
	Parallel(n, grain, func(lo, hi int) {
		for ; lo < hi; lo += stretch {
			f(lo, min(lo+stretch, hi))
		}
	})
}

// spreadRows calls f for parts of n rows of c elements each; parts have about
// a stretch of elements, or one row.
func spreadRows(n, c int, f func(lo, hi int)) {
	step := max(1, stretch/max(1, c))
	if n <= step {
		if n > 0 {
			f(0, n)
		}
		return
	}
	grain := step
	if n*c <= 2*stretch {
		grain = n
	}
	Parallel(n, grain, func(lo, hi int) {
		for ; lo < hi; lo += step {
			f(lo, min(lo+step, hi))
		}
	})
}

// alike panics unless all lengths are n.
func alike(name string, n int, lengths ...int) {
	for _, l := range lengths {
		if l != n {
			panic(fmt.Sprintf("simd: %s: operands of %d and %d elements", name, n, l))
		}
	}
}

// shaped panics unless x has the elements of a shape.
func shaped(name string, have int, dims ...int) {
	n, negative := 1, false
	for _, d := range dims {
		n *= d
		negative = negative || d < 0
	}
	if n != have || negative {
		// A copy, so that dims need not live on the heap.
		panic(fmt.Sprintf("simd: %s: %d elements for the shape %v", name, have, slices.Clone(dims)))
	}
}
