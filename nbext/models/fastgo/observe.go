package fastgo

import (
	"sync/atomic"
	"time"
)

var observer atomic.Pointer[func(step string, took time.Duration)]

// Observe has f told each step of every execution and how long it took, until
// Observe is called with nil: that is how slow operations, and those that are
// left to the wrapped backend ("… (delegated)"), are found. It is meant for
// one execution at a time.
func Observe(f func(step string, took time.Duration)) {
	if f == nil {
		observer.Store(nil)
		return
	}
	observer.Store(&f)
}
