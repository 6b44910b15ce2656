//go:build !amd64

package simd

import "unsafe"

// Only Portable runs here.

func dotsAsm(Level, int, unsafe.Pointer, unsafe.Pointer, unsafe.Pointer, int, int, int)  {}
func axpysAsm(Level, int, unsafe.Pointer, unsafe.Pointer, unsafe.Pointer, int, int, int) {}
func turnAsm(int, unsafe.Pointer, unsafe.Pointer, int, int, int, int)                    {}
