package simd

import "runtime"

// withThreads calls f with GOMAXPROCS threads.
func withThreads(threads int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	f()
}
