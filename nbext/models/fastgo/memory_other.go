//go:build !linux

package fastgo

// memory returns how many bytes of memory the machine may have.
func memory() float64 { return maxBytes }
