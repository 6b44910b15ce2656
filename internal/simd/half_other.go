//go:build !amd64

package simd

func fromFloat16(dst []float32, src []uint16)  { fromFloat16Portable(dst, src) }
func fromBFloat16(dst []float32, src []uint16) { fromBFloat16Portable(dst, src) }
