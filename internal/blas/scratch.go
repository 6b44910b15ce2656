package blas

import "sync"

var (
	pool32 = sync.Pool{New: func() any { return new([]float32) }}
	pool64 = sync.Pool{New: func() any { return new([]float64) }}
)

// scratch returns a buffer of n numbers, which are anything, for free to take
// back.
func scratch[T real](n int) *[]T {
	var buf *[]T
	switch any(buf).(type) {
	case *[]float32:
		buf = pool32.Get().(*[]T)
	case *[]float64:
		buf = pool64.Get().(*[]T)
	}
	if cap(*buf) < n {
		*buf = make([]T, n)
	}
	*buf = (*buf)[:n]
	return buf
}

func free[T real](buf *[]T) {
	switch b := any(buf).(type) {
	case *[]float32:
		pool32.Put(b)
	case *[]float64:
		pool64.Put(b)
	}
}
