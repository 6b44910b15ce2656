//go:build !linux

package simd

// Large returns n numbers, all 0, for what is gone through again and again.
func Large[T Float](n int) []T { return make([]T, n) }
