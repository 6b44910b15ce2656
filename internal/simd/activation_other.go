//go:build !amd64

package simd

// run applies a to one stretch.
func (a Activation) run(dst, src []float32) { a.portable(dst, src) }
