//go:build !amd64

package simd

// Best returns the highest level that this processor runs.
func Best() Level { return Portable }
