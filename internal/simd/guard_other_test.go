//go:build !linux

package simd

import "testing"

// guarded returns n zeros.
func guarded[T any](t testing.TB, n int, atEnd bool) []T { return make([]T, n) }
